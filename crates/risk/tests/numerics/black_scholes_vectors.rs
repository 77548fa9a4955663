//! Prices and Greeks against 360 option values computed with 50 digits, and four quoted by another protocol's tests.

use ballast_risk::black76::{
    BoundedValue, FIRST_CORE, GreekSums, KernelOption, NodeGrid, Visits, accumulate_greeks, accumulate_scenarios,
    call_value_with_bound,
};
use ballast_risk::num::ln_q40;
use bytemuck::Zeroable;

use crate::reference::Q28;
use crate::vectors::{Row, read};

/// A forward and a strike brought to mantissas as the engine does it.
struct Scaled {
    forward: u64,
    option: KernelOption,
    deviation: u64,
    /// The forward in f-units before rounding, per unit of currency.
    units: f64,
}

fn scaled(forward: f64, strike: f64, w: f64) -> Scaled {
    let units = (28.0 - forward.log2().floor()).exp2();
    // Enough ticks per unit of currency that rounding to them does not show.
    let ticks = (61.0 - forward.max(strike).log2().floor()).exp2();
    let logarithm = |price: f64| ln_q40((price * ticks).round() as u64);
    Scaled {
        forward: (forward * units).round() as u64,
        option: KernelOption {
            log_moneyness: (logarithm(forward) - logarithm(strike)) >> 11,
            strike: (strike * units).round() as u64,
            quantity: 1,
        },
        deviation: (w * Q28).round() as u64,
        units,
    }
}

fn of_row(row: &Row) -> Scaled {
    scaled(row.real("F"), row.real("K"), row.real("w"))
}

/// Asserts that the greatest of some errors is within a bound, and not absurdly far inside.
fn assert_greatest(name: &str, errors: impl Iterator<Item = f64>, bound: f64) {
    let greatest = errors.fold(0.0, f64::max);
    println!("{name}: {greatest:.3e}");
    assert!(greatest <= bound, "{name}: {greatest:e} > {bound:e}");
    assert!(greatest >= bound / 50.0, "{name}: {greatest:e}, the bound {bound:e} is stale");
}

fn rows() -> Vec<Row> {
    let rows = read(include_str!("../vectors/bs_vectors.csv"));
    assert_eq!(rows.len(), 360);
    rows
}

/// Rows whose strike fits the fast path: all but one.
fn fast_rows() -> Vec<Row> {
    let rows: Vec<Row> = rows().into_iter().filter(|row| of_row(row).option.strike >> 32 == 0).collect();
    assert_eq!(rows.len(), 359);
    rows
}

fn greeks(row: &Row) -> (Scaled, GreekSums) {
    let scaled = of_row(row);
    let mut sums = GreekSums::default();
    let slack = accumulate_greeks(scaled.forward, &scaled.option, scaled.deviation, &mut sums);
    assert_eq!(slack, 0);
    (scaled, sums)
}

#[test]
fn calls_and_puts_match() {
    let rows = fast_rows();
    let errors = rows.iter().flat_map(|row| {
        let (scaled, sums) = greeks(row);
        let discount = row.real("DF");
        let call = sums.value as f64 / scaled.units * discount;
        // Parity on the mantissas, as the engine folds puts.
        let parity = scaled.option.strike as i64 - scaled.forward as i64;
        let put = (sums.value + parity) as f64 / scaled.units * discount;
        let scale = row.real("F") * discount;
        [(call - row.real("call")).abs() / scale, (put - row.real("put")).abs() / scale]
    });
    // The kernel's error, half a unit for each mantissa and the rounding of w.
    assert_greatest("call and put, of the forward", errors, 9e-9);
}

#[test]
fn every_value_is_within_its_own_bound() {
    for row in rows() {
        let Scaled { forward, option, deviation, units } = of_row(&row);
        let BoundedValue { value, error_bound } =
            call_value_with_bound(forward, option.strike, option.log_moneyness, deviation);
        let exact = row.real("call_over_F_undisc") * row.real("F") * units;
        let input_rounding = 1.0 + 0.4 * forward as f64 / (2.0 * Q28);
        let error = (value as f64 - exact).abs();
        assert!(error <= error_bound as f64 + input_rounding, "K = {}: {error}", row.text("K"));
    }
}

#[test]
fn delta_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let (_, sums) = greeks(row);
        // ∂V/∂S = D · ∂V/∂F · F/S.
        let delta = sums.delta as f64 / (1u64 << 31) as f64 * row.real("DF") * row.real("F") / row.real("S");
        (delta - row.real("delta")).abs() / (1.0 + 0.02 / row.real("w"))
    });
    assert_greatest("delta, of 1 + 0.02/w", errors, 6e-8);
}

#[test]
fn gamma_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let (_, sums) = greeks(row);
        // Both as φ(d1)/w, the quantity that the sum holds.
        let growth = row.real("F") / row.real("S");
        let exact = row.real("gamma") * row.real("F") / (row.real("DF") * growth * growth);
        let w = row.real("w");
        (sums.gamma as f64 / (1u64 << 20) as f64 - exact).abs() / (1e-6 + 6e-8 * (1.0 + 0.02 / w) / w)
    });
    assert_greatest("gamma, of its bound", errors, 1.0);
}

#[test]
fn vega_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let (_, sums) = greeks(row);
        let scale = row.real("F") * row.real("DF") * row.real("T").sqrt();
        (sums.vega as f64 / (1u64 << 31) as f64 - row.real("vega") / scale).abs() / (1.0 + 0.02 / row.real("w"))
    });
    assert_greatest("vega, of D·F·√T·(1 + 0.02/w)", errors, 6e-8);
}

#[test]
fn theta_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let (scaled, sums) = greeks(row);
        let (forward, discount, time, rate) = (row.real("F"), row.real("DF"), row.real("T"), row.real("r"));
        let decay = -(sums.theta as f64) / (1u64 << 31) as f64 * forward / (2.0 * time);
        // At a fixed spot price the forward and the discount factor change too: −r·K·N(d2).
        let carry = -rate * sums.rho as f64 / scaled.units;
        (discount * (decay + carry) - row.real("theta")).abs() / (forward * discount) * 2.0 * time
    });
    assert_greatest("theta, of D·F/(2T)", errors, 3e-7);
}

#[test]
fn rho_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let (scaled, sums) = greeks(row);
        let rho = sums.rho as f64 / scaled.units * row.real("T") * row.real("DF");
        (rho - row.real("rho")).abs() / (row.real("F") * row.real("DF") * row.real("T")) / (1.0 + 0.02 / row.real("w"))
    });
    assert_greatest("rho, of D·F·T·(1 + 0.02/w)", errors, 6e-8);
}

#[test]
fn the_scenario_kernel_matches() {
    let rows = fast_rows();
    let errors = rows.iter().map(|row| {
        let scaled = of_row(row);
        let mut grid = NodeGrid::zeroed();
        grid.forward[FIRST_CORE] = scaled.forward;
        let slack =
            accumulate_scenarios(&scaled.option, [scaled.deviation; 3], &Visits { ends: [0; 3], basis: 0 }, &mut grid);
        assert_eq!(slack, 0);
        let value = grid.accumulated[1][FIRST_CORE] as f64 / scaled.forward as f64;
        (value - row.real("call_over_F_undisc")).abs() / (1.0 + 6.0 * row.real("w"))
    });
    assert_greatest("scenario kernel, of F·(1 + 6w)", errors, 4e-8);
}

#[test]
fn another_protocols_published_values_match() {
    const DAY: f64 = 1.0 / 365.0;
    let cases = [
        (
            7.0 * DAY,
            1.0,
            1500.0,
            1500.0,
            1.0,
            82.805_080_668_634_56,
            82.805_080_668_634_56,
            Some(0.527_601_693_556_211_6),
        ),
        (
            30.0 * DAY,
            0.25,
            1000.0,
            1200.0,
            0.999_178_419_873_700_6,
            0.137_082_128_426_579_3,
            199.972_766_103_166_72,
            Some(0.006_071_372_605_597_036),
        ),
        (2.0 * DAY, 0.75, 1000.0, 700.0, 0.999_890_416_963_563_7, 299.967_125_089_526_2, 4.570_846_8e-10, None),
        (
            1.0,
            5.0,
            1000.0,
            700.0,
            0.980_198_673_306_755_3,
            970.034_553_583_819,
            675.974_951_591_792_5,
            Some(0.994_934_635_966_640_8),
        ),
    ];
    for (years, volatility, forward, strike, discount, call, put, delta) in cases {
        let Scaled { forward: mantissa, option, deviation, units } =
            scaled(forward, strike, volatility * f64::sqrt(years));
        let mut sums = GreekSums::default();
        let slack = accumulate_greeks(mantissa, &option, deviation, &mut sums);
        assert_eq!(slack, 0);
        let value = sums.value as f64 / units * discount;
        assert!((value - call).abs() <= 9e-9 * forward, "{value} {call}");
        assert!((value + discount * (strike - forward) - put).abs() <= 9e-9 * forward);
        if let Some(delta) = delta {
            // Undiscounted there.
            let got = sums.delta as f64 / (1u64 << 31) as f64;
            assert!((got - delta).abs() <= 1.5e-7, "{got} {delta}");
        }
    }
}
