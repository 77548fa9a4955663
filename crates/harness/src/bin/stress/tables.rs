//! The results as tables, for the terminal and for the document.

use std::collections::BTreeMap;

use ballast_harness::{
    figures::{self, Money},
    markdown::{section, table},
};

use crate::{books::Kind, policies, population::Population, results::RunResult, scenarios};

const SAFETY: &str = "\
Slots from the first breach of maintenance margin until nobody was below it; a slot is 0.4 seconds. Notional is counted at
the prices of the start, so that the crash itself does not shrink it.
";
const MONEY: &str = "\
Dollars. The cost is what the liquidated lost by liquidation, at the marks of the moment: discounts and rewards that
liquidators got, and the insurance fund's part. Equity left is what those had in the end who were ever below maintenance
margin. Bad debt is the sum of all negative equity in the end. Unaccounted is what the vaults hold against what is owed
from them, in units of 10^-6 USDC and of the other tokens.
";
const WORK: &str = "\
Refused are transactions that came too late, because the price or another liquidator had changed the account, or whose
liquidator lacked the capital.
";

/// All tables.
pub fn render(population: &Population, runs: &[RunResult]) -> String {
    let mut text = String::new();
    setting(&mut text, population);
    section(&mut text, "Safety", SAFETY);
    table(
        &mut text,
        &["scenario", "policy", "breached", "slots to safety", "left below", "tier 2", "tier 3", "tier 4"],
        runs.iter().map(safety),
    );
    section(&mut text, "Money", MONEY);
    table(
        &mut text,
        &["scenario", "policy", "cost", "to liquidators", "to insurance", "equity left", "bad debt", "unaccounted"],
        runs.iter().map(money),
    );
    section(&mut text, "Work", WORK);
    table(
        &mut text,
        &["scenario", "policy", "steps", "refused", "compute units, average", "largest"],
        runs.iter().map(work),
    );
    text
}

fn setting(text: &mut String, population: &Population) {
    let world = &population.world;
    let mut sums: BTreeMap<Kind, (usize, i128)> = BTreeMap::new();
    for (kind, holder) in population.kinds.iter().zip(&world.holders) {
        let sum = sums.entry(*kind).or_default();
        sum.0 += 1;
        sum.1 += world.notional(&holder.account);
    }
    section(text, "Books", "Notional in dollars, at the prices of the start.\n");
    let row = |(kind, (count, notional)): (Kind, (usize, i128))| {
        vec![kind.name().to_owned(), figures::whole(count as i128), figures::whole(notional / 1_000_000)]
    };
    table(text, &["book", "accounts", "notional"], sums.into_iter().map(row));
    section(text, "Scenarios", "");
    let row = |scenario: &scenarios::Scenario| vec![format!("`{}`", scenario.name), scenario.what.to_owned()];
    table(text, &["scenario", "what happens"], scenarios::ALL.iter().map(row));
    section(text, "Policies", "");
    let row = |policy: &policies::Policy| vec![format!("`{}`", policy.name), policy.what.to_owned()];
    table(text, &["policy", "what it is"], policies::ALL.iter().map(row));
}

fn names(run: &RunResult) -> Vec<String> {
    vec![run.scenario.to_owned(), run.policy.to_owned()]
}

fn safety(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    row.push(figures::whole(run.breached as i128));
    row.push(run.slots_to_safety.map_or_else(|| "not reached".to_owned(), figures::whole));
    row.push(figures::whole(run.left_below as i128));
    // Millionths as hundredths of a per cent.
    row.extend(run.taken_by_tier.map(|share| figures::percent(share / 100)));
    row
}

fn money(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    let amounts = [run.cost, run.to_liquidators, run.to_insurance, run.equity_left, run.bad_debt];
    row.extend(amounts.map(dollars));
    row.push(figures::whole(run.unaccounted));
    row
}

fn work(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    let refused: u64 = run.refused.values().sum();
    row.extend([run.steps, refused, run.average_compute_units, run.largest_compute_units].map(figures::whole));
    row
}

fn dollars(money: Money) -> String {
    figures::decimal(i128::from(money.0), 6, 0)
}

/// The same text with the columns of its tables aligned, as a terminal shows them best.
pub fn aligned(text: &str) -> String {
    let is_row = |line: &str| line.starts_with('|');
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = String::new();
    for block in lines.chunk_by(|one, other| is_row(one) == is_row(other)) {
        let rows: Vec<Vec<&str>> =
            block.iter().map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect();
        for (line, row) in block.iter().zip(&rows) {
            if !is_row(line) {
                shown += &format!("{line}\n");
            } else if !line.starts_with("|-") {
                let cells = row.iter().enumerate().map(|(column, cell)| {
                    let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
                    let starts_with_digit = cell.starts_with(|first: char| first.is_ascii_digit());
                    if starts_with_digit { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                });
                shown += &format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end());
            }
        }
    }
    shown
}
