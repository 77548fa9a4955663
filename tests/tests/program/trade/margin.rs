//! What margin a trade needs.

use ballast::BallastError;
use ballast_harness::oracle::USD;
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, perpetual, with_traders};

#[test]
fn trade_refuses_what_initial_margin_does_not_cover() {
    let mut exchange = standard();
    // One bitcoin at 100,000: a scan loss of 16 % and charges of 4 %.
    let needed = 20_000 * DOLLAR as u64;
    let poor = exchange.trader(Mode::Portfolio, &[("USDC", needed - DOLLAR as u64)]);
    let rich = exchange.trader(Mode::Portfolio, &[("USDC", 100 * needed)]);
    let leg = perpetual(&exchange, BITCOIN);
    for (first, second) in [(&poor, &rich), (&rich, &poor)] {
        assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
            exchange.trade(first, second, &[leg])
        });
    }
    exchange.fund(&poor, "USDC", 2 * DOLLAR as u64);
    exchange.deposit(&poor, "USDC", 2 * DOLLAR as u64).expect("the deposit is accepted");
    exchange.trade(&poor, &rich, &[leg]).expect("now margin covers it");
}

#[test]
fn trade_may_reduce_risk_below_initial_margin() {
    let mut exchange = standard();
    let holder = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    exchange.buy(&holder, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 97_000 * USD);
    exchange.refresh_all();
    let own = exchange.assess(&holder).modes[Mode::Portfolio as usize];
    assert!(own.initial_excess < 0 && own.maintenance_excess > 0, "{own:?}");
    let more = perpetual(&exchange, 1);
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        exchange.trade(&holder, &other, &[more])
    });
    let mut less = perpetual(&exchange, -BITCOIN / 10);
    exchange.trade(&holder, &other, &[less]).expect("selling a part reduces risk");
    // Selling far below the mark would cost more than the risk it takes off.
    less.price -= 190_000;
    less.quantity = -1;
    exchange.trade(&holder, &other, &[less]).expect("two per cent below the mark still frees more than it costs");
    exchange.assert_books_balance();
}

#[test]
fn trade_refuses_premiums_that_cash_does_not_cover() {
    let mut exchange = standard();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, OptionKind::Call);
    // Plenty of collateral, no cash.
    let buyer = exchange.trader(Mode::Portfolio, &[("BTC", 1_000_000_000)]);
    let seller = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    let leg = exchange.leg_at_mark("BTC", call, BITCOIN);
    assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| exchange.trade(&buyer, &seller, &[leg]));
    let premium = exchange.mark("BTC", call) * 10_000;
    exchange.fund(&buyer, "USDC", premium);
    exchange.deposit(&buyer, "USDC", premium).expect("the deposit is accepted");
    exchange.trade(&buyer, &seller, &[leg]).expect("cash covers the premium");
    assert_eq!(exchange.account(&buyer).cash, 0);
}

#[test]
fn trade_margins_a_hedged_book_by_what_it_can_lose() {
    let (mut exchange, first, second) = with_traders();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    exchange.buy(&first, &second, "BTC", Contract::PERPETUAL, BITCOIN);
    let naked = exchange.assess(&first);
    exchange.buy(&second, &first, "BTC", expiry.future(), BITCOIN);
    let hedged = exchange.assess(&first);
    let requirement = |report: &ballast_risk::MarginReport, mode| report.modes[mode as usize].initial_requirement;
    // The price cancels out; the basis shock of the future and the charges on both legs stay.
    assert!(requirement(&hedged, Mode::Portfolio) < requirement(&naked, Mode::Portfolio) / 5 * 3);
    assert!(requirement(&hedged, Mode::Isolated) > requirement(&naked, Mode::Isolated));
}

#[test]
fn attacker_trade_hands_over_unsettled_gains() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 20_100 * DOLLAR as u64)]);
    let accomplice = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]);
    exchange.buy(&attacker, &accomplice, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 110_000 * USD);
    exchange.refresh_all();
    let own = exchange.assess(&attacker).modes[Mode::Portfolio as usize];
    assert!(own.initial_excess > 0 && own.withdrawal_excess < 0, "{own:?}");
    let mut leg = perpetual(&exchange, BITCOIN / 10);
    leg.price += 100_000;
    assert_refused(&mut exchange, BallastError::HandoverExceedsExcess, |exchange| {
        exchange.trade(&attacker, &accomplice, &[leg])
    });
    let at_the_mark = perpetual(&exchange, BITCOIN / 10);
    exchange.trade(&attacker, &accomplice, &[at_the_mark]).expect("at the mark nothing is handed over");
}
