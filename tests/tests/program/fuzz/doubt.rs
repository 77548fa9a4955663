//! How far docs/oracles.md lets a price be relied on, computed apart from the program.

use ballast_state::{Bank, Market};

use super::{ledger::share_floor, state::State};

/// What is wrong with a price beside its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing.
    None,
    /// It is wide.
    Wide,
    /// It diverges.
    Divergent,
}

/// A price as a market or bank holds it, ticks and Unix seconds.
pub struct Held {
    price: i128,
    confidence: i128,
    published: i64,
    refreshed_slot: u64,
    /// Stable price and the oracle's own average, as far as there are any.
    references: Vec<i128>,
    /// Price, confidence and time of the second source, if there is one.
    second: Option<(i128, i128, i64)>,
    doubtful_since: i64,
    /// Limits of confidence, divergence and of the distance to the second source, ratios.
    limits: [u32; 3],
}

impl Held {
    /// Of a market.
    pub fn of_market(market: &Market) -> Self {
        let second = (i128::from(market.second_price), i128::from(market.second_confidence));
        let parameters = &market.parameters;
        Self {
            price: market.price.into(),
            confidence: market.confidence.into(),
            published: market.publish_time,
            refreshed_slot: market.refreshed_slot,
            references: references(market.prices.stable_price, market.oracle_average),
            second: (market.second_oracle.kind != 0).then_some((second.0, second.1, market.second_publish_time)),
            doubtful_since: market.doubtful_since,
            limits: [parameters.confidence_limit, market.scan_range, parameters.source_distance_limit],
        }
    }

    /// Of a bank.
    pub fn of_bank(bank: &Bank) -> Self {
        Self {
            price: bank.price.into(),
            confidence: bank.confidence.into(),
            published: bank.publish_time,
            refreshed_slot: bank.refreshed_slot,
            references: references(bank.prices.stable_price, bank.oracle_average),
            second: None,
            doubtful_since: bank.doubtful_since,
            limits: [bank.parameters.confidence_limit, bank.parameters.divergence_limit, 0],
        }
    }

    /// What is wrong with it at a time.
    pub fn doubt(&self, now: i64, oldest: i64) -> Doubt {
        let is_far = |other: i128, limit: u32| (self.price - other).abs() > share_floor(limit, self.price);
        let contradicted = self
            .second
            .is_some_and(|(second, _, published)| now - published > oldest || is_far(second, self.limits[2]));
        if contradicted || self.references.iter().any(|&reference| is_far(reference, self.limits[1])) {
            Doubt::Divergent
        } else if self.uncertainty() > share_floor(self.limits[0], self.price) {
            Doubt::Wide
        } else {
            Doubt::None
        }
    }

    fn uncertainty(&self) -> i128 {
        let apart = self.second.filter(|(second, ..)| *second > 0);
        apart.map_or(0, |(second, confidence, _)| (self.price - second).abs() + confidence).max(self.confidence)
    }

    /// The lowest and the highest price that it could stand for.
    pub fn bounds(&self) -> [i128; 2] {
        let around = [self.price - self.uncertainty(), self.price + self.uncertainty()];
        let all = || around.iter().chain(&self.references).copied();
        [all().min().expect("there are two").max(1), all().max().expect("there are two")]
    }

    /// Since when it has been doubtful, given what it was before the publication that is held.
    pub fn expected_since(&self, before: i64, oldest: i64) -> i64 {
        match (self.doubt(self.published, oldest), before) {
            (Doubt::None, _) => 0,
            (_, 0) => self.published,
            (_, since) => since,
        }
    }

    /// Whether it is in dispute for an account with this equity: doubtful, refreshed, and not for too long.
    pub fn is_disputed(&self, state: &State, equity: i64) -> bool {
        let parameters = &state.snapshot.exchange.parameters;
        let longest = if equity < 0 { parameters.bankruptcy_dispute_seconds } else { parameters.dispute_seconds };
        let oldest = i64::from(parameters.liquidation_oracle_age);
        let is_recent = state.now - self.published <= oldest
            && state.slot.saturating_sub(self.refreshed_slot) <= u64::from(parameters.mark_age_slots);
        let since = if self.doubtful_since == 0 { self.published } else { self.doubtful_since };
        self.price > 0
            && is_recent
            && self.doubt(state.now, oldest) != Doubt::None
            && state.now - since < i64::from(longest)
    }
}

/// The prices that it is held against, without those that are not there. The stable price has scale 2^-16 of a tick.
fn references(stable: u64, average: u64) -> Vec<i128> {
    [stable >> 16, average].into_iter().filter(|reference| *reference > 0).map(i128::from).collect()
}
