//! `refresh`

mod sources;

use anchor_lang::prelude::{AccountMeta, Pubkey};
use ballast::{
    BallastError,
    events::{PriceRefreshed, PriceRefused},
};
use ballast_client::{Priced, instructions};
use ballast_harness::{
    Exchange, Outcome, Refusal, defaults,
    oracle::{self, Feed, Quote, USD},
    tokens::SPL_TOKEN,
};
use ballast_state::{MarginAccount, seeds};
use ballast_tests::{assert_refused, standard};

/// The BTC market of the seeded exchange with its feed.
fn bitcoin(exchange: &Exchange) -> (Priced, Feed) {
    let underlying = exchange.underlying("BTC");
    let target = seeds::market(&exchange.address, underlying.number).0;
    (Priced::new(target, underlying.feed.account), underlying.feed.clone())
}

/// An exchange with a bank, "OLD", that is priced by the older push layout.
fn with_legacy_bank() -> (Exchange, Priced, Feed) {
    let mut exchange = standard();
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let feed = Feed::legacy(Pubkey::new_from_array([77; 32]));
    exchange.list_bank("OLD", &mint, feed.clone(), defaults::stable_bank(), 0).expect("the bank is listed");
    let target = mint.token.bank(&exchange.address).0;
    (exchange, Priced::new(target, feed.account), feed)
}

fn refresh(exchange: &mut Exchange, priced: &[Priced]) -> Result<Outcome, Refusal> {
    let instruction = instructions::refresh(exchange.address, priced, false);
    exchange.chain.send(&[instruction], &[])
}

fn quote(exchange: &Exchange) -> Quote {
    Quote::new(101_000 * USD, exchange.chain.now())
}

#[track_caller]
fn assert_quote_refused(error: BallastError, spoil: impl Fn(&mut Quote)) {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let mut quote = quote(&exchange);
    spoil(&mut quote);
    exchange.chain.publish(&feed, &quote);
    assert_refused(&mut exchange, error, |exchange| refresh(exchange, &[priced]));
}

#[test]
fn refresh_stores_price_confidence_time_and_slot() {
    let mut exchange = standard();
    exchange.chain.advance(10);
    let (priced, feed) = bitcoin(&exchange);
    let quote = Quote { publish_time: exchange.chain.now() - 3, ..quote(&exchange) };
    exchange.chain.publish(&feed, &quote);
    let event: PriceRefreshed = refresh(&mut exchange, &[priced]).expect("the price is accepted").event();
    assert_eq!((event.target, event.price_before, event.price), (priced.target, 10_000_000, 10_100_000));
    let market = exchange.market(1);
    assert_eq!((market.price, market.publish_time), (10_100_000, quote.publish_time));
    assert_eq!((market.confidence, market.refreshed_slot), (5_050, exchange.chain.slot()));
}

#[test]
fn refresh_reads_markets_and_banks_together() {
    let mut exchange = standard();
    exchange.set_price("SOL", 250 * USD);
    let outcome = exchange.refresh_all();
    assert_eq!(outcome.events::<PriceRefreshed>().len(), 8);
    assert_eq!(exchange.bank("SOL").price, 250_000_000);
    assert_eq!(exchange.market(exchange.underlying("SOL").number).price, 2_500_000);
    assert_eq!(exchange.bank("USDC").price, 1_000_000);
}

#[test]
fn refresh_rounds_the_price_to_nearest_and_the_confidence_up() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    // BTC is listed with two decimals.
    let quote = Quote { price: 10_000_000_500_001, confidence: 1, ..quote(&exchange) };
    exchange.chain.publish(&feed, &quote);
    refresh(&mut exchange, &[priced]).expect("the price is accepted");
    let market = exchange.market(1);
    assert_eq!((market.price, market.confidence), (10_000_001, 1));
}

#[test]
fn refresh_takes_other_exponents() {
    for (price, exponent) in [(100_000, 0), (1, 5), (1_000_000_000_000_000, -10)] {
        let mut exchange = standard();
        let (priced, feed) = bitcoin(&exchange);
        let quote = Quote { price, exponent, confidence: 0, ..quote(&exchange) };
        exchange.chain.publish(&feed, &quote);
        refresh(&mut exchange, &[priced]).expect("the price is accepted");
        assert_eq!(exchange.market(1).price, 10_000_000);
    }
}

#[test]
fn refresh_refuses_prices_that_are_not_positive() {
    for price in [0, -1, i64::MIN] {
        assert_quote_refused(BallastError::OraclePriceNotPositive, |quote| quote.price = price);
    }
}

#[test]
fn refresh_refuses_exponents_out_of_range() {
    for exponent in [-19, 7, i32::MIN, i32::MAX] {
        assert_quote_refused(BallastError::OracleExponent, |quote| quote.exponent = exponent);
    }
}

#[test]
fn refresh_refuses_prices_that_do_not_fit_the_decimals() {
    assert_quote_refused(BallastError::OraclePriceOutOfRange, |quote| {
        // Less than half a tick.
        (quote.price, quote.confidence, quote.exponent) = (4, 0, -3);
    });
    assert_quote_refused(BallastError::OraclePriceOutOfRange, |quote| {
        (quote.price, quote.confidence, quote.exponent) = (i64::MAX, 0, 6);
    });
}

#[test]
fn refresh_refuses_a_confidence_interval_beyond_ten_per_cent() {
    assert_quote_refused(BallastError::OracleConfidence, |quote| quote.confidence = quote.price as u64 / 10 + 1);
    assert_quote_refused(BallastError::OracleConfidence, |quote| quote.confidence = u64::MAX);
}

#[test]
fn refresh_refuses_prices_older_than_a_liquidation_takes() {
    assert_quote_refused(BallastError::OracleStale, |quote| quote.publish_time -= 121);
    assert_quote_refused(BallastError::OracleStale, |quote| quote.publish_time = i64::MIN);
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    exchange.chain.advance(120);
    let quote = Quote { publish_time: exchange.chain.now() - 120, ..quote(&exchange) };
    exchange.chain.publish(&feed, &quote);
    refresh(&mut exchange, &[priced]).expect("120 seconds are the limit");
}

#[test]
fn refresh_refuses_prices_from_the_future() {
    assert_quote_refused(BallastError::OracleFromFuture, |quote| quote.publish_time += 1);
    assert_quote_refused(BallastError::OracleFromFuture, |quote| quote.publish_time = i64::MAX);
}

#[test]
fn attacker_refresh_with_an_older_price_than_the_one_held() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    exchange.pass_time(30);
    let held = exchange.market(1).publish_time;
    for (publish_time, is_refused) in [(held - 1, true), (held, false)] {
        let quote = Quote { publish_time, ..quote(&exchange) };
        exchange.chain.publish(&feed, &quote);
        if is_refused {
            assert_refused(&mut exchange, BallastError::OracleOutOfOrder, |exchange| refresh(exchange, &[priced]));
        } else {
            refresh(&mut exchange, &[priced]).expect("the same time again is accepted");
        }
    }
}

#[test]
fn refresh_refuses_partly_verified_prices() {
    assert_quote_refused(BallastError::OracleNotVerified, |quote| quote.is_fully_verified = false);
}

#[test]
fn attacker_refresh_with_a_price_account_of_another_program() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let data = feed.data(&quote(&exchange), exchange.chain.slot());
    for owner in [ballast::ID, oracle::LEGACY, Pubkey::new_from_array([3; 32])] {
        exchange.chain.set_account(feed.account, owner, data.clone());
        assert_refused(&mut exchange, BallastError::OracleWrongProgram, |exchange| refresh(exchange, &[priced]));
    }
}

#[test]
fn attacker_refresh_with_the_price_of_another_feed() {
    let mut exchange = standard();
    let (priced, _) = bitcoin(&exchange);
    let wrong = Priced { oracle: exchange.underlying("ETH").feed.account, ..priced };
    assert_refused(&mut exchange, BallastError::OracleWrongFeed, |exchange| refresh(exchange, &[wrong]));
}

#[test]
fn refresh_refuses_data_in_another_layout() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let good = feed.data(&quote(&exchange), exchange.chain.slot());
    let legacy = oracle::legacy_data(&quote(&exchange), exchange.chain.slot());
    let mut other_type = good.clone();
    other_type[0] ^= 1;
    for data in [Vec::new(), good[..7].to_vec(), good[..100].to_vec(), other_type, legacy] {
        exchange.chain.set_account(feed.account, oracle::RECEIVER, data);
        assert_refused(&mut exchange, BallastError::OracleWrongLayout, |exchange| refresh(exchange, &[priced]));
    }
}

#[test]
fn refresh_reads_the_older_push_layout() {
    let (mut exchange, priced, feed) = with_legacy_bank();
    let quote = Quote::new(USD * 999 / 1_000, exchange.chain.now());
    exchange.chain.publish(&feed, &quote);
    refresh(&mut exchange, &[priced]).expect("the price is accepted");
    let bank = exchange.bank("OLD");
    assert_eq!((bank.price, bank.publish_time), (999_000, quote.publish_time));
}

#[test]
fn refresh_refuses_spoiled_accounts_in_the_older_push_layout() {
    let (mut exchange, priced, feed) = with_legacy_bank();
    let good = Quote::new(USD, exchange.chain.now());
    for (spoiled, error) in [
        (Quote { is_trading: false, ..good }, BallastError::OracleNotTrading),
        (Quote { price: 0, ..good }, BallastError::OraclePriceNotPositive),
        (Quote { confidence: USD as u64, ..good }, BallastError::OracleConfidence),
        (Quote { publish_time: good.publish_time - 121, ..good }, BallastError::OracleStale),
        (Quote { publish_time: good.publish_time + 1, ..good }, BallastError::OracleFromFuture),
    ] {
        exchange.chain.publish(&feed, &spoiled);
        assert_refused(&mut exchange, error, |exchange| refresh(exchange, &[priced]));
    }
    let data = feed.data(&good, exchange.chain.slot());
    for spoil in [0, 4, 8] {
        let mut data = data.clone();
        data[spoil] ^= 1;
        exchange.chain.set_account(feed.account, oracle::LEGACY, data);
        assert_refused(&mut exchange, BallastError::OracleWrongLayout, |exchange| refresh(exchange, &[priced]));
    }
    exchange.chain.set_account(feed.account, oracle::LEGACY, data[..200].to_vec());
    assert_refused(&mut exchange, BallastError::OracleWrongLayout, |exchange| refresh(exchange, &[priced]));
    // Another feed of the same program, with good data.
    let elsewhere = Pubkey::new_from_array([78; 32]);
    exchange.chain.set_account(elsewhere, oracle::LEGACY, data);
    let wrong = Priced { oracle: elsewhere, ..priced };
    assert_refused(&mut exchange, BallastError::OracleWrongFeed, |exchange| refresh(exchange, &[wrong]));
}

#[test]
fn refresh_refuses_accounts_that_are_not_pairs() {
    let mut exchange = standard();
    let (priced, _) = bitcoin(&exchange);
    assert_refused(&mut exchange, BallastError::RefreshPairs, |exchange| refresh(exchange, &[]));
    let mut odd = instructions::refresh(exchange.address, &[priced, priced], false);
    odd.accounts.pop();
    assert_refused(&mut exchange, BallastError::RefreshPairs, |exchange| exchange.chain.send(&[odd], &[]));
}

#[test]
fn refresh_refuses_targets_that_are_neither_market_nor_bank() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    let trader = exchange.trader(ballast_risk::Mode::Cross, &[]);
    for target in [exchange.quote_token().mint, feed.account, trader.address()] {
        let wrong = Priced { target, ..priced };
        assert_refused(&mut exchange, BallastError::RefreshTarget, |exchange| refresh(exchange, &[wrong]));
    }
    let mut readonly = instructions::refresh(exchange.address, &[priced], false);
    readonly.accounts[1] = AccountMeta::new_readonly(priced.target, false);
    assert_refused(&mut exchange, BallastError::RefreshTarget, |exchange| exchange.chain.send(&[readonly], &[]));
    assert_eq!(exchange.account(&trader).cash, 0, "{}", size_of::<MarginAccount>());
}

#[test]
fn attacker_refresh_of_another_exchange_under_looser_rules() {
    let mut exchange = standard();
    let (priced, _) = bitcoin(&exchange);
    let other = exchange.open_another(1).expect("another exchange is created");
    let instruction = instructions::refresh(other, &[priced], false);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| exchange.chain.send(&[instruction], &[]));
}

#[test]
fn refresh_passes_over_refused_quotes_if_asked_to() {
    let mut exchange = standard();
    let (priced, feed) = bitcoin(&exchange);
    exchange.set_price("ETH", 4_400 * USD);
    let bad = Quote { price: -1, ..quote(&exchange) };
    exchange.chain.publish(&feed, &bad);
    let all = exchange.priced();
    assert_refused(&mut exchange, BallastError::OraclePriceNotPositive, |exchange| refresh(exchange, &all));
    let before = exchange.market(1).refreshed_slot;
    exchange.chain.advance(1);
    let instruction = instructions::refresh(exchange.address, &all, true);
    let outcome = exchange.chain.send(&[instruction], &[]).expect("refused quotes are passed over");
    let refused = outcome.events::<PriceRefused>();
    assert!(refused.iter().all(|event| event.error == u32::from(BallastError::OraclePriceNotPositive)));
    assert!(refused.iter().any(|event| event.target == priced.target && event.oracle == priced.oracle));
    assert_eq!(exchange.market(1).refreshed_slot, before);
    assert_eq!(exchange.market(exchange.underlying("ETH").number).price, 440_000);
}
