//! What contracts and scenarios are called.

use ballast::events::LegFilled;
use ballast_harness::Exchange;
use ballast_risk::scenario::ScenarioIndex;
use ballast_state::{Market, PositionKind};
use serde::Serialize;

use crate::figures::{self, Money};

/// A market's name.
pub fn market_name(market: &Market) -> String {
    String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned()
}

/// A price of a market.
pub fn price(market: &Market, ticks: u64) -> Money {
    figures::price(ticks, market.price_decimals)
}

/// A filled leg.
#[derive(Serialize)]
pub struct Fill {
    contract: String,
    /// Bought by the first account; negative: sold by it.
    lots: i64,
    /// A lot is 10^-`quantity_decimals` of the underlying.
    quantity_decimals: u8,
    price: Money,
}

/// A contract as traders call it: "BTC 110,000 call (30 days)".
pub fn contract_name(exchange: &Exchange, market: &Market, kind: u8, number: u32) -> String {
    let name = market_name(market);
    if kind == PositionKind::Perpetual as u8 {
        return format!("{name} perpetual");
    }
    let days_of = |slot: u8| {
        let expiry = market.expiries.get(usize::from(slot));
        expiry.map_or(0, |expiry| (expiry.expires_at - exchange.chain.now() + 43_200) / 86_400)
    };
    let Some(series) = market.series.iter().find(|series| series.number == number) else {
        return format!("{name} contract {number}");
    };
    let kind = if kind == PositionKind::Call as u8 { "call" } else { "put" };
    let strike = figures::decimal(i128::from(series.strike), u32::from(market.price_decimals), 0);
    format!("{name} {strike} {kind} ({} days)", days_of(series.expiry_slot))
}

impl Fill {
    /// What an event says, with names instead of numbers.
    pub fn new(exchange: &Exchange, event: &LegFilled) -> Self {
        let market = exchange.market(event.market);
        Self {
            contract: contract_name(exchange, &market, event.kind, event.number),
            lots: event.quantity,
            quantity_decimals: market.quantity_decimals,
            price: price(&market, event.price),
        }
    }

    /// From the point of view of the first account: "sells 2 BTC 110,000 call (30 days) at 3,451.20".
    pub fn in_words(&self) -> String {
        let Self { contract, lots, quantity_decimals, price } = self;
        let verb = if *lots < 0 { "sells" } else { "buys" };
        format!("{verb} {} {contract} at {price}", figures::quantity(lots.abs(), *quantity_decimals))
    }
}

/// The scenario that decides a loss, with the moves of this market: "-16 %, volatility up".
pub fn binding_scenario(market: &Market, binding: ScenarioIndex) -> String {
    match (binding.row, binding.node) {
        (ScenarioIndex::SKEW, 0) => return "smile tilted".to_owned(),
        (ScenarioIndex::SKEW, _) => return "smile bent".to_owned(),
        (ScenarioIndex::BASIS, _) => return "basis shock".to_owned(),
        _ => {}
    }
    let node = usize::from(binding.node);
    let scenarios = market.scenarios.set();
    let shift = i64::from(scenarios.price_factor(node)) - (1 << 28);
    let sign = if shift > 0 { "+" } else { "" };
    let volatility = ["up", "unchanged", "down"].get(usize::from(binding.row)).unwrap_or(&"?");
    let words =
        format!("{sign}{} %, volatility {volatility}", figures::round_percent(figures::basis_points(shift, 28)));
    match node.checked_sub(scenarios.shape.core_nodes).and_then(|tail| market.scenarios.tail_weights.get(tail)) {
        Some(&weight) => {
            let weight = figures::round_percent(figures::basis_points(i64::from(weight), 30));
            format!("{words}, counted {weight} %")
        }
        None => words,
    }
}
