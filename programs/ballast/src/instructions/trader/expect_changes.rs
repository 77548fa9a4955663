//! Guards a transaction against an account that has changed since its owner looked.

use anchor_lang::prelude::*;
use ballast_state::MarginAccount;

use crate::errors::BallastError;

/// Accounts of [`expect_changes`](crate::ballast::expect_changes).
#[derive(Accounts)]
pub struct ExpectChanges<'info> {
    /// The account that is looked at.
    pub account: AccountLoader<'info, MarginAccount>,
}

/// Refuses the whole transaction unless the account's counter of authorised changes is as expected. Put first, it guards
/// whatever instructions follow.
///
/// # Errors
/// [`BallastError::StateChanged`].
pub fn handler(ctx: Context<ExpectChanges>, authorised_changes: u64) -> Result<()> {
    require_eq!(ctx.accounts.account.load()?.authorised_changes, authorised_changes, BallastError::StateChanged);
    Ok(())
}
