//! Vectors of the high-precision reference (tests/reference), read as data.

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    book::{Account, Market},
    reference::{AccountTotals, ChargeSums, Losses, MarketReference, Marks, ModeTotals},
};

/// A number stated in decimal digits, or nothing.
pub type Decimal = String;

/// Reads a decimal string.
pub fn real(text: &str) -> f64 {
    text.parse().expect("a decimal number")
}

fn reals(texts: &[Vec<Option<Decimal>>]) -> Vec<Vec<Option<f64>>> {
    texts.iter().map(|row| row.iter().map(|text| text.as_deref().map(real)).collect()).collect()
}

/// Reads a file of vectors, one case a line.
pub fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    read_one(name)
}

/// Reads a file of vectors.
pub fn read_one<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/vectors/model/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A book in one market.
#[derive(Deserialize)]
pub struct TermCase {
    pub name: String,
    pub market: Market,
    pub expected: TermOutputs,
}

#[derive(Deserialize)]
pub struct TermOutputs {
    pub marks: MarkOutputs,
    pub core: Vec<Vec<Option<Decimal>>>,
    pub tails: Vec<Vec<Option<Decimal>>>,
    pub skew: [Option<Decimal>; 2],
    pub basis: Decimal,
    pub scan_loss: Decimal,
    pub alone: Vec<Decimal>,
    pub charges: ChargeOutputs,
    pub charges_alone: ChargeOutputs,
    /// Largest loss at any of many moves, of a book that hides it between nodes.
    #[serde(default)]
    pub densest_loss: Option<Decimal>,
}

#[derive(Deserialize)]
pub struct MarkOutputs {
    pub option_value: Decimal,
    pub linear_profit: Decimal,
    pub gross_notional: Decimal,
    pub delta: Decimal,
    pub gamma: Decimal,
    pub vega: Decimal,
    pub theta: Decimal,
    pub rho: Decimal,
    pub gross_delta: Decimal,
    pub gross_vega: Decimal,
}

#[derive(Deserialize)]
pub struct ChargeOutputs {
    pub naked_maintenance: Decimal,
    pub naked_initial: Decimal,
    pub linear_maintenance: Decimal,
    pub linear_initial: Decimal,
    pub confidence: Decimal,
    pub concentration_delta: Decimal,
    pub concentration_vega: Decimal,
}

/// A whole account.
#[derive(Deserialize)]
pub struct AccountCase {
    pub name: String,
    pub account: Account,
    pub expected: AccountOutputs,
}

#[derive(Deserialize)]
pub struct AccountOutputs {
    pub equity: Decimal,
    pub initial_haircut: Decimal,
    pub maintenance_haircut: Decimal,
    pub uncounted_gain: Decimal,
    pub unwithdrawable: Decimal,
    pub isolated: ModeOutputs,
    pub cross: ModeOutputs,
    pub portfolio: ModeOutputs,
}

#[derive(Deserialize)]
pub struct ModeOutputs {
    pub loss: Decimal,
    pub initial_requirement: Decimal,
    pub maintenance_requirement: Decimal,
    pub initial_excess: Decimal,
    pub maintenance_excess: Decimal,
    pub withdrawal_excess: Decimal,
}

impl From<&TermOutputs> for MarketReference {
    fn from(outputs: &TermOutputs) -> Self {
        Self {
            losses: Losses {
                ties: Vec::new(),
                core: reals(&outputs.core),
                tails: reals(&outputs.tails),
                skew: outputs.skew.each_ref().map(|text| text.as_deref().map(real)),
                basis: real(&outputs.basis),
                scan: real(&outputs.scan_loss),
                alone: outputs.alone.iter().map(|text| real(text)).collect(),
            },
            marks: (&outputs.marks).into(),
            charges: (&outputs.charges).into(),
            charges_alone: (&outputs.charges_alone).into(),
        }
    }
}

impl From<&MarkOutputs> for Marks {
    fn from(outputs: &MarkOutputs) -> Self {
        Self {
            option_value: real(&outputs.option_value),
            linear_profit: real(&outputs.linear_profit),
            gross_notional: real(&outputs.gross_notional),
            delta: real(&outputs.delta),
            gamma: real(&outputs.gamma),
            vega: real(&outputs.vega),
            theta: real(&outputs.theta),
            rho: real(&outputs.rho),
            gross_delta: real(&outputs.gross_delta),
            gross_vega: real(&outputs.gross_vega),
        }
    }
}

impl From<&ChargeOutputs> for ChargeSums {
    fn from(outputs: &ChargeOutputs) -> Self {
        Self {
            naked_maintenance: real(&outputs.naked_maintenance),
            naked_initial: real(&outputs.naked_initial),
            linear_maintenance: real(&outputs.linear_maintenance),
            linear_initial: real(&outputs.linear_initial),
            confidence: real(&outputs.confidence),
            concentration_delta: real(&outputs.concentration_delta),
            concentration_vega: real(&outputs.concentration_vega),
        }
    }
}

impl From<&ModeOutputs> for ModeTotals {
    fn from(outputs: &ModeOutputs) -> Self {
        Self {
            loss: real(&outputs.loss),
            initial_requirement: real(&outputs.initial_requirement),
            maintenance_requirement: real(&outputs.maintenance_requirement),
            initial_excess: real(&outputs.initial_excess),
            maintenance_excess: real(&outputs.maintenance_excess),
            withdrawal_excess: real(&outputs.withdrawal_excess),
        }
    }
}

impl From<&AccountOutputs> for AccountTotals {
    fn from(outputs: &AccountOutputs) -> Self {
        Self {
            equity: real(&outputs.equity),
            initial_haircut: real(&outputs.initial_haircut),
            maintenance_haircut: real(&outputs.maintenance_haircut),
            uncounted_gain: real(&outputs.uncounted_gain),
            unwithdrawable: real(&outputs.unwithdrawable),
            modes: [&outputs.isolated, &outputs.cross, &outputs.portfolio].map(ModeTotals::from),
        }
    }
}
