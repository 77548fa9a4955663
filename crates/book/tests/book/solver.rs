//! The largest trade and withdrawal: one lot more is too much.

use serde_json::{Value, json};

use crate::report;

fn with(positions: &Value, cash: &str, solve: &Value) -> Value {
    json!({
        "account": { "cash": cash },
        "markets": [{
            "name": "BTC",
            "price": 100000,
            "price_decimals": 2,
            "quantity_decimals": 5,
            "expiries": [{ "name": "e", "days": 20, "carry": 0.03, "rate": 0.03, "volatility": 0.5 }],
            "positions": positions,
        }],
        "collateral": [{ "name": "ETH", "amount": 10, "price": 4000 }],
        "solve": solve,
    })
}

#[test]
fn the_largest_trade_fits_and_a_lot_more_does_not() {
    for trade in [
        json!({ "side": "sell", "kind": "call", "strike": 110000, "price": 1500 }),
        json!({ "side": "buy", "kind": "perpetual", "price": 100000 }),
        json!({ "side": "sell", "kind": "future", "expiry": "e", "price": 100100 }),
    ] {
        let none = json!([]);
        let found = report(&with(&none, "30000", &json!({ "largest_trade": trade })));
        let solution = found.solutions.largest_trade.unwrap();
        assert_eq!(solution.limited_by, "initial margin");
        let quantity = solution.quantity.to_f64();
        assert!(quantity != 0.0);
        let excess_at = |quantity: f64| {
            let quantity = format!("{quantity:.5}");
            let price = trade["price"].as_f64().unwrap();
            let mut position = trade.clone();
            let fields = position.as_object_mut().unwrap();
            fields.remove("side");
            fields.remove("price");
            fields.insert("quantity".to_owned(), json!(quantity));
            let is_option = trade["kind"] == "call";
            if !is_option {
                fields.insert("entry".to_owned(), json!(price));
            }
            let premium = if is_option { quantity.parse::<f64>().unwrap() * price } else { 0.0 };
            let cash = format!("{:.6}", 30_000.0 - premium);
            report(&with(&json!([position]), &cash, &json!({}))).modes[2].initial_excess.to_f64()
        };
        let lot = if quantity > 0.0 { 0.00001 } else { -0.00001 };
        assert!((excess_at(quantity) - solution.initial_excess.to_f64()).abs() < 1e-5, "{trade}");
        assert!(excess_at(quantity) >= 0.0, "{trade}");
        assert!(excess_at(quantity + lot) < 0.0, "{trade}");
    }
}

#[test]
fn what_is_held_counts_and_closing_releases_margin() {
    let held = json!([{ "kind": "perpetual", "quantity": 0.5, "entry": 98000 }]);
    let largest = |side: &str| {
        let solve = json!({ "largest_trade": { "side": side, "kind": "perpetual" } });
        report(&with(&held, "30000", &solve)).solutions.largest_trade.unwrap().quantity.to_f64()
    };
    let alone = report(&with(&json!([]), "30000", &json!({ "largest_trade": { "kind": "perpetual" } })));
    let alone = alone.solutions.largest_trade.unwrap().quantity.to_f64();
    // Gains of 1,000 count at 80 %, or in full once they are cash.
    assert!((largest("buy") - (alone - 0.5 + 800.0 / 20_000.0)).abs() < 1e-3);
    assert!((-largest("sell") - (alone + 0.5 + 1_000.0 / 20_000.0)).abs() < 0.02);
}

#[test]
fn buying_options_is_limited_by_cash() {
    let solve = json!({ "largest_trade": { "side": "buy", "kind": "put", "strike": 90000, "price": 2000 } });
    let solution = report(&with(&json!([]), "10000", &solve)).solutions.largest_trade.unwrap();
    assert_eq!(solution.limited_by, "cash");
    assert_eq!(solution.quantity.to_string(), "5");
}

#[test]
fn the_largest_withdrawal_leaves_nothing_over() {
    let held = json!([{ "kind": "perpetual", "quantity": 2 }]);
    for of in ["cash", "ETH"] {
        let book = with(&held, "30000", &json!({ "largest_withdrawal": { "of": of } }));
        let report = report(&book);
        let solution = report.solutions.largest_withdrawal.clone().unwrap();
        let excess = report.modes[2].withdrawal_excess.to_f64();
        let worth = if of == "cash" { 1.0 } else { 4_000.0 * 0.85 };
        assert_eq!(solution.limited_by, "withdrawal excess");
        assert!((solution.amount.to_f64() - excess / worth).abs() < 2e-6, "{of}");
        assert!(solution.withdrawal_excess.to_f64() >= 0.0);
    }
    let free = report(&with(&json!([]), "30000", &json!({ "largest_withdrawal": {} })));
    assert_eq!(free.solutions.largest_withdrawal.unwrap().amount.to_string(), "30000");
}
