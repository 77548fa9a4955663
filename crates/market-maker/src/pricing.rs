//! What a package is quoted at. In whole ticks, rounded against the taker.

use std::fmt;

use ballast_client::liquidation::Valuer;
use ballast_risk::MicroUsd;
use ballast_state::{Contract, MarginAccount, Market, PositionKind, revaluation::Sources};

use crate::settings::Pricing;

/// One, in basis points.
const WHOLE: i128 = 10_000;

/// A leg that a taker asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Number of the market.
    pub market: u16,
    /// The contract.
    pub contract: Contract,
    /// Lots that the taker buys, or sells if they are negative.
    pub lots: i64,
}

/// Why nothing is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// A contract has no mark.
    NoMark,
    /// The request is larger than the maker takes.
    TooLarge,
    /// The maker has enough of it.
    Inventory,
    /// The maker's account could not margin it.
    Margin,
}

impl fmt::Display for Declined {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoMark => "a contract has no mark",
            Self::TooLarge => "the request is too large",
            Self::Inventory => "there is enough of it in the inventory",
            Self::Margin => "the account cannot margin it",
        })
    }
}

/// Prices of legs, ticks, in their order.
///
/// # Errors
/// [`Declined`].
pub fn quote(pricing: &Pricing, valuer: &Valuer, own: &MarginAccount, legs: &[Wanted]) -> Result<Vec<u64>, Declined> {
    let notional: i128 = legs.iter().map(|leg| valuer.notional(leg.market, leg.lots)).sum();
    if notional > i128::from(pricing.most_notional) {
        return Err(Declined::TooLarge);
    }
    let after = filled(valuer, own, legs)?;
    let inventory = inventory_of(valuer, own);
    let inventory_after = inventory_of(valuer, &after);
    for &(market, delta) in &inventory_after {
        let before = delta_in(&inventory, market);
        if delta.unsigned_abs() > pricing.most_delta.unsigned_abs() && delta.unsigned_abs() > before.unsigned_abs() {
            return Err(Declined::Inventory);
        }
    }
    let (Some(before), Some(margin)) = (valuer.margin(own), valuer.margin(&after)) else {
        return Err(Declined::Margin);
    };
    let most = i128::from(margin.equity.gain().0) * i128::from(pricing.most_margin_basis_points) / WHOLE;
    let rises = margin.initial_requirement > before.initial_requirement;
    if margin.initial_excess < MicroUsd::ZERO || (rises && i128::from(margin.initial_requirement.0) > most) {
        return Err(Declined::Margin);
    }
    let price = |leg: &Wanted| {
        let market = valuer.snapshot.market(leg.market).ok_or(Declined::NoMark)?;
        // Skewed for where the inventory would be half way through the fill.
        let middle =
            (i128::from(delta_in(&inventory, leg.market)) + i128::from(delta_in(&inventory_after, leg.market))) / 2;
        leg_price(pricing, market, leg, middle, valuer.moment.now)
    };
    legs.iter().map(price).collect()
}

/// The mark, with spread against the taker, and lower the more delta the maker has.
fn leg_price(pricing: &Pricing, market: &Market, leg: &Wanted, inventory: i128, now: i64) -> Result<u64, Declined> {
    let contract = leg.contract.find(market).map_err(|_| Declined::NoMark)?;
    let mark = i128::from(contract.mark(market, now).map_err(|_| Declined::NoMark)?.price);
    let index = i128::from(market.price);
    let is_option = contract.kind.is_option();
    let spread = if is_option {
        let of_mark = mark * i128::from(pricing.option_spread_basis_points) / WHOLE;
        of_mark.max(index * i128::from(pricing.option_spread_of_index) / (100 * WHOLE))
    } else {
        mark * i128::from(pricing.linear_spread_basis_points) / WHOLE
    };
    // A call gains with the index, a put loses; of how much each has, at the money is taken for all.
    let exposure = match contract.kind {
        PositionKind::Put => -50,
        PositionKind::Call => 50,
        _ => 100,
    };
    let fullness = (inventory * WHOLE / i128::from(pricing.most_delta.max(1))).clamp(-WHOLE, WHOLE);
    let skew = -index * i128::from(pricing.delta_skew_basis_points) / WHOLE * fullness / WHOLE * exposure / 100;
    let against = if leg.lots > 0 { spread + 1 } else { -spread - 1 };
    let price = mark + skew + against;
    Ok(u64::try_from(price.max(1)).unwrap_or(u64::MAX))
}

/// The maker's account with a package filled at the marks.
fn filled(valuer: &Valuer, own: &MarginAccount, legs: &[Wanted]) -> Result<Box<MarginAccount>, Declined> {
    let mut after = Box::new(*own);
    for leg in legs {
        let market = valuer.snapshot.market(leg.market).ok_or(Declined::NoMark)?;
        let contract = leg.contract.find(market).map_err(|_| Declined::NoMark)?;
        contract.mark(market, valuer.moment.now).map_err(|_| Declined::NoMark)?;
        valuer.buy_at_mark(&mut after, leg.market, &contract, -leg.lots).ok_or(Declined::Margin)?;
    }
    Ok(after)
}

/// Delta by market, µUSD.
fn inventory_of(valuer: &Valuer, account: &MarginAccount) -> Vec<(u16, i64)> {
    let reports = valuer.snapshot.market_reports(account, valuer.moment).unwrap_or_default();
    reports.iter().map(|market| (market.market, market.delta)).collect()
}

fn delta_in(inventory: &[(u16, i64)], market: u16) -> i64 {
    inventory.iter().find(|it| it.0 == market).map_or(0, |it| it.1)
}
