//! Stakes cash in the insurance fund.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{Bank, Exchange, MarginAccount, Stake};

use crate::{
    check::require_withdrawal_excess,
    errors::{BallastError, require_output},
    events::Staked,
};

/// Accounts of [`stake`](crate::ballast::stake), there followed by the markets and banks of the check, and of
/// [`unstake`](crate::ballast::unstake).
#[derive(Accounts)]
pub struct MoveStake<'info> {
    /// The exchange.
    #[account(has_one = quote_bank @ BallastError::QuoteBank)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account whose cash is staked, or grows by what leaves the fund.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The stake.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange, has_one = owner @ BallastError::NotOwner)]
    pub stake: AccountLoader<'info, Stake>,
    /// Owner of both.
    pub owner: Signer<'info>,
    /// Bank of the quote token, which keeps the insurance fund's books.
    #[account(mut)]
    pub quote_bank: AccountLoader<'info, Bank>,
}

/// 1. Takes the cash off the account, whose withdrawal excess must not be negative then.
/// 2. Buys shares at what they are worth, rounded down: at least `minimum_shares`. The first stake makes up what the protocol's own shares lack of
///    their minimum.
///
/// # Errors
/// [`BallastError::InsufficientCash`], [`BallastError::StakeTooSmall`], [`BallastError::OutputBelowMinimum`],
/// [`BallastError::BelowWithdrawalExcess`], or why the check cannot be made.
pub fn handler<'info>(ctx: Context<'info, MoveStake<'info>>, amount: u64, minimum_shares: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.account.load_mut()?;
    let cash_before = account.cash;
    let taken = i64::try_from(amount).unwrap_or(i64::MAX);
    if taken > cash_before {
        return Err(error!(BallastError::InsufficientCash).with_values((cash_before, taken)));
    }
    account.cash = cash_before - taken;
    account.count_change();
    require_withdrawal_excess(&exchange, &account, ctx.remaining_accounts, MicroUsd::ZERO)?;

    let mut bank = accounts.quote_bank.load_mut()?;
    let mut fund = bank.insurance_fund();
    let shares = fund.stake(amount).ok_or(BallastError::StakeTooSmall)?;
    require_output(shares, minimum_shares)?;
    bank.set_insurance_fund(fund);
    let mut stake = accounts.stake.load_mut()?;
    stake.bring_to(bank.insurance_epoch);
    let shares_before = stake.shares;
    stake.shares = shares_before.checked_add(shares).ok_or(BallastError::Overflow)?;
    emit!(Staked {
        stake: accounts.stake.key(),
        account: accounts.account.key(),
        amount,
        shares_before,
        shares: stake.shares,
        fund: fund.assets,
        fund_shares: fund.shares,
        cash: account.cash,
    });
    Ok(())
}
