//! The value of one option, by the cubic distribution function.

use super::envelope::{self, Deviation};
use crate::num::normal_cdf_q31;

/// 1/w: in Q26 for w ≥ 1/16, otherwise in Q20, so that it keeps more than 23 significant bits below w = 6 and a product
/// with |x| < 8 in Q29 stays below 2⁶².
#[derive(Clone, Copy)]
pub(super) struct Reciprocal {
    /// At most 2³⁰.
    pub mantissa: i64,
    /// What takes `log-moneyness (Q29) · mantissa` to Q28.
    pub shift: u32,
}

impl Reciprocal {
    #[inline(always)]
    pub fn of(deviation: Deviation) -> Self {
        let w_q28 = deviation.q28();
        // A clamped w is never 0.
        if w_q28 >= 1 << 24 {
            Self { mantissa: (1u64 << 54).checked_div(w_q28).unwrap_or(0) as i64, shift: 27 }
        } else {
            Self { mantissa: (1u64 << 48).checked_div(w_q28).unwrap_or(0) as i64, shift: 21 }
        }
    }
}

/// Undiscounted Black-76 value of one call, in f-units: `F·N(d1) − K·N(d2)`, d1 = x/w + w/2, d2 = d1 − w.
///
/// * `forward`, `strike`: mantissas in f-units; the kernel proper needs both below 2³².
/// * `log_moneyness`: x = ln(F/K) in Q29, consistent with the two; the kernel proper needs |x| < 8.
/// * `deviation`: w = σ√T in Q28, clamped to [[`MIN_DEVIATION`](super::MIN_DEVIATION),
///   [`MAX_DEVIATION`](super::MAX_DEVIATION)].
///
/// Error, to either side: at most [`value_error_bound`](super::value_error_bound). The result may therefore lie that
/// much below 0 or above F. A call beyond the kernel's range is valued on coarser mantissas or, for |x| ≥ 8, at its
/// intrinsic value; [`call_value_with_bound`](super::call_value_with_bound) tells how far off that can be.
#[inline]
pub fn call_value(forward: u64, strike: u64, log_moneyness: i64, deviation: u64) -> i64 {
    shocked_call_value(forward, strike, log_moneyness, 0, deviation)
}

/// [`call_value`] at a shocked forward: `forward` is the shocked one, `log_moneyness` = ln(F/K) that of the unshocked one,
/// and `log_factor` = ln(F_shocked/F), both in Q29 and below 8 in magnitude for the kernel proper.
#[inline]
pub fn shocked_call_value(forward: u64, strike: u64, log_moneyness: i64, log_factor: i64, deviation: u64) -> i64 {
    if envelope::holds(strike | forward, log_moneyness) && envelope::holds(0, log_factor) {
        let deviation = Deviation::clamped(deviation);
        value_inside(forward, strike, log_moneyness, log_factor, deviation)
    } else {
        let log_moneyness = log_moneyness.saturating_add(log_factor);
        envelope::value_outside(forward, strike, log_moneyness, deviation).value
    }
}

/// The kernel proper.
#[inline(always)]
pub(super) fn value_inside(
    forward: u64,
    strike: u64,
    log_moneyness: i64,
    log_factor: i64,
    deviation: Deviation,
) -> i64 {
    let Reciprocal { mantissa, shift } = Reciprocal::of(deviation);
    // The two logarithms are scaled one by one: their sum times the reciprocal may pass 2⁶³.
    let d1 = (log_moneyness.wrapping_mul(mantissa) >> shift)
        .wrapping_add(log_factor.wrapping_mul(mantissa) >> shift)
        .wrapping_add((deviation.q28() >> 1) as i64);
    let d2 = d1.wrapping_sub(deviation.q28() as i64);
    // Each product is below 2⁶³ and the difference of the two fits a signed word.
    let received = forward.wrapping_mul(normal_cdf_q31(d1));
    let paid = strike.wrapping_mul(normal_cdf_q31(d2));
    (received.wrapping_sub(paid) as i64) >> 31
}
