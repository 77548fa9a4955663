//! `fix_settlement`, `settle_expired` and `remove_expiry`: the end of an expiry.

use ballast::{
    BallastError, ExpiryArgs,
    events::{ExpiryRemoved, ExpirySettled, SettlementFixed},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{ExpiryStatus, OptionKind, PositionKind};
use ballast_tests::{assert_refused, standard, substitute};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
/// The averaging window.
const WINDOW: i64 = 1_800;

/// An expiry of tomorrow, a holder of one call at 100,000 and one future, and the other side with this much cash.
fn with_expiry(writers_cash: i64) -> (Exchange, ExpiryKey, Trader, Trader) {
    let mut exchange = standard();
    let holder = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", writers_cash as u64), ("BTC", 500_000_000)]);
    let expiry = exchange.list_chain("BTC", 1, &[90_000, 100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    let legs = [exchange.leg_at_mark("BTC", call, BITCOIN), exchange.leg_at_mark("BTC", expiry.future(), BITCOIN)];
    exchange.trade(&holder, &writer, &legs).expect("the trade is accepted");
    (exchange, expiry, holder, writer)
}

/// Lets time pass until `before` seconds before the expiry, with fresh prices; within the averaging window every minute.
fn until(exchange: &mut Exchange, expiry: &ExpiryKey, before: i64) {
    let (begins_at, now) = (expiry.expires_at - WINDOW, exchange.chain.now());
    let time = expiry.expires_at - before;
    if now < begins_at {
        exchange.pass_time((time.min(begins_at) - now) as u64);
    }
    exchange.pass_minutes_until(time);
}

/// Lets the expiry pass at this price.
fn expire_at(exchange: &mut Exchange, expiry: &ExpiryKey, price: i64) {
    exchange.set_price("BTC", price * USD);
    until(exchange, expiry, WINDOW);
    until(exchange, expiry, 0);
}

#[test]
fn fix_settlement_averages_the_window() {
    let (mut exchange, expiry, _, _) = with_expiry(50_000 * DOLLAR);
    until(&mut exchange, &expiry, WINDOW + 60);
    // 100,000 for the first 600 seconds of the window, then 103,000 for 600, then 106,000 for 600.
    until(&mut exchange, &expiry, WINDOW);
    until(&mut exchange, &expiry, 1_260);
    exchange.set_price("BTC", 103_000 * USD);
    until(&mut exchange, &expiry, 660);
    exchange.set_price("BTC", 106_000 * USD);
    until(&mut exchange, &expiry, 0);
    let event: SettlementFixed = exchange.fix_settlement(&expiry).expect("the expiry is over").event();
    assert_eq!((event.expiry, event.covered_seconds, event.required_seconds), (expiry.number, WINDOW as u32, 900));
    assert_eq!(event.price, exchange.underlying("BTC").ticks(103_000));
    let market = exchange.market(1);
    let settled = market.expiry(expiry.slot, expiry.number).expect("the expiry is there");
    assert_eq!((settled.status(), settled.settlement_price), (ExpiryStatus::Settled, event.price));
}

#[test]
fn fix_settlement_waits_for_expiry_and_a_price_published_since() {
    let (mut exchange, expiry, _, _) = with_expiry(50_000 * DOLLAR);
    until(&mut exchange, &expiry, 1);
    assert_refused(&mut exchange, BallastError::NotExpired, |exchange| exchange.fix_settlement(&expiry));
    exchange.chain.advance(1);
    assert_refused(&mut exchange, BallastError::NotExpired, |exchange| exchange.fix_settlement(&expiry));
    exchange.publish_again();
    exchange.refresh_all();
    exchange.fix_settlement(&expiry).expect("a price published at expiry will do");
    assert_refused(&mut exchange, BallastError::SettlementState, |exchange| exchange.fix_settlement(&expiry));
}

/// Lets a day pass with the oracle silent since `before` seconds before the expiry.
fn silent_since(exchange: &mut Exchange, expiry: &ExpiryKey, before: i64) {
    until(exchange, expiry, before);
    exchange.chain.set_clock(expiry.expires_at, exchange.chain.slot() + 5_000);
}

#[test]
fn fix_settlement_takes_an_oracle_that_stops_after_enough() {
    let (mut exchange, expiry, holder, writer) = with_expiry(50_000 * DOLLAR);
    silent_since(&mut exchange, &expiry, 600);
    // Until then a price from within the window might still be accepted.
    exchange.chain.advance(119);
    assert_refused(&mut exchange, BallastError::NotExpired, |exchange| exchange.fix_settlement(&expiry));
    exchange.chain.advance(1);
    let event: SettlementFixed = exchange.fix_settlement(&expiry).expect("1,320 seconds are enough").event();
    assert_eq!((event.covered_seconds, event.price), (1_320, exchange.underlying("BTC").ticks(100_000)));
    for trader in [&holder, &writer] {
        exchange.settle_expired(trader, &expiry).expect("it settles without any new price");
    }
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    exchange.assert_books_balance();
}

#[test]
fn fix_settlement_waits_for_prices_after_expiry_where_the_window_has_too_few() {
    let (mut exchange, expiry, ..) = with_expiry(50_000 * DOLLAR);
    silent_since(&mut exchange, &expiry, 1_500);
    exchange.chain.advance(3_600);
    assert_refused(&mut exchange, BallastError::SettlementCoverage, |exchange| exchange.fix_settlement(&expiry));
    // 300 seconds at 100,000 and 120 more that its last price stood; then 480 at 106,000 complete the half of the window.
    exchange.set_price("BTC", 106_000 * USD);
    exchange.publish_again();
    exchange.refresh_all();
    let resumed = exchange.chain.now();
    exchange.pass_minutes_until(resumed + 420);
    assert_refused(&mut exchange, BallastError::SettlementCoverage, |exchange| exchange.fix_settlement(&expiry));
    exchange.pass_minutes_until(resumed + 480);
    exchange.set_price("BTC", 50_000 * USD);
    exchange.pass_minutes_until(resumed + 1_000);
    let event: SettlementFixed = exchange.fix_settlement(&expiry).expect("enough is covered").event();
    assert_eq!((event.covered_seconds, event.required_seconds), (900, 900));
    let average = (100_000 * 420 + 106_000 * 480) / 900;
    assert_eq!(event.price, exchange.underlying("BTC").ticks(average));
}

#[test]
fn a_short_call_keeps_its_risk_while_prices_may_still_come() {
    let (mut exchange, expiry, _, writer) = with_expiry(50_000 * DOLLAR);
    silent_since(&mut exchange, &expiry, 1_500);
    exchange.chain.advance(3_600);
    exchange.publish_again();
    exchange.refresh_all();
    let waiting = exchange.assess(&writer);
    assert_eq!(waiting, exchange.preview(&writer));
    let loss = |report: &ballast_risk::MarginReport| report.modes[Mode::Cross as usize].scan_loss;
    // Short a bitcoin by a future and a call at the money; 480 of 900 seconds still move, 16 % and more.
    let least = (200_000 * DOLLAR * 16 / 100) * 480 / 900 / 2;
    assert!(loss(&waiting) > least, "{} against {least}", loss(&waiting));
    exchange.pass_minutes_until(expiry.expires_at + 5_400);
    let over = exchange.assess(&writer);
    assert_eq!(loss(&over), 0, "everything is fixed");
    exchange.fix_settlement(&expiry).expect("enough is covered");
    assert_eq!(exchange.assess(&writer).equity, over.equity, "the marks were what it settles at");
}

#[test]
fn fix_settlement_falls_back_when_the_extension_is_over() {
    for (silent, covered) in [(1_500, 420), (3_000, 0)] {
        let (mut exchange, expiry, holder, writer) = with_expiry(50_000 * DOLLAR);
        silent_since(&mut exchange, &expiry, silent);
        exchange.chain.advance(14_400 + 119);
        assert_refused(&mut exchange, BallastError::SettlementCoverage, |exchange| exchange.fix_settlement(&expiry));
        exchange.chain.advance(1);
        let event: SettlementFixed = exchange.fix_settlement(&expiry).expect("the oracle is not needed").event();
        assert_eq!((event.covered_seconds, event.price), (covered, exchange.underlying("BTC").ticks(100_000)));
        for trader in [&holder, &writer] {
            exchange.settle_expired(trader, &expiry).expect("it settles");
        }
        exchange.remove_expiry(&expiry).expect("nobody holds it");
        exchange.assert_books_balance();
    }
}

#[test]
fn attacker_waits_for_a_better_price_to_settle_at() {
    let (mut exchange, expiry, ..) = with_expiry(50_000 * DOLLAR);
    silent_since(&mut exchange, &expiry, 3_000);
    exchange.chain.advance(20_000);
    // The oracle is back before anyone fixed the price: it stays the stable price of the extension's end.
    exchange.set_price("BTC", 150_000 * USD);
    exchange.publish_again();
    exchange.refresh_all();
    exchange.pass_time(3_600);
    let event: SettlementFixed = exchange.fix_settlement(&expiry).expect("the extension is over").event();
    assert_eq!((event.covered_seconds, event.price), (0, exchange.underlying("BTC").ticks(100_000)));
}

#[test]
fn fix_settlement_refuses_an_expiry_that_is_not_listed() {
    let (mut exchange, expiry, _, _) = with_expiry(50_000 * DOLLAR);
    expire_at(&mut exchange, &expiry, 100_000);
    for wrong in [ExpiryKey { slot: 1, ..expiry }, ExpiryKey { number: 2, ..expiry }, ExpiryKey { slot: 12, ..expiry }]
    {
        assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.fix_settlement(&wrong));
        assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.remove_expiry(&wrong));
    }
}

#[test]
fn settle_expired_turns_positions_into_cash() {
    let (mut exchange, expiry, holder, writer) = with_expiry(50_000 * DOLLAR);
    let cash = [exchange.account(&holder).cash, exchange.account(&writer).cash];
    let sold_at =
        exchange.account(&writer).positions().iter().find(|it| it.kind() == PositionKind::Future).map(|it| it.ledger);
    let owed = 110_000 * DOLLAR - sold_at.expect("the writer is short the future") + 10_000 * DOLLAR;
    expire_at(&mut exchange, &expiry, 110_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    let paid: ExpirySettled = exchange.settle_expired(&writer, &expiry).expect("the writer settles").event();
    assert_eq!((paid.value, paid.settled, paid.cash), (-owed, -owed, cash[1] - owed));
    exchange.assert_books_balance();
    let received: ExpirySettled = exchange.settle_expired(&holder, &expiry).expect("the holder settles").event();
    assert_eq!((received.value, received.settled, received.cash), (owed, owed, cash[0] + owed));
    for trader in [&holder, &writer] {
        assert_eq!(exchange.account(trader).position_count, 0);
    }
    exchange.assert_books_balance();
    let removed: ExpiryRemoved = exchange.remove_expiry(&expiry).expect("nobody holds it").event();
    assert_eq!(removed.residue, 0);
    let market = exchange.market(1);
    assert!(market.expiries[0].number == 0 && market.series.iter().all(|series| series.number == 0));
    exchange.assert_books_balance();
    // The slot is free again; the number is never used again.
    let next = exchange.list_chain("BTC", 1, &[100_000]);
    assert_eq!((next.slot, next.number), (0, 2));
}

#[test]
fn settle_expired_leaves_a_claim_until_debts_are_paid_in() {
    let (mut exchange, expiry, holder, writer) = with_expiry(2_000 * DOLLAR);
    expire_at(&mut exchange, &expiry, 110_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    let first: ExpirySettled = exchange.settle_expired(&holder, &expiry).expect("the holder settles").event();
    assert!(first.value > 0 && first.settled == 0, "the pool is empty");
    let debt: ExpirySettled = exchange.settle_expired(&writer, &expiry).expect("the writer settles").event();
    assert_eq!((debt.value, debt.cash), (-first.value, 0));
    assert!(debt.settled > debt.value, "cash covers only a part");
    exchange.assert_books_balance();
    assert_refused(&mut exchange, BallastError::ExpiryInUse, |exchange| exchange.remove_expiry(&expiry));
    let claim = exchange.account(&holder).positions[0];
    assert_eq!((claim.kind(), claim.quantity, claim.ledger), (PositionKind::Claim, 0, first.value));
    // A claim needs no vesting, only money in the pool.
    exchange.settle_pnl(&holder, "BTC", PositionKind::Claim, expiry.number).expect("the claim settles in part");
    assert_eq!(exchange.account(&holder).positions[0].ledger, first.value + debt.settled);
    let rest = (first.value + debt.settled) as u64;
    exchange.fund(&writer, "USDC", rest);
    exchange.deposit(&writer, "USDC", rest).expect("the writer brings the rest");
    exchange.settle_pnl(&writer, "BTC", PositionKind::Claim, expiry.number).expect("the debt is paid");
    exchange.settle_pnl(&holder, "BTC", PositionKind::Claim, expiry.number).expect("the claim is paid");
    exchange.remove_expiry(&expiry).expect("nobody holds it any more");
    exchange.assert_books_balance();
}

#[test]
fn settle_expired_of_worthless_options_takes_nothing() {
    let mut exchange = standard();
    let holder = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let expiry = exchange.list_chain("BTC", 1, &[100_000]);
    let put = exchange.option(&expiry, 100_000, OptionKind::Put);
    exchange.buy(&holder, &writer, "BTC", put, BITCOIN);
    let cash = [exchange.account(&holder).cash, exchange.account(&writer).cash];
    expire_at(&mut exchange, &expiry, 101_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    for (trader, cash) in [(&holder, cash[0]), (&writer, cash[1])] {
        let settled: ExpirySettled = exchange.settle_expired(trader, &expiry).expect("it settles").event();
        assert_eq!((settled.value, settled.settled, settled.cash), (0, 0, cash));
    }
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    exchange.assert_books_balance();
}

#[test]
fn settle_expired_refuses_before_the_price_is_fixed() {
    let (mut exchange, expiry, holder, _) = with_expiry(50_000 * DOLLAR);
    assert_refused(&mut exchange, BallastError::SettlementState, |exchange| exchange.settle_expired(&holder, &expiry));
    assert_refused(&mut exchange, BallastError::SettlementState, |exchange| exchange.remove_expiry(&expiry));
    expire_at(&mut exchange, &expiry, 110_000);
    assert_refused(&mut exchange, BallastError::SettlementState, |exchange| exchange.settle_expired(&holder, &expiry));
}

#[test]
fn settle_expired_refuses_an_account_without_positions_there() {
    let (mut exchange, expiry, holder, writer) = with_expiry(500_000 * DOLLAR);
    let stranger = exchange.trader(Mode::Cross, &[]);
    expire_at(&mut exchange, &expiry, 110_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
        exchange.settle_expired(&stranger, &expiry)
    });
    for trader in [&writer, &holder] {
        exchange.settle_expired(trader, &expiry).expect("it settles");
        assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
            exchange.settle_expired(trader, &expiry)
        });
    }
}

#[test]
fn attacker_remove_expiry_that_is_held() {
    let (mut exchange, expiry, holder, _) = with_expiry(500_000 * DOLLAR);
    expire_at(&mut exchange, &expiry, 110_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    assert_refused(&mut exchange, BallastError::ExpiryInUse, |exchange| exchange.remove_expiry(&expiry));
    exchange.settle_expired(&holder, &expiry).expect("one side settles");
    assert_refused(&mut exchange, BallastError::ExpiryInUse, |exchange| exchange.remove_expiry(&expiry));
}

#[test]
fn attacker_remove_expiry_with_a_bank_that_is_not_the_quote_bank() {
    let (mut exchange, expiry, _, _) = with_expiry(500_000 * DOLLAR);
    let quote = exchange.quote_token();
    let other = exchange.collateral("BTC").mint.token.bank(&exchange.address).0;
    let args = ExpiryArgs { slot: expiry.slot, number: expiry.number };
    let instruction = instructions::remove_expiry(exchange.address, &quote, 1, args);
    let instruction = substitute(instruction, quote.bank(&exchange.address).0, other);
    assert_refused(&mut exchange, BallastError::QuoteBank, |exchange| exchange.chain.send(&[instruction], &[]));
}
