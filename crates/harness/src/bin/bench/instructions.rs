//! One representative call of every instruction.

mod insuring;
mod keeping;
mod listing;
mod ordering;
mod trading;

use ballast_harness::{Outcome, shapes::BUDGET_INSTRUCTION};

use crate::measurements::InstructionCost;

/// Every instruction, in the order in which docs/architecture.md lists them.
pub fn measure() -> Vec<InstructionCost> {
    let mut costs = listing::measure();
    costs.extend(trading::measure());
    costs.extend(ordering::measure());
    costs.extend(keeping::measure());
    costs.extend(insuring::measure());
    costs
}

/// What a transaction with this one instruction took, less the compute budget instruction.
fn row(instruction: &'static str, call: &'static str, outcome: &Outcome) -> InstructionCost {
    InstructionCost { instruction, call, compute_units: outcome.compute_units - BUDGET_INSTRUCTION }
}

/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;
/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
