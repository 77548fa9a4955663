//! Charges per market: what no scenario shows (docs/margin-model.md, section 3).

use super::{ConcentrationRate, MarketInput};
use crate::quantity::{MicroUsd, Ratio};

/// What a market is charged beside its scan loss, µUSD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charges {
    /// Naked short options: maintenance.
    pub naked_short_maintenance: MicroUsd,
    /// Naked short options: added for initial margin.
    pub naked_short_initial: MicroUsd,
    /// Linear notional: maintenance.
    pub linear_maintenance: MicroUsd,
    /// Linear notional: added for initial margin.
    pub linear_initial: MicroUsd,
    /// Uncertain prices: initial margin.
    pub confidence: MicroUsd,
    /// Large net delta: initial margin.
    pub delta_concentration: MicroUsd,
    /// Large net vega: initial margin.
    pub vega_concentration: MicroUsd,
}

impl Charges {
    /// What maintenance margin charges.
    pub fn maintenance(&self) -> MicroUsd {
        self.naked_short_maintenance + self.linear_maintenance
    }

    /// What initial margin charges on top.
    pub fn initial(&self) -> MicroUsd {
        self.naked_short_initial
            + self.linear_initial
            + self.confidence
            + self.delta_concentration
            + self.vega_concentration
    }

    /// Adds the charge on linear notional, and that on the confidence in its price.
    pub(super) fn add_linear(&mut self, notional: MicroUsd, quality: Ratio, input: &MarketInput) {
        self.linear_maintenance += input.charges.linear_maintenance.of_ceil(notional);
        self.linear_initial += input.charges.linear_initial.of_ceil(notional);
        self.add_confidence(notional, quality, input);
    }

    /// Adds the charge on the confidence in a price: below the threshold, `(1 − quality)·rate·notional`.
    #[inline(always)]
    pub(super) fn add_confidence(&mut self, notional: MicroUsd, quality: Ratio, input: &MarketInput) {
        if quality < input.charges.confidence_threshold {
            core::hint::cold_path();
            let missing = Ratio::from_bits(Ratio::ONE.to_bits().saturating_sub(quality.to_bits()));
            self.confidence += input.charges.confidence_rate.of_ceil(missing.of_ceil(notional));
        }
    }

    /// Whether any price of this quality is charged for.
    #[inline(always)]
    pub(super) fn is_uncertain(quality: Ratio, input: &MarketInput) -> bool {
        quality < input.charges.confidence_threshold
    }

    /// Sets the charges on naked short options worth `notional` at the index.
    pub(super) fn set_naked_shorts(&mut self, notional: MicroUsd, input: &MarketInput) {
        self.naked_short_maintenance = input.charges.naked_short_maintenance.of_ceil(notional);
        self.naked_short_initial = input.charges.naked_short_initial.of_ceil(notional);
    }
}

impl core::ops::AddAssign for Charges {
    fn add_assign(&mut self, other: Self) {
        self.naked_short_maintenance += other.naked_short_maintenance;
        self.naked_short_initial += other.naked_short_initial;
        self.linear_maintenance += other.linear_maintenance;
        self.linear_initial += other.linear_initial;
        self.confidence += other.confidence;
        self.delta_concentration += other.delta_concentration;
        self.vega_concentration += other.vega_concentration;
    }
}

/// Ten million USD, to which the slope of a concentration charge refers.
const SLOPE_UNIT: u64 = 10_000_000_000_000;

impl ConcentrationRate {
    /// The charge on an exposure of either sign, rounded up: with X = |exposure| less what is free,
    /// `min(cap, slope·X / 10 million)·X`. It never falls when the exposure grows.
    pub fn charge(&self, exposure: MicroUsd) -> MicroUsd {
        let beyond = exposure.magnitude() - self.free;
        if beyond <= MicroUsd::ZERO {
            return MicroUsd::ZERO;
        }
        core::hint::cold_path();
        // At most 2^32 · 2^60 / 2^43; one more than rounded down.
        let steep = crate::num::mul_div_floor(u64::from(self.slope.to_bits()), beyond.0.unsigned_abs(), SLOPE_UNIT);
        let rate = steep.unwrap_or(u64::MAX).saturating_add(1).min(u64::from(self.cap.to_bits()));
        Ratio::from_bits(rate as u32).of_ceil(beyond)
    }
}
