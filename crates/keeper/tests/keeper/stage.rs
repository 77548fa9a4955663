//! A network and keepers on it.

use std::path::Path;

use anyhow::Result;
use ballast_network_rig::{Leg, LocalNetwork, Process};
use ballast_state::OptionKind;

/// A network on which only prices are published.
pub async fn network() -> Result<LocalNetwork> {
    LocalNetwork::start("prices").await
}

/// What a keeper is told.
pub struct Keeper<'a> {
    pub network: &'a LocalNetwork,
    /// Counts keepers of one network: each has a port and a log of its own.
    pub number: u16,
    pub args: Vec<String>,
}

impl<'a> Keeper<'a> {
    /// All roles.
    pub fn all(network: &'a LocalNetwork, number: u16) -> Self {
        Self { network, number, args: vec!["run".to_owned()] }
    }

    /// One role, or several.
    pub fn roles(network: &'a LocalNetwork, number: u16, roles: &str) -> Self {
        Self { network, number, args: vec!["run".to_owned(), "--roles".to_owned(), roles.to_owned()] }
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
        args.extend(["--listen".to_owned(), listen, "--key".to_owned(), network.key_file("keeper")]);
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
