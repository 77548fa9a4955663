//! Prices that are forged, chosen, held back or out of date.

use anchor_lang::prelude::Pubkey;
use ballast::{BallastError, TradeLeg};
use ballast_client::{Priced, instructions};
use ballast_harness::{
    Exchange, Trader,
    oracle::{Feed, Quote, USD, pull_data},
};
use ballast_risk::Mode;
use ballast_state::{Contract, seeds};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

use super::{BITCOIN, DOLLAR, Stakes};

/// Somebody long a bitcoin with 21,000 dollars, the other side, and an attacker.
fn with_target() -> (Exchange, [Trader; 3]) {
    let mut exchange = standard();
    let target = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    let [honest, attacker] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    exchange.buy(&target, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    (exchange, [target, honest, attacker])
}

/// The bitcoin market with an oracle account of one's choice.
fn bitcoin_from(exchange: &Exchange, oracle: Pubkey) -> [Priced; 1] {
    [Priced::new(seeds::market(&exchange.address, exchange.underlying("BTC").number).0, oracle)]
}

#[test]
fn attack_liquidate_with_a_forged_price() {
    let (mut exchange, [target, honest, attacker]) = with_target();
    exchange.chain.advance(5);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&target, &honest]);
    let feed = exchange.underlying("BTC").feed.clone();
    let (now, slot) = (exchange.chain.now(), exchange.chain.slot());
    let low = Quote::new(60_000 * USD, now);
    let theirs = Feed::pull([66; 32]);
    let forged = [
        (
            BallastError::OracleNotVerified,
            feed.source.program,
            feed.source.feed,
            Quote { is_fully_verified: false, ..low },
        ),
        (BallastError::OracleWrongFeed, feed.source.program, theirs.source.feed, low),
        (BallastError::OracleWrongProgram, ballast::ID, feed.source.feed, low),
        (BallastError::OraclePriceNotPositive, feed.source.program, feed.source.feed, Quote { price: 0, ..low }),
        (BallastError::OraclePriceNotPositive, feed.source.program, feed.source.feed, Quote { price: -1, ..low }),
        (BallastError::OracleFromFuture, feed.source.program, feed.source.feed, Quote { publish_time: now + 1, ..low }),
        // Posted in this slot, published two minutes ago: what counts is when it was published.
        (BallastError::OracleStale, feed.source.program, feed.source.feed, Quote { publish_time: now - 121, ..low }),
        // The market holds a newer one: nobody chooses among the prices of the last two minutes.
        (
            BallastError::OracleOutOfOrder,
            feed.source.program,
            feed.source.feed,
            Quote { publish_time: now - 60, ..low },
        ),
        (
            BallastError::OracleConfidence,
            feed.source.program,
            feed.source.feed,
            Quote { confidence: 7_000 * USD as u64, ..low },
        ),
    ];
    for (error, owner, id, quote) in forged {
        // An account of their own, as anybody may post an update.
        let account = exchange.chain.wallet();
        let oracle = account.pubkey();
        exchange.chain.set_account(oracle, owner, pull_data(id, &quote, slot));
        let refresh = instructions::refresh(exchange.address, &bitcoin_from(&exchange, oracle), false);
        let leg = exchange.small_leg(&target, "BTC", Contract::PERPETUAL);
        let liquidate = exchange.liquidation(&target, &attacker, leg);
        assert_refused(&mut exchange, error, |exchange| {
            exchange.chain.send(&[refresh, liquidate], &[&attacker.wallet])
        });
    }
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_trade_on_a_price_that_has_moved_on() {
    // The attacker knows that the bitcoin rose, and would like to buy at what the market still holds.
    let (mut exchange, [target, honest, attacker]) = with_target();
    let stakes = Stakes::before(&exchange, &[&attacker], &[&target, &honest]);
    exchange.chain.advance(61);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&attacker, &honest, &[leg]));
    // Nor does it help to refresh from the old publication: its own age counts as well.
    exchange.refresh_all();
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| exchange.trade(&attacker, &honest, &[leg]));
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_hold_back_the_refresh_that_would_save_an_account() {
    let (mut exchange, [target, honest, attacker]) = with_target();
    exchange.buy(&target, &honest, "ETH", Contract::PERPETUAL, 2_000);
    exchange.set_price("BTC", 95_000 * USD);
    exchange.set_price("ETH", 3_000 * USD);
    exchange.refresh_all();
    let stakes = Stakes::before(&exchange, &[&attacker], &[&target]);
    // Ether rises and saves the account: the attacker refreshes the bitcoin alone.
    exchange.chain.advance(15);
    exchange.set_price("BTC", 94_000 * USD);
    exchange.set_price("ETH", 30_000 * USD);
    exchange.set_price("USDC", USD);
    exchange.refresh(&["BTC", "USDC"]);
    let leg = exchange.small_leg(&target, "BTC", Contract::PERPETUAL);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| {
        exchange.liquidate(&target, &attacker, leg.clone())
    });
    exchange.refresh_all();
    assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
        exchange.liquidate(&target, &attacker, leg)
    });
    for (name, price) in [("BTC", 95_000), ("ETH", 3_000)] {
        exchange.set_price(name, price * USD);
    }
    exchange.pass_time(1);
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_move_a_mark_by_trading() {
    // The mark is the index and what publishers post: a fill at the edge of the band, however large, leaves it.
    let (mut exchange, [target, honest, attacker]) = with_target();
    let accomplice = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    let stakes = Stakes::before(&exchange, &[&attacker, &accomplice], &[&target, &honest]);
    let mark = exchange.mark("BTC", Contract::PERPETUAL);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let mut widest = 0;
    for step in 1..=20 {
        let off = TradeLeg { price: mark + mark * step / 200, ..leg };
        if exchange.trade(&attacker, &accomplice, &[off]).is_ok() {
            widest = step;
        }
        assert_eq!(exchange.mark("BTC", Contract::PERPETUAL), mark);
    }
    assert!(widest < 20, "ten per cent off the mark is outside the band");
    stakes.assert_no_profit(&exchange);
}
