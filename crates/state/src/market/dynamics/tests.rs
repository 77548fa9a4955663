//! Expectations in floating point, apart from the engine's arithmetic.
#![allow(clippy::float_arithmetic)]

use ballast_risk::parameters::MarketClass;
use bytemuck::Zeroable;

use super::*;
use crate::ExchangeParameters;

#[test]
fn quality_falls_from_one_to_zero_as_confidence_grows_to_its_limit() {
    let limit = Ratio::from_millionths(20_000);
    let price = Price::new(1_000_000).unwrap();
    let of = |confidence| f64::from(quality(price, confidence, limit).to_bits()) / f64::from(1_u32 << 30);
    assert_eq!(of(0).to_bits(), 1.0_f64.to_bits());
    for (confidence, expected) in [(5_000, 0.75), (10_000, 0.5), (20_000, 0.0), (30_000, 0.0), (u64::MAX, 0.0)] {
        let error: f64 = of(confidence) - expected;
        assert!(error.abs() < 1e-6, "{confidence}: {error}");
    }
}

#[test]
fn a_quiet_market_stays_at_its_floor_and_a_jump_widens_its_scenarios() {
    let mut market = Box::new(Market::zeroed());
    market.parameters = MarketParameters::defaults(MarketClass::Major);
    market.begin_dynamics(&GroupParameters::defaults()).unwrap();
    let parameters = ExchangeParameters::defaults();
    let accept = |market: &mut Market, price, publish_time| {
        let publication = Publication { price: Price::new(price).unwrap(), confidence: 1, publish_time, average: 0 };
        market.accept_price(&publication, 1, &parameters).unwrap();
    };
    for minute in 1..60 {
        accept(&mut market, 10_000_000, 60 * minute);
    }
    assert_eq!(market.scan_range, market.parameters.scan_range_floor);
    accept(&mut market, 12_000_000, 3_700);
    assert!(market.scan_range > market.maintenance_range);
    // To the nearest 2^-28.
    let lowest = market.scenarios.set().price_factor(0);
    assert!(lowest.abs_diff((1 << 28) - market.scan_range / 4) <= 1, "{lowest}");
    assert_eq!(market.scenarios.set().shape, GroupParameters::defaults().shape());
}
