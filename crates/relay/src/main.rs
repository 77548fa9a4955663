//! `ballast-relay`.

use std::process::ExitCode;

use anyhow::Result;
use ballast_network::{
    settings::ServiceArgs,
    telemetry::{self, Telemetry},
};
use ballast_relay::{Relay, Settings};
use clap::Parser;
use tracing::info;

/// Brings traders and market makers together: requests for quote, signed orders, matches.
///
/// Settings come from a file (--config), then the environment (BALLAST_RELAY_KEY, …), then these options. docs/relay.md explains
/// them, and the interface. The key pays for matches. It answers at 127.0.0.1:8902 unless told otherwise. Ctrl-C ends it.
#[derive(Parser)]
#[command(name = "ballast-relay", version, about)]
struct Cli {
    #[command(flatten)]
    service: ServiceArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::exit_code(run(&Cli::parse().service).await)
}

async fn run(command_line: &ServiceArgs) -> Result<()> {
    let settings = Settings::read(command_line)?;
    telemetry::log_as(settings.log);
    let telemetry = Telemetry::install()?;
    let relay = Relay::new(settings).await?;
    relay.report_to(&telemetry.health);
    let address = ballast_relay::serve(relay, &telemetry).await?;
    info!("answering at http://{address}");
    telemetry::interrupted().await
}
