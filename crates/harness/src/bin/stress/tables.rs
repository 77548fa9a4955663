//! The results as tables, for the terminal and for the document.

use std::collections::BTreeMap;

use ballast_harness::{
    figures::{self, Money},
    markdown::{section, table},
};

use crate::{
    books::Kind,
    comparison, policies,
    population::Population,
    results::{Resolved, RunResult},
    scenarios,
};

const SAFETY: &str = "\
Slots from the first breach of maintenance margin until nobody was below it; a slot is 0.4 seconds. The lowest price of BTC
is a share of the price at the start. Tiers say which share of all notional was taken over in them by liquidation, resolved
which where a bankruptcy was; notional is counted at the prices of the start, so that the crash itself does not shrink it.
";
const USERS: &str = "\
Dollars. The cost is what the liquidated lost by liquidation, at the marks of the moment: discounts and rewards that
liquidators got, and the insurance fund's part. Equity is that of the end, with deficits counted as nothing: of all traders;
of those who were ever below maintenance margin; and what these would have had then if nobody had touched their books.
";
const DEFICITS: &str = "\
Dollars. Of the accounts whose equity fell below zero liquidators took parts over: deficits made good, and what the
liquidators got on top, were paid by the insurance fund, cut off the unsettled gains of winners, and lost by lenders. The
fund is what the insurance fund holds in the end. Bad debt is all negative equity that is left then. Unaccounted is what
the vaults hold against what is owed from them, in units of 10^-6 USDC and of the other tokens.
";
const WORK: &str = "\
Steps of liquidations and of bankruptcies, and compute units of the former. Refused are transactions that came too late,
because the price or another liquidator had changed the account, or whose liquidator lacked the capital.
";

/// All tables.
pub fn render(population: &Population, runs: &[RunResult]) -> String {
    let mut text = String::new();
    setting(&mut text, population, runs);
    section(&mut text, "What tiers and adaptation save", comparison::INTRODUCTION);
    comparison::append(&mut text, runs);
    section(&mut text, "Safety", SAFETY);
    let titles =
        ["scenario", "policy", "lowest BTC", "breached", "slots to safety", "left below", "tier 2", "tier 3", "tier 4"];
    table(&mut text, &[&titles[..], &["resolved"]].concat(), runs.iter().map(safety));
    section(&mut text, "Users", USERS);
    let titles = [
        "scenario",
        "policy",
        "cost",
        "to liquidators",
        "to insurance",
        "equity of all",
        "of the breached",
        "untouched",
    ];
    table(&mut text, &titles, runs.iter().map(users));
    section(&mut text, "Deficits", DEFICITS);
    let titles = ["scenario", "policy", "accounts", "made good", "on top", "insurance used", "gains cut", "lenders"];
    table(&mut text, &[&titles[..], &["fund", "bad debt", "unaccounted"]].concat(), runs.iter().map(deficits));
    section(&mut text, "Work", WORK);
    table(
        &mut text,
        &["scenario", "policy", "steps", "of bankruptcies", "refused", "compute units, average", "largest"],
        runs.iter().map(work),
    );
    text
}

fn setting(text: &mut String, population: &Population, runs: &[RunResult]) {
    let world = &population.world;
    let mut sums: BTreeMap<Kind, (usize, i128)> = BTreeMap::new();
    for (kind, holder) in population.kinds.iter().zip(&world.holders) {
        let sum = sums.entry(*kind).or_default();
        sum.0 += 1;
        sum.1 += world.notional(&holder.account);
    }
    let [equity, fund] = runs.first().map_or([Money(0); 2], |run| [run.equity_start, run.insurance[0]]).map(dollars);
    let funds = format!(
        "Notional in dollars, at the prices of the start. All traders together have {equity} dollars of equity; the\n\
         insurance fund holds {fund}, and lenders have as much in the lending pool.\n"
    );
    section(text, "Books", &funds);
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
    vec![run.scenario.clone(), run.policy.clone()]
}

fn safety(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    row.push(figures::percent(run.lowest));
    row.push(figures::whole(run.breached as i128));
    row.push(run.slots_to_safety.map_or_else(|| "not reached".to_owned(), figures::whole));
    row.push(figures::whole(run.left_below as i128));
    let [partial, accelerated, bankrupt] = run.taken_by_tier;
    // Millionths as hundredths of a per cent.
    row.extend([partial, accelerated, bankrupt, run.taken_resolved].map(|share| figures::percent(share / 100)));
    row
}

fn users(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    row.extend([run.cost, run.to_liquidators, run.to_insurance].map(dollars));
    row.extend([run.equity_all, run.equity_breached, run.equity_untouched].map(dollars));
    row
}

fn deficits(run: &RunResult) -> Vec<String> {
    let Resolved { accounts, deficit, bonus, insurance, gains, lenders, .. } = run.resolved;
    let mut row = names(run);
    row.push(figures::whole(accounts as i128));
    row.extend([deficit, bonus, insurance, gains, lenders].map(|amount| dollars(Money(amount))));
    row.extend([run.insurance[1], run.bad_debt].map(dollars));
    row.push(figures::whole(run.unaccounted));
    row
}

fn work(run: &RunResult) -> Vec<String> {
    let mut row = names(run);
    let refused: u64 = run.refused.values().sum();
    let figures = [run.steps, run.resolved.steps, refused, run.average_compute_units, run.largest_compute_units];
    row.extend(figures.map(figures::whole));
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
