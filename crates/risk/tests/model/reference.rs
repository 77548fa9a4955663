//! The model once more, in floating point to about 1e-12 of the notional, written from docs/margin-model.md: no code or
//! formula is shared with the engine, and none with the high-precision reference that wrote the vectors, against which
//! this one is tested too.
//!
//! Money is µUSD; losses are positive.

mod aggregate;
mod charges;
mod losses;

pub use aggregate::{AccountTotals, ModeTotals, account, deposit, joint_loss, value_at_risk};
pub use charges::{ChargeSums, Marks};
pub use losses::Losses;

use crate::{
    book::{Expiry, Kind, Leg, Market, Shock},
    normal::{density, distribution},
};

const YEAR: f64 = 31_536_000.0;
const MONTH: f64 = 2_592_000.0;
const LEAST_DEVIATION: f64 = 1.0 / 1024.0;
const GREATEST_DEVIATION: f64 = 6.0;

/// A number of units of 2^-30.
pub fn ratio(bits: u32) -> f64 {
    f64::from(bits) / 1_073_741_824.0
}

pub fn signed_ratio(bits: i32) -> f64 {
    f64::from(bits) / 1_073_741_824.0
}

/// A number of units of 2^-28.
pub fn q28(bits: u32) -> f64 {
    f64::from(bits) / 268_435_456.0
}

/// One market: what it can lose, what it is worth, what it is charged.
pub struct MarketReference {
    pub losses: Losses,
    pub marks: Marks,
    pub charges: ChargeSums,
    pub charges_alone: ChargeSums,
}

impl MarketReference {
    pub fn of(market: &Market) -> Self {
        let expiries: Vec<Terms> = market.expiries.iter().map(|expiry| Terms::of(market, expiry)).collect();
        let marks = Marks::of(market, &expiries);
        Self {
            losses: Losses::of(market, &expiries),
            charges: ChargeSums::of(market, &expiries, &marks, true),
            charges_alone: ChargeSums::of(market, &expiries, &marks, false),
            marks,
        }
    }
}

/// Forward, discounting and surface of one expiry.
pub struct Terms {
    pub seconds: f64,
    pub years: f64,
    pub discount: f64,
    pub moving: f64,
    pub fixed: f64,
    /// Factors of option values in scenarios.
    pub long: f64,
    pub short: f64,
    theta: f64,
    rho: f64,
    phi: f64,
    /// √(time now / time of the surface).
    decay: f64,
    widening: f64,
    pub quality: u32,
}

impl Terms {
    pub fn of(market: &Market, expiry: &Expiry) -> Self {
        let years = f64::from(expiry.seconds) / YEAR;
        let rate = signed_ratio(expiry.rate).max(0.0);
        let share = q28(expiry.fixed_share);
        let shape = &market.discount;
        let long = -years * (rate * ratio(shape.long_rate) + ratio(shape.long_add));
        let short = years * (rate * ratio(shape.short_rate) + ratio(shape.short_add));
        let discount = (-rate * years).exp();
        let (theta, psi) = (expiry.theta as f64 / 2f64.powi(40), expiry.psi as f64 / 2f64.powi(40));
        Self {
            seconds: f64::from(expiry.seconds),
            years,
            discount,
            moving: market.price as f64 * signed_ratio(expiry.basis).exp() * (1.0 - share),
            fixed: expiry.average as f64 * share,
            long: ratio(shape.long_base) * long.exp(),
            short: (ratio(shape.short_base) * short.exp()).min(1.0 / discount),
            theta,
            rho: expiry.rho as f64 / 2f64.powi(29),
            phi: psi / theta,
            decay: (f64::from(expiry.seconds) / f64::from(expiry.surface_seconds)).sqrt(),
            widening: ratio(expiry.widening),
            quality: expiry.quality,
        }
    }

    pub fn is_alive(&self) -> bool {
        self.seconds > 0.0
    }

    pub fn forward(&self) -> f64 {
        self.moving + self.fixed
    }

    pub fn shifted(&self, factor: f64) -> f64 {
        self.moving * factor + self.fixed
    }

    /// σ√T from the surface at k = ln(K/F).
    pub fn surface_deviation(&self, log_strike: f64) -> f64 {
        let scaled = self.phi * log_strike;
        let root = ((scaled + self.rho).powi(2) + 1.0 - self.rho.powi(2)).sqrt();
        (self.theta / 2.0 * (1.0 + self.rho * scaled + root)).sqrt() * self.decay
    }

    /// σ√T of an option at the mark.
    pub fn deviation(&self, leg: &Leg) -> f64 {
        let deviation = match leg.volatility {
            0 => self.surface_deviation((leg.strike as f64 / self.forward()).ln()),
            bits => q28(bits) * self.years.sqrt(),
        };
        deviation.clamp(LEAST_DEVIATION, GREATEST_DEVIATION)
    }

    /// σ√T of an option in the rows up, flat, down.
    pub fn rows(&self, shock: &Shock, deviation: f64) -> [f64; 3] {
        let term = MONTH / self.seconds.max(f64::from(shock.floor_seconds));
        let exponent = if term > 1.0 { shock.exponent_near } else { shock.exponent_far };
        let widened = term.powf(ratio(exponent)) * self.widening;
        let root = self.years.sqrt();
        let raised = deviation * (1.0 + ratio(shock.up) * widened).min(15.0) + ratio(shock.up_shift) * root;
        let lowered = deviation * (1.0 - ratio(shock.down) * widened).max(0.0) - ratio(shock.down_shift) * root;
        [raised.max(ratio(shock.up_floor) * root), deviation, lowered.max(0.0)]
    }

    /// Discounted value of one lot in ticks.
    pub fn value(&self, leg: &Leg, forward: f64, deviation: f64) -> f64 {
        if !self.is_alive() {
            return intrinsic(leg, forward);
        }
        let strike = leg.strike as f64;
        let (d1, d2) = distances(forward, strike, deviation);
        self.discount
            * match leg.kind {
                Kind::Put => strike * distribution(-d2) - forward * distribution(-d1),
                _ => forward * distribution(d1) - strike * distribution(d2),
            }
    }

    /// An option value of the expiry as scenarios count it; from expiry on it is money.
    pub fn scaled(&self, value: f64) -> f64 {
        if !self.is_alive() {
            return value;
        }
        value * if value >= 0.0 { self.long } else { self.short }
    }
}

/// d1 and d2.
pub fn distances(forward: f64, strike: f64, deviation: f64) -> (f64, f64) {
    let deviation = deviation.clamp(LEAST_DEVIATION, GREATEST_DEVIATION);
    let d1 = (forward / strike).ln() / deviation + deviation / 2.0;
    (d1, d1 - deviation)
}

/// φ(d1), N(d1) and N(d2) of a call; of a put both less one.
pub fn sensitivities(leg: &Leg, forward: f64, deviation: f64) -> (f64, f64, f64) {
    let (d1, d2) = distances(forward, leg.strike as f64, deviation);
    match leg.kind {
        Kind::Put => (density(d1), -distribution(-d1), -distribution(-d2)),
        _ => (density(d1), distribution(d1), distribution(d2)),
    }
}

/// What one lot pays at expiry, ticks.
pub fn intrinsic(leg: &Leg, forward: f64) -> f64 {
    let difference = forward - leg.strike as f64;
    if leg.kind == Kind::Put { (-difference).max(0.0) } else { difference.max(0.0) }
}
