//! Push oracles: price accounts in the layout that Pyth used before pull oracles.

use anchor_lang::prelude::*;
use pyth_sdk_solana::state::{PriceStatus, SolanaPriceAccount, load_price_account};

use super::Statement;
use crate::errors::BallastError;

/// The programs that a listing may name: Pyth's older oracle on mainnet.
pub const PROGRAMS: [Pubkey; 1] = [pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH")];

/// Reads an account whose owner is checked already.
pub(super) fn read(account: &AccountInfo, feed: &[u8; 32]) -> Result<Statement> {
    // In this layout a feed is an account.
    if account.key.as_ref() != feed {
        return Err(error!(BallastError::OracleWrongFeed).with_pubkeys((Pubkey::from(*feed), *account.key)));
    }
    let data = account.try_borrow_data()?;
    // The loader casts in place. In the virtual machine account data is aligned; elsewhere it need not be.
    if data.as_ptr().cast::<SolanaPriceAccount>().is_aligned() {
        return parse(&data);
    }
    let mut words = vec![0_u64; data.len().div_ceil(size_of::<u64>())];
    let copy: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
    if let Some(copy) = copy.get_mut(..data.len()) {
        copy.copy_from_slice(&data);
    }
    parse(copy)
}

fn parse(data: &[u8]) -> Result<Statement> {
    let price = load_price_account::<32, ()>(data).map_err(|_| error!(BallastError::OracleWrongLayout))?;
    if price.agg.status != PriceStatus::Trading {
        msg!("expected status trading, came {}", price.agg.status);
        return err!(BallastError::OracleNotTrading);
    }
    Ok(Statement {
        price: price.agg.price,
        confidence: price.agg.conf,
        exponent: price.expo,
        publish_time: price.timestamp,
        average: price.ema_price.val,
    })
}
