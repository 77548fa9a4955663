//! From markets and collateral to excess.

use ballast_risk::{
    Margin, MicroUsd, Price, Ratio, RiskError,
    collateral::CollateralInput,
    margin::{GainLimits, MarginCalculation, MarginFactors, PegProtection, Tier},
    quantity::Multiple,
    revaluation::{Charges, MarketRisk, Workspace},
};
use bytemuck::Zeroable;

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
        initial_price: Price::new(10_000_000).unwrap(),
        initial_haircut: Ratio::from_millionths(150_000),
        maintenance_haircut: Ratio::from_millionths(120_000),
        initial_liquidity_haircut: Ratio::ZERO,
        maintenance_liquidity_haircut: Ratio::ZERO,
        stale,
    }
}

fn margin(cash: i64, risk: MarketRisk, limits: &GainLimits) -> Margin {
    let mut workspace = Workspace::zeroed();
    let mut calculation = MarginCalculation::begin(FACTORS, usd(cash), &mut workspace);
    calculation.add_market(&MarketRisk { maintenance_share: Ratio::ONE, ..risk }, limits);
    calculation.finish(&workspace)
}

#[test]
fn collateral_counts_less_its_haircut() {
    let value = bitcoin(50_000_000, 0, false).value().unwrap();
    assert_eq!(value.value, usd(50_000));
    // 0.15 is stored as 2^-30 × floor(0.15 × 2^30): the haircut differs by less than 2^-30 of the value, rounded up.
    assert!((value.initial_haircut - usd(7_500)).magnitude() <= MicroUsd(50));
    assert!(value.maintenance_haircut < value.initial_haircut);
}

/// Half a coin at 100,000 USD of which initial margin counts 90,000, less 15 % of that.
#[test]
fn a_stable_price_below_the_oracle_counts_in_initial_margin_only() {
    let steady = CollateralInput { initial_price: Price::new(9_000_000).unwrap(), ..bitcoin(50_000_000, 0, false) };
    let value = steady.value().unwrap();
    assert_eq!(value.value, usd(50_000));
    assert!((value.initial_haircut - usd(5_000) - usd(6_750)).magnitude() <= MicroUsd(50));
    assert!((value.maintenance_haircut - usd(6_000)).magnitude() <= MicroUsd(50));
}

#[test]
fn a_declared_hedge_carries_the_liquidity_haircut_instead() {
    let hedged = CollateralInput {
        initial_liquidity_haircut: Ratio::from_millionths(10_000),
        maintenance_liquidity_haircut: Ratio::from_millionths(8_000),
        ..bitcoin(50_000_000, 30_000_000, false)
    };
    let value = hedged.value().unwrap();
    assert_eq!(value.hedge_value, usd(30_000));
    // 1 % of 30,000 and 15 % of 20,000; 0.8 % and 12 %.
    assert!((value.initial_haircut - usd(3_300)).magnitude() <= MicroUsd(50));
    assert!((value.maintenance_haircut - usd(2_640)).magnitude() <= MicroUsd(50));
}

/// A rise of the scan range counts in maintenance margin as far as it has been phased in.
#[test]
fn maintenance_counts_a_share_of_the_loss_while_the_range_rises() {
    let mut workspace = Workspace::zeroed();
    let mut calculation = MarginCalculation::begin(FACTORS, usd(2_000), &mut workspace);
    let risk = MarketRisk {
        scan_loss: usd(1_000),
        maintenance_share: Ratio::from_millionths(500_000),
        ..MarketRisk::default()
    };
    calculation.add_market(&risk, &NO_LIMITS);
    let margin = calculation.finish(&workspace);
    assert_eq!(margin.initial_requirement, usd(1_000));
    assert!((margin.maintenance_requirement - usd(400)).magnitude() <= MicroUsd(1));
}

/// Four for each dollar that the quote token is short of 0.99: at 0.97 eight cents on the dollar.
#[test]
fn a_quote_token_below_its_peg_raises_the_initial_factor() {
    let peg =
        PegProtection { threshold: Ratio::from_millionths(990_000), factor: Multiple::from_millionths(4_000_000) };
    let surcharge = |millionths| peg.surcharge(Ratio::from_millionths(millionths)).to_bits();
    assert_eq!(surcharge(990_000), 0);
    assert_eq!(surcharge(1_010_000), 0);
    assert!(surcharge(970_000).abs_diff(Ratio::from_millionths(80_000).to_bits()) <= 8);
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
        charges: Charges { linear_maintenance: usd(100), confidence: usd(50), ..Charges::default() },
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
