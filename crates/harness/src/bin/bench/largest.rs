//! What it takes to liquidate the largest accounts, refresh included, in one transaction.

use ballast_client::instructions;
use ballast_harness::{
    chain::COMPUTE_LIMIT,
    defaults,
    distress::{Distress, SMALL_SLICE},
    shapes::{BUDGET_INSTRUCTION, Life, Shape, Strikes},
    transaction::TRANSACTION_LIMIT,
};
use ballast_risk::Mode;
use ballast_state::GroupParameters;
use serde::Serialize;

/// Accounts that a transaction may lock on mainnet.
pub const MOST_LOCKS: usize = 64;

/// One transaction that refreshes everything and takes a slice.
#[derive(Serialize)]
pub struct LargestLiquidation {
    pub account: &'static str,
    pub bytes: usize,
    pub locks: usize,
    /// Of the refresh alone.
    pub refresh: u64,
    /// Of the whole transaction, less the compute budget instruction.
    pub compute_units: u64,
}

impl LargestLiquidation {
    /// Whether the network takes it.
    pub fn fits(&self) -> bool {
        let units = self.compute_units + BUDGET_INSTRUCTION;
        self.bytes <= TRANSACTION_LIMIT && self.locks <= MOST_LOCKS && units <= u64::from(COMPUTE_LIMIT)
    }
}

/// Largest accounts of several kinds.
pub fn measure() -> Vec<LargestLiquidation> {
    let soon = Shape { life: Life::Minutes, ..Shape::largest() };
    let far = Shape { strikes: Strikes::At(10_000), life: Life::Years, short_dollars: 8_000, ..Shape::largest() };
    let isolated = Shape { options: 42, expiries: 8, ..soon };
    vec![
        liquidation("64 options, 9 expiries, weeks away", Shape::largest(), Mode::Portfolio, defaults::group()),
        liquidation("the same, averaging", soon, Mode::Portfolio, defaults::group()),
        liquidation("the same, averaging, the largest grid", soon, Mode::Portfolio, defaults::largest_grid()),
        liquidation(
            "the same, years away, 100 times the index, the largest grid",
            far,
            Mode::Portfolio,
            defaults::largest_grid(),
        ),
        liquidation(
            "isolated mode: 42 options, 8 expiries, averaging, the largest grid",
            isolated,
            Mode::Isolated,
            defaults::largest_grid(),
        ),
    ]
}

fn liquidation(account: &'static str, shape: Shape, mode: Mode, group: GroupParameters) -> LargestLiquidation {
    let Distress { mut exchange, victim, liquidator } = shape.distressed(mode, group);
    let refresh = instructions::refresh(exchange.address, &exchange.priced(), true);
    let refresh = exchange.chain.simulate(&[refresh], &[]).expect("the prices are accepted");
    let outcome = exchange.refresh_and_liquidate(&victim, &liquidator, SMALL_SLICE).expect("one transaction suffices");
    LargestLiquidation {
        account,
        bytes: outcome.transaction_bytes,
        locks: outcome.account_locks,
        refresh: refresh.compute_units - BUDGET_INSTRUCTION,
        compute_units: outcome.compute_units - BUDGET_INSTRUCTION,
    }
}
