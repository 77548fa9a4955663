//! Takes a role over that was proposed.
//!
//! 1. Refuses a transaction on a durable nonce.
//! 2. Checks that the key was proposed, that the time lock is over and that the proposal has not lapsed.
//! 3. Makes the key the holder of the role. Whoever held it has no part in this.
//!
//! **Authority:** the key that was proposed.
//!
//! **Errors:** `DurableNonce`, `UnknownRole`, `RoleNotProposed`, `TimeLock`.

use anchor_lang::prelude::*;
use ballast_state::Exchange;

use super::propose_role::find;
use crate::{
    events::RoleTaken,
    governance::{INSTRUCTIONS, hand_over_error, require_fresh},
};

/// Accounts of [`accept_role`](crate::ballast::accept_role).
#[derive(Accounts)]
pub struct AcceptRole<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The key that was proposed.
    pub holder: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`accept_role`](crate::ballast::accept_role).
pub(crate) fn handler(ctx: Context<AcceptRole>, role: u8) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let role = find(role)?;
    let now = Clock::get()?.unix_timestamp;
    let holder = ctx.accounts.holder.key();
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let holder_before = exchange.accept_role(role, holder, now).map_err(|refusal| hand_over_error(refusal, now))?;
    emit!(RoleTaken { exchange: ctx.accounts.exchange.key(), role: role as u8, holder_before, holder });
    Ok(())
}
