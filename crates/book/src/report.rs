//! What the calculator finds out about a book. All money is in USD; numbers are exact decimals.

mod build;
mod figures;
mod market;
mod positions;

use serde::Serialize;

pub(crate) use build::report;
pub(crate) use figures::money;
pub use market::{AmericanReport, ExpiryReport, GreekReport, MarketReport, Matrix, PositionReport, RateReport};

use crate::decimal::Decimal;

/// The margin of a book.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The mode that the account is in: "isolated", "cross" or "portfolio".
    pub mode: &'static str,
    /// What the account is worth.
    pub equity: Equity,
    /// Requirements and excess in each mode, most demanding first.
    pub modes: Vec<ModeReport>,
    /// Groups of markets.
    pub groups: Vec<GroupReport>,
    /// Markets, revalued together.
    pub markets: Vec<MarketReport>,
    /// Deposits.
    pub collateral: Vec<DepositReport>,
    /// What all markets share.
    pub factors: FactorReport,
    /// Value at risk, for comparison: it enters no requirement.
    pub value_at_risk: ValueAtRiskReport,
    /// Answers to what the book asks to solve.
    pub solutions: Solutions,
}

/// What the account is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Equity {
    /// Cash.
    pub cash: Decimal,
    /// Collateral at the oracle's prices.
    pub collateral: Decimal,
    /// Options at their marks, less the pricing error bound.
    pub options: Decimal,
    /// Unsettled profit of perpetuals, futures and claims.
    pub linear_profit: Decimal,
    /// All of it.
    pub total: Decimal,
}

/// Requirements in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModeReport {
    /// "isolated", "cross" or "portfolio".
    pub mode: &'static str,
    /// "healthy", "close-only", "partial", "accelerated" or "bankrupt".
    pub tier: &'static str,
    /// Scan losses: of positions, of markets, or of groups.
    pub scan_loss: Decimal,
    /// Part of it that the maintenance factor applies to.
    pub maintenance_loss: Decimal,
    /// Charges beside it.
    pub charges: ChargeReport,
    /// What exercising long American options adds to their European values; it counts in no excess.
    pub early_exercise: Decimal,
    /// Initial haircuts.
    pub initial_haircut: Decimal,
    /// Maintenance haircuts.
    pub maintenance_haircut: Decimal,
    /// Part of the unsettled gains that initial margin does not count.
    pub uncounted_gain: Decimal,
    /// What a withdrawal may not rely on, beyond that.
    pub unwithdrawable: Decimal,
    /// Initial requirement, haircuts not included.
    pub initial_requirement: Decimal,
    /// Maintenance requirement, haircuts not included.
    pub maintenance_requirement: Decimal,
    /// Initial excess.
    pub initial_excess: Decimal,
    /// Maintenance excess.
    pub maintenance_excess: Decimal,
    /// Withdrawal excess.
    pub withdrawal_excess: Decimal,
    /// Σ |quantity| × price.
    pub gross_notional: Decimal,
    /// Capital efficiency: initial requirement / gross notional. Nothing without positions.
    pub requirement_of_notional: Option<Decimal>,
    /// Its inverse: dollars of positions that a dollar of margin carries. Nothing if nothing is required.
    pub leverage: Option<Decimal>,
    /// What each market contributes.
    pub markets: Vec<MarketShare>,
}

/// What a market contributes in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarketShare {
    /// Name of the market.
    pub market: String,
    /// Its scan loss: by itself, or of its positions by themselves in isolated mode.
    pub scan_loss: Decimal,
    /// Whether its group's joint loss takes the place of that.
    pub joined: bool,
    /// Its charges.
    pub charges: ChargeReport,
}

/// Charges beside the scan loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChargeReport {
    /// Naked short options: maintenance.
    pub naked_short_maintenance: Decimal,
    /// Naked short options: added for initial margin.
    pub naked_short_initial: Decimal,
    /// Linear notional: maintenance.
    pub linear_maintenance: Decimal,
    /// Linear notional: added for initial margin.
    pub linear_initial: Decimal,
    /// Uncertain prices: initial margin.
    pub confidence: Decimal,
    /// Large net delta: initial margin.
    pub delta_concentration: Decimal,
    /// Large net vega: initial margin.
    pub vega_concentration: Decimal,
    /// What maintenance margin charges.
    pub maintenance: Decimal,
    /// What initial margin charges on top.
    pub initial: Decimal,
}

/// A group of markets, portfolio mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupReport {
    /// Name of the group.
    pub group: String,
    /// κ.
    pub window: u8,
    /// θ.
    pub gain_allowance: Decimal,
    /// Joint loss; nothing unless two of its markets have positions.
    pub loss: Option<Decimal>,
    /// Part of it that the maintenance factor applies to.
    pub maintenance_loss: Option<Decimal>,
    /// Binding joint scenario.
    pub binding: Option<Binding>,
    /// What each market contributes to it.
    pub contributions: Vec<Contribution>,
    /// Value at risk of the group.
    pub value_at_risk: Decimal,
    /// Correlations of its markets.
    pub correlations: Vec<CorrelationReport>,
}

/// Correlation of two markets of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CorrelationReport {
    /// Names of the markets.
    pub markets: [String; 2],
    /// Their correlation.
    pub correlation: Decimal,
}

/// What a market contributes to the binding joint scenario of its group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contribution {
    /// Name of the market.
    pub market: String,
    /// Its worst loss within the window, a gain if negative.
    pub loss: Decimal,
    /// Node where it is worst, where there is a window.
    pub node: Option<u8>,
    /// What counts of it: gains by the gain allowance.
    pub counted: Decimal,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// "up", "flat" or "down" for the volatility of a scenario of the grid; "skew" or "basis".
    pub row: &'static str,
    /// Node of the grid, from the deepest fall to the highest rise, then the tails. Of skew: 0 linear, 1 absolute.
    pub node: u8,
    /// Price move as a fraction of the price, in a scenario of the grid of one market.
    pub price_move: Option<Decimal>,
    /// Weight of its loss.
    pub weight: Option<Decimal>,
}

/// A deposit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DepositReport {
    /// Name of the token.
    pub name: String,
    /// Tokens.
    pub amount: Decimal,
    /// The oracle's price.
    pub price: Decimal,
    /// The price that initial margin counts.
    pub initial_price: Decimal,
    /// Value at the oracle's price.
    pub value: Decimal,
    /// Part of it that is scanned as a hedge.
    pub hedge_value: Decimal,
    /// Share of the value that initial margin does not count.
    pub initial_haircut_share: Decimal,
    /// Share of the value that maintenance margin does not count.
    pub maintenance_haircut_share: Decimal,
    /// Initial haircut.
    pub initial_haircut: Decimal,
    /// Maintenance haircut.
    pub maintenance_haircut: Decimal,
}

/// What all markets share.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FactorReport {
    /// Share of the scan loss that the initial requirement holds, the peg surcharge included.
    pub initial: Decimal,
    /// What the initial factor rises by while the quote token is below its peg.
    pub peg_surcharge: Decimal,
    /// Share of the scan loss that the maintenance requirement holds.
    pub maintenance: Decimal,
    /// Price of the quote token.
    pub quote_price: Decimal,
}

/// Value at risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValueAtRiskReport {
    /// Of all groups together.
    pub total: Decimal,
    /// Standard deviations.
    pub deviations: Decimal,
    /// Horizon in seconds.
    pub horizon_seconds: u32,
}

/// Answers to what a book asks to solve.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Solutions {
    /// The largest trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_trade: Option<TradeSolution>,
    /// The largest withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_withdrawal: Option<WithdrawalSolution>,
}

impl Solutions {
    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.largest_trade.is_none() && self.largest_withdrawal.is_none()
    }
}

/// The largest trade that the margin allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradeSolution {
    /// Quantity: positive bought, negative sold; zero if none is allowed.
    pub quantity: Decimal,
    /// Price of one contract.
    pub price: Decimal,
    /// Initial excess afterwards.
    pub initial_excess: Decimal,
    /// What stops a larger one: "initial margin", "cash" or "size limit".
    pub limited_by: &'static str,
}

/// The largest withdrawal that the margin allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WithdrawalSolution {
    /// "cash", or the name of the deposit.
    pub of: String,
    /// Amount.
    pub amount: Decimal,
    /// Withdrawal excess afterwards.
    pub withdrawal_excess: Decimal,
    /// What stops a larger one: "withdrawal excess" or "balance".
    pub limited_by: &'static str,
}
