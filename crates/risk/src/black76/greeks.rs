//! Value and sensitivities of one strike, from one pair of distribution values.

use bytemuck::{Pod, Zeroable};

use super::envelope::{self, Deviation, InsideOption, holds};
use super::scenarios::KernelOption;
use super::value::Reciprocal;
use crate::num::{normal_cdf_q31, normal_pdf_q31};

/// Sums over the strikes of one expiry, in call equivalents. With F the forward, T the years to expiry, q lots, and all
/// values undiscounted, they become the Greeks of the expiry's options as the fields say. A put counts as a call here:
/// the caller subtracts its forward (from delta) and its strike (from value and rho) by parity.
///
/// Each stays below 2⁶² in magnitude for Σ|q| ≤ 2³⁰.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct GreekSums {
    /// Σ q·C in f-units·lots. Error per lot: [`value_error_bound`](super::value_error_bound).
    pub value: i64,
    /// Σ q·N(d1), Q31·lots: ∂V/∂F. Error per lot 1.5·10⁻⁷.
    pub delta: i64,
    /// Σ q·φ(d1)/w, Q20·lots: F·∂²V/∂F². Error per lot 10⁻³ of itself or 7·10⁻⁶.
    pub gamma: i64,
    /// Σ q·φ(d1), Q31·lots; times F·√T: ∂V/∂σ, per unit of volatility (1.00, not a percentage point). Error per lot
    /// 10⁻⁷.
    pub vega: i64,
    /// Σ q·φ(d1)·w, Q31·lots; times −F/(2T): ∂V/∂t per year at a fixed forward, without the growth of the discount
    /// factor. Error per lot 10⁻⁷.
    pub theta: i64,
    /// Σ q·K·N(d2), f-units·lots; times T: ∂V/∂r per unit of rate at a fixed spot price, for a forward that grows with
    /// the rate (as in Black-Scholes). Error per lot 1.5·10⁻⁷·F.
    pub rho: i64,
}

/// Adds one strike's value and Greeks at the unshocked forward to the sums of its expiry.
///
/// `forward` in f-units, in [2²⁸, 2²⁹); `deviation` = w = σ√T in Q28, clamped to the kernel's range. Returns what must be
/// added to the expiry's slack for `value`, f-units·lots: 0 unless the strike lies beyond the fast path's range (see
/// [`accumulate_scenarios`](super::accumulate_scenarios)), where the Greeks are those of x = ±8 or of coarser mantissas.
#[inline]
#[must_use]
pub fn accumulate_greeks(forward: u64, option: &KernelOption, deviation: u64, sums: &mut GreekSums) -> u64 {
    if holds(option.strike | forward, option.log_moneyness) {
        let value = add_sensitivities(forward, option, deviation, sums);
        sums.value = sums.value.wrapping_add(option.quantity.wrapping_mul(value));
        0
    } else {
        accumulate_outside(forward, option, deviation, sums)
    }
}

/// [`accumulate_greeks`] of a strike within the fast path's range. Returns quantity·value, which it also adds.
#[inline(always)]
pub fn accumulate_greeks_inside(forward: u64, option: &InsideOption, deviation: u64, sums: &mut GreekSums) -> i64 {
    let option = option.get();
    let value = option.quantity.wrapping_mul(add_sensitivities(forward, option, deviation, sums));
    sums.value = sums.value.wrapping_add(value);
    value
}

/// Everything but the value, which it returns for the caller to add.
#[inline(always)]
fn add_sensitivities(forward: u64, option: &KernelOption, deviation: u64, sums: &mut GreekSums) -> i64 {
    let deviation = Deviation::clamped(deviation);
    let w = deviation.q28() as i64;
    let quantity = option.quantity;
    let reciprocal = Reciprocal::of(deviation);
    let d1 = (option.log_moneyness.wrapping_mul(reciprocal.mantissa) >> reciprocal.shift).wrapping_add(w >> 1);
    let distribution_d1 = normal_cdf_q31(d1);
    let distribution_d2 = normal_cdf_q31(d1.wrapping_sub(w));
    let density = normal_pdf_q31(d1) as i64;

    let received = forward.wrapping_mul(distribution_d1);
    let paid = option.strike.wrapping_mul(distribution_d2);
    // φ in Q31 times 1/w in Q20 or Q26, to Q20.
    let density_over_w = density.wrapping_mul(reciprocal.mantissa) >> reciprocal.shift.wrapping_add(10);
    let density_times_w = density.wrapping_mul(w) >> 28;

    let add = |sum: &mut i64, amount: i64| *sum = sum.wrapping_add(quantity.wrapping_mul(amount));
    add(&mut sums.delta, distribution_d1 as i64);
    add(&mut sums.gamma, density_over_w);
    add(&mut sums.vega, density);
    add(&mut sums.theta, density_times_w);
    add(&mut sums.rho, (paid >> 31) as i64);
    (received.wrapping_sub(paid) as i64) >> 31
}

/// The same for a strike beyond the fast path's range.
#[cold]
#[inline(never)]
fn accumulate_outside(forward: u64, option: &KernelOption, deviation: u64, sums: &mut GreekSums) -> u64 {
    let outside = envelope::value_outside(forward, option.strike, option.log_moneyness, deviation);
    let shift = envelope::coarsening(forward | option.strike);
    let coarse = KernelOption {
        log_moneyness: envelope::clamp_log_moneyness(option.log_moneyness),
        strike: option.strike >> shift,
        quantity: option.quantity,
    };
    let mut alone = GreekSums::default();
    let _ = add_sensitivities(forward >> shift, &coarse, deviation, &mut alone);
    let add = |sum: &mut i64, amount: i64| *sum = sum.wrapping_add(amount);
    add(&mut sums.value, option.quantity.wrapping_mul(outside.value));
    add(&mut sums.delta, alone.delta);
    add(&mut sums.gamma, alone.gamma);
    add(&mut sums.vega, alone.vega);
    add(&mut sums.theta, alone.theta);
    add(&mut sums.rho, alone.rho << shift);
    outside.error_times(option.quantity)
}
