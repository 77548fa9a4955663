//! Funding of perpetuals, computed anew from what the market held (docs/margin-model.md).

use ballast::events::FundingAccrued;
use ballast_state::Market;

use super::{action::Done, ledger::Ledger};

/// Funding of a market's perpetual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funding {
    /// Funding per lot since listing, units of 2^-56 µUSD; positive if longs paid.
    fine_index: i128,
    /// Up to when it was accrued, Unix seconds.
    until: i64,
}

impl Funding {
    /// What a market holds.
    pub fn on_chain(market: &Market) -> Self {
        let fine_index = (i128::from(market.funding_index) << 32) + i128::from(market.funding_fraction);
        Self { fine_index, until: market.funded_at }
    }

    /// The index as positions use it, units of 2^-24 µUSD per lot, rounded down.
    pub fn index(&self) -> i128 {
        self.fine_index >> 32
    }
}

impl Ledger {
    /// Accrues funding in the markets whose price or basis an instruction could have changed, from the basis and the price
    /// as they stood before.
    ///
    /// Which markets accrue follows from what changed: a market that took a price or a basis must have accrued up to now.
    pub fn accrue_funding(&mut self, done: &Done) {
        let events: Vec<FundingAccrued> = done.outcome.events();
        for (address, before) in done.before.snapshot.markets() {
            let number = before.number;
            let Some((_, after)) = done.after.snapshot.markets().find(|(_, market)| market.number == number) else {
                continue;
            };
            let inputs = |market: &Market| (market.price, market.publish_time, market.perpetual_basis);
            let is_due = inputs(before) != inputs(after) && before.price > 0;
            let accrued = after.funded_at != before.funded_at;
            assert!(accrued || !is_due || before.funded_at == done.before.now, "funding: not accrued before a change");
            let event = events.iter().find(|event| event.market == address);
            let before_index = self.funding.get(&number).copied().unwrap_or_default().index();
            if accrued {
                assert_eq!(after.funded_at, done.before.now, "funding: accrued up to another time");
                let step = step(before, done);
                let funding = self.funding.entry(number).or_default();
                funding.fine_index += step;
                funding.until = done.before.now;
            }
            let index = self.funding.get(&number).copied().unwrap_or_default().index();
            let reported = event.map(|event| (i128::from(event.index_before), i128::from(event.index)));
            let expected = (index != before_index).then_some((before_index, index));
            assert_eq!(reported, expected, "funding: event");
        }
    }
}

/// What the index moves by between the last accrual and now, units of 2^-56 µUSD per lot, rounded towards zero.
fn step(before: &Market, done: &Done) -> i128 {
    let parameters = &done.before.snapshot.exchange.parameters;
    let catch_up = i64::from(parameters.funding_catch_up_seconds);
    let until = done.before.now.min(before.publish_time + catch_up);
    // Of a market that is closing, funding ends when the perpetual settles.
    let until = before.perpetual_expiry().map_or(until, |expiry| until.min(expiry.expires_at));
    let seconds = (until - before.funded_at).clamp(0, catch_up);
    if before.funded_at == 0 || before.price == 0 {
        return 0;
    }
    let share = i128::from(before.perpetual_basis.unsigned_abs().min(parameters.funding_limit));
    let lot = i128::from(before.price) * 1_000_000;
    let dividend = lot * share * i128::from(seconds);
    let divisor = i128::from(parameters.funding_period_seconds) * 10_i128.pow(done.cast.market(before.number).decimals);
    // Shares have scale 2^-30; 26 more bits bring it to 2^-56.
    let magnitude = ((dividend / divisor) << 26) + (((dividend % divisor) << 26) / divisor);
    magnitude * i128::from(before.perpetual_basis.signum())
}
