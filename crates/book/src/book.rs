//! A book in human units: what the calculator reads.
//!
//! Every parameter of the model can be stated; what is left out has the default of [`ballast_risk::parameters`]. The
//! descriptions here become those of the JSON Schema.

mod collateral;
mod market;
mod parameters;
mod solve;

use serde::Deserialize;

pub use collateral::{Deposit, DepositClass, HaircutParameters};
pub use market::{
    Averaging, Confidence, Essvi, Exercise, Expiry, ExpiryConfidence, Kind, Market, Position, RawSvi, Surface,
};
pub use parameters::{
    BasisParameters, Cells, ConcentrationParameters, ConfidenceParameters, DiscountParameters, GainParameters,
    Parameters, Preset, RateParameters, Row, RowCells, ScanRangeParameters, SkewParameters, Tail, VolatilityParameters,
};
pub use solve::{LargestTrade, LargestWithdrawal, Side, Solve};

use crate::{decimal::Decimal, time::Moment};

/// A book of positions and collateral, with the parameters of the margin model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Book {
    /// Where the schema of this document is; ignored.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// What this book is, for people.
    pub description: Option<String>,
    /// The moment that timestamps of expiries are counted from.
    pub as_of: Option<Moment>,
    /// Cash, margin mode and what all markets share.
    pub account: Account,
    /// Groups of markets whose scenarios are scanned together in portfolio mode. Without any, all markets form one
    /// group named "default".
    pub groups: Vec<Group>,
    /// Parameters of every market that does not state its own.
    pub parameters: Parameters,
    /// Markets, with the positions in them.
    pub markets: Vec<Market>,
    /// Deposits other than cash.
    pub collateral: Vec<Deposit>,
    /// How the value at risk is measured that is reported beside the margin.
    pub value_at_risk: ValueAtRisk,
    /// Questions to answer beside the margin: the largest trade, the largest withdrawal.
    pub solve: Solve,
}

/// Cash, margin mode and what all markets share.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The mode that the account is in; portfolio unless stated. All three are reported.
    pub mode: Option<MarginMode>,
    /// Cash in the quote token, which counts as one USD each; negative for a debt. Zero unless stated.
    pub cash: Option<Decimal>,
    /// Share of the scan loss that the initial requirement holds.
    pub initial_factor: Option<Decimal>,
    /// Share of the scan loss that the maintenance requirement holds; at most the initial factor.
    pub maintenance_factor: Option<Decimal>,
    /// Price of the quote token, USD. One unless stated.
    pub quote_price: Option<Decimal>,
    /// Price of the quote token below which the initial factor rises …
    pub peg_threshold: Option<Decimal>,
    /// … by this for every dollar below.
    pub peg_factor: Option<Decimal>,
}

/// How far positions offset each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MarginMode {
    /// Every position alone.
    Isolated,
    /// Positions of one market offset each other, markets add up.
    Cross,
    /// Markets of one group offset each other in the joint scenario as well.
    #[default]
    Portfolio,
}

/// A group of markets whose scenarios are scanned together.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// Name, which markets refer to.
    pub name: String,
    /// κ: nodes to each side within which a market takes its worst. 0 to 10.
    pub window: Option<Decimal>,
    /// θ: share of a market's gain that offsets losses of other markets. 0 to 1.
    pub gain_allowance: Option<Decimal>,
    /// Correlation of every pair of markets that `correlations` does not state, for the value at risk.
    pub correlation: Option<Decimal>,
    /// Correlations of pairs of markets, for the value at risk.
    pub correlations: Vec<Correlation>,
}

/// The correlation of two markets.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Names of the two markets.
    pub markets: [String; 2],
    /// Correlation of their prices, −1 to 1.
    pub correlation: Decimal,
}

/// How the value at risk is measured.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ValueAtRisk {
    /// z: standard deviations.
    pub deviations: Option<Decimal>,
    /// h: horizon in seconds.
    pub horizon_seconds: Option<Decimal>,
}
