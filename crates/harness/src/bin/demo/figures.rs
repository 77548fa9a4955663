//! Numbers as people read them: integers with a decimal point, rounded down.

use std::fmt;

use serde::Serialize;

/// An amount of money, µUSD. Shown in dollars and cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&decimal(i128::from(self.0), 6, 2))
    }
}

/// An integer with thousands separators.
pub fn whole(value: impl Into<i128>) -> String {
    decimal(value.into(), 0, 0)
}

/// `value` × 10^-`scale` with `shown` decimals, rounded down, and thousands separators.
pub fn decimal(value: i128, scale: u32, shown: u32) -> String {
    let value = if scale >= shown {
        value.div_euclid(10_i128.pow(scale - shown))
    } else {
        value * 10_i128.pow(shown - scale)
    };
    let unit = 10_u128.pow(shown);
    let (units, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let digits = units.to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if shown > 0 {
        text.push_str(&format!(".{fraction:0width$}", width = shown as usize));
    }
    text
}

/// `value` × 10^-`scale` without trailing zeros.
pub fn quantity(value: i64, scale: u8) -> String {
    let text = decimal(i128::from(value), u32::from(scale), u32::from(scale));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `part` ÷ `total` × 10^`decimals`, rounded down; nothing of nothing is zero.
pub fn quotient(part: i64, total: i64, decimals: u32) -> i64 {
    let scaled = i128::from(part) * 10_i128.pow(decimals);
    if total == 0 { 0 } else { i64::try_from(scaled.div_euclid(i128::from(total))).unwrap_or(i64::MAX) }
}

/// Basis points in per cent: "27.31 %".
pub fn percent(basis_points: i64) -> String {
    format!("{} %", decimal(i128::from(basis_points), 2, 2))
}

/// Hundredths as a multiple: "3.66x".
pub fn multiple(hundredths: i64) -> String {
    format!("{}x", decimal(i128::from(hundredths), 2, 2))
}

/// Bits of a ratio of scale 2^-`bits`, in per cent, rounded to the nearest tenth and shown without trailing zeros.
pub fn ratio_percent(value: i64, bits: u32) -> String {
    let half = 1_i64 << (bits - 1);
    let tenths = (value * 1_000 + half) >> bits;
    quantity(tenths, 1)
}
