//! A network, a relay on it, and who trades there.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use ballast_client::{accounts, cost, instructions};
use ballast_network_rig::{LocalNetwork, Process};
use ballast_relay::{
    client::{self, RelayClient},
    interface::{MakerMessage, OrderOutcome, OrderSubmission, PackageLeg, Problem, RelayMessage},
};
use ballast_state::{Contract, Order, OrderLeg, OrderRecords, OrderRole, seeds};
use futures_util::{SinkExt, StreamExt};
use solana_signer::Signer;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// A network and a relay.
pub struct Stage {
    pub network: LocalNetwork,
    pub relay: Process,
    pub url: String,
    pub client: RelayClient,
}

impl Stage {
    /// Starts both; everybody who trades has order records.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// [`Stage::start`] with settings of the relay, as variables of its environment.
    pub async fn start_with(settings: &[(&str, &str)]) -> Result<Self> {
        let network = LocalNetwork::start("everything").await?;
        for name in ["alice", "bob", "maker", "keeper"] {
            let open = instructions::open_order_records(&network.account_key(name)?, network.key(name)?.pubkey());
            network.send(&[&network.key(name)?], vec![open], cost::OPEN_ORDER_RECORDS).await?;
        }
        let relay = start_relay(&network, &["--network", &network.description_file()], settings).await?;
        let url = format!("http://127.0.0.1:{}", network.service_port(0));
        Ok(Self { client: RelayClient::new(&url)?, network, relay, url })
    }

    /// The index of BTC, ticks.
    pub fn index(&self) -> Result<u64> {
        Ok(self.network.known_market("BTC")?.price)
    }

    /// What the chain remembers of somebody's orders.
    pub async fn records(&self, name: &str) -> Result<OrderRecords> {
        let address = seeds::order_records(&self.network.account_key(name)?.address()).0;
        let data = self.network.rpc.account(&address).await?.with_context(|| format!("{name} has no order records"))?;
        Ok(accounts::read_order_records(&data)?)
    }

    /// An order of somebody for packages of so many lots of BTC's perpetual.
    pub async fn order(
        &self,
        name: &str,
        nonce: u64,
        role: OrderRole,
        ratio: i32,
        price: u64,
        size: u32,
    ) -> Result<Order> {
        let market = self.network.market_number("BTC")?;
        Ok(Order {
            domain: self.records(name).await?.domain,
            exchange: self.network.feed.view().snapshot.address,
            account: self.network.account_key(name)?.address(),
            nonce,
            expires_at: self.network.feed.view().now + 60,
            maximum_fee: u64::MAX,
            size,
            minimum_fill: 1,
            role,
            is_reduce_only: false,
            claims_rebates: false,
            counterparty: None,
            net_limit: None,
            legs: vec![OrderLeg { market, contract: Contract::PERPETUAL, ratio, price }],
        })
    }

    /// Signs with somebody's key and sends.
    pub async fn submit(&self, signer: &str, order: &Order, quote: Option<&str>) -> Result<OrderOutcome> {
        self.client.submit(&self.network.key(signer)?, order, quote.map(str::to_owned)).await
    }

    /// Sends whatever it is; returns the problem's code.
    pub async fn refused(&self, submission: &OrderSubmission) -> Result<String> {
        let answer = reqwest::Client::new().post(format!("{}/v1/orders", self.url)).json(submission).send().await?;
        let status = answer.status();
        let body: serde_json::Value = answer.json().await?;
        ensure!(status.is_client_error(), "{status}: {body}");
        Ok(body["error"]["code"].as_str().context("there is no code")?.to_owned())
    }

    /// What the relay answers at a path.
    pub async fn ask(&self, path: &str) -> Result<serde_json::Value> {
        Ok(reqwest::get(format!("{}{path}", self.url)).await?.json().await?)
    }

    /// A metric of the relay, by name and labels as they are written; zero if it is not there.
    pub async fn metric(&self, name: &str) -> Result<u64> {
        let metrics = reqwest::get(format!("{}/metrics", self.url)).await?.text().await?;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        Ok(value.unwrap_or_default())
    }

    /// Lots of the perpetual that somebody holds.
    pub async fn held(&self, name: &str) -> Result<i64> {
        let account = self.network.account(name).await?;
        Ok(account.positions().iter().map(|position| position.quantity).sum())
    }

    /// The package that buys so many lots of BTC's perpetual.
    pub fn package(&self, ratio: i32) -> Result<Vec<PackageLeg>> {
        let market = self.network.market_number("BTC")?;
        Ok(vec![PackageLeg { market, contract: Contract::PERPETUAL.into(), ratio }])
    }
}

/// Starts a relay with these arguments beside where it listens and who pays, and these variables in its environment.
pub async fn start_relay(network: &LocalNetwork, args: &[&str], environment: &[(&str, &str)]) -> Result<Process> {
    let port = network.service_port(0);
    let mut all: Vec<String> = args.iter().map(ToString::to_string).collect();
    all.extend(["--listen".to_owned(), format!("127.0.0.1:{port}"), "--key".to_owned(), network.key_file("relay")]);
    let program = Path::new(env!("CARGO_BIN_EXE_ballast-relay"));
    let mut relay = Process::start_with(program, &all, environment, &network.folder().join("relay.log"))?;
    relay.answers(&format!("http://127.0.0.1:{port}/health")).await?;
    Ok(relay)
}

/// Starts a relay that asks the node at this address.
pub async fn start_relay_at(network: &LocalNetwork, node: &str) -> Result<Process> {
    let description = &network.description;
    let table = description.lookup_table.clone().unwrap_or_default();
    let args = ["--url", node, "--ws-url", &description.ws_url, "--exchange", &description.exchange];
    start_relay(network, &[&args[..], &["--lookup-table", &table]].concat(), &[]).await
}

/// A maker whose every word the test decides.
pub struct Maker {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Maker {
    /// Connects and says nothing.
    pub async fn open(stage: &Stage) -> Result<Self> {
        let (socket, _) = connect_async(format!("{}/v1/makers", stage.url.replacen("http", "ws", 1))).await?;
        Ok(Self { socket })
    }

    /// Connects as somebody, and is welcome.
    pub async fn connect(stage: &Stage, name: &str) -> Result<Self> {
        let mut maker = Self::open(stage).await?;
        let challenge = maker.hear().await?;
        let hello = client::hello(&stage.network.key(name)?, &stage.network.account_key(name)?, &challenge)?;
        maker.say(&hello).await?;
        let answer = maker.hear().await?;
        ensure!(matches!(answer, RelayMessage::Welcome), "{name} is not welcome: {answer:?}");
        Ok(maker)
    }

    /// Waits until it is told why the connection ends; then code and reason of the closing frame have to say so too.
    pub async fn closed(&mut self) -> Result<(Problem, u16)> {
        let problem = loop {
            if let RelayMessage::Refused { problem } = self.hear().await? {
                break problem;
            }
        };
        let frame = loop {
            match self.socket.next().await.context("the relay closed the connection without a word")?? {
                Message::Close(frame) => break frame.context("the closing frame is empty")?,
                _ => continue,
            }
        };
        let begin = format!("{}: ", problem.code);
        ensure!(frame.reason.starts_with(&begin), "{} does not begin with {begin}", frame.reason);
        Ok((problem, frame.code.into()))
    }

    /// Says something.
    pub async fn say(&mut self, message: &MakerMessage) -> Result<()> {
        Ok(self.socket.send(Message::Text(serde_json::to_string(message)?.into())).await?)
    }

    /// What it is told next.
    pub async fn hear(&mut self) -> Result<RelayMessage> {
        loop {
            let said = self.socket.next().await.context("the relay closed the connection")??;
            if let Message::Text(said) = said {
                return Ok(serde_json::from_str(&said)?);
            }
        }
    }

    /// Waits for a request and returns its name, the taker and the size.
    pub async fn request(&mut self) -> Result<(String, String, u32)> {
        loop {
            if let RelayMessage::Request { id, taker, size, .. } = self.hear().await? {
                return Ok((id, taker, size));
            }
        }
    }

    /// Answers a request with an order.
    pub async fn quote(&mut self, stage: &Stage, name: &str, request: String, order: &Order) -> Result<()> {
        let signed = client::sign(&stage.network.key(name)?, order, None)?;
        let OrderSubmission { message, signer, signature, .. } = signed;
        self.say(&MakerMessage::Quote { request, message, signer, signature }).await
    }
}
