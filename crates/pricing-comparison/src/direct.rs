//! The formula written down with `fixed::types::I80F48`, the number type of several lending and margin programs, as one
//! would without further thought: series until their terms vanish, and the error function by a published approximation.

use fixed::types::I80F48;

use crate::{Priced, Terms};

const ONE: I80F48 = I80F48::ONE;
/// ln 2.
const LN_2: I80F48 = I80F48::from_bits(195_103_586_505_167);
/// 1/√2.
const HALF_ROOT: I80F48 = I80F48::from_bits(199_032_864_766_430);
/// 1/√(2π).
const DENSITY_AT_ZERO: I80F48 = I80F48::from_bits(112_292_269_084_889);
/// Of the error function's approximation: the scale of its argument, and the coefficients from the fifth to the first.
const ERF_SCALE: I80F48 = I80F48::lit("0.3275911");
const ERF_COEFFICIENTS: [I80F48; 5] = [
    I80F48::lit("1.061405429"),
    I80F48::lit("-1.453152027"),
    I80F48::lit("1.421413741"),
    I80F48::lit("-0.284496736"),
    I80F48::lit("0.254829592"),
];

/// Spot price, strike, rate, volatility and years, and what follows from them.
struct Contract {
    spot: I80F48,
    strike: I80F48,
    rate: I80F48,
    volatility: I80F48,
    years: I80F48,
    discount: I80F48,
    root: I80F48,
    d1: I80F48,
    d2: I80F48,
}

impl Contract {
    fn new(terms: &Terms) -> Option<Self> {
        let [spot, strike, rate, volatility, years] = terms.map(I80F48::from_bits);
        if spot <= 0 || strike <= 0 || volatility <= 0 || years <= 0 {
            return None;
        }
        let root = years.sqrt();
        let deviation = volatility * root;
        let drift = (rate + volatility * volatility / 2) * years;
        let d1 = (logarithm(spot / strike) + drift) / deviation;
        let discount = exponential(-rate * years);
        Some(Self { spot, strike, rate, volatility, years, discount, root, d1, d2: d1 - deviation })
    }

    /// Call and put.
    fn values(&self) -> (I80F48, I80F48) {
        let paid = self.strike * self.discount;
        let call = self.spot * distribution(self.d1) - paid * distribution(self.d2);
        (call, call - self.spot + paid)
    }
}

/// Call and put; all numbers are bits of an [`I80F48`].
pub fn value(terms: &Terms) -> Option<Priced> {
    let (call, put) = Contract::new(terms)?.values();
    Some([call.to_bits(), put.to_bits(), 0, 0, 0, 0, 0, 0])
}

/// The same with the call's Greeks.
pub fn greeks(terms: &Terms) -> Option<Priced> {
    let option = Contract::new(terms)?;
    let Contract { spot, strike, rate, volatility, years, discount, root, d1, d2 } = option;
    let (in_the_money, exercised) = (distribution(d1), distribution(d2));
    let density = exponential(-(d1 * d1) / 2) * DENSITY_AT_ZERO;
    let paid = strike * discount;
    let call = spot * in_the_money - paid * exercised;
    let gamma = density / (spot * volatility * root);
    let vega = spot * density * root;
    let theta = -(spot * density * volatility) / (root * 2) - rate * paid * exercised;
    let rho = paid * years * exercised;
    Some([call, call - spot + paid, in_the_money, gamma, vega, theta, rho, I80F48::ZERO].map(I80F48::to_bits))
}

/// e^x: the power of two apart, then Taylor's series.
fn exponential(x: I80F48) -> I80F48 {
    let power: i32 = (x / LN_2).floor().to_num();
    if power < -48 {
        return I80F48::ZERO;
    }
    let rest = x - LN_2 * I80F48::from_num(power);
    let (mut term, mut sum, mut order) = (ONE, ONE, 1);
    while term != 0 {
        term = term * rest / order;
        sum += term;
        order += 1;
    }
    if power >= 0 { sum << power.unsigned_abs() } else { sum >> power.unsigned_abs() }
}

/// ln x: the power of two apart, then the series of the inverse hyperbolic tangent.
fn logarithm(x: I80F48) -> I80F48 {
    let power = x.int_log2();
    let mantissa = if power >= 0 { x >> power.unsigned_abs() } else { x << power.unsigned_abs() };
    let ratio = (mantissa - ONE) / (mantissa + ONE);
    let square = ratio * ratio;
    let (mut factor, mut sum, mut order) = (ratio, ratio, 3);
    while factor != 0 {
        factor *= square;
        sum += factor / order;
        order += 2;
    }
    sum * 2 + LN_2 * I80F48::from_num(power)
}

/// The normal distribution by the error function, Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: error
/// at most 1.5·10⁻⁷ in the error function.
fn distribution(x: I80F48) -> I80F48 {
    let magnitude = x.abs() * HALF_ROOT;
    let t = ONE / (ONE + ERF_SCALE * magnitude);
    let polynomial = ERF_COEFFICIENTS.iter().fold(I80F48::ZERO, |sum, coefficient| sum * t + coefficient) * t;
    let error_function = ONE - polynomial * exponential(-(magnitude * magnitude));
    if x < 0 { (ONE - error_function) / 2 } else { (ONE + error_function) / 2 }
}
