//! `settle_pnl`

use ballast::{BallastError, SettlePnlArgs, events::PnlSettled};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, PositionKind};
use ballast_tests::{assert_refused, standard, substitute};

/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
/// One µUSD-dollar.
const DOLLAR: i64 = 1_000_000;
const DAY: u64 = 86_400;

/// A winner and a loser of 5,000 dollars on one bitcoin; the loser has this much cash.
fn with_profit(losers_cash: i64) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let winner = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let deposits = [("USDC", losers_cash as u64), ("BTC", 200_000_000)];
    let loser = exchange.trader(Mode::Portfolio, &deposits);
    exchange.buy(&winner, &loser, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 105_000 * USD);
    exchange.refresh_all();
    (exchange, winner, loser)
}

fn settle(exchange: &mut Exchange, trader: &Trader) -> PnlSettled {
    let outcome = exchange.settle_pnl(trader, "BTC", PositionKind::Perpetual, 0).expect("the position settles");
    exchange.assert_books_balance();
    outcome.event()
}

#[test]
fn settle_pnl_pays_losses_into_the_pool_at_once() {
    let (mut exchange, _, loser) = with_profit(20_000 * DOLLAR);
    let before = exchange.assess(&loser);
    let settled = settle(&mut exchange, &loser);
    assert_eq!((settled.profit, settled.settled), (-5_000 * DOLLAR, -5_000 * DOLLAR));
    assert_eq!((settled.cash, settled.pool), (15_000 * DOLLAR, 5_000 * DOLLAR as u64));
    assert_eq!(exchange.market(1).perpetual_pool, 5_000 * DOLLAR as u64);
    assert_eq!(exchange.assess(&loser).equity, before.equity);
    let again = settle(&mut exchange, &loser);
    assert_eq!((again.profit, again.settled), (0, 0));
}

#[test]
fn settle_pnl_pays_gains_only_once_they_have_vested() {
    let (mut exchange, winner, loser) = with_profit(20_000 * DOLLAR);
    settle(&mut exchange, &loser);
    let first = settle(&mut exchange, &winner);
    assert_eq!((first.profit, first.settled), (5_000 * DOLLAR, 0));
    exchange.pass_time(DAY / 2);
    let half = settle(&mut exchange, &winner);
    assert!((2_499 * DOLLAR..=2_500 * DOLLAR).contains(&half.settled), "{}", half.settled);
    exchange.pass_time(DAY);
    let rest = settle(&mut exchange, &winner);
    assert_eq!(half.settled + rest.settled, 5_000 * DOLLAR);
    assert_eq!((rest.cash, rest.pool), (55_000 * DOLLAR, 0));
}

#[test]
fn settle_pnl_pays_no_more_than_the_pool_holds() {
    let (mut exchange, winner, loser) = with_profit(1_000 * DOLLAR);
    // The loser's cash covers only a fifth of the loss: the rest stays in the ledger.
    assert_eq!(settle(&mut exchange, &loser).settled, -1_000 * DOLLAR);
    settle(&mut exchange, &winner);
    exchange.pass_time(DAY);
    let settled = settle(&mut exchange, &winner);
    assert_eq!((settled.settled, settled.pool), (1_000 * DOLLAR, 0));
    assert_eq!(exchange.account(&loser).cash, 0);
}

#[test]
fn settle_pnl_removes_a_closed_position_with_its_last_profit() {
    let (mut exchange, winner, loser) = with_profit(20_000 * DOLLAR);
    exchange.buy(&loser, &winner, "BTC", Contract::PERPETUAL, BITCOIN);
    let open = exchange.account(&loser);
    assert_eq!((open.position_count, open.positions[0].quantity, open.positions[0].ledger), (1, 0, -5_000 * DOLLAR));
    settle(&mut exchange, &loser);
    assert_eq!(exchange.account(&loser).position_count, 0);
    settle(&mut exchange, &winner);
    exchange.pass_time(DAY);
    settle(&mut exchange, &winner);
    assert_eq!(exchange.account(&winner).position_count, 0);
    exchange.withdraw(&winner, "USDC", 55_000 * DOLLAR as u64).expect("the gain is money now");
    exchange.assert_books_balance();
}

#[test]
fn settle_pnl_works_for_futures() {
    let mut exchange = standard();
    let winner = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let loser = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR as u64)]);
    let expiry = exchange.list_chain("BTC", 30, &[]);
    exchange.buy(&winner, &loser, "BTC", expiry.future(), BITCOIN);
    exchange.set_price("BTC", 105_000 * USD);
    exchange.refresh_all();
    let outcome = exchange.settle_pnl(&loser, "BTC", PositionKind::Future, expiry.number).expect("it settles");
    let settled: PnlSettled = outcome.event();
    assert!(settled.settled < -5_000 * DOLLAR, "forwards move a little more than the index");
    let market = exchange.market(1);
    assert_eq!((market.perpetual_pool, market.expiries[0].pool), (0, -settled.settled as u64));
    exchange.assert_books_balance();
}

#[test]
fn settle_pnl_refuses_what_the_account_does_not_hold() {
    let (mut exchange, winner, _) = with_profit(20_000 * DOLLAR);
    for (kind, number) in [
        (PositionKind::Future, 1),
        (PositionKind::Claim, 1),
        (PositionKind::Call, 1),
        (PositionKind::None, 0),
        (PositionKind::Perpetual, 1),
    ] {
        assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
            exchange.settle_pnl(&winner, "BTC", kind, number)
        });
    }
    assert_refused(&mut exchange, BallastError::NothingToSettle, |exchange| {
        exchange.settle_pnl(&winner, "ETH", PositionKind::Perpetual, 0)
    });
}

#[test]
fn settle_pnl_refuses_a_stale_price() {
    let (mut exchange, winner, _) = with_profit(20_000 * DOLLAR);
    exchange.chain.advance(11);
    assert_refused(&mut exchange, BallastError::StaleMarket, |exchange| {
        exchange.settle_pnl(&winner, "BTC", PositionKind::Perpetual, 0)
    });
}

#[test]
fn attacker_settle_pnl_vests_a_gain_that_came_a_moment_ago() {
    let (mut exchange, winner, loser) = with_profit(20_000 * DOLLAR);
    settle(&mut exchange, &loser);
    // The gain was there once, a day ago, and went away in between.
    settle(&mut exchange, &winner);
    exchange.set_price("BTC", 100_000 * USD);
    exchange.pass_time(DAY / 2);
    settle(&mut exchange, &winner);
    exchange.set_price("BTC", 105_000 * USD);
    exchange.pass_time(DAY / 2);
    assert_eq!(settle(&mut exchange, &winner).settled, 0);
}

#[test]
fn attacker_settle_pnl_with_a_market_of_another_exchange() {
    let (mut exchange, winner, _) = with_profit(20_000 * DOLLAR);
    let other = exchange.open_another(1).expect("another exchange is created");
    let elsewhere = exchange.list_market_in(other, "BTC").expect("a market there");
    let here = ballast_state::seeds::market(&exchange.address, 1).0;
    let args = SettlePnlArgs { kind: PositionKind::Perpetual as u8, number: 0 };
    let instruction = substitute(instructions::settle_pnl(&winner.key, 1, args), here, elsewhere);
    assert_refused(&mut exchange, BallastError::WrongExchange, |exchange| exchange.chain.send(&[instruction], &[]));
}
