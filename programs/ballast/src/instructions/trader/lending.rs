//! The lending pool: lending cash to it and borrowing from it.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{Bank, Exchange, MarginAccount};

use crate::{
    check::require_withdrawal_excess,
    errors::{BallastError, lending_error, require_output},
    events::{DebtChanged, LendingChanged},
};

/// Accounts of [`lend`](crate::ballast::lend), [`unlend`](crate::ballast::unlend), [`borrow`](crate::ballast::borrow)
/// and [`repay`](crate::ballast::repay); the first and the third followed by the markets and banks of the check.
#[derive(Accounts)]
pub struct UsePool<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account whose cash and debt change.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Its owner.
    pub owner: Signer<'info>,
    /// Bank of the quote token, which keeps the pool's books.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// Turns cash into shares of the pool, which count for nothing in the account's margin: as if the cash were withdrawn.
///
/// 1. Accrues interest, so that the shares cost what they are worth now.
/// 2. Takes the cash, gives the shares, rounded down: at least `minimum_shares`.
/// 3. With positions or a debt, checks that the withdrawal excess is not negative.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::InsufficientBalance`], [`BallastError::OutputBelowMinimum`],
/// [`BallastError::BelowWithdrawalExcess`], or why the check cannot be made.
pub fn lend<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64, minimum_shares: u64) -> Result<()> {
    let shares = change_lending(&ctx, |bank, account| bank.lending.lend(account, amount).map_err(lending_error))?;
    require_output(shares, minimum_shares)?;
    let (exchange, account) = (ctx.accounts.exchange.load()?, ctx.accounts.account.load()?);
    require_withdrawal_excess(&exchange, &account, ctx.remaining_accounts, MicroUsd::ZERO)
}

/// Turns shares of the pool back into cash, at least `minimum_amount`, as far as the pool has tokens that are not lent out.
/// Needs no check: cash only rises.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::InsufficientBalance`], [`BallastError::PoolIlliquid`],
/// [`BallastError::OutputBelowMinimum`].
pub fn unlend<'info>(ctx: Context<'info, UsePool<'info>>, shares: u64, minimum_amount: u64) -> Result<()> {
    let amount = change_lending(&ctx, |bank, account| bank.lending.unlend(account, shares).map_err(lending_error))?;
    require_output(amount, minimum_amount)
}

/// Borrows cash from the pool, within its tokens and the account's borrowing power.
///
/// 1. Accrues interest, and charges the account what it owes since its debt last changed.
/// 2. Raises cash and debt by the amount.
/// 3. Checks that the withdrawal excess would not be negative without the borrowed cash that the account still holds: a
///    loan does not secure itself.
///
/// # Errors
/// [`BallastError::ZeroAmount`], [`BallastError::PoolIlliquid`], [`BallastError::BelowWithdrawalExcess`], or why the
/// check cannot be made.
pub fn borrow<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64) -> Result<()> {
    change_debt(&ctx, |bank, account| bank.lending.borrow(account, amount).map_err(lending_error))?;
    let (exchange, account) = (ctx.accounts.exchange.load()?, ctx.accounts.account.load()?);
    let held = account.debt.min(account.cash.max(0).unsigned_abs());
    require_withdrawal_excess(&exchange, &account, ctx.remaining_accounts, MicroUsd(held as i64))
}

/// Pays the debt back out of cash, at most all of it. Needs no check: cash and debt fall alike.
///
/// # Errors
/// [`BallastError::ZeroAmount`] if nothing is owed, too, and [`BallastError::InsufficientBalance`].
pub fn repay<'info>(ctx: Context<'info, UsePool<'info>>, amount: u64) -> Result<()> {
    change_debt(&ctx, |bank, account| bank.lending.repay(account, amount).map_err(lending_error))
}

/// Accrues interest, changes cash and shares, and says so. Returns what came out: shares or cash.
fn change_lending(
    ctx: &Context<UsePool>,
    change: impl FnOnce(&mut Bank, &mut MarginAccount) -> Result<u64>,
) -> Result<u64> {
    let (mut bank, mut account) = (ctx.accounts.quote_bank.load_mut()?, ctx.accounts.account.load_mut()?);
    let (cash_before, shares_before) = (account.cash, account.lending_shares);
    accrue(ctx, &mut bank)?;
    account.count_change();
    let output = change(&mut bank, &mut account)?;
    emit!(LendingChanged {
        account: ctx.accounts.account.key(),
        cash_before,
        cash: account.cash,
        shares_before,
        shares: account.lending_shares,
        pool_assets: bank.lending.assets,
        pool_shares: bank.lending.shares,
    });
    Ok(output)
}

/// Accrues interest, changes cash and debt, and says so.
fn change_debt(
    ctx: &Context<UsePool>,
    change: impl FnOnce(&mut Bank, &mut MarginAccount) -> Result<u64>,
) -> Result<()> {
    let (mut bank, mut account) = (ctx.accounts.quote_bank.load_mut()?, ctx.accounts.account.load_mut()?);
    let (cash_before, debt_before) = (account.cash, account.debt);
    accrue(ctx, &mut bank)?;
    account.count_change();
    change(&mut bank, &mut account)?;
    emit!(DebtChanged {
        account: ctx.accounts.account.key(),
        cash_before,
        cash: account.cash,
        debt_before,
        debt: account.debt,
        pool_borrowed: bank.lending.borrowed,
        pool_assets: bank.lending.assets,
    });
    Ok(())
}

fn accrue(ctx: &Context<UsePool>, bank: &mut Bank) -> Result<()> {
    let rules = ctx.accounts.exchange.load()?.parameters.lending_rules();
    bank.accrue_interest(&rules, Clock::get()?.unix_timestamp);
    Ok(())
}
