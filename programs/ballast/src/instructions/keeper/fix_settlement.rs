//! Fixes the settlement price of an expiry, once.
//!
//! 1. Checks that the expiry is over, and that no price from before it can be accepted any more: one published since was,
//!    or the oldest that `refresh` accepts is younger. From then on nobody chooses what the average holds.
//! 2. Checks that prices cover as much of the averaging window as they have to, together with those published after it if
//!    need be, or that the extension for those is over.
//! 3. Fixes their average; if no price came at all, the stable price as it stood when the extension ended.
//!
//! Once the extension is over this always succeeds, whatever the oracle does.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `UnknownExpiry`, `SettlementState`, `NotExpired`, `SettlementCoverage`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, ExpiryStatus, Market, market::SettlementProgress};

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
    let oldest = i64::from(ctx.accounts.exchange.load()?.parameters.liquidation_oracle_age);
    let mut market = ctx.accounts.market.load_mut()?;
    let listed = market.expiry(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    require!(listed.status() == ExpiryStatus::Listed, BallastError::SettlementState);
    let oldest_accepted = now.saturating_sub(oldest);
    let known_until = market.publish_time.max(oldest_accepted);
    require_gte!(known_until, listed.expires_at, BallastError::NotExpired);
    let SettlementProgress { price, covered_seconds, outstanding_seconds } =
        market.settlement_progress(listed, known_until);
    let required_seconds = u32::from(listed.settlement_required);
    if outstanding_seconds > 0 {
        let wanted = (required_seconds, covered_seconds);
        return Err(error!(BallastError::SettlementCoverage).with_values(wanted));
    }

    let expiry = market.listed_expiry_mut(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    expiry.settlement_price = price;
    expiry.status = ExpiryStatus::Settled as u8;

    emit!(SettlementFixed {
        market: ctx.accounts.market.key(),
        expiry: args.number,
        price,
        covered_seconds,
        required_seconds,
    });
    Ok(())
}
