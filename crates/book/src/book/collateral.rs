//! Deposits other than cash.

use serde::Deserialize;

use crate::decimal::Decimal;

/// A deposit of one token.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Deposit {
    /// Name of the token, such as "BTC".
    pub name: String,
    /// Tokens deposited.
    pub amount: Option<Decimal>,
    /// The oracle's price of a token, USD.
    pub price: Option<Decimal>,
    /// The stable price of a token, USD: initial margin counts the lower of both. The oracle's unless stated.
    pub stable_price: Option<Decimal>,
    /// Tokens of the deposit that are declared a hedge: scanned with the positions of `hedge_market`. Zero unless
    /// stated.
    pub hedge: Option<Decimal>,
    /// Name of the market that the hedge belongs to; the deposit's own name unless stated.
    pub hedge_market: Option<String>,
    /// Initial haircut, as a fraction of the value, in place of what `haircut` gives.
    pub initial_haircut: Option<Decimal>,
    /// Maintenance haircut, as a fraction of the value, in place of what `haircut` gives.
    pub maintenance_haircut: Option<Decimal>,
    /// Haircut of the part declared a hedge.
    pub liquidity_haircut: Option<Decimal>,
    /// Whose defaults apply: "stablecoin", "major" for one of the two largest coins, "medium" for others. Major unless
    /// stated.
    pub class: Option<DepositClass>,
    /// How the haircuts follow from volatility, confidence and size.
    pub haircut: HaircutParameters,
    /// Whether the price is too old for initial margin, which then counts the deposit as nothing.
    pub stale: bool,
}

/// Kinds of token that have defaults of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DepositClass {
    /// A token worth one dollar.
    Stablecoin,
    /// One of the two largest coins.
    #[default]
    Major,
    /// A coin of medium size.
    Medium,
}

/// How haircuts follow from volatility, confidence and size:
/// clamp(base + volatility_slope·max(0, volatility − calm_volatility) + confidence_slope·confidence
/// + size_slope·max(0, deposits/cap − ½), base, highest).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct HaircutParameters {
    /// Haircut of a calm token.
    pub base: Option<Decimal>,
    /// Highest haircut.
    pub highest: Option<Decimal>,
    /// Haircut per volatility above `calm_volatility`.
    pub volatility_slope: Option<Decimal>,
    /// Realised volatility per year up to which the base suffices.
    pub calm_volatility: Option<Decimal>,
    /// Haircut per confidence interval of the price, of that price.
    pub confidence_slope: Option<Decimal>,
    /// Haircut per share of the deposit cap that is taken beyond one half.
    pub size_slope: Option<Decimal>,
    /// Share of the haircut, without the size term, that maintenance margin takes.
    pub maintenance_share: Option<Decimal>,
    /// Realised volatility of the token per year; that of a calm token unless stated.
    pub volatility: Option<Decimal>,
    /// Confidence interval of the price, as a fraction of it. Zero unless stated.
    pub confidence: Option<Decimal>,
    /// All deposits of the token on the exchange, as a fraction of their cap. Zero unless stated.
    pub deposits_of_cap: Option<Decimal>,
}
