//! The maker's side of the relay's conversation.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ballast_client::{MarginAccountKey, liquidation::Valuer};
use ballast_network::{Feed, FeedOptions, Rpc, Submitter, SubmitterOptions, Target, keys, telemetry::Health};
use ballast_relay::{
    client,
    interface::{MakerMessage, PackageLeg, RelayMessage},
};
use ballast_state::{
    Order, OrderLeg, OrderRole,
    revaluation::{Purpose, Sources},
};
use futures_util::{SinkExt, StreamExt};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::{
    net::TcpStream,
    time::{Instant, interval, sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use tracing::{debug, info, warn};

use crate::{
    Settings,
    pricing::{self, Declined, Wanted},
    standing::{Indices, Standing},
};

/// The first pause before a broken connection is opened again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// From one time that the relay is asked whether it is still there to the next.
const SILENCE: Duration = Duration::from_secs(15);
/// What `/health` calls the connection.
const PART: &str = "relay";

/// The connection to the relay.
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A market maker.
pub struct Trader {
    settings: Settings,
    target: Target,
    feed: Feed,
    key: Keypair,
    account: MarginAccountKey,
    domain: [u8; 16],
    relay: String,
    nonce: u64,
    standing: Standing,
}

impl Trader {
    /// Reads the key, connects, opens the account's order records if they are missing.
    ///
    /// # Errors
    /// If the key cannot be read, the network cannot be reached, or there is no margin account.
    pub async fn new(settings: Settings) -> Result<Self> {
        let target = settings.network.resolve()?;
        let key = keys::read(settings.key.as_deref().context("no key is named: give --key FILE")?)?;
        let relay = settings.relay.clone().or_else(|| target.relay_url.clone());
        let relay = relay.context("no relay is named: give --relay URL")?;
        let rpc = Rpc::new(&target.endpoints);
        let feed = Feed::start(rpc.clone(), &target.endpoints, target.exchange, FeedOptions::default()).await?;
        let account =
            MarginAccountKey { exchange: target.exchange, owner: key.pubkey(), sub_account: settings.sub_account };
        if !feed.view().accounts.contains_key(&account.address()) {
            bail!("{} has no margin account {}: open it and deposit", key.pubkey(), settings.sub_account);
        }
        let submitter = Submitter::new(rpc.clone(), SubmitterOptions::default());
        let domain = client::order_domain(&rpc, &submitter, &key, &account).await?;
        let domain = domain.context("the order records were opened, and are not there")?;
        // Nonces count up across restarts.
        let nonce = feed.view().now.unsigned_abs().saturating_mul(1_000);
        let standing = Standing::default();
        Ok(Self { settings, target, feed, key, account, domain, relay, nonce, standing })
    }

    /// Quotes until the process ends; a broken connection is opened again.
    ///
    /// # Errors
    /// Never.
    pub async fn quote(mut self, health: Health) -> Result<std::convert::Infallible> {
        health.expect(PART, 3 * SILENCE);
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.converse(&health, &mut pause).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            warn!("the relay at {}: {error:#}; trying again", self.relay);
            health.report(PART, Err(format!("{error:#}")));
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    async fn converse(&mut self, health: &Health, pause: &mut Duration) -> Result<std::convert::Infallible> {
        let address = format!("{}/v1/makers", self.relay.trim_end_matches('/').replacen("http", "ws", 1));
        let (mut socket, _) = connect_async(&address).await?;
        self.introduce(&mut socket).await?;
        info!("quoting for {} at {address}", self.account.address());
        health.report(PART, Ok(()));
        *pause = FIRST_PAUSE;
        // The relay drops the quotes of a connection that breaks.
        self.standing = Standing::default();
        let mut changes = self.feed.changes();
        let mut pulse = interval(SILENCE);
        let mut heard_at = Instant::now();
        loop {
            tokio::select! {
                said = hear(&mut socket) => {
                    let said = said?;
                    heard_at = Instant::now();
                    health.report(PART, Ok(()));
                    if let Some(answer) = said.map(|said| self.take(said)).transpose()?.flatten() {
                        socket.send(text(&answer)?).await?;
                    }
                }
                changed = changes.changed() => {
                    changed?;
                    self.withdraw(&mut socket).await?;
                }
                _ = pulse.tick() => {
                    anyhow::ensure!(heard_at.elapsed() < 3 * SILENCE, "it says nothing");
                    socket.send(Message::Ping(Vec::new().into())).await?;
                }
            }
        }
    }

    /// Shows the relay who it is, and waits until it is welcome.
    async fn introduce(&self, socket: &mut Socket) -> Result<()> {
        loop {
            let said = timeout(SILENCE, hear(socket)).await.context("it does not greet")??;
            match said {
                Some(RelayMessage::Welcome) => return Ok(()),
                Some(RelayMessage::Refused { problem }) => bail!("{} ({})", problem.message, problem.code),
                Some(challenge) => socket.send(text(&client::hello(&self.key, &self.account, &challenge)?)?).await?,
                None => {}
            }
        }
    }

    /// What the relay says. Returns what there is to answer.
    fn take(&mut self, said: RelayMessage) -> Result<Option<MakerMessage>> {
        match said {
            RelayMessage::Request { id, taker, legs, size, .. } => {
                return self.answer(id, &taker, &legs, size).map(Some);
            }
            RelayMessage::Fill { fill } => {
                metrics::counter!("ballast_maker_fills_total").increment(1);
                info!(taker = fill.taker, units = fill.units, signature = fill.signature, "filled");
            }
            RelayMessage::Refused { problem } if problem.code == "tooLate" => debug!("{}", problem.message),
            RelayMessage::Refused { problem } => warn!("refused: {} ({})", problem.message, problem.code),
            RelayMessage::Order { .. } | RelayMessage::Challenge { .. } | RelayMessage::Welcome => {}
        }
        Ok(None)
    }

    /// Takes back the quotes whose index has moved.
    async fn withdraw(&mut self, socket: &mut Socket) -> Result<()> {
        let view = self.feed.view();
        let index = |market| view.snapshot.market(market).filter(|_| view.is_live).map(|market| market.price);
        for request in self.standing.moved(view.now, self.settings.withdraw_basis_points, index) {
            debug!(request, "taken back");
            socket.send(text(&MakerMessage::Withdraw { request })?).await?;
            metrics::counter!("ballast_maker_withdrawn_total").increment(1);
        }
        Ok(())
    }

    fn answer(&mut self, request: String, taker: &str, legs: &[PackageLeg], size: u32) -> Result<MakerMessage> {
        match self.price(legs, size) {
            Ok((prices, indices)) => {
                metrics::counter!("ballast_maker_quotes_total").increment(1);
                let order = self.order(ballast_network::endpoints::address(taker)?, legs, &prices, size);
                let signed = client::sign(&self.key, &order, None)?;
                self.standing.add(request.clone(), order.expires_at, indices);
                Ok(MakerMessage::Quote {
                    request,
                    message: signed.message,
                    signer: signed.signer,
                    signature: signed.signature,
                })
            }
            Err(declined) => {
                metrics::counter!("ballast_maker_declined_total").increment(1);
                debug!(request, %declined, "declined");
                Ok(MakerMessage::Decline { request, reason: declined.to_string() })
            }
        }
    }

    /// Prices of legs, ticks, and the indices that they were made at.
    fn price(&self, legs: &[PackageLeg], size: u32) -> Result<(Vec<u64>, Indices), Declined> {
        let view = self.feed.view();
        if !view.is_live {
            return Err(Declined::NoMark);
        }
        let own = view.accounts.get(&self.account.address()).ok_or(Declined::Margin)?;
        let valuer = Valuer::new(&view.snapshot, view.moment(Purpose::Owner));
        let wanted = |leg: &PackageLeg| {
            let lots = i64::from(leg.ratio).checked_mul(i64::from(size)).ok_or(Declined::TooLarge)?;
            Ok(Wanted { market: leg.market, contract: leg.contract.into(), lots })
        };
        let wanted: Vec<Wanted> = legs.iter().map(wanted).collect::<Result<_, Declined>>()?;
        let prices = pricing::quote(&self.settings.pricing, &valuer, own, &wanted)?;
        let indices = legs.iter().filter_map(|leg| Some((leg.market, view.snapshot.market(leg.market)?.price)));
        Ok((prices, indices.collect()))
    }

    fn order(&mut self, taker: anchor_lang::prelude::Pubkey, legs: &[PackageLeg], prices: &[u64], size: u32) -> Order {
        self.nonce += 1;
        let offered = legs.iter().zip(prices).map(|(leg, &price)| OrderLeg {
            market: leg.market,
            contract: leg.contract.into(),
            ratio: -leg.ratio,
            price,
        });
        let mut offered: Vec<OrderLeg> = offered.collect();
        offered.sort_by_key(OrderLeg::key);
        Order {
            domain: self.domain,
            exchange: self.target.exchange,
            account: self.account.address(),
            nonce: self.nonce,
            expires_at: self.feed.view().now.saturating_add(self.settings.standing_seconds),
            maximum_fee: u64::MAX,
            size,
            minimum_fill: 1,
            role: OrderRole::Resting,
            is_reduce_only: false,
            claims_rebates: false,
            counterparty: Some(taker),
            net_limit: None,
            legs: offered,
        }
    }
}

/// What the relay says next; nothing if it only shows that it is there.
async fn hear(socket: &mut Socket) -> Result<Option<RelayMessage>> {
    match socket.next().await.context("it closed the connection")?? {
        Message::Text(said) => Ok(Some(serde_json::from_str(&said)?)),
        Message::Close(Some(frame)) => bail!("it closed the connection: {}", frame.reason),
        _ => Ok(None),
    }
}

fn text(message: &MakerMessage) -> Result<Message> {
    Ok(Message::Text(serde_json::to_string(message)?.into()))
}
