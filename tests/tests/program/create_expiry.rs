//! `create_expiry`

use ballast::{BallastError, CreateExpiryArgs, events::ExpiryCreated};
use ballast_client::instructions;
use ballast_state::{ExpiryStatus, market::MAX_EXPIRIES};
use ballast_tests::{assert_refused, standard, substitute};
use solana_signer::Signer;

const DAY: i64 = 86_400;

#[test]
fn create_expiry_takes_the_first_free_slot() {
    let mut exchange = standard();
    let lister = exchange.listing.clone();
    let date = exchange.chain.now() + DAY;
    let number = exchange.underlying("ETH").number;
    let args = CreateExpiryArgs { expires_at: date };
    let instruction = instructions::create_expiry(exchange.address, lister.pubkey(), number, args);
    let outcome = exchange.chain.send(&[instruction], &[&lister]).expect("the expiry is listed");
    let event: ExpiryCreated = outcome.event();
    assert_eq!((event.expiry, event.slot, event.expires_at), (1, 0, date));
    let market = exchange.market(number);
    let expiry = market.expiry(0, 1).expect("the expiry is found");
    assert_eq!((expiry.status(), expiry.expires_at, expiry.posted_at), (ExpiryStatus::Listed, date, 0));
    assert_eq!(market.last_expiry_number, 1);
    let second = exchange.list_expiry("ETH", date + 1).expect("another date is another expiry");
    assert_eq!((second.slot, second.number), (1, 2));
}

#[test]
fn create_expiry_refuses_the_past_and_the_far_future() {
    let mut exchange = standard();
    let now = exchange.chain.now();
    for date in [now, now - 1, 0, i64::MIN, now + 5 * 365 * DAY + 1, i64::MAX] {
        assert_refused(&mut exchange, BallastError::ExpiryDate, |exchange| attempt(exchange, date));
    }
    attempt(&mut exchange, now + 5 * 365 * DAY).expect("five years are allowed");
}

#[test]
fn create_expiry_refuses_a_date_that_is_listed() {
    let mut exchange = standard();
    let date = exchange.chain.now() + DAY;
    exchange.list_expiry("BTC", date).expect("the expiry is listed");
    assert_refused(&mut exchange, BallastError::ExpiryDate, |exchange| attempt(exchange, date));
    exchange.list_expiry("ETH", date).expect("another market may have the date");
}

#[test]
fn create_expiry_refuses_a_thirteenth_expiry() {
    let mut exchange = standard();
    let now = exchange.chain.now();
    for index in 1..=MAX_EXPIRIES as i64 {
        exchange.list_expiry("BTC", now + index * DAY).expect("twelve expiries fit");
    }
    assert_refused(&mut exchange, BallastError::NoFreeExpiry, |exchange| attempt(exchange, now + 13 * DAY));
}

#[test]
fn create_expiry_refuses_a_market_of_another_exchange() {
    let mut exchange = standard();
    let lister = exchange.listing.clone();
    let other = exchange.open_another(1).expect("another exchange is created");
    let elsewhere = exchange.list_market_in(other, "BTC").expect("a market there");
    let here = ballast_state::seeds::market(&exchange.address, 1).0;
    let args = CreateExpiryArgs { expires_at: exchange.chain.now() + DAY };
    let instruction = instructions::create_expiry(exchange.address, lister.pubkey(), 1, args);
    let instruction = substitute(instruction, here, elsewhere);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| {
        exchange.chain.send(&[instruction], &[&lister])
    });
}

#[test]
fn attacker_create_expiry_without_the_listing_role() {
    let mut exchange = standard();
    let attacker = exchange.chain.wallet();
    let args = CreateExpiryArgs { expires_at: exchange.chain.now() + DAY };
    let instruction = instructions::create_expiry(exchange.address, attacker.pubkey(), 1, args);
    assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
        exchange.chain.send(&[instruction], &[&attacker])
    });
}

fn attempt(
    exchange: &mut ballast_harness::Exchange,
    expires_at: i64,
) -> Result<ballast_harness::Outcome, ballast_harness::Refusal> {
    let lister = exchange.listing.clone();
    let number = exchange.underlying("BTC").number;
    let args = CreateExpiryArgs { expires_at };
    let instruction = instructions::create_expiry(exchange.address, lister.pubkey(), number, args);
    exchange.chain.send(&[instruction], &[&lister])
}
