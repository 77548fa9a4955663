//! A market, its expiries, and the positions in it.

use serde::Deserialize;

use super::Parameters;
use crate::{decimal::Decimal, time::Moment};

/// A market: an index, the expiries of its futures and options, and the account's positions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Market {
    /// Name, such as "BTC".
    pub name: String,
    /// Index price, USD.
    pub price: Option<Decimal>,
    /// Name of the group that the market belongs to; the first one unless stated.
    pub group: Option<String>,
    /// Decimals of prices in the engine: a tick is 10^-decimals USD. Chosen so that all prices of the market are whole
    /// ticks unless stated.
    pub price_decimals: Option<Decimal>,
    /// Decimals of quantities in the engine: a lot is 10^-decimals. Chosen so that all quantities are whole lots unless
    /// stated.
    pub quantity_decimals: Option<Decimal>,
    /// Mark of the perpetual less the index, as a fraction of the index. Zero unless this or the price is stated.
    pub perpetual_basis: Option<Decimal>,
    /// Mark of the perpetual, USD, in place of its basis.
    pub perpetual_price: Option<Decimal>,
    /// Confidence in the prices; complete unless stated.
    pub confidence: Confidence,
    /// Premium paid less premium received for all options of the market, USD, in place of what the positions state.
    pub option_premium: Option<Decimal>,
    /// Part of the options' gain over their premium that has vested, USD. Zero unless stated.
    pub vested_option_gain: Option<Decimal>,
    /// Parameters of this market.
    pub parameters: Parameters,
    /// Expiries.
    pub expiries: Vec<Expiry>,
    /// Positions: one for each contract.
    pub positions: Vec<Position>,
}

/// Confidence in the prices of a market. Qualities are 1 for the best price and 0 for one about to be refused; of those
/// that a contract depends on, the worst counts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Confidence {
    /// Quality of the index price, which every contract depends on.
    pub spot: Option<Decimal>,
    /// Quality of the perpetual's price.
    pub perpetual: Option<Decimal>,
    /// Confidence interval of the index price, as a fraction of it, in place of its quality.
    pub of_price: Option<Decimal>,
}

/// Confidence in the prices of an expiry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ExpiryConfidence {
    /// Quality of the forward.
    pub forward: Option<Decimal>,
    /// Quality of the volatilities, which only options depend on.
    pub volatility: Option<Decimal>,
    /// Quality of the interest rate, which only options depend on.
    pub rate: Option<Decimal>,
}

/// An expiry of futures and options.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Expiry {
    /// Name, which positions refer to.
    pub name: String,
    /// Seconds until expiry; 0 from then on.
    pub seconds: Option<Decimal>,
    /// Days until expiry, in place of seconds.
    pub days: Option<Decimal>,
    /// Moment of expiry, in place of seconds; counted from the book's `as_of`.
    pub at: Option<Moment>,
    /// Forward price, USD. The index unless this, the basis or the carry is stated.
    pub forward: Option<Decimal>,
    /// ln(forward / index), in place of the forward.
    pub basis: Option<Decimal>,
    /// ln(forward / index) per year, in place of the forward.
    pub carry: Option<Decimal>,
    /// Interest rate per year, continuously compounded; a negative one discounts nothing. Zero unless this or the
    /// discount factor is stated.
    pub rate: Option<Decimal>,
    /// Discount factor, in place of the rate.
    pub discount: Option<Decimal>,
    /// One volatility per year for every strike. Not needed if every option states its own.
    pub volatility: Option<Decimal>,
    /// A volatility smile, in place of one volatility.
    pub surface: Option<Surface>,
    /// How much wider volatility shocks are because the volatilities are old: 1 to 3. One unless stated.
    pub widening: Option<Decimal>,
    /// Confidence in the expiry's prices; complete unless stated.
    pub confidence: ExpiryConfidence,
    /// The part of the settlement average that is fixed already. Within the averaging window, and unless stated, the
    /// average so far is the index.
    pub averaging: Option<Averaging>,
}

/// A volatility smile: one of the two forms.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Surface {
    /// The eSSVI form, checked against butterfly arbitrage.
    pub essvi: Option<Essvi>,
    /// Gatheral's raw form.
    pub svi: Option<RawSvi>,
    /// Seconds that the total variances of the surface span; the time to expiry unless stated.
    pub seconds: Option<Decimal>,
}

/// An eSSVI slice: w² = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)), φ = ψ/θ, k = ln(K/F).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Essvi {
    /// θ: total variance at the money.
    pub theta: Option<Decimal>,
    /// Volatility at the money per year, in place of θ.
    pub volatility: Option<Decimal>,
    /// ρ: tilt, between −1 and 1; negative when low strikes cost more.
    pub rho: Option<Decimal>,
    /// ψ: slope of the wings.
    pub psi: Option<Decimal>,
    /// ψ/√θ, in place of ψ.
    pub curvature: Option<Decimal>,
}

/// A raw SVI slice: w² = a + b·(ρ(k − m) + √((k − m)² + σ²)), k = ln(K/F).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RawSvi {
    /// a, from −4 to 9.
    pub a: Decimal,
    /// b ≥ 0, with b·(1 + |ρ|) at most 2.
    pub b: Decimal,
    /// ρ, between −1 and 1.
    pub rho: Decimal,
    /// m, from −4 to 4.
    pub m: Decimal,
    /// σ, from 0 to 4: the width of the vertex, not a volatility.
    pub sigma: Decimal,
}

/// The part of a settlement average that is fixed already.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Averaging {
    /// Average price so far, USD; from expiry on the settlement price.
    pub price: Decimal,
    /// Share of the averaging window that is over, 0 to 1; follows from the time to expiry unless stated.
    #[serde(default)]
    pub share: Option<Decimal>,
}

/// A position in one contract.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Position {
    /// What the position is in.
    pub kind: Kind,
    /// Name of the expiry; not needed if the market has only one.
    pub expiry: Option<String>,
    /// Strike of an option, USD.
    pub strike: Option<Decimal>,
    /// Quantity: positive long, negative short.
    pub quantity: Option<Decimal>,
    /// Price at which a perpetual or future was opened, USD; its mark unless stated, so that it has no profit yet.
    pub entry: Option<Decimal>,
    /// Volatility per year that this option is marked at, in place of the expiry's.
    pub volatility: Option<Decimal>,
    /// Premium paid for each option held, or received for each one sold, USD. It limits how far option value can be
    /// withdrawn. Zero unless stated.
    pub premium: Option<Decimal>,
    /// When the option may be exercised; at expiry unless stated.
    pub exercise: Option<Exercise>,
    /// Amount that a settled expiry owes the account, USD, negative if the account owes it: of a claim only.
    pub amount: Option<Decimal>,
}

/// What a position is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A perpetual: its mark is the index and its basis.
    #[default]
    Perpetual,
    /// What a settled expiry owes, or is owed.
    Claim,
    /// A future: its mark is the forward.
    Future,
    /// A call.
    Call,
    /// A put.
    Put,
}

/// When an option may be exercised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Exercise {
    /// At expiry.
    #[default]
    European,
    /// At any time until expiry. A short one is margined at an upper bound of its value, a long one valued at the
    /// higher of its intrinsic and its European value.
    American,
}
