//! Where a network answers, and which exchange on it is meant.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

/// Nodes of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// JSON-RPC addresses: the first is asked as long as it answers, the others stand in for it.
    pub rpc_urls: Vec<String>,
    /// Where subscriptions are taken.
    pub websocket_url: String,
}

/// A network's description, as the local network writes it (`network.json`), without what no tool here needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// JSON-RPC.
    pub rpc_url: String,
    /// Subscriptions.
    pub ws_url: String,
    /// Address of the exchange.
    pub exchange: String,
    /// Address of the exchange's lookup table.
    pub lookup_table: Option<String>,
    /// Where the relay answers.
    pub relay_url: Option<String>,
    /// Where volatilities are quoted.
    pub quotes_url: Option<String>,
}

impl Description {
    /// Reads a description from its file.
    ///
    /// # Errors
    /// If the file cannot be read or is no description.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} describes no network", file.display()))
    }
}

/// How a command line, a file or the environment names a network.
#[derive(Args, Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct NetworkArgs {
    /// File that describes the network, as `cargo xtask localnet` writes it
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<PathBuf>,
    /// JSON-RPC address; others that follow stand in for the first
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub url: Vec<String>,
    /// Address for subscriptions [default: the RPC's, with ws and the next port]
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ws_url: Option<String>,
    /// Address of the exchange
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// Address of the exchange's lookup table, without which large accounts fit into no transaction
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup_table: Option<String>,
}

/// A network and an exchange on it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its nodes.
    pub endpoints: Endpoints,
    /// The exchange.
    pub exchange: Pubkey,
    /// Lookup tables for transactions.
    pub lookup_tables: Vec<Pubkey>,
    /// Where the description says that a relay answers.
    pub relay_url: Option<String>,
    /// Where it says that volatilities are quoted.
    pub quotes_url: Option<String>,
}

impl NetworkArgs {
    /// What is named, one by one before the file.
    ///
    /// # Errors
    /// If no network or exchange is named, the file cannot be read, or an address is none.
    pub fn resolve(&self) -> Result<Target> {
        let described = self.network.as_deref().map(Description::read).transpose()?;
        let described = described.as_ref();
        let mut rpc_urls = self.url.clone();
        if rpc_urls.is_empty() {
            rpc_urls.extend(described.map(|it| it.rpc_url.clone()));
        }
        let Some(first) = rpc_urls.first() else {
            bail!("no network is named: give --network FILE, or --url URL and --exchange ADDRESS");
        };
        // The file's subscriptions belong to the file's node.
        let of_file = described.filter(|_| self.url.is_empty()).map(|it| it.ws_url.clone());
        let websocket_url = match self.ws_url.clone().or(of_file) {
            Some(url) => url,
            None => websocket_beside(first)?,
        };
        let exchange = self.exchange.as_ref().or(described.map(|it| &it.exchange));
        let exchange = exchange.context("no exchange is named: give --exchange ADDRESS")?;
        let table = self.lookup_table.as_ref().or(described.and_then(|it| it.lookup_table.as_ref()));
        Ok(Target {
            exchange: address(exchange)?,
            lookup_tables: table.map(|text| address(text)).transpose()?.into_iter().collect(),
            relay_url: described.and_then(|it| it.relay_url.clone()),
            quotes_url: described.and_then(|it| it.quotes_url.clone()),
            endpoints: Endpoints { rpc_urls, websocket_url },
        })
    }
}

/// Reads an address.
///
/// # Errors
/// If it is none.
pub fn address(text: &str) -> Result<Pubkey> {
    text.parse().map_err(|_| anyhow::anyhow!("{text} is no address: expected 32 bytes in base58"))
}

/// Nodes take subscriptions on the port after that of their JSON-RPC, if they name one.
fn websocket_beside(url: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").with_context(|| format!("{url} is no address of a node"))?;
    let scheme = match scheme {
        "http" => "ws",
        "https" => "wss",
        _ => bail!("{url}: expected an address that begins with http:// or https://"),
    };
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let authority = match authority.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) {
        Some((host, Ok(port))) => format!("{host}:{}", port.saturating_add(1)),
        _ => authority.to_owned(),
    };
    Ok(format!("{scheme}://{authority}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_taken_on_the_next_port() {
        assert_eq!(websocket_beside("http://127.0.0.1:8899").unwrap(), "ws://127.0.0.1:8900/");
        assert_eq!(websocket_beside("https://node.example/key").unwrap(), "wss://node.example/key");
        assert!(websocket_beside("node.example").is_err());
        assert!(websocket_beside("ftp://node.example").is_err());
    }

    #[test]
    fn nothing_named_is_said_so() {
        let error = NetworkArgs::default().resolve().unwrap_err().to_string();
        assert!(error.contains("--network FILE"), "{error}");
        let args = NetworkArgs { url: vec!["http://127.0.0.1:1".into()], ..Default::default() };
        assert!(args.resolve().unwrap_err().to_string().contains("--exchange ADDRESS"));
        let args = NetworkArgs { exchange: Some("nobody".into()), ..args };
        assert!(args.resolve().unwrap_err().to_string().contains("nobody is no address"));
    }
}
