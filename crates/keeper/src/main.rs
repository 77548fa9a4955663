//! `ballast-keeper`.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use ballast_keeper::{Context, Role, Settings, margins, prices, role, settings::CommandLine};
use ballast_network::telemetry::{self, Telemetry};
use clap::{Args, Parser, Subcommand};
use tokio::task::JoinSet;
use tracing::info;

/// Keeps a Ballast exchange going.
///
/// Settings come from a file (--config), then the environment (BALLAST_KEEPER_KEY, BALLAST_KEEPER_LIQUIDATE__HEDGE, …), then these
/// options. docs/keeper.md explains roles, settings and metrics. The key pays, and owns the liquidator's margin account. Metrics and
/// health are at 127.0.0.1:9464 unless told otherwise. Ctrl-C ends it at any point without harm.
#[derive(Parser)]
#[command(name = "ballast-keeper", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays several roles at once: all that have what they need, unless --roles names them
    Run(Run),
    /// Brings prices in
    Refresh(CommandLine),
    /// Turns profit and loss into cash, and sweeps fees
    Settle(CommandLine),
    /// Brings funding up to date
    Fund(CommandLine),
    /// Ends what has expired
    Expire(CommandLine),
    /// Posts volatility surfaces
    Publish(CommandLine),
    /// Liquidates accounts below maintenance margin
    Liquidate(CommandLine),
}

#[derive(Args)]
struct Run {
    /// Roles to play, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    roles: Vec<Role>,
    #[command(flatten)]
    common: CommandLine,
}

impl Command {
    fn command_line(self) -> CommandLine {
        let (roles, mut common) = match self {
            Self::Run(Run { roles, common }) => (roles, common),
            Self::Refresh(common) => (vec![Role::Refresh], common),
            Self::Settle(common) => (vec![Role::Settle], common),
            Self::Fund(common) => (vec![Role::Fund], common),
            Self::Expire(common) => (vec![Role::Expire], common),
            Self::Publish(common) => (vec![Role::Publish], common),
            Self::Liquidate(common) => (vec![Role::Liquidate], common),
        };
        common.roles = roles;
        common
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::exit_code(run(&Cli::parse().command.command_line()).await)
}

async fn run(command_line: &CommandLine) -> Result<()> {
    let settings = Settings::read(command_line)?;
    telemetry::log_as(settings.log);
    let telemetry = Telemetry::install()?;
    let context = Context::new(settings, telemetry.health.clone()).await?;
    let roles = roles(&context)?;
    let mut tasks = JoinSet::new();
    tasks.spawn(prices::watch(context.clone()));
    if !roles.contains(&Role::Liquidate) {
        tasks.spawn(margins::watch(context.clone()));
    }
    for role in &roles {
        tasks.spawn(role::play(context.clone(), *role));
    }
    let address = telemetry.serve(context.settings.listen, axum::Router::new()).await?;
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let sends = if context.settings.dry_run { ", sending nothing" } else { "" };
    info!("{}{sends}; metrics and health at http://{address}", names.join(", "));
    tokio::select! {
        ended = tasks.join_next() => match ended {
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => Err(error).context("a role ended unexpectedly"),
            Some(Ok(Ok(never))) => match never {},
            None => bail!("there is nothing to do"),
        },
        interrupted = telemetry::interrupted() => {
            info!("ending");
            interrupted
        }
    }
}

/// What was asked for; or else every role that has what it needs.
fn roles(context: &Context) -> Result<Vec<Role>> {
    let asked = &context.settings.roles;
    if asked.contains(&Role::Publish) && context.publishers.is_empty() {
        bail!("nobody signs surfaces: give --publisher-key FILE, once for each publisher");
    }
    if !asked.is_empty() {
        return Ok(asked.clone());
    }
    Ok(Role::ALL.into_iter().filter(|role| *role != Role::Publish || !context.publishers.is_empty()).collect())
}
