//! Takes over a part of a bankrupt account, whose deficit others make good.

use anchor_lang::prelude::*;
use ballast_risk::{
    MicroUsd, Ratio,
    margin::Tier,
    waterfall::{self, Compensation},
};
use ballast_state::{
    ExchangeParameters, MarginAccount,
    claim_cut::ClaimTaken,
    margin_account::MAX_MARKETS,
    revaluation::{self, Purpose},
};

use super::{
    Liquidate,
    liquidate::{charge_interest, require_liquidator_margin, slice},
};
use crate::{
    check::{CheckAccounts, Checker},
    errors::{BallastError, lending_error, require_output},
    events::{BankruptcyResolved, MarketLoss},
    fill::book_error,
};

/// 1. Charges both accounts the interest on their debts, and checks that the account's equity is below zero; while one of
///    its prices is in dispute, at the prices that favour it as well.
/// 2. Passes a fraction (scale 2^-28) of every position, balance, of the cash and of the debt to the liquidator.
/// 3. Owes the liquidator that fraction of the deficit, and a bonus: the liquidation fee on the maintenance requirement
///    freed, at most the deficit.
/// 4. Divides both among the account's markets in proportion to what its positions in each are worth below zero, and makes
///    each part good: from the insurance fund in cash, within what a market may draw in a window; as far as a debt to a
///    settled expiry was taken over, by a pro-rata cut of what the expiry owes to others; then by a pro-rata cut of the
///    unsettled gains on the market's perpetual, at most a share of them, which become an unsettled gain of the
///    liquidator. What is left then falls on the lending pool. Nobody else's cash or deposits are taken: who has no
///    gain left bears nothing of a cut. If anything stays uncovered, the step fails: a smaller fraction may
///    still go.
/// 5. Checks that the account's maintenance excess rose, that the liquidator's cash changed by at least `minimum_proceeds`, and
///    that it meets initial margin.
/// 6. Records the account as an open bankruptcy if a deficit is left, and takes it off the record otherwise.
///
/// **Authority:** anyone with a margin account, for accounts of others.
///
/// # Errors
/// [`BallastError::NotBankrupt`], [`BallastError::PriceDisputed`], [`BallastError::SelfLiquidation`], [`BallastError::SliceOutOfRange`],
/// [`BallastError::LossUncovered`], [`BallastError::LiquidationNoImprovement`],
/// [`BallastError::OutputBelowMinimum`], [`BallastError::LiquidatorBelowMargin`], or why a check cannot be made.
pub fn handler<'info>(ctx: Context<'info, Liquidate<'info>>, fraction: u32, minimum_proceeds: i64) -> Result<()> {
    slice::require_fraction(fraction)?;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.load()?;
    let mut account = accounts.account.load_mut()?;
    let mut liquidator = accounts.liquidator.load_mut()?;
    let sources = CheckAccounts::load(&accounts.exchange.key(), ctx.remaining_accounts)?;
    let mut checker = Checker::new(&exchange, Purpose::Liquidation)?;
    let liquidator_shape = revaluation::shape(&liquidator);
    let liquidator_cash = liquidator.cash;

    charge_interest(&accounts.quote_bank, &exchange, [&mut account, &mut liquidator], checker.moment())?;
    let judged = checker.liquidation_margin(&account, &sources.borrow()?)?;
    let (before, worth) = (judged.margin, judged.worth);
    if before.tier() != Tier::Bankrupt {
        msg!("equity is {} µUSD", before.equity.0);
        return err!(BallastError::NotBankrupt);
    }
    if judged.undisputed_equity() >= MicroUsd::ZERO {
        msg!("equity is {} µUSD at a price in dispute", before.equity.0);
        return err!(BallastError::PriceDisputed);
    }
    let markets = account.markets.map(|held| held.market);
    let mut own_gains = [MicroUsd::ZERO; MAX_MARKETS];
    let mut debts = Vec::new();
    for (gain, number) in own_gains.iter_mut().zip(markets).filter(|(_, number)| *number != 0) {
        let mut market = sources.market_mut(number)?;
        *gain = liquidator.current_gain(&mut market);
        debts.extend(account.debts_to_expiries(&market, &liquidator));
    }
    // The liquidation that led here is over: what it paid is part of what the account has.
    account.liquidation_proceeds = 0;
    account.count_change();
    liquidator.count_change();
    slice::pass_share(fraction, &mut account, &mut liquidator, &sources)?;
    let after = checker.margin(&account, &sources.borrow()?)?;
    if after.maintenance_excess <= before.maintenance_excess {
        msg!("maintenance excess {} µUSD before, {} after", before.maintenance_excess.0, after.maintenance_excess.0);
        return err!(BallastError::LiquidationNoImprovement);
    }

    let owed = Compensation::owed(
        before.equity,
        fraction,
        after.equity - before.equity,
        before.maintenance_requirement - after.maintenance_requirement,
        Ratio::from_bits(exchange.parameters.liquidation_fee),
    );
    let parts = waterfall::divide(owed.total(), &worth.map(|worth| -worth));
    let parts = markets.into_iter().zip(parts).zip(own_gains);
    let losses = spread(parts, &debts, &exchange.parameters, accounts, &mut liquidator, &sources)?;
    let uncovered = losses.iter().fold(owed.total(), |left, loss| left - loss.made_good());
    let lent = accounts.quote_bank.load_mut()?.lending.absorb(&mut liquidator, uncovered).map_err(lending_error)?;
    let uncovered = uncovered - lent;
    if uncovered > MicroUsd::ZERO {
        msg!("{} µUSD of {} stay uncovered", uncovered.0, owed.total().0);
        return Err(error!(BallastError::LossUncovered).with_values((owed.total().0, uncovered.0)));
    }
    require_output(liquidator.cash.saturating_sub(liquidator_cash), minimum_proceeds)?;
    require_liquidator_margin(&liquidator, liquidator_shape, &sources, &mut checker)?;
    let mut quote_bank = accounts.quote_bank.load_mut()?;
    let is_open = waterfall::is_open_bankruptcy(after.equity, MicroUsd(exchange.parameters.dust_limit));
    account.record_bankruptcy(&mut quote_bank, is_open);

    emit!(BankruptcyResolved {
        account: accounts.account.key(),
        liquidator: accounts.liquidator.key(),
        fraction,
        deficit: owed.deficit.0,
        bonus: owed.bonus.0,
        losses,
        lending_pool: lent.0,
        equity_before: before.equity.0,
        equity: after.equity.0,
        maintenance_excess_before: before.maintenance_excess.0,
        maintenance_excess: after.maintenance_excess.0,
        insurance: quote_bank.insurance,
        is_open,
    });
    Ok(())
}

/// Makes the parts of a loss good to the liquidator, each as far as its market's sources go. Beside a market's number and
/// part stands what the liquidator had gained there before.
fn spread(
    parts: impl Iterator<Item = ((u16, MicroUsd), MicroUsd)>,
    debts: &[ClaimTaken],
    parameters: &ExchangeParameters,
    accounts: &Liquidate,
    liquidator: &mut MarginAccount,
    sources: &CheckAccounts,
) -> Result<Vec<MarketLoss>> {
    let now = Clock::get()?.unix_timestamp;
    let mut quote_bank = accounts.quote_bank.load_mut()?;
    let mut losses = Vec::with_capacity(MAX_MARKETS);
    for ((number, part), own_gain) in parts.filter(|((_, part), _)| *part > MicroUsd::ZERO) {
        let mut market = sources.market_mut(number)?;
        let insurance = market.draw_insurance(&mut quote_bank, part, parameters, now);
        liquidator.cash = liquidator.cash.checked_add(insurance.0).ok_or(BallastError::Overflow)?;
        let mut left = part - insurance;
        // Cut off what the expiries owe to others to which the debts that were taken over are due.
        for debt in debts.iter().filter(|debt| debt.market == number) {
            left -= liquidator.take_credits(&mut market, left, debt).map_err(book_error)?;
        }
        let claims = part - insurance - left;
        // Cut off unsettled gains, whoever has them, and an unsettled gain of the liquidator's from now on: it is paid out
        // of losses that come in, like any other.
        let gains = liquidator
            .take_gains(&mut market, left, Ratio::from_bits(parameters.gain_cut_share), own_gain)
            .map_err(book_error)?;
        losses.push(MarketLoss {
            market: number,
            loss: part.0,
            insurance: insurance.0,
            claims: claims.0,
            gains: gains.0,
        });
    }
    Ok(losses)
}
