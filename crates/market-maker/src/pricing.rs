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

/// The price of a leg, given the delta that the maker has in its market.
fn leg_price(pricing: &Pricing, market: &Market, leg: &Wanted, inventory: i128, now: i64) -> Result<u64, Declined> {
    let contract = leg.contract.find(market).map_err(|_| Declined::NoMark)?;
    let mark = contract.mark(market, now).map_err(|_| Declined::NoMark)?.price;
    Ok(price_of(pricing, contract.kind, (mark, market.price), leg.lots, inventory))
}

/// The mark, with spread against the taker, and lower the more delta the maker has.
fn price_of(pricing: &Pricing, kind: PositionKind, (mark, index): (u64, u64), lots: i64, inventory: i128) -> u64 {
    let (mark, index) = (i128::from(mark), i128::from(index));
    let spread = if kind.is_option() {
        let of_mark = mark * i128::from(pricing.option_spread_basis_points) / WHOLE;
        of_mark.max(index * i128::from(pricing.option_spread_of_index) / (100 * WHOLE))
    } else {
        mark * i128::from(pricing.linear_spread_basis_points) / WHOLE
    };
    // A call gains with the index, a put loses; of how much each has, at the money is taken for all.
    let exposure = match kind {
        PositionKind::Put => -50,
        PositionKind::Call => 50,
        _ => 100,
    };
    let fullness = (inventory * WHOLE / i128::from(pricing.most_delta.max(1))).clamp(-WHOLE, WHOLE);
    let skew = -index * i128::from(pricing.delta_skew_basis_points) / WHOLE * fullness / WHOLE * exposure / 100;
    let against = if lots > 0 { spread + 1 } else { -spread - 1 };
    let price = mark + skew + against;
    u64::try_from(price.max(1)).unwrap_or(u64::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of 100,000 ticks.
    const INDEX: u64 = 100_000;

    /// What a taker pays and gets.
    fn sides(kind: PositionKind, mark: u64, inventory: i128) -> (u64, u64) {
        let pricing = Pricing { most_delta: 1_000_000, ..Pricing::default() };
        let price = |lots| price_of(&pricing, kind, (mark, INDEX), lots, inventory);
        (price(-1), price(1))
    }

    #[test]
    fn the_spread_is_of_the_mark_and_of_options_at_least_of_the_index() {
        // 2 basis points of the mark, and a tick for the rounding.
        assert_eq!(sides(PositionKind::Perpetual, 100_000, 0), (99_979, 100_021));
        assert_eq!(sides(PositionKind::Future, 110_000, 0), (109_977, 110_023));
        // 50 basis points of the mark.
        assert_eq!(sides(PositionKind::Call, 10_000, 0), (9_949, 10_051));
        // Half a basis point of the index is more than that.
        assert_eq!(sides(PositionKind::Put, 100, 0), (94, 106));
        assert_eq!(sides(PositionKind::Put, 3, 0), (1, 9), "no price is zero");
    }

    #[test]
    fn who_is_long_quotes_lower_what_gains_with_the_index_and_higher_what_loses() {
        // At the limit of delta 10 basis points of the index, for an option half of that.
        assert_eq!(sides(PositionKind::Perpetual, 100_000, 1_000_000), (99_879, 99_921));
        assert_eq!(sides(PositionKind::Perpetual, 100_000, -1_000_000), (100_079, 100_121));
        assert_eq!(sides(PositionKind::Perpetual, 100_000, 500_000), (99_929, 99_971));
        assert_eq!(sides(PositionKind::Call, 10_000, 1_000_000), (9_899, 10_001));
        assert_eq!(sides(PositionKind::Put, 10_000, 1_000_000), (9_999, 10_101));
        let beyond = sides(PositionKind::Perpetual, 100_000, 9_000_000);
        assert_eq!(beyond, (99_879, 99_921), "beyond the limit no further");
    }
}
