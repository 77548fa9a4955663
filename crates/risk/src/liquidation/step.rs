//! One step of a liquidation after another: what an account remembers, and on which terms the next step goes.

use super::{LiquidationRules, StepRefusal};
use crate::{
    margin::{Margin, Tier},
    num,
    quantity::{MicroUsd, Ratio},
    scenario::ONE_Q28,
};

/// How far the liquidation of an account has come.
///
/// Steps share the close factor of a cool-down: the first step opens it, and whatever they took of the account counts
/// until it is over. A tiny step therefore keeps nobody waiting, and many small ones take no more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Slot in which the liquidation began; zero if there is none.
    pub started_slot: u64,
    /// Slot in which the latest cool-down was opened.
    pub step_slot: u64,
    /// Share of the account that steps have taken since.
    pub taken: Ratio,
    /// Cash received in this liquidation.
    pub proceeds: MicroUsd,
}

/// On which terms a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTerms {
    /// [`Tier::Partial`], [`Tier::Accelerated`] or [`Tier::Bankrupt`].
    pub tier: Tier,
    /// The account's volatility regime.
    pub regime: Ratio,
    /// Share of the account that may go within a cool-down, unless the liquidation is accelerated.
    pub close_factor: Ratio,
    /// Share that may go at once: what is left of the close factor, or the whole where the liquidation is accelerated.
    pub allowance: Ratio,
    /// Fraction of value that a liquidator pays.
    pub price: Ratio,
    /// Reward for legs, as a share of the maintenance requirement freed.
    pub bonus: Ratio,
    /// Slice that restores the target, stretched by the tolerance: scale 2^-28. Charges do not shrink in proportion, so
    /// the result is judged as well.
    pub restoring_slice: u64,
    /// Whether the account is dust, or would be after the largest slice: then it may go whole at once.
    pub goes_whole: bool,
}

impl LiquidationRules {
    /// What an account's next step brings its progress to before it takes anything, and its terms; nothing if the
    /// account may not be liquidated.
    ///
    /// A liquidation begins below maintenance margin, and may go on above it until the target is reached. It is over at
    /// the target, or once nobody has continued it for [`lapse_slots`](Self::lapse_slots); a later breach begins anew.
    /// Steps never move the start, so neither the price nor the acceleration can be put off by small ones.
    pub fn next_step(
        &self,
        margin: &Margin,
        regime: Ratio,
        progress: Progress,
        slot: u64,
    ) -> Option<(Progress, StepTerms)> {
        let idle = slot.saturating_sub(progress.step_slot);
        let is_under_way = progress.started_slot != 0 && idle <= self.lapse_slots(regime);
        let may_continue = is_under_way && self.distance_to_target(margin) < MicroUsd::ZERO;
        if margin.maintenance_excess >= MicroUsd::ZERO && !may_continue {
            return None;
        }
        let next = if !is_under_way {
            Progress { started_slot: slot, step_slot: slot, ..Progress::default() }
        } else if idle >= self.cooldown(regime) {
            Progress { step_slot: slot, taken: Ratio::ZERO, ..progress }
        } else {
            progress
        };
        Some((next, self.terms(margin, regime, &next, slot.saturating_sub(next.started_slot))))
    }

    fn terms(&self, margin: &Margin, regime: Ratio, progress: &Progress, elapsed: u64) -> StepTerms {
        let tier = match margin.tier() {
            Tier::Bankrupt => Tier::Bankrupt,
            Tier::Accelerated => Tier::Accelerated,
            Tier::Partial if elapsed > u64::from(self.accelerated_slots) => Tier::Accelerated,
            _ => Tier::Partial,
        };
        let urgency = self.urgency(margin, regime);
        let close_factor = self.close_factor(urgency);
        let allowance = if tier == Tier::Partial {
            Ratio::from_bits(close_factor.to_bits().saturating_sub(progress.taken.to_bits()))
        } else {
            Ratio::ONE
        };
        let price = self.slice_price(elapsed, regime);
        let exact = self.largest_slice(margin, price, progress.proceeds);
        let stretch = (exact.wrapping_mul(u64::from(self.tolerance.to_bits())) >> 30).saturating_add(1);
        let mut terms = StepTerms {
            tier,
            regime,
            close_factor,
            allowance,
            price,
            bonus: self.leg_bonus(urgency),
            restoring_slice: exact.saturating_add(stretch).min(ONE_Q28),
            goes_whole: false,
        };
        // A whole slice is one in scale 2^-28, a ratio has two bits more.
        let share = Ratio::from_bits((terms.largest_slice() << 2) as u32);
        terms.goes_whole = margin.equity - share.of_floor(margin.equity) < self.dust_limit;
        terms
    }
}

impl StepTerms {
    /// The largest slice that may go at once, scale 2^-28, dust aside.
    pub fn largest_slice(&self) -> u64 {
        self.restoring_slice.min(u64::from(self.allowance.to_bits()) >> 2)
    }

    /// Whether a slice (scale 2^-28) may go.
    ///
    /// # Errors
    /// [`StepRefusal`], but for [`StepRefusal::NoImprovement`].
    pub fn allows_slice(&self, fraction: u64) -> Result<(), StepRefusal> {
        if self.goes_whole && fraction == ONE_Q28 {
            return Ok(());
        }
        self.require_allowance()?;
        if fraction > self.restoring_slice {
            return Err(StepRefusal::BeyondTarget);
        }
        self.allows_share(Ratio::from_bits((fraction << 2) as u32))
    }

    /// Whether anything may go before the cool-down is over.
    ///
    /// # Errors
    /// [`StepRefusal::CoolingDown`].
    pub fn require_allowance(&self) -> Result<(), StepRefusal> {
        // Less than the smallest slice.
        if self.allowance.to_bits() >> 2 == 0 { Err(StepRefusal::CoolingDown) } else { Ok(()) }
    }

    /// Whether this share of an account may go at once. More than the whole counts as the whole.
    ///
    /// # Errors
    /// [`StepRefusal::CloseFactorExceeded`].
    pub fn allows_share(&self, share: Ratio) -> Result<(), StepRefusal> {
        if share.min(Ratio::ONE) > self.allowance { Err(StepRefusal::CloseFactorExceeded) } else { Ok(()) }
    }
}

/// Share of the maintenance requirement `before` that was freed, rounded up; the largest ratio beyond that. Zero if
/// nothing was.
pub fn share_freed(before: &Margin, freed: MicroUsd) -> Ratio {
    if freed <= MicroUsd::ZERO {
        return Ratio::ZERO;
    }
    let required = before.maintenance_requirement.gain().0.unsigned_abs();
    let bits = num::mul_div_ceil(freed.0.unsigned_abs(), 1 << 30, required).unwrap_or(u64::MAX);
    Ratio::from_bits(bits.min(u64::from(u32::MAX)) as u32)
}

impl Progress {
    /// The progress after a step that took a share of the account and brought it cash.
    pub fn after(self, share: Ratio, paid: MicroUsd) -> Self {
        Self {
            taken: Ratio::from_bits(self.taken.to_bits().saturating_add(share.to_bits())),
            proceeds: self.proceeds + paid,
            ..self
        }
    }
}
