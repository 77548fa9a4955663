//! Settles unsettled profit and loss.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{
    Exchange, MarginAccount, Market, Position, PositionKind,
    revaluation::{Purpose, value_scale},
};

use crate::{
    check::Checker,
    errors::{BallastError, risk_error},
    events::PnlSettled,
    fill::{book_error, contract_error},
};

/// Which position to settle.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SettlePnlArgs {
    /// Kind of position: perpetual, future or claim (see `PositionKind`).
    pub kind: u8,
    /// Number of the expiry; zero for the perpetual.
    pub number: u32,
}

/// Accounts of [`settle_pnl`](crate::ballast::settle_pnl).
#[derive(Accounts)]
pub struct SettlePnl<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The account to settle.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// The position's market.
    #[account(mut, has_one = exchange @ BallastError::WrongExchange)]
    pub market: AccountLoader<'info, Market>,
}

/// 1. Takes what bankruptcies have cut since off the ledger, brings the perpetual's funding into it, and lets the account's
///    gains in the market vest. A claim needs no price, so it settles although the oracle is silent.
/// 2. A loss moves from cash to the pool as far as the cash goes. A gain moves from the pool to cash as far as it has
///    vested, would be there at the stable price too, and the pool holds losses paid in; a claim needs no vesting.
///
/// # Errors
/// [`BallastError::NothingToSettle`], or why the market cannot be valued.
pub fn handler(ctx: Context<SettlePnl>, args: SettlePnlArgs) -> Result<()> {
    let exchange = ctx.accounts.exchange.load()?;
    let mut account = ctx.accounts.account.load_mut()?;
    let mut market = ctx.accounts.market.load_mut()?;
    let kind = [PositionKind::Perpetual, PositionKind::Future, PositionKind::Claim]
        .into_iter()
        .find(|kind| *kind as u8 == args.kind)
        .ok_or(BallastError::NothingToSettle)?;
    let slot = account.market_slot(market.number).ok_or(BallastError::NothingToSettle)?;
    let index = account.find_position(slot, kind, args.number).ok_or(BallastError::NothingToSettle)?;
    let mut cut = account.apply_gain_cut(&mut market);
    if kind == PositionKind::Claim {
        cut = account.positions[index].ledger;
        account.apply_claim_cut(&mut market, index).map_err(book_error)?;
        cut -= account.positions[index].ledger;
    }

    account.settle_funding(&market, index).map_err(book_error)?;
    let position = account.positions[index];
    let (profit, gain_limit) = if kind == PositionKind::Claim {
        (position.ledger, i64::MAX)
    } else {
        vested_profit(&exchange, &mut account, slot, &position, &market)?
    };
    let settled = account.settle_position(&mut market, index, profit, gain_limit);
    if settled.moved > 0 {
        account.markets[slot].linear_gain.spend(settled.moved);
    }
    let pool = match kind {
        PositionKind::Perpetual => market.perpetual_pool,
        _ => market.expiries[usize::from(position.expiry_slot)].pool,
    };
    emit!(PnlSettled {
        account: ctx.accounts.account.key(),
        market: market.number,
        expiry: args.number,
        cut,
        profit: settled.profit,
        settled: settled.moved,
        cash: account.cash,
        pool,
    });
    Ok(())
}

/// Lets the gains in a market vest. Returns the profit of a position at its mark, and what of a gain may be paid out.
fn vested_profit(
    exchange: &Exchange,
    account: &mut MarginAccount,
    slot: usize,
    position: &Position,
    market: &Market,
) -> Result<(i64, i64)> {
    let mut checker = Checker::new(exchange, Purpose::Settlement)?;
    let (risk, limits) = checker.market_risk(account, market)?;
    let now = checker.moment().now;
    account.markets[slot].vest(&risk, limits.option_premium, now, exchange.parameters.vesting_seconds);
    let mark = position.contract().mark(market, now).map_err(contract_error)?.price;
    let value = value_scale(market).and_then(|scale| scale.value_floor(position.quantity, mark)).map_err(risk_error)?;
    let profit = value + MicroUsd(position.ledger);
    Ok((profit.0, position.steady_gain(market, mark).min(account.markets[slot].linear_gain.vested)))
}
