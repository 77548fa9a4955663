//! Decimal numbers as people write them, without binary rounding.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::value::RawValue;

/// Most significant digits of a number.
const MAX_DIGITS: u32 = 28;
/// Most digits after the point.
const MAX_SCALE: u32 = 28;

/// A decimal number: a JSON number, or a string that holds one, taken digit by digit.
///
/// At most 28 significant digits, of which at most 28 after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    /// The number without its point, no zeros at the end after the point.
    digits: i128,
    /// Digits after the point.
    scale: u32,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// It is not written as a number.
    Malformed,
    /// It has more digits than any quantity needs.
    TooLong,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(formatter, "expected a decimal number such as 0.5 or \"0.5\""),
            Self::TooLong => write!(formatter, "expected at most {MAX_DIGITS} digits"),
        }
    }
}

impl core::error::Error for DecimalError {}

impl Decimal {
    /// `digits` × 10^-`scale`; digits below 10^28 in absolute value and a scale of at most 28 are kept, others limited.
    pub fn new(digits: i128, scale: u32) -> Self {
        let largest = 10_i128.pow(MAX_DIGITS) - 1;
        Self { digits: digits.clamp(-largest, largest), scale: scale.min(MAX_SCALE) }.trimmed()
    }

    /// A binary number rounded to nearest at so many decimals; zero if it is not a number.
    #[allow(clippy::float_arithmetic, reason = "the one way in for numbers that were computed, not written")]
    pub fn from_f64(value: f64, decimals: u32) -> Self {
        let decimals = decimals.min(MAX_SCALE);
        let power = (0..decimals).fold(1.0_f64, |power, _| power * 10.0);
        Self::new(libm::round(value * power) as i128, decimals)
    }

    /// The nearest binary number: for figures that are only shown, and for models outside the engine.
    #[allow(clippy::float_arithmetic, reason = "the one way out to numbers that are only shown")]
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Digits after the point.
    pub fn decimals(self) -> u32 {
        self.scale
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The same without its sign.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self { digits: self.digits.abs(), ..self }
    }

    /// The number × 10^`decimals`; nothing if that is not whole or does not fit.
    pub fn to_integer(self, decimals: u32) -> Option<i64> {
        let lift = decimals.checked_sub(self.scale)?;
        let scaled = self.digits.checked_mul(10_i128.checked_pow(lift)?)?;
        i64::try_from(scaled).ok()
    }

    /// The number × 10^`decimals`, rounded towards minus infinity; nothing if it does not fit.
    pub fn to_integer_floor(self, decimals: u32) -> Option<i64> {
        match self.scale.checked_sub(decimals) {
            None | Some(0) => self.to_integer(decimals),
            Some(drop) => i64::try_from(self.digits.div_euclid(10_i128.pow(drop))).ok(),
        }
    }

    /// The number × 2^`bits`, rounded towards minus infinity; nothing if it does not fit. `bits` at most 32.
    pub fn to_binary_floor(self, bits: u32) -> Option<i64> {
        let shifted = self.digits.checked_mul(1_i128 << bits.min(32))?;
        i64::try_from(shifted.div_euclid(10_i128.pow(self.scale))).ok()
    }

    /// The nearest number with at most so many decimals; halves away from zero.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Self {
        let Some(drop @ 1..) = self.scale.checked_sub(decimals) else { return self };
        let unit = 10_i128.pow(drop);
        let magnitude = (self.digits.abs() + unit / 2) / unit;
        Self { digits: magnitude * self.digits.signum(), scale: decimals }.trimmed()
    }

    /// A hundredth of it.
    #[must_use]
    pub fn hundredth(self) -> Self {
        if self.scale + 2 > MAX_SCALE { Self::default() } else { Self::new(self.digits, self.scale + 2) }
    }

    /// One more than it.
    #[must_use]
    pub fn plus_one(self) -> Self {
        Self::new(self.digits + 10_i128.pow(self.scale), self.scale)
    }

    /// The number with the opposite sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    /// The product of both × 10^`decimals`, rounded towards minus infinity; nothing if it does not fit.
    pub fn product_floor(self, other: Self, decimals: u32) -> Option<i64> {
        let product = self.digits.checked_mul(other.digits)?;
        let scale = self.scale + other.scale;
        let scaled = match scale.checked_sub(decimals) {
            Some(drop) => product.div_euclid(10_i128.checked_pow(drop)?),
            None => product.checked_mul(10_i128.pow(decimals - scale))?,
        };
        i64::try_from(scaled).ok()
    }

    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::new(i128::from(value), 0)
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| DecimalError::Malformed)?),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        let written = format!("{whole}{fraction}");
        let significant = written.trim_start_matches('0');
        let trimmed = significant.trim_end_matches('0');
        let scale = fraction.len() as i64 - i64::from(exponent) - (significant.len() - trimmed.len()) as i64;
        if trimmed.is_empty() {
            return Ok(Self::default());
        }
        // With zeros before the point counted, so that the number without its point stays below 10^28.
        let digits_in_all = trimmed.len() as i64 + (-scale).max(0);
        if digits_in_all > i64::from(MAX_DIGITS) || scale > i64::from(MAX_SCALE) {
            return Err(DecimalError::TooLong);
        }
        let digits: i128 = trimmed.parse().map_err(|_| DecimalError::Malformed)?;
        let digits = digits * 10_i128.pow((-scale).max(0) as u32);
        Ok(Self { digits: if negative { -digits } else { digits }, scale: scale.max(0) as u32 })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let magnitude = self.digits.unsigned_abs();
        let power = 10_u128.pow(self.scale);
        if self.scale == 0 {
            return write!(formatter, "{sign}{magnitude}");
        }
        let width = self.scale as usize;
        write!(formatter, "{sign}{}.{:0width$}", magnitude / power, magnitude % power)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        number.parse().map_err(|error| D::Error::custom(format_args!("{error}, got {}", shortened(text))))
    }
}

impl Serialize for Decimal {
    /// A number with all of its digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// A text cut to what an error message has room for.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A decimal number, or a string that holds one: taken digit by digit.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$" }
            ]
        })
    }
}
