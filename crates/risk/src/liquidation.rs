//! How much of an account a liquidation may take, how fast, and at what price (docs/margin-model.md, section 8).

mod pace;
mod step;

pub use step::{Progress, StepTerms, share_freed};

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
    /// Slots from start to end in a calm market.
    pub price_slots: u32,
    /// Highest reward for closing legs, as a share of the maintenance requirement freed.
    pub fee: Ratio,
    /// Part of the fee that goes to the insurance fund.
    pub insurance_share: Ratio,
    /// Equity below which an account may be taken whole.
    pub dust_limit: MicroUsd,
    /// c0: share of the account that may go within a cool-down, per urgency.
    pub close_factor: Ratio,
    /// c_min: least share that may go within a cool-down.
    pub close_factor_floor: Ratio,
    /// Slots of a cool-down in a calm market.
    pub cooldown_slots: u32,
    /// Slots since a liquidation began after which a breach of maintenance margin is accelerated.
    pub accelerated_slots: u32,
}

impl LiquidationRules {
    /// Distance of the maintenance excess from the target; negative below it.
    pub fn distance_to_target(&self, margin: &Margin) -> MicroUsd {
        margin.maintenance_excess - self.buffer.of_ceil(margin.equity - margin.maintenance_excess)
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
    ///
    /// # Errors
    /// [`StepRefusal::NoImprovement`], [`StepRefusal::BeyondTarget`].
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

    /// Reward for legs that freed this much maintenance requirement and so let the maintenance excess rise by `risen`:
    /// (liquidator, insurance fund). `bonus` of what was freed, rounded down, at most half of the rise and the
    /// account's `cash`: the account keeps at least as much of what a step gains as the step costs.
    pub fn leg_reward(&self, bonus: Ratio, freed: MicroUsd, risen: MicroUsd, cash: MicroUsd) -> (MicroUsd, MicroUsd) {
        let fee = bonus.of_floor(freed.gain()).min(half(risen)).min(cash.gain());
        let insurance = self.insurance_share.of_ceil(fee).min(fee);
        (fee - insurance, insurance)
    }

    /// What collateral of this value costs a liquidator at a price, if giving it up frees this much requirement and
    /// haircut: `price` of the value, rounded up, but the discount is at most half of what is freed, so that the
    /// account keeps at least as much of what a step gains as the step costs.
    pub fn collateral_price(&self, price: Ratio, value: MicroUsd, freed: MicroUsd) -> MicroUsd {
        price.of_ceil(value).max(value - half(freed)).gain()
    }
}

/// Half of an amount, rounded down; nothing of a negative one.
fn half(amount: MicroUsd) -> MicroUsd {
    MicroUsd(amount.gain().0 / 2)
}

/// Why a liquidation step is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepRefusal {
    /// The maintenance excess did not rise.
    NoImprovement,
    /// The account was lifted past the target by more than the tolerance.
    BeyondTarget,
    /// As much as may go within a cool-down has gone, and the cool-down is not over.
    CoolingDown,
    /// More than may go within a cool-down.
    CloseFactorExceeded,
}
