//! Gives notice of leaving the insurance fund.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange, Stake};

use crate::{errors::BallastError, events::UnstakeRequested};

/// Accounts of [`request_unstake`](crate::ballast::request_unstake).
#[derive(Accounts)]
pub struct RequestUnstake<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub stake: AccountLoader<'info, Stake>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// Starts the cool-down for some of the shares, in place of an earlier notice. They go on bearing losses.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::InsufficientShares`].
pub fn handler(ctx: Context<RequestUnstake>, shares: u64) -> Result<()> {
    require!(shares > 0, BallastError::ZeroAmount);
    let mut stake = ctx.accounts.stake.load_mut()?;
    stake.bring_to(ctx.accounts.quote_bank.load()?.insurance_epoch);
    require_gte!(stake.shares, shares, BallastError::InsufficientShares);
    let requested_before = stake.requested_shares;
    stake.requested_shares = shares;
    stake.requested_at = Clock::get()?.unix_timestamp;
    let leaves_from =
        stake.requested_at.saturating_add(i64::from(ctx.accounts.exchange.load()?.parameters.stake_cooldown_seconds));
    emit!(UnstakeRequested { stake: ctx.accounts.stake.key(), requested_before, requested: shares, leaves_from });
    Ok(())
}
