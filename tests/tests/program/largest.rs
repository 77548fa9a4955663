//! The largest account that the cap on a check's compute allows: it is liquidated in one transaction, refresh included.

use ballast::{LiquidationLeg, LiquidationPlan, events::Liquidated};
use ballast_harness::{
    Outcome,
    chain::COMPUTE_LIMIT,
    defaults,
    distress::{Distress, SMALL_SLICE},
    shapes::{Life, Shape, Strikes},
    transaction::TRANSACTION_LIMIT,
};
use ballast_risk::{Mode, cost};
use ballast_state::{
    Contract, PositionKind,
    margin_account::{MAX_BALANCES, MAX_MARKETS, MAX_POSITIONS},
};

/// Accounts that a transaction may lock on mainnet.
const MOST_LOCKS: usize = 64;

/// Liquidates an account together with the refresh of all that it refers to.
fn liquidate(distress: &mut Distress, plan: LiquidationPlan) -> Outcome {
    let Distress { exchange, victim, liquidator } = distress;
    let outcome = exchange.refresh_and_liquidate(victim, liquidator, plan).expect("one transaction suffices");
    println!(
        "{} compute units, {} bytes, {} account locks",
        outcome.compute_units, outcome.transaction_bytes, outcome.account_locks
    );
    assert!(outcome.compute_units <= u64::from(COMPUTE_LIMIT));
    assert!(outcome.transaction_bytes <= TRANSACTION_LIMIT);
    assert!(outcome.account_locks <= MOST_LOCKS);
    // Keepers find the event although every refresh logged one before it.
    let event: Liquidated = outcome.event();
    assert!(event.maintenance_excess > event.maintenance_excess_before);
    exchange.assert_books_balance();
    outcome
}

/// Legs that close a part of two short positions.
fn legs(distress: &Distress) -> LiquidationPlan {
    let account = distress.exchange.account(&distress.victim);
    let short = account.positions().iter().filter(|position| position.quantity < 0);
    let legs = short.take(2).map(|position| LiquidationLeg {
        market: account.markets[usize::from(position.market_slot)].market,
        contract: Contract { kind: position.kind, slot: position.series_slot, number: position.number },
        quantity: position.quantity / 20,
    });
    LiquidationPlan::Legs { legs: legs.collect() }
}

#[test]
fn largest_account_is_as_large_as_an_account_may_be() {
    let Distress { exchange, victim, .. } = Shape::largest().distressed(Mode::Portfolio, defaults::group());
    let account = exchange.account(&victim);
    assert_eq!(usize::from(account.position_count), MAX_POSITIONS);
    assert_eq!(account.markets.iter().filter(|held| held.market != 0).count(), MAX_MARKETS);
    assert_eq!(account.balances.iter().filter(|balance| balance.bank != 0).count(), MAX_BALANCES);
    assert!(account.positions().iter().all(|position| position.kind() >= PositionKind::Call));
    let (bound, cap) = (exchange.check_bound(&victim), u64::from(defaults::exchange().check_compute_cap));
    assert!(bound <= cap && bound + u64::from(cost::PER_EXPIRY) > cap, "{bound} of {cap}: one more expiry is too many");
}

#[test]
fn largest_account_is_refreshed_and_liquidated_in_one_transaction() {
    let mut distress = Shape::largest().distressed(Mode::Portfolio, defaults::group());
    let outcome = liquidate(&mut distress, SMALL_SLICE);
    assert_eq!(outcome.events::<ballast::events::PriceRefreshed>().len(), MAX_MARKETS + MAX_BALANCES + 1);
    let taken = distress.exchange.account(&distress.liquidator);
    assert_eq!(usize::from(taken.position_count), MAX_POSITIONS);
    assert_eq!(taken.balances.iter().filter(|balance| balance.amount > 0).count(), MAX_BALANCES);
}

#[test]
fn largest_account_is_closed_leg_by_leg_in_one_transaction_each() {
    let mut distress = Shape::largest().distressed(Mode::Portfolio, defaults::group());
    let plan = legs(&distress);
    liquidate(&mut distress, plan);
}

#[test]
fn largest_account_in_the_averaging_windows_of_all_its_expiries_is_liquidated_in_one_transaction() {
    let shape = Shape { life: Life::Minutes, ..Shape::largest() };
    liquidate(&mut shape.distressed(Mode::Portfolio, defaults::group()), SMALL_SLICE);
}

#[test]
fn largest_account_under_the_largest_grid_is_liquidated_in_one_transaction() {
    let shape = Shape { life: Life::Minutes, ..Shape::largest() };
    liquidate(&mut shape.distressed(Mode::Portfolio, defaults::largest_grid()), SMALL_SLICE);
}

#[test]
fn largest_isolated_account_is_liquidated_in_one_transaction() {
    // Alone, positions cost more: fewer fit under the cap.
    let shape = Shape { options: 42, expiries: 8, life: Life::Minutes, ..Shape::largest() };
    let mut distress = shape.distressed(Mode::Isolated, defaults::largest_grid());
    let (bound, cap) = (distress.exchange.check_bound(&distress.victim), defaults::exchange().check_compute_cap);
    assert!(bound <= u64::from(cap) && bound + u64::from(cost::PER_OPTION_ALONE) > u64::from(cap), "{bound} of {cap}");
    liquidate(&mut distress, SMALL_SLICE);
}

#[test]
fn largest_account_of_the_dearest_strikes_is_liquidated_in_one_transaction() {
    let shape = Shape { strikes: Strikes::At(10_000), life: Life::Years, short_dollars: 8_000, ..Shape::largest() };
    liquidate(&mut shape.distressed(Mode::Portfolio, defaults::largest_grid()), SMALL_SLICE);
}
