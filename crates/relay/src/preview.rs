//! What the program would say of a match, computed with its own functions before a transaction is sent.

use ballast::{BallastError, fill};
use ballast_client::Snapshot;
use ballast_risk::Margin;
use ballast_state::{
    MarginAccount, TradeLeg,
    revaluation::{Moment, value_scale},
};

use crate::interface::Problem;

/// Why the program would refuse a match.
pub(crate) struct Foreseen {
    pub problem: Problem,
    /// Whether it is the taker's account that cannot carry it.
    pub is_takers: bool,
}

/// Whether one of two accounts, the taker's first, could not pay for a trade or carry it. Fees are left out, so that it is a
/// refusal for certain; nothing also if the prices do not allow a check, which is for the program to say.
pub(crate) fn refusal(
    snapshot: &Snapshot,
    moment: Moment,
    legs: &[TradeLeg],
    before: [&MarginAccount; 2],
) -> Option<Foreseen> {
    let mut traded = snapshot.clone();
    let mut after = before.map(|account| Box::new(*account));
    let [taker, maker] = &mut after;
    for leg in legs {
        let market = traded.market_mut(leg.market)?;
        let contract = leg.contract.find(market).ok()?;
        let value = value_scale(market).and_then(|scale| scale.value_floor(leg.quantity, leg.price)).ok()?;
        fill::exchange(market, &contract, taker, maker, leg.quantity, value).ok()?;
    }
    let sides = [true, false].into_iter().zip(before).zip(&after);
    let margin = |snapshot: &Snapshot, account: &MarginAccount| snapshot.margin(account, moment, account.mode()).ok();
    for ((is_takers, before), after) in sides {
        let problem = if after.cash < 0 {
            let cost = before.cash.saturating_sub(after.cash);
            Some(problem(BallastError::InsufficientCash, format!("{} µUSD are there, it costs {cost}", before.cash)))
        } else {
            let after = margin(&traded, after)?;
            // The account as it was is valued only where that matters.
            if after.initial_excess.0 < 0 { below_margin(&margin(snapshot, before)?, &after) } else { None }
        };
        if let Some(problem) = problem {
            return Some(Foreseen { problem, is_takers });
        }
    }
    None
}

/// Whether a trade leaves an account below initial margin and lets one of its excesses fall, or leaves it bankrupt.
fn below_margin(before: &Margin, after: &Margin) -> Option<Problem> {
    let is_no_worse =
        after.initial_excess >= before.initial_excess && after.maintenance_excess >= before.maintenance_excess;
    if is_no_worse && after.equity.0 >= 0 {
        return None;
    }
    let figures = format!(
        "equity {} µUSD; initial excess {} after, {} before; maintenance excess {} after, {} before",
        after.equity.0,
        after.initial_excess.0,
        before.initial_excess.0,
        after.maintenance_excess.0,
        before.maintenance_excess.0
    );
    Some(problem(BallastError::BelowInitialMargin, figures))
}

/// A refusal as it is read out of the program's log.
fn problem(error: BallastError, figures: String) -> Problem {
    Problem::new(&error.name(), format!("{error}; {figures}"))
}
