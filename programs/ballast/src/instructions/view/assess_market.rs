//! Reports what one market of an account gains or loses in every scenario.

use anchor_lang::{prelude::*, solana_program::program::set_return_data};
use ballast_state::revaluation::Purpose;

use super::Assess;
use crate::check::{CheckAccounts, Checker};

/// Returns a `ScenarioMatrix` (at most 1,024 bytes) as return data, of the account's positions in the market with this
/// number and what it declared a hedge there. Prices of any age will do.
///
/// # Errors
/// [`MissingMarket`](crate::BallastError::MissingMarket) if the account holds nothing in the market, or something is
/// missing.
pub fn handler<'info>(ctx: Context<'info, Assess<'info>>, market: u16) -> Result<()> {
    let exchange = ctx.accounts.exchange.load()?;
    let account = ctx.accounts.account.load()?;
    let sources = CheckAccounts::load(&account.exchange, ctx.remaining_accounts)?.borrow()?;
    let matrix = Checker::new(&exchange, Purpose::View)?.scenario_matrix(&account, &sources, market)?;
    set_return_data(bytemuck::bytes_of(&matrix));
    Ok(())
}
