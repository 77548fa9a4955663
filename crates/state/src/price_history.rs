//! What markets and banks remember of the prices that they accepted.

use anchor_lang::prelude::*;
use ballast_risk::{
    Price, Ratio, num,
    realised::{RealisedVariance, StablePrice, VarianceParameters},
};

/// Realised variance and the stable price of one oracle.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct PriceHistory {
    /// Realised variance per year, fast average, scale 2^-32.
    pub variance_fast: u64,
    /// Realised variance per year, slow average, scale 2^-32.
    pub variance_slow: u64,
    /// ln of the last price that counted for them, in ticks, Q40.
    pub variance_reference_log: i64,
    /// When that price was published, Unix seconds; zero before the first.
    pub variance_reference_time: i64,
    /// Price that follows the oracle's at a bounded rate, scale 2^-16 of a tick.
    pub stable_price: u64,
}

impl PriceHistory {
    /// The history of a listing without a price yet: both averages at a volatility per year.
    pub fn seeded(volatility: Ratio) -> Self {
        let mut history: Self = bytemuck::Zeroable::zeroed();
        history.set_realised(&RealisedVariance::seeded(volatility));
        history
    }

    /// Takes an accepted price, `elapsed_seconds` after the one before.
    pub fn accept(
        &mut self,
        price: Price,
        publish_time: i64,
        elapsed_seconds: u64,
        variance: &VarianceParameters,
        growth_per_hour: Ratio,
    ) {
        let mut realised = self.realised();
        realised.update(num::ln_q40(price.ticks()), publish_time, variance);
        self.set_realised(&realised);
        let mut stable = self.stable();
        stable.update(price, elapsed_seconds, growth_per_hour);
        self.stable_price = stable.to_bits();
    }

    /// Realised variance, for the engine.
    pub fn realised(&self) -> RealisedVariance {
        RealisedVariance {
            fast: self.variance_fast,
            slow: self.variance_slow,
            reference_log: self.variance_reference_log,
            reference_time: self.variance_reference_time,
        }
    }

    /// Stable price, for the engine.
    pub fn stable(&self) -> StablePrice {
        StablePrice::from_bits(self.stable_price)
    }

    /// Realised volatility per year, rounded up, as the value at risk takes it: below 4.
    pub fn volatility(&self) -> Ratio {
        // A multiple has scale 2^-28.
        Ratio::from_bits(self.realised().volatility().to_bits().saturating_mul(4))
    }

    fn set_realised(&mut self, realised: &RealisedVariance) {
        self.variance_fast = realised.fast;
        self.variance_slow = realised.slow;
        self.variance_reference_log = realised.reference_log;
        self.variance_reference_time = realised.reference_time;
    }
}

const _: () = assert!(size_of::<PriceHistory>() == 40);
