//! The engine's integers as decimals.

use ballast_risk::{MicroUsd, Ratio};

use crate::decimal::Decimal;

/// Decimals of fractions.
const DECIMALS: u32 = 9;

/// An amount of money: exact.
pub(crate) fn money(amount: MicroUsd) -> Decimal {
    Decimal::new(i128::from(amount.0), 6)
}

/// `bits` × 2^-`scale`, rounded to nearest at nine decimals. `scale` from 1 to 62.
pub(crate) fn fraction(bits: i64, scale: u32) -> Decimal {
    let scaled = i128::from(bits) * 10_i128.pow(DECIMALS) + (1 << (scale - 1));
    Decimal::new(scaled >> scale, DECIMALS)
}

/// A ratio. What was stated with up to six decimals, and rounded down to the engine's scale, reads as it was stated.
pub(crate) fn share(ratio: Ratio) -> Decimal {
    let bits = i128::from(ratio.to_bits());
    let millionths = (bits * 1_000_000 + (1 << 29)) >> 30;
    let is_stated = (millionths << 30).div_euclid(1_000_000) == bits;
    if is_stated { Decimal::new(millionths, 6) } else { fraction(i64::from(ratio.to_bits()), 30) }
}
