//! Closes the account of a change that lapsed, or that was carried out so long ago that the parameter may change again.
//!
//! The rent goes back to whoever proposed it.
//!
//! **Authority:** anyone.
//!
//! **Errors:** `WrongExchange`, `TimeLock`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, PendingChange};

use crate::errors::BallastError;

/// Accounts of [`close_change`](crate::ballast::close_change).
#[derive(Accounts)]
pub struct CloseChange<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The change.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = proposer, close = proposer)]
    pub change: AccountLoader<'info, PendingChange>,
    /// CHECK: Who proposed the change; receives the rent.
    #[account(mut)]
    pub proposer: UncheckedAccount<'info>,
}

/// Handles [`close_change`](crate::ballast::close_change).
pub(crate) fn handler(ctx: Context<CloseChange>) -> Result<()> {
    let rules = ctx.accounts.exchange.load()?.governing;
    let pending = ctx.accounts.change.load()?;
    let now = Clock::get()?.unix_timestamp;
    if !pending.is_spent(&rules, now) {
        msg!("proposed for {}, carried out at {}; it is {}", pending.earliest, pending.applied_at, now);
        return err!(BallastError::TimeLock);
    }
    Ok(())
}
