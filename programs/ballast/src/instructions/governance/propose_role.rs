//! Proposes a new holder of a role.
//!
//! 1. Refuses a transaction on a durable nonce.
//! 2. Stores the proposed key, instead of any proposed before, and from when on it may accept: after the hand-over
//!    delay for governance and the guardian, who watch each other; after the delay of loosenings for the others.
//!
//! **Authority:** governance.
//!
//! **Errors:** `NotGovernance`, `DurableNonce`, `UnknownRole`.

use anchor_lang::prelude::*;
use ballast_state::{Exchange, governance::Role};

use crate::{
    errors::BallastError,
    events::RoleProposed,
    governance::{INSTRUCTIONS, require_fresh},
};

/// Accounts of [`propose_role`](crate::ballast::propose_role).
#[derive(Accounts)]
pub struct ProposeRole<'info> {
    /// The exchange.
    #[account(mut, has_one = governance @ BallastError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Governance.
    pub governance: Signer<'info>,
    /// CHECK: The transaction's instructions, shown by the runtime at this address alone.
    #[account(address = INSTRUCTIONS)]
    pub instructions: UncheckedAccount<'info>,
}

/// Handles [`propose_role`](crate::ballast::propose_role).
pub(crate) fn handler(ctx: Context<ProposeRole>, role: u8, key: Pubkey) -> Result<()> {
    require_fresh(&ctx.accounts.instructions)?;
    let role = find(role)?;
    let now = Clock::get()?.unix_timestamp;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let earliest = exchange.propose_holder(role, key, now);
    emit!(RoleProposed {
        exchange: ctx.accounts.exchange.key(),
        role: role as u8,
        holder: exchange.holder(role),
        proposed: key,
        earliest,
    });
    Ok(())
}

/// The role with a number.
pub(super) fn find(number: u8) -> Result<Role> {
    Role::from_number(number).ok_or_else(|| {
        msg!("there is no role {}", number);
        error!(BallastError::UnknownRole)
    })
}
