//! A local network of a test.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result};
use ballast::TradeLeg;
use ballast_client::{CheckAccounts, MarginAccountKey, cost, instructions, oracle};
use ballast_network::{
    Description, Draft, Endpoints, Feed, FeedOptions, Landed, Rpc, SendError, Submitter, SubmitterOptions, View, keys,
};
use ballast_state::{Contract, MarginAccount, Market, OptionKind, revaluation::Sources};
use serde_json::json;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::Process;

/// Counts networks of this process: each has a folder of its own.
static NETWORKS: AtomicU32 = AtomicU32::new(0);
/// Ports that a network uses: JSON-RPC, subscriptions, prices, and three for services.
const PORTS: u16 = 6;
/// Where ports are taken from: below those that the system gives out by itself.
const FIRST_PORT: u16 = 20_000;
/// The end of that.
const LAST_PORT: u16 = 32_000;

/// A local network, until it is dropped.
pub struct LocalNetwork {
    _process: Process,
    folder: PathBuf,
    port: u16,
    /// What it is.
    pub description: Description,
    /// Its nodes.
    pub rpc: Rpc,
    /// Its exchange, as it changes.
    pub feed: Feed,
    submitter: Submitter,
}

/// A leg of a trade at the mark, by what it is.
#[derive(Clone, Copy, Debug)]
pub enum Leg {
    /// Lots of the perpetual.
    Perpetual(i64),
    /// Lots of the option whose strike is nearest to so many per cent of the index, in the expiry with this number counted from
    /// the soonest.
    Option(OptionKind, usize, u64, i64),
}

impl LocalNetwork {
    /// Starts a network and waits until its exchange stands. What goes on by itself: `everything`, `prices` or `nothing`.
    ///
    /// # Errors
    /// If it does not start; its last words are part of the message.
    pub async fn start(housekeeping: &str) -> Result<Self> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ballast-network-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let port = free_ports()?;
        let main = checkout.join("app/localnet/dist/main.js");
        anyhow::ensure!(main.is_file(), "{} is not built: run `cargo xtask test`", main.display());
        let args = [
            main.display().to_string(),
            "--port".to_owned(),
            port.to_string(),
            "--prices".to_owned(),
            "steady".to_owned(),
            "--housekeeping".to_owned(),
            housekeeping.to_owned(),
            "--out".to_owned(),
            folder.display().to_string(),
        ];
        let mut process = Process::start(Path::new("node"), &args, &folder.join("network.log"))?;
        process.says("Ctrl-C ends it").await?;
        process.answers(&format!("http://127.0.0.1:{}/prices", port + 2)).await?;
        let description = Description::read(&folder.join("network.json"))?;
        let endpoints =
            Endpoints { rpc_urls: vec![description.rpc_url.clone()], websocket_url: description.ws_url.clone() };
        let rpc = Rpc::new(&endpoints);
        let exchange = ballast_network::endpoints::address(&description.exchange)?;
        let feed = Feed::start(rpc.clone(), &endpoints, exchange, FeedOptions::default()).await?;
        let submitter = Submitter::new(rpc.clone(), SubmitterOptions::default());
        Ok(Self { _process: process, folder, port, description, rpc, feed, submitter })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that describes it.
    pub fn description_file(&self) -> String {
        self.folder.join("network.json").display().to_string()
    }

    /// Ports for services beside it: so many after its own.
    pub fn service_port(&self, offset: u16) -> u16 {
        self.port + 3 + offset
    }

    /// The file with somebody's key.
    pub fn key_file(&self, name: &str) -> String {
        self.folder.join("keys").join(format!("{name}.json")).display().to_string()
    }

    /// Somebody's key.
    ///
    /// # Errors
    /// If nobody has that name.
    pub fn key(&self, name: &str) -> Result<Keypair> {
        keys::read(Path::new(&self.key_file(name)))
    }

    /// Somebody's margin account.
    ///
    /// # Errors
    /// If nobody has that name.
    pub fn account_key(&self, name: &str) -> Result<MarginAccountKey> {
        Ok(MarginAccountKey {
            exchange: self.feed.view().snapshot.address,
            owner: self.key(name)?.pubkey(),
            sub_account: 0,
        })
    }

    /// Somebody's margin account as it is on chain.
    ///
    /// # Errors
    /// If there is none.
    pub async fn account(&self, name: &str) -> Result<MarginAccount> {
        let address = self.account_key(name)?.address();
        let data = self.rpc.account(&address).await?.with_context(|| format!("{name} has no account"))?;
        Ok(ballast_client::accounts::read_margin_account(&data)?)
    }

    /// A market as it is on chain.
    ///
    /// # Errors
    /// If there is none.
    pub async fn market(&self, name: &str) -> Result<Market> {
        let view = self.feed.view();
        let address = view.snapshot.market_address(number_of(&view, name)?);
        let data = self.rpc.account(&address).await?.with_context(|| format!("there is no market {name}"))?;
        Ok(ballast_client::accounts::read_market(&data)?)
    }

    /// Number of a market.
    ///
    /// # Errors
    /// If there is none.
    pub fn market_number(&self, name: &str) -> Result<u16> {
        number_of(&self.feed.view(), name)
    }

    /// The market as the feed knows it.
    ///
    /// # Errors
    /// If there is none.
    pub fn known_market(&self, name: &str) -> Result<Market> {
        let view = self.feed.view();
        let number = number_of(&view, name)?;
        view.snapshot.market(number).copied().with_context(|| format!("there is no market {name}"))
    }

    /// Holds prices of the price server, USD.
    ///
    /// # Errors
    /// If it refuses.
    pub async fn hold(&self, prices: &[(&str, f64)]) -> Result<()> {
        self.tell("prices", prices).await
    }

    /// Quotes volatilities to publishers.
    ///
    /// # Errors
    /// If the price server refuses.
    pub async fn quote(&self, volatilities: &[(&str, f64)]) -> Result<()> {
        self.tell("quotes", volatilities).await
    }

    async fn tell(&self, what: &str, values: &[(&str, f64)]) -> Result<()> {
        let body: serde_json::Map<_, _> =
            values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let url = format!("http://127.0.0.1:{}/{what}", self.port + 2);
        reqwest::Client::new().post(url).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Moves the network's clock forward.
    ///
    /// # Errors
    /// If the network refuses.
    pub async fn travel_to(&self, unix_seconds: i64) -> Result<()> {
        self.cheat("surfnet_timeTravel", json!([{ "absoluteTimestamp": unix_seconds * 1_000 }])).await
    }

    /// Has the network do what no other node does.
    pub(crate) async fn cheat(&self, method: &str, parameters: serde_json::Value) -> Result<()> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let answer = reqwest::Client::new().post(&self.description.rpc_url).json(&body).send().await?;
        let answer: serde_json::Value = answer.json().await?;
        anyhow::ensure!(answer.get("error").is_none(), "{method} is refused: {answer}");
        Ok(())
    }

    /// Sends instructions that somebody signs and pays for.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(
        &self,
        signers: &[&Keypair],
        instructions: Vec<anchor_lang::solana_program::instruction::Instruction>,
        compute_units: u32,
    ) -> Result<Landed, SendError> {
        let tables = self.description.lookup_table.as_ref().and_then(|text| text.parse::<Pubkey>().ok());
        let tables: Vec<Pubkey> = tables.into_iter().collect();
        let draft = Draft { label: "test", instructions, compute_units, signers, lookup_tables: &tables };
        self.submitter.send(draft).await
    }

    /// Trades between two of the network's traders, at the marks, with prices refreshed first.
    ///
    /// # Errors
    /// If the program refuses.
    pub async fn trade(&self, taker: &str, maker: &str, market: &str, legs: &[Leg]) -> Result<Landed> {
        let view = self.feed.view();
        let number = number_of(&view, market)?;
        let listed = self.market(market).await?;
        let legs: Vec<TradeLeg> = legs.iter().map(|leg| leg.at_mark(&listed, view.now)).collect::<Result<_>>()?;
        let accounts = [self.account(taker).await?, self.account(maker).await?];
        let check = CheckAccounts::of(&[&accounts[0], &accounts[1]]).touching([number]).metas(&view.snapshot)?;
        let keys = [self.account_key(taker)?, self.account_key(maker)?];
        let units = cost::match_orders([&accounts[0], &accounts[1]], legs.len());
        let priced: Vec<_> = view
            .snapshot
            .markets()
            .map(|(address, it)| oracle::priced_market(address, it))
            .chain(view.snapshot.banks().map(|(address, it)| oracle::priced_bank(address, it)))
            .collect();
        let refresh = instructions::refresh(view.snapshot.address, &priced, true);
        let trade = instructions::trade(&keys[0], &keys[1], legs, check);
        let signers = [self.key(taker)?, self.key(maker)?];
        let units = units.saturating_add(cost::refresh(priced.len())).min(cost::MOST);
        Ok(self.send(&[&signers[0], &signers[1]], vec![refresh, trade], units).await?)
    }
}

impl Drop for LocalNetwork {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Leg {
    fn at_mark(&self, market: &Market, now: i64) -> Result<TradeLeg> {
        let (contract, quantity) = match *self {
            Self::Perpetual(lots) => (Contract::PERPETUAL, lots),
            Self::Option(kind, expiry, per_cent, lots) => (option(market, kind, expiry, per_cent)?, lots),
        };
        let listed = contract.find(market)?;
        let price = listed.mark(market, now)?.price;
        Ok(TradeLeg { market: market.number, contract, quantity, price })
    }
}

/// The option whose strike is nearest to a share of the index.
fn option(market: &Market, kind: OptionKind, expiry: usize, per_cent: u64) -> Result<Contract> {
    let mut expiries: Vec<(usize, i64)> = market
        .expiries
        .iter()
        .enumerate()
        .filter(|(_, it)| it.number != 0)
        .map(|(slot, it)| (slot, it.expires_at))
        .collect();
    expiries.sort_by_key(|it| it.1);
    let (slot, _) = *expiries.get(expiry).context("there are fewer expiries")?;
    let wanted = market.price / 100 * per_cent;
    let listed = market
        .series
        .iter()
        .enumerate()
        .filter(|(_, it)| it.number != 0 && usize::from(it.expiry_slot) == slot && it.kind() == kind);
    let (place, series) = listed.min_by_key(|(_, it)| it.strike.abs_diff(wanted)).context("no option is listed")?;
    let kind =
        if kind == OptionKind::Call { ballast_state::PositionKind::Call } else { ballast_state::PositionKind::Put };
    Ok(Contract { kind: kind as u8, slot: place as u8, number: series.number })
}

fn number_of(view: &View, name: &str) -> Result<u16> {
    let found = view
        .snapshot
        .markets()
        .find(|(_, market)| String::from_utf8_lossy(&market.name).trim_end_matches('\0') == name);
    found.map(|(_, market)| market.number).with_context(|| format!("there is no market {name}"))
}

/// The first of some free ports in a row. Each is given once in a process: networks that start at the same time would all find the same
/// ones free.
fn free_ports() -> Result<u16> {
    // Processes that run side by side begin at places of their own.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let blocks = u32::from((LAST_PORT - FIRST_PORT) / PORTS);
    let start = std::process::id();
    for _ in 0..blocks {
        let block = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % blocks;
        let first = FIRST_PORT + block as u16 * PORTS;
        if (first..first + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return Ok(first);
        }
    }
    anyhow::bail!("no {PORTS} ports in a row are free from {FIRST_PORT} to {LAST_PORT}")
}
