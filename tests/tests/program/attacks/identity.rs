//! One person on both sides.

use anchor_lang::error::ErrorCode;
use ballast::BallastError;
use ballast_client::instructions;
use ballast_harness::{Exchange, Trader, distress::SMALL_SLICE, oracle::USD};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, Stakes};

/// An attacker long a bitcoin and below maintenance margin, the attacker's accomplice, and the honest other side.
fn with_own_victim() -> (Exchange, [Trader; 3]) {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    let [accomplice, honest] = [(); 2].map(|()| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    exchange.buy(&attacker, &honest, "BTC", Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 93_000 * USD);
    exchange.refresh_all();
    (exchange, [attacker, accomplice, honest])
}

#[test]
fn attack_liquidate_an_account_of_ones_own_for_the_reward() {
    let (mut exchange, [attacker, _, honest]) = with_own_victim();
    let second = exchange.open_account(&attacker.wallet, 1, Mode::Portfolio).expect("a second account is opened");
    exchange.fund(&second, "USDC", 100_000 * DOLLAR);
    exchange.deposit(&second, "USDC", 100_000 * DOLLAR).expect("the deposit is accepted");
    let stakes = Stakes::before(&exchange, &[&attacker, &second], &[&honest]);
    for liquidator in [&attacker, &second] {
        for plan in [exchange.small_leg(&attacker, "BTC", Contract::PERPETUAL), SMALL_SLICE] {
            assert_refused(&mut exchange, BallastError::SelfLiquidation, |exchange| {
                exchange.liquidate(&attacker, liquidator, plan)
            });
        }
    }
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_liquidate_oneself_through_an_accomplice() {
    // Nobody can tell an accomplice from a stranger: reward and discount come out of the attacker's own account.
    let (exchange, [attacker, accomplice, honest]) = with_own_victim();
    for plan in [exchange.small_leg(&attacker, "BTC", Contract::PERPETUAL), SMALL_SLICE] {
        let mut exchange = exchange.clone();
        let stakes = Stakes::before(&exchange, &[&attacker, &accomplice], &[&honest]);
        exchange.liquidate(&attacker, &accomplice, plan).expect("the account is below maintenance margin");
        stakes.assert_no_profit(&exchange);
    }
}

#[test]
fn attack_liquidate_a_bankrupt_account_through_an_accomplice_for_what_is_left() {
    let (mut exchange, [attacker, accomplice, honest]) = with_own_victim();
    exchange.set_price("BTC", 70_000 * USD);
    exchange.refresh_all();
    let stakes = Stakes::before(&exchange, &[&attacker, &accomplice], &[]);
    let honest_before = exchange.assess(&honest).equity;
    // A slice of less than nothing is sold for nothing: who takes it takes its debt too.
    exchange.liquidate(&attacker, &accomplice, SMALL_SLICE).expect("it is below maintenance margin");
    stakes.assert_no_profit(&exchange);
    assert!(exchange.assess(&honest).equity >= honest_before);
}

#[test]
fn attack_trade_with_the_same_account_on_both_sides() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 50_000 * DOLLAR)]);
    let stakes = Stakes::before(&exchange, &[&attacker], &[]);
    let leg = exchange.leg_at_mark("BTC", Contract::PERPETUAL, BITCOIN);
    assert_refused(&mut exchange, BallastError::SameAccount, |exchange| exchange.trade(&attacker, &attacker, &[leg]));
    stakes.assert_no_profit(&exchange);
}

#[test]
fn attack_revive_a_closed_account_in_the_same_transaction() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[]);
    exchange.fund(&attacker, "USDC", DOLLAR);
    let stakes = Stakes::before(&exchange, &[&attacker], &[]);
    let (token, source) = exchange.wallet_account(&attacker, "USDC");
    let close = instructions::close_account(&attacker.key, attacker.owner());
    let deposit = instructions::deposit(&attacker.key, &token, source, DOLLAR);
    // The account is gone within the transaction already, whatever lamports were sent to it.
    assert_refused(&mut exchange, ErrorCode::AccountOwnedByWrongProgram, |exchange| {
        exchange.chain.send(&[close, deposit], &[&attacker.wallet])
    });
    stakes.assert_no_profit(&exchange);
}
