//! From kernel units to money: marks and Greeks of an expiry.

use bytemuck::Zeroable;

use super::{ExpiryValuation, Greeks, Workspace, expiry::StrikeValuation};
use crate::{
    black76::{self, GreekSums, KernelOption},
    error::RiskError,
    num,
    quantity::{Lots, MicroUsd},
};

/// Mantissa units per lot that bound the cubic kernel's error (4.9e-9 of the forward, below 2^29) and roundings.
const MARK_UNITS: i64 = 5;

impl Workspace {
    /// Adds the marks and Greeks of one strike.
    pub(super) fn add_value(
        &mut self,
        expiry: &ExpiryValuation,
        strike: &StrikeValuation,
        calls: i64,
        puts: i64,
    ) -> Result<(), RiskError> {
        let total = calls.wrapping_add(puts);
        let marked = self.marked_lots.wrapping_add(calls.wrapping_abs()).wrapping_add(puts.wrapping_abs());
        if marked > Lots::LIMIT {
            return Err(RiskError::QuantityOutOfRange { quantity: marked });
        }
        self.marked_lots = marked;
        let mantissa = strike.mantissa;
        require_summable(marked, mantissa)?;
        let parity = (mantissa as i64).wrapping_sub(expiry.forward as i64);
        if !expiry.is_alive() {
            let call = parity.wrapping_neg().max(0);
            let value = total.wrapping_mul(call).wrapping_add(puts.wrapping_mul(parity));
            self.sums.value = self.sums.value.wrapping_add(value);
            return Ok(());
        }
        if total != 0 {
            let option = KernelOption { log_moneyness: strike.log_moneyness, strike: mantissa, quantity: total };
            let outliers = black76::accumulate_greeks(expiry.forward, &option, strike.deviation, &mut self.sums);
            if outliers != 0 {
                self.marked_outliers = self.marked_outliers.saturating_add(outliers as i64);
            }
        }
        if puts != 0 {
            self.sums.value = self.sums.value.wrapping_add(puts.wrapping_mul(parity));
            self.sums.delta = self.sums.delta.wrapping_sub(puts << 31);
            self.sums.rho = self.sums.rho.wrapping_sub(puts.wrapping_mul(mantissa as i64));
        }
        Ok(())
    }

    /// Turns the sums of marks and Greeks into money, and clears them. The value is rounded down and the error bound of
    /// the marks taken off it.
    pub(super) fn convert_values(&mut self, expiry: &ExpiryValuation) -> (MicroUsd, Greeks) {
        if self.marked_lots == 0 {
            return (MicroUsd::ZERO, Greeks::default());
        }
        let sums = self.sums;
        let units = sums
            .value
            .wrapping_sub(sums.value.wrapping_abs() >> 28)
            .wrapping_sub(self.marked_lots.wrapping_mul(MARK_UNITS))
            .saturating_sub(self.marked_outliers);
        let value = MicroUsd(expiry.unit.money_floor(units));
        let greeks = if expiry.is_alive() { expiry.greeks(&sums) } else { Greeks::default() };
        self.sums = GreekSums::zeroed();
        self.marked_lots = 0;
        self.marked_outliers = 0;
        (value, greeks)
    }
}

impl ExpiryValuation {
    /// Greeks in money from the kernel's sums.
    fn greeks(&self, sums: &GreekSums) -> Greeks {
        let money = |units: i64| self.unit.money_floor(units);
        let decay = money(mul_shift(sums.theta, self.forward, 31));
        // Half of F·φ·w / T per year, and 365 days a year: 2^31 / (2 · 365 · years).
        let per_day = num::mul_div_floor_signed(decay, 1 << 31, self.years.max(1).wrapping_mul(730));
        Greeks {
            delta: MicroUsd(money(mul_shift(sums.delta, self.moving, 31))),
            gamma: MicroUsd(hundredth(money(mul_shift(sums.gamma, self.moving, 20)))),
            vega: MicroUsd(hundredth(money(mul_shift(mul_shift(sums.vega, self.forward, 31), self.sqrt_time, 28)))),
            theta: MicroUsd(per_day.unwrap_or(i64::MAX).wrapping_neg()),
            rho: MicroUsd(hundredth(money(mul_shift(sums.rho, self.years, 31)))),
        }
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

/// Within the fast path (mantissas below 2^32) 2^30 lots cannot overflow a sum. A strike beyond it, far above the
/// forward, is accepted as long as 64 such options cannot.
fn require_summable(lots: i64, mantissa: u64) -> Result<(), RiskError> {
    let is_beyond = mantissa >> 32 != 0 && (mantissa >> 20).min(1 << 33).wrapping_mul(lots.unsigned_abs()) >> 36 != 0;
    if is_beyond { Err(RiskError::NotionalOutOfRange) } else { Ok(()) }
}

/// What one mantissa unit × lot is worth: a mantissa in [2^29, 2^31) × 2^-`shift` µUSD.
#[derive(Clone, Copy, Debug)]
pub struct UnitValue {
    /// Mantissa.
    pub mantissa: u64,
    /// Right shift.
    pub shift: i32,
}

impl UnitValue {
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

/// `amount` × `change` × 2^-28, rounded down. |amount| ≤ 2^60, |change| < 2^31.
#[inline(always)]
pub(super) fn scale_q28_floor(amount: i64, change: i64) -> i64 {
    let high = (amount >> 28).wrapping_mul(change);
    let low = (amount & 0xfff_ffff).wrapping_mul(change) >> 28;
    high.wrapping_add(low)
}
