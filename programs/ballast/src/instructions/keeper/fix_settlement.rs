//! Fixes the settlement price of an expiry, once.
//!
//! 1. Checks that the expiry is over, and that no price from before it can be accepted any more: one published since was,
//!    or the oldest that `refresh` accepts is younger. From then on nobody chooses what the average holds.
//! 2. Checks that prices cover as much of the averaging window as they have to, together with those published after it if
//!    need be, or that the extension for those is over.
//! 3. Fixes their average; if no price came at all, the stable price as it stood when the extension ended. If the perpetual of
//!    a closing market settles with the expiry, its funding ends, and its pool becomes part of the expiry's.
//!
//! Once the extension is over this always succeeds, whatever the oracle does.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `UnknownExpiry`, `SettlementState`, `NotExpired`, `SettlementCoverage`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, ExpiryStatus, Market, market::SettlementProgress};

use crate::{
    errors::BallastError,
    events::{FundingAccrued, SettlementFixed},
};

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
    let parameters = ctx.accounts.exchange.load()?.parameters;
    let mut market = ctx.accounts.market.load_mut()?;
    let listed = market.expiry(args.slot, args.number).ok_or(BallastError::UnknownExpiry)?;
    require!(listed.status() == ExpiryStatus::Listed, BallastError::SettlementState);
    let oldest_accepted = now.saturating_sub(i64::from(parameters.liquidation_oracle_age));
    let known_until = market.publish_time.max(oldest_accepted);
    require_gte!(known_until, listed.expires_at, BallastError::NotExpired);
    let SettlementProgress { price, covered_seconds, outstanding_seconds } =
        market.settlement_progress(listed, known_until);
    let required_seconds = u32::from(listed.settlement_required);
    if outstanding_seconds > 0 {
        let wanted = (required_seconds, covered_seconds);
        return Err(error!(BallastError::SettlementCoverage).with_values(wanted));
    }

    if market.perpetual_settles_with(args.slot)
        && let Some(accrual) = market.accrue_funding(&parameters.funding_rules(), now)
    {
        emit!(FundingAccrued::new(ctx.accounts.market.key(), &accrual));
    }
    market.settle_at(args.slot, price);

    emit!(SettlementFixed {
        market: ctx.accounts.market.key(),
        expiry: args.number,
        price,
        covered_seconds,
        required_seconds,
    });
    Ok(())
}
