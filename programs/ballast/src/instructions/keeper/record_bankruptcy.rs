//! Records an account as an open bankruptcy, or takes it off the record.

use anchor_lang::prelude::*;
use ballast_risk::{MicroUsd, waterfall};
use ballast_state::{Bank, Exchange, MarginAccount, revaluation::Purpose};

use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
    events::BankruptcyRecorded,
};

/// Accounts of [`record_bankruptcy`](crate::ballast::record_bankruptcy), followed by the markets and banks of the check.
#[derive(Accounts)]
pub struct RecordBankruptcy<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Bank of the quote token, which counts open bankruptcies.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// 1. Computes the account's equity; where a price is in dispute, at the one that favours it.
/// 2. Records the account if its deficit is not below the dust limit, and takes it off the record otherwise. While any
///    account is on record, nobody leaves the insurance fund.
///
/// # Errors
/// [`BallastError::BankruptcyUnchanged`] if the record says so already, or why the check cannot be made.
pub fn handler<'info>(ctx: Context<'info, RecordBankruptcy<'info>>) -> Result<()> {
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.account.load_mut()?;
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let judged = Checker::new(&exchange, Purpose::Liquidation)?.liquidation_margin(&account, &sources.borrow()?)?;
    let equity = judged.undisputed_equity();
    let is_open = waterfall::is_open_bankruptcy(equity, MicroUsd(exchange.parameters.dust_limit));
    let mut quote_bank = accounts.quote_bank.load_mut()?;
    if !account.record_bankruptcy(&mut quote_bank, is_open) {
        msg!("equity is {} µUSD", equity.0);
        return err!(BallastError::BankruptcyUnchanged);
    }
    emit!(BankruptcyRecorded {
        account: accounts.account.key(),
        is_open,
        equity: equity.0,
        open_bankruptcies: quote_bank.open_bankruptcies,
    });
    Ok(())
}
