//! Withdraws a proposed hand-over of a role.
//!
//! **Authority:** governance; the guardian for every role but its own.
//!
//! **Errors:** `NotRoleHolder`, `UnknownRole`, `RoleNotProposed`.

use anchor_lang::prelude::*;
use ballast_state::Exchange;

use super::propose_role::find;
use crate::{errors::BallastError, events::RoleProposalCancelled, governance::hand_over_error};

/// Accounts of [`cancel_role`](crate::ballast::cancel_role).
#[derive(Accounts)]
pub struct CancelRole<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Governance or the guardian.
    pub canceller: Signer<'info>,
}

/// Handles [`cancel_role`](crate::ballast::cancel_role).
pub(crate) fn handler(ctx: Context<CancelRole>, role: u8) -> Result<()> {
    let role = find(role)?;
    let canceller = ctx.accounts.canceller.key();
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    require!(exchange.may_cancel_role(role, &canceller), BallastError::NotRoleHolder);
    let proposed = exchange.cancel_role(role).map_err(|refusal| hand_over_error(refusal, 0))?;
    emit!(RoleProposalCancelled { exchange: ctx.accounts.exchange.key(), role: role as u8, proposed, canceller });
    Ok(())
}
