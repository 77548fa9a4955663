//! How fast an account may be liquidated: close factor, cool-down, acceleration, and who would hold them up.

use ballast::{BallastError, LiquidationPlan, events::Liquidated};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::{Mode, Ratio, margin::Tier};
use ballast_tests::{assert_refused, standard};

use super::{BITCOIN, DOLLAR, WHOLE, legs, maintenance_excess, with_victim};

/// One, in the scale of ratios.
const ONE: u32 = 1 << 30;

fn slice(fraction: u32) -> LiquidationPlan {
    LiquidationPlan::Slice { fraction }
}

/// Lets slots pass, but no time: prices stay fresh as long as no check finds them too many slots old.
fn pass_slots(exchange: &mut Exchange, slots: u64) {
    let (now, slot) = (exchange.chain.now(), exchange.chain.slot());
    exchange.chain.set_clock(now, slot + slots);
    exchange.refresh_all();
}

/// Liquidates and returns the event.
#[track_caller]
fn step(exchange: &mut Exchange, victim: &Trader, liquidator: &Trader, plan: LiquidationPlan) -> Liquidated {
    let outcome = exchange.liquidate(victim, liquidator, plan).expect("the step is accepted");
    exchange.assert_books_balance();
    outcome.event()
}

/// The largest slice that the terms of the moment allow.
fn largest_slice(exchange: &Exchange, victim: &Trader) -> u32 {
    exchange.liquidation_terms(victim).expect("the account may be liquidated").largest_slice() as u32
}

/// The fraction of a slice's value that the liquidator paid, per cent.
fn price(event: &Liquidated) -> i64 {
    event.paid * 100 / (event.equity_before - event.equity + event.paid)
}

#[test]
fn a_slice_beyond_the_close_factor_is_refused() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    // 17 % would restore the target; a tenth may go at once.
    let floor = exchange.state().parameters.close_factor_floor;
    assert_refused(&mut exchange, BallastError::CloseFactorExceeded, |exchange| {
        exchange.liquidate(&victim, &liquidator, slice((floor >> 2) + 1))
    });
    let event = step(&mut exchange, &victim, &liquidator, slice(floor >> 2));
    assert_eq!((event.tier, event.close_factor, event.regime), (Tier::Partial as u8, floor, ONE));
}

#[test]
fn legs_that_free_more_than_the_close_factor_are_refused() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    assert_refused(&mut exchange, BallastError::CloseFactorExceeded, |exchange| {
        exchange.liquidate(&victim, &liquidator, legs(BITCOIN / 9))
    });
    let event = step(&mut exchange, &victim, &liquidator, legs(BITCOIN / 11));
    let freed = event.requirement_before - event.requirement;
    assert!(freed <= Ratio::from_bits(event.close_factor).of_floor(ballast_risk::MicroUsd(event.requirement_before)).0);
}

#[test]
fn a_step_waits_for_the_cool_down_of_the_one_before() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let cooldown = u64::from(exchange.state().parameters.liquidation_cooldown_slots);
    let tenth = largest_slice(&exchange, &victim);
    step(&mut exchange, &victim, &liquidator, slice(tenth));
    for slots in [0, cooldown - 1] {
        pass_slots(&mut exchange, slots);
        for plan in [slice(1), legs(1)] {
            assert_refused(&mut exchange, BallastError::LiquidationCoolingDown, |exchange| {
                exchange.liquidate(&victim, &liquidator, plan)
            });
        }
    }
    pass_slots(&mut exchange, 1);
    step(&mut exchange, &victim, &liquidator, legs(BITCOIN / 20));
}

#[test]
fn steps_until_the_target_take_no_more_than_it_needs() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let mut steps = 0;
    while let Some(terms) = exchange.liquidation_terms(&victim) {
        step(&mut exchange, &victim, &liquidator, slice(terms.largest_slice() as u32));
        pass_slots(&mut exchange, 4);
        steps += 1;
        assert!(steps < 5, "the account is at its target after {steps} steps");
    }
    assert_eq!(steps, 2);
    let report = exchange.assess(&victim);
    let required = report.equity - maintenance_excess(&report);
    let share = maintenance_excess(&report) as f64 / required as f64;
    assert!((0.15..0.16).contains(&share), "maintenance excess of {share} of the requirement");
    let account = exchange.account(&victim);
    assert_eq!((account.liquidation_started_slot, account.liquidation_taken, account.liquidation_proceeds), (0, 0, 0));
}

#[test]
fn a_wild_market_is_liquidated_faster() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let calm = exchange.liquidation_terms(&victim).expect("below maintenance margin");
    // From now on the fall counts among the realised returns.
    exchange.pass_time(60);
    let wild = exchange.liquidation_terms(&victim).expect("below maintenance margin");
    assert!(wild.regime.to_bits() > 2 * ONE && wild.close_factor > calm.close_factor && wild.bonus > calm.bonus);
    let event = step(&mut exchange, &victim, &liquidator, slice(wild.largest_slice() as u32));
    assert_eq!((event.regime, event.close_factor), (wild.regime.to_bits(), wild.close_factor.to_bits()));
    assert!(event.slice > calm.largest_slice() as u32);
    // Half of the cool-down is enough.
    pass_slots(&mut exchange, 2);
    if exchange.liquidation_terms(&victim).is_some() {
        step(&mut exchange, &victim, &liquidator, legs(BITCOIN / 100));
    }
}

#[test]
fn below_half_of_the_requirement_the_whole_account_is_on_offer() {
    let mut exchange = standard();
    let deposits = [("USDC", 14_000 * DOLLAR as u64), ("SOL", 60_000_000_000)];
    let victim = exchange.trader(Mode::Portfolio, &deposits);
    let [other, liquidator] = [0; 2].map(|_| exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR as u64)]));
    exchange.buy(&victim, &other, "BTC", ballast_state::Contract::PERPETUAL, BITCOIN);
    exchange.set_price("BTC", 76_000 * USD);
    exchange.refresh_all();
    let terms = exchange.liquidation_terms(&victim).expect("below maintenance margin");
    assert_eq!((terms.tier, terms.allowance), (Tier::Accelerated, Ratio::ONE));
    let half = step(&mut exchange, &victim, &liquidator, slice(WHOLE / 2));
    assert_eq!(half.tier, Tier::Accelerated as u8);
    assert!(half.slice > half.close_factor >> 2, "more than a partial liquidation allows");
    let bank = exchange.collateral("SOL").number;
    let account = exchange.account(&liquidator);
    let slot = account.balance_slot(bank).expect("collateral is part of the slice");
    assert_eq!(account.balances[slot].amount, 30_000_000_000);
    // Nor does the next one wait, in the same slot.
    step(&mut exchange, &victim, &liquidator, slice(WHOLE / 8));
}

#[test]
fn a_breach_that_lasts_is_accelerated() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    step(&mut exchange, &victim, &liquidator, slice(WHOLE / 1_000));
    let slots = u64::from(exchange.state().parameters.accelerated_slots);
    pass_slots(&mut exchange, slots);
    assert_refused(&mut exchange, BallastError::CloseFactorExceeded, |exchange| {
        exchange.liquidate(&victim, &liquidator, slice(WHOLE / 7))
    });
    pass_slots(&mut exchange, 1);
    let event = step(&mut exchange, &victim, &liquidator, slice(WHOLE / 7));
    assert_eq!((event.tier, price(&event)), (Tier::Accelerated as u8, 84));
}

/// The victim's friend takes a little whenever that is possible: to keep others waiting, the price high, the clock
/// young.
#[test]
fn attacker_liquidate_in_tiny_steps() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let friend = exchange.trader(Mode::Portfolio, &[("USDC", 100_000 * DOLLAR as u64)]);
    let mut last = 100;
    for _ in 0..50 {
        let event = step(&mut exchange, &victim, &friend, slice(WHOLE / 16_384));
        assert!(price(&event) <= last);
        last = price(&event);
        // Nobody waits for that.
        let others = exchange.liquidation_terms(&victim).expect("the account is still below its target");
        assert!(others.allowance.to_bits() > others.close_factor.to_bits() / 10 * 9);
        pass_slots(&mut exchange, 7);
    }
    let terms = exchange.liquidation_terms(&victim).expect("the account is still below its target");
    assert_eq!(
        (terms.tier, terms.price),
        (Tier::Accelerated, exchange.state().parameters.liquidation_rules().price_end)
    );
    let event = step(&mut exchange, &victim, &liquidator, slice(terms.largest_slice() as u32));
    assert!(event.maintenance_excess > 0);
}

/// Nobody continues; then somebody begins anew at the price of the start.
#[test]
fn attacker_liquidate_anew_at_the_first_price() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    let tiny = slice(WHOLE / 16_384);
    let first = step(&mut exchange, &victim, &liquidator, tiny.clone());
    assert_eq!(price(&first), 99);
    // The last price is on offer for as long as it took to get there.
    pass_slots(&mut exchange, 602);
    let late = step(&mut exchange, &victim, &liquidator, tiny.clone());
    assert_eq!((late.tier, price(&late)), (Tier::Accelerated as u8, 70));
    // Only when it has been, and nobody wanted it, a new liquidation begins.
    pass_slots(&mut exchange, 602);
    let later = exchange.liquidation_terms(&victim).expect("still below maintenance margin");
    assert_eq!(later.tier, Tier::Accelerated);
    pass_slots(&mut exchange, 1);
    let anew = step(&mut exchange, &victim, &liquidator, tiny);
    assert_eq!((anew.tier, price(&anew)), (Tier::Partial as u8, 99));
}

#[test]
fn a_remainder_of_dust_goes_whole() {
    let (mut exchange, victim, liquidator) = with_victim(93_000);
    // Equity of 60 dollars: more than the limit of 50, but not once a slice has gone.
    exchange.set_price("BTC", 79_060 * USD);
    exchange.refresh_all();
    assert_eq!(exchange.assess(&victim).equity, 60 * DOLLAR);
    let event = step(&mut exchange, &victim, &liquidator, slice(WHOLE));
    assert_eq!((event.slice, exchange.account(&victim).position_count), (WHOLE, 0));
    assert_eq!(event.equity, event.paid);
}

#[test]
fn a_liquidator_needs_nothing_but_cash_for_initial_margin() {
    for plan in [legs(BITCOIN / 11), slice(WHOLE / 10)] {
        let (mut exchange, victim, _) = with_victim(93_000);
        // A tenth of a bitcoin requires 16 % for its risk and 4 % for its notional.
        let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 1_900 * DOLLAR as u64)]);
        let poor = exchange.trader(Mode::Portfolio, &[("USDC", 400 * DOLLAR as u64)]);
        assert_refused(&mut exchange, BallastError::LiquidatorBelowMargin, |exchange| {
            exchange.liquidate(&victim, &poor, plan.clone())
        });
        step(&mut exchange, &victim, &liquidator, plan);
        let report = exchange.assess(&liquidator);
        assert!(report.modes[Mode::Portfolio as usize].initial_excess >= 0);
    }
}

#[test]
fn the_reward_grows_with_the_shortfall_up_to_the_fee() {
    let paid = [93_000, 84_000].map(|price| {
        let (mut exchange, victim, liquidator) = with_victim(price);
        let event = step(&mut exchange, &victim, &liquidator, legs(BITCOIN / 20));
        let freed = event.requirement_before - event.requirement;
        (event.reward + event.insurance) as f64 / freed as f64
    });
    assert!((paid[0] - 0.025).abs() < 1e-6 && (paid[1] - 0.05).abs() < 1e-6, "{paid:?}");
}
