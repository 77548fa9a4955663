//! What listings have to keep beyond the bounds of the parameters that accounts hold ([`ballast_state::bounds`]): price
//! sources, decimals, publishers.

use anchor_lang::prelude::*;
use ballast_risk::RiskError;
use ballast_state::{OracleSource, market::MAX_PUBLISHERS};
use bytemuck::Zeroable;

use crate::{
    errors::{BallastError, risk_error},
    oracle,
};

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

/// What a price source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The index of a market.
    Market,
    /// A second source beside it.
    SecondSource,
    /// The price of a collateral token.
    Bank,
}

/// Checks that a price source is one that the program reads and that this listing may rely on.
///
/// The older push layout never serves a market alone, but as a second source: nobody maintains it any more, and an index
/// moves every position of its market.
///
/// # Errors
/// [`BallastError::OracleSourceRefused`] with the program that came, or
/// [`ParameterOutOfBounds`](BallastError::ParameterOutOfBounds) for an unknown kind.
pub fn validate_oracle(source: &OracleSource, listing: Listing) -> Result<()> {
    source.padding.iter().try_for_each(|&byte| require_within("oracle.padding", i64::from(byte), 0, 0))?;
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

/// Checks the second source of a market: none, which leaves no bytes behind, or one of another feed than the first. The
/// same feed through another program would only repeat it.
///
/// # Errors
/// As [`validate_oracle`].
pub fn validate_second_oracle(second: &OracleSource, first: &OracleSource) -> Result<()> {
    if second.kind == OracleSource::NONE {
        let is_empty = *second == OracleSource::zeroed();
        require!(is_empty, BallastError::OracleSourceRefused);
        return Ok(());
    }
    validate_oracle(second, Listing::SecondSource)?;
    if second.feed == first.feed {
        msg!("the second source repeats the first");
        return err!(BallastError::OracleSourceRefused);
    }
    Ok(())
}

/// Checks that native units × ticks of a token convert to µUSD.
///
/// # Errors
/// [`ParameterOutOfBounds`](crate::BallastError::ParameterOutOfBounds) if the price has more than 12 decimals, or both
/// together more than 25.
pub fn validate_bank_decimals(price_decimals: u8, token_decimals: u8) -> Result<()> {
    // Prices end at 2^48 ticks: beyond 12 decimals nothing above 281 USD would fit.
    require_within("price_decimals", i64::from(price_decimals), 0, 12)?;
    require_within("price and token decimals", i64::from(price_decimals) + i64::from(token_decimals), 0, 25)
}

/// Checks the publishers of a market: all different, and at least as many as have to sign a post.
///
/// # Errors
/// [`BallastError::PublisherList`].
pub fn validate_publishers(publishers: &[Pubkey], threshold: u8) -> Result<()> {
    let count = publishers.len();
    if count > MAX_PUBLISHERS || count < usize::from(threshold) {
        msg!("{} publishers, expected {} to {}", count, threshold, MAX_PUBLISHERS);
        return err!(BallastError::PublisherList);
    }
    for (index, publisher) in publishers.iter().enumerate() {
        if *publisher == Pubkey::default() || publishers[..index].contains(publisher) {
            msg!("publisher {} is {}, expected another one", index, publisher);
            return err!(BallastError::PublisherList);
        }
    }
    Ok(())
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
    fn a_second_source_is_none_or_of_another_feed() {
        let first = source(OracleSource::PULL, oracle::pull::PROGRAMS[0]);
        assert!(validate_second_oracle(&OracleSource::zeroed(), &first).is_ok());
        for (kind, program) in
            [(OracleSource::PULL, oracle::pull::PROGRAMS[1]), (OracleSource::PUSH, oracle::push::PROGRAMS[0])]
        {
            let other = OracleSource { feed: [8; 32], ..source(kind, program) };
            assert!(validate_second_oracle(&other, &first).is_ok());
            assert!(validate_second_oracle(&source(kind, program), &first).is_err(), "the same feed");
        }
        let leftover = OracleSource { feed: [8; 32], ..OracleSource::zeroed() };
        assert!(validate_second_oracle(&leftover, &first).is_err());
    }

    #[test]
    fn publishers_are_different_and_enough() {
        let keys: Vec<Pubkey> = (1..=9).map(|byte| Pubkey::new_from_array([byte; 32])).collect();
        assert!(validate_publishers(&keys[..3], 2).is_ok());
        assert!(validate_publishers(&keys[..8], 8).is_ok());
        assert!(validate_publishers(&keys, 2).is_err(), "nine are too many");
        assert!(validate_publishers(&keys[..1], 2).is_err());
        assert!(validate_publishers(&[keys[0], keys[1], keys[0]], 2).is_err());
        assert!(validate_publishers(&[keys[0], Pubkey::default()], 2).is_err());
    }
}
