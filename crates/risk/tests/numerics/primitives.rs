//! Logarithm, exponential, square roots, and the normal distribution.

use ballast_risk::num::{
    LN_2_Q40, exp_neg_q31, exp_q30, ln_q40, most_significant_bit, normal_cdf_q31, normal_pdf_q31, sqrt_fast,
    sqrt_floor, sqrt_years_q28,
};
use proptest::prelude::*;

use crate::reference::{Q28, Q30, Q31, Q40, density, distribution};
use crate::vectors::read;

/// Integers of every magnitude.
fn any_magnitude() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64).prop_map(|(bits, shift)| (bits >> shift).max(1))
}

/// The documented error of the logarithm.
fn ln_bound(value: u64) -> f64 {
    2e-12 + 3.8e-13 * value.ilog2() as f64
}

#[test]
fn every_primitive_matches_the_vectors() {
    let mut counts = [0; 5];
    for row in read(include_str!("../vectors/primitive_vectors.csv")) {
        let (x, y) = (row.real("x"), row.real("y"));
        let (kind, error, bound) = match row.text("fn") {
            "ncdf" => {
                let value = normal_cdf_q31((x * Q28).round() as i64) as f64 / Q31;
                // The argument's own rounding moves the result by at most 0.4 · 2⁻²⁹.
                (0, (value - y).abs(), 5e-10 + 0.4 / (2.0 * Q28))
            }
            "npdf" => {
                let value = normal_pdf_q31((x * Q28).round() as i64) as f64 / Q31;
                (1, (value - y).abs(), 1.2e-8 + 0.25 / (2.0 * Q28))
            }
            "ln" => (2, (ln_q40(row.unsigned("x")) as f64 / Q40 - y).abs(), ln_bound(row.unsigned("x"))),
            "sqrt" => (3, (y.floor() - sqrt_floor(row.unsigned("x")) as f64).abs(), 0.0),
            "exp_neg" => {
                let value = exp_neg_q31((x * Q28).round() as u64) as f64 / Q31;
                (4, (value - y).abs(), 6e-10 + y / (2.0 * Q28))
            }
            unknown => panic!("unknown function {unknown}"),
        };
        assert!(error <= bound, "{} at {x}: {error:e}", row.text("fn"));
        counts[kind] += 1;
    }
    assert_eq!(counts, [261, 261, 120, 120, 120]);
}

#[test]
fn the_normal_distribution_is_accurate_monotone_and_bounded() {
    let mut previous = 0;
    let mut worst = 0f64;
    // A step that is no multiple of the cells visits their ends and insides alike.
    for x in (-(7i64 << 28)..7 << 28).step_by(9_973) {
        let value = normal_cdf_q31(x);
        assert!(value <= 1 << 31);
        assert!(value + 1 >= previous, "falls at {x}");
        previous = value;
        worst = worst.max((value as f64 / Q31 - distribution(x as f64 / Q28)).abs());
    }
    assert!(worst <= 5e-10, "{worst:e}");
    for x in [i64::MIN, i64::MAX, -(13 << 27), (13 << 27) - 1, 13 << 27] {
        assert_eq!(normal_cdf_q31(x), if x < 0 { 0 } else { 1 << 31 });
    }
}

#[test]
fn the_normal_density_is_accurate_and_symmetric() {
    let mut worst = 0f64;
    for x in (-(7i64 << 28)..7 << 28).step_by(9_973) {
        let value = normal_pdf_q31(x);
        assert_eq!(value, normal_pdf_q31(-x));
        worst = worst.max((value as f64 / Q31 - density(x as f64 / Q28)).abs());
    }
    assert!(worst <= 1.2e-8, "{worst:e}");
    assert_eq!([i64::MIN, i64::MAX, 13 << 27].map(normal_pdf_q31), [0; 3]);
}

#[test]
fn the_exponential_is_accurate_and_falls() {
    let mut previous = 1 << 31;
    let mut worst = 0f64;
    for y in (0u64..23 << 28).step_by(7_919) {
        let value = exp_neg_q31(y);
        assert!(value <= previous + 1, "rises at {y}");
        previous = value;
        worst = worst.max((value as f64 / Q31 - (-(y as f64) / Q28).exp()).abs());
    }
    assert!(worst <= 6e-10, "{worst:e}");
    assert_eq!(exp_neg_q31(0), 1 << 31);
    assert_eq!(exp_neg_q31(u64::MAX), 0);
}

#[test]
fn the_signed_exponential_keeps_its_relative_error() {
    for x in (-(20i64 << 30)..=20 << 30).step_by(77_777) {
        let exact = (x as f64 / Q30).exp();
        let error = (exp_q30(x) as f64 / Q30 - exact).abs();
        let relative = if x.abs() <= 1 << 30 { 2e-9 } else { 1e-8 };
        assert!(error <= relative * exact + 0.5 / Q30, "{x}: {error:e}");
    }
    assert_eq!(exp_q30(0), 1 << 30);
    assert_eq!(exp_q30(i64::MIN), exp_q30(-20 << 30));
    assert_eq!(exp_q30(i64::MAX), exp_q30(20 << 30));
}

#[test]
fn the_logarithm_rises_strictly_at_the_scale_of_prices() {
    assert_eq!(ln_q40(0), i64::MIN);
    assert_eq!(ln_q40(1), 0);
    for bit in 0..64 {
        assert_eq!(ln_q40(1 << bit), bit * LN_2_Q40);
    }
    for start in [1, 1 << 16, (1 << 28) - 50_000, 3 << 33, (1 << 36) - 100_000] {
        for value in start..start + 100_000 {
            assert!(ln_q40(value) < ln_q40(value + 1), "at {value}");
        }
    }
    for start in [1 << 40, 0x0102_0304_0506_0708, u64::MAX - 100_000] {
        for value in start..start + 99_999 {
            assert!(ln_q40(value) <= ln_q40(value + 1) + 2, "at {value}");
        }
    }
}

#[test]
fn the_time_root_is_accurate_over_its_domain() {
    assert_eq!(sqrt_years_q28(0), 0);
    assert_eq!(sqrt_years_q28(31_536_000), 1 << 28);
    let mut seconds = 1u32;
    while seconds < u32::MAX {
        let exact = (seconds as f64 / 31_536_000.0).sqrt() * Q28;
        let error = (sqrt_years_q28(seconds) as f64 - exact).abs();
        assert!(error <= 0.5 + 7e-10 * exact, "{seconds}: {error}");
        seconds = seconds.saturating_add(1 + seconds / 977);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_highest_bit_is_the_machines(value in any_magnitude()) {
        prop_assert_eq!(most_significant_bit(value), value.ilog2());
    }

    #[test]
    fn the_logarithm_is_accurate(value in any_magnitude()) {
        let error = (ln_q40(value) as f64 / Q40 - (value as f64).ln()).abs();
        prop_assert!(error <= ln_bound(value), "{:e}", error);
    }

    #[test]
    fn the_exponential_undoes_the_logarithm(value in 1u64..400_000_000) {
        let back = exp_q30(ln_q40(value) >> 10) as f64 / Q30;
        prop_assert!((back / value as f64 - 1.0).abs() <= 1.2e-8);
    }

    #[test]
    fn the_integer_root_is_exact(value in any_magnitude()) {
        prop_assert_eq!(sqrt_floor(value), value.isqrt());
        prop_assert!(sqrt_fast(value) - value.isqrt() <= 1);
    }

    #[test]
    fn the_integer_root_is_exact_around_squares(root in 1u64..=0xffff_ffff) {
        for value in [root * root - 1, root * root, root * root + 1] {
            prop_assert_eq!(sqrt_floor(value), value.isqrt());
            prop_assert!(sqrt_fast(value) - value.isqrt() <= 1);
        }
    }
}

#[test]
fn the_integer_root_is_exact_at_the_ends() {
    for value in (0..1_000_000).chain(u64::MAX - 1_000..=u64::MAX) {
        assert_eq!(sqrt_floor(value), value.isqrt());
    }
}
