//! Real numbers of [`DIGITS_IN_BITS`] binary digits and the functions of them that the tables need.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

/// Working precision: 240 bits are 72 decimal digits. The largest value stored has 14, the worst cancellation (the
/// far tail of the normal distribution) loses 11.
pub const DIGITS_IN_BITS: usize = 240;

/// A binary floating-point number that carries its own precision.
pub type Real = FBig<HalfEven, 2>;

/// The integer as a real number at the working precision.
pub fn integer(value: i64) -> Real {
    Real::from(value).with_precision(DIGITS_IN_BITS).value()
}

/// The quotient of two integers.
pub fn ratio(numerator: i64, denominator: i64) -> Real {
    integer(numerator) / integer(denominator)
}

/// The closest integer to `value · 2^fraction_bits`; a tie goes up.
pub fn to_fixed_point(value: &Real, fraction_bits: usize) -> i64 {
    let scaled = value * power_of_two(fraction_bits) + ratio(1, 2);
    i64::try_from(scaled.floor().to_int().value()).expect("a table entry fits 64 bits")
}

/// 2 to the power of `exponent`.
pub fn power_of_two(exponent: usize) -> Real {
    integer(2).powi(exponent.into())
}

/// Standard normal density, `exp(−x²/2)/√(2π)`.
pub fn normal_density(x: &Real) -> Real {
    let two_pi = Real::pi(DIGITS_IN_BITS) * integer(2);
    let half_log_two_pi = two_pi.ln() / integer(2);
    (-(x * x) / integer(2) - half_log_two_pi).exp()
}

/// Standard normal distribution by the series `½ + φ(x)·Σ x^(2k+1)/(1·3·5···(2k+1))`: for positive x all its terms
/// are positive, so nothing cancels. A negative x goes through `N(−x) = 1 − N(x)`.
pub fn normal_distribution(x: &Real) -> Real {
    if *x < integer(0) {
        return integer(1) - normal_distribution(&-x.clone());
    }
    let negligible = integer(1) / power_of_two(DIGITS_IN_BITS);
    let square = x * x;
    let mut term = x.clone();
    let mut sum = x.clone();
    let mut odd = 1;
    while term > negligible {
        odd += 2;
        term = term * &square / integer(odd);
        sum += &term;
    }
    ratio(1, 2) + normal_density(x) * sum
}
