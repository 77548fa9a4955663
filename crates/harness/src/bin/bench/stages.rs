//! Where the compute units of a check go, derived from what checks of different accounts and parameters cost.

use ballast_harness::{defaults, shapes::Shape};
use ballast_risk::{Mode, scenario::MAX_TAILS};
use ballast_state::GroupParameters;
use serde::Serialize;

use crate::checks::cost_with;

/// Options of the account that is taken apart.
pub const OPTIONS: u64 = 32;
/// Scenarios of the default grid: nine price moves under three volatilities, and eight tails.
pub const SCENARIOS: u64 = 9 * 3 + MAX_TAILS as u64;

/// The stages of a check of [`OPTIONS`] options in one market and expiry; they add up to the total.
#[derive(Serialize)]
pub struct Stages {
    pub total: u64,
    pub loading: u64,
    pub market: u64,
    pub expiry: u64,
    pub marks: u64,
    pub scenarios: u64,
    /// What one scenario costs per option, thousandths of a unit.
    pub scenario_thousandths: u64,
}

/// Takes a check apart.
pub fn measure() -> Stages {
    let cost = |options, expiries, markets, tails| {
        cost_with(Shape::options(options, expiries, markets), Mode::Portfolio, with_tails(defaults::group(), tails))
    };
    let all = MAX_TAILS;
    let total = cost(32, 1, 1, all);
    let loading = cost(0, 0, 0, all);
    let expiry = (cost(32, 4, 1, all) - cost(32, 1, 1, all)) / 3;
    let per_option = |tails| cost(32, 1, 1, tails) - cost(16, 1, 1, tails);
    // Sixteen options in eight scenarios more.
    let scenario_thousandths = (per_option(all) - per_option(0)) * 1_000 / (16 * MAX_TAILS as u64);
    let options = per_option(all) * OPTIONS / 16;
    let scenarios = scenario_thousandths * SCENARIOS * OPTIONS / 1_000;
    let marks = options - scenarios;
    let market = total - loading - expiry - options;
    Stages { total, loading, market, expiry, marks, scenarios, scenario_thousandths }
}

/// The first of a group's tails.
fn with_tails(mut parameters: GroupParameters, tails: usize) -> GroupParameters {
    parameters.tail_nodes = tails as u8;
    parameters.tail_price_factors[tails..].fill(0);
    parameters.tail_weights[tails..].fill(0);
    let all = (1 << parameters.shape().nodes()) - 1;
    parameters.cells = parameters.cells.map(|cells| cells & all);
    parameters
}
