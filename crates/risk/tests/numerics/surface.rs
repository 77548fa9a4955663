//! The smile: its evaluation, and that accepted slices admit no arbitrage.

use ballast_risk::num::sqrt_years_q28;
use ballast_risk::surface::{EssviSlice, RawSvi, SurfaceError};
use proptest::prelude::*;

use crate::reference::{Q28, Q29, Q40};

/// Slices spread over the whole range of θ, two thirds of them acceptable.
fn slices() -> impl Strategy<Value = EssviSlice> {
    (0.0f64..1.0, -0.999f64..0.999, 0.0f64..1.5).prop_map(|(spread, rho, steepness)| {
        let theta = 2f64.powi(-24) * (9.0 * 2f64.powi(24)).powf(spread);
        let steepest = (4.0 / (1.0 + rho.abs())).min((4.0 * theta / (1.0 + rho.abs())).sqrt());
        let psi = theta / 4.0 + steepness * (steepest - theta / 4.0);
        EssviSlice { theta_q40: (theta * Q40) as u64, rho_q29: (rho * Q29) as i64, psi_q40: (psi * Q40) as u64 }
    })
}

/// Total variance of a slice, and its first two derivatives in k.
fn variance(slice: &EssviSlice, k: f64) -> (f64, f64, f64) {
    let theta = slice.theta_q40 as f64 / Q40;
    let rho = slice.rho_q29 as f64 / Q29;
    let phi = slice.psi_q40 as f64 / slice.theta_q40 as f64;
    let root = ((phi * k + rho).powi(2) + 1.0 - rho * rho).sqrt();
    (
        theta / 2.0 * (1.0 + rho * phi * k + root),
        theta / 2.0 * phi * (rho + (phi * k + rho) / root),
        theta / 2.0 * phi * phi * (1.0 - rho * rho) / root.powi(3),
    )
}

/// Log-strikes near the money and out to the wings.
fn log_strikes() -> impl Iterator<Item = f64> {
    (-40..=40).map(|step| {
        let step = f64::from(step) / 40.0;
        8.0 * step * step.abs()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_smile_is_evaluated_accurately(slice in slices(), k in -8.0f64..8.0, zoom in 0u32..12) {
        if slice.validate().is_err() {
            return Ok(());
        }
        let k_q29 = ((k * Q29) as i64) >> zoom;
        let exact = variance(&slice, k_q29 as f64 / Q29).0.sqrt();
        let w = slice.to_raw().unwrap().total_deviation_q28(k_q29) as f64 / Q28;
        let error = (w - exact).abs();
        let bound = if slice.rho_q29.abs() <= (0.9 * Q29) as i64 { 2e-8 } else { 1e-7 };
        prop_assert!(error <= bound, "{:e} at w = {}, {:?}", error, exact, slice);
    }

    #[test]
    fn an_accepted_slice_implies_no_negative_density(slice in slices()) {
        if slice.validate().is_err() {
            return Ok(());
        }
        for k in log_strikes() {
            let (w, first, second) = variance(&slice, k);
            // Durrleman's condition.
            let g = (1.0 - k * first / (2.0 * w)).powi(2) - first * first / 4.0 * (1.0 / w + 0.25) + second / 2.0;
            prop_assert!(g >= -1e-9, "g = {} at k = {}, {:?}", g, k, slice);
        }
    }

    #[test]
    fn accepted_neighbours_never_cross(
        near in slices(),
        growth in 1.0f64..1.5,
        tilt in -0.3f64..0.3,
        steepness in 0.0f64..3.0,
    ) {
        if near.validate().is_err() {
            return Ok(());
        }
        let theta = near.theta_q40 as f64 * growth;
        let rho_near = near.rho_q29 as f64 / Q29;
        let rho = (rho_near + tilt).clamp(-0.999, 0.999);
        // From the least slope whose wings do not cross to the greatest for which φ does not rise, and beyond.
        let ratio = ((1.0 + rho_near) / (1.0 + rho)).max((1.0 - rho_near) / (1.0 - rho));
        let (least, most) = (near.psi_q40 as f64 * ratio, near.psi_q40 as f64 * growth);
        let far = EssviSlice {
            theta_q40: theta as u64,
            rho_q29: (rho * Q29) as i64,
            psi_q40: (least + (most - least) * steepness).max(0.0) as u64,
        };
        if far.validate().is_ok() && EssviSlice::check_calendar(&near, &far).is_ok() {
            for k in log_strikes() {
                let (before, after) = (variance(&near, k).0, variance(&far, k).0);
                prop_assert!(after >= before * (1.0 - 1e-9), "{} {} at {}", before, after, k);
            }
        }
    }

    #[test]
    fn no_input_panics(theta_q40 in any::<u64>(), rho_q29 in any::<i64>(), psi_q40 in any::<u64>(), raw in any::<[i64; 6]>(), k in any::<i64>()) {
        let slice = EssviSlice { theta_q40, rho_q29, psi_q40 };
        let _ = slice.to_raw();
        let _ = EssviSlice::check_calendar(&slice, &slice);
        let [a, b, rho, m, sigma, shift] = raw;
        let smile = RawSvi { a, b, rho, m, sigma, variance_shift: shift as u64 };
        let _ = smile.total_deviation_q28(k);
    }
}

fn slice(theta: f64, rho: f64, psi: f64) -> EssviSlice {
    EssviSlice { theta_q40: (theta * Q40) as u64, rho_q29: (rho * Q29) as i64, psi_q40: (psi * Q40) as u64 }
}

#[test]
fn each_condition_has_its_own_refusal() {
    assert_eq!(slice(0.04, -0.3, 0.2).validate(), Ok(()));
    assert_eq!(slice(1e-8, -0.3, 1e-8).validate(), Err(SurfaceError::ThetaOutOfRange));
    assert_eq!(slice(9.1, -0.3, 3.0).validate(), Err(SurfaceError::ThetaOutOfRange));
    assert_eq!(slice(0.04, 1.0, 0.2).validate(), Err(SurfaceError::RhoOutOfRange));
    assert_eq!(slice(0.04, -1.0, 0.2).validate(), Err(SurfaceError::RhoOutOfRange));
    assert_eq!(slice(0.04, -0.3, 0.0099).validate(), Err(SurfaceError::TooFlat));
    assert_eq!(slice(8.0, -0.3, 3.2).validate(), Err(SurfaceError::WingTooSteep));
    assert_eq!(slice(0.04, -0.3, 0.36).validate(), Err(SurfaceError::ButterflyArbitrage));

    let near = slice(0.04, -0.3, 0.2);
    let against = |far| EssviSlice::check_calendar(&near, &far);
    assert_eq!(against(near), Ok(()));
    assert_eq!(against(slice(0.08, -0.3, 0.3)), Ok(()));
    assert_eq!(against(slice(0.039, -0.3, 0.2)), Err(SurfaceError::ThetaFalls));
    assert_eq!(against(slice(0.08, -0.3, 0.19)), Err(SurfaceError::WingsCross));
    assert_eq!(against(slice(0.08, -0.8, 0.3)), Err(SurfaceError::WingsCross));
    assert_eq!(against(slice(0.05, -0.3, 0.26)), Err(SurfaceError::PhiRises));
}

#[test]
fn conditions_hold_at_equality_and_fail_one_unit_beyond() {
    // ρ = 0: the limits are ψ = 4 and ψ² = 4θ.
    let mut steep = slice(9.0, 0.0, 4.0);
    assert_eq!(steep.validate(), Ok(()));
    steep.psi_q40 += 1;
    assert_eq!(steep.validate(), Err(SurfaceError::WingTooSteep));
    let mut curved = slice(0.25, 0.0, 1.0);
    assert_eq!(curved.validate(), Ok(()));
    curved.psi_q40 += 1;
    assert_eq!(curved.validate(), Err(SurfaceError::ButterflyArbitrage));
}

#[test]
fn another_protocols_published_smile_matches() {
    let tau = 0.038_356_164_383_561_646;
    let q29 = |value: f64| (value * Q29).round() as i64;
    let smile = RawSvi {
        a: q29(0.027_616_438_356_164_386),
        b: q29(0.041_424_657_534_246_574),
        rho: q29(0.003_452_054_794_520_548),
        m: q29(0.001_726_027_397_260_274),
        sigma: q29(0.000_345_205_479_452_055),
        variance_shift: 0,
    };
    let sqrt_time = sqrt_years_q28((tau * 31_536_000.0) as u32) as f64;
    for (strike, volatility) in [
        (1500.0, 0.959_724_473_412_012_8),
        (1800.0, 0.851_385_607_696_952_2),
        (2100.0, 0.939_244_986_304_054),
        (2400.0, 1.013_357_133_427_566_8),
    ] {
        let k = f64::ln(strike / 1805.0);
        let got = smile.total_deviation_q28(q29(k)) as f64 / sqrt_time;
        assert!((got - volatility).abs() <= 1e-6, "{strike}: {got}");
    }
}

/// Starting from the root at the money changes nothing but the cost.
#[test]
fn a_known_root_leads_to_the_same_deviation() {
    let mut state = 1_u64;
    let mut random = move |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for _ in 0..200_000 {
        let (wide, steep) = (random(24), random(30));
        let theta_q40 = (1 << 16) + random(1 << (17 + wide));
        let rho_q29 = random(1 << 30) as i64 - (1 << 29) + 1;
        let slice = EssviSlice { theta_q40, rho_q29, psi_q40: theta_q40 / 4 + random(1 << (10 + steep)) };
        let Ok(smile) = slice.to_raw() else { continue };
        let k = random(4 << 29) as i64 - (2 << 29);
        let (plain, near) = (smile.total_deviation_q28(k), smile.total_deviation_near(k, smile.root_at(0)));
        assert!(near == plain || near == plain + 1 || near + 1 == plain, "{slice:?} at {k}: {near} for {plain}");
    }
}
