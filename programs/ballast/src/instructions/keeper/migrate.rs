//! Brings an account of an earlier version into this version's layout.

use anchor_lang::prelude::*;
use ballast_state::migration;

use crate::{
    errors::{BallastError, migration_error},
    events::AccountMigrated,
};

/// Accounts of [`migrate`](crate::ballast::migrate).
#[derive(Accounts)]
pub struct Migrate<'info> {
    /// CHECK: The account: the program's own, of an earlier version, whose type tag no other instruction takes.
    #[account(mut, owner = crate::ID @ BallastError::ForeignAccount)]
    pub account: UncheckedAccount<'info>,
}

/// Rewrites the account; what each step does, `migrations/` says. Nobody else's decision enters, so anyone may call it.
///
/// **Authority:** anyone.
///
/// # Errors
/// [`BallastError::ForeignAccount`], [`BallastError::UpToDate`].
pub fn handler(ctx: Context<Migrate>) -> Result<()> {
    let account = &ctx.accounts.account;
    let migrated = migration::migrate(&mut account.try_borrow_mut_data()?).map_err(migration_error)?;
    emit!(AccountMigrated { account: account.key(), from: migrated.from, to: migrated.to });
    Ok(())
}
