//! The end of contracts: old marks, second payments, numbers that come again, and halts.

use ballast::{BallastError, SettlePnlArgs};
use ballast_client::instructions;
use ballast_harness::{Exchange, ExpiryKey, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, Expiry, OptionKind, PositionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, Stakes};

const DAY: u64 = 86_400;

/// An expiry of tomorrow with calls and puts at 100,000, an attacker who holds a call and a put, and the writer.
fn with_expiry() -> (Exchange, ExpiryKey, Trader, Trader) {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]);
    let writer = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", 1, &[100_000]);
    for kind in [OptionKind::Call, OptionKind::Put] {
        let option = exchange.option(&expiry, 100_000, kind);
        exchange.buy(&attacker, &writer, "BTC", option, BITCOIN);
    }
    (exchange, expiry, attacker, writer)
}

/// Lets the expiry pass at this price.
fn expire_at(exchange: &mut Exchange, expiry: &ExpiryKey, price: i64) {
    exchange.set_price("BTC", price * USD);
    exchange.pass_time((expiry.expires_at - Expiry::AVERAGING_SECONDS - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at);
}

#[test]
fn attack_trade_an_expired_option_at_the_mark_that_it_had() {
    let (mut exchange, expiry, attacker, writer) = with_expiry();
    let put = exchange.option(&expiry, 100_000, OptionKind::Put);
    let old = exchange.leg_at_mark("BTC", put, -BITCOIN);
    expire_at(&mut exchange, &expiry, 120_000);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&writer]);
    for price in [old.price, 1] {
        let leg = ballast::TradeLeg { price, ..old };
        assert_refused(&mut exchange, BallastError::ContractExpired, |exchange| {
            exchange.trade(&attacker, &writer, &[leg])
        });
    }
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    assert_refused(&mut exchange, BallastError::ContractExpired, |exchange| exchange.trade(&attacker, &writer, &[old]));
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_settle_twice() {
    let (mut exchange, expiry, attacker, writer) = with_expiry();
    expire_at(&mut exchange, &expiry, 120_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    let stakes = Stakes::before(&exchange, &[&attacker], &[&writer]);
    exchange.settle_expired(&writer, &expiry).expect("the writer pays");
    exchange.settle_expired(&attacker, &expiry).expect("the holder is paid");
    assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
        exchange.settle_expired(&attacker, &expiry)
    });
    for kind in [PositionKind::Claim, PositionKind::Call, PositionKind::Future] {
        let args = SettlePnlArgs { kind: kind as u8, number: expiry.number };
        let instruction = instructions::settle_pnl(&attacker.key, 1, args);
        assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
            exchange.chain.send(&[instruction], &[])
        });
    }
    assert_refused(&mut exchange, BallastError::SettlementState, |exchange| exchange.fix_settlement(&expiry));
    // Until it settles, an option counts at its value less the kernel's error bound: less than a cent.
    stakes.assert_no_profit_beyond(&exchange, 10_000);
}

#[test]
fn attack_settle_at_a_price_of_ones_choice() {
    // Fixed once, from all prices of the window: whoever calls, whenever.
    let (mut exchange, expiry, attacker, writer) = with_expiry();
    exchange.pass_time((expiry.expires_at - Expiry::AVERAGING_SECONDS - exchange.chain.now()) as u64);
    exchange.pass_minutes_until(expiry.expires_at - 10);
    // Ten seconds before the end the price is pumped.
    exchange.set_price("BTC", 200_000 * USD);
    exchange.refresh_all();
    assert_refused(&mut exchange, BallastError::NotExpired, |exchange| exchange.fix_settlement(&expiry));
    exchange.pass_time(10);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    let market = exchange.market(1);
    let settled = market.expiry(expiry.slot, expiry.number).expect("the expiry is there").settlement_price;
    let ticks = exchange.underlying("BTC").ticks(1);
    // Ten of 1,800 seconds at twice the price.
    assert_eq!(settled / ticks, 100_000 + 100_000 * 10 / 1_800);
    for trader in [&writer, &attacker] {
        exchange.settle_expired(trader, &expiry).expect("it settles");
    }
    exchange.assert_books_balance();
}

#[test]
fn attack_keep_a_reference_to_what_was_removed() {
    let (mut exchange, expiry, attacker, writer) = with_expiry();
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    expire_at(&mut exchange, &expiry, 100_000);
    exchange.fix_settlement(&expiry).expect("the expiry is over");
    for trader in [&writer, &attacker] {
        exchange.settle_expired(trader, &expiry).expect("it settles");
    }
    exchange.remove_expiry(&expiry).expect("nobody holds it");
    // The slots are taken again, by a call worth much more.
    let next = exchange.list_chain("BTC", 30, &[50_000]);
    assert_eq!(next.slot, expiry.slot);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&writer]);
    let leg = exchange.leg("BTC", call, 1, 1);
    assert_refused(&mut exchange, BallastError::UnknownContract, |exchange| exchange.trade(&attacker, &writer, &[leg]));
    assert_refused(&mut exchange, BallastError::UnknownExpiry, |exchange| exchange.settle_expired(&attacker, &expiry));
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_vest_a_gain_over_a_halt() {
    // The chain stands still for three days and comes back at another price: none of that time counts for a gain that
    // was not there before, and a loss is not charged for it either.
    let mut exchange = standard();
    let [attacker, honest] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]));
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.settle_pnl(&attacker, "BTC", PositionKind::Perpetual, 0).expect("it settles");
    exchange.set_price("BTC", 110_000 * USD);
    exchange.pass_time(3 * DAY);
    exchange.settle_pnl(&honest, "BTC", PositionKind::Perpetual, 0).expect("the loss is paid in");
    let cash = exchange.account(&attacker).cash;
    exchange.settle_pnl(&attacker, "BTC", PositionKind::Perpetual, 0).expect("it settles");
    assert_eq!(exchange.account(&attacker).cash, cash, "nothing has vested");
    exchange.assert_books_balance();
}
