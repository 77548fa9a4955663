//! What it takes to match two signed orders, their signatures included.

use ballast_harness::{
    matches::{MATCH_CEILING, Match},
    shapes::BUDGET_INSTRUCTION,
    transaction::TRANSACTION_LIMIT,
};
use serde::Serialize;

/// One transaction that verifies two orders and matches them.
#[derive(Serialize)]
pub struct OrderMatch {
    pub orders: &'static str,
    pub bytes: usize,
    pub locks: usize,
    /// Of the whole transaction, less the compute budget instruction.
    pub compute_units: u64,
    /// Most that it may take.
    pub ceiling: Option<u64>,
}

impl OrderMatch {
    /// Whether the network takes it, and the promise is kept.
    pub fn is_kept(&self) -> bool {
        self.bytes <= TRANSACTION_LIMIT && self.ceiling.is_none_or(|ceiling| self.compute_units <= ceiling)
    }
}

/// Packages of one to eight legs.
pub fn measure() -> Vec<OrderMatch> {
    [
        ("1 leg, no other positions", 0, 1, None),
        ("4 legs: an iron condor, no other positions", 0, 4, None),
        ("4 legs: an iron condor, accounts of 16 options each", 16, 4, Some(MATCH_CEILING)),
        ("8 legs, accounts of 16 options each", 16, 8, None),
    ]
    .map(|(orders, options, legs, ceiling)| {
        let (exchange, instructions) = Match { options, legs }.build();
        let outcome = exchange.clone().chain.send(&instructions, &[]).expect("the orders match");
        OrderMatch {
            orders,
            bytes: outcome.transaction_bytes,
            locks: outcome.account_locks,
            compute_units: outcome.compute_units - BUDGET_INSTRUCTION,
            ceiling,
        }
    })
    .into()
}
