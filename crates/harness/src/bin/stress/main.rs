//! The stress test: a thousand accounts on the program's real image, markets that break, and liquidators who are fast,
//! slow, few or absent, under several ways to liquidate.
//!
//! Accounts are opened once, by instructions; every run starts from a copy of that chain. All of it follows from a seed.

mod books;
mod chart;
mod comparison;
mod contracts;
mod document;
mod health;
mod keepers;
mod liquidators;
mod policies;
mod population;
mod prices;
mod progress;
mod random;
mod results;
mod run;
mod scenarios;
mod tables;
mod world;

use std::{
    fs,
    num::NonZero,
    panic,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::Parser;
use serde::{Deserialize, Serialize};

use crate::{policies::Policy, population::Population, progress::Progress, results::RunResult, scenarios::Scenario};

/// Lets markets break on the real program image and reports what liquidation did under several policies.
///
/// Fails if a single unit of any token is unaccounted for in the end.
#[derive(Parser)]
#[command(name = "cargo xtask stress", bin_name = "cargo xtask stress")]
pub struct Options {
    /// Traders
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
    accounts: usize,
    /// Number that books and price noise follow from
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// Run this scenario only; may be repeated
    #[arg(long, value_name = "NAME", value_parser = scenarios::ALL.map(|it| it.name))]
    scenario: Vec<String>,
    /// Run this policy only; may be repeated
    #[arg(long, value_name = "NAME", value_parser = policies::ALL.map(|it| it.name))]
    policy: Vec<String>,
    /// Runs at a time; what comes out does not depend on it [default: as many as there are processors]
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<usize>,
    /// Take the results from this JSON document, which was written before, and run nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["accounts", "seed", "scenario", "policy", "json"])]
    results: Option<PathBuf>,
    /// Write the results as one JSON document
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the results into this document, between its two markers
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Bytes of a worker's stack: as much as the main thread has.
const STACK: usize = 8 << 20;

/// A scenario to be run under a policy.
type Task = (&'static Scenario, &'static Policy);

/// What the JSON document holds. Money is in µUSD.
#[derive(Serialize, Deserialize)]
struct Summary {
    accounts: usize,
    seed: u64,
    runs: Vec<RunResult>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // The harness panics where a test would fail; whoever runs this is better served by the message alone.
    panic::set_hook(Box::new(|panic| complain(panic.payload_as_str().unwrap_or("the harness gave up"))));
    match panic::catch_unwind(|| execute(&options)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn execute(options: &Options) -> anyhow::Result<()> {
    let kept = options.results.as_deref().map(read).transpose()?;
    let (accounts, seed) = kept.as_ref().map_or((options.accounts, options.seed), |kept| (kept.accounts, kept.seed));
    ensure!(accounts > 0, "--accounts takes at least one");
    let progress = Progress::new();
    let start = Instant::now();
    let population = Population::open(accounts, seed, &progress);
    progress.done(&format!("{accounts} accounts opened in {} s", start.elapsed().as_secs()));
    let run_anew = || Summary { accounts, seed, runs: run_all(&population, options, &progress) };
    let summary = kept.unwrap_or_else(run_anew);
    let tables = tables::render(&population, &summary.runs);
    print!("{}", tables::aligned(&tables));
    if let Some(path) = &options.json {
        write(path, &(serde_json::to_string_pretty(&summary)? + "\n"))?;
    }
    if let Some(path) = &options.svg {
        write(path, &chart::render(&summary.runs))?;
    }
    if let Some(path) = &options.write {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        write(path, &document::with_results(&text, accounts, seed, &tables)?)?;
    }
    let unaccounted: u64 = summary.runs.iter().map(|run| run.unaccounted).sum();
    ensure!(unaccounted == 0, "{unaccounted} units are unaccounted for");
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Summary> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} holds no results", path.display()))
}

/// Runs what was chosen, several runs at a time, and returns the results in the order of scenarios and policies.
fn run_all(population: &Population, options: &Options, progress: &Progress) -> Vec<RunResult> {
    let scenarios = scenarios::ALL.iter().filter(|it| is_chosen(&options.scenario, it.name));
    let policies = || policies::ALL.iter().filter(|it| is_chosen(&options.policy, it.name));
    let tasks: Vec<Task> = scenarios.flat_map(|scenario| policies().map(move |policy| (scenario, policy))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((scenario, policy)) = tasks.get(index) else { return results };
            let start = Instant::now();
            results.push((index, run::run(population, scenario, policy, options.seed, progress)));
            progress.done(&format!("{} {}: {} s", scenario.name, policy.name, start.elapsed().as_secs()));
        }
    };
    let jobs = options.jobs.or_else(|| thread::available_parallelism().ok().map(NonZero::get)).unwrap_or(1);
    let mut results: Vec<(usize, RunResult)> = thread::scope(|scope| {
        let worker = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread starts");
        let workers: Vec<_> = (0..jobs.clamp(1, tasks.len().max(1))).map(|_| worker()).collect();
        let finished =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        finished.flatten().collect()
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn is_chosen(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|chosen| chosen == name)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    eprintln!("{} written", path.display());
    Ok(())
}

fn complain(message: &str) {
    eprintln!("error: {message}");
}
