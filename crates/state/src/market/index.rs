//! The index price of a market: what is held of it, how far it can be relied on, and what takes its place where it should
//! not be taken as it is.

use ballast_risk::{MicroUsd, Price, Ratio, RiskError, realised::StablePrice};

use super::Market;
use crate::{
    ExchangeParameters, Expiry, ExpiryStatus, OracleSource,
    oracle_grade::{Acceptance, Action, Grade, Publication, Quote, QuoteLimits, SecondQuote},
};

impl ExchangeParameters {
    /// The limits of a price, but for its own.
    pub(crate) fn quote_limits(&self, confidence: u32, divergence: u32, second_distance: u32) -> QuoteLimits {
        QuoteLimits {
            refresh_slots: self.mark_age_slots,
            fresh_seconds: self.trade_oracle_age,
            oldest_seconds: self.liquidation_oracle_age,
            confidence: Ratio::from_bits(confidence),
            divergence: Ratio::from_bits(divergence),
            second_distance: Ratio::from_bits(second_distance),
        }
    }

    /// How long a doubtful price keeps an account from being liquidated that is healthy at better ones.
    pub fn dispute(&self, equity: MicroUsd) -> Dispute {
        let is_bankrupt = equity < MicroUsd::ZERO;
        Dispute { seconds: if is_bankrupt { self.bankruptcy_dispute_seconds } else { self.dispute_seconds } }
    }
}

/// How long doubtful prices are disputed for an account.
#[derive(Clone, Copy, Debug)]
pub struct Dispute {
    seconds: u32,
}

impl Dispute {
    /// Whether a price of this grade, doubtful since a moment, is in dispute. A doubt that no refresh has noted began with the
    /// publication.
    pub(crate) fn holds(self, acceptance: Acceptance, since: i64, publish_time: i64, now: i64) -> bool {
        let since = if since == 0 { publish_time } else { since };
        acceptance == Acceptance::Disputed && now.saturating_sub(since) < i64::from(self.seconds)
    }
}

/// Since when a price is doubtful, once a publication of this grade is taken.
pub(crate) fn doubtful_since(before: i64, grade: Grade, publish_time: i64) -> i64 {
    match (grade.is_doubtful(), before) {
        (false, _) => 0,
        (true, 0) => publish_time,
        (true, since) => since,
    }
}

impl Market {
    /// Whether refreshes read a second source of the index.
    pub fn has_second_oracle(&self) -> bool {
        self.second_oracle.kind != OracleSource::NONE
    }

    /// The index price as it is held.
    pub fn quote(&self) -> Quote {
        let second = SecondQuote {
            price: self.second_price,
            confidence: self.second_confidence,
            publish_time: self.second_publish_time,
        };
        Quote {
            price: self.price,
            confidence: self.confidence,
            publish_time: self.publish_time,
            refreshed_slot: self.refreshed_slot,
            stable: self.prices.stable().ticks(),
            average: self.oracle_average,
            second: self.has_second_oracle().then_some(second),
        }
    }

    /// From where on the index price loses its grade. It diverges beyond the scan range: whoever trades at it holds margin
    /// for the way back as long as that is shorter.
    pub fn quote_limits(&self, parameters: &ExchangeParameters) -> QuoteLimits {
        let own = &self.parameters;
        parameters.quote_limits(own.confidence_limit, self.scan_range, own.source_distance_limit)
    }

    /// How far the index price can be relied on.
    pub fn grade(&self, parameters: &ExchangeParameters, now: i64, slot: u64) -> Grade {
        Grade::of(&self.quote(), &self.quote_limits(parameters), now, slot)
    }

    /// Whether the index price is in dispute: see [`Action::Liquidate`].
    pub fn is_disputed(&self, parameters: &ExchangeParameters, dispute: Dispute, now: i64, slot: u64) -> bool {
        let acceptance = Action::Liquidate.accepts(self.grade(parameters, now, slot));
        dispute.holds(acceptance, self.doubtful_since, self.publish_time, now)
    }

    /// Takes what the second source stated, which must not be older than what it stated last. It counts from the next
    /// grade on; the price itself stays that of the first source.
    pub fn accept_second(&mut self, publication: &Publication) {
        self.second_price = publication.price.ticks();
        self.second_confidence = publication.confidence;
        self.second_publish_time = publication.publish_time;
    }

    /// The price that withdrawals count with beside the index, to the nearest tick: it follows the index at a bounded rate.
    ///
    /// # Errors
    /// None for what the program stores.
    pub fn withdrawal_price(&self) -> Result<Price, RiskError> {
        Price::new(StablePrice::from_bits(self.withdrawal_index).nearest_ticks().max(1))
    }

    /// The price, among those that a doubtful index could stand for, that is best for an account with this delta.
    ///
    /// # Errors
    /// [`RiskError::PriceOutOfRange`] without a price.
    pub fn favourable_price(&self, is_long: bool) -> Result<Price, RiskError> {
        let (lowest, highest) = self.quote().bounds();
        Price::new(if is_long { highest } else { lowest })
    }
}

impl Expiry {
    /// How far the expiry's surface can be relied on. From expiry on none is needed.
    pub fn surface_grade(&self, parameters: &ExchangeParameters, now: i64) -> Grade {
        if self.status() == ExpiryStatus::Settled || now >= self.expires_at {
            return Grade::Fresh;
        }
        Grade::of_surface(self.posted_at, parameters.surface_age, now)
    }
}
