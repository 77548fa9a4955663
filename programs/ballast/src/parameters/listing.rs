//! Bounds of what listings have in common: price sources, haircuts, decimals.

use anchor_lang::prelude::*;
use ballast_state::{BankParameters, OracleSource};

use super::{ONE, millionths, require_unsigned_within, require_within, require_zero};
use crate::{errors::BallastError, oracle};

/// Narrowest and widest limit of a price's confidence: 0.01 % and 20 %.
pub(super) const CONFIDENCE_LIMIT: (i64, i64) = (millionths(100), millionths(200_000));

/// What a price source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The index of a market.
    Market,
    /// The price of a collateral token.
    Bank,
}

/// Checks that a price source is one that the program reads and that this listing may rely on.
///
/// The older push layout never serves a market alone: nobody maintains it any more, and an index moves every
/// position of its market.
///
/// # Errors
/// [`BallastError::OracleSourceRefused`] with the program that came, or
/// [`ParameterOutOfBounds`](BallastError::ParameterOutOfBounds) for an unknown kind.
pub fn validate_oracle(source: &OracleSource, listing: Listing) -> Result<()> {
    require_zero("oracle.padding", &source.padding)?;
    let (lowest, highest) = (i64::from(OracleSource::PULL), i64::from(OracleSource::PUSH));
    require_within("oracle.kind", i64::from(source.kind), lowest, highest)?;
    let is_push = source.kind == OracleSource::PUSH;
    let programs: &[Pubkey] = if is_push { &oracle::push::PROGRAMS } else { &oracle::pull::PROGRAMS };
    if !programs.contains(&source.program) {
        msg!("{} is not a known oracle program of kind {}", source.program, source.kind);
        return err!(BallastError::OracleSourceRefused);
    }
    if source.feed == [0; 32] {
        msg!("the feed is zero");
        return err!(BallastError::OracleSourceRefused);
    }
    if is_push && listing == Listing::Market {
        msg!("a market needs a pull oracle");
        return err!(BallastError::OracleSourceRefused);
    }
    Ok(())
}

/// Checks the parameters of a bank.
///
/// # Errors
/// [`ParameterOutOfBounds`](BallastError::ParameterOutOfBounds).
pub fn validate_bank(parameters: &BankParameters) -> Result<()> {
    let initial_haircut = i64::from(parameters.initial_haircut);
    let (narrowest, widest) = CONFIDENCE_LIMIT;
    // Balances are shown as signed amounts.
    require_unsigned_within("deposit_cap", parameters.deposit_cap, 0, i64::MAX - 1)?;
    require_within("initial_haircut", initial_haircut, 0, ONE)?;
    require_within("maintenance_haircut", i64::from(parameters.maintenance_haircut), 0, initial_haircut)?;
    require_within("confidence_limit", i64::from(parameters.confidence_limit), narrowest, widest)?;
    require_within("padding", i64::from(parameters.padding), 0, 0)
}

/// Checks that native units × ticks of a token convert to µUSD.
///
/// # Errors
/// [`ParameterOutOfBounds`](BallastError::ParameterOutOfBounds) if the price has more than 12 decimals, or both together
/// more than 25.
pub fn validate_bank_decimals(price_decimals: u8, token_decimals: u8) -> Result<()> {
    // Prices end at 2^48 ticks: beyond 12 decimals nothing above 281 USD would fit.
    require_within("price_decimals", i64::from(price_decimals), 0, 12)?;
    require_within("price and token decimals", i64::from(price_decimals) + i64::from(token_decimals), 0, 25)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(kind: u8, program: Pubkey) -> OracleSource {
        OracleSource { kind, padding: [0; 7], program, feed: [7; 32] }
    }

    #[test]
    fn a_market_takes_only_a_known_pull_oracle() {
        for program in oracle::pull::PROGRAMS {
            assert!(validate_oracle(&source(OracleSource::PULL, program), Listing::Market).is_ok());
            assert!(validate_oracle(&source(OracleSource::PUSH, program), Listing::Bank).is_err());
        }
        for program in oracle::push::PROGRAMS {
            assert!(validate_oracle(&source(OracleSource::PUSH, program), Listing::Market).is_err());
            assert!(validate_oracle(&source(OracleSource::PUSH, program), Listing::Bank).is_ok());
            assert!(validate_oracle(&source(OracleSource::PULL, program), Listing::Bank).is_err());
        }
        let unknown = Pubkey::new_from_array([9; 32]);
        assert!(validate_oracle(&source(OracleSource::PULL, unknown), Listing::Market).is_err());
        assert!(validate_oracle(&source(3, oracle::pull::PROGRAMS[0]), Listing::Market).is_err());
        let mut zero_feed = source(OracleSource::PULL, oracle::pull::PROGRAMS[0]);
        zero_feed.feed = [0; 32];
        assert!(validate_oracle(&zero_feed, Listing::Market).is_err());
    }

    #[test]
    fn maintenance_never_cuts_deeper_than_initial() {
        let one = ONE as u32;
        let bank = |initial_haircut, maintenance_haircut| BankParameters {
            deposit_cap: 1,
            initial_haircut,
            maintenance_haircut,
            confidence_limit: CONFIDENCE_LIMIT.1 as u32,
            padding: 0,
        };
        assert!(validate_bank(&bank(one / 2, one / 2)).is_ok());
        assert!(validate_bank(&bank(one / 2, one / 2 + 1)).is_err());
        assert!(validate_bank(&bank(one + 1, one)).is_err());
    }
}
