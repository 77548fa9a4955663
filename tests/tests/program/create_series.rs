//! `create_series`

use ballast::{BallastError, CreateSeriesArgs, events::SeriesCreated};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, Outcome, Refusal};
use ballast_risk::Price;
use ballast_state::{OptionKind, market::MAX_SERIES};
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

const DAY: i64 = 86_400;

fn create(exchange: &mut Exchange, args: CreateSeriesArgs) -> Result<Outcome, Refusal> {
    let lister = exchange.listing.clone();
    let instruction = instructions::create_series(exchange.address, lister.pubkey(), 1, args);
    exchange.chain.send(&[instruction], &[&lister])
}

fn with_expiry() -> (Exchange, ExpiryKey) {
    let mut exchange = standard();
    let expiry = exchange.list_expiry("BTC", exchange.chain.now() + 30 * DAY).expect("the expiry is listed");
    (exchange, expiry)
}

fn args(expiry: &ExpiryKey, strike: u64, kind: u8) -> CreateSeriesArgs {
    CreateSeriesArgs { expiry_slot: expiry.slot, expiry_number: expiry.number, strike, kind }
}

#[test]
fn create_series_stores_the_strike_with_its_logarithm() {
    let (mut exchange, expiry) = with_expiry();
    let strike = exchange.underlying("BTC").ticks(120_000);
    let outcome = create(&mut exchange, args(&expiry, strike, OptionKind::Put as u8)).expect("the series is listed");
    let event: SeriesCreated = outcome.event();
    assert_eq!((event.series, event.slot, event.expiry, event.strike, event.kind), (1, 0, 1, strike, 1));
    let market = exchange.market(1);
    let series = market.series(0, 1).expect("the series is found");
    assert_eq!((series.strike, series.kind(), series.expiry_slot), (strike, OptionKind::Put, expiry.slot));
    assert_eq!(series.log_strike, ballast_risk::num::ln_q40(strike));
    assert_eq!((series.open_interest, market.expiries[0].series_count), (0, 1));
}

#[test]
fn create_series_refuses_a_series_that_is_listed() {
    let (mut exchange, expiry) = with_expiry();
    let call = exchange.list_series(&expiry, 100, OptionKind::Call).expect("the call is listed");
    let put = exchange.list_series(&expiry, 100, OptionKind::Put).expect("the put is another series");
    assert_ne!(call, put);
    for kind in 0..2 {
        assert_refused(&mut exchange, BallastError::DuplicateSeries, |exchange| {
            create(exchange, args(&expiry, 100, kind))
        });
    }
    let later = exchange.list_expiry("BTC", expiry.expires_at + DAY).expect("another expiry");
    exchange.list_series(&later, 100, OptionKind::Call).expect("another expiry may have the strike");
}

#[test]
fn create_series_refuses_strikes_and_kinds_out_of_range() {
    let (mut exchange, expiry) = with_expiry();
    for strike in [0, Price::LIMIT, u64::MAX] {
        assert_refused(&mut exchange, BallastError::StrikeOutOfRange, |exchange| {
            create(exchange, args(&expiry, strike, 0))
        });
    }
    for kind in [2, u8::MAX] {
        assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
            create(exchange, args(&expiry, 100, kind))
        });
    }
    create(&mut exchange, args(&expiry, 1, 0)).expect("one tick is a strike");
    create(&mut exchange, args(&expiry, Price::LIMIT - 1, 0)).expect("the largest price is a strike");
}

#[test]
fn create_series_refuses_an_expiry_that_is_not_listed_or_over() {
    let (mut exchange, expiry) = with_expiry();
    for wrong in [
        ExpiryKey { slot: 1, ..expiry },
        ExpiryKey { slot: u8::MAX, ..expiry },
        ExpiryKey { number: 0, ..expiry },
        ExpiryKey { number: 2, ..expiry },
    ] {
        assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| create(exchange, args(&wrong, 100, 0)));
    }
    exchange.chain.advance(30 * DAY as u64);
    assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| create(exchange, args(&expiry, 100, 0)));
}

#[test]
fn create_series_refuses_when_all_slots_are_taken() {
    let (mut exchange, expiry) = with_expiry();
    let lister = exchange.listing.clone();
    let creations: Vec<_> = (1..=MAX_SERIES as u64)
        .map(|strike| instructions::create_series(exchange.address, lister.pubkey(), 1, args(&expiry, strike, 0)))
        .collect();
    for batch in creations.chunks(8) {
        exchange.chain.send(batch, &[&lister]).expect("the slots are free");
    }
    assert_refused(&mut exchange, BallastError::NoFreeSeries, |exchange| create(exchange, args(&expiry, 100, 1)));
}

#[test]
fn attacker_create_series_without_the_listing_role() {
    let (mut exchange, expiry) = with_expiry();
    let attacker = exchange.chain.wallet();
    let instruction = instructions::create_series(exchange.address, attacker.pubkey(), 1, args(&expiry, 100, 0));
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}
