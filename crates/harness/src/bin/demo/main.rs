//! The demonstration: the program's real image in a virtual machine in this process. It lists an exchange, trades four
//! portfolios, has a trade refused, lets a market crash, liquidates, and counts the money at the end.
//!
//! Every number printed was computed by the program: it comes from its reports, its events or its accounts.

mod contracts;
mod crash;
mod liquidation;
mod listing;
mod portfolio_table;
mod portfolios;
mod reconciliation;
mod refusal;
mod screen;
mod stage;

use std::{
    panic,
    process::ExitCode,
    time::{Duration, Instant},
};

use ballast_harness::figures;
use clap::Parser;
use serde::Serialize;

use crate::{
    crash::Crash,
    listing::Listing,
    portfolios::Portfolio,
    reconciliation::Reconciliation,
    refusal::RefusedTrade,
    screen::{BAD, Screen},
    stage::Stage,
};

/// Trades, refuses, crashes and liquidates on the real program image, in this process.
///
/// Colours are used on a terminal unless NO_COLOR is set.
#[derive(Parser)]
#[command(name = "cargo xtask demo", bin_name = "cargo xtask demo")]
struct Options {
    /// No colours
    #[arg(long)]
    plain: bool,
    /// One JSON document with the same numbers instead of the text; money in µUSD
    #[arg(long)]
    json: bool,
}

/// What the JSON document holds. Money is in µUSD.
#[derive(Serialize)]
struct Summary {
    exchange: Listing,
    portfolios: Vec<Portfolio>,
    refused_trade: RefusedTrade,
    crash: Crash,
    books: Reconciliation,
    milliseconds: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.plain {
        anstream::ColorChoice::Never.write_global();
    }
    // The harness panics where a test would fail; whoever runs the demo is better served by the message alone.
    panic::set_hook(Box::new(|panic| complain(panic.payload_as_str().unwrap_or("the harness gave up"))));
    let shown = panic::catch_unwind(|| show(&Screen::new(options.json)));
    let result = shown.map(|summary| summary.and_then(|summary| print_json(options.json, &summary)));
    match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn show(screen: &Screen) -> anyhow::Result<Summary> {
    let start = Instant::now();
    let mut stage = Stage::open();
    let exchange = listing::show(screen, &stage);
    let portfolios = portfolios::show(screen, &mut stage)?;
    let refused_trade = refusal::show(screen, &mut stage)?;
    let crash = crash::show(screen, &mut stage)?;
    let books = reconciliation::show(screen, &mut stage, &crash.account)?;
    let milliseconds = rounded_milliseconds(start.elapsed());
    screen.blank();
    screen.say(&format!("All of it took {} milliseconds.", figures::whole(milliseconds)));
    Ok(Summary { exchange, portfolios, refused_trade, crash, books, milliseconds })
}

fn print_json(wanted: bool, summary: &Summary) -> anyhow::Result<()> {
    if wanted {
        println!("{}", serde_json::to_string_pretty(summary)?);
    }
    Ok(())
}

fn rounded_milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

fn complain(message: &str) {
    anstream::eprintln!("{BAD}The demonstration ended early:{BAD:#} {message}");
}
