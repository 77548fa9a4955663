//! The implied-volatility smile of one expiry: an eSSVI slice, its no-arbitrage conditions, and its evaluation.
//!
//! With k = ln(K/F), a slice has the total implied variance
//! `w²(k) = θ/2 · (1 + ρφk + √((φk + ρ)² + 1 − ρ²))`, φ = ψ/θ:
//! θ is w² at the money, ρ tilts the smile, ψ sets the slope of its wings.
//!
//! A slice is accepted if it satisfies sufficient conditions against butterfly arbitrage (Gatheral and Jacquier 2014,
//! theorem 4.2: `ψ(1 + |ρ|) ≤ 4` and `ψ²(1 + |ρ|) ≤ 4θ`), and two neighbouring expiries if they satisfy those against
//! calendar arbitrage (Corbetta, Cohort, Laachir and Martini 2019, proposition 3.1, with φ not rising). All of them are
//! decided exactly.
//!
//! Evaluation goes through the equivalent raw SVI form `a + b(ρ(k − m) + √((k − m)² + σ²))` with `a = θ(1 − ρ²)/2`,
//! `b = ψ/2`, `m = −ρ/φ`, `σ = √(1 − ρ²)/φ`: two square roots and four multiplications.

use core::fmt;

use bytemuck::{Pod, Zeroable};

use crate::num::{mul_div_ceil, mul_div_floor, sqrt_fast, sqrt_floor, widening_mul};

/// 1 in Q29, the scale of ρ and of log-moneyness.
const ONE_Q29: i64 = 1 << 29;

/// An eSSVI slice as its publishers state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EssviSlice {
    /// θ, the total variance at the money, Q40; from [`MIN_THETA_Q40`](Self::MIN_THETA_Q40) to
    /// [`MAX_THETA_Q40`](Self::MAX_THETA_Q40).
    pub theta_q40: u64,
    /// ρ, the tilt, Q29, between −1 and 1 exclusive. Negative when low strikes cost more.
    pub rho_q29: i64,
    /// ψ = θφ, the slope of the wings, Q40; at least θ/4.
    pub psi_q40: u64,
}

/// Why a slice, or a pair of slices, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceError {
    /// θ is below 2⁻²⁴ or above 9.
    ThetaOutOfRange,
    /// ρ is not between −1 and 1.
    RhoOutOfRange,
    /// ψ is below θ/4: the smile is flatter than the engine can represent.
    TooFlat,
    /// `ψ(1 + |ρ|) > 4`: a wing is steeper than any price process allows.
    WingTooSteep,
    /// `ψ²(1 + |ρ|) > 4θ`: the smile may imply a negative probability near the money.
    ButterflyArbitrage,
    /// θ of the later expiry is below that of the earlier one.
    ThetaFalls,
    /// `ψ(1 + ρ)` or `ψ(1 − ρ)` of the later expiry is below that of the earlier one: their wings cross.
    WingsCross,
    /// φ = ψ/θ of the later expiry is above that of the earlier one.
    PhiRises,
}

impl fmt::Display for SurfaceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ThetaOutOfRange => "at-the-money variance outside 2^-24 to 9",
            Self::RhoOutOfRange => "tilt not between -1 and 1",
            Self::TooFlat => "wing slope below a quarter of the variance",
            Self::WingTooSteep => "wing slope above Lee's bound",
            Self::ButterflyArbitrage => "smile may imply a negative probability",
            Self::ThetaFalls => "variance falls with time",
            Self::WingsCross => "wings of two expiries cross",
            Self::PhiRises => "smile steepens with time",
        })
    }
}

impl core::error::Error for SurfaceError {}

impl EssviSlice {
    /// The least θ: 2⁻²⁴, the variance of 50 % volatility over 7.5 seconds.
    pub const MIN_THETA_Q40: u64 = 1 << 16;
    /// The greatest θ: 9, a σ√T of 3.
    pub const MAX_THETA_Q40: u64 = 9 << 40;

    /// Whether the slice is inside the engine's range and free of butterfly arbitrage.
    pub fn validate(&self) -> Result<(), SurfaceError> {
        if self.theta_q40 < Self::MIN_THETA_Q40 || self.theta_q40 > Self::MAX_THETA_Q40 {
            return Err(SurfaceError::ThetaOutOfRange);
        }
        if self.rho_q29 <= -ONE_Q29 || self.rho_q29 >= ONE_Q29 {
            return Err(SurfaceError::RhoOutOfRange);
        }
        if self.psi_q40 < self.theta_q40.div_ceil(4) {
            return Err(SurfaceError::TooFlat);
        }
        let steeper_wing_q40 = self.steeper_wing_q40();
        if steeper_wing_q40 > 4 << 40 {
            return Err(SurfaceError::WingTooSteep);
        }
        let left = widening_mul(self.psi_q40, steeper_wing_q40);
        let right = widening_mul(self.theta_q40, 4 << 40);
        if left > right {
            return Err(SurfaceError::ButterflyArbitrage);
        }
        Ok(())
    }

    /// Whether total variance never falls from this expiry to a later one, at any strike. Both slices must be valid.
    pub fn check_calendar(near: &Self, far: &Self) -> Result<(), SurfaceError> {
        if far.theta_q40 < near.theta_q40 {
            return Err(SurfaceError::ThetaFalls);
        }
        let right_wing =
            |slice: &Self| widening_mul(slice.psi_q40, ONE_Q29.saturating_add(slice.rho_q29).max(0) as u64);
        let left_wing = |slice: &Self| widening_mul(slice.psi_q40, ONE_Q29.saturating_sub(slice.rho_q29).max(0) as u64);
        if right_wing(far) < right_wing(near) || left_wing(far) < left_wing(near) {
            return Err(SurfaceError::WingsCross);
        }
        let far_phi = widening_mul(far.psi_q40, near.theta_q40);
        let near_phi = widening_mul(near.psi_q40, far.theta_q40);
        if far_phi > near_phi {
            return Err(SurfaceError::PhiRises);
        }
        Ok(())
    }

    /// ψ(1 + |ρ|) in Q40, rounded up; `u64::MAX` if it does not fit.
    fn steeper_wing_q40(&self) -> u64 {
        let factor_q29 = self.rho_q29.unsigned_abs().saturating_add(ONE_Q29 as u64);
        mul_div_ceil(self.psi_q40, factor_q29, ONE_Q29 as u64).unwrap_or(u64::MAX)
    }

    /// The raw form for evaluation, each parameter rounded to nearest or down by less than a unit, after
    /// [`validate`](Self::validate).
    pub fn to_raw(&self) -> Result<RawSvi, SurfaceError> {
        self.validate()?;
        // θ and the steeper wing stay in the range of an unscaled slice, so that the products of `total_deviation_q28`
        // keep fitting.
        let mut variance_shift = 0;
        let mut theta = self.theta_q40;
        let mut wing = self.steeper_wing_q40();
        while variance_shift < RawSvi::MAX_VARIANCE_SHIFT && theta << 2 <= Self::MAX_THETA_Q40 && wing << 2 <= 4 << 40 {
            theta <<= 2;
            wing <<= 2;
            variance_shift += 1;
        }
        let psi = self.psi_q40 << (2 * variance_shift);

        // Neither of the two can fail for a valid slice: θ/ψ is at most 4.
        let inverse_phi_q29 = mul_div_floor(self.theta_q40, ONE_Q29 as u64, self.psi_q40).unwrap_or(0);
        let rho_magnitude = self.rho_q29.unsigned_abs();
        let one_less_rho_squared_q58 = (1u64 << 58).wrapping_sub(rho_magnitude.wrapping_mul(rho_magnitude));
        let half_variance = mul_div_floor(theta, one_less_rho_squared_q58, 1 << 58).unwrap_or(0);
        let m_magnitude = mul_div_floor(inverse_phi_q29, rho_magnitude, ONE_Q29 as u64).unwrap_or(0);
        let sigma = mul_div_floor(inverse_phi_q29, sqrt_floor(one_less_rho_squared_q58), ONE_Q29 as u64).unwrap_or(0);
        Ok(RawSvi {
            a: (half_variance.wrapping_add(1 << 11) >> 12) as i64,
            b: (psi.wrapping_add(1 << 11) >> 12) as i64,
            rho: self.rho_q29,
            m: if self.rho_q29 > 0 { -(m_magnitude as i64) } else { m_magnitude as i64 },
            sigma: sigma as i64,
            variance_shift: variance_shift as u64,
        })
    }
}

/// A smile in the raw SVI form of Gatheral: `w² = a + b(ρ(k − m) + √((k − m)² + σ²))`.
///
/// Made by [`EssviSlice::to_raw`], or from published raw parameters within: `a` in [−4, 9], `b(1 + |ρ|)` in [0, 2],
/// |ρ| < 1, |m| ≤ 4, σ in [0, 4].
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct RawSvi {
    /// a·4^`variance_shift`, Q29.
    pub a: i64,
    /// b·4^`variance_shift`, Q29.
    pub b: i64,
    /// ρ, Q29.
    pub rho: i64,
    /// m, Q29.
    pub m: i64,
    /// σ (the width of the vertex, not a volatility), Q29.
    pub sigma: i64,
    /// Doublings of w before the last square root, so that the small variance of a near expiry keeps its digits; at most
    /// [`MAX_VARIANCE_SHIFT`](Self::MAX_VARIANCE_SHIFT).
    pub variance_shift: u64,
}

impl RawSvi {
    /// The greatest `variance_shift`.
    pub const MAX_VARIANCE_SHIFT: u32 = 12;

    /// w = σ√T at k = ln(K/F) in Q29, |k| ≤ 8: Q28, below 2³¹. It may be below
    /// [`MIN_DEVIATION`](crate::black76::MIN_DEVIATION) or above [`MAX_DEVIATION`](crate::black76::MAX_DEVIATION).
    #[inline]
    pub fn total_deviation_q28(&self, log_strike_q29: i64) -> u64 {
        sqrt_fast(self.shifted_variance(log_strike_q29)) >> (self.variance_shift & 63)
    }

    /// [`total_deviation_q28`](Self::total_deviation_q28) from a known root of the same smile, as
    /// [`root_at`](Self::root_at) gives it: the same to the last bit or one more, and cheaper where w lies within a factor
    /// of three of that root's.
    #[inline]
    pub fn total_deviation_near(&self, log_strike_q29: i64, root: u64) -> u64 {
        let square = self.shifted_variance(log_strike_q29);
        let known = root.wrapping_mul(root);
        if square >> 3 > known || known >> 3 > square || root < 1 << 16 {
            return sqrt_fast(square) >> (self.variance_shift & 63);
        }
        // Within a factor of 2√2, five steps leave less than 2·10⁻¹⁰ of the root, below its last bit after the shift.
        let newton_step = |root: u64| root.wrapping_add(square.checked_div(root).unwrap_or(0)) >> 1;
        let near = newton_step(newton_step(newton_step(newton_step(newton_step(root)))));
        near >> (self.variance_shift & 63)
    }

    /// w before it is shifted back, a starting point for [`total_deviation_near`](Self::total_deviation_near).
    pub fn root_at(&self, log_strike_q29: i64) -> u64 {
        sqrt_fast(self.shifted_variance(log_strike_q29))
    }

    /// w²·4^`variance_shift`, Q56.
    #[inline(always)]
    fn shifted_variance(&self, log_strike_q29: i64) -> u64 {
        // |k − m| ≤ 12, in Q29 below 2³³.
        let distance = log_strike_q29.wrapping_sub(self.m);
        let magnitude = distance.unsigned_abs();
        let sigma = self.sigma as u64;
        let root = if (magnitude | sigma) >> 31 == 0 {
            hypotenuse(magnitude, sigma)
        } else {
            // From 4 on, the sum of the squares may pass 2⁶⁴.
            hypotenuse(magnitude >> 2, sigma >> 2) << 2
        };
        // Negative only by rounding, since |ρ| < 1. Q29, below 2³⁴·⁷.
        let wing = (self.rho.wrapping_mul(distance) >> 29).wrapping_add(root as i64).max(0) as u64;
        // b·wing is below 2⁶⁴ because b(1 + |ρ|) ≤ 2 and bσ ≤ 8.
        let rise = ((self.b as u64).wrapping_mul(wing) >> 29) as i64;
        (self.a.wrapping_add(rise).max(0) as u64) << 27
    }
}

/// `√(one² + other²)`, off by at most 1, for a sum of squares below 2⁶⁴.
///
/// The larger side plus 3/8 of the smaller is within 7 %, and three Newton steps square that error away to 4·10⁻¹²:
/// several times cheaper than a root that knows nothing of its argument.
#[inline(always)]
fn hypotenuse(one: u64, other: u64) -> u64 {
    let (larger, smaller) = if one > other { (one, other) } else { (other, one) };
    if larger == 0 {
        return 0;
    }
    let square = one.wrapping_mul(one).wrapping_add(other.wrapping_mul(other));
    let newton_step = |root: u64| root.wrapping_add(square.checked_div(root).unwrap_or(0)) >> 1;
    let estimate = larger.wrapping_add(smaller >> 2).wrapping_add(smaller >> 3);
    newton_step(newton_step(newton_step(estimate)))
}
