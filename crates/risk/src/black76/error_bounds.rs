//! How far the kernels' integers may lie from exact real-number values.

use super::envelope::MAX_DEVIATION;

/// Greatest error, to either side and in f-units, of [`call_value`](super::call_value) against exact arithmetic on the
/// same mantissas, log-moneyness and w: `F/2²⁸ + K/2³⁰ + 3`. The distribution function contributes 4·10⁻¹⁰ of F and of K,
/// the last rounding one unit.
///
/// For mantissas below 2³².
#[inline]
pub fn value_error_bound(forward: u64, strike: u64) -> u64 {
    (forward >> 28).wrapping_add(strike >> 30).wrapping_add(3)
}

/// Greatest error, to either side and in f-units per lot, of one value of the scenario kernel: at
/// least `F·(3.0·10⁻⁸ + 2.0·10⁻⁷·w) + 2.4·10⁻¹⁰·(F + K) + 5`.
///
/// The formula is the second-order remainder of the kernel (module [`black76`](super)) plus the rounding of its table
/// and of the mantissas. It rises in each argument, so the greatest shocked forward, strike and w (Q28) of an expiry
/// bound every scenario of it. For mantissas below 2³².
#[inline]
pub fn snap_error_bound(forward_max: u64, strike_max: u64, deviation_max: u64) -> u64 {
    let deviation = deviation_max.min(MAX_DEVIATION);
    // F/2²⁵ · (18 + 112·w)/16 = F · (3.35·10⁻⁸ + 2.09·10⁻⁷·w)
    let per_forward = (deviation.wrapping_mul(112) >> 28).wrapping_add(19);
    let remainder = (forward_max >> 25).wrapping_add(1).wrapping_mul(per_forward) >> 4;
    remainder.wrapping_add(forward_max.wrapping_add(strike_max) >> 31).wrapping_add(6)
}

/// What to add per lot, in f-units, to a loss computed as the difference of two values of the scenario kernel (shocked
/// less unshocked) so that it is never below the exact difference: twice [`snap_error_bound`].
#[inline]
pub fn snap_slack(forward_max: u64, strike_max: u64, deviation_max: u64) -> u64 {
    snap_error_bound(forward_max, strike_max, deviation_max) << 1
}
