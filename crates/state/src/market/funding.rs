//! Funding of the perpetual: what holders pay each other for the distance between its mark and the index.
//!
//! The rate is the published basis, within a limit, once per period; time and the price held decide the rest, and no fill
//! enters. The market keeps one running sum per lot, and positions remember where they joined it ([`crate::perpetual`]).

use ballast_risk::{Ratio, num};

use crate::{ExchangeParameters, Market, revaluation::value_scale};

/// How funding accrues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingRules {
    /// Time over which the basis is paid once, seconds.
    pub period_seconds: u32,
    /// Most that one period costs, of the index.
    pub limit: Ratio,
    /// How long after its publication a price carries funding, seconds.
    pub catch_up_seconds: u32,
}

/// What an accrual changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingAccrual {
    /// [`Market::funding_index`] before.
    pub index_before: i64,
    /// The same after.
    pub index: i64,
    /// Seconds that counted.
    pub seconds: u64,
}

/// A magnitude of the running sum: whole units of 2^-24 µUSD, and a fraction of one in units of 2^-32.
struct Step {
    whole: u64,
    fraction: u32,
}

impl ExchangeParameters {
    /// How funding accrues.
    pub fn funding_rules(&self) -> FundingRules {
        FundingRules {
            period_seconds: self.funding_period_seconds,
            limit: Ratio::from_bits(self.funding_limit),
            catch_up_seconds: self.funding_catch_up_seconds,
        }
    }
}

impl Market {
    /// Bits of the funding index behind the point: its unit is 2^-24 µUSD per lot.
    pub const FUNDING_BITS: u32 = 24;
    /// Where the funding index ends, up and down: 2^38 µUSD per lot. A market whose lot is worth ten dollars gets there
    /// after paying its whole price 27,000 times; funding in that direction then stops.
    pub const FUNDING_INDEX_LIMIT: i64 = 1 << 62;

    /// Brings funding up to `now`, from the basis and the price as they have stood since the last time. The caller changes
    /// neither before.
    ///
    /// A price carries funding for `catch_up_seconds` after its publication: after a halt no more than that is owed. Of a
    /// market that is closing, funding ends when the perpetual settles. Returns what changed, or nothing if the index did not
    /// move. Rounds towards zero by less than 2^-56 µUSD per lot, so how often this is called does not matter.
    pub fn accrue_funding(&mut self, rules: &FundingRules, now: i64) -> Option<FundingAccrual> {
        let from = core::mem::replace(&mut self.funded_at, now);
        let until = now.min(self.publish_time.saturating_add(i64::from(rules.catch_up_seconds)));
        let until = self.perpetual_expiry().map_or(until, |expiry| until.min(expiry.expires_at));
        let seconds = until.saturating_sub(from).min(i64::from(rules.catch_up_seconds));
        if from == 0 || self.price == 0 || seconds <= 0 {
            return None;
        }
        let seconds = seconds.unsigned_abs();
        let share = self.perpetual_basis.unsigned_abs().min(rules.limit.to_bits());
        let step = self.funding_step(share, seconds, rules.period_seconds)?;
        let index_before = self.funding_index;
        self.move_funding(&step, self.perpetual_basis < 0);
        let index = self.funding_index;
        (index != index_before).then_some(FundingAccrual { index_before, index, seconds })
    }

    /// A share of the value of one lot at the price held, for some seconds of a period. Nothing if the market's decimals are
    /// out of range; beyond what 64 bits hold, as much as they do.
    fn funding_step(&self, share: u32, seconds: u64, period_seconds: u32) -> Option<Step> {
        let (multiplier, divisor) = value_scale(self).ok()?.factor();
        // Below 2^27 · 2^17 · 10^6 and below 2^20 · 10^12.
        let factor = u64::from(share).saturating_mul(seconds).saturating_mul(multiplier);
        let divisor = u64::from(period_seconds.max(1)).saturating_mul(divisor);
        // In units of 2^-30 µUSD, as the share is.
        let Some((quotient, remainder)) = num::mul_div(self.price, factor, divisor) else {
            return Some(Step { whole: u64::MAX >> 6, fraction: 0 });
        };
        let rest = num::mul_div_floor(remainder, 1 << 26, divisor).unwrap_or(0);
        Some(Step { whole: quotient >> 6, fraction: (((quotient & 63) << 26) | rest) as u32 })
    }

    /// Adds a step to the index, or takes it off.
    fn move_funding(&mut self, step: &Step, is_negative: bool) {
        let whole = step.whole as i64;
        let (fraction, carries) = if is_negative {
            self.funding_fraction.overflowing_sub(step.fraction)
        } else {
            self.funding_fraction.overflowing_add(step.fraction)
        };
        let whole = whole.saturating_add(i64::from(carries));
        let index = if is_negative {
            self.funding_index.saturating_sub(whole)
        } else {
            self.funding_index.saturating_add(whole)
        };
        self.funding_fraction = fraction;
        self.funding_index = index.clamp(-Self::FUNDING_INDEX_LIMIT, Self::FUNDING_INDEX_LIMIT);
    }
}

#[cfg(test)]
mod tests;
