//! What the model knows about a market at each date, from prices up to that date.
//!
//! Realised variances and the scan range are the engine's own, step by step as on chain. What a price file lacks is
//! option prices, so implied volatility follows a rule: it starts at the realised volatility of the last days and goes
//! back to that of the last months as expiries get longer, plus a premium, on a smile of constant shape. In numbers,
//! with v₁ and v₂ the realised variances per year over 10 and 90 days, both exponentially weighted, and τ = 20 days:
//!
//! ```text
//! θ(T) = premium²·(v₂·T + (v₁ − v₂)·τ·(1 − e^(−T/τ)))      ρ = −0.2      ψ = 0.8·√θ
//! ```
//!
//! θ/T is kept between the squares of 10 % and 300 % volatility. θ rises with T, ψ rises with θ and ψ/θ falls, so that
//! the surface has no calendar arbitrage, and ψ²(1 + |ρ|) < 4θ, so that it has no butterfly arbitrage
//! (Gatheral and Jacquier 2014). Forwards equal the index and interest rates are zero.

use ballast_risk::{
    Ratio, num,
    parameters::exchange,
    quantity::SECONDS_PER_YEAR,
    realised::{RealisedVariance, VarianceParameters},
    scan_range::{ScanRange, ScanRangeParameters, annual_variance},
};

/// Seconds per day.
const DAY: u32 = 86_400;
/// Days to the expiries whose implied volatility the scan range looks at.
const LISTED_DAYS: [u32; 2] = [30, 60];

/// Over which times the realised variances behind implied volatility are weighted, seconds.
const PACE: VarianceParameters =
    VarianceParameters { fast_seconds: 10 * DAY, slow_seconds: 90 * DAY, min_interval_seconds: 60 };
/// τ: how soon implied variance goes back from the one to the other, seconds.
const REVERSION_SECONDS: f64 = 20.0 * DAY as f64;
/// Implied over realised volatility.
const PREMIUM: f64 = 1.1;
/// Lowest and highest implied volatility at the money.
const VOLATILITIES: (f64, f64) = (0.1, 3.0);
/// Ticks of the first price of a history: prices may rise 260,000-fold from there, and fall a billionfold.
const FIRST_TICKS: f64 = (1_u64 << 30) as f64;

/// How the model sees a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketRules {
    /// Volatility per year that realised variance starts from.
    pub seed_volatility: Ratio,
    /// How the scan range follows from variance.
    pub dynamics: ScanRangeParameters,
    /// A scan range that stays as it is, if there is one.
    pub fixed: Option<Ratio>,
}

/// A market at one date.
#[derive(Clone, Copy, Debug)]
pub struct MarketState {
    /// Price, USD.
    pub price: f64,
    /// Scan range, and the one that maintenance margin has got used to.
    pub scan_range: ScanRange,
    /// Realised variances behind implied volatility.
    pace: RealisedVariance,
}

impl MarketState {
    /// The states of a market at each date of its history, given times and prices within a factor of 100,000 of the
    /// first.
    pub fn history(rules: &MarketRules, prices: impl Iterator<Item = (i64, f64)>) -> Vec<Self> {
        let mut realised = RealisedVariance::seeded(rules.seed_volatility);
        let mut pace = realised;
        let mut scan_range = ScanRange::default();
        let mut states = Vec::new();
        let (mut first_price, mut time_before) = (None, 0);
        for (time, price) in prices {
            let first = *first_price.get_or_insert(price);
            let log_price = num::ln_q40((price / first * FIRST_TICKS).round() as u64);
            realised.update(log_price, time, &variance_parameters());
            pace.update(log_price, time, &PACE);
            let state = Self { price, scan_range, pace };
            let elapsed = time.saturating_sub(time_before).unsigned_abs();
            let target = rules.dynamics.target(&realised, state.highest_implied_variance());
            scan_range.update(target, elapsed, &rules.dynamics);
            if let Some(fixed) = rules.fixed {
                scan_range = ScanRange { range: fixed, maintenance: fixed };
            }
            states.push(Self { scan_range, ..state });
            time_before = time;
        }
        states
    }

    /// θ, the total implied variance at the money of an expiry in `seconds`, of which there is at least one.
    pub fn theta(&self, seconds: u32) -> f64 {
        let years = f64::from(seconds.max(1)) / SECONDS_PER_YEAR as f64;
        let reversion = REVERSION_SECONDS / SECONDS_PER_YEAR as f64;
        let [short, long] = [self.pace.fast, self.pace.slow].map(|variance| variance as f64 / (1_u64 << 32) as f64);
        let total = long * years + (short - long) * reversion * (1.0 - (-years / reversion).exp());
        let (lowest, highest) = VOLATILITIES;
        (PREMIUM * PREMIUM * total).clamp(lowest * lowest * years, highest * highest * years)
    }

    /// The highest implied variance per year at the money among the listed expiries, scale 2^-32.
    fn highest_implied_variance(&self) -> u64 {
        let variance = |days| {
            let theta_q40 = self.theta(days * DAY) * (1_u64 << 40) as f64;
            annual_variance(theta_q40 as u64, u64::from(days * DAY))
        };
        LISTED_DAYS.map(variance).into_iter().max().unwrap_or(0)
    }
}

fn variance_parameters() -> VarianceParameters {
    VarianceParameters {
        fast_seconds: exchange::VARIANCE_FAST_SECONDS.default_at(0) as u32,
        slow_seconds: exchange::VARIANCE_SLOW_SECONDS.default_at(0) as u32,
        min_interval_seconds: exchange::VARIANCE_INTERVAL_SECONDS.default_at(0) as u32,
    }
}
