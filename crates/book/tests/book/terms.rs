//! Terms of the model, each against its formula computed here from what the book states.

use serde_json::{Value, json};

use crate::{assert_near, report};

fn perpetual(quantity: f64, market: &Value, account: &Value) -> Value {
    let mut stated = json!({
        "name": "BTC",
        "price": 100000,
        "positions": [{ "kind": "perpetual", "quantity": quantity }],
    });
    for (name, value) in market.as_object().unwrap() {
        stated[name] = value.clone();
    }
    json!({ "account": account, "markets": [stated] })
}

fn with_market(market: Value) -> Value {
    perpetual(1.0, &market, &json!({}))
}

#[test]
fn confidence_charges_for_the_missing_quality() {
    let charge =
        |confidence: Value| report(&with_market(json!({ "confidence": confidence }))).modes[2].charges.confidence;
    assert_near(charge(json!({ "spot": 0.4 })), 0.6 * 0.05 * 100_000.0, 0.01);
    assert_near(charge(json!({ "spot": 0.9, "perpetual": 0.2 })), 0.8 * 0.05 * 100_000.0, 0.01);
    assert_near(charge(json!({ "of_price": 0.012 })), 0.6 * 0.05 * 100_000.0, 0.01);
    assert!(charge(json!({ "spot": 0.56 })).is_zero());
}

#[test]
fn options_take_the_worst_of_their_feeds() {
    let report = report(&json!({
        "markets": [{
            "name": "BTC",
            "price": 100000,
            "confidence": { "spot": 0.8, "perpetual": 0.1 },
            "expiries": [{
                "name": "e", "days": 30, "volatility": 0.5,
                "confidence": { "forward": 0.7, "volatility": 0.5, "rate": 0.6 },
            }],
            "positions": [
                { "kind": "call", "strike": 120000, "quantity": 2 },
                { "kind": "put", "strike": 80000, "quantity": -1 },
            ],
        }],
    }));
    assert_near(report.modes[2].charges.confidence, 0.5 * 0.05 * 300_000.0, 0.01);
    assert_eq!(report.markets[0].expiries[0].quality.to_string(), "0.5");
}

#[test]
fn concentration_grows_up_to_its_cap() {
    let charge = |quantity: f64, rates: Value| {
        let parameters = json!({ "parameters": { "delta_concentration": rates } });
        report(&perpetual(quantity, &parameters, &json!({}))).modes[1].charges.delta_concentration
    };
    assert_near(charge(30.0, json!({})), 0.02 * 2_000_000.0, 0.1);
    assert_near(charge(-30.0, json!({ "free": 500_000, "slope": 0.2, "cap": 0.03 })), 0.03 * 2_500_000.0, 0.1);
    assert!(charge(10.0, json!({})).is_zero());
}

#[test]
fn the_initial_factor_grows_below_the_peg() {
    let report = report(&perpetual(1.0, &json!({}), &json!({ "quote_price": 0.97, "initial_factor": 1.1 })));
    assert_near(report.factors.initial, 1.1 + 0.02 * 4.0, 1e-8);
    assert_near(report.modes[2].initial_requirement, 1.18 * 16_000.0 + 4_000.0, 0.01);
    assert_near(report.modes[2].maintenance_requirement, 0.8 * 16_000.0 + 3_000.0, 0.01);
}

#[test]
fn maintenance_follows_a_rise_of_the_scan_range() {
    let market = json!({ "parameters": { "scan_range": 0.2, "maintenance_scan_range": 0.15 } });
    let report = report(&with_market(market));
    assert_near(report.modes[2].scan_loss, 20_000.0, 0.01);
    assert_near(report.modes[2].maintenance_loss, 15_000.0, 0.01);
}

#[test]
fn the_scan_range_follows_volatility() {
    let dynamics = json!({ "fast_volatility": 1.2, "slow_volatility": 0.9 });
    let of = |dynamics: Value| {
        report(&with_market(json!({ "parameters": { "scan_range_dynamics": dynamics } }))).markets[0].scan_range
    };
    assert_near(of(dynamics), 3.7 * 1.2 / 365_f64.sqrt(), 2e-6);
    assert_near(of(json!({ "fast_volatility": 0.2 })), 0.16, 1e-6);
    assert_near(of(json!({ "fast_volatility": 3, "deviations": 5 })), 0.6, 1e-6);
    // Half of the implied variance: 2.5 / √2.
    let implied = json!({ "implied_volatility": 2.5, "fast_volatility": 0.5 });
    assert_near(of(implied), 3.7 * 2.5 / 2_f64.sqrt() / 365_f64.sqrt(), 2e-6);
    // A fall of at most 5 % of itself a day.
    let falling = json!({ "fast_volatility": 0.1, "previous": 0.4, "elapsed_seconds": 43200 });
    assert_near(of(falling), 0.39, 1e-6);
}

#[test]
fn basis_shocks_move_an_expiry_by_itself() {
    let report = report(&json!({
        "markets": [{
            "name": "BTC",
            "price": 100000,
            "parameters": { "basis": { "down": 0.03, "up": 0.05, "add": 0.4, "per_year": 1.5 } },
            "expiries": [{ "name": "near", "days": 73 }, { "name": "far", "days": 292 }],
            "positions": [
                { "kind": "future", "expiry": "near", "quantity": 2 },
                { "kind": "future", "expiry": "far", "quantity": -2 },
            ],
        }],
    }));
    let near = 200_000.0 * 0.03 * (0.4 + 1.5 * 0.2);
    let far = 200_000.0 * 0.05 * (0.4 + 1.5 * 0.8);
    assert_near(report.markets[0].basis_loss, near + far, 0.01);
    assert_eq!(report.markets[0].binding.row, "basis");
    assert_near(report.modes[1].scan_loss, near + far, 0.01);
}

#[test]
fn volatility_rows_shift_widen_and_have_a_floor() {
    let rows = |volatility: Value, widening: f64| {
        let report = report(&json!({
            "markets": [{
                "name": "BTC",
                "price": 100000,
                "parameters": { "volatility": volatility },
                "expiries": [{ "name": "e", "days": 60, "volatility": 0.3, "widening": widening }],
                "positions": [{ "kind": "call", "strike": 100000, "quantity": 1 }],
            }],
        }));
        report.markets[0].positions[0].volatilities.unwrap().map(ballast_book::Decimal::to_f64)
    };
    let term = 0.5_f64.powf(0.13);
    let near = |found: [f64; 3], expected: [f64; 3]| {
        assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-6), "{found:?} {expected:?}");
    };
    near(rows(json!({ "up_floor": 0 }), 1.0), [0.3 * (1.0 + 0.5 * term), 0.3, 0.3 * (1.0 - 0.3 * term)]);
    near(rows(json!({ "up_floor": 0 }), 2.0), [0.3 * (1.0 + term), 0.3, 0.3 * (1.0 - 0.6 * term)]);
    near(rows(json!({ "up_floor": 0.7 }), 1.0), [0.7, 0.3, 0.3 * (1.0 - 0.3 * term)]);
    let absolute = json!({ "up": 0, "down": 0, "up_shift": 0.5, "down_shift": 0.25, "up_floor": 0 });
    near(rows(absolute, 1.0), [0.8, 0.3, 0.05]);
}

#[test]
fn gains_count_by_weight_and_cap() {
    let with = |cap: f64| {
        report(&json!({
            "markets": [{
                "name": "BTC",
                "price": 100000,
                "parameters": { "unsettled_gains": { "weight": 0.6, "cap": cap } },
                "positions": [{ "kind": "perpetual", "quantity": 1, "entry": 90000 }],
            }],
        }))
    };
    assert_near(with(1e6).modes[0].uncounted_gain, 4_000.0, 0.01);
    assert_near(with(5e3).modes[0].uncounted_gain, 5_000.0, 0.01);
    assert_near(with(5e3).modes[0].unwithdrawable, 5_000.0, 0.01);
}

#[test]
fn withdrawals_leave_option_value_out_that_was_not_paid_for() {
    let with = |premium: f64, vested: f64| {
        let report = report(&json!({
            "markets": [{
                "name": "BTC",
                "price": 100000,
                "vested_option_gain": vested,
                "expiries": [{ "name": "e", "days": 30, "volatility": 0.5 }],
                "positions": [{ "kind": "call", "strike": 100000, "quantity": 1, "premium": premium }],
            }],
        }));
        (report.equity.options.to_f64(), report.modes[2].unwithdrawable)
    };
    let (value, unpaid) = with(0.0, 0.0);
    assert_near(unpaid, value, 0.01);
    assert_near(with(3_000.0, 500.0).1, value - 3_500.0, 0.01);
    assert!(with(8_000.0, 0.0).1.is_zero());
}

#[test]
fn haircuts_follow_volatility_confidence_and_size() {
    let deposit = |stated: Value| {
        let mut deposit = json!({ "name": "BTC", "amount": 2, "price": 50000 });
        for (name, value) in stated.as_object().unwrap() {
            deposit[name] = value.clone();
        }
        report(&json!({ "collateral": [deposit] })).collateral.remove(0)
    };
    let dynamic = deposit(json!({ "haircut": { "volatility": 1.1, "confidence": 0.01, "deposits_of_cap": 0.75 } }));
    let without_size = 0.15 + 0.1 * 0.5 + 2.0 * 0.01;
    assert_near(dynamic.initial_haircut, (without_size + 0.2 * 0.25) * 100_000.0, 0.01);
    assert_near(dynamic.maintenance_haircut, 0.8 * without_size * 100_000.0, 0.01);
    let given = deposit(json!({ "initial_haircut": 0.13, "maintenance_haircut": 0.05 }));
    assert_near(given.initial_haircut, 13_000.0, 0.01);
    assert_near(given.maintenance_haircut, 5_000.0, 0.01);
    // Initial margin counts the stable price where it is lower.
    let spiked = deposit(json!({ "stable_price": 40000, "initial_haircut": 0.1 }));
    assert_near(spiked.initial_haircut, 100_000.0 - 0.9 * 80_000.0, 0.01);
    assert_near(deposit(json!({ "stale": true })).initial_haircut, 100_000.0, 0.01);
    assert_near(deposit(json!({ "class": "stablecoin" })).initial_haircut, 2_000.0, 0.01);
}

#[test]
fn a_declared_hedge_is_scanned_with_its_market() {
    let hedged = report(&json!({
        "markets": [{ "name": "BTC", "price": 100000, "positions": [{ "kind": "perpetual", "quantity": -1 }] }],
        "collateral": [{ "name": "BTC", "amount": 1.5, "hedge": 1, "price": 100000 }],
    }));
    assert_near(hedged.modes[2].scan_loss, 0.0, 0.001);
    assert_near(hedged.modes[0].scan_loss, 32_000.0, 0.01);
    // Half a coin at the ordinary haircut, one at the liquidity haircut.
    assert_near(hedged.modes[2].initial_haircut, 0.15 * 50_000.0 + 0.03 * 100_000.0, 0.01);
}

#[test]
fn averaging_fixes_part_of_the_forward() {
    let report = report(&json!({
        "markets": [{
            "name": "BTC",
            "price": 100000,
            "expiries": [{ "name": "e", "seconds": 450, "averaging": { "price": 98000 } }],
            "positions": [{ "kind": "future", "quantity": 1 }],
        }],
    }));
    let expiry = &report.markets[0].expiries[0];
    assert_near(expiry.forward, 0.25 * 100_000.0 + 0.75 * 98_000.0, 0.01);
    assert_near(expiry.moving_forward, 25_000.0, 0.01);
    assert_near(report.modes[2].scan_loss, 0.16 * 25_000.0, 0.01);
}

#[test]
fn a_narrow_butterfly_cannot_hide_between_two_nodes() {
    let text = include_str!("../../../../examples/books/near-expiry-butterfly.json");
    let report = ballast_book::evaluate(&ballast_book::parse(text).unwrap()).unwrap();
    let market = &report.markets[0];
    assert!(market.expiries[0].is_near);
    // At the middle strike the sold butterfly owes its width; before, it was owed what it is worth now.
    assert_near(market.scan_loss, 500.0 + market.option_value.to_f64(), 0.5);
}

#[test]
fn markets_of_a_group_meet_in_the_joint_scenario() {
    let text = include_str!("../../../../examples/books/cross-asset-pair.json");
    for window in 0..=8_usize {
        let mut book: Value = serde_json::from_str(text).unwrap();
        book["groups"][0]["window"] = json!(window);
        let report = report(&book);
        let losses = |row: fn(&ballast_book::report::Matrix) -> &Vec<Option<ballast_book::Decimal>>| {
            let of = |market: usize| {
                row(&report.markets[market].matrix).iter().map(|profit| profit.map(|profit| -profit.to_f64()))
            };
            (of(0).collect::<Vec<_>>(), of(1).collect::<Vec<_>>())
        };
        let counted = |losses: &[Option<f64>], node: usize| {
            let nodes = node.saturating_sub(window)..=(node + window).min(8);
            let worst = nodes.filter_map(|node| losses[node]).fold(f64::MIN, f64::max);
            if worst < 0.0 { 0.6 * worst } else { worst }
        };
        let mut joint = 0.0_f64;
        for (one, other) in [losses(|matrix| &matrix.up), losses(|matrix| &matrix.flat), losses(|matrix| &matrix.down)]
        {
            for node in 0..9 {
                joint = joint.max(counted(&one, node) + counted(&other, node));
            }
            for tail in 9..17 {
                let of = |losses: &[Option<f64>]| losses[tail].unwrap_or(0.0).max(0.0);
                joint = joint.max(of(&one) + of(&other));
            }
        }
        for skew in 0..2 {
            joint = joint.max(report.markets.iter().map(|market| market.skew_losses[skew].to_f64()).sum());
        }
        joint = joint.max(report.markets.iter().map(|market| market.basis_loss.to_f64()).sum());
        let group = &report.groups[0];
        assert_near(group.loss.unwrap(), joint, 1e-5);
        let contributions = group.contributions.iter().map(|part| part.counted.to_f64()).sum::<f64>();
        assert_near(group.loss.unwrap(), contributions, 1e-5);
    }
}

#[test]
fn value_at_risk_of_perpetuals_is_that_of_their_correlation() {
    let report = report(&json!({
        "groups": [{ "name": "g", "correlations": [{ "markets": ["BTC", "ETH"], "correlation": 0.7 }] }],
        "value_at_risk": { "deviations": 2.5, "horizon_seconds": 604800 },
        "markets": [
            {
                "name": "BTC", "price": 100000, "parameters": { "realised_volatility": 0.5 },
                "positions": [{ "kind": "perpetual", "quantity": 1 }],
            },
            {
                "name": "ETH", "price": 4000, "parameters": { "realised_volatility": 0.8 },
                "positions": [{ "kind": "perpetual", "quantity": -10 }],
            },
        ],
    }));
    let (one, other) = (100_000.0 * 0.5_f64, -40_000.0 * 0.8_f64);
    let deviation = (one * one + other * other + 2.0 * 0.7 * one * other).sqrt();
    assert_near(report.value_at_risk.total, 2.5 * (7.0 / 365_f64).sqrt() * deviation, 0.05);
}
