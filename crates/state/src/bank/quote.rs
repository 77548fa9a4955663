//! The price of a collateral token: what is held of it, and how far it can be relied on.

use ballast_risk::{Price, RiskError};

use super::Bank;
use crate::{
    ExchangeParameters,
    market::Dispute,
    oracle_grade::{Action, Grade, Quote, QuoteLimits},
};

impl Bank {
    /// The price as it is held. A bank has no second source.
    pub fn quote(&self) -> Quote {
        Quote {
            price: self.price,
            confidence: self.confidence,
            publish_time: self.publish_time,
            refreshed_slot: self.refreshed_slot,
            stable: self.prices.stable().ticks(),
            average: self.oracle_average,
            second: None,
        }
    }

    /// From where on the price loses its grade.
    pub fn quote_limits(&self, parameters: &ExchangeParameters) -> QuoteLimits {
        parameters.quote_limits(self.parameters.confidence_limit, self.parameters.divergence_limit, 0)
    }

    /// How far the price can be relied on.
    pub fn grade(&self, parameters: &ExchangeParameters, now: i64, slot: u64) -> Grade {
        Grade::of(&self.quote(), &self.quote_limits(parameters), now, slot)
    }

    /// Whether the price is in dispute: see [`Action::Cover`].
    pub fn is_disputed(&self, parameters: &ExchangeParameters, dispute: Dispute, now: i64, slot: u64) -> bool {
        let acceptance = Action::Cover.accepts(self.grade(parameters, now, slot));
        dispute.holds(acceptance, self.doubtful_since, self.publish_time, now)
    }

    /// The highest price that a doubtful one could stand for.
    ///
    /// # Errors
    /// [`RiskError::PriceOutOfRange`] without a price.
    pub fn favourable_price(&self) -> Result<Price, RiskError> {
        Price::new(self.quote().bounds().1)
    }
}
