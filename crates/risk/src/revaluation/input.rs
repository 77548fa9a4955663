//! What a pass needs to know about a market and an expiry.

use crate::{
    quantity::{MicroUsd, Price, Ratio, SignedRatio, ValueScale},
    scenario::{MAX_TAILS, ScenarioSet, VolatilityShock},
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
    /// Price moves of the scenarios.
    pub scenarios: ScenarioSet,
    /// Weights of the tails' losses; at most one.
    pub tail_weights: [Ratio; MAX_TAILS],
    /// Volatility moves of the scenarios.
    pub volatility: VolatilityShock,
    /// Charge rates.
    pub charges: ChargeRates,
    /// Value of collateral that the account declared as a hedge in this market, not negative.
    pub hedge_value: MicroUsd,
}

impl MarketInput {
    /// A profit in the tail with this index, weighted: rounded towards minus infinity.
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
    /// Part of the settlement average that is fixed already: the average price so far, ticks …
    pub average: u64,
    /// … and the share of the averaging window that is over: scale 2^-28, at most one. After expiry it is one and
    /// `average` is the settlement price, or the best estimate of it.
    pub fixed_share: u32,
}
