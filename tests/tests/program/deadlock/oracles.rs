//! Oracles that are silent, surfaces that are old or were never posted.

use ballast::BallastError;
use ballast_harness::{Exchange, distress::SMALL_SLICE, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::assert_refused;

use super::{BITCOIN, DOLLAR, assert_liquidatable, fall, with_position, with_traders};

/// Seconds after which a liquidation takes no price of the default exchange any more.
const SILENCE: u64 = 121;

/// Lets time pass in which all feeds but one speak.
fn silence(exchange: &mut Exchange, silent: &str, seconds: u64) {
    exchange.chain.advance(seconds);
    let speaking: Vec<&str> =
        ["USDC", "BTC", "ETH", "SOL", "PYUSD"].into_iter().filter(|name| *name != silent).collect();
    for (name, price) in [("USDC", 1), ("BTC", 92_000), ("ETH", 4_000), ("SOL", 200), ("PYUSD", 1)] {
        if name != silent {
            exchange.set_price(name, price * USD);
        }
    }
    exchange.refresh(&speaking);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_feed_of_a_small_collateral_is_silent() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[("SOL", 100_000_000)]);
    silence(&mut exchange, "SOL", SILENCE);
    let more = exchange.leg_at_mark("SOL", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&liquidator, &other, &[more]));
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_feed_of_a_market_that_its_legs_do_not_touch_is_silent() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[]);
    exchange.buy(&victim, &other, "ETH", Contract::PERPETUAL, 1_000);
    silence(&mut exchange, "ETH", SILENCE);
    let leg = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    exchange.clone().liquidate(&victim, &liquidator, leg.clone()).expect("the bitcoin has a price");
    // What is sold needs a price, and so does what the liquidator holds.
    let silent = exchange.small_leg(&victim, "ETH", Contract::PERPETUAL);
    for plan in [silent, SMALL_SLICE] {
        assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| {
            exchange.liquidate(&victim, &liquidator, plan)
        });
    }
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.liquidate(&victim, &other, leg));
}

#[test]
fn nothing_blocks_a_liquidation_when_a_surface_was_never_posted() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[]);
    let expires_at = exchange.chain.now() + 30 * 86_400;
    let expiry = exchange.list_expiry("BTC", expires_at).expect("the expiry is listed");
    exchange.buy(&victim, &other, "BTC", expiry.future(), BITCOIN / 100);
    fall(&mut exchange);
    assert_liquidatable(&exchange, &victim, &liquidator);
    let leg = exchange.small_leg(&victim, "BTC", expiry.future());
    exchange.liquidate(&victim, &liquidator, leg).expect("a future needs no surface");
}

#[test]
fn nothing_blocks_a_liquidation_when_a_surface_is_old() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[]);
    let expiry = exchange.list_chain("BTC", 30, &[120_000]);
    let call = exchange.option(&expiry, 120_000, OptionKind::Call);
    exchange.buy(&victim, &other, "BTC", call, BITCOIN / 10);
    exchange.set_price("BTC", 92_000 * USD);
    exchange.pass_time(86_400);
    let more = exchange.leg_at_mark("BTC", call, 1);
    assert_refused(&mut exchange, BallastError::StaleSurface, |exchange| exchange.trade(&liquidator, &other, &[more]));
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_the_feed_of_the_quote_token_is_silent() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[]);
    silence(&mut exchange, "USDC", SILENCE);
    let more = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::StaleQuote, |exchange| exchange.trade(&liquidator, &other, &[more]));
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_nobody_fixes_an_expiry_that_is_over() {
    let (mut exchange, [victim, other, liquidator]) = with_traders(&[("USDC", 3_000 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", 1, &[90_000]);
    let put = exchange.option(&expiry, 90_000, OptionKind::Put);
    exchange.buy(&victim, &other, "BTC", put, BITCOIN / 10);
    exchange.buy(&victim, &other, "BTC", expiry.future(), BITCOIN / 100);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 89_000 * USD);
    exchange.pass_time((expiry.expires_at + 3_600 - exchange.chain.now()) as u64);
    let more = exchange.leg("BTC", put, 1, 100_000);
    assert_refused(&mut exchange, BallastError::ContractExpired, |exchange| {
        exchange.trade(&liquidator, &other, &[more])
    });
    assert_liquidatable(&exchange, &victim, &liquidator);
}

#[test]
fn nothing_blocks_a_liquidation_when_its_liquidator_must_refresh_everything() {
    let (mut exchange, [victim, other, liquidator]) = with_position(&[("SOL", 100_000_000)]);
    exchange.buy(&victim, &other, "ETH", Contract::PERPETUAL, 1_000);
    fall(&mut exchange);
    exchange.chain.advance(60);
    let leg = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    // Prices of a minute ago could still be refreshed, so they have to be.
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| {
        exchange.liquidate(&victim, &liquidator, leg.clone())
    });
    exchange.refresh_and_liquidate(&victim, &liquidator, leg).expect("in the same transaction");
    let report = exchange.assess(&victim);
    assert!(report.modes[Mode::Portfolio as usize].maintenance_excess < 0);
}
