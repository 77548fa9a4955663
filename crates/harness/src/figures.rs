//! Numbers as people read them: integers with a decimal point, rounded down.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money, µUSD. Shown in dollars and cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&decimal(i128::from(self.0), 6, 2))
    }
}

impl Money {
    /// To the unit: dollars with six decimals.
    pub fn exact(self) -> String {
        decimal(i128::from(self.0), 6, 6)
    }
}

/// An integer with thousands separators.
pub fn whole(value: impl Into<i128>) -> String {
    decimal(value.into(), 0, 0)
}

/// `value` × 10^-`scale` with `shown` decimals, rounded down, and thousands separators.
pub fn decimal(value: i128, scale: u32, shown: u32) -> String {
    let value =
        if scale >= shown { value.div_euclid(10_i128.pow(scale - shown)) } else { value * 10_i128.pow(shown - scale) };
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

/// A price of 10^-`decimals` USD a tick.
pub fn price(ticks: u64, decimals: u8) -> Money {
    let scaled = i128::from(ticks) * 10_i128.pow(6) / 10_i128.pow(u32::from(decimals));
    Money(i64::try_from(scaled).unwrap_or(i64::MAX))
}

/// Basis points in per cent: "27.31 %".
pub fn percent(basis_points: i64) -> String {
    format!("{} %", decimal(i128::from(basis_points), 2, 2))
}

/// Hundredths as a multiple: "3.66x".
pub fn multiple(hundredths: i64) -> String {
    format!("{}x", decimal(i128::from(hundredths), 2, 2))
}

/// Basis points in per cent without trailing zeros: "16".
pub fn round_percent(basis_points: i64) -> String {
    quantity(basis_points, 2)
}

/// A ratio of scale 2^-`bits` in tenths of a per cent, rounded to the nearest, given in basis points.
pub fn basis_points(ratio: i64, bits: u32) -> i64 {
    let half = 1_i64 << (bits - 1);
    ((ratio * 1_000 + half) >> bits) * 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_rounds_down_and_groups_thousands() {
        assert_eq!(Money(1_234_567_899_999).to_string(), "1,234,567.89");
        assert_eq!(Money(-1).to_string(), "-0.01");
        assert_eq!(Money(-1_234_567_890_000).exact(), "-1,234,567.890000");
    }

    #[test]
    fn quantities_lose_trailing_zeros_only_behind_the_point() {
        assert_eq!(quantity(150_000, 5), "1.5");
        assert_eq!(quantity(-200_000, 5), "-2");
        assert_eq!(quantity(1_000, 0), "1,000");
    }

    #[test]
    fn ratios_round_to_the_nearest_tenth_of_a_per_cent() {
        assert_eq!(round_percent(basis_points(-((1 << 28) * 128 / 1_000), 28)), "-12.8");
        assert_eq!(percent(quotient(1, 3, 4)), "33.33 %");
        assert_eq!(quotient(1, 0, 4), 0);
    }
}
