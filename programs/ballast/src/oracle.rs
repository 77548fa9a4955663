//! Oracles: Pyth accounts of either layout into one validated quote.
//!
//! A listing names the program and the feed that may speak for its price ([`OracleSource`]). Everything else about a
//! quote is checked here, each property with an error of its own, before any of it is believed.

pub mod pull;
pub mod push;

use anchor_lang::prelude::*;
use ballast_risk::{Price, num};
use ballast_state::{OracleSource, oracle_grade::Publication};

use crate::errors::BallastError;

/// Exponents of ten that a published price may have.
const EXPONENTS: core::ops::RangeInclusive<i32> = -18..=6;

/// What a listing accepts at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Decimals of the listing's prices.
    pub price_decimals: u8,
    /// Widest confidence that is taken, as a ratio of the price, scale 2^-30.
    pub confidence_refusal: u32,
    /// Oldest publication, seconds.
    pub oldest: u32,
    /// When the price held so far was published, Unix seconds.
    pub held_publish_time: i64,
    /// Unix seconds.
    pub now: i64,
}

/// A price as an oracle states it: `(price ± confidence) × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Statement {
    price: i64,
    confidence: u64,
    exponent: i32,
    publish_time: i64,
    /// The oracle's own average of its price, in the unit of the price.
    average: i64,
}

/// Reads and checks a quote: price in ticks, rounded to nearest; confidence in ticks, rounded up.
///
/// # Errors
/// One of the errors from [`BallastError::OracleWrongProgram`] to [`BallastError::OracleNotTrading`].
pub fn read(account: &AccountInfo, source: &OracleSource, acceptance: &Acceptance) -> Result<Publication> {
    if *account.owner != source.program {
        return Err(error!(BallastError::OracleWrongProgram).with_pubkeys((source.program, *account.owner)));
    }
    let statement = match source.kind {
        OracleSource::PULL => pull::read(account, &source.feed)?,
        OracleSource::PUSH => push::read(account, &source.feed)?,
        _ => return err!(BallastError::OracleWrongLayout),
    };
    statement.accept(acceptance)
}

impl Statement {
    fn accept(&self, acceptance: &Acceptance) -> Result<Publication> {
        let Ok(price @ 1..) = u64::try_from(self.price) else {
            return Err(error!(BallastError::OraclePriceNotPositive).with_values((1, self.price)));
        };
        if !EXPONENTS.contains(&self.exponent) {
            return Err(error!(BallastError::OracleExponent).with_values((*EXPONENTS.start(), self.exponent)));
        }
        self.accept_time(acceptance)?;
        let widest = num::mul_div_floor(price, u64::from(acceptance.confidence_refusal), 1 << 30).unwrap_or(u64::MAX);
        if self.confidence > widest {
            return Err(error!(BallastError::OracleConfidence).with_values((widest, self.confidence)));
        }
        let shift = self.exponent.saturating_add(i32::from(acceptance.price_decimals));
        let ticks = to_ticks(price, shift, Rounding::Nearest);
        match (ticks.map(Price::new), to_ticks(self.confidence, shift, Rounding::Up)) {
            (Some(Ok(price)), Some(confidence)) => {
                // An average that does not fit says nothing; the price stands without it.
                let average = u64::try_from(self.average).ok().and_then(|it| to_ticks(it, shift, Rounding::Nearest));
                let average = average.and_then(|ticks| Price::new(ticks).ok()).map_or(0, Price::ticks);
                Ok(Publication { price, confidence, publish_time: self.publish_time, average })
            }
            _ => {
                msg!("{} * 10^{} is {:?} ticks", self.price, self.exponent, ticks);
                err!(BallastError::OraclePriceOutOfRange)
            }
        }
    }

    fn accept_time(&self, acceptance: &Acceptance) -> Result<()> {
        // Pyth's own age check lets a time to come pass, which would then be the newest for as long.
        if self.publish_time > acceptance.now {
            return Err(error!(BallastError::OracleFromFuture).with_values((acceptance.now, self.publish_time)));
        }
        let oldest = acceptance.now.saturating_sub(i64::from(acceptance.oldest));
        if self.publish_time < oldest {
            return Err(error!(BallastError::OracleStale).with_values((oldest, self.publish_time)));
        }
        // Otherwise whoever refreshes could choose among all prices within the age limit.
        if self.publish_time < acceptance.held_publish_time {
            let held = acceptance.held_publish_time;
            return Err(error!(BallastError::OracleOutOfOrder).with_values((held, self.publish_time)));
        }
        Ok(())
    }
}

/// Where a tick between two goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Nearest,
    Up,
}

/// `value` × 10^`shift`.
fn to_ticks(value: u64, shift: i32, rounding: Rounding) -> Option<u64> {
    let factor = 10_u64.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        return factor.and_then(|factor| value.checked_mul(factor));
    }
    let factor = factor?;
    match rounding {
        Rounding::Nearest => value.checked_add(factor / 2).map(|sum| sum / factor),
        Rounding::Up => Some(value.div_ceil(factor)),
    }
}

#[cfg(test)]
mod tests;
