//! Correlation matrices against their eigenvalues, which Jacobi's method computes in floating point.

use ballast_risk::{
    RiskError, SignedRatio,
    correlation::{CorrelationMatrix, MAX_MARKETS},
};
use bytemuck::Zeroable;
use proptest::prelude::*;

/// A symmetric matrix in floating point.
pub type Square = [[f64; MAX_MARKETS]; MAX_MARKETS];

const Q30: f64 = 1_073_741_824.0;
/// Where the documentation says that acceptance ends, and how far rounding may move that.
const THRESHOLD: f64 = 1.0 / 1_048_576.0;
const ROUNDING: f64 = 28.0 / Q30;

/// Eigenvalues of a symmetric matrix by Jacobi's rotations (error around 1e-15).
pub fn eigenvalues(mut a: Square) -> [f64; MAX_MARKETS] {
    for _sweep in 0..60 {
        for p in 0..MAX_MARKETS {
            for q in p + 1..MAX_MARKETS {
                if a[p][q].abs() < 1e-300 {
                    continue;
                }
                let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                let (sine, cosine) = angle.sin_cos();
                for row in &mut a {
                    (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
                }
                let (before, from_q) = a.split_at_mut(q);
                for (x, y) in before[p].iter_mut().zip(&mut from_q[0]) {
                    (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                }
            }
        }
    }
    core::array::from_fn(|index| a[index][index])
}

pub fn least_eigenvalue(matrix: &CorrelationMatrix) -> f64 {
    eigenvalues(real(matrix)).into_iter().fold(f64::INFINITY, f64::min)
}

/// The matrix in floating point.
pub fn real(matrix: &CorrelationMatrix) -> Square {
    core::array::from_fn(|row| core::array::from_fn(|column| f64::from(matrix.get(row, column).to_bits()) / Q30))
}

/// The matrix with these entries above the diagonal, rounded.
pub fn rounded(entries: &Square) -> CorrelationMatrix {
    let mut matrix = CorrelationMatrix::zeroed();
    for (row, entries) in entries.iter().enumerate() {
        for (column, entry) in entries.iter().enumerate().skip(row + 1) {
            let bits = (entry.clamp(-1.0, 1.0) * Q30).round() as i32;
            matrix.set(row, column, SignedRatio::from_bits(bits)).unwrap();
        }
    }
    matrix
}

/// Correlations of `factors` common factors and an independent rest: possible ones, close to singular for a small rest.
pub fn from_loadings(loadings: &[[f64; MAX_MARKETS]], rest: f64) -> CorrelationMatrix {
    let covariance = |u: usize, v: usize| {
        let common: f64 = loadings.iter().map(|factor| factor[u] * factor[v]).sum();
        common + if u == v { rest + 1e-12 } else { 0.0 }
    };
    rounded(&core::array::from_fn(|u| {
        core::array::from_fn(|v| covariance(u, v) / (covariance(u, u) * covariance(v, v)).sqrt())
    }))
}

fn any_loadings() -> impl Strategy<Value = Vec<[f64; MAX_MARKETS]>> {
    prop::collection::vec(prop::array::uniform8(-1.0..1.0f64), 1..9)
}

/// The documented decision: certain away from the threshold, either way within rounding of it.
fn assert_decision(matrix: &CorrelationMatrix) {
    let least = least_eigenvalue(matrix);
    match matrix.validate() {
        Ok(()) => assert!(least > THRESHOLD - ROUNDING - 1e-13, "accepted at {least:e}"),
        Err(error) => {
            assert_eq!(error, RiskError::CorrelationsNotPositiveDefinite);
            assert!(least < THRESHOLD + ROUNDING + 1e-13, "refused at {least:e}");
        }
    }
}

#[test]
fn pairs_are_symmetric_and_apart() {
    let mut matrix = CorrelationMatrix::default();
    for (number, (row, column)) in (0..8).flat_map(|column| (0..column).map(move |row| (row, column))).enumerate() {
        matrix.set(column, row, SignedRatio::from_bits(number as i32 + 1)).unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    for row in 0..8 {
        assert_eq!(matrix.get(row, row), SignedRatio::from_millionths(1_000_000));
        for column in row + 1..8 {
            assert_eq!(matrix.get(row, column), matrix.get(column, row));
            seen.insert(matrix.get(row, column).to_bits());
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), (1..=28).collect::<Vec<_>>());
    assert_eq!(matrix.get(3, 8), SignedRatio::default());
    assert!(matrix.set(2, 2, SignedRatio::default()).is_err());
    assert!(matrix.set(0, 8, SignedRatio::default()).is_err());
    assert!(matrix.set(usize::MAX, 8, SignedRatio::default()).is_err());
}

#[test]
fn the_bounds_of_a_correlation_are_enforced() {
    let with = |bits| {
        let mut matrix = CorrelationMatrix::zeroed();
        matrix.set(1, 6, SignedRatio::from_bits(bits)).unwrap();
        matrix.validate()
    };
    for bits in [i32::MIN, -(1 << 30) - 1, (1 << 30) + 1, i32::MAX] {
        assert!(matches!(with(bits), Err(RiskError::ParameterOutOfRange { .. })), "{bits}");
    }
    // Within its bounds, but the matrix is singular.
    for bits in [-(1 << 30), 1 << 30] {
        assert_eq!(with(bits), Err(RiskError::CorrelationsNotPositiveDefinite));
    }
    for millionths in [-999_999, -500_000, 0, 999_999] {
        assert_eq!(with(SignedRatio::from_millionths(millionths).to_bits()), Ok(()));
    }
}

/// Every off-diagonal entry ρ: the least eigenvalue of eight markets is 1 − ρ, or 1 + 7ρ.
#[test]
fn equal_correlations_are_decided_at_their_known_limits() {
    let equal = |correlation: f64| rounded(&[[correlation; MAX_MARKETS]; MAX_MARKETS]).validate();
    for accepted in [-0.142_856, -0.1, 0.0, 0.5, 0.9, 0.999_99] {
        assert_eq!(equal(accepted), Ok(()), "{accepted}");
    }
    for refused in [-1.0, -0.5, -0.142_858, -1.0 / 7.0, 0.999_999_9, 1.0] {
        assert_eq!(equal(refused), Err(RiskError::CorrelationsNotPositiveDefinite), "{refused}");
    }
}

/// Every pair is possible, the three together are not.
#[test]
fn contradictions_of_three_markets_are_refused() {
    let mut matrix = CorrelationMatrix::zeroed();
    for (one, other, millionths) in [(2, 4, 900_000), (4, 7, 900_000), (2, 7, -900_000)] {
        matrix.set(one, other, SignedRatio::from_millionths(millionths)).unwrap();
    }
    assert_eq!(matrix.validate(), Err(RiskError::CorrelationsNotPositiveDefinite));
    matrix.set(2, 7, SignedRatio::from_millionths(700_000)).unwrap();
    assert_eq!(matrix.validate(), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Any bits whatever: mostly not positive definite, never a panic.
    #[test]
    fn any_matrix_is_decided_by_its_least_eigenvalue(entries in prop::array::uniform8(prop::array::uniform8(-1.0..=1.0f64)),
                                                     scale in 0.0..1.0f64) {
        assert_decision(&rounded(&entries.map(|row| row.map(|entry| entry * scale))));
    }

    #[test]
    fn extreme_matrices_are_decided(signs in prop::array::uniform8(prop::array::uniform8(-1i8..=1)), nearly in 0.999_999..=1.0f64) {
        assert_decision(&rounded(&signs.map(|row| row.map(|sign| f64::from(sign) * nearly))));
    }

    #[test]
    fn possible_correlations_are_decided(loadings in any_loadings(), exponent in -9.0..0.0f64) {
        assert_decision(&from_loadings(&loadings, 10f64.powf(exponent)));
    }

    /// Matrices at the threshold itself: shrunk towards the identity until the least eigenvalue is there.
    #[test]
    fn the_threshold_is_sharp(loadings in any_loadings(), offset in -40.0..40.0f64) {
        let matrix = from_loadings(&loadings, 0.0);
        let entries = real(&matrix);
        let least = least_eigenvalue(&matrix);
        let wanted = THRESHOLD + offset / Q30;
        // The eigenvalues of (1 − s)·A + s·I are (1 − s)·λ + s.
        let share = ((wanted - least) / (1.0 - least)).clamp(0.0, 1.0);
        let shrunk = rounded(&entries.map(|row| row.map(|entry| entry * (1.0 - share))));
        assert_decision(&shrunk);
    }
}
