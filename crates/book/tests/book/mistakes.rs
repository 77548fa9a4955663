//! Mistakes: every message names the field, the value, and what is accepted.

use serde_json::{Value, json};

use crate::mistake;

fn market(change: impl FnOnce(&mut Value)) -> Value {
    let mut book = json!({
        "markets": [{
            "name": "BTC",
            "price": 100000,
            "expiries": [{ "name": "e", "days": 30, "volatility": 0.5 }],
            "positions": [{ "kind": "call", "strike": 110000, "quantity": 1 }],
        }],
    });
    change(&mut book);
    book
}

#[track_caller]
fn assert_says(book: &Value, parts: &[&str]) {
    let message = mistake(book);
    for part in parts {
        assert!(message.contains(part), "\"{message}\" lacks \"{part}\"");
    }
}

#[test]
fn wrong_units_are_recognised() {
    let book = market(|book| book["markets"][0]["expiries"][0]["volatility"] = json!(50));
    assert_says(&book, &["markets[0].expiries[0].volatility", "50", "to 5", "50 % is 0.5"]);
    let book = market(|book| book["parameters"]["scan_range"] = json!(16));
    assert_says(&book, &["parameters.scan_range", "16", "0.01 to 0.9", "16 % is 0.16"]);
    let book = market(|book| book["markets"][0]["positions"][0]["volatility"] = json!("62"));
    assert_says(&book, &["markets[0].positions[0].volatility", "62 % is 0.62"]);
}

#[test]
fn unknown_fields_are_refused_with_a_suggestion() {
    assert_says(&market(|book| book["marktes"] = json!([])), &["marktes", "did you mean `markets`?"]);
    let book = market(|book| book["markets"][0]["expiries"][0]["volatilty"] = json!(0.5));
    assert_says(&book, &["markets[0].expiries[0].volatilty", "did you mean `volatility`?"]);
    let book = market(|book| book["markets"][0]["positions"][0]["kind"] = json!("cal"));
    assert_says(&book, &["markets[0].positions[0].kind", "did you mean `call`?"]);
    assert_says(&market(|book| book["account"]["mode"] = json!("cros")), &["account.mode", "did you mean `cross`?"]);
}

#[test]
fn values_out_of_range_are_named_with_their_range() {
    let set = |pointer: &str, value: Value| {
        market(|book| {
            book["markets"][0]["parameters"] = json!({});
            book["account"] = json!({});
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            book.pointer_mut(parent).unwrap()[field] = value;
        })
    };
    for (pointer, value, path, expected) in [
        ("/markets/0/price", json!(0), "markets[0].price", "is not a price"),
        ("/markets/0/price", json!(-5), "markets[0].price", "-5"),
        ("/markets/0/positions/0/strike", json!(0), "markets[0].positions[0].strike", "is not a price"),
        ("/markets/0/positions/0/quantity", json!(0), "markets[0].positions[0].quantity", "not zero"),
        ("/markets/0/positions/0/quantity", json!(1e12), "markets[0].positions[0].quantity", "within ±"),
        ("/markets/0/expiries/0/days", json!(-1), "markets[0].expiries[0].days", "0 to 2555"),
        ("/markets/0/expiries/0/forward", json!(1), "markets[0].expiries[0].forward", "times the index"),
        ("/markets/0/expiries/0/rate", json!(3), "markets[0].expiries[0].rate", "-1 to 1"),
        ("/markets/0/expiries/0/discount", json!(1.5), "markets[0].expiries[0].discount", "at most 1"),
        ("/markets/0/parameters/core_nodes", json!(8), "markets[0].parameters.core_nodes", "odd"),
        ("/markets/0/parameters/core_nodes", json!(13), "markets[0].parameters.core_nodes", "3 to 11"),
        ("/markets/0/parameters/core_nodes", json!(9.5), "markets[0].parameters.core_nodes", "whole number"),
        (
            "/markets/0/parameters/tails",
            json!([{ "move": -1, "weight": 0.5 }]),
            "parameters.tails[0].move",
            "-0.99 to 6",
        ),
        ("/markets/0/parameters/tails", json!([{ "move": 1, "weight": 2 }]), "parameters.tails[0].weight", "0 to 1"),
        ("/markets/0/parameters/cells", json!({ "up": [0.05] }), "parameters.cells.up[0]", "9 equal steps"),
        ("/markets/0/parameters/skew", json!({ "base": -1 }), "parameters.skew.base", "0 to 2"),
        ("/account/maintenance_factor", json!(1.5), "account.maintenance_factor", "0.1 to 1"),
        ("/account/peg_factor", json!(99), "account.peg_factor", "0 to 15"),
    ] {
        assert_says(&set(pointer, value), &[path, expected]);
    }
}

#[test]
fn contradictions_are_named() {
    let book = market(|book| book["markets"][0]["expiries"][0]["seconds"] = json!(100));
    assert_says(&book, &["markets[0].expiries[0]", "\"seconds\", \"days\" or \"at\""]);
    let book = market(|book| book["markets"][0]["expiries"][0]["surface"] = json!({}));
    assert_says(&book, &["markets[0].expiries[0].volatility", "surface"]);
    let book = market(|book| book["markets"][0]["positions"][0]["expiry"] = json!("f"));
    assert_says(&book, &["markets[0].positions[0].expiry", "\"f\"", "\"e\""]);
    let book = market(|book| book["markets"][0]["positions"][0]["entry"] = json!(5));
    assert_says(&book, &["markets[0].positions[0].entry", "means nothing for a call"]);
    let book = market(|book| {
        book["markets"][0]["positions"] =
            json!([{ "kind": "perpetual", "quantity": 1 }, { "kind": "perpetual", "quantity": 2 }]);
    });
    assert_says(&book, &["markets[0].positions[1]", "positions[0]"]);
    let book = market(|book| {
        book["markets"][0]["expiries"][0].as_object_mut().unwrap().remove("volatility");
    });
    assert_says(&book, &["markets[0].positions[0].volatility", "is missing"]);
    let book = market(|book| book["collateral"] = json!([{ "name": "ETH", "amount": 1, "price": 1, "hedge": 1 }]));
    assert_says(&book, &["collateral[0].hedge_market", "\"ETH\"", "\"BTC\""]);
    let book = market(|book| book["markets"][0]["group"] = json!("alts"));
    assert_says(&book, &["markets[0].group", "alts", "\"default\""]);
    let book = market(|book| {
        let other = json!({ "name": "ETH", "price": 4000, "parameters": { "core_nodes": 11 } });
        book["markets"].as_array_mut().unwrap().push(other);
    });
    assert_says(&book, &["markets", "\"BTC\" and \"ETH\"", "different nodes"]);
    let book = market(|book| {
        book["groups"] = json!([{ "name": "g", "correlation": 1 }]);
        book["markets"].as_array_mut().unwrap().push(json!({ "name": "ETH", "price": 4000 }));
    });
    assert_says(&book, &["groups[0].correlations", "positive definite"]);
}

#[test]
fn an_arbitrageable_surface_is_refused() {
    let book = market(|book| {
        let expiry = &mut book["markets"][0]["expiries"][0];
        *expiry = json!({
            "name": "e", "days": 30, "surface": { "essvi": { "volatility": 0.5, "rho": -0.5, "curvature": 3 } },
        });
    });
    assert_says(&book, &["markets[0].expiries[0].surface.essvi", "negative probability"]);
}

#[test]
fn text_that_is_not_json_is_located() {
    let message = ballast_book::parse("{\n  \"account\": {,}\n}").unwrap_err().to_string();
    assert!(message.contains("line 2"), "{message}");
    let message = ballast_book::parse("{\"markets\": [{\"name\": \"A\"}, {\"price\": \"ten\"}]}").unwrap_err();
    assert_eq!(message.path, "markets[1].price");
    assert!(message.problem.contains("\"ten\""), "{message}");
    let message = ballast_book::parse("{\"markets\": [{\"positions\": [{\"kind\": \"cal\"}]}]}").unwrap_err();
    assert_eq!(message.path, "markets[0].positions[0].kind");
    let message = ballast_book::parse("{\"parameters\": {\"tails\": [{\"move\": 1}]}}").unwrap_err();
    assert_eq!(message.path, "parameters.tails[0]");
    assert!(message.problem.contains("weight"), "{message}");
}
