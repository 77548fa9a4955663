//! Numbers and moments as people write them.

use ballast_book::{Decimal, Moment};
use proptest::prelude::*;
use serde_json::json;

use crate::report;

#[test]
fn decimals_are_taken_digit_by_digit() {
    for (text, shown) in [
        ("0.1", "0.1"),
        ("1e-3", "0.001"),
        ("-2.50", "-2.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("1E2", "100"),
        ("12.5e1", "125"),
        ("0.000", "0"),
        ("1234567890123456789.123456789", "1234567890123456789.123456789"),
    ] {
        assert_eq!(text.parse::<Decimal>().unwrap().to_string(), shown, "{text}");
    }
    for text in ["", "-", "1,000", "0x1", "1.2.3", "e5", "NaN", "1e", "١", "1e99", "1e-99"] {
        assert!(text.parse::<Decimal>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn decimals_survive_printing(digits in -10_i128.pow(27)..10_i128.pow(27), scale in 0..28_u32) {
        let decimal = Decimal::new(digits, scale);
        prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = ballast_book::parse(&text);
        let _ = text.parse::<Decimal>();
        let _ = Moment::parse(&text);
    }

    #[test]
    fn no_numbers_make_the_calculator_panic(
        numbers in prop::array::uniform12(prop_oneof![
            -10_i64..1_000_000, Just(i64::MAX), Just(0), 1_i64..100
        ]),
        scale in 0_u32..8,
    ) {
        let number = |index: usize| Decimal::new(i128::from(numbers[index]), scale).to_string();
        let text = json!({
            "account": { "cash": number(0) },
            "parameters": { "scan_range": number(1) },
            "markets": [{
                "name": "M",
                "price": number(2),
                "expiries": [{
                    "name": "e", "days": number(3), "forward": number(4), "rate": number(5), "volatility": number(6),
                }],
                "positions": [
                    { "kind": "call", "strike": number(7), "quantity": number(8) },
                    { "kind": "perpetual", "quantity": number(9), "entry": number(10) },
                ],
            }],
            "collateral": [{ "name": "C", "amount": number(11), "price": number(2) }],
        }).to_string();
        if let Ok(book) = ballast_book::parse(&text) {
            let _ = ballast_book::evaluate(&book);
        }
    }
}

#[test]
fn numbers_and_strings_are_the_same() {
    let with = |quantity: serde_json::Value| {
        report(&json!({ "markets": [{
            "name": "BTC", "price": "100000.10", "positions": [{ "kind": "perpetual", "quantity": quantity }],
        }] }))
    };
    assert_eq!(with(json!(0.3)), with(json!("0.30")));
}

#[test]
fn moments_are_read() {
    for (text, seconds) in [
        ("0", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-27T08:00:00Z", 1_795_766_400),
        ("2026-11-27T09:30:00.250+01:30", 1_795_766_400),
        ("2024-02-29T23:59:59-00:00", 1_709_251_199),
        ("1795766400", 1_795_766_400),
    ] {
        assert_eq!(Moment::parse(text).map(|moment| moment.unix_seconds), Some(seconds), "{text}");
    }
    for text in [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-27",
        "2026-11-27T08:00:00",
        "now",
        "2026-11-27T25:00:00Z",
    ] {
        assert_eq!(Moment::parse(text), None, "{text}");
    }
}

#[test]
fn the_ways_to_state_an_expiry_agree() {
    let with = |expiry: serde_json::Value| {
        let mut expiry = expiry;
        expiry["name"] = json!("e");
        expiry["volatility"] = json!(0.5);
        report(&json!({
            "as_of": "2026-11-20T08:00:00Z",
            "markets": [{
                "name": "BTC", "price": 100000, "expiries": [expiry],
                "positions": [
                    { "kind": "call", "strike": 105000, "quantity": 1 },
                    { "kind": "future", "quantity": -1 },
                ],
            }],
        }))
    };
    let stated = with(json!({ "seconds": 864000, "basis": 0 }));
    assert_eq!(with(json!({ "days": 10 })), stated);
    assert_eq!(with(json!({ "at": "2026-11-30T08:00:00Z", "forward": 100000 })), stated);
    assert_eq!(with(json!({ "at": 1796025600, "discount": 1 })), stated);
    let discounted = with(json!({ "days": 365, "rate": 0.05, "carry": 0.02 }));
    let other = with(json!({ "days": 365, "discount": 0.951229424500714, "forward": 102020.134002676 }));
    let difference = discounted.equity.options.to_f64() - other.equity.options.to_f64();
    assert!(difference.abs() < 1e-3, "{difference}");
}

#[test]
fn decimals_of_ticks_and_lots_are_chosen_or_stated() {
    let with = |market: serde_json::Value| {
        let mut market = market;
        market["name"] = json!("M");
        report(&json!({ "markets": [market] })).markets.remove(0)
    };
    let bonk = with(json!({ "price": 0.00002154, "positions": [{ "kind": "perpetual", "quantity": 100000000 }] }));
    assert_eq!((bonk.price_decimals, bonk.quantity_decimals), (12, 0));
    let btc = with(json!({ "price": 100000, "positions": [{ "kind": "perpetual", "quantity": 0.123456 }] }));
    assert_eq!((btc.price_decimals, btc.quantity_decimals), (2, 6));
    let stated = with(json!({ "price": 100000, "price_decimals": 1, "quantity_decimals": 3 }));
    assert_eq!((stated.price_decimals, stated.quantity_decimals), (1, 3));
}
