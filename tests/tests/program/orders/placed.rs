//! Orders as accounts, for wallets that sign nothing but transactions.

use anchor_lang::error::ErrorCode;
use ballast::{BallastError, Cancellation, PlaceOrderArgs, events::OrderPlaced};
use ballast_client::{OrderSource, accounts, instructions};
use ballast_harness::{Exchange, Outcome, Refusal, Trader};
use ballast_state::{Order, seeds};
use ballast_tests::{assert_refused, substitute, unsigned};
use solana_signer::Signer;

use super::{BITCOIN, orders, with_orderers};

/// Matches two placed orders of nonce 1.
fn match_placed(
    exchange: &mut Exchange,
    taker: &Trader,
    maker: &Trader,
    taking: &Order,
    units: u32,
) -> Result<Outcome, Refusal> {
    let message = taking.encode().expect("it is an order");
    let source = || OrderSource::Placed { nonce: 1 };
    exchange.match_from((taker, source(), units), (maker, source(), units), &message, &[])
}

#[test]
fn placed_orders_are_filled_by_the_same_instruction() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let placed: OrderPlaced = exchange.place_order(&taker, &taking).expect("the order is placed").event();
    assert_eq!((placed.account, placed.signer, placed.nonce), (taker.address(), taker.owner(), 1));
    exchange.place_order(&maker, &resting).expect("the order is placed");
    let data = exchange.chain.data(&seeds::order(&taker.address(), 1).0);
    let held = accounts::read_placed_order(&data).expect("it can be read");
    assert_eq!(Order::decode(held.message()), Ok(taking.clone()));
    match_placed(&mut exchange, &taker, &maker, &taking, 4).expect("the orders match");
    assert_eq!(exchange.account(&taker).positions[0].quantity, BITCOIN / 25);
    // A signed order fills what is left of a placed one.
    let signed = maker.sign(&Order { nonce: 2, ..resting });
    let message = signed.message.clone();
    let verified = instructions::verify_signatures(&[&signed]);
    let check = exchange.match_check(&taker, &maker, &message);
    let order = |trader: &Trader, source| ballast_client::MatchedOrder { account: trader.key, units: 6, source };
    let matching = instructions::match_orders(
        &order(&taker, OrderSource::Placed { nonce: 1 }),
        &order(&maker, OrderSource::Signature { instruction: 1, index: 0 }),
        check,
    );
    exchange.chain.send(&[verified, matching], &[]).expect("the rest is filled");
    assert_eq!(exchange.account(&taker).positions[0].quantity, BITCOIN / 10);
    assert_refused(&mut exchange, BallastError::OrderExceeded, |exchange| {
        match_placed(exchange, &taker, &maker, &taking, 1)
    });
    exchange.assert_books_balance();
}

#[test]
fn removing_a_placed_order_returns_its_rent_and_ends_it() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    exchange.place_order(&taker, &taking).expect("the order is placed");
    exchange.place_order(&maker, &resting).expect("the order is placed");
    let payer = exchange.chain.payer().clone();
    let lamports = |exchange: &Exchange| exchange.chain.account(&payer.pubkey()).expect("the payer exists").lamports;
    assert_refused(&mut exchange, BallastError::OrderStillLive, |exchange| {
        exchange.cancel_order(&maker.wallet, &taker, 1)
    });
    let before = lamports(&exchange);
    exchange.cancel_order(&taker.wallet, &taker, 1).expect("its owner removes it");
    let rent = exchange.chain.rent(8 + size_of::<ballast_state::PlacedOrder>());
    assert!(lamports(&exchange) > before + rent - 20_000, "the rent came back, less the network's fee");
    let gone = match_placed(&mut exchange, &taker, &maker, &taking, 1).expect_err("there is no order");
    assert_eq!(gone.code, Some(BallastError::OrderSignature.into()));
    // It may be placed again, and forgets nothing that was filled of it.
    exchange.place_order(&taker, &taking).expect("the order is placed again");
    match_placed(&mut exchange, &taker, &maker, &taking, 10).expect("the orders match");
    exchange.cancel_order(&taker.wallet, &taker, 1).expect("its owner removes it");
    assert_refused(&mut exchange, BallastError::OrderExceeded, |exchange| exchange.place_order(&taker, &taking));
}

#[test]
fn anyone_removes_an_order_that_has_expired_for_whoever_paid_for_it() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, _) = orders(&exchange, &taker, &maker, 10);
    exchange.place_order(&taker, &taking).expect("the order is placed");
    exchange.pass_time(599);
    assert_refused(&mut exchange, BallastError::OrderStillLive, |exchange| {
        exchange.cancel_order(&maker.wallet, &taker, 1)
    });
    exchange.pass_time(1);
    let payer = exchange.chain.payer().pubkey();
    let removal = instructions::cancel_order(&taker.key, 1, maker.owner(), payer);
    let stolen = substitute(removal, payer, maker.owner());
    assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| {
        exchange.chain.send(&[stolen], &[&maker.wallet])
    });
    exchange.cancel_order(&maker.wallet, &taker, 1).expect("it has expired");
    assert!(exchange.chain.account(&seeds::order(&taker.address(), 1).0).is_none());
}

#[test]
fn placed_orders_are_cancelled_like_signed_ones() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    exchange.place_order(&taker, &taking).expect("the order is placed");
    exchange.place_order(&maker, &resting).expect("the order is placed");
    for (which, error) in [
        (Cancellation::One { nonce: 1, expires_at: taking.expires_at }, BallastError::OrderCancelled),
        (Cancellation::Below { nonce: 2 }, BallastError::OrderCancelled),
        (Cancellation::All, BallastError::OrderForAnother),
    ] {
        let mut exchange = exchange.clone();
        exchange.cancel_orders(&taker.wallet, &taker, which).expect("the owner cancels");
        assert_refused(&mut exchange, error, |exchange| match_placed(exchange, &taker, &maker, &taking, 1));
    }
}

#[test]
fn orders_that_could_not_be_filled_are_not_placed() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, _) = orders(&exchange, &taker, &maker, 10);
    let other = exchange.order_records(&maker).domain;
    for (order, error) in [
        (Order { domain: other, ..taking.clone() }, BallastError::OrderForAnother),
        (Order { account: maker.address(), ..taking.clone() }, BallastError::OrderForAnother),
        (Order { exchange: maker.address(), ..taking.clone() }, BallastError::OrderForAnother),
        (Order { expires_at: exchange.chain.now(), ..taking.clone() }, BallastError::OrderExpired),
    ] {
        assert_refused(&mut exchange, error, |exchange| exchange.place_order(&taker, &order));
    }
    exchange.cancel_orders(&taker.wallet, &taker, Cancellation::Below { nonce: 2 }).expect("the owner cancels");
    assert_refused(&mut exchange, BallastError::OrderCancelled, |exchange| exchange.place_order(&taker, &taking));
    let payer = exchange.chain.payer().pubkey();
    let message = Order { nonce: 7, ..taking }.encode().expect("it is an order");
    // The address says another nonce than the message.
    let lying = instructions::place_order(&taker.key, taker.owner(), payer, 8, message.clone());
    assert_refused(&mut exchange, BallastError::OrderMalformed, |exchange| {
        exchange.chain.send(&[lying], &[&taker.wallet])
    });
    for message in [Vec::new(), message[1..].to_vec(), [message.clone(), vec![0; 400]].concat()] {
        let malformed = instructions::place_order(&taker.key, taker.owner(), payer, 7, message);
        assert_refused(&mut exchange, BallastError::OrderMalformed, |exchange| {
            exchange.chain.send(&[malformed], &[&taker.wallet])
        });
    }
}

#[test]
fn attacker_places_an_order_for_an_account_of_another() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.place_order_by(&maker.wallet, &taker, &taking)
    });
    let payer = exchange.chain.payer().pubkey();
    let message = taking.encode().expect("it is an order");
    let placing = instructions::place_order(&taker.key, taker.owner(), payer, 1, message.clone());
    let not_signed = unsigned(placing, taker.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
    // An account of his own program in the place of a placed order, with the same bytes.
    exchange.place_order(&taker, &taking).expect("the order is placed");
    exchange.place_order(&maker, &resting).expect("the order is placed");
    let real = seeds::order(&taker.address(), 1).0;
    let forged = anchor_lang::prelude::Pubkey::new_from_array([66; 32]);
    let data = exchange.chain.data(&real);
    exchange.chain.set_account(forged, maker.address(), data);
    let check = exchange.match_check(&taker, &maker, &message);
    let order = |trader: &Trader| ballast_client::MatchedOrder {
        account: trader.key,
        units: 1,
        source: OrderSource::Placed { nonce: 1 },
    };
    let matching = instructions::match_orders(&order(&taker), &order(&maker), check);
    for other in [forged, taker.address(), exchange.address, seeds::order_records(&taker.address()).0] {
        let attempt = substitute(matching.clone(), real, other);
        assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&[attempt], &[]));
    }
    // The maker's placed order as that of the taker.
    let attempt = substitute(matching, real, seeds::order(&maker.address(), 1).0);
    assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| exchange.chain.send(&[attempt], &[]));
}

#[test]
fn attacker_takes_for_another_in_a_transaction_that_he_signs_himself() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    exchange.place_order(&maker, &resting).expect("the order is placed");
    let message = taking.encode().expect("it is an order");
    let made = || OrderSource::Placed { nonce: 1 };
    let forged = OrderSource::Transaction { signer: maker.owner(), message: message.clone() };
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
        exchange.match_from((&taker, forged, 1), (&maker, made(), 1), &message, &[&maker.wallet])
    });
    let own = OrderSource::Transaction { signer: taker.owner(), message: message.clone() };
    let check = exchange.match_check(&taker, &maker, &message);
    let order = |trader: &Trader, source| ballast_client::MatchedOrder { account: trader.key, units: 1, source };
    let matching = instructions::match_orders(&order(&taker, own.clone()), &order(&maker, made()), check);
    let not_signed = unsigned(matching, taker.owner());
    assert_refused(&mut exchange, BallastError::OrderSignature, |exchange| exchange.chain.send(&[not_signed], &[]));
    let malformed = OrderSource::Transaction { signer: taker.owner(), message: message[1..].to_vec() };
    assert_refused(&mut exchange, BallastError::OrderMalformed, |exchange| {
        exchange.match_from((&taker, malformed, 1), (&maker, made(), 1), &message, &[&taker.wallet])
    });
    exchange
        .match_from((&taker, own, 1), (&maker, made(), 1), &message, &[&taker.wallet])
        .expect("he takes for himself");
    let _ = PlaceOrderArgs { nonce: 0, message: Vec::new() };
}
