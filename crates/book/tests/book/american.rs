//! American exercise: the tree against published values, the bound against the tree.

use ballast_book::american::TreeOption;
use serde_json::json;

use crate::{assert_near, report};

/// American puts on a spot price of 40 at a rate of 0.0488: volatility, and for strikes 35, 40 and 45 the value at
/// 0.0833, 0.3333 and 0.5833 years. R. Geske and H. Johnson, "The American put option valued analytically", Journal of
/// Finance 39 (1984), table I, the numerical values; also N. Ju, Journal of Derivatives 7 (1999).
const PUTS: [(f64, [[f64; 3]; 3]); 3] = [
    (0.2, [[0.0062, 0.2004, 0.4329], [0.8523, 1.5799, 1.9905], [5.0000, 5.0884, 5.2671]]),
    (0.3, [[0.0775, 0.6977, 1.2199], [1.3102, 2.4828, 3.1698], [5.0598, 5.7058, 6.2438]]),
    (0.4, [[0.2467, 1.3463, 2.1553], [1.7686, 3.3878, 4.3529], [5.2870, 6.5101, 7.3832]]),
];

fn put(strike: f64, volatility: f64, years: f64) -> TreeOption {
    TreeOption { is_call: false, spot: 40.0, strike, volatility, rate: 0.0488, carry: 0.0488, years }
}

#[test]
fn tree_has_the_published_values() {
    for (volatility, rows) in PUTS {
        for (strike, row) in [35.0, 40.0, 45.0].into_iter().zip(rows) {
            for (years, published) in [0.0833, 0.3333, 0.5833].into_iter().zip(row) {
                let option = put(strike, volatility, years);
                // Trees of one step more and less lie on both sides of the value.
                let value = (option.american(1_000) + option.american(1_001)) / 2.0;
                assert!((value - published).abs() < 5e-4, "{option:?}: {value}, published {published}");
            }
        }
    }
}

#[test]
fn tree_without_early_exercise_has_the_european_value() {
    // J. Hull, Options, Futures, and Other Derivatives, example 15.6: S = 42, K = 40, r = 10 %, σ = 20 %, half a year.
    let call =
        TreeOption { is_call: true, spot: 42.0, strike: 40.0, volatility: 0.2, rate: 0.1, carry: 0.1, years: 0.5 };
    assert!((call.european(2_000) - 4.76).abs() < 0.005);
    let put = TreeOption { is_call: false, ..call };
    assert!((put.european(2_000) - 0.81).abs() < 0.005);
    // Without a yield a call is never exercised early.
    assert!((call.american(500) - call.european(500)).abs() < 1e-9);
}

#[test]
fn bound_is_never_below_the_tree() {
    let mut tightest = f64::MAX;
    for (rate, carry) in [(0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.05, -0.05), (0.1, 0.02), (0.02, 0.1), (0.0, -0.1)] {
        for volatility in [0.1, 0.3, 0.9] {
            for days in [1, 7, 90, 365] {
                let positions: Vec<_> = [60, 80, 95, 100, 105, 125, 160]
                    .iter()
                    .flat_map(|strike| {
                        ["call", "put"].map(
                            |kind| json!({ "kind": kind, "strike": strike, "quantity": -1, "exercise": "american" }),
                        )
                    })
                    .collect();
                let report = report(&json!({
                    "markets": [{
                        "name": "X",
                        "price": 100,
                        "expiries": [{
                            "name": "e", "days": days, "rate": rate, "carry": carry, "volatility": volatility,
                        }],
                        "positions": positions,
                    }],
                }));
                for position in &report.markets[0].positions {
                    let american = position.american.as_ref().unwrap();
                    let (bound, tree) = (american.bound.to_f64(), american.tree.to_f64());
                    // The tree swings around the value by what a step of it moves at the strike.
                    let swing = 100.0 * volatility * (f64::from(days) / 365.0).sqrt() / 500.0;
                    assert!(bound >= tree - swing, "{position:?} r {rate} b {carry} σ {volatility} {days} d");
                    assert!(bound >= american.intrinsic.to_f64() - 1e-5);
                    assert!(bound >= american.european.to_f64() - 1e-5);
                    tightest = tightest.min(bound - tree);
                    // A short one is owed at the bound.
                    assert_near(position.value, -bound, 1e-4);
                }
            }
        }
    }
    assert!(tightest < 0.01, "without rates the bound is the value");
}

#[test]
fn long_american_options_count_at_least_intrinsic_value_and_its_excess_in_no_excess() {
    let with = |exercise: &str| {
        report(&json!({
            "account": { "cash": 1000 },
            "markets": [{
                "name": "X",
                "price": 100,
                "expiries": [{ "name": "e", "days": 365, "rate": 0.1, "carry": 0.1, "volatility": 0.2 }],
                "positions": [{ "kind": "put", "strike": 150, "quantity": 2, "exercise": exercise }],
            }],
        }))
    };
    let (european, american) = (with("european"), with("american"));
    assert!(european.equity.options.to_f64() < 100.0);
    assert_near(american.equity.options, 100.0, 1e-4);
    for (european, american) in european.modes.iter().zip(&american.modes) {
        assert!(american.early_exercise.to_f64() > 0.0);
        assert_eq!(european.initial_excess, american.initial_excess);
        assert_eq!(european.maintenance_excess, american.maintenance_excess);
    }
}

#[test]
fn netting_never_costs_anything_between_american_positions() {
    let report = report(&json!({
        "markets": [{
            "name": "X",
            "price": 100,
            "expiries": [{ "name": "e", "days": 60, "rate": 0.05, "carry": 0.02, "volatility": 0.5 }],
            "positions": [
                { "kind": "put", "strike": 100, "quantity": -3, "exercise": "american" },
                { "kind": "put", "strike": 90, "quantity": 3, "exercise": "american" },
                { "kind": "call", "strike": 110, "quantity": -2, "exercise": "american" },
                { "kind": "future", "quantity": 2 },
            ],
        }],
    }));
    let requirements = report.modes.iter().map(|mode| mode.initial_requirement.to_f64());
    assert!(requirements.is_sorted_by(|above, below| above >= below));
}
