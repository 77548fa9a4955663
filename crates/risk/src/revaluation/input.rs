//! What a pass needs to know about a market and an expiry.

use crate::{
    quantity::{MicroUsd, Price, Ratio, SignedRatio, ValueScale},
    scenario::{BasisShock, Discounts, MAX_TAILS, ScenarioSet, SkewShock, VolatilityShock},
    surface::RawSvi,
};

/// A market as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub struct MarketInput {
    /// Index price.
    pub price: Price,
    /// ln(index price in ticks), Q40.
    pub log_price: i64,
    /// Conversion of lots × ticks to µUSD.
    pub scale: ValueScale,
    /// Mark of the perpetual less the index, as a share of the index.
    pub perpetual_basis: SignedRatio,
    /// Price moves of the scenarios.
    pub scenarios: ScenarioSet,
    /// Weights of the tails' losses; at most one.
    pub tail_weights: [Ratio; MAX_TAILS],
    /// Volatility moves of the scenarios.
    pub volatility: VolatilityShock,
    /// Skew scenarios.
    pub skew: SkewShock,
    /// How basis losses count.
    pub basis: BasisShock,
    /// What option values count for in scenarios, by their sign.
    pub discounts: Discounts,
    /// Charge rates.
    pub charges: ChargeRates,
    /// Quality of the index price, which the perpetual's confidence charge falls with: one is best.
    pub quality: Ratio,
    /// Part of the maintenance factor that applies while a rise of the scan range is being phased in; at most one.
    pub maintenance_share: Ratio,
    /// Value of collateral that the account declared as a hedge in this market, not negative.
    pub hedge_value: MicroUsd,
}

impl MarketInput {
    /// A profit in the tail with this index, weighted: rounded towards minus infinity.
    #[inline(always)]
    pub(super) fn weighted(&self, tail: usize, profit: i64) -> i64 {
        self.tail_weights.get(tail).map_or(0, |weight| weight.of_floor(MicroUsd(profit)).0)
    }
}

/// Rates of the charges per market (docs/margin-model.md, section 3).
#[derive(Clone, Copy, Debug)]
pub struct ChargeRates {
    /// On each naked short option, of the index: maintenance.
    pub naked_short_maintenance: Ratio,
    /// On each naked short option, of the index: added for initial margin.
    pub naked_short_initial: Ratio,
    /// On linear notional: maintenance.
    pub linear_maintenance: Ratio,
    /// On linear notional: added for initial margin.
    pub linear_initial: Ratio,
    /// Quality of a price below which initial margin charges for it.
    pub confidence_threshold: Ratio,
    /// Of the notional, at a quality of zero: initial margin.
    pub confidence_rate: Ratio,
    /// On net delta, USD: initial margin.
    pub delta_concentration: ConcentrationRate,
    /// On net vega, USD per 1.00 of volatility: initial margin.
    pub vega_concentration: ConcentrationRate,
}

/// A charge that grows faster than what it is on: a large position takes longer, and costs more, to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConcentrationRate {
    /// What is free of it.
    pub free: MicroUsd,
    /// Rise of the rate per 10 million USD above that.
    pub slope: Ratio,
    /// Highest rate.
    pub cap: Ratio,
}

/// An expiry as the engine sees it.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryInput {
    /// Seconds until expiry; zero from then on.
    pub seconds: u32,
    /// ln(forward / index); within ±0.5.
    pub basis: SignedRatio,
    /// Interest rate per year, continuously compounded. A negative rate discounts nothing.
    pub rate: SignedRatio,
    /// Volatility surface; its total variance spans the time whose root is `surface_sqrt_time`.
    pub surface: RawSvi,
    /// √(time in years that the surface's total variance spans), Q28; at least 1. Volatilities, not variances, stay put
    /// as time passes.
    pub surface_sqrt_time: u64,
    /// What volatility shocks are multiplied with because the surface is old; at least one.
    pub widening: Ratio,
    /// Quality of the prices behind the expiry's marks, which its confidence charge falls with: one is best.
    pub quality: Ratio,
    /// Part of the settlement average that is fixed already: the average price so far, ticks …
    pub average: u64,
    /// … and the share of the averaging window that is over: scale 2^-28, at most one. After expiry it is one and
    /// `average` is the settlement price, or the best estimate of it.
    pub fixed_share: u32,
}
