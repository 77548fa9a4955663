//! Collateral bought for cash.

use ballast::{BallastError, LiquidationPlan, events::Liquidated};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, maintenance_excess};

/// One token of SOL in native units.
const SOL: u64 = 1_000_000_000;

/// A victim with 40 % of its equity in SOL at 150, long one bitcoin bought at 100,000, and a liquidator.
fn with_collateral() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 15_000 * DOLLAR as u64), ("SOL", 60 * SOL)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("SOL", 150 * USD);
    exchange.set_price("BTC", 92_500 * USD);
    exchange.refresh_all();
    let report = exchange.assess(&victim);
    assert!(maintenance_excess(&report) < 0 && report.equity > 0, "{report:?}");
    (exchange, victim, liquidator)
}

fn buy(exchange: &Exchange, amount: u64) -> LiquidationPlan {
    LiquidationPlan::Collateral { bank: exchange.collateral("SOL").number, amount }
}

fn held(exchange: &Exchange, trader: &Trader) -> u64 {
    let account = exchange.account(trader);
    account.balance_slot(exchange.collateral("SOL").number).map_or(0, |slot| account.balances[slot].amount)
}

#[test]
fn liquidate_of_collateral_pays_cash_for_it() {
    let (mut exchange, victim, liquidator) = with_collateral();
    let cash = [&victim, &liquidator].map(|trader| exchange.account(trader).cash);
    let plan = buy(&exchange, 10 * SOL);
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought").event();
    // Worth 1,500, at the price of the start.
    assert_eq!((event.bank, event.collateral, event.slice), (exchange.collateral("SOL").number, 10 * SOL, 0));
    assert_eq!((event.paid + DOLLAR - 1) / DOLLAR, 1_485);
    assert_eq!((event.reward, event.insurance, event.requirement), (0, 0, event.requirement_before));
    assert_eq!([held(&exchange, &victim), held(&exchange, &liquidator)], [50 * SOL, 10 * SOL]);
    let after = [&victim, &liquidator].map(|trader| exchange.account(trader).cash);
    assert_eq!(after, [cash[0] + event.paid, cash[1] - event.paid]);
    assert_eq!(exchange.account(&victim).liquidation_proceeds, event.paid);
    assert!(event.maintenance_excess > event.maintenance_excess_before);
    assert_eq!(maintenance_excess(&exchange.assess(&victim)), event.maintenance_excess);
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_collateral_waits_for_no_cool_down_and_keeps_nobody_waiting() {
    let (mut exchange, victim, liquidator) = with_collateral();
    for _ in 0..3 {
        let plan = buy(&exchange, SOL);
        exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought");
        let terms = exchange.liquidation_terms(&victim).expect("the account is below its target");
        assert_eq!(terms.allowance, terms.close_factor);
    }
    exchange.assert_books_balance();
}

/// The price of a slice falls to 70 %; sold at that, collateral with a haircut of 20 % would ruin the account.
#[test]
fn attacker_liquidate_collateral_at_the_last_price() {
    let (mut exchange, victim, liquidator) = with_collateral();
    let plan = buy(&exchange, SOL);
    exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought");
    exchange.pass_time(150);
    let before = exchange.assess(&victim);
    let plan = buy(&exchange, 10 * SOL);
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought").event();
    let after = exchange.assess(&victim);
    let freed = before.maintenance_haircut - after.maintenance_haircut;
    let (lost, gained) = (before.equity - after.equity, event.maintenance_excess - event.maintenance_excess_before);
    assert!(lost > 0 && lost <= freed / 2 && gained >= freed / 2, "lost {lost}, gained {gained}, freed {freed}");
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_collateral_refuses_what_is_not_there() {
    let (mut exchange, victim, liquidator) = with_collateral();
    let (nothing, too_much) = (buy(&exchange, 0), buy(&exchange, 60 * SOL + 1));
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| {
        exchange.liquidate(&victim, &liquidator, nothing)
    });
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.liquidate(&victim, &liquidator, too_much)
    });
    let other = LiquidationPlan::Collateral { bank: exchange.collateral("PYUSD").number, amount: 1 };
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.liquidate(&victim, &liquidator, other)
    });
}

#[test]
fn liquidate_of_collateral_stops_at_the_target() {
    let (mut exchange, victim, liquidator) = with_collateral();
    // The owner mends most of it.
    let missing = -maintenance_excess(&exchange.assess(&victim));
    exchange.fund(&victim, "USDC", missing as u64 + 1_800 * DOLLAR as u64);
    exchange.liquidate(&victim, &liquidator, buy(&exchange, SOL / 100)).expect("the liquidation begins");
    exchange.deposit(&victim, "USDC", missing as u64 + 1_800 * DOLLAR as u64).expect("the deposit is accepted");
    assert!(exchange.liquidation_terms(&victim).is_some(), "below the target");
    let plan = buy(&exchange, 59 * SOL);
    assert_refused(&mut exchange, BallastError::LiquidationBeyondTarget, |exchange| {
        exchange.liquidate(&victim, &liquidator, plan)
    });
}

#[test]
fn liquidate_of_collateral_takes_a_fresh_price() {
    let (mut exchange, victim, liquidator) = with_collateral();
    exchange.chain.advance(100);
    exchange.publish_again();
    exchange.refresh(&["BTC", "USDC"]);
    let plan = buy(&exchange, SOL);
    assert_refused(&mut exchange, BallastError::StaleCollateral, |exchange| {
        exchange.liquidate(&victim, &liquidator, plan.clone())
    });
    // The feed of an asset that is not bought keeps nobody from liquidating.
    exchange.liquidate(&victim, &liquidator, super::legs(BITCOIN / 20)).expect("the legs are taken");
    exchange.refresh(&["SOL"]);
    exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought");
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_collateral_needs_the_liquidators_cash() {
    let (mut exchange, victim, _) = with_collateral();
    let poor = exchange.trader(Mode::Portfolio, &[("USDC", 140 * DOLLAR as u64)]);
    let [token, half] = [buy(&exchange, SOL), buy(&exchange, SOL / 2)];
    assert_refused(&mut exchange, BallastError::LiquidatorBelowMargin, |exchange| {
        exchange.liquidate(&victim, &poor, token)
    });
    exchange.liquidate(&victim, &poor, half).expect("the SOL is bought");
    exchange.assert_books_balance();
}

#[test]
fn liquidate_of_collateral_shrinks_a_declared_hedge() {
    let mut exchange = standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 12_600 * DOLLAR as u64), ("SOL", 60 * SOL)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.buy(&other, &victim, "SOL", Contract::PERPETUAL, 1_000);
    exchange.declare_hedge(&victim, "SOL", 5 * SOL).expect("the hedge is declared");
    exchange.set_price("BTC", 92_500 * USD);
    exchange.refresh_all();
    let plan = buy(&exchange, 57 * SOL);
    let event: Liquidated = exchange.liquidate(&victim, &liquidator, plan).expect("the SOL is bought").event();
    assert!(event.maintenance_excess > event.maintenance_excess_before);
    let account = exchange.account(&victim);
    let slot = account.balance_slot(exchange.collateral("SOL").number).expect("there is some left");
    assert_eq!((account.balances[slot].amount, account.balances[slot].hedge), (3 * SOL, 3 * SOL));
    exchange.assert_books_balance();
}
