//! From decimals to the engine's numbers, with the bounds of every parameter.

use ballast_risk::{
    MicroUsd, Ratio, SignedRatio,
    parameters::{Parameter, Unit},
    quantity::Multiple,
};

use crate::{
    decimal::Decimal,
    error::{BookError, Path},
};

/// Bits of one in the scale of ratios.
pub(crate) const ONE_RATIO: i64 = 1 << 30;
/// Bits of one in the scale of multiples.
pub(crate) const ONE_MULTIPLE: i64 = 1 << 28;

/// A field of the book that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    path: Path<'a>,
    value: Option<Decimal>,
}

impl<'a> Field<'a> {
    /// The field of an object at `path`.
    pub fn new(path: &'a Path<'a>, name: &'a str, value: Option<Decimal>) -> Self {
        Self { path: path.field(name), value }
    }

    /// The same with another value where there is none.
    pub fn or(self, value: Option<Decimal>) -> Self {
        Self { value: self.value.or(value), ..self }
    }

    /// The value that was stated.
    ///
    /// # Errors
    /// The field is missing.
    pub fn required(&self, what: &str) -> Result<Decimal, BookError> {
        self.value.ok_or_else(|| BookError::new(&self.path, format!("is missing: {what}")))
    }

    /// The stored number of a parameter, or its default, within the parameter's bounds.
    pub fn stored(&self, parameter: &Parameter, class: usize) -> Result<i64, BookError> {
        self.stored_between(parameter.unit, parameter.default_at(class), parameter.lowest, parameter.highest)
    }

    /// A parameter in Q30.
    pub fn ratio(&self, parameter: &Parameter, class: usize) -> Result<Ratio, BookError> {
        self.stored(parameter, class).map(|bits| Ratio::from_bits(bits.unsigned_abs() as u32))
    }

    /// A parameter in Q28.
    pub fn multiple(&self, parameter: &Parameter, class: usize) -> Result<Multiple, BookError> {
        self.stored(parameter, class).map(|bits| Multiple::from_bits(bits.unsigned_abs() as u32))
    }

    /// A parameter that counts seconds or something else.
    pub fn count(&self, parameter: &Parameter) -> Result<u32, BookError> {
        self.stored(parameter, 0).map(|value| value.unsigned_abs() as u32)
    }

    /// A parameter that is an amount of money.
    pub fn money(&self, parameter: &Parameter) -> Result<MicroUsd, BookError> {
        self.stored(parameter, 0).map(MicroUsd)
    }

    /// A ratio between bounds of its own; bounds and default in bits.
    pub fn ratio_between(&self, default: i64, lowest: i64, highest: i64) -> Result<Ratio, BookError> {
        self.stored_between(Unit::Ratio, default, lowest, highest)
            .map(|bits| Ratio::from_bits(bits.unsigned_abs() as u32))
    }

    /// A ratio that may be negative, between ±`highest` bits.
    pub fn signed_ratio(&self, default: i64, highest: i64) -> Result<SignedRatio, BookError> {
        self.stored_between(Unit::Ratio, default, -highest, highest).map(|bits| SignedRatio::from_bits(bits as i32))
    }

    /// A number in a unit, between bounds in that unit.
    pub fn stored_between(&self, unit: Unit, default: i64, lowest: i64, highest: i64) -> Result<i64, BookError> {
        let Some(value) = self.value else { return Ok(default) };
        match stored(value, unit) {
            Some(stored) if (lowest..=highest).contains(&stored) => Ok(stored),
            Some(_) => {
                let expected = format!("{} to {}", shown(lowest, unit), shown(highest, unit));
                let error = BookError::value(&self.path, value, "is out of range", expected);
                Err(error.hint(self.percent_hint(value, unit, lowest, highest)))
            }
            None => {
                let expected = format!("{} to {}", shown(lowest, unit), shown(highest, unit));
                let problem = match unit {
                    Unit::Ratio | Unit::Multiple | Unit::MicroUsd => "is out of range",
                    _ => "is not a whole number in range",
                };
                Err(BookError::value(&self.path, value, problem, expected))
            }
        }
    }

    /// Whoever writes 50 for 50 % is told so.
    fn percent_hint(&self, value: Decimal, unit: Unit, lowest: i64, highest: i64) -> Option<String> {
        let hundredth = value.hundredth();
        let fits = stored(hundredth, unit).is_some_and(|bits| (lowest..=highest).contains(&bits));
        let is_share = matches!(unit, Unit::Ratio | Unit::Multiple);
        (is_share && fits && !value.is_negative()).then(|| format!("this is a fraction: {value} % is {hundredth}"))
    }

    /// An error about this field's value.
    pub fn refuse(&self, problem: impl Into<String>, expected: impl Into<String>) -> BookError {
        match self.value {
            Some(value) => BookError::value(&self.path, value, problem, expected),
            None => BookError { expected: Some(expected.into()), ..BookError::new(&self.path, problem) },
        }
    }

    /// A volatility per year, above zero and at most 5: what is above was meant in per cent.
    pub fn volatility(&self) -> Result<Option<Multiple>, BookError> {
        if self.value.is_none() {
            return Ok(None);
        }
        let bits = self.stored_between(Unit::Multiple, 0, 1 << 14, 5 * ONE_MULTIPLE)?;
        Ok(Some(Multiple::from_bits(bits.unsigned_abs() as u32)))
    }

    /// The value stated, and where it is.
    pub fn get(&self) -> Option<Decimal> {
        self.value
    }

    /// Where it is.
    pub fn path(&self) -> &Path<'a> {
        &self.path
    }
}

/// A decimal in a unit, rounded down where the unit is binary; nothing if it does not fit or is not whole.
fn stored(value: Decimal, unit: Unit) -> Option<i64> {
    match unit {
        Unit::Ratio => value.to_binary_floor(30),
        Unit::Multiple => value.to_binary_floor(28),
        Unit::MicroUsd => value.to_integer_floor(6),
        _ => value.to_integer(0),
    }
}

/// A stored number in human units.
pub(crate) fn shown(stored: i64, unit: Unit) -> String {
    let decimal = |bits: u32| {
        // Six digits, rounded: defaults and bounds are millionths rounded down to the scale.
        let millionths = (i128::from(stored) * 1_000_000 + (1 << (bits - 1))) >> bits;
        Decimal::new(millionths, 6).to_string()
    };
    match unit {
        Unit::Ratio => decimal(30),
        Unit::Multiple => decimal(28),
        Unit::MicroUsd => Decimal::new(i128::from(stored), 6).to_string(),
        _ => stored.to_string(),
    }
}
