//! Lowers a limit at once: a market's open interest limit, a bank's deposit cap or initial cap.
//!
//! What is there above the limit stays; nothing is added to it. Raising it again takes the path of every other
//! loosening.
//!
//! **Authority:** the guardian.
//!
//! **Errors:** `NotRoleHolder`, `ForeignAccount`, `WrongExchange`, `UnknownParameter`, `NotAReduction`,
//! `ParameterOutOfBounds`.

use anchor_lang::prelude::*;
use ballast_state::Exchange;

use crate::{
    errors::BallastError,
    events::ParameterChanged,
    governance::{change_at, change_error},
};

/// Accounts of [`lower_limit`](crate::ballast::lower_limit).
#[derive(Accounts)]
pub struct LowerLimit<'info> {
    /// The exchange.
    #[account(has_one = guardian @ BallastError::NotRoleHolder)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The guardian.
    pub guardian: Signer<'info>,
    /// CHECK: A market or bank of the exchange: read as what its discriminator says.
    #[account(mut)]
    pub target: UncheckedAccount<'info>,
}

/// Handles [`lower_limit`](crate::ballast::lower_limit).
pub(crate) fn handler(ctx: Context<LowerLimit>, parameter: u32, value: i64) -> Result<()> {
    let accounts = &ctx.accounts;
    let value_before = change_at(&accounts.exchange.key(), &accounts.target, |target| {
        target.lower_limit(parameter, value).map_err(change_error)
    })?;
    emit!(ParameterChanged {
        target: accounts.target.key(),
        parameter,
        slot: 0,
        value_before,
        value,
        key: Pubkey::default(),
    });
    Ok(())
}
