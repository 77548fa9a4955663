//! Settings: `keeper.toml`, the environment (`BALLAST_KEEPER_…`), the command line, in rising order of precedence.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Result;
use ballast_network::{
    FeedOptions, NetworkArgs, PriorityFee,
    settings::{self, ServiceArgs},
    telemetry::LogFormat,
};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::Role;

/// Prefix of environment variables.
pub const PREFIX: &str = "BALLAST_KEEPER_";

/// What a keeper works with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The network and the exchange.
    pub network: NetworkArgs,
    /// Roles to play; all that have what they need if none is named.
    pub roles: Vec<Role>,
    /// Key that pays for transactions and owns the liquidator's margin account.
    pub key: Option<PathBuf>,
    /// Number of the liquidator's margin account among its owner's.
    pub sub_account: u16,
    /// Keys of publishers, as many as the markets ask for.
    pub publisher_keys: Vec<PathBuf>,
    /// Where metrics and health are served.
    pub listen: SocketAddr,
    /// Whether transactions are simulated and nothing is sent.
    pub dry_run: bool,
    /// How log lines look.
    pub log: LogFormat,
    /// Milliseconds by which a round of housekeeping waits at most, at random, so that several keepers do not all send the same at
    /// once. Liquidations never wait.
    pub jitter_milliseconds: u64,
    /// What is paid for priority.
    pub priority_fee: PriorityFee,
    /// How the exchange is followed.
    pub feed: FeedSettings,
    /// The role `refresh`.
    pub refresh: RefreshSettings,
    /// The role `settle`.
    pub settle: SettleSettings,
    /// The role `fund`.
    pub fund: FundSettings,
    /// The role `expire`.
    pub expire: ExpireSettings,
    /// The role `publish`.
    pub publish: PublishSettings,
    /// The role `liquidate`.
    pub liquidate: LiquidateSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            network: NetworkArgs::default(),
            roles: Vec::new(),
            key: None,
            sub_account: 0,
            publisher_keys: Vec::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 9_464)),
            dry_run: false,
            log: LogFormat::Text,
            jitter_milliseconds: 500,
            priority_fee: PriorityFee::default(),
            feed: FeedSettings::default(),
            refresh: RefreshSettings::default(),
            settle: SettleSettings::default(),
            fund: FundSettings::default(),
            expire: ExpireSettings::default(),
            publish: PublishSettings::default(),
            liquidate: LiquidateSettings::default(),
        }
    }
}

/// How the exchange is followed.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedSettings {
    /// Seconds from one scan of the whole exchange to the next, beside the subscriptions.
    pub scan_interval_seconds: u64,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self { scan_interval_seconds: FeedOptions::default().scan_interval.as_secs() }
    }
}

impl FeedSettings {
    /// What a feed is told.
    pub fn options(&self) -> FeedOptions {
        let scan_interval = Duration::from_secs(self.scan_interval_seconds.max(1));
        FeedOptions { scan_interval, ..FeedOptions::default() }
    }
}

/// When prices are brought in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefreshSettings {
    /// Milliseconds from one look at the price accounts to the next.
    pub interval_milliseconds: u64,
    /// Markets and banks in one transaction at most.
    pub batch: usize,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self { interval_milliseconds: 400, batch: 8 }
    }
}

/// When profit and loss become cash.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettleSettings {
    /// Seconds from round to round.
    pub interval_seconds: u64,
    /// Least profit or loss that is worth a transaction, µUSD.
    pub least: i64,
    /// Positions that are settled in a round at most, the largest amounts first.
    pub most: usize,
    /// Least fees that are swept into the insurance fund, µUSD.
    pub least_fees: u64,
}

impl Default for SettleSettings {
    fn default() -> Self {
        Self { interval_seconds: 30, least: 10_000_000, most: 32, least_fees: 1_000_000 }
    }
}

/// When funding is brought up to date.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FundSettings {
    /// Seconds since funding last accrued after which a market is refreshed for its sake.
    pub oldest_seconds: i64,
}

impl Default for FundSettings {
    fn default() -> Self {
        Self { oldest_seconds: 300 }
    }
}

/// When what has expired is ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpireSettings {
    /// Seconds from round to round.
    pub interval_seconds: u64,
    /// Seconds from one look for expired placed orders to the next.
    pub orders_interval_seconds: u64,
}

impl Default for ExpireSettings {
    fn default() -> Self {
        Self { interval_seconds: 10, orders_interval_seconds: 60 }
    }
}

/// Where volatilities come from and when they are posted.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublishSettings {
    /// File or HTTP address of the quotes; the local network's if left out. Read again every round.
    pub quotes: Option<String>,
    /// Seconds from round to round.
    pub interval_seconds: u64,
    /// Seconds after which a surface is posted again although nothing has changed; at most half of what the exchange accepts.
    pub repeat_seconds: i64,
    /// Change of the volatility at the money that is posted at once, basis points of itself.
    pub threshold_basis_points: u32,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self { quotes: None, interval_seconds: 2, repeat_seconds: 60, threshold_basis_points: 50 }
    }
}

/// What is liquidated, and what is taken on for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiquidateSettings {
    /// Least profit of a step, µUSD, after the charge for risk and the cost of the transaction.
    pub least_profit: i64,
    /// What a transaction counts as costing, µUSD.
    pub transaction_cost: i64,
    /// Charge for risk: share of the rise of the liquidator's own initial requirement, basis points.
    pub risk_charge_basis_points: i64,
    /// Share of the liquidator's own equity that its initial requirement may come to, basis points.
    pub most_margin_basis_points: i64,
    /// Most delta in one market that the liquidator may have afterwards, µUSD; a step that brings it closer to zero is always
    /// allowed.
    pub most_delta: i64,
    /// Most vega in one market, µUSD per point of volatility; as above.
    pub most_vega: i64,
    /// Share of the cash that a step moves by which it may turn out worse until it lands, basis points: beyond that it is refused.
    pub slippage_basis_points: u32,
    /// Accounts that are worked on at once, the deepest in distress first.
    pub parallel: usize,
    /// Whether what was taken on is traded away through the relay.
    pub hedge: bool,
    /// Delta in a market that is left alone, µUSD.
    pub least_hedge: i64,
    /// How far from the mark a hedge may trade, basis points.
    pub hedge_slippage_basis_points: u64,
    /// The relay; the network description's if left out.
    pub relay: Option<String>,
}

impl Default for LiquidateSettings {
    fn default() -> Self {
        Self {
            least_profit: 0,
            transaction_cost: 5_000,
            risk_charge_basis_points: 10,
            most_margin_basis_points: 5_000,
            most_delta: 1_000_000_000_000,
            most_vega: 50_000_000_000,
            slippage_basis_points: 200,
            parallel: 4,
            hedge: true,
            least_hedge: 1_000_000_000,
            hedge_slippage_basis_points: 50,
            relay: None,
        }
    }
}

/// What the command line says, the same for every role.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub struct CommandLine {
    #[command(flatten)]
    #[serde(flatten)]
    service: ServiceArgs,
    /// Roles to play; all that have what they need if none is named
    #[arg(skip)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Key of a publisher; once for each
    #[arg(long = "publisher-key", value_name = "FILE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    publisher_keys: Vec<PathBuf>,
    /// Simulate transactions and send none
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

impl Settings {
    /// Reads the file, the environment and the command line.
    ///
    /// # Errors
    /// If one of them makes no sense; the message names the setting.
    pub fn read(command_line: &CommandLine) -> Result<Self> {
        settings::read(command_line.service.config.as_deref(), PREFIX, command_line)
    }

    /// From one look at the price accounts to the next.
    pub fn price_interval(&self) -> Duration {
        Duration::from_millis(self.refresh.interval_milliseconds.max(50))
    }

    /// What a round of housekeeping waits at most.
    pub fn jitter(&self) -> Duration {
        Duration::from_millis(self.jitter_milliseconds)
    }
}
