//! Settings: a TOML file, the environment (`BALLAST_MAKER_…`), the command line, in rising order of precedence.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use ballast_network::{
    NetworkArgs,
    settings::{self, ServiceArgs},
    telemetry::LogFormat,
};
use clap::Args;
use serde::{Deserialize, Serialize};

/// What a market maker works with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The network and the exchange.
    pub network: NetworkArgs,
    /// Key of the margin account's owner, or of its delegate.
    pub key: Option<PathBuf>,
    /// Number of the margin account among its owner's.
    pub sub_account: u16,
    /// The relay; the network description's if left out.
    pub relay: Option<String>,
    /// Where metrics and health are served.
    pub listen: SocketAddr,
    /// How log lines look.
    pub log: LogFormat,
    /// What is quoted.
    pub pricing: Pricing,
    /// Seconds that a quote stands.
    pub standing_seconds: i64,
    /// How far an index may move before quotes are taken back, basis points.
    pub withdraw_basis_points: u64,
}

/// How quotes are priced.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pricing {
    /// Half the spread of perpetuals and futures, basis points of the mark.
    pub linear_spread_basis_points: i64,
    /// Half the spread of options, basis points of the mark.
    pub option_spread_basis_points: i64,
    /// Least half spread of an option, hundredths of a basis point of the index.
    pub option_spread_of_index: i64,
    /// How far quotes move for a full limit of delta, basis points of the index for each unit of a leg's delta.
    pub delta_skew_basis_points: i64,
    /// Most delta in a market, µUSD: beyond it only what brings it back is quoted.
    pub most_delta: i64,
    /// Most notional of a request, µUSD.
    pub most_notional: i64,
    /// Share of its equity that the initial requirement may come to after a fill, basis points.
    pub most_margin_basis_points: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: NetworkArgs::default(),
            key: None,
            sub_account: 0,
            relay: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 9_465)),
            log: LogFormat::Text,
            pricing: Pricing::default(),
            standing_seconds: 20,
            withdraw_basis_points: 50,
        }
    }
}

impl Default for Pricing {
    fn default() -> Self {
        Self {
            linear_spread_basis_points: 2,
            option_spread_basis_points: 50,
            option_spread_of_index: 50,
            delta_skew_basis_points: 10,
            most_delta: 5_000_000_000_000,
            most_notional: 10_000_000_000_000,
            most_margin_basis_points: 8_000,
        }
    }
}

/// What the command line says.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub struct CommandLine {
    #[command(flatten)]
    #[serde(flatten)]
    service: ServiceArgs,
    /// The relay
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<String>,
}

impl Settings {
    /// Reads the file, the environment and the command line.
    ///
    /// # Errors
    /// If one of them makes no sense; the message names the setting.
    pub fn read(command_line: &CommandLine) -> Result<Self> {
        settings::read(command_line.service.config.as_deref(), "BALLAST_MAKER_", command_line)
    }
}
