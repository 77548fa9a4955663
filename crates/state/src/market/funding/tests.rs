use bytemuck::Zeroable;

use super::*;
use crate::oracle_grade::Publication;

const BEGIN: i64 = 1_767_600_000;
/// 0.01 % of the index, scale 2^-30.
const BASIS: i32 = (1 << 30) / 10_000;

fn market(price: u64) -> Box<Market> {
    let mut market: Box<Market> = Box::new(Zeroable::zeroed());
    (market.price_decimals, market.quantity_decimals) = (2, 5);
    (market.price, market.publish_time, market.funded_at) = (price, BEGIN, BEGIN);
    market.perpetual_basis = BASIS;
    market
}

fn rules() -> FundingRules {
    ExchangeParameters::defaults().funding_rules()
}

/// Units of 2^-56 µUSD that the index stands at.
fn fine_index(market: &Market) -> i128 {
    (i128::from(market.funding_index) << 32) + i128::from(market.funding_fraction)
}

/// Funding of one lot at a price for some seconds, exactly: over `period · 2^30 · 10` µUSD in the market above, whose lot × tick
/// is a tenth of a µUSD.
fn exact_numerator(price: u64, basis: i32, seconds: i64) -> i128 {
    i128::from(price) * i128::from(basis) * i128::from(seconds)
}

/// Asserts that the index is what the exact numerator says, but for 2^-56 µUSD per accrual, towards zero.
fn assert_index(market: &Market, numerator: i128, accruals: i128) {
    let denominator = i128::from(rules().period_seconds) * 10;
    let exact = numerator * (1 << 26) / denominator;
    let index = fine_index(market);
    let error = (exact - index).abs();
    assert!(error <= accruals, "{index} against {exact}");
}

#[test]
fn a_period_at_a_basis_costs_the_basis_once() {
    let mut market = market(10_000_000);
    let hour = 3_600;
    for step in 1..=8 {
        market.publish_time = BEGIN + (step - 1) * hour;
        let accrual = market.accrue_funding(&rules(), BEGIN + step * hour).expect("the index moved");
        assert_eq!((accrual.seconds, accrual.index), (3_600, market.funding_index));
    }
    // A lot is worth a dollar: 100 µUSD, but for the resolution of the basis and of the index.
    let per_lot = market.funding_index >> Market::FUNDING_BITS;
    assert_eq!(per_lot, 99);
    assert!((100 << 24) - market.funding_index < 3_000, "{}", market.funding_index);
}

#[test]
fn accruals_are_exact_but_for_their_rounding() {
    let mut market = market(9_876_543);
    let mut numerator = 0;
    let mut now = BEGIN;
    let mut random = 88_172_645_463_325_252_u64;
    for accrual in 1..=5_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let seconds = (random % 300) as i64;
        let counted = market.perpetual_basis.clamp(-(rules().limit.to_bits() as i32), rules().limit.to_bits() as i32);
        numerator += exact_numerator(market.price, counted, seconds);
        now += seconds;
        market.accrue_funding(&rules(), now);
        assert_index(&market, numerator, accrual);
        market.price = 5_000_000 + random % 10_000_000;
        market.publish_time = now;
        // Beyond the limit of half a per cent on either side, too.
        market.perpetual_basis = ((random >> 20) % (1 << 24)) as i32 - (1 << 23);
    }
}

#[test]
fn it_does_not_matter_how_often_funding_is_brought_up_to_date() {
    for (basis, price) in [(BASIS, 10_000_000), (-BASIS, 10_000_000), (1, 1), (-1, 3), (4 * BASIS, 77)] {
        let (mut often, mut once) = (market(price), market(price));
        (often.perpetual_basis, once.perpetual_basis) = (basis, basis);
        for second in 1..=3_600 {
            often.accrue_funding(&rules(), BEGIN + second);
        }
        once.accrue_funding(&rules(), BEGIN + 3_600);
        assert!((fine_index(&often) - fine_index(&once)).abs() <= 3_600);
        assert!(fine_index(&often).abs() <= fine_index(&once).abs(), "rounding favours whoever pays");
    }
}

#[test]
fn longs_pay_above_the_index_and_shorts_below_it_by_the_same() {
    let (mut above, mut below) = (market(10_000_000), market(10_000_000));
    below.perpetual_basis = -BASIS;
    above.accrue_funding(&rules(), BEGIN + 60).expect("longs pay");
    below.accrue_funding(&rules(), BEGIN + 60).expect("shorts pay");
    assert!(above.funding_index > 0);
    assert_eq!(fine_index(&above), -fine_index(&below));
}

#[test]
fn a_basis_beyond_the_limit_counts_as_the_limit() {
    let (mut at, mut beyond) = (market(10_000_000), market(10_000_000));
    at.perpetual_basis = rules().limit.to_bits() as i32;
    beyond.perpetual_basis = 2 * at.perpetual_basis;
    at.accrue_funding(&rules(), BEGIN + 60);
    beyond.accrue_funding(&rules(), BEGIN + 60);
    assert_eq!(fine_index(&at), fine_index(&beyond));
}

#[test]
fn after_a_halt_a_price_carries_funding_for_the_catch_up_time_only() {
    let (mut halted, mut hour) = (market(10_000_000), market(10_000_000));
    assert_eq!(rules().catch_up_seconds, 3_600);
    let accrual = halted.accrue_funding(&rules(), BEGIN + 86_400).expect("an hour of it");
    hour.accrue_funding(&rules(), BEGIN + 3_600);
    assert_eq!((accrual.seconds, fine_index(&halted)), (3_600, fine_index(&hour)));
    // Posts of the basis during a halt do not lengthen it.
    let mut posted = market(10_000_000);
    for minute in 1..=1_440 {
        posted.accrue_funding(&rules(), BEGIN + 60 * minute);
    }
    assert!((fine_index(&posted) - fine_index(&hour)).abs() <= 60);
    // With the next price it goes on.
    halted.publish_time = BEGIN + 86_400;
    assert_eq!(halted.accrue_funding(&rules(), BEGIN + 86_410).map(|accrual| accrual.seconds), Some(10));
}

#[test]
fn nothing_accrues_before_the_first_price_or_without_time_or_basis() {
    let mut new: Box<Market> = Box::new(Zeroable::zeroed());
    new.perpetual_basis = BASIS;
    assert_eq!(new.accrue_funding(&rules(), BEGIN), None);
    let publication = Publication {
        price: ballast_risk::Price::new(10_000_000).unwrap(),
        confidence: 1,
        publish_time: BEGIN,
        average: 0,
    };
    new.parameters = crate::MarketParameters::defaults(ballast_risk::parameters::MarketClass::Major);
    new.begin_dynamics(&crate::GroupParameters::defaults()).unwrap();
    new.accept_price(&publication, 1, &ExchangeParameters::defaults()).unwrap();
    assert_eq!(new.accrue_funding(&rules(), BEGIN), None);
    assert_eq!(new.funding_index, 0);
    assert!(new.accrue_funding(&rules(), BEGIN + 60).is_some());
    let mut flat = market(10_000_000);
    flat.perpetual_basis = 0;
    assert_eq!(flat.accrue_funding(&rules(), BEGIN + 60), None);
    assert_eq!(flat.funded_at, BEGIN + 60);
}

#[test]
fn the_index_stops_at_its_limits() {
    let mut market = market((1 << 48) - 1);
    (market.price_decimals, market.quantity_decimals) = (0, 0);
    for (basis, end) in [(1 << 26, Market::FUNDING_INDEX_LIMIT), (-(1 << 26), -Market::FUNDING_INDEX_LIMIT)] {
        market.perpetual_basis = basis;
        for _ in 0..100 {
            market.funded_at = BEGIN;
            market.accrue_funding(&rules(), BEGIN + 3_600);
        }
        assert_eq!(market.funding_index, end);
    }
}
