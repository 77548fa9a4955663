//! Withdraws a proposed change before it is carried out.
//!
//! The rent goes back to whoever proposed it.
//!
//! **Authority:** the guardian, governance, or the role that proposed it.
//!
//! **Errors:** `WrongExchange`, `NotRoleHolder`, `ChangeApplied`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, PendingChange, governance::Role};

use crate::{errors::BallastError, events::ChangeCancelled};

/// Accounts of [`cancel_change`](crate::ballast::cancel_change).
#[derive(Accounts)]
pub struct CancelChange<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The pending change.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = proposer, close = proposer)]
    pub change: AccountLoader<'info, PendingChange>,
    /// CHECK: Who proposed the change; receives the rent.
    #[account(mut)]
    pub proposer: UncheckedAccount<'info>,
    /// The guardian, governance, or the role that proposed it.
    pub canceller: Signer<'info>,
}

/// Handles [`cancel_change`](crate::ballast::cancel_change).
pub(crate) fn handler(ctx: Context<CancelChange>) -> Result<()> {
    let accounts = &ctx.accounts;
    let canceller = accounts.canceller.key();
    let pending = accounts.change.load()?;
    let change = pending.change();
    {
        let exchange = accounts.exchange.load()?;
        let allowed = [Role::Guardian, Role::Governance, change.role()].map(|role| exchange.holder(role));
        require!(allowed.contains(&canceller), BallastError::NotRoleHolder);
    }
    // The record of a change that was carried out keeps the next one away for a while.
    require_eq!(pending.applied_at, 0, BallastError::ChangeApplied);
    emit!(ChangeCancelled {
        target: pending.target,
        parameter: change.parameter,
        slot: change.slot,
        value: change.value,
        canceller,
    });
    Ok(())
}
