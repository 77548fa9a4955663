//! `--book`: a book of the user's own as a template.

use super::{
    TemporaryFile, assert_near, number, output,
    prices::{daily, step},
    report, result, run, series,
};

/// The standard straddle in other units: two of each option, at an index of 2,500.
const STRADDLE: &str = r#"{
    "description": "two straddles",
    "as_of": "2026-01-01T00:00:00Z",
    "account": { "cash": 1000 },
    "markets": [{
        "name": "ETH",
        "price": "2500.50",
        "expiries": [{ "name": "January", "at": "2026-01-31T00:00:00Z", "volatility": 0.9 }],
        "positions": [
            { "kind": "call", "strike": "2500.50", "quantity": -2, "volatility": 0.4 },
            { "kind": "put", "strike": "2500.50", "quantity": -2 }
        ]
    }]
}"#;

#[test]
fn a_book_is_opened_anew_at_the_prices_of_each_date() {
    let prices = output(&["generate-prices", "--seed", "7", "--days", "150"]);
    let file = TemporaryFile::with("json", STRADDLE);
    let options = ["--book", file.path(), "--books", "straddle", "--assets", "ETH", "--horizon", "2d"];
    let report = report(&prices, &options);
    let name = file.0.file_stem().and_then(|name| name.to_str()).expect("a name");
    assert_eq!(result(&report, name, "ETH", "cross")["holding"], "two straddles");
    let (own, standard) = (series(&report, name, "ETH"), series(&report, "straddle", "ETH"));
    assert_eq!(own.len(), 148);
    let scale = 2.0 * 2_500.5 / 100_000.0;
    for (own, standard) in own.iter().zip(standard) {
        assert_near(number(&own["loss"]), number(&standard["loss"]) * scale, 0.01);
        for mode in 0..3 {
            for kind in ["initial", "maintenance"] {
                assert_near(number(&own[kind][mode]), number(&standard[kind][mode]) * scale, 0.01);
            }
        }
    }
}

#[test]
fn parameters_of_the_book_apply() {
    let book = r#"{
        "parameters": { "linear": { "maintenance": 0, "initial": 0 }, "tails": [] },
        "markets": [{
            "name": "BTC", "price": 100000,
            "parameters": { PARAMETERS },
            "positions": [{ "kind": "perpetual", "quantity": 1 }]
        }]
    }"#;
    let prices = daily("BTC", &step(50_000.0, 20, 35_000.0, 3));
    let requirements = |parameters: &str| -> Vec<f64> {
        let file = TemporaryFile::with("json", &book.replace("PARAMETERS", parameters));
        let report = report(&prices, &["--book", file.path()]);
        let name = file.0.file_stem().and_then(|name| name.to_str()).expect("a name");
        series(&report, name, "BTC").iter().map(|date| number(&date["initial"][1])).collect()
    };
    // A range that is stated stays; one that is not moves between the floor and cap that are stated.
    assert!(requirements(r#""scan_range": 0.25"#).iter().all(|&required| (required - 25_000.0).abs() < 0.01));
    let dynamic = requirements(r#""scan_range_dynamics": { "floor": 0.2, "cap": 0.5, "fall_per_day": 0.1 }"#);
    assert_near(dynamic[19], 20_000.0, 0.01);
    assert_near(dynamic[20], 50_000.0, 0.01);
}

#[test]
fn a_book_that_cannot_be_replayed_says_why() {
    let prices = TemporaryFile::with("csv", "date,BTC\n2024-01-01,1\n2024-01-02,1\n2024-01-03,1\n");
    let cases = [
        ("{", "FILE: "),
        ("{}", "FILE: markets: is empty"),
        (
            r#"{"markets":[{"name":"XYZ","price":1}]}"#,
            "FILE: markets[0].name: is no asset of the price file, which has BTC",
        ),
        (r#"{"markets":[{"name":"BTC"}]}"#, "FILE: markets[0].price: is missing"),
        (
            r#"{"markets":[{"name":"BTC","price":1}],"collateral":[{"name":"BTC","amount":1,"price":1}]}"#,
            "FILE: collateral: is not replayed",
        ),
        (
            r#"{"markets":[{"name":"BTC","price":1,"expiries":[{"name":"a","days":1}]}]}"#,
            "FILE: markets[0].expiries[0]: expected seconds, days, or at with as_of, beyond the horizon",
        ),
        (
            r#"{"markets":[{"name":"BTC","price":1,"expiries":[{"name":"a","days":9,"forward":2}]}]}"#,
            "FILE: markets[0].expiries[0].forward: does not move with the history: state carry",
        ),
        (
            r#"{"markets":[{"name":"BTC","price":1,"parameters":{"scan_range_dynamics":{"cap":2}}}]}"#,
            "FILE: markets[0].parameters.scan_range_dynamics.cap: 2, expected 0.01 to 0.9",
        ),
        (
            r#"{"markets":[{"name":"BTC","price":1,"parameters":{"scan_range_dynamics":{"cap":0.3,"floor":0.4}}}]}"#,
            "FILE: markets[0].parameters.scan_range_dynamics.cap: is below the floor",
        ),
        (
            r#"{"markets":[{"name":"BTC","price":100,"positions":[{"kind":"perpetual","quantity":0}]}]}"#,
            "markets[0].positions[0].quantity: 0 is not a quantity",
        ),
    ];
    for (book, expected) in cases {
        let file = TemporaryFile::with("json", book);
        let output = run(&["backtest", "--prices", prices.path(), "--book", file.path()]);
        let complaint = String::from_utf8_lossy(&output.stderr).replace(file.path(), "FILE");
        assert_eq!(output.status.code(), Some(2), "{book}");
        assert!(complaint.contains(expected), "\"{complaint}\" does not say \"{expected}\"");
    }
}
