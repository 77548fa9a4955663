//! Value at risk against its formula in floating point.

use ballast_risk::{
    MicroUsd, Ratio,
    correlation::{CorrelationMatrix, MAX_MARKETS},
    quantity::Multiple,
    revaluation::Greeks,
    value_at_risk::ValueAtRisk,
};
use bytemuck::Zeroable;
use proptest::prelude::*;

use crate::correlation::{from_loadings, real};

/// One market: Greeks in µUSD as the engine states them, annual volatilities.
#[derive(Clone, Copy, Debug)]
struct Market {
    delta: i64,
    gamma: i64,
    vega: i64,
    volatility: Ratio,
    volatility_of_volatility: Ratio,
}

fn real_ratio(ratio: Ratio) -> f64 {
    f64::from(ratio.to_bits()) / 1_073_741_824.0
}

/// The formula, and parts of it.
struct Exact {
    total: f64,
    /// z·√h·max |D·σ|.
    largest_move: f64,
    /// What floating point may be off by: mostly what cancels below the root.
    uncertainty: f64,
}

fn exact(markets: &[Market], correlations: &CorrelationMatrix, z: f64, years: f64) -> Exact {
    let rho = real(correlations);
    let exposure = |market: &Market| market.delta as f64 * real_ratio(market.volatility);
    let mut square = 0.0;
    for (u, one) in markets.iter().enumerate() {
        for (v, other) in markets.iter().enumerate() {
            square += rho[u][v] * exposure(one) * exposure(other);
        }
    }
    let largest_exposure = markets.iter().map(|market| exposure(market).abs()).fold(0.0, f64::max);
    let spread = square.max(0.0).sqrt();
    let cancelled = 64.0 * 4e-16 * largest_exposure * largest_exposure;
    let uncertainty = cancelled.sqrt().min(cancelled / spread.max(1e-9));
    let mut total = z * years.sqrt() * spread;
    for market in markets {
        let standard_move = z * real_ratio(market.volatility) * years.sqrt();
        let dollar_gamma = 100.0 * market.gamma as f64;
        total += 0.5 * (-dollar_gamma).max(0.0) * standard_move * standard_move;
        let vega = 100.0 * market.vega.unsigned_abs() as f64;
        total += z * vega * real_ratio(market.volatility_of_volatility) * years.sqrt();
    }
    let scale = z * years.sqrt();
    Exact { total, largest_move: scale * largest_exposure, uncertainty: scale * uncertainty + 1e-13 * total + 1e-6 }
}

fn engine(markets: &[Market], correlations: &CorrelationMatrix, z: Multiple, seconds: u32) -> i64 {
    let mut sum = ValueAtRisk::default();
    for (place, market) in markets.iter().enumerate() {
        let greeks = Greeks {
            delta: MicroUsd(market.delta),
            gamma: MicroUsd(market.gamma),
            vega: MicroUsd(market.vega),
            ..Greeks::default()
        };
        sum.add(place, &greeks, market.volatility, market.volatility_of_volatility).unwrap();
    }
    sum.finish(correlations, z, seconds).0
}

/// One million USD of delta at 80 % volatility over a day, by hand: 1,000,000 · 2.326 · 0.8 · √(1/365).
#[test]
fn a_single_delta_is_its_standard_deviation() {
    let market = Market {
        delta: 1_000_000_000_000,
        gamma: 0,
        vega: 0,
        volatility: Ratio::from_millionths(800_000),
        volatility_of_volatility: Ratio::ZERO,
    };
    let value = engine(&[market], &CorrelationMatrix::zeroed(), Multiple::from_millionths(2_326_000), 86_400);
    let usd = value as f64 / 1e6;
    assert!((usd - 97_398.723_5).abs() < 0.01, "{usd}");
}

#[test]
fn nothing_held_is_no_risk() {
    assert_eq!(engine(&[], &CorrelationMatrix::zeroed(), Multiple::from_millionths(3_000_000), 86_400), 0);
    let greeks = Greeks::default();
    assert!(ValueAtRisk::default().add(MAX_MARKETS, &greeks, Ratio::ONE, Ratio::ONE).is_err());
}

/// Long gamma takes nothing off, and nothing is added for it.
#[test]
fn long_gamma_does_not_count() {
    let market = |gamma| Market {
        delta: 5_000_000_000,
        gamma,
        vega: 0,
        volatility: Ratio::ONE,
        volatility_of_volatility: Ratio::ZERO,
    };
    let value =
        |gamma| engine(&[market(gamma)], &CorrelationMatrix::zeroed(), Multiple::from_millionths(3_000_000), 86_400);
    assert_eq!(value(1_000_000_000), value(0));
    assert!(value(-1_000_000_000) > value(0));
}

/// Two opposite positions in markets that move almost as one: what is left is √(2(1 − ρ)) of either.
#[test]
fn a_hedge_leaves_what_correlation_does_not_cover() {
    let mut correlations = CorrelationMatrix::zeroed();
    correlations.set(0, 1, ballast_risk::SignedRatio::from_millionths(999_900)).unwrap();
    let market =
        |delta| Market { delta, gamma: 0, vega: 0, volatility: Ratio::ONE, volatility_of_volatility: Ratio::ZERO };
    let delta = 100_000_000_000_000;
    let seconds = 31_536_000;
    let value = engine(&[market(delta), market(-delta)], &correlations, Multiple::ONE, seconds);
    let expected = delta as f64 * (2.0 * 0.000_1f64).sqrt();
    assert!((value as f64 - expected).abs() < 2e-5 * expected, "{value} {expected}");
}

#[test]
fn amounts_beyond_the_range_saturate() {
    let market = Market {
        delta: i64::MIN,
        gamma: i64::MIN,
        vega: i64::MAX,
        volatility: Ratio::from_bits(u32::MAX),
        volatility_of_volatility: Ratio::from_bits(u32::MAX),
    };
    let value = engine(&[market; 8], &from_loadings(&[[1.0; 8]], 1.0), Multiple::from_bits(u32::MAX), u32::MAX);
    assert_eq!(value, i64::MAX);
}

fn any_amount() -> impl Strategy<Value = i64> {
    (any::<i64>(), 6u32..63).prop_map(|(bits, shift)| bits >> shift)
}

fn any_market() -> impl Strategy<Value = Market> {
    (any_amount(), any_amount(), any_amount(), 0u32..3_999_999, 0u32..3_999_999, any::<bool>()).prop_map(
        |(delta, gamma, vega, volatility, second, is_linear)| Market {
            delta,
            gamma: if is_linear { 0 } else { gamma >> 6 },
            vega: if is_linear { 0 } else { vega >> 4 },
            volatility: Ratio::from_millionths(volatility),
            volatility_of_volatility: Ratio::from_millionths(second),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Never below the formula, and no further above it than documented.
    #[test]
    fn the_formula_is_matched(
        markets in prop::collection::vec(any_market(), 0..=MAX_MARKETS),
        loadings in prop::collection::vec(prop::array::uniform8(-1.0..1.0f64), 1..4),
        rest in 1e-4..1.0f64,
        z in 1_000_000u32..8_000_000,
        seconds in 60u32..31_536_000,
    ) {
        let correlations = from_loadings(&loadings, rest);
        prop_assume!(correlations.validate().is_ok());
        let z_multiple = Multiple::from_millionths(z);
        let z = f64::from(z_multiple.to_bits()) / 268_435_456.0;
        let root = (f64::from(seconds) / 31_536_000.0).sqrt();
        let Exact { total, largest_move, uncertainty } = exact(&markets, &correlations, z, root * root);
        let value = engine(&markets, &correlations, z_multiple, seconds) as f64;
        if total > 9e18 {
            prop_assert!(value >= 9e18);
            return Ok(());
        }
        prop_assert!(value >= total - uncertainty, "{value} below {total}");
        let allowed = 1e-7 * largest_move + 1.2e-8 / root * total + 2_000.0 * (1.0 + z * root).powi(2);
        prop_assert!(value <= total + allowed + uncertainty, "{value} above {total} by more than {allowed}");
    }
}
