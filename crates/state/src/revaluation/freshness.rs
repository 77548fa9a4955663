//! Which prices and surfaces a check accepts, by what it is for: the table of [`oracle_grade`](crate::oracle_grade),
//! asked for an account's markets, deposits and contracts.

use super::{CheckRefusal, Sources};
use crate::{
    Bank, Exchange, Expiry, MarginAccount, Market,
    contract::ListedContract,
    oracle_grade::{Acceptance, Action, Grade},
};

/// When and for what a check is made: which prices it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub now: i64,
    /// Slot.
    pub slot: u64,
    /// What the check is for.
    pub purpose: Purpose,
}

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A trade or another change that the owner asks for.
    Owner,
    /// An owner's trade that only brings positions closer to nothing: a market whose oracle is silent counts at its last
    /// price, and the trade has to let neither excess fall (see [`reduces_only`]).
    Reduction,
    /// What leaves an account: withdrawals, loans, value handed over.
    Withdrawal,
    /// A liquidation.
    Liquidation,
    /// What is left of an account whose legs a liquidation closes: as a liquidation, but a market whose oracle is
    /// silent counts at its last price. Marks, and the liquidator's own check, need prices as for a liquidation.
    Closing,
    /// Profit and loss becoming cash.
    Settlement,
    /// A report: whatever there is.
    View,
}

impl Purpose {
    /// The purpose of checking an account that takes on more: a silent oracle is forgiven only to who gives up.
    pub fn of_who_takes_on(self) -> Self {
        match self {
            Self::Closing => Self::Liquidation,
            other => other,
        }
    }

    /// What the check uses the prices of markets for.
    fn market_action(self) -> Action {
        match self {
            Self::Owner | Self::Reduction => Action::Carry,
            Self::Withdrawal => Action::Withdraw,
            Self::Liquidation => Action::Liquidate,
            Self::Closing => Action::CloseElsewhere,
            Self::Settlement => Action::Settle,
            Self::View => Action::Report,
        }
    }

    /// What it uses the prices of deposits for in initial margin.
    fn pledge_action(self) -> Action {
        match self {
            Self::Owner | Self::Reduction | Self::Withdrawal => Action::Pledge,
            Self::Liquidation | Self::Closing | Self::Settlement => Action::LiquidatorPledge,
            Self::View => Action::Report,
        }
    }

    /// What a price counts as in the check, unless it is refused: what only reductions accept, nothing else does.
    fn judge(self, acceptance: Acceptance) -> Option<Acceptance> {
        match acceptance {
            Acceptance::Refused => None,
            Acceptance::ReduceOnly => (self == Self::Reduction).then_some(acceptance),
            _ => Some(acceptance),
        }
    }
}

/// What a market's price counts as in a check.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::DoubtfulMarket`].
pub(super) fn accept_market(
    exchange: &Exchange,
    market: &Market,
    moment: Moment,
) -> core::result::Result<Acceptance, CheckRefusal> {
    let grade = market.grade(&exchange.parameters, moment.now, moment.slot);
    let acceptance = moment.purpose.market_action().accepts(grade);
    moment.purpose.judge(acceptance).ok_or_else(|| refusal(market, grade))
}

/// What the surface of options counts as in a check.
///
/// # Errors
/// [`CheckRefusal::StaleSurface`].
pub(super) fn accept_surface(
    exchange: &Exchange,
    market: &Market,
    expiry: &Expiry,
    moment: Moment,
) -> core::result::Result<Acceptance, CheckRefusal> {
    let acceptance = moment.purpose.market_action().accepts(expiry.surface_grade(&exchange.parameters, moment.now));
    let refusal = CheckRefusal::StaleSurface { market: market.number, expiry: expiry.number };
    moment.purpose.judge(acceptance).ok_or(refusal)
}

/// Refuses the quote token's price where it is needed and too old.
///
/// # Errors
/// [`CheckRefusal::StaleQuote`].
pub(super) fn accept_peg(exchange: &Exchange, bank: &Bank, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    let acceptance = Action::Peg.accepts(bank.grade(&exchange.parameters, moment.now, moment.slot));
    match moment.purpose {
        // Who is liquidated, settled or reported on has the last one.
        Purpose::Liquidation | Purpose::Closing | Purpose::Settlement | Purpose::View => Ok(()),
        owners => owners.judge(acceptance).map(|_| ()).ok_or(CheckRefusal::StaleQuote { bank: bank.number }),
    }
}

/// Whether initial margin counts a deposit for nothing.
pub(super) fn is_worthless(exchange: &Exchange, bank: &Bank, moment: Moment) -> bool {
    let grade = bank.grade(&exchange.parameters, moment.now, moment.slot);
    moment.purpose.pledge_action().accepts(grade) == Acceptance::Nothing
}

/// Whether an account holds something at a price with which its owner may only reduce: the trade may not let either excess
/// fall.
///
/// # Errors
/// [`CheckRefusal::MissingMarket`], [`CheckRefusal::MissingBank`].
pub fn reduces_only(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
) -> core::result::Result<bool, CheckRefusal> {
    let is_reduction = |action: Action, grade| action.accepts(grade) == Acceptance::ReduceOnly;
    for held in account.markets.iter().filter(|held| held.position_count > 0) {
        let market = sources.market(held.market).ok_or(CheckRefusal::MissingMarket { market: held.market })?;
        if is_reduction(Action::Carry, market.grade(&exchange.parameters, moment.now, moment.slot)) {
            return Ok(true);
        }
    }
    if account.position_count == 0 {
        return Ok(false);
    }
    let number = exchange.quote_bank_number;
    let bank = sources.bank(number).ok_or(CheckRefusal::MissingBank { bank: number })?;
    Ok(is_reduction(Action::Peg, bank.grade(&exchange.parameters, moment.now, moment.slot)))
}

/// Refuses a bank at whose price a liquidator may not buy.
///
/// # Errors
/// [`CheckRefusal::StaleBank`], [`CheckRefusal::DoubtfulBank`].
pub fn require_sale_price(exchange: &Exchange, bank: &Bank, moment: Moment) -> core::result::Result<(), CheckRefusal> {
    let grade = bank.grade(&exchange.parameters, moment.now, moment.slot);
    if Action::BuyCollateral.accepts(grade) != Acceptance::Refused {
        return Ok(());
    }
    let bank = bank.number;
    Err(if grade.is_doubtful() { CheckRefusal::DoubtfulBank { bank, grade } } else { CheckRefusal::StaleBank { bank } })
}

/// Refuses a contract at whose mark a liquidation may not close it: by the market's price, and for an option by the
/// surface. What is closed needs a price of its own: a silent oracle is never forgiven here.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::DoubtfulMarket`], [`CheckRefusal::StaleSurface`].
pub fn require_closing_mark(
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> core::result::Result<(), CheckRefusal> {
    match judge_mark(Action::CloseLeg, exchange, market, contract, moment) {
        (Acceptance::Refused, refusal) => Err(refusal),
        _ => Ok(()),
    }
}

/// Whether owners may trade a contract at its mark. Beyond a fresh price and surface they may only reduce: what comes back
/// is how to refuse a trade that does not.
///
/// # Errors
/// [`CheckRefusal::StaleMarket`], [`CheckRefusal::DoubtfulMarket`], [`CheckRefusal::StaleSurface`].
pub fn restriction_of_trade(
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> core::result::Result<Option<CheckRefusal>, CheckRefusal> {
    match judge_mark(Action::Trade, exchange, market, contract, moment) {
        (Acceptance::Refused, refusal) => Err(refusal),
        (Acceptance::ReduceOnly, refusal) => Ok(Some(refusal)),
        _ => Ok(None),
    }
}

/// The stricter of what an action makes of a contract's price and of its surface, and how to refuse for it.
fn judge_mark(
    action: Action,
    exchange: &Exchange,
    market: &Market,
    contract: &ListedContract,
    moment: Moment,
) -> (Acceptance, CheckRefusal) {
    let grade = market.grade(&exchange.parameters, moment.now, moment.slot);
    let of_price = (action.accepts(grade), refusal(market, grade));
    let Some(expiry) = contract.expiry(market).filter(|_| contract.kind.is_option()) else { return of_price };
    let of_surface = action.accepts(expiry.surface_grade(&exchange.parameters, moment.now));
    if of_surface > of_price.0 {
        return (of_surface, CheckRefusal::StaleSurface { market: market.number, expiry: expiry.number });
    }
    of_price
}

/// How to refuse a market for the grade of its price.
fn refusal(market: &Market, grade: Grade) -> CheckRefusal {
    let market = market.number;
    if grade.is_doubtful() {
        CheckRefusal::DoubtfulMarket { market, grade }
    } else {
        CheckRefusal::StaleMarket { market }
    }
}
