//! Never twice, never after expiry, never after cancellation.

use anchor_lang::error::ErrorCode;
use ballast::{
    BallastError, Cancellation,
    events::{OrderRecordsOpened, OrdersCancelled},
};
use ballast_client::{accounts, instructions};
use ballast_harness::{Exchange, Trader};
use ballast_risk::Mode;
use ballast_state::{Order, order::ORDER_SLOTS};
use ballast_tests::{assert_refused, substitute, unsigned};
use solana_signer::Signer;

use super::{matched, orders, with_orderers};

/// Asserts that the orders are refused with this error, for one package each.
#[track_caller]
fn assert_match_refused(
    exchange: &mut Exchange,
    error: BallastError,
    (taker, taking): (&Trader, &Order),
    (maker, resting): (&Trader, &Order),
) {
    assert_refused(exchange, error, |exchange| matched(exchange, (taker, taking), (maker, resting), 1));
}

#[test]
fn attacker_fills_an_order_twice() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 10).expect("the orders match");
    assert_match_refused(&mut exchange, BallastError::OrderExceeded, (&taker, &taking), (&maker, &resting));
    // Another order for the other side does not make the first one whole again.
    let fresh = Order { nonce: 2, ..resting.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderExceeded, (&taker, &taking), (&maker, &fresh));
}

#[test]
fn attacker_fills_more_than_is_left_or_nothing() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 4).expect("a part is filled");
    for units in [7, 10, u32::MAX, 0] {
        assert_refused(&mut exchange, BallastError::OrderExceeded, |exchange| {
            matched(exchange, (&taker, &taking), (&maker, &resting), units)
        });
    }
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 6).expect("the rest is filled");
}

#[test]
fn attacker_fills_an_expired_order() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let soon = exchange.chain.now() + 60;
    let taking = Order { expires_at: soon, ..taking };
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 10).expect("it has a minute");
    let again = Order { nonce: 2, ..taking.clone() };
    let resting = Order { nonce: 2, ..resting };
    exchange.pass_time(59);
    matched(&mut exchange, (&taker, &again), (&maker, &resting), 1).expect("it has a second");
    exchange.pass_time(1);
    // Neither what is left of one, nor the other, whose record may now be written over.
    for order in [&taking, &again] {
        assert_match_refused(&mut exchange, BallastError::OrderExpired, (&taker, order), (&maker, &resting));
    }
    let resting = Order { nonce: 3, expires_at: soon, ..resting };
    let (fresh, _) = orders(&exchange, &taker, &maker, 10);
    let fresh = Order { nonce: 3, ..fresh };
    assert_match_refused(&mut exchange, BallastError::OrderExpired, (&taker, &fresh), (&maker, &resting));
    for expires_at in [0, -1, i64::MIN] {
        let order = Order { expires_at, ..fresh.clone() };
        assert_match_refused(&mut exchange, BallastError::OrderExpired, (&taker, &order), (&maker, &resting));
    }
}

#[test]
fn orders_of_one_nonce_are_cancelled_together() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 4).expect("a part is filled");
    let one = Cancellation::One { nonce: 1, expires_at: taking.expires_at };
    let cancelled: OrdersCancelled =
        exchange.cancel_orders(&taker.wallet, &taker, one).expect("the owner cancels").event();
    assert_eq!((cancelled.account, cancelled.by, cancelled.nonce), (taker.address(), taker.owner(), Some(1)));
    let larger = Order { size: 20, ..taking.clone() };
    for order in [&taking, &larger] {
        assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, order), (&maker, &resting));
    }
    // One that nobody has seen yet.
    let unseen = Cancellation::One { nonce: 5, expires_at: taking.expires_at };
    exchange.cancel_orders(&taker.wallet, &taker, unseen).expect("the owner cancels");
    let order = Order { nonce: 5, ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &order), (&maker, &resting));
    let order = Order { nonce: 6, ..taking };
    matched(&mut exchange, (&taker, &order), (&maker, &resting), 1).expect("the others go on");
}

#[test]
fn cancellation_outlasts_the_orders_that_it_names() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let late = Order { expires_at: taking.expires_at + 600, ..taking.clone() };
    let resting = Order { expires_at: late.expires_at, ..resting };
    matched(&mut exchange, (&taker, &late), (&maker, &resting), 1).expect("a part is filled");
    // Whoever names too early an end is not taken at his word: the record knows better.
    let one = Cancellation::One { nonce: 1, expires_at: exchange.chain.now() + 1 };
    exchange.cancel_orders(&taker.wallet, &taker, one).expect("the owner cancels");
    exchange.pass_time(700);
    assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &late), (&maker, &resting));
    let past = Cancellation::One { nonce: 9, expires_at: exchange.chain.now() };
    assert_refused(&mut exchange, BallastError::OrderExpired, |exchange| {
        exchange.cancel_orders(&taker.wallet, &taker, past)
    });
}

#[test]
fn orders_below_a_nonce_are_cancelled_for_good() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let cancel = |exchange: &mut Exchange, nonce| {
        let outcome = exchange.cancel_orders(&taker.wallet, &taker, Cancellation::Below { nonce });
        outcome.expect("the owner cancels").event::<OrdersCancelled>()
    };
    let cancelled = cancel(&mut exchange, 3);
    assert_eq!((cancelled.minimum_nonce_before, cancelled.minimum_nonce, cancelled.nonce), (0, 3, None));
    for nonce in [0, 1, 2] {
        let order = Order { nonce, ..taking.clone() };
        assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &order), (&maker, &resting));
    }
    assert_eq!(cancel(&mut exchange, 1).minimum_nonce, 3, "nothing takes a cancellation back");
    let order = Order { nonce: 2, ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &order), (&maker, &resting));
    let order = Order { nonce: 3, ..taking.clone() };
    matched(&mut exchange, (&taker, &order), (&maker, &resting), 1).expect("the nonce is not below itself");
    cancel(&mut exchange, u64::MAX);
    assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &order), (&maker, &resting));
}

#[test]
fn all_orders_are_cancelled_by_another_domain() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let mut seen = vec![taking.domain];
    // Three times within one slot.
    for _ in 0..3 {
        exchange.cancel_orders(&taker.wallet, &taker, Cancellation::All).expect("the owner cancels");
        assert_match_refused(&mut exchange, BallastError::OrderForAnother, (&taker, &taking), (&maker, &resting));
        let records = exchange.order_records(&taker);
        assert!(!seen.contains(&records.domain));
        seen.push(records.domain);
        let fresh = Order { domain: records.domain, ..taking.clone() };
        matched(&mut exchange, (&taker, &fresh), (&maker, &resting), 1).expect("what is signed anew is filled");
        assert_match_refused(&mut exchange, BallastError::OrderForAnother, (&taker, &taking), (&maker, &resting));
    }
}

#[test]
fn attacker_cancels_orders_of_another() {
    let (mut exchange, taker, maker) = with_orderers();
    for which in
        [Cancellation::All, Cancellation::Below { nonce: 9 }, Cancellation::One { nonce: 1, expires_at: i64::MAX }]
    {
        assert_refused(&mut exchange, BallastError::NotOwner, |exchange| {
            exchange.cancel_orders(&maker.wallet, &taker, which)
        });
        let cancellation = instructions::cancel_orders(&taker.key, taker.owner(), which);
        let not_signed = unsigned(cancellation, taker.owner());
        assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
        // His own account in front of the other's records.
        let cancellation = instructions::cancel_orders(&maker.key, maker.owner(), which);
        let [from, to] = [&maker, &taker].map(|trader| ballast_state::seeds::order_records(&trader.address()).0);
        let mixed = substitute(cancellation, from, to);
        assert_refused(&mut exchange, BallastError::OrderForAnother, |exchange| {
            exchange.chain.send(&[mixed], &[&maker.wallet])
        });
        // A list of slots of his own choice.
        let cancellation = instructions::cancel_orders(&taker.key, taker.owner(), which);
        let forged = substitute(cancellation, ballast::SLOT_HASHES, taker.address());
        assert_refused(&mut exchange, ErrorCode::ConstraintAddress, |exchange| {
            exchange.chain.send(&[forged], &[&taker.wallet])
        });
    }
}

#[test]
fn orders_whose_nonces_share_a_slot_wait_for_each_other() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let resting = Order { expires_at: taking.expires_at + 600, ..resting };
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 1).expect("a part is filled");
    let next = Order { nonce: 1 + ORDER_SLOTS as u64, expires_at: taking.expires_at + 600, ..taking.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderSlotTaken, (&taker, &next), (&maker, &resting));
    let one = Cancellation::One { nonce: next.nonce, expires_at: next.expires_at };
    assert_refused(&mut exchange, BallastError::OrderSlotTaken, |exchange| {
        exchange.cancel_orders(&taker.wallet, &taker, one)
    });
    exchange.pass_time(600);
    matched(&mut exchange, (&taker, &next), (&maker, &resting), 1).expect("the first has expired");
    assert_match_refused(&mut exchange, BallastError::OrderExpired, (&taker, &taking), (&maker, &resting));
    // Cancelling the first sets its slot free, too.
    let third = Order { nonce: next.nonce + ORDER_SLOTS as u64, ..next.clone() };
    assert_match_refused(&mut exchange, BallastError::OrderSlotTaken, (&taker, &third), (&maker, &resting));
    let below = Cancellation::Below { nonce: third.nonce };
    exchange.cancel_orders(&taker.wallet, &taker, below).expect("the owner cancels");
    matched(&mut exchange, (&taker, &third), (&maker, &resting), 1).expect("the slot is free");
    assert_match_refused(&mut exchange, BallastError::OrderCancelled, (&taker, &next), (&maker, &resting));
}

#[test]
fn alternatives_of_one_nonce_exclude_each_other() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let alternative = Order { size: 20, ..taking.clone() };
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 1).expect("a part is filled");
    assert_match_refused(&mut exchange, BallastError::OrderSlotTaken, (&taker, &alternative), (&maker, &resting));
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 9).expect("the rest is filled");
    assert_match_refused(&mut exchange, BallastError::OrderSlotTaken, (&taker, &alternative), (&maker, &resting));
}

#[test]
fn attacker_replays_orders_after_their_records_were_closed_and_opened_again() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    matched(&mut exchange, (&taker, &taking), (&maker, &resting), 10).expect("the orders match");
    // In the slot in which they were opened, records opened again would draw the same domain.
    assert_refused(&mut exchange, BallastError::RecordsJustOpened, |exchange| exchange.close_order_records(&taker));
    exchange.pass_time(1);
    let lamports = exchange.chain.account(&taker.owner()).expect("the wallet exists").lamports;
    exchange.close_order_records(&taker).expect("the owner closes them");
    let rent = exchange.chain.rent(8 + size_of::<ballast_state::OrderRecords>());
    assert_eq!(exchange.chain.account(&taker.owner()).expect("the wallet exists").lamports, lamports + rent);
    let signed = (taker.sign(&taking), maker.sign(&resting));
    assert_refused(&mut exchange, ErrorCode::AccountOwnedByWrongProgram, |exchange| {
        exchange.match_signed((&taker, &signed.0, 1), (&maker, &signed.1, 1))
    });
    let opened: OrderRecordsOpened = exchange.open_order_records(&taker).expect("they are opened again").event();
    assert_ne!(opened.domain, taking.domain);
    let resting = Order { nonce: 2, ..resting };
    assert_match_refused(&mut exchange, BallastError::OrderForAnother, (&taker, &taking), (&maker, &resting));
}

#[test]
fn attacker_closes_or_opens_records_of_another() {
    let (mut exchange, taker, maker) = with_orderers();
    exchange.pass_time(1);
    let closing = instructions::close_order_records(&taker.key, maker.owner());
    let stolen = substitute(closing.clone(), taker.owner(), maker.owner());
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[stolen], &[&maker.wallet]));
    let not_signed = unsigned(closing, taker.owner());
    assert_refused(&mut exchange, ErrorCode::AccountNotSigner, |exchange| exchange.chain.send(&[not_signed], &[]));
    let third = exchange.trader(Mode::Portfolio, &[]);
    let payer = exchange.chain.payer().clone();
    let opening = instructions::open_order_records(&third.key, payer.pubkey());
    let opened = substitute(opening, third.owner(), maker.owner());
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[opened], &[&maker.wallet]));
    exchange.open_order_records(&third).expect("its owner opens them");
    let records =
        accounts::read_order_records(&exchange.chain.data(&ballast_state::seeds::order_records(&third.address()).0));
    assert_eq!(records.expect("they can be read").owner, third.owner());
}

#[test]
fn records_outlive_a_margin_account_that_is_closed_and_opened_again() {
    let (mut exchange, taker, maker) = with_orderers();
    let (taking, resting) = orders(&exchange, &taker, &maker, 10);
    let buying = matched(&mut exchange, (&taker, &taking), (&maker, &resting), 10);
    buying.expect("the orders match");
    // Everything is undone and withdrawn, the account closed and opened at the same address.
    let position = exchange.account(&taker).positions[0];
    exchange.buy(&maker, &taker, "BTC", ballast_state::Contract::PERPETUAL, position.quantity);
    let cash = exchange.account(&taker).cash as u64;
    exchange.withdraw(&taker, "USDC", cash).expect("everything leaves");
    exchange.close_account(&taker).expect("it is empty");
    let again = exchange.open_account(&taker.wallet, 0, Mode::Portfolio).expect("it is opened again");
    assert_eq!(again.address(), taker.address());
    exchange.deposit(&again, "USDC", cash).expect("the cash comes back");
    let resting = Order { nonce: 2, ..resting };
    assert_match_refused(&mut exchange, BallastError::OrderExceeded, (&taker, &taking), (&maker, &resting));
}
