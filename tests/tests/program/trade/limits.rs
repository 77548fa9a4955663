//! Limits on what an account and a market hold.

use ballast::BallastError;
use ballast_harness::{
    Exchange, Trader, defaults,
    oracle::{Feed, USD},
};
use ballast_risk::Mode;
use ballast_state::{Contract, ExchangeParameters, MarketParameters, OptionKind};
use ballast_tests::assert_refused;

use super::{BITCOIN, DOLLAR, perpetual, with_traders};

#[test]
fn trade_refuses_more_open_interest_than_the_market_allows() {
    let (mut exchange, first, second) = with_traders();
    let third = exchange.trader(Mode::Cross, &[("USDC", 1_000_000 * DOLLAR as u64)]);
    let parameters = MarketParameters { open_interest_limit: 1_000, ..defaults::major_market() };
    exchange.list_market("SMALL", Feed::pull([8; 32]), (2, 2), parameters).expect("the market is listed");
    exchange.set_price("SMALL", 100 * USD);
    exchange.refresh_all();
    exchange.buy(&first, &second, "SMALL", Contract::PERPETUAL, 1_000);
    let more = exchange.leg_at_mark("SMALL", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::OpenInterestLimit, |exchange| exchange.trade(&first, &second, &[more]));
    // A long position that changes hands is not more open interest.
    exchange.buy(&third, &first, "SMALL", Contract::PERPETUAL, 400);
    exchange.buy(&second, &third, "SMALL", Contract::PERPETUAL, 400);
    let index = usize::from(exchange.underlying("SMALL").number);
    assert_eq!(exchange.market(index as u16).perpetual_open_interest, 600);
    exchange.assert_books_balance();
}

#[test]
fn trade_refuses_a_sixty_fifth_position() {
    let (mut exchange, first, second) = with_traders();
    let strikes: Vec<u64> = (0..33).map(|step| 84_000 + 1_000 * step).collect();
    let expiry = exchange.list_chain("BTC", 30, &strikes);
    let contracts: Vec<Contract> = strikes
        .iter()
        .flat_map(|&strike| [OptionKind::Call, OptionKind::Put].map(|kind| exchange.option(&expiry, strike, kind)))
        .collect();
    for batch in contracts[..64].chunks(8) {
        let legs: Vec<_> = batch.iter().map(|&contract| exchange.leg_at_mark("BTC", contract, 10)).collect();
        exchange.trade(&first, &second, &legs).expect("sixty-four positions fit");
    }
    assert_eq!(exchange.account(&first).position_count, 64);
    let leg = exchange.leg_at_mark("BTC", contracts[64], 10);
    assert_refused(&mut exchange, BallastError::NoFreePosition, |exchange| exchange.trade(&first, &second, &[leg]));
    // One may be closed and another opened in its place, in one trade.
    let close = exchange.leg_at_mark("BTC", contracts[7], -10);
    exchange.trade(&first, &second, &[close, leg]).expect("a position made room");
    exchange.assert_books_balance();
}

#[test]
fn trade_refuses_a_ninth_market() {
    let (mut exchange, first, second) = with_traders();
    for index in 0..9_u8 {
        let name = format!("MARKET {index}");
        let feed = Feed::pull([100 + index; 32]);
        exchange.list_market(&name, feed, (2, 2), defaults::major_market()).expect("the market is listed");
        exchange.set_price(&name, 100 * USD);
    }
    exchange.refresh_all();
    for index in 0..8 {
        exchange.buy(&first, &second, &format!("MARKET {index}"), Contract::PERPETUAL, 1);
    }
    let leg = exchange.leg_at_mark("MARKET 8", Contract::PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::NoFreeMarket, |exchange| exchange.trade(&first, &second, &[leg]));
    exchange.buy(&second, &first, "MARKET 2", Contract::PERPETUAL, 1);
    exchange.trade(&first, &second, &[leg]).expect("a market made room");
    exchange.assert_books_balance();
}

/// An exchange whose checks may cost 50,000 units, two traders, and calls that together cost more.
fn with_small_checks() -> (Exchange, Trader, Trader, Vec<Contract>) {
    let parameters = ExchangeParameters { check_compute_cap: 50_000, ..defaults::exchange() };
    let mut exchange = Exchange::standard_with(parameters);
    let deposits = [("USDC", 1_000_000 * DOLLAR as u64)];
    let first = exchange.trader(Mode::Portfolio, &deposits);
    let second = exchange.trader(Mode::Portfolio, &deposits);
    let strikes: Vec<u64> = (0..20).map(|step| 90_000 + 1_000 * step).collect();
    let expiry = exchange.list_chain("BTC", 30, &strikes);
    let calls = strikes.iter().map(|&strike| exchange.option(&expiry, strike, OptionKind::Call)).collect();
    (exchange, first, second, calls)
}

#[test]
fn trade_refuses_a_book_that_is_too_dear_to_check() {
    let (mut exchange, first, second, calls) = with_small_checks();
    let mut refused = None;
    for &call in &calls {
        let leg = exchange.leg_at_mark("BTC", call, 10);
        let units = exchange.assess(&first).check_compute_units;
        assert!(units <= 50_000, "{units}");
        if exchange.trade(&first, &second, &[leg]).is_err() {
            refused = Some(leg);
            break;
        }
    }
    let leg = refused.expect("twenty calls cost more than the cap");
    assert_refused(&mut exchange, BallastError::CheckTooLarge, |exchange| exchange.trade(&first, &second, &[leg]));
    exchange.buy(&second, &first, "BTC", calls[0], 10);
    exchange.trade(&first, &second, &[leg]).expect("a smaller book has room for it");
}

#[test]
fn trade_that_runs_out_of_compute_changes_nothing() {
    let (mut exchange, first, second) = with_traders();
    let leg = perpetual(&exchange, BITCOIN);
    let check = exchange.trade_check(&first, &second, &[leg]);
    let instruction = ballast_client::instructions::trade(&first.key, &second.key, vec![leg], check);
    let before = exchange.chain.accounts_of(&ballast::ID);
    let refusal = exchange
        .chain
        .send_with_limit(&[instruction], &[&first.wallet, &second.wallet], 10_000)
        .expect_err("ten thousand units are too few");
    assert_eq!((refusal.code, refusal.compute_units), (None, 10_000), "{refusal}");
    assert!(exchange.chain.accounts_of(&ballast::ID) == before);
}
