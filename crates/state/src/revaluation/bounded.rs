//! Margins at other prices than the index: what favours an account whose prices are in dispute, and what withdrawals count
//! with.

use ballast_risk::{Margin, MicroUsd, Price, RiskError, revaluation::Workspace};

use super::{CheckRefusal, Moment, Purpose, Sources, Walk, freshness};
use crate::{Bank, Exchange, MarginAccount, Market, margin_account::MAX_MARKETS, market::Dispute};

/// Which prices a walk takes.
#[derive(Clone, Copy)]
pub(super) enum PriceChoice<'a> {
    /// The index, and the oracles' prices of deposits.
    Index,
    /// The index that withdrawals count with.
    Withdrawal,
    /// Of everything in dispute the price that favours the account; of a market by the account's delta there, by its
    /// market slots.
    Favourable(&'a [MicroUsd; MAX_MARKETS], Dispute),
}

impl PriceChoice<'_> {
    /// Price of a market, if it is not the index.
    pub(super) fn of_market(
        self,
        account: &MarginAccount,
        exchange: &Exchange,
        market: &Market,
        moment: Moment,
    ) -> Result<Option<Price>, RiskError> {
        match self {
            Self::Index => Ok(None),
            Self::Withdrawal => market.withdrawal_price().map(Some),
            Self::Favourable(deltas, dispute) => {
                if !market.is_disputed(&exchange.parameters, dispute, moment.now, moment.slot) {
                    return Ok(None);
                }
                let delta = account.market_slot(market.number).map_or(MicroUsd::ZERO, |slot| deltas[slot]);
                market.favourable_price(delta > MicroUsd::ZERO).map(Some)
            }
        }
    }

    /// Price of a deposit, if it is not the oracle's.
    pub(super) fn of_bank(self, exchange: &Exchange, bank: &Bank, moment: Moment) -> Result<Option<Price>, RiskError> {
        match self {
            Self::Favourable(_, dispute)
                if bank.is_disputed(&exchange.parameters, dispute, moment.now, moment.slot) =>
            {
                bank.favourable_price().map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The margin by which an account is liquidated.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationMargin {
    /// At the index, and the oracles' prices.
    pub margin: Margin,
    /// At the prices that favour the account, if any is in dispute.
    pub favourable: Option<Margin>,
    /// What the positions in each of the account's markets are worth at the index, by its market slots: option value and
    /// unsettled profit.
    pub worth: [MicroUsd; MAX_MARKETS],
}

impl LiquidationMargin {
    /// Whether a dispute keeps the account from being liquidated: it would not be below maintenance margin at the prices that
    /// favour it.
    pub fn is_protected(&self) -> bool {
        self.favourable.is_some_and(|margin| margin.maintenance_excess >= MicroUsd::ZERO)
    }

    /// Equity beyond dispute: at the prices that favour the account, if any is in dispute.
    pub fn undisputed_equity(&self) -> MicroUsd {
        self.favourable.unwrap_or(self.margin).equity
    }
}

/// The margin of an account in its own mode, and at the prices that favour it where some are in dispute: for longer if it is
/// bankrupt at the index.
///
/// # Errors
/// As [`margin`](super::margin).
pub fn liquidation_margin(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    workspace: &mut Workspace,
) -> Result<LiquidationMargin, CheckRefusal> {
    let mut deltas = [MicroUsd::ZERO; MAX_MARKETS];
    let mut worth = [MicroUsd::ZERO; MAX_MARKETS];
    let walk = Walk::of(account, exchange, sources, moment, account.mode());
    let calculation = walk.run(workspace, |market, risk, _| {
        if let Some(slot) = account.market_slot(market.number) {
            deltas[slot] = risk.greeks.delta;
            worth[slot] = risk.option_value + risk.linear_profit;
        }
    })?;
    let margin = calculation.finish(workspace);
    let dispute = exchange.parameters.dispute(margin.equity);
    if !is_anything_disputed(account, exchange, dispute, sources, moment) {
        return Ok(LiquidationMargin { margin, favourable: None, worth });
    }
    let walk = Walk { prices: PriceChoice::Favourable(&deltas, dispute), ..walk };
    let favourable = walk.run(workspace, |_, _, _| ())?.finish(workspace);
    Ok(LiquidationMargin { margin, favourable: Some(favourable), worth })
}

fn is_anything_disputed(
    account: &MarginAccount,
    exchange: &Exchange,
    dispute: Dispute,
    sources: &impl Sources,
    moment: Moment,
) -> bool {
    let (parameters, now, slot) = (&exchange.parameters, moment.now, moment.slot);
    let held = account.markets.iter().filter(|held| held.position_count > 0);
    let mut markets = held.filter_map(|held| sources.market(held.market));
    let held = account.balances.iter().filter(|balance| balance.bank != 0);
    let mut banks = held.filter_map(|balance| sources.bank(balance.bank));
    markets.any(|market| market.is_disputed(parameters, dispute, now, slot))
        || banks.any(|bank| bank.is_disputed(parameters, dispute, now, slot))
}

/// What may leave an account whose margin at the index is known: its withdrawal excess there, or at the index that
/// withdrawals count with, whichever is less.
///
/// # Errors
/// As [`margin`](super::margin) for [`Purpose::Withdrawal`].
pub fn withdrawal_excess(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    margin: &Margin,
    workspace: &mut Workspace,
) -> Result<MicroUsd, CheckRefusal> {
    if account.position_count == 0 {
        return Ok(margin.withdrawal_excess);
    }
    let moment = Moment { purpose: Purpose::Withdrawal, ..moment };
    let number = exchange.quote_bank_number;
    let quote = sources.bank(number).ok_or(CheckRefusal::MissingBank { bank: number })?;
    freshness::accept_peg(exchange, quote, moment)?;
    let mut lags = false;
    for held in account.markets.iter().filter(|held| held.position_count > 0) {
        let market = sources.market(held.market).ok_or(CheckRefusal::MissingMarket { market: held.market })?;
        freshness::accept_market(exchange, market, moment)?;
        lags |= market.withdrawal_price()?.ticks() != market.price;
    }
    if !lags {
        return Ok(margin.withdrawal_excess);
    }
    let walk = Walk::of(account, exchange, sources, moment, account.mode());
    let walk = Walk { prices: PriceChoice::Withdrawal, ..walk };
    let bounded = walk.run(workspace, |_, _, _| ())?.finish(workspace);
    Ok(margin.withdrawal_excess.min(bounded.withdrawal_excess))
}
