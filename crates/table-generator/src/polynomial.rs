//! Near-minimax polynomials on one cell of a table.

use crate::real::{DIGITS_IN_BITS, Real, integer};

/// Coefficients, constant first, of the polynomial in t ∈ [0, 1] that meets `function(start + width·t)` at the
/// Chebyshev points of the cell. Its greatest error is within a few per cent of the best possible for the degree.
pub fn fit(function: impl Fn(&Real) -> Real, start: &Real, width: &Real, degree: usize) -> Vec<Real> {
    let points = chebyshev_points(degree + 1);
    let values: Vec<Real> = points.iter().map(|point| function(&(start + width * point))).collect();
    interpolate(&points, &values)
}

/// The `count` Chebyshev points, moved from [−1, 1] to [0, 1].
fn chebyshev_points(count: usize) -> Vec<Real> {
    let pi = Real::pi(DIGITS_IN_BITS);
    (0..count as i64)
        .map(|index| {
            let angle = &pi * integer(2 * index + 1) / integer(2 * count as i64);
            (integer(1) - angle.cos()) / integer(2)
        })
        .collect()
}

/// Newton's divided differences, expanded into powers of t.
fn interpolate(points: &[Real], values: &[Real]) -> Vec<Real> {
    let count = points.len();
    let mut differences = values.to_vec();
    for order in 1..count {
        for index in (order..count).rev() {
            let rise = &differences[index] - &differences[index - 1];
            differences[index] = rise / (&points[index] - &points[index - order]);
        }
    }
    // Horner's scheme on the Newton form: polynomial ← polynomial·(t − point) + difference.
    let mut coefficients = vec![integer(0); count];
    for index in (0..count).rev() {
        for power in (1..count).rev() {
            coefficients[power] = &coefficients[power - 1] - &coefficients[power] * &points[index];
        }
        coefficients[0] = &differences[index] - &coefficients[0] * &points[index];
    }
    coefficients
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::to_fixed_point;

    #[test]
    fn a_cubic_is_reproduced_exactly() {
        let cubic = |t: &Real| integer(7) + t * (integer(-3) + t * (integer(5) + t * integer(2)));
        let coefficients = fit(cubic, &integer(0), &integer(1), 3);
        let fixed: Vec<i64> = coefficients.iter().map(|c| to_fixed_point(c, 40)).collect();
        assert_eq!(fixed, [7 << 40, -3 << 40, 5 << 40, 2 << 40]);
    }
}
