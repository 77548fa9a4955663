//! On which terms the step of a liquidation goes, computed anew (docs/margin-model.md, section 8). Margin and volatility
//! regime are the engine's.

use ballast_risk::Margin;
use ballast_state::ExchangeParameters;

use super::ledger::{Liquidation, share_ceil, share_floor};

/// One, in the scales of ratios and of slices.
const ONE: i128 = 1 << 30;
const WHOLE: i128 = 1 << 28;

/// What a step starts from.
pub struct Opening<'a> {
    /// The exchange's parameters.
    pub parameters: &'a ExchangeParameters,
    /// The account's margin before.
    pub margin: &'a Margin,
    /// The account's volatility regime, scale 2^-30.
    pub regime: u32,
    /// The slot.
    pub slot: u64,
}

/// The terms of a step; ratios have scale 2^-30.
#[derive(Debug)]
pub struct Terms {
    /// Tier: 2 partial, 3 accelerated, 4 bankrupt.
    pub tier: u8,
    /// Share of the account that may go within a cool-down, in tier 2.
    pub close_factor: i128,
    /// What is left of it; the whole in the other tiers.
    pub allowance: i128,
    /// Fraction of value that a slice costs.
    pub price: u32,
    /// Reward for legs, as a share of the maintenance requirement freed.
    pub bonus: u32,
    /// Slice that restores the target, stretched by the tolerance, scale 2^-28.
    pub restoring_slice: i128,
    /// Whether the account may go whole at once.
    pub goes_whole: bool,
}

impl Opening<'_> {
    /// The liquidation that a step belongs to before it takes anything, and whether that was under way.
    pub fn join(&self, known: Liquidation) -> (Liquidation, bool) {
        let idle = i128::from(self.slot) - i128::from(known.opened);
        if known.started == 0 || idle > self.lapse_slots() {
            (Liquidation { started: self.slot, opened: self.slot, ..Liquidation::default() }, false)
        } else if idle >= self.cooldown() {
            (Liquidation { opened: self.slot, taken: 0, ..known }, true)
        } else {
            (known, true)
        }
    }

    /// The terms of a step of this liquidation.
    pub fn terms(&self, liquidation: &Liquidation) -> Terms {
        let Self { parameters, margin, regime, slot } = *self;
        let elapsed = slot - liquidation.started;
        let urgency = self.urgency();
        let tier = self.tier(elapsed);
        let close_factor = share_floor(parameters.close_factor, urgency);
        let close_factor = close_factor.max(parameters.close_factor_floor.into()).min(ONE);
        let allowance = if tier == 2 { (close_factor - liquidation.taken).max(0) } else { ONE };
        let price = slice_price(parameters, regime, elapsed);
        let bonus = share_floor(parameters.liquidation_fee, (2 * urgency).clamp(ONE / 2, ONE)) as u32;
        let exact = self.exact_slice(price, liquidation.proceeds);
        let stretch = share_floor(parameters.liquidation_tolerance, exact) + 1;
        let restoring_slice = (exact + stretch).min(WHOLE);
        let largest = restoring_slice.min(allowance >> 2);
        let equity = i128::from(margin.equity.0);
        let left = equity - (equity * largest).div_euclid(WHOLE);
        let goes_whole = left < i128::from(parameters.dust_limit);
        Terms { tier, close_factor, allowance, price, bonus, restoring_slice, goes_whole }
    }

    /// Requirement and haircut for maintenance, µUSD.
    fn required(&self) -> i128 {
        i128::from(self.margin.equity.0) - i128::from(self.margin.maintenance_excess.0)
    }

    /// Shortfall to the target, µUSD.
    pub fn shortfall(&self) -> i128 {
        let target = share_ceil(self.parameters.liquidation_buffer, self.required());
        target - i128::from(self.margin.maintenance_excess.0)
    }

    fn urgency(&self) -> i128 {
        let most = i128::from(u32::MAX);
        match (self.shortfall(), self.required()) {
            (..=0, _) => 0,
            (_, ..=0) => most,
            (shortfall, required) => (shortfall * i128::from(self.regime) / required).min(most),
        }
    }

    fn tier(&self, elapsed: u64) -> u8 {
        let margin = self.margin;
        let cover = i128::from(margin.equity.0) - i128::from(margin.components.maintenance_haircut.0);
        let is_breached = margin.maintenance_excess.0 < 0;
        if margin.equity.0 < 0 {
            return 4;
        }
        let is_half_gone = 2 * cover < i128::from(margin.maintenance_requirement.0);
        let is_late = elapsed > u64::from(self.parameters.accelerated_slots);
        if is_breached && (is_half_gone || is_late) { 3 } else { 2 }
    }

    fn exact_slice(&self, price: u32, proceeds: i128) -> i128 {
        let (shortfall, equity) = (self.shortfall(), i128::from(self.margin.equity.0));
        if shortfall <= 0 {
            return 0;
        }
        if equity < i128::from(self.parameters.dust_limit) {
            return WHOLE;
        }
        let kept = share_floor(price, equity) + proceeds - share_floor(price, proceeds);
        shortfall * WHOLE / (shortfall + kept.max(0))
    }

    fn cooldown(&self) -> i128 {
        (i128::from(self.parameters.liquidation_cooldown_slots) << 30) / i128::from(self.regime)
    }

    fn lapse_slots(&self) -> i128 {
        let fall = (i128::from(self.parameters.slice_price_slots) << 30) / i128::from(self.regime);
        2 * (fall + 1).max(self.parameters.accelerated_slots.into()).max(self.cooldown())
    }
}

/// Fraction of value that a slice costs some slots after the liquidation began, scale 2^-30: faster the wilder the market.
fn slice_price(parameters: &ExchangeParameters, regime: u32, slots: u64) -> u32 {
    let (start, end) = (i128::from(parameters.slice_price_start), i128::from(parameters.slice_price_end));
    let span = i128::from(parameters.slice_price_slots) << 30;
    let passed = (i128::from(slots) * i128::from(regime)).min(span);
    (start - (start - end) * passed / span) as u32
}
