//! What a report says about a market, its expiries and its positions.

use serde::Serialize;

use super::{Binding, ChargeReport};
use crate::decimal::Decimal;

/// A market, revalued together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarketReport {
    /// Name of the market.
    pub market: String,
    /// Name of its group.
    pub group: String,
    /// Index price.
    pub price: Decimal,
    /// Decimals of prices in the engine.
    pub price_decimals: u32,
    /// Decimals of quantities in the engine.
    pub quantity_decimals: u32,
    /// R.
    pub scan_range: Decimal,
    /// Part of the maintenance factor that applies while a rise of the scan range is being phased in.
    pub maintenance_share: Decimal,
    /// Largest scenario loss of the market by itself.
    pub scan_loss: Decimal,
    /// Scenario of that loss.
    pub binding: Binding,
    /// Profit in every scenario.
    pub matrix: Matrix,
    /// Losses in the skew scenarios: linear, absolute.
    pub skew_losses: [Decimal; 2],
    /// Loss to the basis shocks.
    pub basis_loss: Decimal,
    /// Charges beside the scan loss.
    pub charges: ChargeReport,
    /// Rates of the charges.
    pub rates: RateReport,
    /// Net Greeks.
    pub greeks: GreekReport,
    /// Options at their marks.
    pub option_value: Decimal,
    /// Unsettled profit of perpetuals, futures and claims.
    pub linear_profit: Decimal,
    /// Σ |quantity| × price.
    pub gross_notional: Decimal,
    /// Value of collateral declared a hedge.
    pub hedge_value: Decimal,
    /// Quality of the index price and the perpetual's.
    pub quality: Decimal,
    /// Expiries with positions.
    pub expiries: Vec<ExpiryReport>,
    /// Positions by themselves.
    pub positions: Vec<PositionReport>,
}

/// Rates of a market's charges, as fractions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateReport {
    /// On each naked short option, of the index: maintenance.
    pub naked_short_maintenance: Decimal,
    /// On each naked short option, of the index: added for initial margin.
    pub naked_short_initial: Decimal,
    /// On linear notional: maintenance.
    pub linear_maintenance: Decimal,
    /// On linear notional: added for initial margin.
    pub linear_initial: Decimal,
    /// Quality below which the confidence charge begins.
    pub confidence_threshold: Decimal,
    /// Confidence charge at a quality of zero.
    pub confidence: Decimal,
    /// Delta free of the concentration charge, USD.
    pub delta_free: Decimal,
    /// Rise of its rate per 10 million USD.
    pub delta_slope: Decimal,
    /// Its highest rate.
    pub delta_cap: Decimal,
    /// Vega free of the concentration charge, USD per 1.00 of volatility.
    pub vega_free: Decimal,
    /// Rise of its rate per 10 million USD.
    pub vega_slope: Decimal,
    /// Its highest rate.
    pub vega_cap: Decimal,
    /// Share of unsettled gains that initial margin counts.
    pub unsettled_gain_weight: Decimal,
    /// Most that it counts, USD.
    pub unsettled_gain_cap: Decimal,
}

/// Profit of a market in every scenario of its grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Matrix {
    /// Nodes of the core grid, which come first.
    pub core_nodes: usize,
    /// Price move of every node, as a fraction of the price.
    pub moves: Vec<Decimal>,
    /// Weight of every node's loss.
    pub weights: Vec<Decimal>,
    /// Weighted profit with volatility up, by node; nothing where there is no scenario.
    pub up: Vec<Option<Decimal>>,
    /// With volatility flat.
    pub flat: Vec<Option<Decimal>>,
    /// With volatility down.
    pub down: Vec<Option<Decimal>>,
}

/// Greeks in USD.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GreekReport {
    /// Delta × index: gain per 100 % rise of the index, to first order.
    pub delta: Decimal,
    /// Change of delta per 1 % rise of the index.
    pub gamma: Decimal,
    /// Gain per rise of all volatilities by one point.
    pub vega: Decimal,
    /// Gain per day that passes.
    pub theta: Decimal,
    /// Gain per rise of all rates by one percentage point.
    pub rho: Decimal,
}

/// An expiry, with the numbers that its options are valued with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExpiryReport {
    /// Name of the expiry.
    pub expiry: String,
    /// "european", or "call bound" or "put bound" for short American options.
    pub valuation: &'static str,
    /// Seconds to expiry.
    pub seconds: u32,
    /// Years of 365 days to expiry.
    pub years: Decimal,
    /// Forward.
    pub forward: Decimal,
    /// Part of the forward that still moves with the index.
    pub moving_forward: Decimal,
    /// Interest rate per year.
    pub rate: Decimal,
    /// Discount factor.
    pub discount: Decimal,
    /// What a positive value counts for in scenarios, beside the discount factor.
    pub long_factor: Decimal,
    /// What a negative value counts for in scenarios, beside the discount factor.
    pub short_factor: Decimal,
    /// Volatility at the money per year.
    pub at_the_money: Option<Decimal>,
    /// What volatility is multiplied with in the rows up and down.
    pub volatility_multipliers: [Decimal; 2],
    /// Whether the expiry is so near that its strikes are scenarios of their own.
    pub is_near: bool,
    /// Quality of its prices.
    pub quality: Decimal,
    /// Profit of the expiry by itself in the market's binding scenario; nothing if that is skew or basis.
    pub binding_profit: Option<Decimal>,
}

/// A position by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PositionReport {
    /// Place in the market's positions.
    pub position: usize,
    /// "perpetual", "claim", "future", "call" or "put".
    pub kind: &'static str,
    /// Name of the expiry.
    pub expiry: Option<String>,
    /// Strike.
    pub strike: Option<Decimal>,
    /// Quantity; nothing for a claim.
    pub quantity: Option<Decimal>,
    /// Mark: price of one contract.
    pub mark: Option<Decimal>,
    /// Value of options at the mark, or unsettled profit.
    pub value: Decimal,
    /// Volatilities per year in the rows up, flat and down.
    pub volatilities: Option<[Decimal; 3]>,
    /// Greeks.
    pub greeks: GreekReport,
    /// Scan loss of the position by itself.
    pub scan_loss: Decimal,
    /// Profit of the position by itself in the market's binding scenario; nothing if that is skew or basis.
    pub binding_profit: Option<Decimal>,
    /// What early exercise means for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub american: Option<AmericanReport>,
}

/// An American option: prices of one contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AmericanReport {
    /// European value.
    pub european: Decimal,
    /// What exercising now pays.
    pub intrinsic: Decimal,
    /// Upper bound that short ones are margined at.
    pub bound: Decimal,
    /// Value by a binomial tree, for comparison.
    pub tree: Decimal,
    /// Steps of the tree.
    pub tree_steps: usize,
}
