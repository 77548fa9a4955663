//! The worked example of docs/margin-model.md as an earlier version of the model had it, without discounts of their own
//! for long and short option value: its numbers come from a floating-point computation of another program.

use ballast_book::{Decimal, Report};
use serde_json::{Value, json};

use crate::{assert_near, report};

/// The report, with lots of so many decimals: nothing may depend on them.
fn example(quantity_decimals: u32) -> Report {
    let text = include_str!("../../../../examples/books/worked-example.json");
    let mut book: Value = serde_json::from_str(text).unwrap();
    book["parameters"] = json!({ "discount": { "rate_long": 0, "rate_short": 0 } });
    book["markets"][0]["quantity_decimals"] = json!(quantity_decimals);
    report(&book)
}

/// Profit by node, volatility up, flat and down.
const CORE: [[f64; 3]; 9] = [
    [-5_124.67, -4_281.81, -4_140.22],
    [-4_117.90, -2_880.04, -2_573.38],
    [-3_332.34, -1_648.46, -1_078.20],
    [-2_798.71, -663.59, 256.01],
    [-2_538.89, 0.00, 1_298.77],
    [-2_564.63, 283.15, 1_906.20],
    [-2_877.43, 152.38, 1_966.17],
    [-3_469.53, -395.90, 1_436.10],
    [-4_325.56, -1_337.75, 352.36],
];
/// Weighted profit in the tails.
const TAILS: [f64; 8] = [-5_067.38, -4_615.80, -5_241.24, -6_668.25, -7_490.74, -7_765.82, -7_903.37, -7_985.89];

#[test]
fn scenarios() {
    for quantity_decimals in 1..9 {
        has_scenarios(&example(quantity_decimals));
    }
}

fn has_scenarios(report: &Report) {
    let matrix = &report.markets[0].matrix;
    for (node, row) in CORE.iter().enumerate() {
        for (found, expected) in [&matrix.up, &matrix.flat, &matrix.down].into_iter().zip(row) {
            assert_profit(found[node].unwrap(), *expected);
        }
    }
    for (tail, expected) in TAILS.into_iter().enumerate() {
        assert_profit(matrix.up[9 + tail].unwrap(), expected);
        assert_eq!(matrix.flat[9 + tail], None);
    }
}

/// The engine takes the error bounds of both evaluations off a profit, up to four cents here, and adds nothing: what was
/// computed elsewhere is rounded to cents.
fn assert_profit(found: Decimal, expected: f64) {
    let short = expected - found.to_f64();
    assert!((-0.005..0.04).contains(&short), "found {found}, expected {expected} or up to four cents less");
}

#[test]
fn totals() {
    for quantity_decimals in 1..9 {
        has_totals(&example(quantity_decimals));
    }
}

fn has_totals(report: &Report) {
    let market = &report.markets[0];
    assert_near(report.equity.total, 70_400.0, 0.01);
    assert_near(market.positions[0].mark.unwrap(), 2_269.62, 0.01);
    assert_near(market.greeks.delta, 12_033.54, 0.01);
    assert_near(market.greeks.gamma, -2_391.61, 0.01);
    assert_near(market.greeks.vega, -96.45, 0.01);
    assert_near(market.greeks.theta, 78.88, 0.01);
    assert_near(market.greeks.rho, -21.12, 0.01);
    assert_eq!((market.binding.row, market.binding.node), ("up", 16));
    let [isolated, cross, portfolio] = &report.modes[..] else { panic!("three modes") };
    assert_eq!(cross.initial_requirement, portfolio.initial_requirement);
    assert_near(isolated.scan_loss, 19_929.90, 0.01);
    assert_near(cross.scan_loss, 7_985.90, 0.01);
    assert_near(cross.initial_requirement, 10_085.90, 0.01);
    assert_near(cross.maintenance_requirement, 7_888.72, 0.01);
    assert_near(cross.initial_excess, 52_734.10, 0.02);
    assert_near(cross.maintenance_excess, 56_511.28, 0.02);
    assert_near(cross.withdrawal_excess, 52_414.10, 0.02);
    assert_near(cross.gross_notional, 140_000.0, 0.01);
    assert_near(cross.leverage.unwrap(), 140_000.0 / 10_085.90, 0.001);
}
