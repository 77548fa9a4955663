//! Settles unsettled profit and loss.

use anchor_lang::prelude::*;
use ballast_risk::MicroUsd;
use ballast_state::{
    Exchange, MarginAccount, Market, PositionKind,
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

/// 1. Takes what bankruptcies have cut since off the perpetual's ledger, and lets the account's gains in the market vest.
/// 2. Brings the perpetual's funding into its ledger.
/// 3. A loss moves from cash to the pool as far as the cash goes. A gain moves from the pool to cash as far as it has
///    vested and the pool holds losses paid in; a claim needs no vesting.
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

    let mut checker = Checker::new(&exchange, Purpose::Liquidation)?;
    let (risk, limits) = checker.market_risk(&account, &market)?;
    let now = checker.moment().now;
    let vesting_seconds = exchange.parameters.vesting_seconds;
    account.markets[slot].vest(&risk, limits.option_premium, now, vesting_seconds);

    account.settle_funding(&market, index).map_err(book_error)?;
    let position = account.positions[index];
    let profit = if kind == PositionKind::Claim {
        MicroUsd(position.ledger)
    } else {
        let mark = position.contract().mark(&market, now).map_err(contract_error)?;
        let value = value_scale(&market)
            .and_then(|scale| scale.value_floor(position.quantity, mark.price))
            .map_err(risk_error)?;
        value + MicroUsd(position.ledger)
    };
    let is_claim = kind == PositionKind::Claim;
    let gain_limit = if is_claim { i64::MAX } else { account.markets[slot].linear_gain.vested };
    let settled = account.settle_position(&mut market, index, profit.0, gain_limit);
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
