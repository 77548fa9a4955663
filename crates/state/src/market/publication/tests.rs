//! Expectations in floating point, apart from the engine's arithmetic.
#![allow(clippy::float_arithmetic)]

use super::*;

#[test]
fn volatility_and_wing_slope_are_those_of_the_smile() {
    // 50 % over 30 days, ψ = 0.8·√θ.
    let seconds = 30 * 86_400;
    let theta = 0.25 * f64::from(seconds) / 31_536_000.0;
    let scaled = |value: f64| (value * 40.0_f64.exp2()) as u64;
    let volatility = volatility_at_the_money(scaled(theta), seconds as u64);
    assert!(volatility.to_bits().abs_diff(1 << 27) < 4, "{volatility:?}");
    let slope = wing_slope(scaled(0.8 * theta.sqrt()), scaled(theta));
    assert!(slope.abs_diff((0.8 * 30.0_f64.exp2()) as u64) < 16, "{slope}");
}

#[test]
fn a_smile_keeps_its_volatilities_while_its_time_runs_off() {
    let mut expiry: Expiry = bytemuck::Zeroable::zeroed();
    (expiry.expires_at, expiry.posted_at) = (1_000_000, 900_000);
    (expiry.theta, expiry.psi, expiry.svi_rho) = (1 << 30, 1 << 33, -5);
    let later = expiry.smile(975_000);
    assert_eq!((later.theta_q40, later.psi_q40, later.rho_q29), (1 << 28, 1 << 31, -5));
    assert_eq!(expiry.smile(2_000_000).theta_q40, 0);
}
