//! Dynamics, haircuts, value at risk and surfaces against the high-precision reference.

use ballast_risk::{
    MicroUsd, Price, Ratio, SignedRatio,
    correlation::CorrelationMatrix,
    haircut::{CapParameters, HaircutInputs, HaircutParameters},
    num,
    quantity::Multiple,
    realised::{RealisedVariance, StablePrice, VarianceParameters},
    revaluation::Greeks,
    scan_range::{ScanRange, ScanRangeParameters},
    surface::EssviSlice,
    value_at_risk::ValueAtRisk,
};
use serde::Deserialize;

use crate::{
    book::{Deposit, Group},
    reference,
    vectors::{Decimal, read, real},
};

fn ratio(bits: u32) -> Ratio {
    Ratio::from_bits(bits)
}

fn share(ratio: Ratio) -> f64 {
    f64::from(ratio.to_bits()) / 2f64.powi(30)
}

/// |computed − exact| within `absolute` and `relative` of the exact value.
fn near(name: &str, computed: f64, exact: &str, relative: f64, absolute: f64) {
    let exact = real(exact);
    assert!((computed - exact).abs() <= relative * exact.abs() + absolute, "{name}: {computed} against {exact}");
}

/// Not below, and above by little.
fn above(name: &str, computed: f64, exact: &str, relative: f64, absolute: f64) {
    let exact = real(exact);
    let excess = computed - exact;
    // Doubles themselves are good for 1e-15.
    let lowest = -1e-14 * exact.abs() - 1e-14;
    assert!(excess >= lowest && excess <= relative * exact.abs() + absolute, "{name}: {computed} against {exact}");
}

#[derive(Deserialize)]
struct DynamicsCase {
    name: String,
    shape: DynamicsShape,
    steps: Vec<Publication>,
}

#[derive(Deserialize)]
struct DynamicsShape {
    seed_volatility: u32,
    seed_scan_range: u32,
    least_interval: u32,
    z: u32,
    horizon_seconds: u32,
    implied_share: u32,
    range_floor: u32,
    range_cap: u32,
    fall_per_day: u32,
    ramp_seconds: u32,
    stable_growth_per_hour: u32,
}

#[derive(Deserialize)]
struct Publication {
    price: u64,
    time: i64,
    implied_variance: u64,
    /// Fast and slow variance, regime, scan range, its part for maintenance, stable price.
    expected: [Decimal; 6],
}

#[test]
fn publications() {
    for DynamicsCase { name, shape, steps } in read::<DynamicsCase>("dynamics") {
        let variance = VarianceParameters {
            fast_seconds: 86_400,
            slow_seconds: 2_592_000,
            min_interval_seconds: shape.least_interval,
        };
        let range = ScanRangeParameters {
            deviations: Multiple::from_bits(shape.z),
            horizon_seconds: shape.horizon_seconds,
            implied_share: ratio(shape.implied_share),
            floor: ratio(shape.range_floor),
            cap: ratio(shape.range_cap),
            fall_per_day: ratio(shape.fall_per_day),
            ramp_seconds: shape.ramp_seconds,
        };
        let mut realised = RealisedVariance::seeded(ratio(shape.seed_volatility));
        let seed = ratio(shape.seed_scan_range);
        let mut scan_range = ScanRange { range: seed, maintenance: seed };
        let mut stable = StablePrice::default();
        let mut last: Option<i64> = None;
        for (index, step) in steps.iter().enumerate() {
            let elapsed = last.map_or(0, |last| (step.time - last).unsigned_abs());
            last = Some(step.time);
            realised.update(num::ln_q40(step.price), step.time, &variance);
            stable.update(Price::new(step.price).expect("a price"), elapsed, ratio(shape.stable_growth_per_hour));
            // Annual variance has scale 2^-32 in the engine.
            scan_range.update(range.target(&realised, step.implied_variance << 2), elapsed, &range);
            let name = format!("{name}, publication {index}");
            let [fast, slow, regime, whole, maintenance, price] = &step.expected;
            let bits = |variance: u64| variance as f64 / 2f64.powi(32);
            near(&format!("{name}, fast"), bits(realised.fast), fast, 1e-6, 1e-7);
            near(&format!("{name}, slow"), bits(realised.slow), slow, 1e-6, 1e-7);
            near(&format!("{name}, regime"), share(realised.regime()), regime, 1e-6, 1e-6);
            near(&format!("{name}, range"), share(scan_range.range), whole, 1e-6, 1e-7);
            near(&format!("{name}, maintenance range"), share(scan_range.maintenance), maintenance, 1e-6, 1e-7);
            // Steps round against whoever deposits: rising down, falling up, each by 2^-16 of a tick.
            near(&format!("{name}, stable price"), stable.to_bits() as f64 / 65_536.0, price, 1e-12, 1e-2);
        }
    }
}

#[derive(Deserialize)]
struct HaircutCase {
    name: String,
    shape: HaircutShape,
    current: u32,
    steps: Vec<HaircutStep>,
}

#[derive(Deserialize)]
struct HaircutShape {
    base: u32,
    most: u32,
    volatility_slope: u32,
    volatility_free: u32,
    confidence_slope: u32,
    size_slope: u32,
    maintenance_share: u32,
    ramp_seconds: u32,
    deposit_cap: u64,
    initial_cap: u64,
    cap_ramp_seconds: u32,
}

#[derive(Deserialize)]
struct HaircutStep {
    variance_fast: u64,
    variance_slow: u64,
    price: u64,
    confidence: u64,
    deposits: u64,
    since_listing: u64,
    elapsed: u64,
    /// Initial fraction, target of the maintenance fraction, maintenance fraction after the step.
    expected: [Decimal; 3],
}

#[test]
fn haircuts() {
    for HaircutCase { name, shape, current, steps } in read::<HaircutCase>("haircuts") {
        let parameters = HaircutParameters {
            base: ratio(shape.base),
            highest: ratio(shape.most),
            volatility_slope: ratio(shape.volatility_slope),
            calm_volatility: ratio(shape.volatility_free),
            confidence_slope: ratio(shape.confidence_slope),
            size_slope: ratio(shape.size_slope),
            maintenance_share: ratio(shape.maintenance_share),
            ramp_seconds: shape.ramp_seconds,
        };
        let cap = CapParameters {
            deposit_cap: shape.deposit_cap,
            initial_cap: shape.initial_cap,
            ramp_seconds: shape.cap_ramp_seconds,
        };
        let mut maintenance = ratio(current);
        for step in &steps {
            let realised = RealisedVariance {
                fast: step.variance_fast << 2,
                slow: step.variance_slow << 2,
                ..RealisedVariance::default()
            };
            let inputs =
                HaircutInputs { volatility: realised.volatility(), price: step.price, confidence: step.confidence };
            maintenance = parameters.maintenance(maintenance, &inputs, step.elapsed);
            let initial = parameters.initial(&inputs, step.deposits, cap.effective_cap(step.since_listing));
            let [exact_initial, exact_target, exact_maintenance] = &step.expected;
            above(&format!("{name}, initial"), share(initial), exact_initial, 0.0, 1e-8);
            above(&format!("{name}, target"), share(parameters.maintenance_target(&inputs)), exact_target, 0.0, 1e-8);
            above(&format!("{name}, maintenance"), share(maintenance), exact_maintenance, 0.0, 3e-8);
        }
    }
}

#[derive(Deserialize)]
struct HoldingCase {
    name: String,
    #[serde(flatten)]
    deposit: Deposit,
    expected: HoldingOutputs,
}

#[derive(Deserialize)]
struct HoldingOutputs {
    value: Decimal,
    hedge_value: Decimal,
    initial_haircut: Decimal,
    maintenance_haircut: Decimal,
}

#[test]
fn holdings() {
    for HoldingCase { name, deposit, expected } in read::<HoldingCase>("holdings") {
        let computed = deposit.value().expect("collateral in range");
        let exact = real(&expected.value);
        for (what, computed, exact) in
            [("value", computed.value, exact), ("hedge", computed.hedge_value, real(&expected.hedge_value))]
        {
            let missing = exact - computed.0 as f64;
            assert!((0.0..1.0).contains(&missing), "{name}, {what}: {missing} below");
        }
        // Haircuts are taken off a value that is rounded down itself, and the product of two ratios is rounded up.
        for (what, computed, exact) in [
            ("initial", computed.initial_haircut, &expected.initial_haircut),
            ("maintenance", computed.maintenance_haircut, &expected.maintenance_haircut),
        ] {
            let excess = computed.0 as f64 - real(exact);
            assert!((-1.0..=3.0 + 2e-9 * real(&expected.value)).contains(&excess), "{name}, {what}: {excess} above");
        }
    }
}

#[derive(Deserialize)]
struct ValueAtRiskCase {
    name: String,
    z: u32,
    horizon_seconds: u32,
    correlations: Vec<Vec<i32>>,
    markets: Vec<ValueAtRiskMarket>,
    expected: Decimal,
}

#[derive(Deserialize)]
struct ValueAtRiskMarket {
    delta: i64,
    /// Per 100 % of the index.
    gamma: i64,
    /// Per 1.00 of volatility.
    vega: i64,
    volatility: u32,
    volatility_of_volatility: u32,
}

#[test]
fn value_at_risk() {
    for case in read::<ValueAtRiskCase>("value_at_risk") {
        let mut correlations = CorrelationMatrix::default();
        let mut total = ValueAtRisk::default();
        for (index, market) in case.markets.iter().enumerate() {
            for other in 0..index {
                let correlation = SignedRatio::from_bits(case.correlations[index][other]);
                correlations.set(index, other, correlation).expect("two markets");
            }
            let greeks = Greeks {
                delta: MicroUsd(market.delta),
                gamma: MicroUsd(market.gamma / 100),
                vega: MicroUsd(market.vega / 100),
                ..Greeks::default()
            };
            total
                .add(index, &greeks, ratio(market.volatility), ratio(market.volatility_of_volatility))
                .expect("a market of the group");
        }
        correlations.validate().expect("a positive definite matrix");
        let computed = total.finish(&correlations, Multiple::from_bits(case.z), case.horizon_seconds);
        above(&case.name, computed.0 as f64, &case.expected, 1e-6, 10_000.0);
        // The formula of the tests' own reference agrees as well.
        let real_ratio = |bits: u32| f64::from(bits) / 2f64.powi(30);
        let markets: Vec<[f64; 5]> = case
            .markets
            .iter()
            .map(|market| {
                let amounts = [market.delta, market.gamma, market.vega].map(|amount| amount as f64);
                let [delta, gamma, vega] = amounts;
                [delta, gamma, vega, real_ratio(market.volatility), real_ratio(market.volatility_of_volatility)]
            })
            .collect();
        let correlation = |one: usize, other: usize| f64::from(case.correlations[one][other]) / 2f64.powi(30);
        let years = f64::from(case.horizon_seconds) / 31_536_000.0;
        let referred = reference::value_at_risk(f64::from(case.z) / 2f64.powi(28), years, &markets, correlation);
        near(&case.name, referred, &case.expected, 1e-11, 1e-3);
    }
}

#[derive(Deserialize)]
struct JointCase {
    name: String,
    #[serde(flatten)]
    group: Group,
    markets: Vec<Vec<Vec<Option<f64>>>>,
    expected: JointOutputs,
}

#[derive(Deserialize)]
struct JointOutputs {
    loss: Decimal,
}

/// The joint loss of the tests' reference, against which the engine's is held over random accounts.
#[test]
fn joint_losses_of_the_reference() {
    for JointCase { name, group, markets, expected } in read::<JointCase>("joint") {
        near(&name, reference::joint_loss(group, &markets.iter().collect::<Vec<_>>()), &expected.loss, 1e-13, 1e-6);
    }
}

#[derive(Deserialize)]
struct SurfaceCase {
    name: String,
    near: Slice,
    far: Slice,
    expected: SurfaceOutputs,
}

#[derive(Deserialize)]
struct Slice {
    theta: u64,
    rho: i64,
    psi: u64,
}

impl Slice {
    fn essvi(&self) -> EssviSlice {
        EssviSlice { theta_q40: self.theta, rho_q29: self.rho, psi_q40: self.psi }
    }
}

#[derive(Deserialize)]
struct SurfaceOutputs {
    near_free_of_butterflies: bool,
    far_free_of_butterflies: bool,
    free_of_calendars: bool,
}

/// The conditions are sufficient: no slice, and no pair, with arbitrage on a dense grid is accepted. They are not so strict
/// that nothing is.
#[test]
fn no_surface_with_arbitrage_is_accepted() {
    let (mut slices, mut pairs, mut refused) = (0, 0, 0);
    for SurfaceCase { name, near, far, expected } in read::<SurfaceCase>("surfaces") {
        let (near, far) = (near.essvi(), far.essvi());
        for (slice, is_free) in [(near, expected.near_free_of_butterflies), (far, expected.far_free_of_butterflies)] {
            let is_accepted = slice.validate().is_ok();
            assert!(is_free || !is_accepted, "{name}: accepted with a negative density");
            slices += usize::from(is_accepted);
            refused += usize::from(!is_accepted);
        }
        if near.validate().is_ok() && far.validate().is_ok() && EssviSlice::check_calendar(&near, &far).is_ok() {
            assert!(expected.free_of_calendars, "{name}: accepted although total variance falls");
            pairs += 1;
        }
    }
    assert!(slices > 40 && pairs > 5 && refused > 20, "{slices} slices, {pairs} pairs accepted, {refused} refused");
}
