//! What liquidators expect of their plans against what the program makes of them: legs and collateral to the unit, slices but
//! for the lots that do not divide.

use ballast::{LiquidationPlan, events::Liquidated};
use ballast_client::liquidation::{Candidate, Choice, FULL_SIZE, Plan, Valuer};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::{MicroUsd, Mode};
use ballast_state::{Contract, OptionKind};

/// A dollar in µUSD.
const DOLLAR: u64 = 1_000_000;
/// One token of SOL in native units.
const SOL: u64 = 1_000_000_000;

/// An account below maintenance margin with collateral, a perpetual and short options, and a liquidator with nothing but cash.
fn distressed() -> (Exchange, Trader, Trader) {
    let mut exchange = Exchange::standard();
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 22_000 * DOLLAR), ("SOL", 60 * SOL)]);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]));
    let bitcoin = exchange.underlying("BTC").lots(1);
    let expiry = exchange.list_chain("BTC", 30, &[90_000]);
    let put = exchange.option(&expiry, 90_000, OptionKind::Put);
    exchange.buy(&victim, &other, "BTC", Contract::PERPETUAL, bitcoin);
    exchange.buy(&other, &victim, "BTC", put, bitcoin / 4);
    exchange.set_price("SOL", 150 * USD);
    for thousands in (80..100).rev() {
        exchange.set_price("BTC", thousands * 1_000 * USD);
        exchange.refresh_all();
        let report = exchange.preview(&victim);
        if report.modes[Mode::Portfolio as usize].maintenance_excess < 0 {
            assert!(report.equity > 0, "{report:?}");
            return (exchange, victim, liquidator);
        }
    }
    panic!("no fall of the index brings the account below maintenance margin");
}

/// The plans that there are for an account.
fn choices(exchange: &Exchange, victim: &Trader, size: u64) -> Vec<Choice> {
    let snapshot = exchange.snapshot();
    let valuer = Valuer::new(&snapshot, exchange.liquidation_moment());
    let account = exchange.account(victim);
    let margin = valuer.margin(&account).expect("the account can be valued");
    Candidate::look(&valuer, &account, &margin).expect("it may be liquidated").choices(size)
}

fn step(choice: &Choice) -> LiquidationPlan {
    match &choice.plan {
        Plan::Step(plan) => plan.clone(),
        Plan::Resolution(_) => panic!("the account is not bankrupt"),
    }
}

/// Carries every plan out, each on an exchange of its own, and compares.
fn assert_as_expected(size: u64) {
    let (exchange, victim, _) = distressed();
    let count = choices(&exchange, &victim, size).len();
    assert!(count >= 4, "a slice, collateral, one leg, all legs: {count}");
    for index in 0..count {
        let (mut exchange, victim, liquidator) = distressed();
        let choice = choices(&exchange, &victim, size).swap_remove(index);
        let equity = exchange.preview(&liquidator).equity;
        let outcome = exchange.liquidate(&victim, &liquidator, step(&choice));
        let event: Liquidated = outcome.unwrap_or_else(|refusal| panic!("{choice:?}: {refusal:?}")).event();
        let gained = exchange.preview(&liquidator).equity - equity;
        println!("{choice:?}: paid {}, reward {}, equity rose by {gained}", event.paid, event.reward);
        match step(&choice) {
            LiquidationPlan::Legs { .. } => {
                assert_eq!(MicroUsd(event.reward), choice.gain, "{choice:?}");
                assert_eq!((event.paid, choice.paid), (0, MicroUsd::ZERO), "{choice:?}");
            }
            LiquidationPlan::Collateral { .. } => {
                assert_eq!(MicroUsd(gained), choice.gain, "{choice:?}");
                assert_eq!(MicroUsd(event.paid), choice.paid, "{choice:?}");
            }
            // Lots that do not divide stay with the account, so that a little less changes hands than its part.
            LiquidationPlan::Slice { .. } => {
                assert!(event.paid <= choice.paid.0 && event.paid > choice.paid.0 / 100 * 99, "{choice:?}");
                assert!(gained <= choice.gain.0 && gained > choice.gain.0 / 100 * 99, "{choice:?}");
            }
        }
        exchange.assert_books_balance();
    }
}

#[test]
fn plans_are_accepted_and_earn_what_was_expected() {
    assert_as_expected(FULL_SIZE);
}

#[test]
fn so_are_smaller_ones() {
    assert_as_expected(FULL_SIZE / 4);
}
