//! Double-precision references, good to about 10⁻¹⁵.

pub const Q28: f64 = (1u64 << 28) as f64;
pub const Q29: f64 = (1u64 << 29) as f64;
pub const Q30: f64 = (1u64 << 30) as f64;
pub const Q31: f64 = (1u64 << 31) as f64;
pub const Q40: f64 = (1u64 << 40) as f64;

/// Standard normal density.
pub fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Standard normal distribution: a series of positive terms near the middle, Laplace's continued fraction in the tails.
pub fn distribution(x: f64) -> f64 {
    if x > 0.0 {
        return 1.0 - distribution(-x);
    }
    let z = -x;
    if z < 3.0 {
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > 1e-18 * sum {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        0.5 - density(z) * sum
    } else {
        let fraction = (1..=60).rev().fold(0.0, |tail, level| level as f64 / (z + tail));
        density(z) / (z + fraction)
    }
}

/// Undiscounted Black-76 call.
pub fn call(forward: f64, strike: f64, log_moneyness: f64, deviation: f64) -> f64 {
    let d1 = log_moneyness / deviation + 0.5 * deviation;
    forward * distribution(d1) - strike * distribution(d1 - deviation)
}

#[test]
fn the_reference_distribution_matches_known_values() {
    for (x, expected) in [
        (0.0, 0.5),
        (-1.0, 0.158_655_253_931_457_05),
        (1.0, 0.841_344_746_068_542_9),
        (-2.999, 0.001_354_336_533_727_106),
        (-3.001, 0.001_345_472_825_084_965),
        (-6.0, 9.865_876_450_376_98e-10),
    ] {
        let error = (distribution(x) - expected).abs();
        assert!(error <= 1e-12 * expected.max(1e-3), "{x}: {error:e}");
    }
}
