//! Bounds of every parameter, checked in one place: whatever sets parameters goes through here.
//!
//! The bounds keep a typing error or a careless vote from breaking the margin model; they do not make every choice
//! inside them a wise one. docs/margin-model.md has the defaults.

mod exchange;
mod listing;
mod market;

use anchor_lang::prelude::*;
use ballast_risk::{Ratio, RiskError};

use crate::errors::risk_error;

pub use exchange::validate_exchange;
pub use listing::{Listing, validate_bank, validate_bank_decimals, validate_oracle};
pub use market::validate_market;

/// One, as bits of a ratio.
const ONE: i64 = millionths(1_000_000);

/// Bits of a ratio of `parts` millionths, as bounds are written.
const fn millionths(parts: u32) -> i64 {
    Ratio::from_millionths(parts).to_bits() as i64
}

/// Refuses a value outside its bounds; the log says which one, what came and what was expected.
///
/// # Errors
/// [`ParameterOutOfBounds`](crate::BallastError::ParameterOutOfBounds).
pub fn require_within(name: &'static str, value: i64, lowest: i64, highest: i64) -> Result<()> {
    if value < lowest || value > highest {
        return Err(risk_error(RiskError::ParameterOutOfRange { name, value, lowest, highest }));
    }
    Ok(())
}

/// [`require_within`] for unsigned values, of which those beyond `i64` count as its largest.
fn require_unsigned_within(name: &'static str, value: u64, lowest: i64, highest: i64) -> Result<()> {
    require_within(name, i64::try_from(value).unwrap_or(i64::MAX), lowest, highest)
}

/// Refuses padding that a later version could mistake for a value.
fn require_zero(name: &'static str, bytes: &[u8]) -> Result<()> {
    bytes.iter().try_for_each(|&byte| require_within(name, i64::from(byte), 0, 0))
}
