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
    /// Seconds in which a maker has to say who it is.
    pub hello_seconds: u64,
    /// WebSocket connections that may be open at once, those of makers included.
    pub most_connections: usize,
    /// Those from one address.
    pub most_connections_per_address: usize,
    /// Orders of an account in a second, and requests for it from one address.
    pub most_per_second: u32,
    /// Requests and orders from one address in a second.
    pub most_per_address: u32,
    /// Whether a proxy stands in front, which says in `X-Forwarded-For` from where it was asked.
    pub behind_proxy: bool,
    /// Seconds that a quote may stand.
    pub longest_quote_seconds: i64,
    /// Seconds that any other order may stand.
    pub longest_order_seconds: i64,
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
            hello_seconds: 5,
            most_connections: 1_024,
            most_connections_per_address: 64,
            most_per_second: 10,
            most_per_address: 50,
            behind_proxy: false,
            longest_quote_seconds: 120,
            longest_order_seconds: 7 * 24 * 3_600,
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
