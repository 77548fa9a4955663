//! The model once more, in floating point and written from docs/margin-model.md alone: no code is shared with the
//! engine.

use crate::book::{Book, Leg};

const YEAR: f64 = 31_536_000.0;
const MONTH: f64 = 30.0 * 86_400.0;

/// Standard normal distribution, by the complementary error function's continued fraction and series (about 1e-15).
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x / std::f64::consts::SQRT_2)
}

fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        // Maclaurin series of erf.
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while f64::abs(term) > 1e-18 {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return 1.0 - 2.0 / std::f64::consts::PI.sqrt() * sum;
    }
    // Laplace's continued fraction, evaluated backwards.
    let mut fraction = 0.0;
    for k in (1..=120).rev() {
        fraction = f64::from(k) / 2.0 / (x + fraction);
    }
    (-x * x).exp() / std::f64::consts::PI.sqrt() / (x + fraction)
}

/// Undiscounted Black-76 call.
pub fn call(forward: f64, strike: f64, deviation: f64) -> f64 {
    let d1 = (forward / strike).ln() / deviation + deviation / 2.0;
    forward * normal_cdf(d1) - strike * normal_cdf(d1 - deviation)
}

/// Profit in USD of a whole book in one scenario, and its value at the mark.
pub struct Valuation {
    pub value: f64,
    pub profit: f64,
}

/// Revalues a book under a price factor and a volatility row (0 up, 1 flat, 2 down).
pub fn revalue(book: &Book, factor: f64, row: usize) -> Valuation {
    let mut total = Valuation { value: 0.0, profit: 0.0 };
    for leg in &book.legs {
        let one = revalue_leg(book, leg, factor, row);
        total.value += one.value;
        total.profit += one.profit;
    }
    total
}

fn revalue_leg(book: &Book, leg: &Leg, factor: f64, row: usize) -> Valuation {
    let lots = leg.lots() as f64 * 10f64.powi(-i32::from(book.quantity_decimals));
    let index = book.index();
    let (expiry, strike, is_call) = match *leg {
        Leg::Perpetual { .. } => {
            return Valuation { value: 0.0, profit: lots * index * (factor - 1.0) };
        }
        Leg::Future { expiry, .. } => {
            let forward = index * book.expiries[expiry].basis.exp();
            return Valuation { value: 0.0, profit: lots * forward * (factor - 1.0) };
        }
        Leg::Option { expiry, strike, is_call, .. } => (expiry, strike, is_call),
    };
    let expiry = &book.expiries[expiry];
    let forward = index * expiry.basis.exp();
    let strike = strike as f64 * 10f64.powi(-i32::from(book.price_decimals));
    let time = f64::from(expiry.seconds) / YEAR;
    let discount = (-expiry.rate.max(0.0) * time).exp();
    let k = (strike / forward).ln();
    let variance = expiry.theta / 2.0
        * (1.0
            + expiry.rho * expiry.psi / expiry.theta * k
            + ((expiry.psi / expiry.theta * k + expiry.rho).powi(2) + 1.0 - expiry.rho.powi(2)).sqrt());
    let volatility = (variance / time).sqrt();
    let term = MONTH / f64::from(expiry.seconds.max(86_400));
    let power = term.powf(if term > 1.0 { 0.3 } else { 0.13 });
    let shocked = match row {
        0 => (volatility * (1.0 + 0.5 * power)).max(0.4),
        1 => volatility,
        _ => volatility * (1.0 - 0.3 * power).max(0.0),
    };
    let price = |forward: f64, volatility: f64| {
        // The engine's deviations are at least 2^-10 and at most 6.
        let deviation = (volatility * time.sqrt()).clamp(1.0 / 1024.0, 6.0);
        let call = call(forward, strike, deviation);
        discount * if is_call { call } else { call - forward + strike }
    };
    let value = lots * price(forward, volatility);
    Valuation { value, profit: lots * price(forward * factor, shocked) - value }
}

/// Exact scan loss of a book revalued together.
pub fn scan_loss(book: &Book) -> f64 {
    let mut loss: f64 = 0.0;
    for row in 0..3 {
        for node in 0..9 {
            let factor = 1.0 + 0.16 * (f64::from(node) - 4.0) / 4.0;
            loss = loss.max(-revalue(book, factor, row).profit);
        }
    }
    for (factor, weight) in [(0.34, 0.21), (0.67, 0.42), (1.5, 0.2772), (2.0, 0.1386), (6.0, 0.02772)] {
        loss = loss.max(-weight * revalue(book, factor, 0).profit);
    }
    loss
}
