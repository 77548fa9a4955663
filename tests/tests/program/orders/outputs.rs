//! The least that must come out of an instruction that takes a price which others can move.

use ballast::{BallastError, LiquidationPlan, events::Liquidated};
use ballast_client::instructions;
use ballast_harness::oracle::USD;
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR};

#[test]
fn lending_and_its_end_come_to_the_least_asked_for_or_not_at_all() {
    let mut exchange = standard();
    let lender = exchange.trader(Mode::Portfolio, &[("USDC", 1_000 * DOLLAR as u64)]);
    let (quote, amount) = (exchange.quote_token(), 100 * DOLLAR as u64);
    // The first share of an empty pool costs a µUSD.
    let shares = amount;
    let check = exchange.check_of(&lender);
    let lend = |least| instructions::lend_for(&lender.key, &quote, amount, least, check.clone());
    let unlend = |least| instructions::unlend_for(&lender.key, &quote, shares, least);
    for (too_much, enough) in [(lend(shares + 1), lend(shares)), (unlend(amount + 1), unlend(amount))] {
        assert_refused(&mut exchange, BallastError::OutputBelowMinimum, |exchange| {
            exchange.chain.send(&[too_much], &[&lender.wallet])
        });
        exchange.chain.send(&[enough], &[&lender.wallet]).expect("that much comes out");
    }
}

#[test]
fn staking_and_its_end_come_to_the_least_asked_for_or_not_at_all() {
    let mut exchange = standard();
    let first = exchange.staker(10 * DOLLAR as u64);
    exchange.stake(&first, 5 * DOLLAR as u64).expect("the fund has shares of its own then");
    let staker = exchange.staker(1_000 * DOLLAR as u64);
    let (quote, amount) = (exchange.quote_token(), 100 * DOLLAR as u64);
    let check = exchange.check_of(&staker);
    let stake = |least| instructions::stake_for(&staker.key, &quote, amount, least, check.clone());
    assert_refused(&mut exchange, BallastError::OutputBelowMinimum, |exchange| {
        exchange.chain.send(&[stake(amount + 1)], &[&staker.wallet])
    });
    exchange.chain.send(&[stake(amount)], &[&staker.wallet]).expect("a share costs a µUSD");
    exchange.request_unstake(&staker, amount).expect("notice is given");
    let cooldown = exchange.state().parameters.stake_cooldown_seconds;
    exchange.pass_time(u64::from(cooldown));
    let unstake = |least| instructions::unstake_for(&staker.key, &quote, least);
    assert_refused(&mut exchange, BallastError::OutputBelowMinimum, |exchange| {
        exchange.chain.send(&[unstake(amount + 1)], &[&staker.wallet])
    });
    exchange.chain.send(&[unstake(amount)], &[&staker.wallet]).expect("nothing was lost meanwhile");
}

#[test]
fn liquidator_pays_no_more_than_the_most_that_it_named() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR as u64)]);
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 1_000_000 * DOLLAR as u64)]);
    exchange.buy(&victim, &liquidator, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 92_000 * USD);
    exchange.refresh_all();
    let plan = || LiquidationPlan::Slice { fraction: 1 << 22 };
    let done: Liquidated =
        exchange.clone().liquidate(&victim, &liquidator, plan()).expect("the account may be liquidated").event();
    let cash = exchange.account(&liquidator).cash;
    let mut trial = exchange.clone();
    trial.liquidate(&victim, &liquidator, plan()).expect("the account may be liquidated");
    let change = trial.account(&liquidator).cash - cash;
    assert!(done.paid > 0);
    let (quote, check) = (exchange.quote_token(), exchange.liquidation_check(&victim, &liquidator));
    let liquidate =
        |least| instructions::liquidate_for(&victim.key, &liquidator.key, &quote, plan(), least, check.clone());
    assert_refused(&mut exchange, BallastError::OutputBelowMinimum, |exchange| {
        exchange.chain.send(&[liquidate(change + 1)], &[&liquidator.wallet])
    });
    exchange.chain.send(&[liquidate(change)], &[&liquidator.wallet]).expect("that much it named");
}
