//! What partial tiers save against liquidating all at once, and an adaptive speed against a fixed one.

use ballast_harness::{figures, markdown::table};

use crate::results::RunResult;

/// What stands above the table.
pub const INTRODUCTION: &str = "\
Differences between policies. Tiers are `tiers-fixed` less `whole`, adaptation is `tiers-adaptive` less `tiers-fixed`.
Closed is the share of notional that liquidators took over, in hundredths of it. The rest is in dollars: cost is what
liquidation cost at the marks; kept is the equity of the breached in the end; deficits are what others made good and the
bad debt together.
";

const TITLES: [&str; 9] =
    ["scenario", "tiers: closed", "cost", "kept", "deficits", "adaptation: closed", "cost", "kept", "deficits"];

/// Appends the table: a row for every scenario that was run under the three policies.
pub fn append(text: &mut String, runs: &[RunResult]) {
    let rows = runs.chunk_by(|one, other| one.scenario == other.scenario).filter_map(|runs| {
        let run = |policy: &str| runs.iter().find(|run| run.policy == policy);
        let [whole, fixed, adaptive] = [run("whole")?, run("tiers-fixed")?, run("tiers-adaptive")?];
        let differences = [(fixed, whole), (adaptive, fixed)].into_iter().flat_map(|(run, base)| difference(run, base));
        Some([runs[0].scenario.clone()].into_iter().chain(differences).collect())
    });
    table(text, &TITLES, rows);
}

fn difference(run: &RunResult, base: &RunResult) -> [String; 4] {
    let closed = |run: &RunResult| run.taken_by_tier.iter().sum::<i64>() + run.taken_resolved;
    let deficits = |run: &RunResult| run.resolved.deficit + run.resolved.bonus + run.bad_debt.0;
    [
        // Millionths as hundredths.
        signed(closed(run) - closed(base), 4, 1),
        signed(run.cost.0 - base.cost.0, 6, 0),
        signed(run.equity_breached.0 - base.equity_breached.0, 6, 0),
        signed(deficits(run) - deficits(base), 6, 0),
    ]
}

/// `value` × 10^-`scale` with its sign.
fn signed(value: i64, scale: u32, shown: u32) -> String {
    let amount = figures::decimal(i128::from(value.abs()), scale, shown);
    let is_zero = amount.chars().all(|digit| !digit.is_ascii_digit() || digit == '0');
    match value.signum() {
        _ if is_zero => amount,
        1 => format!("+{amount}"),
        _ => format!("-{amount}"),
    }
}
