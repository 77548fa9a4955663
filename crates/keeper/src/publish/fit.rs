//! Fits an eSSVI slice to quoted variances: least squares over θ, ρ and ψ, inside the conditions against butterfly arbitrage.
//!
//! The search is Nelder and Mead's simplex (1965) in coordinates in which every point satisfies the conditions: ln θ, artanh ρ, and the
//! place of ψ between θ/4 and its bound. What comes out goes through the program's exact conditions all the same.
#![allow(clippy::float_arithmetic)]

use std::fmt;

/// Fewest quotes that three numbers can be fitted to.
const FEWEST: usize = 3;
/// Steps of the search.
const STEPS: usize = 400;
/// Share of ψ's bound that is used: what is rounded to the scale of posts stays inside.
const INSIDE: f64 = 0.999;

/// An eSSVI slice in real numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// Total variance at the money.
    pub theta: f64,
    /// Tilt.
    pub rho: f64,
    /// Slope of the wings.
    pub psi: f64,
}

/// Why nothing can be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// Fewer than three quotes.
    TooFew(usize),
    /// A strike or volatility is not a positive number.
    NotPositive,
}

impl fmt::Display for FitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew(count) => write!(formatter, "{count} quotes, expected {FEWEST} or more"),
            Self::NotPositive => formatter.write_str("strikes and volatilities must be above zero"),
        }
    }
}

impl std::error::Error for FitError {}

impl Slice {
    /// Total variance at a log-moneyness: `θ/2 · (1 + ρφk + √((φk + ρ)² + 1 − ρ²))`, φ = ψ/θ.
    pub fn variance(&self, k: f64) -> f64 {
        let Self { theta, rho, psi } = *self;
        let scaled = psi / theta * k;
        0.5 * theta * (1.0 + rho * scaled + ((scaled + rho).powi(2) + 1.0 - rho * rho).sqrt())
    }

    fn at([a, b, c]: [f64; 3]) -> Self {
        let theta = a.exp();
        let rho = b.tanh() * 0.999;
        let wings = 1.0 + rho.abs();
        // ψ(1 + |ρ|) ≤ 4 and ψ²(1 + |ρ|) ≤ 4θ.
        let highest = INSIDE * (4.0 / wings).min(2.0 * (theta / wings).sqrt());
        let lowest = (theta / 4.0 / INSIDE).min(highest);
        let place = 1.0 / (1.0 + (-c).exp());
        Self { theta, rho, psi: lowest + (highest - lowest) * place }
    }
}

/// Fits a slice to points of log-moneyness and total variance.
///
/// # Errors
/// [`FitError`].
pub fn essvi(points: &[(f64, f64)]) -> Result<Slice, FitError> {
    if points.len() < FEWEST {
        return Err(FitError::TooFew(points.len()));
    }
    if !points.iter().all(|&(k, variance)| k.is_finite() && variance.is_finite() && variance > 0.0) {
        return Err(FitError::NotPositive);
    }
    let nearest = points.iter().min_by(|a, b| a.0.abs().total_cmp(&b.0.abs())).map_or(1.0, |&(_, variance)| variance);
    let error = |at: [f64; 3]| {
        let slice = Slice::at(at);
        // In volatilities, not variances: what is quoted counts alike wherever it is.
        points.iter().map(|&(k, variance)| (slice.variance(k).sqrt() - variance.sqrt()).powi(2)).sum::<f64>()
    };
    let start = [nearest.ln(), -0.1, 0.0];
    let first = simplex(&error, start, [0.2, 0.4, 1.5]);
    // Once more from where it ended: a simplex can collapse before it arrives.
    Ok(Slice::at(simplex(&error, first, [0.05, 0.2, 0.5])))
}

fn simplex(error: &impl Fn([f64; 3]) -> f64, start: [f64; 3], sizes: [f64; 3]) -> [f64; 3] {
    let mut corners: Vec<([f64; 3], f64)> = vec![(start, error(start))];
    for axis in 0..3 {
        let mut corner = start;
        corner[axis] += sizes[axis];
        corners.push((corner, error(corner)));
    }
    for _ in 0..STEPS {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let worst = corners[3];
        let centre: [f64; 3] = std::array::from_fn(|axis| corners[..3].iter().map(|it| it.0[axis]).sum::<f64>() / 3.0);
        let along = |by: f64| {
            let point: [f64; 3] = std::array::from_fn(|axis| centre[axis] + by * (worst.0[axis] - centre[axis]));
            (point, error(point))
        };
        let reflected = along(-1.0);
        let replacement = if reflected.1 < corners[0].1 {
            let expanded = along(-2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < corners[2].1 {
            reflected
        } else {
            along(if reflected.1 < worst.1 { -0.5 } else { 0.5 })
        };
        if replacement.1 < worst.1 {
            corners[3] = replacement;
        } else {
            let best = corners[0].0;
            for corner in &mut corners[1..] {
                corner.0 = std::array::from_fn(|axis| 0.5 * (corner.0[axis] + best[axis]));
                corner.1 = error(corner.0);
            }
        }
    }
    corners.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(start, |(corner, _)| corner)
}

#[cfg(test)]
mod tests {
    use ballast_risk::surface::EssviSlice;

    use super::*;

    #[test]
    fn a_slice_is_found_again_from_its_own_quotes() {
        for (theta, rho, psi) in [(0.03, -0.2, 0.14), (0.0005, 0.3, 0.01), (0.4, -0.7, 0.5)] {
            let slice = Slice { theta, rho, psi };
            let width = theta.sqrt();
            let points: Vec<(f64, f64)> =
                (-6..=6).map(|step| 0.5 * f64::from(step) * width).map(|k| (k, slice.variance(k))).collect();
            let found = essvi(&points).unwrap();
            for &(k, variance) in &points {
                let difference = (found.variance(k).sqrt() / variance.sqrt() - 1.0).abs();
                assert!(difference < 1e-3, "at {k}: {difference} with {found:?} for {slice:?}");
            }
        }
    }

    #[test]
    fn whatever_is_quoted_the_fit_has_no_butterfly_arbitrage() {
        let absurd = [(-0.5, 0.9), (-0.1, 0.001), (0.0, 0.04), (0.1, 0.5), (0.6, 0.002)];
        let slice = essvi(&absurd).unwrap();
        let scaled = |value: f64, bits: i32| (value * f64::from(bits).exp2()).round();
        let posted = EssviSlice {
            theta_q40: scaled(slice.theta, 40) as u64,
            rho_q29: scaled(slice.rho, 29) as i64,
            psi_q40: scaled(slice.psi, 40) as u64,
        };
        assert_eq!(posted.validate(), Ok(()), "{slice:?}");
    }

    #[test]
    fn what_cannot_be_fitted_is_said_so() {
        assert_eq!(essvi(&[(0.0, 0.1); 2]), Err(FitError::TooFew(2)));
        assert_eq!(essvi(&[(0.0, 0.1), (0.1, 0.0), (0.2, 0.1)]), Err(FitError::NotPositive));
        assert_eq!(essvi(&[(0.0, 0.1), (f64::NAN, 0.1), (0.2, 0.1)]), Err(FitError::NotPositive));
    }
}
