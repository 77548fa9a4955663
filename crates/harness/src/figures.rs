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

/// Basis points in per cent: "27.31 %".
pub fn percent(basis_points: i64) -> String {
    format!("{} %", decimal(i128::from(basis_points), 2, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_rounds_down_and_groups_thousands() {
        assert_eq!(Money(1_234_567_899_999).to_string(), "1,234,567.89");
        assert_eq!(Money(-1).to_string(), "-0.01");
        assert_eq!(decimal(-1_234_567_890_000, 6, 6), "-1,234,567.890000");
    }

    #[test]
    fn per_cents_have_two_decimals() {
        assert_eq!(percent(3_333), "33.33 %");
        assert_eq!(percent(-1_280), "-12.80 %");
    }
}
