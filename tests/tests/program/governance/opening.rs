//! New listings: nothing is deposited or traded before their oracle has lived for a while, and a bank starts small.

use ballast::{BallastError, events::ListingOpened};
use ballast_harness::{
    Exchange, defaults,
    oracle::{Feed, USD},
    tokens::SPL_TOKEN,
};
use ballast_risk::Mode;
use ballast_state::{
    BankParameters, Contract, Exchange as ExchangeState,
    governance::{DEPOSIT_CAP_GROWTH, OPENING_VALUE_LIMIT},
};
use ballast_tests::{assert_refused, standard, tamper};

use super::{DAY, DOLLAR};

/// The seeded exchange, which asks new oracles for a life of a day, with a market and a bank that were just listed.
fn with_listings() -> Exchange {
    let mut exchange = standard();
    let address = exchange.address;
    tamper(&mut exchange, address, |it: &mut ExchangeState| it.governing.oracle_life_seconds = DAY as u32);
    let mint = exchange.chain.mint(6, SPL_TOKEN, &[]);
    let feed = Feed::pull([99; 32]);
    exchange.list_market("NEW", feed.clone(), (4, 2), defaults::volatile_market()).expect("the market is listed");
    let parameters = BankParameters { deposit_cap: 1 << 60, initial_cap: 1 << 60, ..defaults::midcap_bank() };
    exchange.list_bank("NEW", &mint, feed, parameters, 0).expect("the bank is listed");
    exchange
}

/// Asserts that nobody can deposit or trade yet.
fn assert_closed(exchange: &mut Exchange) {
    let traders = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 10_000 * DOLLAR)]));
    exchange.fund(&traders[0], "NEW", 10);
    assert_refused(exchange, BallastError::NotOpen, |exchange| exchange.deposit(&traders[0], "NEW", 10));
    let leg = exchange.leg("NEW", Contract::PERPETUAL, 1, 20_000);
    assert_refused(exchange, BallastError::NotOpen, |exchange| exchange.trade(&traders[0], &traders[1], &[leg]));
}

#[test]
fn a_listing_opens_when_two_prices_a_day_apart_were_accepted() {
    let mut exchange = with_listings();
    assert_closed(&mut exchange);
    exchange.chain.advance(5 * DAY);
    // No price, no life.
    assert_closed(&mut exchange);
    exchange.set_price("NEW", 2 * USD);
    exchange.pass_time(1);
    let first = exchange.chain.now();
    assert_closed(&mut exchange);
    // The same price refreshed over and over grows no older, and a day less a second is no day.
    exchange.pass_time(DAY - 1);
    assert_closed(&mut exchange);
    exchange.chain.advance(1);
    exchange.publish_again();
    let opened: Vec<ListingOpened> = exchange.refresh_all().events();
    let mut targets = [exchange.market_address("NEW"), exchange.bank_address("NEW")];
    let mut found: Vec<_> = opened.iter().map(|event| event.target).collect();
    targets.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, targets);
    assert!(opened.iter().all(|event| event.first_published_at == first));
    let (bank, now) = (exchange.bank("NEW"), exchange.chain.now());
    assert_eq!((bank.activated_at, bank.listed_at), (now, now), "the cap grows from now on");
    // Whatever was listed, it starts at a million dollars, and ends at sixteen.
    let limit = (OPENING_VALUE_LIMIT / 2) as u64;
    assert_eq!(bank.parameters.initial_cap, limit);
    assert_eq!(bank.parameters.deposit_cap, limit * DEPOSIT_CAP_GROWTH);
    let [first, second] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 10_000 * DOLLAR)]));
    exchange.fund(&first, "NEW", limit + 1);
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| exchange.deposit(&first, "NEW", limit + 1));
    exchange.deposit(&first, "NEW", limit).expect("the cap may be reached");
    exchange.buy(&first, &second, "NEW", Contract::PERPETUAL, 10);
    // It opens once.
    exchange.pass_time(DAY);
    assert_eq!(exchange.bank("NEW").activated_at, now);
    exchange.assert_books_balance();
}

#[test]
fn an_oracle_that_speaks_for_the_first_time_in_a_while_is_as_old_as_its_first_price() {
    let mut exchange = with_listings();
    exchange.set_price("NEW", 2 * USD);
    exchange.pass_time(1);
    // Two prices are enough, however long it was silent between.
    exchange.pass_time(3 * DAY);
    assert!(exchange.bank("NEW").is_open() && exchange.market(4).is_open());
}
