//! Questions to answer beside the margin.

use serde::Deserialize;

use super::{Exercise, Kind};
use crate::decimal::Decimal;

/// Questions to answer beside the margin.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Solve {
    /// The largest trade in a contract that leaves the initial excess and the cash above zero.
    pub largest_trade: Option<LargestTrade>,
    /// The largest withdrawal that leaves the withdrawal excess above zero.
    pub largest_withdrawal: Option<LargestWithdrawal>,
}

/// A trade whose largest size is wanted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LargestTrade {
    /// Name of the market; not needed if there is only one.
    pub market: Option<String>,
    /// Buy or sell.
    pub side: Side,
    /// What is traded: perpetual, future, call or put.
    pub kind: Kind,
    /// Name of the expiry; not needed if the market has only one.
    pub expiry: Option<String>,
    /// Strike of an option, USD.
    pub strike: Option<Decimal>,
    /// Volatility per year that the option is marked at, in place of the expiry's.
    pub volatility: Option<Decimal>,
    /// When the option may be exercised; at expiry unless stated.
    pub exercise: Option<Exercise>,
    /// Price of the trade, USD; the mark unless stated.
    pub price: Option<Decimal>,
}

/// Buy or sell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Buy.
    #[default]
    Buy,
    /// Sell.
    Sell,
}

/// A withdrawal whose largest amount is wanted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LargestWithdrawal {
    /// Name of the deposit, or "cash"; cash unless stated.
    pub of: Option<String>,
}
