//! From markets and collateral to excess.

use ballast_risk::{
    Margin, MicroUsd, Price, Ratio, RiskError,
    collateral::CollateralInput,
    margin::{GainLimits, MarginCalculation, MarginFactors, Tier},
    revaluation::MarketRisk,
};

const FACTORS: MarginFactors = MarginFactors { maintenance: Ratio::from_millionths(800_000), initial: Ratio::ONE };
const NO_LIMITS: GainLimits = GainLimits {
    weight: Ratio::from_millionths(800_000),
    cap: MicroUsd(250_000_000_000),
    option_premium: MicroUsd::ZERO,
    vested_option_gain: MicroUsd::ZERO,
};

fn usd(amount: i64) -> MicroUsd {
    MicroUsd(amount * 1_000_000)
}

fn bitcoin(amount: u64, hedge: u64, stale: bool) -> CollateralInput {
    CollateralInput {
        amount,
        hedge,
        price: Price::new(10_000_000).unwrap(),
        price_decimals: 2,
        token_decimals: 8,
        initial_haircut: Ratio::from_millionths(150_000),
        maintenance_haircut: Ratio::from_millionths(120_000),
        stale,
    }
}

fn margin(cash: i64, risk: MarketRisk, limits: &GainLimits) -> Margin {
    let mut calculation = MarginCalculation::new(FACTORS, usd(cash));
    calculation.add_market(&risk, limits);
    calculation.finish()
}

#[test]
fn collateral_counts_less_its_haircut() {
    let value = bitcoin(50_000_000, 0, false).value().unwrap();
    assert_eq!(value.value, usd(50_000));
    // 0.15 is stored as 2^-30 × floor(0.15 × 2^30): the haircut differs by less than 2^-30 of the value, rounded up.
    assert!((value.initial_haircut - usd(7_500)).magnitude() <= MicroUsd(50));
    assert!(value.maintenance_haircut < value.initial_haircut);
}

#[test]
fn a_hedge_carries_no_haircut_and_a_stale_price_counts_for_nothing() {
    let hedged = bitcoin(50_000_000, 50_000_000, false).value().unwrap();
    assert_eq!((hedged.hedge_value, hedged.initial_haircut), (usd(50_000), MicroUsd::ZERO));
    let stale = bitcoin(50_000_000, 0, true).value().unwrap();
    assert_eq!(stale.initial_haircut, stale.value);
    assert!(stale.maintenance_haircut < stale.value);
}

#[test]
fn collateral_beyond_its_range_is_refused() {
    assert_eq!(bitcoin(u64::MAX, 0, false).value(), Err(RiskError::NotionalOutOfRange));
    let odd = CollateralInput { token_decimals: 30, ..bitcoin(1, 0, false) };
    assert!(matches!(odd.value(), Err(RiskError::DecimalsOutOfRange { .. })));
}

#[test]
fn requirement_is_taken_off_equity() {
    let risk = MarketRisk {
        scan_loss: usd(1_000),
        maintenance_charge: usd(100),
        initial_charge: usd(50),
        ..MarketRisk::default()
    };
    let margin = margin(2_000, risk, &NO_LIMITS);
    assert_eq!(margin.initial_requirement, usd(1_150));
    assert!((margin.maintenance_requirement - usd(900)).magnitude() <= MicroUsd(1));
    assert_eq!(margin.initial_excess, usd(850));
    assert_eq!(margin.tier(), Tier::Healthy);
}

#[test]
fn unsettled_gains_count_in_part_and_not_for_withdrawals() {
    let gain = |amount| MarketRisk { linear_profit: usd(amount), ..MarketRisk::default() };
    let small = margin(0, gain(1_000), &NO_LIMITS);
    assert_eq!(small.equity, usd(1_000));
    assert!((small.initial_excess - usd(800)).magnitude() <= MicroUsd(1));
    assert_eq!(small.withdrawal_excess, MicroUsd::ZERO);
    let large = margin(0, gain(1_000_000), &NO_LIMITS);
    assert_eq!(large.initial_excess, usd(250_000));
    let loss = margin(500, gain(-1_000), &NO_LIMITS);
    assert_eq!((loss.initial_excess, loss.withdrawal_excess), (usd(-500), usd(-500)));
    assert_eq!(loss.tier(), Tier::Bankrupt);
}

#[test]
fn option_value_is_withdrawable_as_far_as_it_was_paid_for_or_has_vested() {
    let risk = MarketRisk { option_value: usd(1_000), ..MarketRisk::default() };
    let unpaid = margin(0, risk, &NO_LIMITS);
    assert_eq!((unpaid.initial_excess, unpaid.withdrawal_excess), (usd(1_000), MicroUsd::ZERO));
    let paid = margin(0, risk, &GainLimits { option_premium: usd(300), vested_option_gain: usd(200), ..NO_LIMITS });
    assert_eq!(paid.withdrawal_excess, usd(500));
}

#[test]
fn tiers_follow_the_excess() {
    let risk = MarketRisk { scan_loss: usd(1_000), ..MarketRisk::default() };
    let tier = |cash| margin(cash, risk, &NO_LIMITS).tier();
    assert_eq!(tier(1_000), Tier::Healthy);
    assert_eq!(tier(900), Tier::CloseOnly);
    assert_eq!(tier(799), Tier::Partial);
    assert_eq!(tier(399), Tier::Accelerated);
    assert_eq!(tier(-1), Tier::Bankrupt);
}
