//! Fixes the settlement price of an expiry, once.
//!
//! 1. Checks that the expiry is over and that a price published since has been accepted, so that the averaging
//!    window is accounted for to its end.
//! 2. Fixes the average over the window, or the index price if no accepted price covers any of it.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `UnknownExpiry`, `SettlementState`, `NotExpired`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, ExpiryStatus, Market, revaluation::running_average};

use crate::{errors::BallastError, events::SettlementFixed};

/// Which expiry.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct ExpiryArgs {
    /// Its slot in the market.
    pub slot: u8,
    /// Its number, so that the slot's next tenant is never meant by mistake.
    pub number: u32,
}

/// Accounts of [`fix_settlement`](crate::ballast::fix_settlement).
#[derive(Accounts)]
pub struct FixSettlement<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market of the expiry.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
}

/// Handles [`fix_settlement`](crate::ballast::fix_settlement).
pub(crate) fn handler(ctx: Context<FixSettlement>, args: ExpiryArgs) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut market = ctx.accounts.market.load_mut()?;
    let listed = market.expiry(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    require!(listed.status() == ExpiryStatus::Listed, BallastError::SettlementState);
    require_gte!(now, listed.expires_at, BallastError::NotExpired);
    require_gte!(market.publish_time, listed.expires_at, BallastError::NotExpired);
    // The price held was published after the window, so this is the average over all of it.
    let price = running_average(&market, listed, now);
    let covered_seconds = listed.averaged_seconds;

    let expiry = market.listed_expiry_mut(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    expiry.settlement_price = price;
    expiry.status = ExpiryStatus::Settled as u8;

    emit!(SettlementFixed { market: ctx.accounts.market.key(), expiry: args.number, price, covered_seconds });
    Ok(())
}
