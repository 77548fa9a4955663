//! What parameters do with prices, through the real image: the scan range and its ramps, haircuts, the stable price, the
//! peg of the quote token, surfaces that grow old.
//!
//! Expectations come from the model's formulas in floating point.
#![allow(clippy::float_arithmetic)]

use ballast::{BallastError, LiquidationPlan};
use ballast_harness::{
    Exchange, Trader,
    oracle::{Quote, USD},
};
use ballast_risk::Mode;
use ballast_state::{Bank, Contract, OptionKind};
use ballast_tests::{assert_refused, standard};

const DOLLAR: u64 = 1_000_000;
const BITCOIN: i64 = 100_000;
const DAY: u64 = 86_400;
const YEAR: f64 = 31_536_000.0;

fn ratio(bits: u32) -> f64 {
    f64::from(bits) / f64::from(1_u32 << 30)
}

/// Publishes a price after some seconds and refreshes everything.
fn publish(exchange: &mut Exchange, seconds: u64, name: &str, price: i64) {
    exchange.chain.advance(seconds);
    exchange.publish_again();
    exchange.set_price(name, price);
    exchange.refresh_all();
}

fn requirements(exchange: &mut Exchange, trader: &Trader) -> (i64, i64) {
    let report = exchange.assess(trader);
    assert_eq!(report, exchange.preview(trader));
    let own = report.modes[Mode::Portfolio as usize];
    (own.initial_requirement, own.maintenance_requirement)
}

#[test]
fn scan_range_rises_at_once_and_falls_slowly_while_maintenance_margin_follows() {
    let mut exchange = standard();
    let calm = exchange.market(1);
    assert_eq!(calm.scan_range, calm.parameters.scan_range_floor);

    // A fall of 10 % in a minute: the fast average takes in 1 − e^(−60/86,400) of its annual rate.
    publish(&mut exchange, 60, "BTC", 90_000 * USD);
    let shaken = exchange.market(1);
    let weight = 1.0 - (-60.0 / DAY as f64).exp();
    let variance = (1.0 - weight) * 0.36 + weight * 0.9_f64.ln().powi(2) * YEAR / 60.0;
    let expected = 3.7 * (variance * DAY as f64 / YEAR).sqrt();
    assert!((ratio(shaken.scan_range) - expected).abs() < 1e-4, "{} against {expected}", ratio(shaken.scan_range));
    assert_eq!(shaken.scenarios.set().price_factor(0), (1 << 28) - ((shaken.scan_range + 2) >> 2));
    // Maintenance margin has had a minute of its day.
    let rise = ratio(shaken.scan_range) * 60.0 / DAY as f64;
    assert!((ratio(shaken.maintenance_range) - 0.16 - rise).abs() < 1e-6);

    // Refreshing again from one publication changes the slot and nothing else.
    exchange.chain.set_clock(exchange.chain.now(), exchange.chain.slot() + 1);
    exchange.refresh_all();
    let mut again = exchange.market(1);
    assert_ne!(again.refreshed_slot, shaken.refreshed_slot);
    again.refreshed_slot = shaken.refreshed_slot;
    assert_eq!(bytemuck::bytes_of(&again), bytemuck::bytes_of(&shaken));

    // Twelve quiet hours: the range falls by at most half of 5 %, maintenance catches up by half of it.
    publish(&mut exchange, DAY / 2, "BTC", 90_000 * USD);
    let quiet = exchange.market(1);
    let lowest = ratio(shaken.scan_range) * (1.0 - 0.025);
    assert!((ratio(quiet.scan_range) - lowest).abs() < 1e-6, "{}", ratio(quiet.scan_range));
    let caught_up = (ratio(shaken.maintenance_range) + lowest / 2.0).min(lowest);
    assert!((ratio(quiet.maintenance_range) - caught_up).abs() < 1e-6, "{}", ratio(quiet.maintenance_range));

    // Weeks later it is back at the floor.
    for _ in 0..40 {
        publish(&mut exchange, DAY, "BTC", 90_000 * USD);
    }
    let back = exchange.market(1);
    assert_eq!((back.scan_range, back.maintenance_range), (calm.scan_range, calm.scan_range));
}

#[test]
fn requirement_follows_the_scan_range_and_maintenance_its_ramp() {
    let mut exchange = standard();
    let [holder, other] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR)]));
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    publish(&mut exchange, 60, "BTC", 85_000 * USD);
    let market = exchange.market(1);
    let (initial, maintenance) = requirements(&mut exchange, &holder);
    let (range, ramped) = (ratio(market.scan_range), ratio(market.maintenance_range));
    assert!(range > 0.2 && ramped < 0.17, "{range} {ramped}");
    let charges = 85_000.0 * 0.03;
    let expected = [85_000.0 * (range + 0.04), 85_000.0 * 0.8 * ramped + charges];
    for (computed, expected) in [initial, maintenance].into_iter().zip(expected) {
        assert!((computed as f64 / 1e6 - expected).abs() < 0.1, "{computed} against {expected}");
    }
}

#[test]
fn initial_factor_grows_when_the_quote_token_loses_its_peg() {
    let mut exchange = standard();
    let [holder, other] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]));
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let before = requirements(&mut exchange, &holder);
    for (price, surcharge) in [(USD, 0.0), (USD / 1_000 * 991, 0.0), (USD / 100 * 97, 0.08), (USD / 10 * 9, 0.36)] {
        publish(&mut exchange, 1, "USDC", price);
        let after = requirements(&mut exchange, &holder);
        let added = (after.0 - before.0) as f64 / 1e6;
        assert!((added - 16_000.0 * surcharge).abs() < 0.1, "{added} at {price}");
        assert_eq!(after.1, before.1, "maintenance margin knows no surcharge");
    }
}

#[test]
fn collateral_counts_at_the_stable_price_and_its_haircut_rises_with_volatility() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Portfolio, &[("BTC", 100_000_000)]);
    let calm = exchange.assess(&trader);
    publish(&mut exchange, 360, "BTC", 130_000 * USD);
    let spiked = exchange.assess(&trader);
    assert_eq!(spiked.collateral, 130_000_000_000);
    // Ten per cent an hour: one per cent in six minutes.
    let bank: Bank = exchange.bank("BTC");
    let stable = (bank.prices.stable_price >> 16) as f64 / 1e6;
    assert!((stable - 101_000.0).abs() < 1e-4, "{stable}");
    let volatility = f64::from(bank.volatility) / f64::from(1_u32 << 28);
    let haircut = 0.15 + 0.1 * (volatility - 0.6) + 2.0 * 0.0005;
    let expected = 29_000.0 + 101_000.0 * haircut;
    let computed = spiked.initial_haircut as f64 / 1e6;
    assert!(volatility > 1.0 && (computed - expected).abs() < 2.0, "{computed} against {expected}");
    // Maintenance margin takes the oracle's price, and of the new haircut what six minutes of its ramp allow.
    let ramp = 0.8 * 0.6 * 360.0 / (2.0 * DAY as f64);
    let share = spiked.maintenance_haircut as f64 / 1e6 / 130_000.0;
    let share_before = calm.maintenance_haircut as f64 / 1e6 / 100_000.0;
    assert!(share > share_before && share <= share_before + ramp + 1e-6, "{share_before} {share} {ramp}");
}

#[test]
fn uncertain_price_costs_initial_margin_alone() {
    let mut exchange = standard();
    let [holder, other] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]));
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let before = requirements(&mut exchange, &holder);
    exchange.chain.advance(1);
    exchange.publish_again();
    let feed = exchange.underlying("BTC").feed.clone();
    let price = 100_000 * USD;
    // 1.5 % of the widest accepted 2 %: a quality of a quarter, below the threshold.
    let quote = Quote { confidence: price.unsigned_abs() / 1_000 * 15, ..Quote::new(price, exchange.chain.now()) };
    exchange.chain.publish(&feed, &quote);
    exchange.refresh_all();
    let after = requirements(&mut exchange, &holder);
    let added = (after.0 - before.0) as f64 / 1e6;
    assert!((added - 0.75 * 0.05 * 100_000.0).abs() < 0.1, "{added}");
    assert_eq!(after.1, before.1);
}

#[test]
fn old_surface_widens_shocks_but_keeps_nobody_from_liquidating() {
    let mut exchange = standard();
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", 21_500 * DOLLAR)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR)]));
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    exchange.buy(&other, &writer, "BTC", call, BITCOIN);
    let fresh = requirements(&mut exchange, &writer);

    // Two hours and the five minutes that a surface stays fresh: the shocks have doubled, the most they may.
    exchange.pass_time(2 * 3_600 + 300);
    let old = requirements(&mut exchange, &writer);
    assert!(old.0 > fresh.0 && old.1 > fresh.1, "{fresh:?} {old:?}");
    // What relies on it is set aside in whatever the owner asks for.
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| exchange.set_mode(&writer, Mode::Cross));
    publish(&mut exchange, 10, "BTC", 112_000 * USD);
    let report = exchange.assess(&writer);
    assert!(report.modes[Mode::Portfolio as usize].maintenance_excess < 0, "{report:?}");
    let slice = LiquidationPlan::Slice { fraction: 1 << 22 };
    exchange.liquidate(&writer, &liquidator, slice).expect("an old surface serves a liquidation");
    exchange.assert_books_balance();
}

#[test]
fn assess_market_shows_the_scenarios_behind_the_requirement() {
    let mut exchange = standard();
    let [holder, other] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]));
    assert_refused(&mut exchange, BallastError::MissingMarket, |exchange| {
        exchange.assess_market_outcome(&holder, "BTC").map(|(_, outcome)| outcome)
    });
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    let matrix = exchange.assess_market(&holder, "BTC").expect("the account holds a perpetual");
    assert_eq!(matrix, exchange.preview_market(&holder, "BTC"));
    assert_eq!((matrix.market, matrix.core_nodes, matrix.tail_nodes), (1, 9, 8));
    // A long bitcoin: what the index moves by, in every row alike.
    for row in &matrix.profits {
        for (node, profit) in row[..9].iter().enumerate() {
            let expected = (node as f64 - 4.0) * 4_000.0;
            assert!((*profit as f64 / 1e6 - expected).abs() < 0.01, "node {node}: {profit}");
        }
    }
    assert_eq!(matrix.scan_loss, exchange.assess(&holder).markets[0].scan_loss);
}
