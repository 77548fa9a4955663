//! What a bank's haircuts and stable price do with its price.
//!
//! As in a market, only publications count: a refresh from one that was taken changes nothing but the slot.

use ballast_risk::{
    Ratio,
    haircut::HaircutInputs,
    num,
    quantity::Multiple,
    realised::{RealisedVariance, StablePrice, VarianceParameters},
};

use crate::{Bank, market::Publication};

impl Bank {
    /// Sets what listing starts from: realised variance at the seed, and the maintenance haircut of a calm token.
    pub fn begin_dynamics(&mut self) {
        let seeded = RealisedVariance::seeded(Ratio::from_bits(self.parameters.seed_volatility));
        self.set_realised_variance(&seeded);
        self.maintenance_haircut = self.parameters.haircuts().maintenance_at_listing().to_bits();
    }

    /// Takes an accepted price, which must not be older than the one held.
    pub fn accept_price(&mut self, publication: &Publication, slot: u64, variance: &VarianceParameters) {
        let Publication { price, confidence, publish_time } = *publication;
        self.refreshed_slot = slot;
        if (price.ticks(), confidence, publish_time) == (self.price, self.confidence, self.publish_time) {
            return;
        }
        let stood = publish_time.saturating_sub(self.publish_time).max(0).unsigned_abs();
        let elapsed = if self.price == 0 { 0 } else { stood };

        let mut realised = self.realised_variance();
        realised.update(num::ln_q40(price.ticks()), publish_time, variance);
        self.set_realised_variance(&realised);
        let mut stable = StablePrice::from_bits(self.stable_price);
        stable.update(price, elapsed, Ratio::from_bits(self.parameters.stable_price_growth));
        self.stable_price = stable.to_bits();

        self.price = price.ticks();
        self.confidence = confidence;
        self.publish_time = publish_time;
        let before = Ratio::from_bits(self.maintenance_haircut);
        let haircut = self.parameters.haircuts().maintenance(before, &self.haircut_inputs(), elapsed);
        self.maintenance_haircut = haircut.to_bits();
    }

    /// What the bank's haircuts depend on, for the engine.
    pub fn haircut_inputs(&self) -> HaircutInputs {
        HaircutInputs {
            volatility: Multiple::from_bits(self.volatility),
            price: self.price,
            confidence: self.confidence,
        }
    }

    /// Realised variance of the price.
    pub fn realised_variance(&self) -> RealisedVariance {
        RealisedVariance {
            fast: self.variance_fast,
            slow: self.variance_slow,
            reference_log: self.variance_reference_log,
            reference_time: self.variance_reference_time,
        }
    }

    fn set_realised_variance(&mut self, realised: &RealisedVariance) {
        self.variance_fast = realised.fast;
        self.variance_slow = realised.slow;
        self.variance_reference_log = realised.reference_log;
        self.variance_reference_time = realised.reference_time;
        self.volatility = realised.volatility().to_bits();
    }
}

#[cfg(test)]
mod tests;
