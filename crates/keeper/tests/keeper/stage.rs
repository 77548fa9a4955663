//! A network and keepers on it.

use std::path::Path;

use anyhow::{Context as _, Result};
use ballast_client::liquidation::Valuer;
use ballast_network_rig::{Leg, LocalNetwork, Process};
use ballast_risk::MicroUsd;
use ballast_state::{
    OptionKind,
    revaluation::{Purpose, Sources},
};

/// A network on which only prices are published.
pub async fn network() -> Result<LocalNetwork> {
    LocalNetwork::start("prices").await
}

/// What a keeper is told.
pub struct Keeper<'a> {
    pub network: &'a LocalNetwork,
    /// Counts keepers of one network: each has a port and a log of its own.
    pub number: u16,
    /// Whose key it works with.
    pub owner: &'static str,
    pub args: Vec<String>,
}

impl<'a> Keeper<'a> {
    /// All roles.
    pub fn all(network: &'a LocalNetwork, number: u16) -> Self {
        Self { network, number, owner: "keeper", args: vec!["run".to_owned()] }
    }

    /// One role, or several.
    pub fn roles(network: &'a LocalNetwork, number: u16, roles: &str) -> Self {
        let args = vec!["run".to_owned(), "--roles".to_owned(), roles.to_owned()];
        Self { network, number, owner: "keeper", args }
    }

    /// With somebody else's key.
    pub fn of(self, owner: &'static str) -> Self {
        Self { owner, ..self }
    }

    /// That reaches its network at other addresses.
    pub fn through(self, rpc_url: &str, ws_url: &str) -> Self {
        let description = &self.network.description;
        let (exchange, table) = (&description.exchange, description.lookup_table.as_deref().unwrap_or_default());
        let named = ["--url", rpc_url, "--ws-url", ws_url, "--exchange", exchange, "--lookup-table", table];
        let named = named.map(str::to_owned);
        let mut args = self.args;
        args.extend(named);
        Self { args, ..self }
    }

    /// With more arguments.
    pub fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(ToString::to_string));
        self
    }

    /// Where it serves metrics and health.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.network.service_port(self.number))
    }

    /// Starts it and waits until all is well.
    pub async fn start(&self) -> Result<Process> {
        self.start_with(&[]).await
    }

    /// The same with variables in its environment.
    pub async fn start_with(&self, environment: &[(&str, &str)]) -> Result<Process> {
        let mut process = self.spawn(environment)?;
        process.answers(&format!("{}/health", self.url())).await?;
        Ok(process)
    }

    /// Starts it.
    pub fn spawn(&self, environment: &[(&str, &str)]) -> Result<Process> {
        let network = self.network;
        let mut args = self.args.clone();
        let listen = format!("127.0.0.1:{}", network.service_port(self.number));
        args.extend(["--listen".to_owned(), listen, "--key".to_owned(), network.key_file(self.owner)]);
        if !args.iter().any(|arg| arg == "--url") {
            args.extend(["--network".to_owned(), network.description_file()]);
        }
        for publisher in ["publisher-1", "publisher-2"] {
            args.extend(["--publisher-key".to_owned(), network.key_file(publisher)]);
        }
        let log = network.folder().join(format!("keeper-{}.log", self.number));
        Process::start_with(Path::new(env!("CARGO_BIN_EXE_ballast-keeper")), &args, environment, &log)
    }
}

/// Whether a keeper says that all is well, and everything that it says of its parts.
pub async fn health(url: &str) -> Result<(bool, String)> {
    let answer = reqwest::get(format!("{url}/health")).await?;
    Ok((answer.status().is_success(), answer.text().await?))
}

/// Value of a metric, with its labels as Prometheus writes them; zero if it was never counted.
pub async fn metric(url: &str, name: &str) -> Result<f64> {
    let text = reqwest::get(format!("{url}/metrics")).await?.text().await?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    Ok(line.map_or(Ok(0.0), |value| value.parse())?)
}

/// Price of a market on chain, USD.
pub async fn price(network: &LocalNetwork, market: &str) -> Result<f64> {
    let market = network.market(market).await?;
    Ok(market.price as f64 / 10_f64.powi(i32::from(market.price_decimals)))
}

/// Gives carol a book that a fall of SOL by a fifth breaks: a long perpetual and short puts.
pub async fn leverage(network: &LocalNetwork) -> Result<()> {
    let lots = |units: i64| -> Result<i64> {
        Ok(units * 10_i64.pow(u32::from(network.known_market("SOL")?.quantity_decimals)))
    };
    let legs = [Leg::Perpetual(lots(780)?), Leg::Option(OptionKind::Put, 1, 90, lots(-240)?)];
    network.trade("carol", "maker", "SOL", &legs).await?;
    Ok(())
}

/// Whether carol's liquidation has begun and is over: her account as the chain holds it, at prices that have fallen.
pub async fn is_restored(network: &LocalNetwork) -> Result<bool> {
    let view = network.feed.view();
    let sol = view.snapshot.market(network.market_number("SOL")?).context("there is SOL")?;
    if sol.price > 160 * 10_u64.pow(u32::from(sol.price_decimals)) {
        return Ok(false);
    }
    // Read after the prices: an account of before the fall at prices of after it is below maintenance margin.
    let account = network.account("carol").await?;
    let valuer = Valuer::new(&view.snapshot, view.moment(Purpose::View));
    let Some(margin) = valuer.margin(&account) else { return Ok(false) };
    Ok(account.liquidation_started_slot == 0 && margin.maintenance_excess >= MicroUsd::ZERO)
}
