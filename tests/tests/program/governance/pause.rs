//! `pause`, `lower_limit`: what the guardian may stop, and what it may not.

use ballast::{
    BallastError,
    events::{ParameterChanged, Paused},
};
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::{
    Mode,
    parameters::{bank, market},
};
use ballast_state::{Contract, PositionKind};
use ballast_tests::{assert_refused, standard, substitute};
use solana_signer::Signer;

use super::{BITCOIN, DAY, DOLLAR, HOUR};

const PERPETUAL: Contract = Contract::PERPETUAL;

/// A long and a short of one bitcoin each, a lender, and a liquidator.
fn with_positions() -> (Exchange, [Trader; 4]) {
    let mut exchange = standard();
    let long = exchange.trader(Mode::Portfolio, &[("USDC", 40_000 * DOLLAR)]);
    let short = exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR)]);
    let [lender, liquidator] =
        [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR), ("BTC", 1_000_000)]));
    exchange.buy(&long, &short, "BTC", PERPETUAL, BITCOIN);
    exchange.lend(&lender, 100_000 * DOLLAR).expect("cash is there");
    (exchange, [long, short, lender, liquidator])
}

#[test]
fn a_pause_of_the_exchange_stops_new_risk_and_withdrawals_alone() {
    let (mut exchange, [long, short, lender, liquidator]) = with_positions();
    exchange.borrow(&liquidator, 1_000 * DOLLAR).expect("the pool has it");
    let event: Paused = exchange.pause(exchange.address, true, true).expect("the guardian may").event();
    assert_eq!((event.target, event.trades, event.withdrawals), (exchange.address, true, true));
    assert_eq!(event.ends_at, exchange.chain.now() + 6 * HOUR as i64);

    for (market, lots) in [("BTC", 1), ("ETH", 1)] {
        let leg = exchange.leg_at_mark(market, PERPETUAL, lots);
        assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.trade(&long, &short, &[leg]));
    }
    for bank in ["USDC", "BTC"] {
        assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.withdraw(&lender, bank, 1));
    }
    assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.borrow(&liquidator, 1));

    // What reduces goes on, on both sides.
    let leg = exchange.leg_at_mark("BTC", PERPETUAL, -BITCOIN / 10);
    exchange.trade(&long, &short, &[leg]).expect("it reduces both");
    let leg = exchange.leg_at_mark("BTC", PERPETUAL, -BITCOIN / 10);
    assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.trade(&long, &liquidator, &[leg]));
    // So do deposits, repayments, lending and its way back.
    exchange.fund(&long, "USDC", DOLLAR);
    exchange.deposit(&long, "USDC", DOLLAR).expect("deposits are never paused");
    exchange.repay(&liquidator, 500 * DOLLAR).expect("repayments are never paused");
    let shares = exchange.account(&lender).lending_shares;
    exchange.unlend(&lender, shares / 2).expect("shares turn into cash");
    // And settlement and liquidation.
    exchange.set_price("BTC", 60_000 * USD);
    exchange.pass_time(1);
    exchange.settle_pnl(&long, "BTC", PositionKind::Perpetual, 0).expect("settlement is never paused");
    let plan = exchange.small_leg(&long, "BTC", PERPETUAL);
    exchange.liquidate(&long, &liquidator, plan).expect("liquidations are never paused");
    exchange.assert_books_balance();

    // It ends by itself.
    exchange.set_price("BTC", 100_000 * USD);
    exchange.pass_time(6 * HOUR);
    exchange.withdraw(&lender, "BTC", 1).expect("the pause is over");
    let leg = exchange.leg_at_mark("BTC", PERPETUAL, 1);
    exchange.trade(&lender, &short, &[leg]).expect("the pause is over");
}

#[test]
fn a_pause_of_a_market_or_bank_leaves_the_others_alone() {
    let (mut exchange, [long, short, lender, liquidator]) = with_positions();
    let (market, bank) = (exchange.market_address("BTC"), exchange.bank_address("BTC"));
    // What an account has nothing of is not paused by asking for it.
    exchange.pause(market, true, true).expect("the guardian may");
    exchange.pause(bank, true, true).expect("the guardian may");
    let leg = exchange.leg_at_mark("BTC", PERPETUAL, 1);
    assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.trade(&long, &short, &[leg]));
    assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.withdraw(&lender, "BTC", 1));
    let leg = exchange.leg_at_mark("ETH", PERPETUAL, 1);
    exchange.trade(&lender, &liquidator, &[leg]).expect("ETH trades");
    exchange.withdraw(&liquidator, "USDC", 1).expect("USDC leaves");
    exchange.pause(exchange.bank_address("USDC"), false, true).expect("the guardian may");
    assert_refused(&mut exchange, BallastError::Paused, |exchange| exchange.borrow(&liquidator, 1));
    // The guardian may take it back.
    exchange.pause(market, false, false).expect("the guardian may");
    exchange.pause(bank, false, false).expect("the guardian may");
    let leg = exchange.leg_at_mark("BTC", PERPETUAL, 1);
    exchange.trade(&lender, &liquidator, &[leg]).expect("it trades again");
    exchange.withdraw(&lender, "BTC", 1).expect("it leaves again");
}

#[test]
fn attacker_guardian_pauses_again_and_again() {
    let mut exchange = standard();
    let trader = exchange.trader(Mode::Cross, &[("BTC", 1_000), ("ETH", 1_000)]);
    let (btc, eth) = (exchange.bank_address("BTC"), exchange.bank_address("ETH"));
    let mut stopped = 0;
    for hour in 0..48 {
        // Whatever may be paused is: everything, then one after the other.
        for target in [exchange.address, btc, eth, exchange.market_address("BTC")] {
            match exchange.pause(target, true, true) {
                Ok(_) => assert!(hour < 6, "hour {hour}"),
                Err(refusal) => assert_eq!(refusal.code, Some(BallastError::PauseSpent.into())),
            }
        }
        stopped += u32::from(exchange.withdraw(&trader, "BTC", 1).is_err());
        exchange.pass_time(HOUR);
    }
    assert_eq!(stopped, 6, "hours of two days");
    exchange.pause(exchange.address, true, true).expect("two days later it may again");
}

#[test]
fn attacker_pauses_without_being_the_guardian() {
    let mut exchange = standard();
    let guardian = exchange.guardian.pubkey();
    let market = exchange.market_address("BTC");
    let pause = instructions::pause(exchange.address, guardian, market, true, true);
    let lower = instructions::lower_limit(exchange.address, guardian, market, market::OPEN_INTEREST_LIMIT.id(), 1);
    let attackers = [exchange.chain.wallet(), exchange.governance.clone(), exchange.risk.clone()];
    for attacker in attackers {
        for instruction in [&pause, &lower] {
            let theirs = substitute(instruction.clone(), guardian, attacker.pubkey());
            assert_refused(&mut exchange, BallastError::NotRoleHolder, |exchange| {
                exchange.chain.send(&[theirs], &[&attacker])
            });
        }
    }
    let wallet = exchange.guardian.clone();
    let other = exchange.open_another(1).expect("another exchange");
    let theirs = exchange.list_market_in(other, "BTC").expect("its market");
    for (target, error) in [
        (theirs, BallastError::WrongExchange),
        (other, BallastError::WrongExchange),
        (exchange.bank("BTC").vault, BallastError::ForeignAccount),
    ] {
        for instruction in [&pause, &lower] {
            let foreign = substitute(instruction.clone(), market, target);
            assert_refused(&mut exchange, error, |exchange| exchange.chain.send(&[foreign], &[&wallet]));
        }
    }
}

#[test]
fn the_guardian_lowers_limits_at_once_and_never_raises_one() {
    let mut exchange = standard();
    let (market, bank) = (exchange.market_address("BTC"), exchange.bank_address("BTC"));
    let trader = exchange.trader(Mode::Cross, &[("BTC", 1_000)]);
    let before = exchange.market(1).parameters.open_interest_limit as i64;
    let event: ParameterChanged =
        exchange.lower_limit(market, &market::OPEN_INTEREST_LIMIT, 1_000).expect("lower").event();
    assert_eq!((event.value_before, event.value), (before, 1_000));
    for value in [1_000, 1_001, before] {
        assert_refused(&mut exchange, BallastError::NotAReduction, |exchange| {
            exchange.lower_limit(market, &market::OPEN_INTEREST_LIMIT, value)
        });
    }
    assert_refused(&mut exchange, BallastError::ParameterOutOfBounds, |exchange| {
        exchange.lower_limit(market, &market::OPEN_INTEREST_LIMIT, 0)
    });
    exchange.lower_limit(bank, &bank::DEPOSIT_CAP, 500).expect("lower");
    let parameters = exchange.bank("BTC").parameters;
    assert_eq!((parameters.deposit_cap, parameters.initial_cap), (500, 500));
    // What is there stays, and may leave; nothing is added.
    exchange.fund(&trader, "BTC", 1);
    assert_refused(&mut exchange, BallastError::DepositCap, |exchange| exchange.deposit(&trader, "BTC", 1));
    exchange.withdraw(&trader, "BTC", 1_000).expect("it may leave");
    exchange.lower_limit(bank, &bank::INITIAL_CAP, 400).expect("lower");
    // Other parameters are none of its business, even downwards.
    for (target, parameter) in [
        (market, &market::LINEAR_MAINTENANCE),
        (market, &bank::DEPOSIT_CAP),
        (bank, &bank::OUTFLOW_SHARE),
        (exchange.address, &ballast_risk::parameters::exchange::DUST_LIMIT),
    ] {
        assert_refused(&mut exchange, BallastError::UnknownParameter, |exchange| {
            exchange.lower_limit(target, parameter, 0)
        });
    }
    // The way back is that of every loosening.
    exchange.propose(bank, &bank::DEPOSIT_CAP, 501).expect("a step up");
    exchange.chain.advance(HOUR);
    assert_refused(&mut exchange, BallastError::TimeLock, |exchange| exchange.apply(bank, bank::DEPOSIT_CAP.id(), 0));
    exchange.chain.advance(2 * DAY - HOUR);
    exchange.apply(bank, bank::DEPOSIT_CAP.id(), 0).expect("two days have passed");
}
