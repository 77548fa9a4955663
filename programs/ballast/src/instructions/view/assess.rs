//! Reports an account's margin.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use ballast_state::{Exchange, MarginAccount, revaluation::Purpose};

use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
};

/// Accounts of [`assess`](crate::ballast::assess), followed by the markets and banks of the check.
#[derive(Accounts)]
pub struct Assess<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to report on.
    #[account(has_one = exchange @ BallastError::WrongExchange)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// Returns a `MarginReport` (at most 1,024 bytes) as return data. Prices of any age will do: a report says what the
/// exchange knows.
///
/// # Errors
/// A market or bank that is missing.
pub fn handler<'info>(ctx: Context<'info, Assess<'info>>) -> Result<()> {
    let exchange = ctx.accounts.exchange.load()?;
    let account = ctx.accounts.account.load()?;
    let sources = CheckAccounts::load(&account.exchange, ctx.remaining_accounts)?.borrow()?;
    let report = Checker::new(&exchange, Purpose::View)?.report(&account, &sources)?;
    set_return_data(bytemuck::bytes_of(&report));
    Ok(())
}
