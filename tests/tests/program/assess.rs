//! `assess`: the report on chain is the report that a client computes, byte for byte.

use anchor_lang::prelude::AccountMeta;
use ballast::BallastError;
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::{MarginReport, Mode};
use ballast_state::{Contract, OptionKind};
use ballast_tests::{assert_refused, standard};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

#[track_caller]
fn assert_same_on_chain_and_native(exchange: &mut Exchange, trader: &Trader) -> MarginReport {
    let (on_chain, outcome) = exchange.assess_outcome(trader);
    assert_eq!(on_chain, exchange.preview(trader));
    let formula = u64::from(on_chain.check_compute_units);
    // Two revaluations and the instruction around them.
    assert!(outcome.compute_units < 2 * formula + 20_000, "{} units, formula {formula}", outcome.compute_units);
    on_chain
}

/// Two books that mirror each other, with every kind of contract in three markets and every kind of collateral.
fn with_books(mode: Mode) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let deposits = [
        ("USDC", 900_000 * DOLLAR),
        ("BTC", 300_000_000),
        ("ETH", 500_000_000),
        ("SOL", 70_000_000_000),
        ("PYUSD", 12_345_678),
    ];
    let first = exchange.trader(mode, &deposits);
    let second = exchange.trader(mode, &deposits);
    for (market, near, far, strikes, unit) in [
        ("BTC", 1, 30, [80_000, 100_000, 120_000], BITCOIN / 10),
        ("ETH", 7, 90, [3_000, 4_000, 5_000], 1_000),
        ("SOL", 30, 365, [150, 200, 250], 300),
    ] {
        for days in [near, far] {
            let expiry = exchange.list_chain(market, days, &strikes);
            let lots = [unit, -2 * unit, 3 * unit];
            let calls = strikes.map(|strike| exchange.option(&expiry, strike, OptionKind::Call));
            let puts = strikes.map(|strike| exchange.option(&expiry, strike, OptionKind::Put));
            let mut legs: Vec<_> = calls.iter().zip(lots).map(|(&call, lots)| (call, lots)).collect();
            legs.extend(puts.iter().zip(lots).map(|(&put, lots)| (put, -lots)));
            legs.push((expiry.future(), -unit));
            legs.push((Contract::PERPETUAL, 2 * unit));
            let legs: Vec<_> =
                legs.into_iter().map(|(contract, lots)| exchange.leg_at_mark(market, contract, lots)).collect();
            exchange.trade(&first, &second, &legs).expect("the trade is accepted");
        }
    }
    (exchange, first, second)
}

#[test]
fn assess_of_an_empty_account_is_empty() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[]);
    let report = assert_same_on_chain_and_native(&mut exchange, &trader);
    let expected = (MarginReport::VERSION, Mode::Cross as u8, 0, 0);
    assert_eq!((report.version, report.mode, report.tier, report.market_count), expected);
    assert_eq!((report.equity, report.modes[0].initial_requirement), (0, 0));
}

#[test]
fn assess_values_collateral_under_its_haircuts() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("USDC", 100 * DOLLAR), ("BTC", 100_000_000), ("SOL", 1_000_000_000)]);
    let report = assert_same_on_chain_and_native(&mut exchange, &trader);
    let dollar = DOLLAR as i64;
    assert_eq!((report.cash, report.collateral, report.equity), (100 * dollar, 100_200 * dollar, 100_300 * dollar));
    // 15 % of a bitcoin and 35 % of a SOL, and twice the confidence of 0.05 %, but for the resolution of a ratio. Maintenance
    // takes four fifths of the former; its ramp has not begun.
    let close = |value: i64, expected: i64| value.abs_diff(expected * dollar) < 200;
    assert!((report.initial_haircut - 15_170_200_000).abs() < 200_000, "{}", report.initial_haircut);
    assert!(close(report.maintenance_haircut, 12_056), "{}", report.maintenance_haircut);
}

#[test]
fn assess_equals_the_native_report_in_every_mode() {
    for mode in Mode::ALL {
        let (mut exchange, first, second) = with_books(mode);
        for trader in [&first, &second] {
            let report = assert_same_on_chain_and_native(&mut exchange, trader);
            assert_eq!((report.mode, report.market_count), (mode as u8, 3));
            let requirements = report.modes.map(|mode| mode.initial_requirement);
            assert!(requirements[0] >= requirements[1] && requirements[1] >= requirements[2], "{requirements:?}");
        }
        exchange.assert_books_balance();
    }
}

#[test]
fn assess_equals_the_native_report_as_prices_and_time_move() {
    let (mut exchange, first, second) = with_books(Mode::Portfolio);
    for (seconds, bitcoin, ether, sol) in [
        (60, 101_000, 3_900, 205),
        (3_600, 92_000, 3_500, 170),
        (40_000, 140_000, 6_000, 320),
        (1_700, 141_000, 6_100, 50),
    ] {
        for (name, price) in [("BTC", bitcoin), ("ETH", ether), ("SOL", sol)] {
            exchange.set_price(name, price * USD);
        }
        exchange.pass_time(seconds);
        for trader in [&first, &second] {
            assert_same_on_chain_and_native(&mut exchange, trader);
        }
    }
    // Through the averaging window of the nearest expiry, and past it.
    let expires_at = exchange.market(1).expiries[0].expires_at;
    for before in [1_200, 300, 1, 0, -600] {
        exchange.pass_time((expires_at - before - exchange.chain.now()) as u64);
        for trader in [&first, &second] {
            assert_same_on_chain_and_native(&mut exchange, trader);
        }
    }
}

#[test]
fn assess_takes_prices_of_any_age() {
    let (mut exchange, first, _) = with_books(Mode::Portfolio);
    exchange.chain.advance(80_000);
    assert_same_on_chain_and_native(&mut exchange, &first);
}

#[test]
fn assess_of_mirrored_books_sums_to_nothing_but_rounding() {
    let (mut exchange, first, second) = with_books(Mode::Portfolio);
    let reports = [&first, &second].map(|trader| exchange.assess(trader));
    let sum: i64 = reports.iter().map(|report| report.options + report.linear_profit).sum();
    // Both sides round against their holder, and options are valued less their error bound.
    assert!((-(DOLLAR as i64)..=0).contains(&sum), "{sum}");
}

#[test]
fn assess_refuses_an_incomplete_account_list() {
    let (mut exchange, first, _) = with_books(Mode::Portfolio);
    let full = exchange.check_of(&first);
    assert_eq!(full.len(), 8);
    for index in 0..full.len() {
        let mut list = full.clone();
        list.remove(index);
        let error = if index < 3 { BallastError::MissingMarket } else { BallastError::MissingBank };
        let instruction = instructions::assess(exchange.address, first.address(), list);
        assert_refused(&mut exchange, error, |exchange| exchange.chain.send(&[instruction], &[]));
    }
    let list = vec![AccountMeta::new_readonly(exchange.quote_token().mint, false)];
    let instruction = instructions::assess(exchange.address, first.address(), list);
    assert_refused(&mut exchange, BallastError::ForeignAccount, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn attacker_assess_under_the_parameters_of_another_exchange() {
    let (mut exchange, first, _) = with_books(Mode::Portfolio);
    let other = exchange.open_another(1).expect("another exchange is created");
    let instruction = instructions::assess(other, first.address(), exchange.check_of(&first));
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| exchange.chain.send(&[instruction], &[]));
}
