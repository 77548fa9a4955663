//! Closes an empty margin account.

use anchor_lang::prelude::*;
use ballast_state::MarginAccount;

use crate::{errors::BallastError, events::AccountClosed};

/// Accounts of [`close_account`](crate::ballast::close_account).
#[derive(Accounts)]
pub struct CloseAccount<'info> {
    /// The account to close.
    #[account(mut, has_one = owner @ BallastError::NotOwner, close = receiver)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Receives the rent.
    /// CHECK: any address may receive lamports.
    #[account(mut)]
    pub receiver: UncheckedAccount<'info>,
}

/// Closes the account if it holds nothing at all.
///
/// # Errors
/// [`BallastError::AccountNotEmpty`], [`BallastError::BankruptcyOpen`] while a bankruptcy is on record.
pub fn handler(ctx: Context<CloseAccount>) -> Result<()> {
    let account = ctx.accounts.account.load()?;
    require_eq!(account.is_bankrupt, 0, BallastError::BankruptcyOpen);
    let is_empty = account.cash == 0
        && !account.has_obligations()
        && account.lending_shares == 0
        && account.balances.iter().all(|balance| balance.bank == 0);
    require!(is_empty, BallastError::AccountNotEmpty);
    emit!(AccountClosed { account: ctx.accounts.account.key(), owner: account.owner });
    Ok(())
}
