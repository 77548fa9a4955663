//! What contracts and scenarios are called.

use ballast::events::LegFilled;
use ballast_harness::Exchange;
use ballast_risk::{MarketReport, Ratio};
use ballast_state::{Market, PositionKind};

use crate::figures;

/// A market's name.
pub fn market_name(market: &Market) -> String {
    String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned()
}

/// A price in dollars.
pub fn price(market: &Market, ticks: u64) -> String {
    figures::decimal(i128::from(ticks), u32::from(market.price_decimals), 2)
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

/// A fill from the point of view of the first account: "sells 2 BTC 110,000 call (30 days) at 3,451.20".
pub fn fill_in_words(exchange: &Exchange, fill: &LegFilled) -> String {
    let market = exchange.market(fill.market);
    let verb = if fill.quantity < 0 { "sells" } else { "buys" };
    let quantity = figures::quantity(fill.quantity.abs(), market.quantity_decimals);
    let contract = contract_name(exchange, &market, fill.kind, fill.number);
    format!("{verb} {quantity} {contract} at {}", price(&market, fill.price))
}

/// The scenario that decides a market's loss: "-16 %, volatility up".
pub fn binding_scenario(market: &Market, risk: &MarketReport) -> String {
    let node = usize::from(risk.binding_node);
    let core_nodes = usize::from(market.parameters.core_nodes);
    let factor = market.scenarios.price_factors.get(node).copied().unwrap_or(1 << 28);
    let shift = i64::from(factor) - (1 << 28);
    let sign = if shift > 0 { "+" } else { "" };
    let volatility = ["up", "unchanged", "down"].get(usize::from(risk.binding_row)).unwrap_or(&"?");
    let words = format!("{sign}{} %, volatility {volatility}", figures::ratio_percent(shift, 28));
    match node.checked_sub(core_nodes).and_then(|tail| market.parameters.tail_weights.get(tail)) {
        Some(&weight) => {
            let weight = figures::ratio_percent(i64::from(Ratio::from_bits(weight).to_bits()), 30);
            format!("{words}, counted {weight} %")
        }
        None => words,
    }
}
