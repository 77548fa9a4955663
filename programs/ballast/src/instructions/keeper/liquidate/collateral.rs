//! Buying collateral for cash.

use anchor_lang::prelude::*;
use ballast_state::{MarginAccount, revaluation::Sources};

use super::{Opening, Step, pay};
use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
    fill::book_error,
};

/// Passes native units of a deposit to the liquidator for cash: the value at the oracle's price, times the price of the
/// moment, rounded up, and never less than leaves the account half of what the step frees. A declared hedge shrinks to
/// what is left.
///
/// No position changes hands, and the account cannot lose by it, so neither close factor nor cool-down bind.
pub(super) fn buy(
    bank: u16,
    amount: u64,
    opening: &Opening,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<Step> {
    let Opening { rules, terms, before } = opening;
    require!(amount > 0, BallastError::ZeroAmount);
    let borrowed = sources.borrow()?;
    account.debit(bank, amount).map_err(book_error)?;
    checker.require_sale_price(borrowed.bank(bank).ok_or(BallastError::MissingBank)?)?;
    liquidator.credit(bank, amount).map_err(book_error)?;
    let emptied = checker.margin(account, &borrowed)?;
    // The value is what the account's equity fell by, so that rounding makes neither side pay for what did not move.
    let value = (before.equity - emptied.equity).gain();
    let freed = value - (before.maintenance_excess - emptied.maintenance_excess);
    let paid = rules.collateral_price(terms.price, value, freed);
    let after = pay(paid, emptied, account, liquidator)?;
    Ok(Step { after, bank, collateral: amount, paid, ..Step::default() })
}
