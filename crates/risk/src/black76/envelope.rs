//! Where the kernels' 64-bit products hold, and what stands in for them elsewhere.

use super::error_bounds::value_error_bound;
use super::scenarios::KernelOption;
use super::value::{Reciprocal, value_inside};
use crate::num::{most_significant_bit, normal_cdf_q31};

/// The least w = σ√T, 2⁻¹⁰ in Q28 (50 % volatility for two minutes).
pub const MIN_DEVIATION: u64 = 1 << 18;

/// The greatest w = σ√T, 6 in Q28 (600 % volatility for one year).
pub const MAX_DEVIATION: u64 = 6 << 28;

/// ln(F/K) must be smaller than this, 8 in Q29, in magnitude.
const LOG_MONEYNESS_LIMIT_Q29: i64 = 8 << 29;

/// A w = σ√T inside the kernels' range.
#[derive(Clone, Copy)]
pub(super) struct Deviation(u64);

impl Deviation {
    #[inline(always)]
    pub fn clamped(deviation_q28: u64) -> Self {
        Self(deviation_q28.clamp(MIN_DEVIATION, MAX_DEVIATION))
    }

    #[inline(always)]
    pub fn q28(self) -> u64 {
        self.0
    }
}

/// Whether the kernels may take these numbers: mantissas (or-ed together) below 2³² and |x| < 8.
#[inline(always)]
pub(super) fn holds(mantissas: u64, log_moneyness: i64) -> bool {
    let shifted = log_moneyness.wrapping_add(LOG_MONEYNESS_LIMIT_Q29) as u64;
    mantissas >> 32 == 0 && shifted >> 33 == 0
}

/// One strike within the fast path's range, for kernels that need not ask again.
#[derive(Clone, Copy)]
pub struct InsideOption(KernelOption);

impl InsideOption {
    /// The option, if at a forward's mantissa below 2³² it lies within the range.
    #[inline(always)]
    pub fn new(option: KernelOption) -> Option<Self> {
        holds(option.strike, option.log_moneyness).then_some(Self(option))
    }

    /// The option.
    #[inline(always)]
    pub fn get(&self) -> &KernelOption {
        &self.0
    }

    /// Undiscounted value of one call at the unshocked forward and a given w (Q28), in f-units, off by at most
    /// [`value_error_bound`].
    #[inline(always)]
    pub fn value(&self, forward: u64, deviation: u64) -> i64 {
        value_inside(forward, self.0.strike, self.0.log_moneyness, 0, Deviation::clamped(deviation))
    }
}

/// A call value and how far, to either side, the exact value may lie from it, both in f-units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundedValue {
    /// Undiscounted value of one call.
    pub value: i64,
    /// Greatest distance to the value in exact arithmetic.
    pub error_bound: u64,
}

impl BoundedValue {
    /// The error bound of `quantity` lots, for |quantity| ≤ 2³⁰, in f-units·lots; below 2⁶².
    pub(super) fn error_times(self, quantity: i64) -> u64 {
        // No bound of a value of consistent inputs is greater than 2³².
        self.error_bound.min(1 << 32).wrapping_mul(quantity.unsigned_abs().min(1 << 30))
    }
}

/// x brought into the range that the kernels take.
pub(super) fn clamp_log_moneyness(log_moneyness: i64) -> i64 {
    log_moneyness.clamp(1 - LOG_MONEYNESS_LIMIT_Q29, LOG_MONEYNESS_LIMIT_Q29 - 1)
}

/// [`call_value`](super::call_value) together with its error bound, which also holds outside the kernel's range.
pub fn call_value_with_bound(forward: u64, strike: u64, log_moneyness: i64, deviation: u64) -> BoundedValue {
    if holds(strike | forward, log_moneyness) {
        BoundedValue {
            value: value_inside(forward, strike, log_moneyness, 0, Deviation::clamped(deviation)),
            error_bound: value_error_bound(forward, strike),
        }
    } else {
        value_outside(forward, strike, log_moneyness, deviation)
    }
}

/// Where an option lies that the kernel proper cannot take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// x ≤ −8.
    Worthless,
    /// Only a mantissa is too wide.
    Between,
    /// x ≥ 8.
    Exercised,
}

pub(super) fn side_of(log_moneyness: i64) -> Side {
    if log_moneyness <= -LOG_MONEYNESS_LIMIT_Q29 {
        Side::Worthless
    } else if log_moneyness >= LOG_MONEYNESS_LIMIT_Q29 {
        Side::Exercised
    } else {
        Side::Between
    }
}

/// How many bits mantissas (or-ed together) have to lose to fit the kernel.
pub(super) fn coarsening(mantissas: u64) -> u32 {
    most_significant_bit(mantissas).saturating_sub(31)
}

/// An upper bound of a call's value where x ≤ −8 + `log_factor` (Q29): `F·N(d1)`, which rises with x. With the strike in
/// place of the forward it bounds the put's value, `K·N(−d2)`, where x ≥ 8 − `log_factor`.
pub(super) fn worthless_bound(amount: u64, log_factor: i64, deviation: Deviation) -> u64 {
    let Reciprocal { mantissa, shift } = Reciprocal::of(deviation);
    let log_moneyness = log_factor.clamp(0, LOG_MONEYNESS_LIMIT_Q29).wrapping_sub(LOG_MONEYNESS_LIMIT_Q29);
    let d1 = (log_moneyness.wrapping_mul(mantissa) >> shift).wrapping_add((deviation.q28() >> 1) as i64);
    share(amount, normal_cdf_q31(d1))
}

/// A call that the kernel proper cannot take.
///
/// * x ≤ −8: worth nothing, and at most what it would be at x = −8.
/// * x ≥ 8: worth F − K, and at most as much more as the put would be worth at x = 8.
/// * Otherwise only a mantissa is too wide: both lose their lowest bits, and the error of the kernel counts in the
///   coarser unit.
#[cold]
#[inline(never)]
pub(super) fn value_outside(forward: u64, strike: u64, log_moneyness: i64, deviation: u64) -> BoundedValue {
    let deviation = Deviation::clamped(deviation);
    match side_of(log_moneyness) {
        Side::Worthless => BoundedValue { value: 0, error_bound: worthless_bound(forward, 0, deviation) },
        Side::Exercised => BoundedValue {
            value: forward.wrapping_sub(strike) as i64,
            error_bound: worthless_bound(strike, 0, deviation),
        },
        Side::Between => {
            let shift = coarsening(forward | strike);
            let (forward, strike) = (forward >> shift, strike >> shift);
            BoundedValue {
                value: value_inside(forward, strike, log_moneyness, 0, deviation) << shift,
                // One unit more for each mantissa's lost bits.
                error_bound: value_error_bound(forward, strike).wrapping_add(2) << shift,
            }
        }
    }
}

/// An upper bound of `amount · probability`, for a probability in Q31 as the distribution function returns it.
fn share(amount: u64, probability_q31: u64) -> u64 {
    let shift = most_significant_bit(amount).saturating_sub(31);
    let product = (amount >> shift).wrapping_add(1).wrapping_mul(probability_q31.wrapping_add(2));
    (product >> 31).wrapping_add(1) << shift
}
