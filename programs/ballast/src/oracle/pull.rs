//! Pull oracles: `PriceUpdateV2` accounts of a Pyth receiver program.

use anchor_lang::{AccountDeserialize, prelude::*};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};

use super::Statement;
use crate::errors::BallastError;

/// The receiver programs that a listing may name: the classic one, and the one that takes updates from Pyth's newer
/// routers. Both stand at the same address on every network.
pub const PROGRAMS: [Pubkey; 2] =
    [pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"), pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp")];

/// Reads an account whose owner is checked already.
pub(super) fn read(account: &AccountInfo, feed: &[u8; 32]) -> Result<Statement> {
    let data = account.try_borrow_data()?;
    let update = PriceUpdateV2::try_deserialize(&mut &data[..]).map_err(|_| error!(BallastError::OracleWrongLayout))?;
    // Anything less was signed by too few guardians to be believed.
    if !update.verification_level.gte(VerificationLevel::Full) {
        msg!("expected full verification, came {:?}", update.verification_level);
        return err!(BallastError::OracleNotVerified);
    }
    // Unchecked means: age and verification are the caller's business.
    let price = update.get_price_unchecked(feed).map_err(|_| {
        let came = update.price_message.feed_id;
        error!(BallastError::OracleWrongFeed).with_pubkeys((Pubkey::from(*feed), Pubkey::from(came)))
    })?;
    Ok(Statement {
        price: price.price,
        confidence: price.conf,
        exponent: price.exponent,
        publish_time: price.publish_time,
        average: update.price_message.ema_price,
    })
}
