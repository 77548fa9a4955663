//! Sizes and prices of liquidation steps.

use ballast_risk::{
    Margin, MicroUsd, Ratio,
    liquidation::{LiquidationRules, StepRefusal},
    scenario::ONE_Q28,
};

const RULES: LiquidationRules = LiquidationRules {
    buffer: Ratio::ZERO,
    tolerance: Ratio::from_millionths(10_000),
    price_start: Ratio::from_millionths(990_000),
    price_end: Ratio::from_millionths(700_000),
    price_slots: 300,
    fee: Ratio::from_millionths(50_000),
    insurance_share: Ratio::from_millionths(500_000),
    dust_limit: MicroUsd(1_000_000),
};

fn margin(equity: i64, maintenance_excess: i64) -> Margin {
    Margin {
        equity: MicroUsd(equity * 1_000_000),
        maintenance_excess: MicroUsd(maintenance_excess * 1_000_000),
        ..Margin::default()
    }
}

/// Derive's example of its own formula: BM −10, equity 100, price 0.95 gives 9.52 %.
#[test]
fn the_slice_restores_the_target() {
    let fraction = RULES.largest_slice(&margin(100, -10), Ratio::from_millionths(950_000), MicroUsd::ZERO);
    assert!((fraction as f64 / ONE_Q28 as f64 - 10.0 / 105.0).abs() < 1e-7, "{fraction}");
}

#[test]
fn cash_already_received_makes_the_slice_larger_or_equal() {
    let price = Ratio::from_millionths(950_000);
    let without = RULES.largest_slice(&margin(100, -10), price, MicroUsd::ZERO);
    let with = RULES.largest_slice(&margin(100, -10), price, MicroUsd(40_000_000));
    // B / (B − E·p − R·(1−p)) = 10 / (10 + 95 + 2).
    assert!((with as f64 / ONE_Q28 as f64 - 10.0 / 107.0).abs() < 1e-7);
    assert!(with < without);
}

#[test]
fn a_healthy_account_yields_no_slice_and_dust_goes_whole() {
    assert_eq!(RULES.largest_slice(&margin(100, 1), Ratio::ONE, MicroUsd::ZERO), 0);
    let dust = Margin { equity: MicroUsd(999_999), maintenance_excess: MicroUsd(-1), ..Margin::default() };
    assert_eq!(RULES.largest_slice(&dust, Ratio::ONE, MicroUsd::ZERO), ONE_Q28);
}

#[test]
fn the_price_falls_to_its_end_and_stays() {
    let at = |slots| f64::from(RULES.slice_price(slots).to_bits()) / f64::from(1u32 << 30);
    assert!((at(0) - 0.99).abs() < 1e-8);
    assert!((at(150) - 0.845).abs() < 1e-8);
    assert!((at(300) - 0.70).abs() < 1e-8);
    assert!((at(u64::MAX) - 0.70).abs() < 1e-8);
}

#[test]
fn a_step_must_help_and_must_not_overshoot() {
    let before = margin(100, -10);
    assert_eq!(RULES.accepts(&before, &margin(100, -10)), Err(StepRefusal::NoImprovement));
    assert_eq!(RULES.accepts(&before, &margin(100, -11)), Err(StepRefusal::NoImprovement));
    assert_eq!(RULES.accepts(&before, &margin(100, -2)), Ok(()));
    assert_eq!(RULES.accepts(&before, &margin(100, 1)), Ok(()));
    assert_eq!(RULES.accepts(&before, &margin(100, 3)), Err(StepRefusal::BeyondTarget));
}

#[test]
fn the_reward_is_split_and_limited_by_cash() {
    let (liquidator, insurance) = RULES.leg_reward(MicroUsd(1_000_000), MicroUsd(i64::MAX));
    assert!((liquidator.0 - 25_000).abs() <= 1 && (insurance.0 - 25_000).abs() <= 1);
    let (liquidator, insurance) = RULES.leg_reward(MicroUsd(1_000_000), MicroUsd(101));
    assert_eq!((liquidator.0, insurance.0), (50, 51));
    assert_eq!(RULES.leg_reward(MicroUsd(-5), MicroUsd(100)), (MicroUsd::ZERO, MicroUsd::ZERO));
}
