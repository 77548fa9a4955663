//! Settings: a TOML file, the environment (`BALLAST_RELAY_…`), the command line, in rising order of precedence.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Result;
use ballast_network::{
    NetworkArgs, PriorityFee,
    settings::{self, ServiceArgs},
    telemetry::LogFormat,
};
use serde::Deserialize;

/// What a relay works with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The network and the exchange.
    pub network: NetworkArgs,
    /// Key that pays for matches.
    pub key: Option<PathBuf>,
    /// Where it answers.
    pub listen: SocketAddr,
    /// How long a request waits for quotes, milliseconds.
    pub quote_window_milliseconds: u64,
    /// Makers that may be connected at once.
    pub most_makers: usize,
    /// Requests and orders that an account may send in a second.
    pub most_per_second: u32,
    /// Seconds after which a price is refreshed before a match.
    pub oldest_price_seconds: i64,
    /// What is paid for priority.
    pub priority_fee: PriorityFee,
    /// How log lines look.
    pub log: LogFormat,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: NetworkArgs::default(),
            key: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8_902)),
            quote_window_milliseconds: 400,
            most_makers: 64,
            most_per_second: 10,
            oldest_price_seconds: 5,
            priority_fee: PriorityFee::default(),
            log: LogFormat::Text,
        }
    }
}

impl Settings {
    /// Reads the file, the environment and the command line.
    ///
    /// # Errors
    /// If one of them makes no sense; the message names the setting.
    pub fn read(command_line: &ServiceArgs) -> Result<Self> {
        settings::read(command_line.config.as_deref(), "BALLAST_RELAY_", command_line)
    }
}
