//! Guides liquidators and owners: which position lowers an account's requirement most per dollar that closing it costs.
//!
//! Keepers, the calculator and simulations ask; the program does not.

use ballast_risk::{MicroUsd, revaluation::Workspace};

use crate::{
    Contract, Exchange, MarginAccount, Market, Position,
    revaluation::{self, CheckRefusal, Moment, Sources, value_scale},
};

/// A leg closes this share of its position: about what a step of a liquidation may take, so that a hedge is judged by
/// its next part and not by what the account were without it.
const PARTS: u64 = 8;

/// A part of a position, and what closing it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuideLeg {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots to close, with the sign of the position: an eighth of it, rounded up.
    pub quantity: i64,
    /// Maintenance requirement that closing them frees, µUSD; above zero.
    pub freed: MicroUsd,
    /// What closing them costs, µUSD: the reward that a liquidation pays for it, and the value that a trade may hand
    /// over at most, the band around the mark. Rounded up.
    pub cost: MicroUsd,
}

impl GuideLeg {
    /// Whether it frees more per dollar than another.
    fn beats(&self, other: &Self) -> bool {
        let product = |freed: MicroUsd, cost: MicroUsd| i128::from(freed.0) * i128::from(cost.0.max(1));
        product(self.freed, other.cost) > product(other.freed, self.cost)
    }
}

/// The legs that lower an account's maintenance requirement, by what they free per dollar of cost, best first. Claims
/// and expired positions are settled, not closed, and are left out.
///
/// # Errors
/// As [`revaluation::margin`].
pub fn rank_legs(
    account: &MarginAccount,
    exchange: &Exchange,
    sources: &impl Sources,
    moment: Moment,
    workspace: &mut Workspace,
) -> Result<Vec<GuideLeg>, CheckRefusal> {
    let rules = exchange.parameters.liquidation_rules();
    let before = revaluation::margin(account, exchange, sources, moment, account.mode(), workspace)?;
    let bonus = rules.leg_bonus(rules.urgency(&before, revaluation::regime(account, sources)?));
    let mut legs: Vec<GuideLeg> = Vec::new();
    let mut closed = Box::new(*account);
    for (index, position) in account.positions().iter().enumerate() {
        let held = account.markets.get(usize::from(position.market_slot)).ok_or(CheckRefusal::Corrupt)?;
        let market = sources.market(held.market).ok_or(CheckRefusal::MissingMarket { market: held.market })?;
        let Some(mut leg) = part_of(position, market, moment)? else { continue };
        // The requirement does not depend on the cash and the ledger that change with the lots.
        closed.positions[index].quantity = position.quantity - leg.quantity;
        let after = revaluation::margin(&closed, exchange, sources, moment, account.mode(), workspace)?;
        closed.positions[index] = *position;
        leg.freed = before.maintenance_requirement - after.maintenance_requirement;
        leg.cost += bonus.of_ceil(leg.freed);
        if leg.freed > MicroUsd::ZERO {
            let place = legs.partition_point(|other| !leg.beats(other));
            legs.insert(place, leg);
        }
    }
    Ok(legs)
}

/// A part of a position, with the band as its cost; nothing if it cannot be traded.
fn part_of(position: &Position, market: &Market, moment: Moment) -> Result<Option<GuideLeg>, CheckRefusal> {
    let kind = position.kind();
    let slot = if kind.is_option() { position.series_slot } else { position.expiry_slot };
    let contract = Contract { kind: position.kind, slot, number: position.number };
    let Ok(mark) = contract.find(market).and_then(|listed| listed.mark(market, moment.now)) else { return Ok(None) };
    let lots = position.quantity.unsigned_abs().div_ceil(PARTS) as i64;
    // The value of a short position rounds away from zero.
    let cost = -value_scale(market)?.value_floor(-lots, mark.band(market))?;
    let quantity = lots * position.quantity.signum();
    Ok(Some(GuideLeg { market: market.number, contract, quantity, freed: MicroUsd::ZERO, cost }))
}
