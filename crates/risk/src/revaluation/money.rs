//! From kernel units to money: marks and Greeks of an expiry.

use bytemuck::Zeroable;

use super::{ExpiryValuation, Greeks, Workspace, expiry::StrikeValuation};
use crate::{
    black76::{self, GreekSums, InsideOption, KernelOption, accumulate_greeks_inside},
    error::RiskError,
    num,
    quantity::{Lots, MicroUsd},
};

/// Mantissa units per lot that bound the cubic kernel's error (4.9e-9 of the forward, below 2^29) and roundings.
const MARK_UNITS: i64 = 5;

impl Workspace {
    /// Adds the options of one strike to the expiry under way: marks, Greeks, scenarios.
    #[inline(never)]
    pub(super) fn add_option(
        &mut self,
        expiry: &ExpiryValuation,
        strike: &StrikeValuation,
        calls: i64,
        puts: i64,
    ) -> Result<(), RiskError> {
        let quantity = calls.wrapping_add(puts);
        let marked = self.marked_lots.wrapping_add(calls.wrapping_abs()).wrapping_add(puts.wrapping_abs());
        if marked > Lots::LIMIT {
            return Err(RiskError::QuantityOutOfRange { quantity: marked });
        }
        self.marked_lots = marked;
        let mantissa = strike.mantissa;
        self.require_summable(calls.wrapping_abs().wrapping_add(puts.wrapping_abs()), mantissa)?;
        if !expiry.is_alive() {
            self.add_intrinsic(expiry, mantissa, quantity, puts);
            return Ok(());
        }
        if puts != 0 {
            self.add_parity(expiry, mantissa, puts);
        }
        if self.near.is_under_way() {
            self.near.add_strike(mantissa, quantity);
        }
        if quantity == 0 {
            return Ok(());
        }
        let option = KernelOption { log_moneyness: strike.log_moneyness, strike: mantissa, quantity };
        if let Some(option) = InsideOption::new(option) {
            let value = accumulate_greeks_inside(expiry.forward, &option, strike.deviation, &mut self.sums);
            self.call_values = self.call_values.wrapping_add(value);
            self.add_scenarios(expiry, &option, strike.deviation);
            self.add_skew(expiry, &option, strike.deviation);
        } else {
            self.add_far_option(expiry, &option, strike.deviation);
        }
        Ok(())
    }

    /// Within the fast path (mantissas below 2^32) 2^30 lots cannot overflow a sum. Strikes beyond it, far above the forward,
    /// are accepted up to 2^61 mantissa units × lots in all, so that both together stay below 2^63.
    #[inline(always)]
    fn require_summable(&mut self, lots: i64, mantissa: u64) -> Result<(), RiskError> {
        if mantissa >> 32 == 0 {
            return Ok(());
        }
        core::hint::cold_path();
        // Mantissas of 2^53 and lots of 2^31: the product, and a sum below 2^41 with it, fit 64 bits.
        let units = (mantissa >> 20).wrapping_add(1).min(1 << 32).wrapping_mul(lots.unsigned_abs());
        self.far_strikes = self.far_strikes.saturating_add(units);
        if self.far_strikes >> 41 == 0 { Ok(()) } else { Err(RiskError::NotionalOutOfRange) }
    }

    /// From expiry on an option is worth its intrinsic value.
    fn add_intrinsic(&mut self, expiry: &ExpiryValuation, strike: u64, quantity: i64, puts: i64) {
        let parity = (strike as i64).wrapping_sub(expiry.forward as i64);
        let call = parity.wrapping_neg().max(0);
        let value = quantity.wrapping_mul(call).wrapping_add(puts.wrapping_mul(parity));
        self.sums.value = self.sums.value.wrapping_add(value);
    }

    /// What puts add to the calls that stand for them: a short forward and their strike in cash.
    #[inline(always)]
    fn add_parity(&mut self, expiry: &ExpiryValuation, strike: u64, puts: i64) {
        let strikes = puts.wrapping_mul(strike as i64);
        self.puts = self.puts.wrapping_add(puts);
        self.put_strikes = self.put_strikes.wrapping_add(strikes);
        let value = strikes.wrapping_sub(puts.wrapping_mul(expiry.forward as i64));
        self.sums.value = self.sums.value.wrapping_add(value);
        self.sums.delta = self.sums.delta.wrapping_sub(puts << 31);
        self.sums.rho = self.sums.rho.wrapping_sub(strikes);
    }

    /// An option beyond the fast path's range, where the smile's shocks no longer matter but within its error bound.
    #[cold]
    #[inline(never)]
    fn add_far_option(&mut self, expiry: &ExpiryValuation, option: &KernelOption, deviation: u64) {
        let before = self.sums.value;
        let outliers = black76::accumulate_greeks(expiry.forward, option, deviation, &mut self.sums);
        self.marked_outliers = self.marked_outliers.saturating_add(outliers as i64);
        self.call_values = self.call_values.wrapping_add(self.sums.value.wrapping_sub(before));
        self.add_far_scenarios(expiry, option, deviation);
        self.add_far_skew(expiry, option, deviation);
    }

    /// Turns the sums of marks and Greeks into money, and clears them. The value is rounded down and the error bound of
    /// the marks taken off it. Also returns vega per 1.00 of volatility, rounded down.
    pub(super) fn convert_values(&mut self, expiry: &ExpiryValuation) -> (MicroUsd, Greeks, MicroUsd) {
        if self.marked_lots == 0 {
            return (MicroUsd::ZERO, Greeks::default(), MicroUsd::ZERO);
        }
        let value = self.sums.value;
        let units = value
            .wrapping_sub(value.wrapping_abs() >> 28)
            .wrapping_sub(self.marked_lots.wrapping_mul(MARK_UNITS))
            .saturating_sub(self.marked_outliers);
        let value = MicroUsd(expiry.unit.money_floor(units));
        let (greeks, vega) =
            if expiry.is_alive() { expiry.greeks(&self.sums) } else { (Greeks::default(), MicroUsd::ZERO) };
        self.sums = GreekSums::zeroed();
        self.marked_lots = 0;
        self.far_strikes = 0;
        self.marked_outliers = 0;
        (value, greeks, vega)
    }
}

impl ExpiryValuation {
    /// Upper bounds of the absolute values of what was added to both since `before`: summed over positions, never less than
    /// the absolute value of the net of all of them.
    pub(super) fn exposure_bounds(&self, sums: &GreekSums, before: &GreekSums) -> (MicroUsd, MicroUsd) {
        let (delta, vega) =
            self.exposure_units(sums.delta.wrapping_sub(before.delta), sums.vega.wrapping_sub(before.vega));
        // Rounding costs up to three units inside, and one µUSD outside, of either.
        let bound = |units: i64| MicroUsd(self.unit.money_ceil(units.wrapping_abs().wrapping_add(8)).wrapping_add(1));
        (bound(delta), bound(vega))
    }

    fn exposure_units(&self, delta: i64, vega: i64) -> (i64, i64) {
        (mul_shift(delta, self.moving, 31), mul_shift(mul_shift(vega, self.forward, 31), self.sqrt_time, 28))
    }

    /// Greeks in money from the kernel's sums, and vega per 1.00 of volatility.
    fn greeks(&self, sums: &GreekSums) -> (Greeks, MicroUsd) {
        let money = |units: i64| self.unit.money_floor(units);
        let decay = money(mul_shift(sums.theta, self.forward, 31));
        // Half of F·φ·w / T per year, and 365 days a year: 2^31 / (2 · 365 · years).
        let per_day = num::mul_div_floor_signed(decay, 1 << 31, self.years.max(1).wrapping_mul(730));
        let (delta, vega) = self.exposure_units(sums.delta, sums.vega);
        let vega = money(vega);
        let greeks = Greeks {
            delta: MicroUsd(money(delta)),
            gamma: MicroUsd(hundredth(money(mul_shift(sums.gamma, self.moving, 20)))),
            vega: MicroUsd(hundredth(vega)),
            theta: MicroUsd(per_day.unwrap_or(i64::MAX).wrapping_neg()),
            // In Q29, since more than two years in Q31 would be too wide.
            rho: MicroUsd(hundredth(money(mul_shift(sums.rho, self.years >> 2, 29)))),
        };
        (greeks, MicroUsd(vega))
    }
}

/// `sum` × `factor` × 2^-`shift`, rounded down. The product must stay below 2^(63 + shift), the factor below
/// 2^(63 − shift).
#[inline(always)]
fn mul_shift(sum: i64, factor: u64, shift: u32) -> i64 {
    let low = sum & ((1 << shift) - 1);
    (sum >> shift).wrapping_mul(factor as i64).wrapping_add(low.wrapping_mul(factor as i64) >> shift)
}

/// A hundredth, rounded towards zero.
fn hundredth(amount: i64) -> i64 {
    let part = (amount.unsigned_abs() / 100) as i64;
    if amount < 0 { part.wrapping_neg() } else { part }
}

/// What one mantissa unit × lot is worth: mantissa × 2^-`shift` µUSD, the mantissa in [2^30, 2^31], or zero.
#[derive(Clone, Copy, Debug)]
pub struct UnitValue {
    /// Mantissa.
    pub mantissa: u64,
    /// Right shift.
    pub shift: i32,
}

impl UnitValue {
    /// `scale` (in [2^30, 2^31)) × 2^-`shift` × `factor` (scale 2^-31, at most one), rounded down.
    pub(super) fn new(scale: u64, factor: u64, shift: i32) -> Self {
        let product = scale.wrapping_mul(factor);
        // The product has up to 62 bits; 31 of them are kept, less when there are less.
        let bit = if factor >= 1 << 31 { 61 } else { num::most_significant_bit(product.max(1)) as i32 };
        let lost = bit.wrapping_sub(30).max(0);
        Self { mantissa: product >> (lost & 63), shift: shift.wrapping_add(31).wrapping_sub(lost) }
    }

    /// Another factor of the same scale, at most as great, with the shift of this one; rounded down.
    pub(super) fn beside(self, scale: u64, factor: u64, shift: i32) -> Self {
        let lost = shift.wrapping_add(31).wrapping_sub(self.shift);
        Self { mantissa: scale.wrapping_mul(factor) >> (lost & 63), ..self }
    }

    /// The same with a mantissa that is so much greater: against what it was rounded down by.
    #[inline(always)]
    pub(super) fn raised(self, by: u64) -> Self {
        Self { mantissa: self.mantissa.wrapping_add(by), ..self }
    }

    /// The same with a mantissa that is so much less.
    #[inline(always)]
    pub(super) fn lowered(self, by: u64) -> Self {
        Self { mantissa: self.mantissa.saturating_sub(by), ..self }
    }

    /// `units` in µUSD, rounded up. As [`money_floor`](Self::money_floor).
    #[inline(always)]
    pub(super) fn money_ceil(&self, units: i64) -> i64 {
        self.money_floor(units.wrapping_neg()).wrapping_neg()
    }

    /// `units` in µUSD, rounded down. |units| < 2^63; the result must fit, which the notional limit sees to.
    #[inline(always)]
    pub(super) fn money_floor(&self, units: i64) -> i64 {
        let high = (units >> 32).wrapping_mul(self.mantissa as i64);
        let low = ((units as u64) & 0xffff_ffff).wrapping_mul(self.mantissa);
        if self.shift >= 32 {
            return high.wrapping_add((low >> 32) as i64) >> (self.shift.wrapping_sub(32) & 63);
        }
        core::hint::cold_path();
        if self.shift >= 0 {
            (high << (32_i32.wrapping_sub(self.shift) & 63)).wrapping_add((low >> (self.shift & 63)) as i64)
        } else {
            units.wrapping_mul(self.mantissa as i64) << (self.shift.wrapping_neg() & 63)
        }
    }
}

/// `amount` × `factor` × 2^-26, rounded up. 0 ≤ amount ≤ 2^60, factor < 2^31.
pub(super) fn scale_q26_ceil(amount: i64, factor: u64) -> i64 {
    let negated = amount.wrapping_neg();
    let high = (negated >> 26).wrapping_mul(factor as i64);
    let low = (negated & 0x3ff_ffff).wrapping_mul(factor as i64) >> 26;
    high.wrapping_add(low).wrapping_neg()
}

/// `amount` × `change` × 2^-28, rounded down. |amount| ≤ 2^60, |change| < 2^31.
#[inline(always)]
pub(super) fn scale_q28_floor(amount: i64, change: i64) -> i64 {
    let high = (amount >> 28).wrapping_mul(change);
    let low = (amount & 0xfff_ffff).wrapping_mul(change) >> 28;
    high.wrapping_add(low)
}
