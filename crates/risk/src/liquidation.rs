//! How much of an account a liquidation may take, and at what price (docs/margin-model.md, section 8).

use crate::{
    margin::Margin,
    num,
    quantity::{MicroUsd, Ratio},
    scenario::ONE_Q28,
};

/// Rules of a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationRules {
    /// Target: maintenance excess = this × (maintenance requirement + maintenance haircut).
    pub buffer: Ratio,
    /// How far, as a share of requirement and haircut before, a step may pass the target.
    pub tolerance: Ratio,
    /// Fraction of value that a liquidator pays for a slice at the start.
    pub price_start: Ratio,
    /// Fraction of value that a liquidator pays for a slice at the end.
    pub price_end: Ratio,
    /// Slots from start to end.
    pub price_slots: u32,
    /// Reward for closing legs, as a share of the maintenance requirement freed.
    pub fee: Ratio,
    /// Part of the fee that goes to the insurance fund.
    pub insurance_share: Ratio,
    /// Equity below which an account may be taken whole.
    pub dust_limit: MicroUsd,
}

impl LiquidationRules {
    /// Distance of the maintenance excess from the target; negative below it.
    pub fn distance_to_target(&self, margin: &Margin) -> MicroUsd {
        margin.maintenance_excess - self.buffer.of_ceil(margin.equity - margin.maintenance_excess)
    }

    /// Fraction of value that a slice costs `slots` after the liquidation began, rounded up.
    pub fn slice_price(&self, slots: u64) -> Ratio {
        let (start, end) = (u64::from(self.price_start.to_bits()), u64::from(self.price_end.to_bits()));
        let span = u64::from(self.price_slots.max(1));
        let fall = start.saturating_sub(end).wrapping_mul(slots.min(span)) / span;
        Ratio::from_bits((start - fall) as u32)
    }

    /// Largest slice that does not pass the target, scale 2^-28, rounded down:
    /// `f = B / (B − E·p − R·(1 − p))` with B the (negative) distance to the target, E equity, p the price and R the
    /// cash already received in this liquidation. One if nothing less restores the target, or the account is dust.
    pub fn largest_slice(&self, margin: &Margin, price: Ratio, proceeds: MicroUsd) -> u64 {
        let shortfall = -self.distance_to_target(margin);
        if shortfall <= MicroUsd::ZERO {
            return 0;
        }
        if margin.equity < self.dust_limit {
            return ONE_Q28;
        }
        let kept = price.of_floor(margin.equity) + proceeds - price.of_floor(proceeds);
        let whole = shortfall + kept.gain();
        num::mul_div_floor(shortfall.0.unsigned_abs(), ONE_Q28, whole.0.unsigned_abs()).unwrap_or(ONE_Q28)
    }

    /// Whether a step from `before` to `after` was allowed: maintenance excess rose, and the target is passed by no
    /// more than the tolerance.
    pub fn accepts(&self, before: &Margin, after: &Margin) -> Result<(), StepRefusal> {
        if after.maintenance_excess <= before.maintenance_excess {
            return Err(StepRefusal::NoImprovement);
        }
        let tolerance = self.tolerance.of_floor(before.equity - before.maintenance_excess);
        if self.distance_to_target(after) > tolerance {
            return Err(StepRefusal::BeyondTarget);
        }
        Ok(())
    }

    /// Reward for freeing this much maintenance requirement, rounded down and at most `limit`: (liquidator, insurance
    /// fund).
    pub fn leg_reward(&self, freed: MicroUsd, limit: MicroUsd) -> (MicroUsd, MicroUsd) {
        let fee = self.fee.of_floor(freed.gain()).min(limit.gain());
        let insurance = self.insurance_share.of_ceil(fee).min(fee);
        (fee - insurance, insurance)
    }
}

/// Why a liquidation step is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// The maintenance excess did not rise.
    NoImprovement,
    /// The account was lifted past the target by more than the tolerance.
    BeyondTarget,
}
