//! Around the margin check: before it, after it, in spite of it, and through what rounding leaves.

use ballast::BallastError;
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, distress::SMALL_SLICE, oracle::USD};
use ballast_risk::Mode;
use ballast_state::{Contract, OptionKind};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, Stakes, wealth, withdraw_what_goes};

/// An attacker with this much, and somebody honest.
fn with_attacker(cash: u64) -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", cash)]);
    let honest = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    (exchange, attacker, honest)
}

#[test]
fn attack_change_the_mode_with_an_empty_trade() {
    // Derive: a change of manager with an empty trade skipped the check.
    let (mut exchange, attacker, honest) = with_attacker(16_000 * DOLLAR);
    let expiry = exchange.list_chain("BTC", 30, &[]);
    let legs = [
        exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN),
        exchange.leg_at_mark("BTC", expiry.future(), -BITCOIN),
    ];
    exchange.trade(&attacker, &honest, &legs).expect("in portfolio mode the legs offset each other");
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest]);
    // Isolated mode would leave the account below margin; coming back would be a way round the check.
    assert_refused(&mut exchange, BallastError::BelowInitialMargin, |exchange| {
        exchange.set_mode(&attacker, Mode::Isolated)
    });
    assert_refused(&mut exchange, BallastError::LegCount, |exchange| exchange.trade(&attacker, &honest, &[]));
    let nothing = exchange.leg_at_mark("BTC", Contract::PERPETUAL, 0);
    assert_refused(&mut exchange, BallastError::QuantityOutOfRange, |exchange| {
        exchange.trade(&attacker, &honest, &[nothing])
    });
    assert_eq!(exchange.account(&attacker).mode(), Mode::Portfolio);
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_withdraw_between_two_halves_of_a_transaction() {
    // Mango: a withdrawal inside a bracket whose check comes at the end. Here every instruction has a check of its own.
    let (mut exchange, attacker, honest) = with_attacker(50_000 * DOLLAR);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest]);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    let check = exchange.trade_check(&attacker, &honest, &[leg]);
    let trade = |quantity| {
        let leg = ballast::TradeLeg { quantity, ..leg };
        instructions::trade(&attacker.key, &honest.key, vec![leg], check.clone())
    };
    let (token, destination) = exchange.wallet_account(&attacker, "USDC");
    let withdraw = instructions::withdraw(&attacker.key, &token, destination, 49_000 * DOLLAR, check.clone());
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        let round_trip = [trade(BITCOIN), withdraw, trade(-BITCOIN)];
        exchange.chain.send(&round_trip, &[&attacker.wallet, &honest.wallet])
    });
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_liquidate_a_healthy_account_with_a_step_that_would_improve_it() {
    // marginfi: a check after the step alone lets anyone take from accounts that need no help.
    let (mut exchange, attacker, honest) = with_attacker(500_000 * DOLLAR);
    let target = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    exchange.buy(&target, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest, &target]);
    for plan in [exchange.small_leg(&target, "BTC", Contract::PERPETUAL), SMALL_SLICE] {
        assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
            exchange.liquidate(&target, &attacker, plan)
        });
    }
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_liquidate_the_leg_that_protects() {
    // The reward must not favour the wrong leg: closing the hedge would leave the account worse.
    let (mut exchange, attacker, honest) = with_attacker(500_000 * DOLLAR);
    let target = exchange.trader(Mode::Portfolio, &[("USDC", 23_200 * DOLLAR)]);
    let expiry = exchange.list_chain("BTC", 30, &[85_000]);
    let put = exchange.option(&expiry, 85_000, OptionKind::Put);
    exchange.buy(&target, &honest, "BTC", put, BITCOIN / 4);
    exchange.buy(&target, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 88_000 * USD);
    exchange.refresh_all();
    let own = exchange.assess(&target);
    assert!(own.modes[Mode::Portfolio as usize].maintenance_excess < 0 && own.equity > 0, "{own:?}");
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest, &target]);
    let leg = exchange.small_leg(&target, "BTC", put);
    assert_refused(&mut exchange, BallastError::LiquidationNoImprovement, |exchange| {
        exchange.liquidate(&target, &attacker, leg)
    });
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_withdraw_an_unsettled_gain() {
    let (mut exchange, attacker, honest) = with_attacker(21_000 * DOLLAR);
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 130_000 * USD);
    exchange.refresh_all();
    let cash = exchange.account(&attacker).cash;
    withdraw_what_goes(&mut exchange, &attacker);
    assert_eq!(exchange.account(&attacker).cash, cash, "thirty thousand dollars of gain free nothing");
    for amount in [1, cash as u64] {
        assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
            exchange.withdraw(&attacker, "USDC", amount)
        });
    }
    exchange.assert_books_balance();
}

#[test]
fn attack_hand_over_little_by_little_what_cannot_be_withdrawn() {
    let (mut exchange, attacker, honest) = with_attacker(21_000 * DOLLAR);
    let accomplice = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    let stakes = Stakes::before(&exchange, &[&attacker, &accomplice], &[&honest]);
    let spare = exchange.assess(&attacker).modes[Mode::Portfolio as usize].withdrawal_excess;
    let before = wealth(&exchange, &accomplice);
    // Buys a little dear and sells it at the mark, as often as it goes: fifteen dollars a round.
    let mut trade = |quantity, off| {
        let mut leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, quantity);
        leg.price += off;
        exchange.trade(&attacker, &accomplice, &[leg])
    };
    let rounds = (0..80).take_while(|_| trade(BITCOIN / 100, 150_000).is_ok() && trade(-BITCOIN / 100, 0).is_ok());
    assert!((1..80).contains(&rounds.count()));
    let handed_over = wealth(&exchange, &accomplice) - before;
    assert!(handed_over <= i128::from(spare), "{handed_over} of {spare} could have been withdrawn");
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_trade_back_and_forth_for_what_rounding_leaves() {
    let (mut exchange, attacker, honest) = with_attacker(50_000 * DOLLAR);
    let accomplice = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]);
    let expiry = exchange.list_chain("SOL", 30, &[201]);
    let call = exchange.option(&expiry, 201, OptionKind::Call);
    let stakes = Stakes::before(&exchange, &[&attacker, &accomplice], &[&honest]);
    for round in 0..20 {
        for (contract, lots) in [(call, 1), (Contract::PERPETUAL, 7), (expiry.future(), -3)] {
            for lots in [lots, -lots] {
                let mut leg = exchange.leg_at_mark("SOL", contract, lots);
                leg.price += round;
                exchange.trade(&attacker, &accomplice, &[leg]).expect("the price is within the band");
            }
        }
    }
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_take_a_thousandth_of_a_millionth_of_an_account_again_and_again() {
    // A slice so thin that its price, its lots and its tokens all round.
    let (mut exchange, attacker, honest) = with_attacker(500_000 * DOLLAR);
    let target = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR), ("SOL", 7), ("PYUSD", 3)]);
    exchange.buy(&target, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 92_000 * USD);
    exchange.refresh_all();
    let stakes = Stakes::before(&exchange, &[&attacker], &[&honest, &target]);
    for fraction in [1, 2, 3, 5, 100, 1_000] {
        for _ in 0..3 {
            let plan = ballast::LiquidationPlan::Slice { fraction };
            let _ = exchange.liquidate(&target, &attacker, plan);
        }
    }
    // The discount of one per cent on at most 4 · 10⁻⁶ of the account, three times over; and not a unit from rounding.
    stakes.assert_no_profit_beyond(&exchange, 3_000);
}
