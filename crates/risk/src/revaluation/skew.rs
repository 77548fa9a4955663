//! Skew scenarios: the smile tilts or bends, the forward stays (docs/margin-model.md, section 2).

use bytemuck::{Pod, Zeroable};

use super::{ExpiryValuation, MarketInput, Workspace};
use crate::{
    black76::{self, InsideOption, KernelOption},
    scenario::{ONE_Q28, SkewShock},
};

/// Which skew scenarios there are: the rest of a [`SkewShock`] is prepared with each expiry.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(transparent)]
pub(super) struct SkewSwitch(u64);

impl SkewSwitch {
    const LINEAR: u64 = 1;
    const ABSOLUTE: u64 = 2;

    pub fn new(shock: &SkewShock) -> Self {
        let linear = if shock.linear { Self::LINEAR } else { 0 };
        Self(if shock.absolute { linear | Self::ABSOLUTE } else { linear })
    }
}

/// Mantissa units per lot that bound the error of one value of the cubic kernel: F/2^28 + K/2^30 + 3 for mantissas of the
/// fast path.
const VALUE_UNITS: i64 = 9;

impl Workspace {
    /// Adds the values of one strike with the skew scenarios' volatilities. Where the strike is not below the forward both
    /// scenarios have the same one.
    #[inline(always)]
    pub(super) fn add_skew(&mut self, expiry: &ExpiryValuation, option: &InsideOption, deviation: u64) {
        let SkewSwitch(switch) = self.skew;
        if switch == 0 {
            return;
        }
        let KernelOption { log_moneyness, quantity, .. } = *option.get();
        let change = expiry.skew.change(log_moneyness);
        let value = |multiplier: u64| {
            let deviation = deviation.wrapping_mul(multiplier) >> 28;
            quantity.wrapping_mul(option.value(expiry.forward, deviation))
        };
        let raised = value(ONE_Q28.wrapping_add(change));
        self.skewed_values[1] = self.skewed_values[1].wrapping_add(raised);
        // ln(F/K) ≤ 0: a strike that is not below the forward.
        let tilted = if log_moneyness <= 0 { raised } else { value(ONE_Q28.saturating_sub(change)) };
        self.skewed_values[0] = self.skewed_values[0].wrapping_add(tilted);
    }

    /// The same beyond the fast path's range.
    pub(super) fn add_far_skew(&mut self, expiry: &ExpiryValuation, option: &KernelOption, deviation: u64) {
        let change = expiry.skew.change(option.log_moneyness.clamp(1 - (8 << 29), (8 << 29) - 1));
        let tilt =
            if option.log_moneyness <= 0 { ONE_Q28.wrapping_add(change) } else { ONE_Q28.saturating_sub(change) };
        for (sum, multiplier) in self.skewed_values.iter_mut().zip([tilt, ONE_Q28.wrapping_add(change)]) {
            let deviation = deviation.wrapping_mul(multiplier) >> 28;
            let far = black76::call_value_with_bound(expiry.forward, option.strike, option.log_moneyness, deviation);
            *sum = sum.wrapping_add(option.quantity.wrapping_mul(far.value));
            let error = far.error_bound.min(1 << 32).wrapping_mul(option.quantity.unsigned_abs().min(1 << 30)) as i64;
            // A shocked value is compared with an unshocked one.
            self.skew_outliers = self.skew_outliers.saturating_add(error.saturating_mul(2)).min(1 << 61);
        }
    }

    /// Losses of the options under way in the two skew scenarios, µUSD, rounded up: the change of value, whichever its
    /// sign.
    pub(super) fn skew_losses_of(&self, expiry: &ExpiryValuation, input: &MarketInput) -> [i64; 2] {
        if !input.skew.is_on() {
            return [0; 2];
        }
        let one = self.errors.lots.wrapping_mul(VALUE_UNITS);
        // What the inputs may be off by is below the scenario kernel's own bound: a multiplier of volatility lacks up to
        // 2^-21, which moves a value by at most 0.4·F·w of that.
        let inputs = self.errors.sloped_at(expiry.forward);
        let error = one.wrapping_mul(2).wrapping_add(self.skew_outliers).wrapping_add(inputs);
        let loss = |values: i64| {
            let change = values.wrapping_sub(self.call_values);
            if !input.skew.discounted {
                return expiry.mark_ceil(change.wrapping_abs().saturating_add(error));
            }
            let parity = self.put_strikes.wrapping_sub(self.puts.wrapping_mul(expiry.forward as i64));
            let value = self.call_values.wrapping_add(parity);
            let shocked = value.wrapping_add(change);
            let lowest = expiry.scenario_value_floor(shocked.saturating_sub(error));
            let highest = expiry.scenario_value_floor(shocked.saturating_add(error)).saturating_add(2);
            let unshocked = expiry.unit.money_floor(value);
            unshocked.wrapping_sub(lowest).max(highest.wrapping_sub(unshocked)).wrapping_add(2)
        };
        let [linear, absolute] = self.skewed_values;
        [if input.skew.linear { loss(linear) } else { 0 }, if input.skew.absolute { loss(absolute) } else { 0 }]
    }
}
