//! Taking a proportional slice of a whole account.

use anchor_lang::prelude::*;
use ballast_risk::{Margin, MicroUsd, liquidation::LiquidationRules, scenario::ONE_Q28};
use ballast_state::{MarginAccount, PositionKind};

use super::{Step, less_cash};
use crate::{
    check::{CheckAccounts, Checker},
    errors::BallastError,
    fill::book_error,
};

/// Passes a fraction of everything to the liquidator, who pays the slice's value times the price of the moment.
///
/// The value of the slice is what the account's equity fell by, so rounding cannot make either side pay for what did
/// not move. Cash received for earlier slices of the same liquidation is not part of the next.
pub(super) fn take(
    fraction: u32,
    rules: &LiquidationRules,
    before: &Margin,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<Step> {
    pass(fraction, account, liquidator, sources)?;
    let emptied = checker.margin(account, &sources.borrow()?)?;
    let slots = checker.moment().slot.saturating_sub(account.liquidation_started_slot);
    let paid = rules.slice_price(slots).of_ceil((before.equity - emptied.equity).gain());
    liquidator.cash = liquidator.cash.checked_sub(paid.0).ok_or(BallastError::Overflow)?;
    account.cash = account.cash.checked_add(paid.0).ok_or(BallastError::Overflow)?;
    account.liquidation_proceeds = account.liquidation_proceeds.checked_add(paid.0).ok_or(BallastError::Overflow)?;
    Ok(Step {
        after: less_cash(emptied, -paid),
        slice: fraction,
        paid,
        reward: MicroUsd::ZERO,
        insurance: MicroUsd::ZERO,
    })
}

/// Passes a fraction (scale 2^-28) of every position, ledger included, of every balance and of the cash, but for what was
/// received for slices in the liquidation under way, to the liquidator. Everything rounds towards the account.
///
/// # Errors
/// [`BallastError::SliceOutOfRange`], a market that is missing or not writable, and what the book refuses.
pub(crate) fn pass(
    fraction: u32,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
) -> Result<()> {
    require!(fraction > 0 && u64::from(fraction) <= ONE_Q28, BallastError::SliceOutOfRange);
    let part = |amount: i64| share(amount, fraction);

    let mut index = 0;
    while index < account.positions().len() {
        let count = account.position_count;
        move_part(index, fraction, account, liquidator, sources)?;
        // A position that went whole leaves its place to the next one.
        if account.position_count == count {
            index += 1;
        }
    }
    for slot in 0..account.balances.len() {
        let balance = account.balances[slot];
        let amount = part(i64::try_from(balance.amount).map_err(|_| BallastError::Overflow)?) as u64;
        if balance.bank == 0 || amount == 0 {
            continue;
        }
        account.debit(balance.bank, amount).map_err(book_error)?;
        liquidator.credit(balance.bank, amount).map_err(book_error)?;
    }
    let cash = part(account.cash.saturating_sub(account.liquidation_proceeds).max(0));
    account.cash -= cash;
    liquidator.cash = liquidator.cash.checked_add(cash).ok_or(BallastError::Overflow)?;
    Ok(())
}

/// Passes a fraction of one position, ledger included.
fn move_part(
    index: usize,
    fraction: u32,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
) -> Result<()> {
    let slot = usize::from(account.positions[index].market_slot);
    let held = account.markets.get(slot).ok_or(BallastError::CorruptAccount)?;
    let mut market = sources.market_mut(held.market)?;
    match account.positions[index].kind() {
        PositionKind::Perpetual => {
            account.apply_gain_cut(&mut market);
        }
        PositionKind::Claim => account.apply_claim_cut(&mut market, index).map_err(book_error)?,
        _ => {}
    }
    let position = account.positions[index];
    let (quantity, ledger) = (share(position.quantity, fraction), share(position.ledger, fraction));
    if quantity == 0 && ledger == 0 {
        return Ok(());
    }
    let mut contract = position.contract();
    contract.strike = market.series(position.series_slot, position.number).map_or(0, |series| series.strike);
    account.adjust(&mut market, &contract, -quantity, -ledger).map_err(book_error)?;
    liquidator.adjust(&mut market, &contract, quantity, ledger).map_err(book_error)?;
    Ok(())
}

/// `amount` × `fraction` × 2^-28, rounded towards zero; the whole for the whole.
fn share(amount: i64, fraction: u32) -> i64 {
    let magnitude = amount.unsigned_abs();
    let fraction = u64::from(fraction);
    // Fraction ≤ 2^28: the high part stays below 2^36 × 2^28.
    let taken = ((magnitude >> 28) * fraction) + (((magnitude & 0xfff_ffff) * fraction) >> 28);
    if amount < 0 { -(taken as i64) } else { taken as i64 }
}
