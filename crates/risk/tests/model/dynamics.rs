//! Realised variance, the scan range, the stable price and haircuts against floating-point computations of their own,
//! and against those who would steer them by when they refresh.

use ballast_risk::{
    Price, Ratio,
    haircut::{CapParameters, HaircutInputs, HaircutParameters},
    num::ln_q40,
    quantity::Multiple,
    realised::{RealisedVariance, StablePrice, VarianceParameters},
    scan_range::{ScanRange, ScanRangeParameters, annual_variance},
};
use proptest::prelude::*;

const YEAR: f64 = 31_536_000.0;
const DAY: u64 = 86_400;
const START: i64 = 1_760_000_000;

const VARIANCE: VarianceParameters =
    VarianceParameters { fast_seconds: 86_400, slow_seconds: 2_592_000, min_interval_seconds: 60 };

const RANGE: ScanRangeParameters = ScanRangeParameters {
    deviations: Multiple::from_millionths(3_700_000),
    horizon_seconds: 86_400,
    implied_share: Ratio::from_millionths(500_000),
    floor: Ratio::from_millionths(160_000),
    cap: Ratio::from_millionths(600_000),
    fall_per_day: Ratio::from_millionths(50_000),
    ramp_seconds: 86_400,
};

const HAIRCUT: HaircutParameters = HaircutParameters {
    base: Ratio::from_millionths(150_000),
    highest: Ratio::from_millionths(600_000),
    volatility_slope: Ratio::from_millionths(100_000),
    calm_volatility: Ratio::from_millionths(600_000),
    confidence_slope: Ratio::from_millionths(2_000_000),
    size_slope: Ratio::from_millionths(200_000),
    maintenance_share: Ratio::from_millionths(800_000),
    ramp_seconds: 172_800,
};

fn share(ratio: Ratio) -> f64 {
    f64::from(ratio.to_bits()) / 2_f64.powi(30)
}

fn ratio(value: f64) -> Ratio {
    Ratio::from_bits((value * 2_f64.powi(30)).round() as u32)
}

fn variance(bits: u64) -> f64 {
    bits as f64 / 2_f64.powi(32)
}

fn variance_bits(value: f64) -> u64 {
    (value * 2_f64.powi(32)) as u64
}

fn volatility(value: f64) -> Multiple {
    Multiple::from_bits((value * 2_f64.powi(28)).round() as u32)
}

fn seeded() -> RealisedVariance {
    let mut realised = RealisedVariance::seeded(ratio(0.6));
    assert!(!realised.update(ln_q40(10_000_000), START, &VARIANCE));
    realised
}

/// The same averages in floating point: what every counted price does.
fn averages(before: [f64; 2], price_return: f64, seconds: f64) -> [f64; 2] {
    let squared = price_return * price_return * YEAR / seconds;
    let mut after = before;
    for (average, constant) in after.iter_mut().zip([86_400.0, 2_592_000.0]) {
        let kept = (-seconds / constant).exp();
        *average = kept * *average + (1.0 - kept) * squared;
    }
    after
}

fn assert_close(actual: f64, expected: f64, relative: f64, what: &str) {
    assert!((actual - expected).abs() <= relative * expected.abs() + 1e-9, "{what}: {actual}, expected {expected}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn variances_follow_the_exact_averages(
        steps in prop::collection::vec((60_i64..400_000, 5_000_000_u64..20_000_000), 1..40),
    ) {
        let mut realised = seeded();
        let mut expected = [0.36, 0.36];
        let (mut time, mut price) = (START, 10_000_000_u64);
        for (seconds, next) in steps {
            time += seconds;
            prop_assert!(realised.update(ln_q40(next), time, &VARIANCE));
            expected = averages(expected, (next as f64 / price as f64).ln(), seconds as f64);
            price = next;
        }
        assert_close(variance(realised.fast), expected[0], 2e-6, "fast");
        assert_close(variance(realised.slow), expected[1], 2e-6, "slow");
        let largest = expected[0].max(expected[1]);
        assert_close(f64::from(realised.volatility().to_bits()) / 2_f64.powi(28), largest.sqrt().min(16.0), 2e-6, "σ");
        let regime = (expected[0] / expected[1]).sqrt().clamp(0.5, 3.0);
        assert_close(share(realised.regime()), regime, 4e-6, "regime");
    }

    /// Attack: squeeze other prices between two that count.
    #[test]
    fn prices_within_the_interval_change_nothing(
        seconds in 60_i64..10_000,
        within in prop::collection::vec((i64::MIN..60, 1_u64..1 << 48), 1..20),
    ) {
        let mut attacked = seeded();
        let mut undisturbed = attacked;
        for (offset, price) in within {
            prop_assert!(!attacked.update(ln_q40(price), START.saturating_add(offset), &VARIANCE));
        }
        prop_assert_eq!(attacked, undisturbed);
        attacked.update(ln_q40(9_000_000), START + seconds, &VARIANCE);
        undisturbed.update(ln_q40(9_000_000), START + seconds, &VARIANCE);
        prop_assert_eq!(attacked, undisturbed);
    }

    #[test]
    fn nothing_panics_or_wraps_on_absurd_input(
        state in any::<(u64, u64, i64, i64)>(),
        log in any::<i64>(), time in any::<i64>(), constants in any::<(u32, u32, u32)>(), bits in any::<[u32; 8]>(),
        amounts in any::<[u64; 4]>(),
    ) {
        let limit = (1_u64 << 63) - 1;
        let (fast, slow) = (state.0.min(limit), state.1.min(limit));
        let mut realised = RealisedVariance { fast, slow, reference_log: state.2, reference_time: state.3 };
        let parameters = VarianceParameters {
            fast_seconds: constants.0, slow_seconds: constants.1, min_interval_seconds: constants.2,
        };
        realised.update(log, time, &parameters);
        prop_assert!(realised.fast <= limit && realised.slow <= limit);
        let regime = share(realised.regime());
        prop_assert!((0.4999..=3.0).contains(&regime));
        realised.volatility();

        let [deviations, horizon, implied, floor, cap, fall, ramp, target] = bits;
        let parameters = ScanRangeParameters {
            deviations: Multiple::from_bits(deviations), horizon_seconds: horizon,
            implied_share: Ratio::from_bits(implied), floor: Ratio::from_bits(floor), cap: Ratio::from_bits(cap),
            fall_per_day: Ratio::from_bits(fall), ramp_seconds: ramp,
        };
        prop_assert!(parameters.target(&realised, amounts[0]) <= parameters.cap);
        let mut range = ScanRange { range: parameters.floor.max(parameters.cap), maintenance: parameters.cap };
        range.update(Ratio::from_bits(target), amounts[1], &parameters);
        prop_assert!(range.maintenance <= range.range && range.maintenance_share() <= Ratio::ONE);

        let haircut = HaircutParameters {
            base: parameters.floor, highest: parameters.cap.min(Ratio::ONE), volatility_slope: parameters.implied_share,
            calm_volatility: parameters.fall_per_day, confidence_slope: Ratio::from_bits(target),
            size_slope: Ratio::from_bits(horizon), maintenance_share: Ratio::from_bits(ramp).min(Ratio::ONE),
            ramp_seconds: horizon,
        };
        let inputs = HaircutInputs { volatility: parameters.deviations, price: amounts[0], confidence: amounts[1] };
        let initial = haircut.initial(&inputs, amounts[2], amounts[3]);
        let maintenance = haircut.maintenance(Ratio::from_bits(bits[0]), &inputs, amounts[2]);
        prop_assert!(maintenance <= initial && initial <= haircut.highest);
        let cap = CapParameters { deposit_cap: amounts[0], initial_cap: amounts[1], ramp_seconds: bits[1] };
        prop_assert!(cap.effective_cap(amounts[2]) <= amounts[0]);
        let mut stable = StablePrice::from_bits(amounts[0]);
        let oracle = Price::new((amounts[1] >> 16).max(1)).unwrap();
        stable.update(oracle, amounts[2], parameters.cap);
        prop_assert!(stable.lower_of(oracle) <= oracle);
    }

    #[test]
    fn the_target_is_the_value_at_risk_of_the_price(
        fast in 0.0_f64..9.0, slow in 0.0_f64..4.0, implied in 0.0_f64..9.0, z in 0.5_f64..15.0,
        horizon in 3_600_u32..2_592_000,
    ) {
        let realised = RealisedVariance { fast: variance_bits(fast), slow: variance_bits(slow), ..Default::default() };
        let parameters = ScanRangeParameters { deviations: volatility(z), horizon_seconds: horizon, ..RANGE };
        // From the bits that the engine sees, so that what is left is its own rounding.
        let z = f64::from(parameters.deviations.to_bits()) / 2_f64.powi(28);
        let v = variance(realised.larger()).max(0.5 * variance(variance_bits(implied)));
        let (floor, cap) = (share(RANGE.floor), share(RANGE.cap));
        let exact = (z * (f64::from(horizon) / YEAR * v).sqrt()).clamp(floor, cap);
        let target = share(parameters.target(&realised, variance_bits(implied)));
        let slack = (z + 1.0) * 2_f64.powi(-30) + 1e-9;
        prop_assert!(target >= exact - 1e-12 && target <= exact + slack, "{} for {}", target, exact);
    }

    #[test]
    fn haircuts_follow_their_formula(
        sigma in 0.0_f64..6.0, price in 1_000_u64..1 << 47, confidence in 0.0_f64..0.05, taken in 0.0_f64..1.5,
    ) {
        let confidence = (price as f64 * confidence) as u64;
        let inputs = HaircutInputs { volatility: volatility(sigma), price, confidence };
        let without_size = 0.15 + 0.1 * (sigma - 0.6).max(0.0) + 2.0 * confidence as f64 / price as f64;
        let expected = (without_size + 0.2 * (taken - 0.5).max(0.0)).clamp(0.15, 0.6);
        let initial = share(HAIRCUT.initial(&inputs, (taken * 1e15) as u64, 1_000_000_000_000_000));
        assert_close(initial, expected, 1e-7, "initial");
        let target = share(HAIRCUT.maintenance_target(&inputs));
        assert_close(target, 0.8 * without_size.clamp(0.15, 0.6), 1e-7, "maintenance");
    }
}

#[test]
fn a_steady_pace_measures_the_same_however_often_it_is_counted() {
    // A price that goes up and down by 60 % a year·√time has that variance at every sampling.
    for seconds in [60_i64, 61, 600, 3_600, 86_400, 700_000] {
        let step = (0.6 * (seconds as f64 / YEAR).sqrt()).exp();
        let prices = [100_000_000_000_u64, (1e11 * step).round() as u64];
        let mut realised = RealisedVariance::seeded(ratio(2.0));
        let mut time = START;
        for count in 0..=30 * 86_400 / seconds.min(86_400 * 30) {
            realised.update(ln_q40(prices[count as usize % 2]), time, &VARIANCE);
            time += seconds;
        }
        let elapsed = (time - seconds - START) as f64;
        let expected = |constant: f64| 0.36 + (4.0 - 0.36) * (-elapsed / constant).exp();
        assert_close(variance(realised.fast), expected(86_400.0), 2e-5, "fast");
        assert_close(variance(realised.slow), expected(2_592_000.0), 2e-5, "slow");
    }
}

#[test]
fn the_first_price_is_only_remembered() {
    let mut realised = RealisedVariance::seeded(ratio(0.6));
    assert_close(variance(realised.fast), 0.36, 1e-8, "seed");
    let before = realised;
    assert!(!realised.update(ln_q40(123), START, &VARIANCE));
    assert_eq!((realised.fast, realised.slow), (before.fast, before.slow));
    assert_eq!((realised.reference_log, realised.reference_time), (ln_q40(123), START));
}

#[test]
fn a_thousandfold_price_and_a_gap_of_years_stay_in_range() {
    let mut realised = seeded();
    assert!(realised.update(ln_q40(10_000_000_000), START + 60, &VARIANCE));
    let expected = averages([0.36, 0.36], 1_000_f64.ln(), 60.0);
    assert_close(variance(realised.fast), expected[0], 1e-6, "fast after the jump");
    assert_close(variance(realised.slow), expected[1], 1e-6, "slow after the jump");
    assert_eq!(realised.volatility().to_bits(), u32::MAX);
    assert_eq!(realised.regime(), Ratio::from_millionths(3_000_000));
    assert_eq!(RANGE.target(&realised, 0), RANGE.cap);

    // After years nothing is left of it but the return over the gap.
    let gap = 20 * 31_536_000;
    assert!(realised.update(ln_q40(20_000_000_000), START + 60 + gap, &VARIANCE));
    let over_the_gap = 2_f64.ln().powi(2) / 20.0;
    assert_close(variance(realised.fast), over_the_gap, 1e-6, "fast after the gap");
    assert_close(variance(realised.slow), over_the_gap, 1e-6, "slow after the gap");
}

#[test]
fn a_market_that_stands_still_keeps_its_floors() {
    let mut realised = seeded();
    for hour in 1..=24 * 365 {
        realised.update(ln_q40(10_000_000), START + hour * 3_600, &VARIANCE);
    }
    assert!(variance(realised.slow) < 1e-5);
    assert_eq!(RANGE.target(&realised, 0), RANGE.floor);
    // 3.7·√(½·0.8²·4/365): half of the implied variance counts, however quiet the price.
    let horizon = ScanRangeParameters { horizon_seconds: 4 * 86_400, ..RANGE };
    let target = share(horizon.target(&realised, variance_bits(0.64)));
    assert_close(target, 3.7 * (0.5 * 0.64 * 4.0 / 365.0_f64).sqrt(), 1e-7, "implied");
    // θ of 0.04 over a quarter: 0.16 a year.
    assert_close(variance(annual_variance((0.04 * 2_f64.powi(40)) as u64, 7_884_000)), 0.16, 1e-8, "annual");
}

#[test]
fn a_wider_range_counts_at_once_for_initial_and_by_and_by_for_maintenance() {
    let mut state = ScanRange::default();
    assert_eq!(state.maintenance_share(), Ratio::ONE);
    state.update(ratio(0.2), 0, &RANGE);
    assert_eq!((share(state.range), share(state.maintenance)), (share(ratio(0.2)), share(ratio(0.2))));
    state.update(ratio(0.4), 0, &RANGE);
    assert_close(share(state.range), 0.4, 1e-9, "initial");
    assert_close(share(state.maintenance_share()), 0.5, 1e-9, "maintenance before");
    state.update(ratio(0.4), DAY / 4, &RANGE);
    assert_close(share(state.maintenance_share()), 0.75, 1e-8, "maintenance after six hours");
    state.update(ratio(0.4), DAY, &RANGE);
    assert_eq!(state.maintenance_share(), Ratio::ONE);
}

#[test]
fn nobody_hastens_or_delays_the_range_by_refreshing() {
    let step = |pace: u64, target: f64, mut state: ScanRange| {
        (0..DAY / pace).for_each(|_| state.update(ratio(target), pace, &RANGE));
        state
    };
    let wide = ScanRange { range: ratio(0.4), maintenance: ratio(0.4) };
    // A fall of 5 % in one step compounds to 1 − e^−0.05 = 4.88 % in many.
    assert_close(share(step(DAY, 0.16, wide).range), 0.4 * 0.95, 1e-8, "once a day");
    assert_close(share(step(60, 0.16, wide).range), 0.4 * (-0.05_f64).exp(), 1e-5, "every minute");
    assert_close(share(step(1, 0.16, wide).range), 0.4 * (-0.05_f64).exp(), 2e-4, "every second");
    // A week without a price counts as a day.
    let mut idle = wide;
    idle.update(ratio(0.16), 7 * DAY, &RANGE);
    assert_eq!(idle, step(DAY, 0.16, wide));

    let narrow = ScanRange { range: ratio(0.4), maintenance: ratio(0.2) };
    let slow_ramp = ScanRangeParameters { ramp_seconds: 4 * 86_400, ..RANGE };
    for pace in [1, 60, 3_600, DAY] {
        let mut state = narrow;
        (0..DAY / pace).for_each(|_| state.update(ratio(0.4), pace, &slow_ramp));
        assert_close(share(state.maintenance), 0.3, 1e-3, "ramp");
        assert!(share(state.maintenance) >= 0.3 - 1e-9, "rounded against the user");
    }
}

#[test]
fn a_range_that_falls_below_the_one_for_maintenance_takes_it_along() {
    let mut state = ScanRange { range: ratio(0.4), maintenance: ratio(0.395) };
    state.update(ratio(0.16), DAY, &RANGE);
    assert_eq!(state.maintenance, state.range);
    assert_close(share(state.range), 0.38, 1e-8, "range");
}

#[test]
fn the_stable_price_follows_at_its_own_speed() {
    let growth = Ratio::from_millionths(100_000);
    let price = |ticks| Price::new(ticks).unwrap();
    let mut stable = StablePrice::default();
    stable.update(price(1_000_000), 0, growth);
    assert_eq!(stable.ticks(), 1_000_000);
    // Attack: a spike of a thousand times, used in the same second, then an hour later.
    stable.update(price(1_000_000_000), 0, growth);
    assert_eq!(stable.ticks(), 1_000_000);
    stable.update(price(1_000_000_000), 36, growth);
    assert_close(stable.ticks() as f64, 1_001_000.0, 2e-6, "after 36 seconds");
    // A day without a price counts as an hour.
    let before = stable.ticks() as f64;
    stable.update(price(1_000_000_000), DAY, growth);
    assert_close(stable.ticks() as f64, before * 1.1, 2e-6, "after a day");
    assert_eq!(stable.lower_of(price(1_000_000_000)).ticks(), stable.ticks());
    assert_eq!(stable.lower_of(price(5)).ticks(), 5);
    // Down at the same speed, and never past the oracle's price.
    let before = stable.ticks() as f64;
    stable.update(price(1), 3_600, growth);
    assert_close(stable.ticks() as f64, before * 0.9, 2e-6, "down");
    let near = stable.ticks() - 1;
    stable.update(price(near), 3_600, growth);
    assert_eq!(stable.to_bits(), near << 16);
}

#[test]
fn refreshing_every_second_does_not_freeze_the_stable_price_of_a_cheap_token() {
    let growth = Ratio::from_millionths(100_000);
    let mut stable = StablePrice::from_bits(100 << 16);
    (0..3_600).for_each(|_| stable.update(Price::new(1_000).unwrap(), 1, growth));
    let hundred_ticks_in_an_hour = 100.0 * 0.1_f64.exp();
    assert_close(stable.to_bits() as f64 / 65_536.0, hundred_ticks_in_an_hour, 1e-3, "up");
}

#[test]
fn the_maintenance_haircut_rises_along_its_ramp_and_falls_at_once() {
    let calm = HaircutInputs { volatility: volatility(0.5), price: 1_000_000, confidence: 0 };
    let wild = HaircutInputs { volatility: volatility(9.0), ..calm };
    let listed = HAIRCUT.maintenance_at_listing();
    assert_close(share(listed), 0.12, 1e-8, "listing");
    assert_close(share(HAIRCUT.maintenance(listed, &wild, 0)), 0.12, 1e-8, "at once");
    // 0.8·60 % in two days: a hundredth an hour.
    assert_close(share(HAIRCUT.maintenance(listed, &wild, 3_600)), 0.13, 1e-8, "an hour");
    assert_close(share(HAIRCUT.maintenance(listed, &wild, 30 * DAY)), 0.36, 1e-8, "a month counts as a day");
    for pace in [1, 60, 3_600] {
        let risen = (0..DAY / pace).fold(listed, |haircut, _| HAIRCUT.maintenance(haircut, &wild, pace));
        assert_close(share(risen), 0.36, 1e-3, "in many steps");
    }
    let high = ratio(0.48);
    assert_eq!(HAIRCUT.maintenance(high, &wild, DAY), HAIRCUT.maintenance_target(&wild));
    assert_eq!(HAIRCUT.maintenance(high, &calm, 0), HAIRCUT.maintenance_target(&calm));
    // Without a price the haircut is the highest, whatever the slopes.
    let flat = HaircutParameters { confidence_slope: Ratio::ZERO, ..HAIRCUT };
    assert_eq!(flat.initial(&HaircutInputs { price: 0, ..calm }, 0, 1), HAIRCUT.highest);
}

#[test]
fn the_cap_of_a_new_bank_grows_in_a_straight_line() {
    let cap = CapParameters { deposit_cap: 1_000, initial_cap: 100, ramp_seconds: 30 };
    let grown: Vec<u64> = [0, 1, 15, 29, 30, u64::MAX].map(|seconds| cap.effective_cap(seconds)).to_vec();
    assert_eq!(grown, [100, 130, 550, 970, 1_000, 1_000]);
    assert_eq!(CapParameters { initial_cap: 2_000, ..cap }.effective_cap(0), 1_000);
    assert_eq!(CapParameters { ramp_seconds: 0, ..cap }.effective_cap(0), 1_000);
}
