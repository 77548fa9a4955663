//! Interest of the lending pool (docs/margin-model.md, section 15).

use crate::{
    num,
    quantity::{Ratio, SECONDS_PER_YEAR},
};

/// Bits of an index or a growth of one.
pub const INDEX_ONE: u64 = 1 << 48;

/// Rules of the lending pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LendingRules {
    /// Rate per year of a pool of which nothing is lent out.
    pub rate_base: Ratio,
    /// Share lent out at which the rate becomes steeper; between zero and one.
    pub kink: Ratio,
    /// Rate per year there; at least `rate_base`.
    pub rate_kink: Ratio,
    /// Rate per year of a pool that is lent out; at least `rate_kink`.
    pub rate_highest: Ratio,
    /// Part of the interest for the insurance fund; at most one.
    pub insurance_share: Ratio,
    /// Longest time for which interest is caught up, seconds.
    pub catch_up_seconds: u32,
}

impl LendingRules {
    /// Share of a pool's `assets` that is `owed` to it, rounded down; at most one, and one of nothing if something is
    /// owed.
    pub fn utilisation(owed: u64, assets: u64) -> Ratio {
        let one = u64::from(Ratio::ONE.to_bits());
        if owed == 0 {
            return Ratio::ZERO;
        }
        let bits = num::mul_div_floor(owed, one, assets).unwrap_or(one);
        Ratio::from_bits(bits.min(one) as u32)
    }

    /// Rate per year: from the base to the rate at the kink in a straight line, and from there to the highest in
    /// another. Rounded down.
    pub fn rate(&self, utilisation: Ratio) -> Ratio {
        let [used, kink, one] = [utilisation, self.kink, Ratio::ONE].map(|ratio| u64::from(ratio.to_bits()));
        let line = |from: Ratio, to: Ratio, part: u64, whole: u64| {
            let rise = u64::from(to.to_bits().saturating_sub(from.to_bits()));
            let risen = num::mul_div_floor(rise, part.min(whole), whole).unwrap_or(rise);
            Ratio::from_bits(from.to_bits().saturating_add(risen as u32))
        };
        if used <= kink {
            line(self.rate_base, self.rate_kink, used, kink)
        } else {
            line(self.rate_kink, self.rate_highest, used - kink, one.saturating_sub(kink))
        }
    }

    /// What a debt grows by in this many seconds, of itself: scale 2^-48, rounded up. Simple interest within the time,
    /// and at most that of the catch-up.
    pub fn growth(&self, utilisation: Ratio, seconds: u64) -> u64 {
        let seconds = seconds.min(u64::from(self.catch_up_seconds));
        // Rate below 2^32 · 2^-30, seconds below 2^32.
        let rate = u64::from(self.rate(utilisation).to_bits()).wrapping_mul(seconds);
        num::mul_div_ceil(rate, 1 << 18, SECONDS_PER_YEAR).unwrap_or(u64::MAX)
    }
}
