//! Leaves the insurance fund.

use anchor_lang::prelude::*;

use super::MoveStake;
use crate::{
    errors::{BallastError, require_output},
    events::Unstaked,
};

/// 1. Checks that no bankruptcy is open, so that nobody leaves ahead of a loss that is known.
/// 2. Checks that the cool-down is over and the notice has not lapsed: it holds for as long again as the cool-down.
/// 3. Pays out the shares for which notice was given at what they are worth, rounded down, into the account's cash: at
///    least `minimum_amount`.
///
/// # Errors
/// [`BallastError::BankruptcyOpen`], [`BallastError::InsufficientShares`] without notice, [`BallastError::StakeCooldown`],
/// [`BallastError::OutputBelowMinimum`].
pub fn handler(ctx: Context<MoveStake>, minimum_amount: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let mut bank = accounts.quote_bank.load_mut()?;
    require_eq!(bank.open_bankruptcies, 0, BallastError::BankruptcyOpen);
    let mut stake = accounts.stake.load_mut()?;
    stake.bring_to(bank.insurance_epoch);
    let (shares_before, leaving) = (stake.shares, stake.requested_shares);
    require!(leaving > 0, BallastError::InsufficientShares);
    let cooldown = accounts.exchange.load()?.parameters.stake_cooldown_seconds;
    if !stake.may_leave(Clock::get()?.unix_timestamp, cooldown) {
        msg!(
            "notice was given at {}, the cool-down and the time to leave take {} s each",
            stake.requested_at,
            cooldown
        );
        return err!(BallastError::StakeCooldown);
    }

    let mut fund = bank.insurance_fund();
    let paid = fund.unstake(leaving);
    require_output(paid, minimum_amount)?;
    bank.set_insurance_fund(fund);
    stake.shares = shares_before.checked_sub(leaving).ok_or(BallastError::InsufficientShares)?;
    stake.requested_shares = 0;
    let mut account = accounts.account.load_mut()?;
    account.count_change();
    account.cash = account.cash.checked_add_unsigned(paid).ok_or(BallastError::Overflow)?;
    emit!(Unstaked {
        stake: accounts.stake.key(),
        account: accounts.account.key(),
        amount: paid,
        shares_before,
        shares: stake.shares,
        fund: fund.assets,
        fund_shares: fund.shares,
        cash: account.cash,
    });
    Ok(())
}
