//! Closes an empty stake.

use anchor_lang::prelude::*;
use ballast_state::{Bank, Exchange, Stake};

use crate::{errors::BallastError, events::StakeClosed};

/// Accounts of [`close_stake`](crate::ballast::close_stake).
#[derive(Accounts)]
pub struct CloseStake<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake to close.
    #[account(
        mut,
        has_one = exchange @ BallastError::WrongExchange,
        has_one = owner @ BallastError::NotOwner,
        close = receiver
    )]
    pub stake: AccountLoader<'info, Stake>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    pub quote_bank: AccountLoader<'info, Bank>,
    /// Receives the rent.
    /// CHECK: any address may receive lamports.
    #[account(mut)]
    pub receiver: UncheckedAccount<'info>,
}

/// Closes the stake if it holds no shares, or only void ones.
///
/// # Errors
/// [`BallastError::AccountNotEmpty`].
pub fn handler(ctx: Context<CloseStake>) -> Result<()> {
    let mut stake = ctx.accounts.stake.load_mut()?;
    stake.bring_to(ctx.accounts.quote_bank.load()?.insurance_epoch);
    require_eq!(stake.shares, 0, BallastError::AccountNotEmpty);
    emit!(StakeClosed { stake: ctx.accounts.stake.key(), owner: stake.owner });
    Ok(())
}
