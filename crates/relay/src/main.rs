//! `ballast-relay`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Result;
use ballast_network::{
    settings::ServiceArgs,
    telemetry::{self, Telemetry},
};
use ballast_relay::{Relay, Settings, router};
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
    let listen = settings.listen;
    let relay = Relay::new(settings).await?;
    telemetry.health.expect("exchange", Duration::from_secs(10));
    let health = telemetry.health.clone();
    let watched = Arc::downgrade(&relay);
    tokio::spawn(async move {
        while let Some(relay) = watched.upgrade() {
            let state =
                if relay.is_live() { Ok(()) } else { Err("the exchange is not followed: no subscription".to_owned()) };
            health.report("exchange", state);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let address = telemetry.serve(listen, router(relay)).await?;
    info!("answering at http://{address}");
    telemetry::interrupted().await
}
