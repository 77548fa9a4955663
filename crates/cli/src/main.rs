//! `ballast`: margins of books and of live accounts, and backtests, on the command line.

mod backtest;
mod live;
mod margin;
mod screen;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::screen::BAD;

/// Exit code of everything that is the user's to mend.
const MISTAKE: u8 = 2;

/// The margin calculator of Ballast.
///
/// Colours are used on a terminal unless NO_COLOR is set.
#[derive(Parser)]
#[command(name = "ballast", version, arg_required_else_help = true)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Margin of a book of positions, or of a live account
    Margin(margin::Arguments),
    /// Replay a price history over standard books and compare losses with margin requirements
    Backtest(backtest::Arguments),
    /// Write a synthetic price history: regimes, fat tails, correlated assets and a crash
    GeneratePrices(backtest::generate::Arguments),
    /// Print the JSON Schema of books, or of reports
    Schema {
        /// The schema of what `margin --json` prints instead
        #[arg(long)]
        report: bool,
    },
}

fn main() -> ExitCode {
    match Options::parse().command {
        Command::Margin(arguments) => match margin::run(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                error.print(arguments.json);
                ExitCode::from(MISTAKE)
            }
        },
        Command::Backtest(arguments) => finish(backtest::run(&arguments)),
        Command::GeneratePrices(arguments) => finish(backtest::generate::run(&arguments)),
        Command::Schema { report } => {
            let schema = if report { ballast_book::report_schema() } else { ballast_book::book_schema() };
            anstream::println!("{:#}", schema.to_value());
            ExitCode::SUCCESS
        }
    }
}

/// Says what went wrong, if anything did.
fn finish(result: Result<(), backtest::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{BAD}error:{BAD:#} {error}");
            ExitCode::from(MISTAKE)
        }
    }
}
