//! How fast a liquidation goes: explicit, bounded functions of the shortfall and the volatility regime g.

use super::LiquidationRules;
use crate::{
    margin::Margin,
    num,
    quantity::{MicroUsd, Ratio},
};

/// A half and one, in the scale of ratios.
const HALF: u64 = 1 << 29;
const ONE: u64 = 1 << 30;

impl LiquidationRules {
    /// Urgency u: g × the shortfall to the target per maintenance requirement and haircut, rounded down; the largest
    /// ratio (4) beyond that, or if nothing is required. Zero at the target.
    pub fn urgency(&self, margin: &Margin, regime: Ratio) -> Ratio {
        let shortfall = -self.distance_to_target(margin);
        if shortfall <= MicroUsd::ZERO {
            return Ratio::ZERO;
        }
        let required = (margin.equity - margin.maintenance_excess).gain().0.unsigned_abs();
        let bits = num::mul_div_floor(shortfall.0.unsigned_abs(), u64::from(regime.to_bits()), required);
        Ratio::from_bits(bits.unwrap_or(u64::MAX).min(u64::from(u32::MAX)) as u32)
    }

    /// Share of an account that may be liquidated within a cool-down: `clamp(c0·u, c_min, 1)`, rounded down.
    pub fn close_factor(&self, urgency: Ratio) -> Ratio {
        let share = product(self.close_factor, u64::from(urgency.to_bits()));
        Ratio::from_bits(share.max(u64::from(self.close_factor_floor.to_bits())).min(ONE) as u32)
    }

    /// Reward for closing legs, as a share of the maintenance requirement freed: `fee·clamp(2·u, ½, 1)`, rounded down.
    /// Half of the fee near the target of a calm market; all of it where half of the cover is missing.
    pub fn leg_bonus(&self, urgency: Ratio) -> Ratio {
        let share = (2 * u64::from(urgency.to_bits())).clamp(HALF, ONE);
        Ratio::from_bits(product(self.fee, share) as u32)
    }

    /// Slots of a cool-down: shorter the wilder the market, rounded down.
    pub fn cooldown(&self, regime: Ratio) -> u64 {
        (u64::from(self.cooldown_slots) << 30).checked_div(u64::from(regime.to_bits())).unwrap_or(u64::MAX)
    }

    /// Fraction of value that a slice costs `slots` after the liquidation began, rounded up: falls from start to end in
    /// `price_slots` / g.
    pub fn slice_price(&self, slots: u64, regime: Ratio) -> Ratio {
        let (start, end) = (u64::from(self.price_start.to_bits()), u64::from(self.price_end.to_bits()));
        let span = u64::from(self.price_slots.max(1)) << 30;
        let passed = slots.min(u64::from(u32::MAX)).wrapping_mul(u64::from(regime.to_bits())).min(span);
        let fall = num::mul_div_floor(start.saturating_sub(end), passed, span).unwrap_or(0);
        Ratio::from_bits(start.saturating_sub(fall) as u32)
    }

    /// Slots without a step after which a liquidation is over: twice what the price takes to its end, at least twice
    /// the time to acceleration and twice a cool-down.
    ///
    /// Whoever lets a liquidation lapse, in order to begin it anew at the price of the start, has thus left the last
    /// price and the accelerated terms on offer to everybody for as long as it took to get there.
    pub fn lapse_slots(&self, regime: Ratio) -> u64 {
        let fall = (u64::from(self.price_slots) << 30).checked_div(u64::from(regime.to_bits())).unwrap_or(u64::MAX);
        let longest = fall.saturating_add(1).max(u64::from(self.accelerated_slots)).max(self.cooldown(regime));
        longest.saturating_mul(2)
    }
}

/// `ratio` × `share`, both in scale 2^-30, rounded down. `share` below 2^32.
fn product(ratio: Ratio, share: u64) -> u64 {
    u64::from(ratio.to_bits()).wrapping_mul(share) >> 30
}
