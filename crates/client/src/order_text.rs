//! Orders in words, for whoever is to sign one.

use core::fmt::Write as _;

use ballast_state::{Contract, Order, OrderLeg, OrderRole, PositionKind};

use crate::Snapshot;

/// Says what an order would do, every field of it, in lines to read before signing. Amounts are in US dollars, quantities in
/// units of the underlying. What the snapshot does not know stays a number.
pub fn describe(order: &Order, snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let role = match order.role {
        OrderRole::Taking => "Taking order: filled at the other side's prices, within these limits.",
        OrderRole::Resting => "Resting order: filled at exactly these prices.",
    };
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    line(role.to_owned());
    for leg in &order.legs {
        line(leg_text(order, leg, snapshot));
    }
    if let Some(limit) = order.net_limit {
        let side = if limit < 0 { "brings at least" } else { "costs at most" };
        line(format!("Each package {side} {} USD in all.", dollars(limit.unsigned_abs())));
    }
    line(format!("Packages: {}, at least {} at a time.", order.size, order.minimum_fill));
    line(match order.maximum_fee {
        u64::MAX => "Fees: whatever the exchange charges.".to_owned(),
        fee => format!("Fees: at most {} USD.", dollars(fee)),
    });
    if order.is_reduce_only {
        line("Only reduces positions.".to_owned());
    }
    if order.claims_rebates {
        line("Claims rebates.".to_owned());
    }
    line(match order.counterparty {
        Some(account) => format!("Only with account {account}."),
        None => "With any account of another owner.".to_owned(),
    });
    line(format!("Ends at Unix second {}; nonce {}.", order.expires_at, order.nonce));
    line(format!("Account {} of exchange {}, domain {}.", order.account, order.exchange, hex(&order.domain)));
    text
}

fn leg_text(order: &Order, leg: &OrderLeg, snapshot: &Snapshot) -> String {
    let market = snapshot.markets().map(|(_, market)| market).find(|market| market.number == leg.market);
    let (price_decimals, quantity_decimals) =
        market.map_or((0, 0), |market| (market.price_decimals, market.quantity_decimals));
    let name = market.map_or_else(
        || format!("market {}", leg.market),
        |market| String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned(),
    );
    let contract = match (market, &leg.contract) {
        (_, contract) if contract.kind == PositionKind::Perpetual as u8 => "perpetual".to_owned(),
        (Some(market), contract) => listed_text(market, contract, price_decimals),
        (None, contract) => format!("contract {} {}", contract.kind, contract.number),
    };
    let side = if leg.ratio > 0 { "Buys" } else { "Sells" };
    let quantity = decimal(u64::from(leg.ratio.unsigned_abs()), quantity_decimals);
    let price = match (order.net_limit, order.role) {
        (Some(_), _) => String::new(),
        (None, OrderRole::Resting) => format!(" at {} USD", decimal(leg.price, price_decimals)),
        (None, OrderRole::Taking) => {
            let bound = if leg.ratio > 0 { "most" } else { "least" };
            format!(" at {bound} {} USD", decimal(leg.price, price_decimals))
        }
    };
    format!("{side} {quantity} {name} {contract}{price}.")
}

fn listed_text(market: &ballast_state::Market, contract: &Contract, decimals: u8) -> String {
    let expiry_text = |slot: u8| {
        let expiry = market.expiries.get(usize::from(slot));
        expiry.map_or_else(String::new, |expiry| format!(" of Unix second {}", expiry.expires_at))
    };
    if contract.kind == PositionKind::Future as u8 {
        return format!("future{}", expiry_text(contract.slot));
    }
    let kind = if contract.kind == PositionKind::Call as u8 { "call" } else { "put" };
    match market.series(contract.slot, contract.number) {
        Some(series) => format!("{} {kind}{}", decimal(series.strike, decimals), expiry_text(series.expiry_slot)),
        None => format!("{kind} {}", contract.number),
    }
}

/// µUSD as dollars.
fn dollars(amount: u64) -> String {
    decimal(amount, 6)
}

/// A number of units of 10^-decimals, without zeros at its end.
fn decimal(number: u64, decimals: u8) -> String {
    let digits = format!("{number:0width$}", width = usize::from(decimals) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(decimals));
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (number, decimals, text) in [
            (0, 0, "0"),
            (0, 6, "0"),
            (1, 6, "0.000001"),
            (1_500_000, 6, "1.5"),
            (120, 0, "120"),
            (u64::MAX, 2, "184467440737095516.15"),
        ] {
            assert_eq!(decimal(number, decimals), text);
        }
    }
}
