//! What a market's parameters do with its price: realised variance, the scan range and the scenarios prepared from it,
//! the quality of the price, the stable price.
//!
//! Only publications count. Whoever refreshes again from one that was taken changes nothing but the slot, so that nobody
//! hastens or delays a ramp by calling often.

use ballast_risk::{
    Price, Ratio, RiskError, num,
    quantity::Multiple,
    realised::StablePrice,
    scan_range::{ScanRange, ScanRangeParameters, annual_variance},
};

use super::{Scenarios, index::doubtful_since};
use crate::{
    ExchangeParameters, Expiry, ExpiryStatus, Market, MarketParameters, PriceHistory,
    exchange::GroupParameters,
    oracle_grade::{Grade, Publication},
};

impl Market {
    /// Sets what listing starts from: realised variance at the seed, and the scan range that follows from it.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the group's parameters give no scenarios.
    pub fn begin_dynamics(&mut self, group: &GroupParameters) -> Result<(), RiskError> {
        self.prices = PriceHistory::seeded(Ratio::from_bits(self.parameters.seed_volatility));
        let range = self.parameters.scan_range().target(&self.prices.realised(), 0);
        self.scenarios = Scenarios::of_group(group, range, &self.parameters)?;
        (self.scan_range, self.maintenance_range) = (range.to_bits(), range.to_bits());
        self.quality = Ratio::ONE.to_bits();
        Ok(())
    }

    /// Takes an accepted index price, which must not be older than the one held. Returns its grade.
    ///
    /// What averages prices goes by the time between publications, so one that comes again, or another of the same second,
    /// adds nothing.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the market's parameters give no scenarios.
    pub fn accept_price(
        &mut self,
        publication: &Publication,
        slot: u64,
        parameters: &ExchangeParameters,
    ) -> Result<Grade, RiskError> {
        let Publication { price, confidence, publish_time, average } = *publication;
        self.refreshed_slot = slot;
        let is_held = (price.ticks(), confidence, publish_time) == (self.price, self.confidence, self.publish_time);
        if !is_held {
            let elapsed = self.stood_until(publish_time);
            self.accumulate_averages(publish_time);
            let growth = Ratio::from_bits(self.parameters.stable_price_growth);
            self.prices.accept(price, publish_time, elapsed, &parameters.variance(), growth);
            self.follow_index(price, elapsed, Ratio::from_bits(parameters.withdrawal_index_step));
            self.price = price.ticks();
            self.confidence = confidence;
            self.publish_time = publish_time;
            self.oracle_average = average;
            self.update_scan_range(elapsed, publish_time)?;
        }
        let grade = self.grade(parameters, publish_time, slot);
        let limit = Ratio::from_bits(self.parameters.confidence_limit);
        self.quality = quality(price, self.quote().uncertainty(), limit).to_bits();
        self.doubtful_since = doubtful_since(self.doubtful_since, grade, publish_time);
        Ok(grade)
    }

    /// Lets the index of withdrawals follow the index, `elapsed_seconds` after the last time.
    fn follow_index(&mut self, index: Price, elapsed_seconds: u64, step: Ratio) {
        let mut followed = StablePrice::from_bits(self.withdrawal_index);
        followed.update_by_minutes(index, elapsed_seconds, step);
        self.withdrawal_index = followed.to_bits();
    }

    /// Lets the scan range follow its target after some seconds, and prepares the scenarios if it changed.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the market's parameters give no scenarios.
    pub(super) fn update_scan_range(&mut self, elapsed_seconds: u64, now: i64) -> Result<(), RiskError> {
        let parameters = self.parameters.scan_range();
        let target = parameters.target(&self.prices.realised(), self.implied_variance(now));
        let mut range = ScanRange {
            range: Ratio::from_bits(self.scan_range),
            maintenance: Ratio::from_bits(self.maintenance_range),
        };
        range.update(target, elapsed_seconds, &parameters);
        if range.range.to_bits() != self.scan_range {
            self.scenarios = self.scenarios.with_range(range.range, &self.parameters)?;
        }
        (self.scan_range, self.maintenance_range) = (range.range.to_bits(), range.maintenance.to_bits());
        Ok(())
    }

    /// The largest variance per year, at the money, that a running expiry's surface states: scale 2^-32; zero if none was
    /// posted.
    pub fn implied_variance(&self, now: i64) -> u64 {
        let posted = self.expiries.iter().filter(|expiry| expiry.is_marked(now));
        posted.map(Expiry::annual_variance).max().unwrap_or(0)
    }

    /// Seconds that the price held stood until another one was published; none without a price.
    fn stood_until(&self, publish_time: i64) -> u64 {
        if self.price == 0 { 0 } else { publish_time.saturating_sub(self.publish_time).max(0).unsigned_abs() }
    }
}

impl Expiry {
    /// Whether the expiry is running and has a surface.
    pub fn is_marked(&self, now: i64) -> bool {
        self.status() == ExpiryStatus::Listed && self.posted_at != 0 && self.expires_at > now
    }

    /// Seconds to expiry when the surface was posted: the time that its total variance spans.
    pub fn surface_seconds(&self) -> u64 {
        self.expires_at.saturating_sub(self.posted_at).max(0).unsigned_abs()
    }

    /// Variance per year, at the money, that the surface states: scale 2^-32.
    pub fn annual_variance(&self) -> u64 {
        annual_variance(self.theta, self.surface_seconds())
    }
}

impl MarketParameters {
    /// How the scan range follows from variance, for the engine.
    pub fn scan_range(&self) -> ScanRangeParameters {
        ScanRangeParameters {
            deviations: Multiple::from_bits(self.scan_deviations),
            horizon_seconds: self.scan_horizon_seconds,
            implied_share: Ratio::from_bits(self.implied_variance_share),
            floor: Ratio::from_bits(self.scan_range_floor),
            cap: Ratio::from_bits(self.scan_range_cap),
            fall_per_day: Ratio::from_bits(self.scan_range_fall),
            ramp_seconds: self.scan_range_ramp_seconds,
        }
    }
}

/// Quality of a price: one less its confidence over the widest that is accepted, at least zero; rounded down.
fn quality(price: Price, confidence: u64, limit: Ratio) -> Ratio {
    let share = num::mul_div_ceil(confidence, 1 << 30, price.ticks());
    let taken = share.and_then(|share| num::mul_div_ceil(share, 1 << 30, u64::from(limit.to_bits())));
    let one = Ratio::ONE.to_bits();
    Ratio::from_bits(one.saturating_sub(taken.map_or(one, |taken| taken.min(u64::from(one)) as u32)))
}

#[cfg(test)]
mod tests;
