//! What contracts and scenarios are called.

use ballast::events::LegFilled;
use ballast_harness::Exchange;
use ballast_risk::report::MarketReport;
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

/// The scenario that decides a market's loss: "-16 %, volatility up".
pub fn binding_scenario(market: &Market, risk: &MarketReport) -> String {
    let node = usize::from(risk.binding_node);
    let core_nodes = usize::from(market.parameters.core_nodes);
    let factor = market.scenarios.price_factors.get(node).copied().unwrap_or(1 << 28);
    let shift = i64::from(factor) - (1 << 28);
    let sign = if shift > 0 { "+" } else { "" };
    let volatility = ["up", "unchanged", "down"].get(usize::from(risk.binding_row)).unwrap_or(&"?");
    let words =
        format!("{sign}{} %, volatility {volatility}", figures::round_percent(figures::basis_points(shift, 28)));
    match node.checked_sub(core_nodes).and_then(|tail| market.parameters.tail_weights.get(tail)) {
        Some(&weight) => {
            let weight = figures::round_percent(figures::basis_points(i64::from(weight), 30));
            format!("{words}, counted {weight} %")
        }
        None => words,
    }
}
