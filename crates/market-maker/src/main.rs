//! `ballast-market-maker`.

use std::process::ExitCode;

use anyhow::Result;
use ballast_market_maker::{CommandLine, Settings, Trader};
use ballast_network::telemetry::{self, Telemetry};
use clap::Parser;
use tracing::info;

/// Quotes packages on a Ballast relay, from the exchange's own marks.
///
/// Settings come from a file (--config), then the environment (BALLAST_MAKER_KEY, …), then these options. docs/relay.md explains
/// them. The key is the margin account's owner's. Metrics and health are at 127.0.0.1:9465 unless told otherwise. Ctrl-C ends it.
#[derive(Parser)]
#[command(name = "ballast-market-maker", version, about)]
struct Cli {
    #[command(flatten)]
    command_line: CommandLine,
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::exit_code(run(&Cli::parse().command_line).await)
}

async fn run(command_line: &CommandLine) -> Result<()> {
    let settings = Settings::read(command_line)?;
    telemetry::log_as(settings.log);
    let telemetry = Telemetry::install()?;
    let listen = settings.listen;
    let trader = Trader::new(settings).await?;
    let address = telemetry.serve(listen, axum::Router::new()).await?;
    info!("metrics and health at http://{address}");
    tokio::select! {
        ended = trader.quote(telemetry.health.clone()) => match ended? {},
        interrupted = telemetry::interrupted() => interrupted,
    }
}
