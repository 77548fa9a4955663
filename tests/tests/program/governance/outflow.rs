//! The outflow breaker on the real image: withdrawals are held back, and nothing else.

use ballast::BallastError;
use ballast_harness::{Exchange, Trader, defaults, oracle::USD};
use ballast_risk::{Mode, parameters::governance};
use ballast_state::{Bank, Contract, Exchange as ExchangeState};
use ballast_tests::{assert_refused, standard, tamper};

use super::{BITCOIN, DAY, DOLLAR, HOUR};

const MILLION: u64 = 1_000_000 * DOLLAR;

/// The seeded exchange with the default share of a quarter in its banks and the smallest floor, and some who deposited
/// a million dollars each.
pub(super) fn with_breaker<const COUNT: usize>() -> (Exchange, [Trader; COUNT]) {
    let mut exchange = standard();
    for bank in ["USDC", "BTC", "ETH", "SOL", "PYUSD"] {
        let address = exchange.bank_address(bank);
        tamper(&mut exchange, address, |bank: &mut Bank| bank.parameters.outflow_share = defaults::percent(25));
    }
    let address = exchange.address;
    tamper(&mut exchange, address, |it: &mut ExchangeState| {
        it.governing.outflow_floor = governance::OUTFLOW_FLOOR.lowest
    });
    let traders = [(); COUNT].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", MILLION)]));
    // Deposits of a day ago are what is there, not what came in.
    exchange.pass_time(DAY);
    (exchange, traders)
}

#[test]
fn withdrawals_stop_at_a_share_of_the_vault_and_go_on_as_time_passes() {
    let (mut exchange, [first, second, third, fourth]) = with_breaker();
    assert_eq!(exchange.bank("USDC").outflow, -(4 * MILLION as i64));
    exchange.withdraw(&first, "USDC", MILLION).expect("a quarter of four millions");
    assert_eq!(exchange.bank("USDC").outflow, MILLION as i64);
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| exchange.withdraw(&second, "USDC", 10));
    // Other banks are counted for themselves.
    exchange.fund(&second, "PYUSD", 1_000);
    exchange.deposit(&second, "PYUSD", 1_000).expect("a deposit");
    exchange.withdraw(&second, "PYUSD", 1_000).expect("what came in may leave");
    exchange.pass_time(HOUR);
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| {
        exchange.withdraw(&second, "USDC", 50_000 * DOLLAR)
    });
    exchange.withdraw(&second, "USDC", 30_000 * DOLLAR).expect("an hour's part of the window");
    exchange.pass_time(DAY);
    exchange.withdraw(&second, "USDC", 700_000 * DOLLAR).expect("the window has passed");
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| {
        exchange.withdraw(&third, "USDC", 100_000 * DOLLAR)
    });
    // Who deposits gives room.
    exchange.fund(&fourth, "USDC", 100_000 * DOLLAR);
    exchange.deposit(&fourth, "USDC", 100_000 * DOLLAR).expect("deposits are never held back");
    exchange.withdraw(&third, "USDC", 100_000 * DOLLAR).expect("it leaves no more than came in");
    exchange.assert_books_balance();
}

#[test]
fn a_small_bank_empties_at_once() {
    let (mut exchange, [_]) = with_breaker();
    // The floor of 1,000 dollars lets ten SOL at 200 dollars leave in two parts.
    let trader = exchange.trader(Mode::Portfolio, &[("SOL", 10_000_000_000)]);
    exchange.pass_time(DAY);
    exchange.withdraw(&trader, "SOL", 5_000_000_000).expect("a thousand dollars");
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| {
        exchange.withdraw(&trader, "SOL", 5_000_000_000)
    });
    exchange.pass_time(DAY);
    exchange.withdraw(&trader, "SOL", 5_000_000_000).expect("the rest");
    assert_eq!(exchange.bank("SOL").deposits, 0);
}

#[test]
fn attacker_uses_up_what_others_may_withdraw() {
    let (mut exchange, [honest, _, _]) = with_breaker();
    let attacker = exchange.trader(Mode::Portfolio, &[]);
    exchange.fund(&attacker, "USDC", 10 * MILLION);
    for _ in 0..5 {
        exchange.deposit(&attacker, "USDC", 10 * MILLION).expect("deposits are never held back");
        exchange.pass_time(10);
        exchange.withdraw(&attacker, "USDC", 10 * MILLION).expect("what came in may leave");
    }
    // Ten seconds of the window have faded each time: a few thousand dollars of the limit of 750,000.
    exchange.withdraw(&honest, "USDC", 740_000 * DOLLAR).expect("the others' part is there");
}

#[test]
fn attacker_widens_the_limit_with_tokens_that_leave_again() {
    let (mut exchange, [first, second, ..]) = with_breaker::<4>();
    exchange.fund(&first, "USDC", 100 * MILLION);
    exchange.deposit(&first, "USDC", 100 * MILLION).expect("deposits are never held back");
    exchange.withdraw(&first, "USDC", 101 * MILLION).expect("what came in, and a quarter of four millions");
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| exchange.withdraw(&second, "USDC", 10));
}

#[test]
fn no_role_lifts_the_breaker_within_a_day() {
    let (mut exchange, [first, ..]) = with_breaker::<2>();
    exchange.withdraw(&first, "USDC", MILLION / 2).expect("a quarter of two millions");
    let bank = exchange.bank_address("USDC");
    let share = &ballast_risk::parameters::bank::OUTFLOW_SHARE;
    let value = i64::from(exchange.bank("USDC").parameters.outflow_share);
    exchange.propose(bank, share, value + share.largest_step(value)).expect("a step");
    let governance = exchange.governance.clone();
    for (parameter, down) in
        [(&governance::OUTFLOW_WINDOW_SECONDS, DAY as i64 * 7 / 8), (&governance::OUTFLOW_FLOOR, 0)]
    {
        // Shorter windows and higher floors loosen.
        let value = if down > 0 { down } else { governance::OUTFLOW_FLOOR.lowest + 1 };
        let address = exchange.address;
        let args = ballast_harness::governing::change_of(parameter, value);
        exchange.propose_by(&governance, address, args).expect("a step");
    }
    exchange.chain.advance(DAY);
    for (target, parameter) in [
        (bank, share),
        (exchange.address, &governance::OUTFLOW_WINDOW_SECONDS),
        (exchange.address, &governance::OUTFLOW_FLOOR),
    ] {
        assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(target, parameter.id(), 0));
    }
}

#[test]
fn nothing_but_withdrawals_is_held_back() {
    let (mut exchange, [first, long, short, liquidator]) = with_breaker();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 45_000 * DOLLAR)]);
    exchange.pass_time(DAY);
    exchange.withdraw(&first, "USDC", MILLION).expect("a quarter of four millions");
    assert_refused(&mut exchange, BallastError::OutflowLimit, |exchange| {
        exchange.withdraw(&short, "USDC", 100_000 * DOLLAR)
    });
    exchange.buy(&victim, &short, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.lend(&long, MILLION / 2).expect("the pool takes it");
    exchange.borrow(&liquidator, DOLLAR).expect("a loan stays in the vault");
    exchange.repay(&liquidator, DOLLAR).expect("a repayment");
    exchange.set_price("BTC", 60_000 * USD);
    exchange.pass_time(1);
    let plan = exchange.small_leg(&victim, "BTC", Contract::PERPETUAL);
    exchange.liquidate(&victim, &liquidator, plan).expect("liquidations move claims, not tokens");
    exchange.fund(&victim, "USDC", DOLLAR);
    exchange.deposit(&victim, "USDC", DOLLAR).expect("deposits are never held back");
    exchange.assert_books_balance();
}
