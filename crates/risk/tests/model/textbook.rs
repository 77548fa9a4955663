//! Single positions whose numbers anyone can check by hand.

use ballast_risk::{RiskError, revaluation::Netting};
use proptest::prelude::*;

use crate::{
    book::{Discount, Expiry, Kind, Leg, Market, ONE},
    random::{self, Features, bits},
    reference::MarketReference,
};

const USD: f64 = 1e6;

/// A bitcoin at 100,000 USD with an expiry in 30 days at 60 % volatility, no interest, and only the core grid.
fn market(legs: Vec<Leg>) -> Market {
    let plain = Features { masks: false, near: false, skew: false, basis: false, hedge: false, ..Features::ALL };
    let template = random::account(7, plain).markets.remove(0);
    let theta = 0.0295890;
    let mut market = Market {
        price: 10_000_000,
        price_decimals: 2,
        quantity_decimals: 3,
        perpetual_basis: 0,
        core_nodes: 9,
        price_factors: vec![1 << 28; 9],
        tail_weights: Vec::new(),
        mask: [0x1ff; 3],
        discount: Discount::PLAIN,
        expiries: vec![Expiry {
            seconds: 2_592_000,
            basis: 0,
            rate: 0,
            theta: (theta * 2f64.powi(40)) as u64,
            rho: 0,
            psi: (0.08 * 2f64.powi(40)) as u64,
            surface_seconds: 2_592_000,
            average: 0,
            fixed_share: 0,
            widening: ONE,
            quality: ONE,
        }],
        legs,
        ..template
    };
    market.set_scan_range(bits(0.16));
    market
}

fn leg(kind: Kind, strike: u64, lots: i64) -> Leg {
    Leg { kind, expiry: 0, strike, lots, ledger: 0, volatility: 0 }
}

fn straddle() -> Market {
    market(vec![leg(Kind::Call, 10_000_000, -1_000), leg(Kind::Put, 10_000_000, -1_000)])
}

#[test]
fn a_short_straddle_binds_with_volatility_up() {
    let mut straddle = straddle();
    straddle.volatility.up = bits(0.5);
    let risk = straddle.risk(Netting::Together);
    assert_eq!(risk.binding.row, 0);
    assert!(risk.greeks.gamma.0 < 0 && risk.greeks.vega.0 < 0 && risk.greeks.theta.0 > 0, "{:?}", risk.greeks);
}

/// At the money: vega 2·F·φ(d1)·√T per 1.00, theta −vega·σ/(2T), gamma 2·φ(d1)/(F·w).
#[test]
fn greeks_of_a_straddle_match_the_textbook() {
    let risk = straddle().risk(Netting::Together);
    let (forward, time): (f64, f64) = (100_000.0, 30.0 / 365.0);
    let deviation = 0.029589f64.sqrt();
    let volatility = deviation / time.sqrt();
    let density = (-deviation * deviation / 8.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let vega = -2.0 * forward * density * time.sqrt() / 100.0 * USD;
    let theta = -vega * 100.0 * volatility / (2.0 * time) / 365.0;
    let gamma = -2.0 * density / (forward * deviation) * forward * forward / 100.0 * USD;
    for (name, computed, exact) in [
        ("vega", risk.greeks.vega.0, vega),
        ("theta", risk.greeks.theta.0, theta),
        ("gamma", risk.greeks.gamma.0, gamma),
    ] {
        assert!((computed as f64 / exact - 1.0).abs() < 1e-5, "{name}: {computed} against {exact}");
    }
}

/// Near expiry every strike is a scenario; a book with more of them than there is room for is refused, not undercharged.
#[test]
fn strikes_near_expiry_are_counted_or_refused() {
    let book = |strikes: u64, seconds: u32| {
        let legs = (0..strikes).map(|place| leg(Kind::Call, 9_500_000 + 10_000 * place, 1)).collect();
        let mut market = market(legs);
        let expiry = &mut market.expiries[0];
        (expiry.seconds, expiry.surface_seconds) = (seconds, seconds);
        (expiry.theta, expiry.psi) = (1 << 28, (0.0125 * 2f64.powi(40)) as u64);
        market
    };
    assert_eq!(book(64, 3_600).refusal(Netting::Together), None);
    let refusal = book(65, 3_600).refusal(Netting::Together);
    assert!(
        matches!(refusal, Some(RiskError::ParameterOutOfRange { name, highest: 64, .. }) if name.contains("near expiry")),
        "{refusal:?}"
    );
    assert_eq!(book(65, 3_600).refusal(Netting::Alone), None);
    let mut far = book(65, 2_592_000);
    (far.expiries[0].theta, far.expiries[0].psi) = (1 << 35, (0.1 * 2f64.powi(40)) as u64);
    assert_eq!(far.refusal(Netting::Together), None);
}

/// In the last half hour only the share of the settlement average that is still open moves.
#[test]
fn a_half_fixed_average_halves_the_loss_of_a_future() {
    let loss = |fixed_share: u32, seconds: u32| {
        let mut market = market(vec![leg(Kind::Future, 0, 1_000)]);
        let expiry = &mut market.expiries[0];
        (expiry.fixed_share, expiry.seconds, expiry.average) = (fixed_share, seconds, market.price);
        market.risk(Netting::Together).scan_loss.0
    };
    // Moves are rounded to 2^-28, the range to 2^-30.
    let near = |loss: i64, exact: i64| (loss - exact).abs() < 200;
    assert!(near(loss(0, 1_800), 16_000_000_000));
    assert!(near(loss(1 << 27, 900), 8_000_000_000));
    assert_eq!(loss(1 << 28, 0), 0);
}

/// The longest listing (five years) is discounted in full, and its rho does not overflow.
#[test]
fn a_long_expiry_is_discounted_for_all_of_its_time() {
    let mut market = market(vec![leg(Kind::Call, 10_000_000, 1_000), leg(Kind::Put, 12_000_000, 1)]);
    let expiry = &mut market.expiries[0];
    expiry.seconds = 157_000_000;
    expiry.surface_seconds = 157_000_000;
    expiry.rate = 1 << 29;
    expiry.theta = (1.2 * 2f64.powi(40)) as u64;
    expiry.psi = (0.6 * 2f64.powi(40)) as u64;
    let exact = MarketReference::of(&market).marks;
    let risk = market.risk(Netting::Together);
    let (value, rho) = (risk.option_value.0 as f64, risk.greeks.rho.0 as f64);
    assert!((value / exact.option_value - 1.0).abs() < 1e-6, "{value} against {}", exact.option_value);
    assert!((rho / exact.rho * 100.0 - 1.0).abs() < 1e-6, "{rho} against {}", exact.rho / 100.0);
}

/// After a fall to a sixteenth, puts of many lots are worth their distance to the strike; sums that could overflow are
/// refused before they do.
#[test]
fn large_positions_stay_valued_after_a_fall_to_a_sixteenth() {
    let fallen = |legs: Vec<Leg>| {
        let mut market = market(legs);
        market.price = 625_000;
        market
    };
    let books = [
        vec![leg(Kind::Put, 10_000_000, -(1 << 25))],
        vec![leg(Kind::Put, 10_000_000, 1 << 24), leg(Kind::Call, 9_000_000, -(1 << 24)), leg(Kind::Put, 600_000, -7)],
        (0..16).map(|place| leg(Kind::Put, 9_000_000 + 10_000 * place, -(1 << 21))).collect(),
    ];
    for legs in books {
        let market = fallen(legs);
        let exact = MarketReference::of(&market).marks.option_value;
        let value = market.risk(Netting::Together).option_value.0 as f64;
        assert!((value / exact - 1.0).abs() < 1e-6, "{value} against {exact}");
    }
    let mut refused = 0;
    for (price, lots) in
        [625_000, 62_500, 6_250].into_iter().flat_map(|price| (24..31).map(move |bits| (price, 1 << bits)))
    {
        let mut market = market(vec![leg(Kind::Put, 10_000_000, -lots)]);
        market.price = price;
        if let Some(refusal) = market.refusal(Netting::Together) {
            assert_eq!(refusal, RiskError::NotionalOutOfRange);
            assert!(price < 625_000 || lots > 1 << 28, "{lots} lots at a sixteenth");
            refused += 1;
            continue;
        }
        let exact = MarketReference::of(&market).marks.option_value;
        let value = market.risk(Netting::Together).option_value.0 as f64;
        assert!((value / exact - 1.0).abs() < 1e-6, "{lots} lots at {price}: {value} against {exact}");
    }
    assert!((3..18).contains(&refused), "{refused} of 21 are refused");
}

/// One naked call: 0.3 % of the index, and 0.2 % more for initial margin; covered by a put of its strike, nothing.
#[test]
fn a_put_of_the_same_strike_covers_a_short_call() {
    let naked = market(vec![leg(Kind::Call, 11_000_000, -1_000)]).risk(Netting::Together).charges;
    let near = |charge: i64, exact: i64| (charge - exact).abs() <= 100;
    assert!(near(naked.naked_short_maintenance.0, 300_000_000), "{naked:?}");
    assert!(near(naked.naked_short_initial.0, 200_000_000), "{naked:?}");
    let pair = market(vec![leg(Kind::Call, 11_000_000, -1_000), leg(Kind::Put, 11_000_000, 1_000)]);
    assert_eq!(pair.risk(Netting::Together).charges.naked_short_maintenance.0, 0);
    assert!(near(pair.risk(Netting::Alone).charges.naked_short_maintenance.0, 300_000_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Delta agrees with a difference of the reference's own profits over a small scan range.
    #[test]
    fn delta_matches_a_difference(seed: u64) {
        let features = Features { masks: false, near: false, discounts: false, ..Features::ALL };
        for market in &random::account(seed, features).markets {
            let mut narrow = market.clone();
            narrow.set_scan_range(bits(1e-4));
            let centre = usize::from(market.core_nodes / 2);
            let row = &MarketReference::of(&narrow).losses.core[1];
            let width = narrow.price_factors[centre + 1] - narrow.price_factors[centre - 1];
            let step = f64::from(width) / 268_435_456.0 / 2.0;
            let (Some(down), Some(up)) = (row[centre - 1], row[centre + 1]) else { continue };
            let delta = (down - up) / (2.0 * step);
            // Third-order terms of the shortest expiry.
            let narrowest = market.expiries.iter().map(|expiry| expiry.theta as f64 / 2f64.powi(40)).fold(1.0, f64::min);
            let tolerance = market.notional() * (4e-6 + step * step / narrowest) + 100.0;
            let computed = market.risk(Netting::Together).greeks.delta.0 as f64;
            prop_assert!((computed - delta).abs() <= tolerance, "{computed} against {delta}");
        }
    }
}
