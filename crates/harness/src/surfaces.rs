//! Volatility surfaces as a publisher would fit them.
//!
//! The one place of the harness that computes with floating point: it stands for an off-chain fit.
#![allow(clippy::float_arithmetic)]

/// Seconds of the year that all volatilities refer to.
const YEAR: f64 = 31_536_000.0;

/// How an expiry's smile looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smile {
    /// Volatility per year at the money: 0.6 is 60 %.
    pub volatility: f64,
    /// Tilt, between −1 and 1; negative when low strikes cost more.
    pub skew: f64,
    /// Curvature: ψ = curvature × √θ. Free of butterfly arbitrage up to 2/√(1 + |skew|), of calendar arbitrage
    /// between expiries of the same skew and curvature.
    pub curvature: f64,
    /// ln(forward / index) per year.
    pub carry: f64,
    /// Interest rate per year.
    pub rate: f64,
}

impl Smile {
    /// A smile with a slight tilt towards low strikes, forwards 4 % a year above the index, and rates at 4 %.
    pub fn new(volatility: f64) -> Self {
        Self { volatility, skew: -0.2, curvature: 0.8, carry: 0.04, rate: 0.04 }
    }

    /// The surface of an expiry that is this many seconds away.
    pub fn surface(&self, seconds: i64) -> Surface {
        let years = seconds as f64 / YEAR;
        let theta = self.volatility * self.volatility * years;
        let psi = self.curvature * theta.sqrt();
        Surface {
            theta: scaled(theta, 28) as u32,
            rho: scaled(self.skew, 30) as i32,
            psi: scaled(psi, 28) as u32,
            basis: scaled(self.carry * years, 30) as i32,
            rate: scaled(self.rate, 30) as i32,
        }
    }
}

/// The next at-the-money volatility on the way from one to another, when a post may change it by this share at most.
pub fn next_volatility(from: f64, to: f64, step: f64) -> f64 {
    to.clamp(from * (1.0 - step), from * (1.0 + step))
}

/// The volatility per year at the money of what was posted: θ in Q40 over seconds.
pub fn volatility_of(theta_q40: u64, seconds: u64) -> f64 {
    (theta_q40 as f64 / 40.0_f64.exp2() * YEAR / seconds.max(1) as f64).sqrt()
}

/// A surface in the units in which it is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surface {
    /// eSSVI θ, scale 2^-28.
    pub theta: u32,
    /// eSSVI ρ, scale 2^-30.
    pub rho: i32,
    /// eSSVI ψ, scale 2^-28.
    pub psi: u32,
    /// ln(forward / index), scale 2^-30.
    pub basis: i32,
    /// Interest rate per year, scale 2^-30.
    pub rate: i32,
}

fn scaled(value: f64, bits: i32) -> i64 {
    (value * f64::from(bits).exp2()).round() as i64
}
