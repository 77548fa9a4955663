//! `ballast backtest`: what the margin model would have asked for in a price history, and whether it would have been
//! enough (docs/backtest.md).
//!
//! At every date the model's dynamics ([`dynamics`]) know the history up to that date and nothing later. The books
//! ([`books`], [`template`]) are opened anew at that date's prices, the engine computes what each mode requires of them
//! ([`valuation`]), and the loss until the end of the horizon is held against it ([`replay`], [`statistics`]). Out come
//! a table ([`table`]) or JSON ([`report`]) and a chart ([`chart`]).

// Prices come in as decimal fractions, and shares and averages go out; every margin in between is the engine's own, in
// integers.
#![allow(clippy::float_arithmetic)]

mod books;
mod chart;
mod dynamics;
mod error;
pub mod generate;
mod history;
mod progress;
mod replay;
mod report;
mod settings;
mod statistics;
mod table;
mod template;
mod timestamp;
mod valuation;

use std::{io::Write, path::PathBuf};

pub use error::Error;
use history::History;
use settings::Settings;

/// What to replay, and what to report.
#[derive(clap::Args, Clone, Debug)]
pub struct Arguments {
    /// CSV file: a column named date, timestamp or time, then one column of prices per asset.
    #[arg(long, value_name = "FILE")]
    pub prices: PathBuf,
    /// Standard books to replay, separated by commas: directional, short, covered-call, straddle, condor, calendar,
    /// pair [default: all].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub books: Vec<String>,
    /// A book of one's own to replay, as `ballast margin` takes it: markets named like assets of the file, prices that
    /// strikes are relative to, no collateral. Standard books are then replayed only if named.
    #[arg(long, value_name = "FILE")]
    pub book: Option<PathBuf>,
    /// Assets of the standard books, separated by commas, as in the file's header [default: all].
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub assets: Vec<String>,
    /// How long a loss runs before it is held against the requirement: a number and d, h or m, up to 14d.
    #[arg(long, value_name = "TIME", default_value = "1d")]
    pub horizon: String,
    /// First date at which books are opened; dynamics start with the file.
    #[arg(long, value_name = "DATE")]
    pub start: Option<String>,
    /// Last date at which books are opened.
    #[arg(long, value_name = "DATE")]
    pub end: Option<String>,
    /// Size of each leg of a standard book when it is opened, USD.
    #[arg(long, value_name = "USD", default_value_t = 100_000)]
    pub notional: u32,
    /// Share of dates at which the requirement should hold.
    #[arg(long, value_name = "SHARE", default_value_t = 0.99)]
    pub target: f64,
    /// Class of an asset, whose default parameters it takes: ASSET=major, volatile or small [default: major for BTC and
    /// ETH, volatile for others]; may be repeated.
    #[arg(long = "class", value_name = "ASSET=CLASS")]
    pub classes: Vec<String>,
    /// Longest time between two dates of the file: a number and d, h or m [default: four times the usual one].
    #[arg(long, value_name = "TIME")]
    pub max_gap: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Add loss and requirements of every date to the JSON.
    #[arg(long, requires = "json")]
    pub series: bool,
    /// Draw a chart of every book, as SVG.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// Runs `ballast backtest`: reads, replays, and writes the report to standard output and the chart to its file.
///
/// # Errors
/// [`Error`] if an option, the file or the replay is at fault, or the output cannot be written.
pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let longest_gap = arguments.max_gap.as_deref().map(|text| settings::duration("--max-gap", text)).transpose()?;
    let history = History::read(&arguments.prices, longest_gap)?;
    let settings = Settings::new(arguments, &history)?;
    let results = replay::run(&history, &settings)?;
    let report = report::Report::new(&arguments.prices, &history, &settings, &results, arguments.series);
    let text = if arguments.json { report.to_json()? } else { table::render(&report) };
    if let Some(path) = &arguments.svg {
        let chart = chart::render(&history, &settings, &results);
        std::fs::write(path, chart).map_err(|source| Error::File { path: path.clone(), source })?;
    }
    print(&text)
}

/// Writes to standard output; whoever closes it early has read enough.
fn print(text: &str) -> Result<(), Error> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output(source)),
        _ => Ok(()),
    }
}
