//! Settlements: those that the keeper sends move what it expects, and it sends none that moves nothing.

use ballast::events::PnlSettled;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_keeper::settle::due::{Due, due_of};
use ballast_risk::Mode;
use ballast_state::{
    Contract, PositionKind,
    revaluation::{Moment, Purpose},
};

/// A dollar in µUSD.
const DOLLAR: u64 = 1_000_000;
/// Least amount that is worth a transaction, µUSD.
const LEAST: i64 = 10 * DOLLAR as i64;
const HOUR: u64 = 3_600;

fn due(exchange: &Exchange, trader: &Trader) -> Option<Due> {
    let moment = Moment { now: exchange.chain.now(), slot: exchange.chain.slot(), purpose: Purpose::Settlement };
    let mut due = due_of(&exchange.snapshot(), &exchange.account(trader), moment, LEAST);
    assert!(due.len() <= 1, "there is one position: {due:?}");
    due.pop()
}

fn settle(exchange: &mut Exchange, trader: &Trader) -> PnlSettled {
    exchange.settle_pnl(trader, "BTC", PositionKind::Perpetual, 0).expect("the position settles").event()
}

#[test]
fn a_gain_is_seen_once_then_paid_as_it_ripens_and_nothing_is_sent_in_vain() {
    let mut exchange = Exchange::standard();
    let [winner, loser] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]));
    let bitcoin = exchange.underlying("BTC").lots(1);
    exchange.buy(&winner, &loser, "BTC", Contract::PERPETUAL, bitcoin);
    assert!(due(&exchange, &winner).is_none() && due(&exchange, &loser).is_none());
    exchange.set_price("BTC", 101_000 * USD);
    exchange.refresh_all();

    let loss = due(&exchange, &loser).expect("a loss is due at once");
    assert_eq!(-settle(&mut exchange, &loser).settled, loss.amount);
    assert!(due(&exchange, &loser).is_none());
    // Nothing of the gain has vested, but it begins to once it has been seen.
    let seen = due(&exchange, &winner).expect("it has to be seen");
    assert_eq!(settle(&mut exchange, &winner).settled, 0);
    assert!(seen.amount > 900 * DOLLAR as i64, "{seen:?}");
    assert!(due(&exchange, &winner).is_none(), "it is seen once");

    let (mut paid, mut sent) = (0, 0);
    for _ in 0..48 {
        exchange.pass_time(HOUR);
        let Some(expected) = due(&exchange, &winner) else { continue };
        let settled = settle(&mut exchange, &winner).settled;
        assert_eq!(settled, expected.amount);
        assert!(settled >= LEAST);
        paid += settled;
        sent += 1;
        assert!(due(&exchange, &winner).is_none(), "the rest has to ripen");
    }
    assert!(paid > 900 * DOLLAR as i64, "paid {paid} of {}", seen.amount);
    assert!((1..=12).contains(&sent), "{sent} transactions");
    exchange.assert_books_balance();
}

#[test]
fn without_losses_paid_in_a_gain_waits() {
    let mut exchange = Exchange::standard();
    let [winner, loser] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]));
    let bitcoin = exchange.underlying("BTC").lots(1);
    exchange.buy(&winner, &loser, "BTC", Contract::PERPETUAL, bitcoin);
    exchange.set_price("BTC", 101_000 * USD);
    exchange.refresh_all();
    settle(&mut exchange, &winner);
    for _ in 0..30 {
        exchange.pass_time(HOUR);
        assert!(due(&exchange, &winner).is_none(), "the pool is empty");
    }
    settle(&mut exchange, &loser);
    let expected = due(&exchange, &winner).expect("it has vested");
    assert_eq!(settle(&mut exchange, &winner).settled, expected.amount);
}
