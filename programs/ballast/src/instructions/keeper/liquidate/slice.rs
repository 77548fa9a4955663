//! Taking a proportional slice of a whole account.

use anchor_lang::prelude::*;
use ballast_risk::{Ratio, scenario::ONE_Q28};
use ballast_state::{MarginAccount, PositionKind};

use super::{Opening, Step, pay};
use crate::{
    check::{CheckAccounts, Checker},
    errors::{BallastError, lending_error, step_error},
    fill::book_error,
};

/// Passes a fraction of every position and balance, of the cash and of the debt to the liquidator, who pays the slice's
/// value times the price of the moment. Everything rounds towards the account.
///
/// The value of the slice is what the account's equity fell by, so rounding cannot make either side pay for what did
/// not move. Cash received for earlier slices of the same liquidation is not part of the next.
pub(super) fn take(
    fraction: u32,
    opening: &Opening,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
    checker: &mut Checker,
) -> Result<Step> {
    let Opening { terms, before, .. } = opening;
    require_fraction(fraction)?;
    terms.allows_slice(u64::from(fraction)).map_err(|refusal| step_error(refusal, terms))?;
    pass_share(fraction, account, liquidator, sources)?;
    let emptied = checker.margin(account, &sources.borrow()?)?;
    let paid = terms.price.of_ceil((before.equity - emptied.equity).gain());
    let after = pay(paid, emptied, account, liquidator)?;
    // From scale 2^-28 to that of ratios.
    Ok(Step { after, share: Ratio::from_bits(fraction << 2), slice: fraction, paid, ..Step::default() })
}

/// Refuses a fraction (scale 2^-28) of nothing or of more than the whole.
///
/// # Errors
/// [`BallastError::SliceOutOfRange`].
pub(crate) fn require_fraction(fraction: u32) -> Result<()> {
    require!(fraction > 0 && u64::from(fraction) <= ONE_Q28, BallastError::SliceOutOfRange);
    Ok(())
}

/// Passes a fraction (scale 2^-28, at most the whole) of every position, ledger included, of every balance, and of the
/// cash beyond what `from` received in a liquidation under way, to another account. Rounds towards `from`; nothing is
/// paid for it.
///
/// # Errors
/// What the book refuses, and if a market is missing from the account list.
pub(crate) fn pass_share(
    fraction: u32,
    from: &mut MarginAccount,
    to: &mut MarginAccount,
    sources: &CheckAccounts,
) -> Result<()> {
    let mut index = 0;
    while index < from.positions().len() {
        let count = from.position_count;
        pass_position(index, fraction, from, to, sources)?;
        // A position that went whole leaves its place to the next one.
        if from.position_count == count {
            index += 1;
        }
    }
    for slot in 0..from.balances.len() {
        let balance = from.balances[slot];
        let amount = share(i64::try_from(balance.amount).map_err(|_| BallastError::Overflow)?, fraction) as u64;
        if balance.bank == 0 || amount == 0 {
            continue;
        }
        from.debit(balance.bank, amount).map_err(book_error)?;
        to.credit(balance.bank, amount).map_err(book_error)?;
    }
    let cash = share(from.cash.saturating_sub(from.liquidation_proceeds).max(0), fraction);
    from.cash -= cash;
    to.cash = to.cash.checked_add(cash).ok_or(BallastError::Overflow)?;
    let debt = share(i64::try_from(from.debt).map_err(|_| BallastError::Overflow)?, fraction) as u64;
    from.pass_debt(to, debt).map_err(lending_error)
}

/// Passes a fraction of the position at `index`: its lots, and its ledger with the funding that was pending.
fn pass_position(
    index: usize,
    fraction: u32,
    from: &mut MarginAccount,
    to: &mut MarginAccount,
    sources: &CheckAccounts,
) -> Result<()> {
    let slot = usize::from(from.positions[index].market_slot);
    let held = from.markets.get(slot).ok_or(BallastError::CorruptAccount)?;
    let mut market = sources.market_mut(held.market)?;
    match from.positions[index].kind() {
        PositionKind::Perpetual => {
            from.apply_gain_cut(&mut market);
            from.settle_funding(&market, index).map_err(book_error)?;
        }
        PositionKind::Claim => from.apply_claim_cut(&mut market, index).map_err(book_error)?,
        _ => {}
    }
    let position = from.positions[index];
    let (quantity, ledger) = (share(position.quantity, fraction), share(position.ledger, fraction));
    if quantity == 0 && ledger == 0 {
        return Ok(());
    }
    let mut contract = position.contract();
    contract.strike = market.series(position.series_slot, position.number).map_or(0, |series| series.strike);
    from.adjust(&mut market, &contract, -quantity, -ledger).map_err(book_error)?;
    to.adjust(&mut market, &contract, quantity, ledger).map_err(book_error)?;
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
