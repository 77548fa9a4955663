//! Publishers of a market, which change by the same path.

use anchor_lang::prelude::Pubkey;
use ballast::{BallastError, events::ParameterChanged};
use ballast_harness::{Exchange, governing::publisher};
use ballast_state::governance::PUBLISHER;
use ballast_tests::{assert_refused, standard};
use solana_signer::Signer;

use super::{DAY, HOUR};

fn publishers(exchange: &Exchange) -> Vec<Pubkey> {
    let market = exchange.market(1);
    market.publishers[..usize::from(market.publisher_count)].to_vec()
}

#[test]
fn a_publisher_is_removed_after_an_hour_and_named_after_two_days() {
    let mut exchange = standard();
    let (market, governance) = (exchange.market_address("BTC"), exchange.governance.clone());
    let [first, second, third] = exchange.publishers.clone().map(|wallet| wallet.pubkey());
    let new = Pubkey::new_from_array([77; 32]);
    exchange.propose_by(&governance, market, publisher(0, None)).expect("governance may");
    exchange.propose_by(&governance, market, publisher(2, Some(new))).expect("governance may");
    exchange.propose_by(&governance, market, publisher(1, Some(new))).expect("governance may");
    exchange.chain.advance(HOUR);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(market, PUBLISHER, 1));
    exchange.apply(market, PUBLISHER, 0).expect("a removal is a tightening");
    assert_eq!(publishers(&exchange), [third, second]);
    exchange.chain.advance(2 * DAY - HOUR);
    let event: ParameterChanged = exchange.apply(market, PUBLISHER, 1).expect("two days have passed").event();
    assert_eq!((event.parameter, event.slot, event.key), (PUBLISHER, 1, new));
    assert_eq!(publishers(&exchange), [third, new]);
    assert!(!publishers(&exchange).contains(&first));
    // The third moved to the first place: who was to take the third's place takes nobody else's.
    assert_refused(&mut exchange, BallastError::PublisherList, |exchange| exchange.apply(market, PUBLISHER, 2));
}

#[test]
fn a_list_that_would_not_do_is_refused() {
    let mut exchange = standard();
    let (market, governance) = (exchange.market_address("BTC"), exchange.governance.clone());
    let [first, ..] = exchange.publishers.clone();
    let changes = [
        publisher(1, Some(first.pubkey())),
        publisher(4, Some(Pubkey::new_from_array([77; 32]))),
        publisher(200, Some(Pubkey::new_from_array([77; 32]))),
        publisher(3, None),
    ];
    for change in changes {
        exchange.propose_by(&governance, market, change).expect("it may have come to fit by then");
        exchange.chain.advance(2 * DAY);
        assert_refused(&mut exchange, BallastError::PublisherList, |exchange| {
            exchange.apply(market, PUBLISHER, change.slot)
        });
    }
    // A bank has none.
    let bank = exchange.bank_address("BTC");
    exchange.propose_by(&governance, bank, publisher(0, None)).expect("a proposal");
    exchange.chain.advance(HOUR);
    assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| exchange.apply(bank, PUBLISHER, 0));
}

#[test]
fn attacker_removes_publishers_until_one_is_left() {
    let mut exchange = standard();
    let (market, governance) = (exchange.market_address("BTC"), exchange.governance.clone());
    for slot in [0, 1] {
        exchange.propose_by(&governance, market, publisher(slot, None)).expect("governance may");
    }
    exchange.chain.advance(HOUR);
    exchange.apply(market, PUBLISHER, 0).expect("three are one more than have to sign");
    assert_refused(&mut exchange, BallastError::PublisherList, |exchange| exchange.apply(market, PUBLISHER, 1));
}
