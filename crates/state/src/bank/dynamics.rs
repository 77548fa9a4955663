//! What a bank's haircuts and stable price do with its price.
//!
//! As in a market, only publications count: a refresh from one that was taken changes nothing but the slot.

use ballast_risk::{Ratio, haircut::HaircutInputs, quantity::Multiple};

use crate::{
    Bank, ExchangeParameters, PriceHistory,
    market::doubtful_since,
    oracle_grade::{Grade, Publication},
};

impl Bank {
    /// Sets what listing starts from: realised variance at the seed, and the maintenance haircut of a calm token.
    pub fn begin_dynamics(&mut self) {
        self.prices = PriceHistory::seeded(Ratio::from_bits(self.parameters.seed_volatility));
        self.volatility = self.prices.realised().volatility().to_bits();
        self.maintenance_haircut = self.parameters.haircuts().maintenance_at_listing().to_bits();
    }

    /// Takes an accepted price, which must not be older than the one held. Returns its grade.
    pub fn accept_price(&mut self, publication: &Publication, slot: u64, parameters: &ExchangeParameters) -> Grade {
        let Publication { price, confidence, publish_time, average } = *publication;
        self.refreshed_slot = slot;
        let is_held = (price.ticks(), confidence, publish_time) == (self.price, self.confidence, self.publish_time);
        if !is_held {
            let stood = publish_time.saturating_sub(self.publish_time).max(0).unsigned_abs();
            let elapsed = if self.price == 0 { 0 } else { stood };
            let growth = Ratio::from_bits(self.parameters.stable_price_growth);
            self.prices.accept(price, publish_time, elapsed, &parameters.variance(), growth);
            self.volatility = self.prices.realised().volatility().to_bits();
            self.price = price.ticks();
            self.confidence = confidence;
            self.publish_time = publish_time;
            self.oracle_average = average;
            let before = Ratio::from_bits(self.maintenance_haircut);
            let haircut = self.parameters.haircuts().maintenance(before, &self.haircut_inputs(), elapsed);
            self.maintenance_haircut = haircut.to_bits();
        }
        let grade = self.grade(parameters, publish_time, slot);
        self.doubtful_since = doubtful_since(self.doubtful_since, grade, publish_time);
        grade
    }

    /// What the bank's haircuts depend on, for the engine.
    pub fn haircut_inputs(&self) -> HaircutInputs {
        HaircutInputs {
            volatility: Multiple::from_bits(self.volatility),
            price: self.price,
            confidence: self.confidence,
        }
    }
}

#[cfg(test)]
mod tests;
