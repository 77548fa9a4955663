//! An exchange and its accounts, as they change: a scan, then subscriptions, and a scan again whenever something may have been
//! missed.

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail};
use ballast_client::accounts;
use futures_util::StreamExt;
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::{
    config::{RpcAccountInfoConfig, RpcProgramAccountsConfig},
    filter::{Memcmp, RpcFilterType},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tracing::{info, warn};

use crate::{Endpoints, Rpc, View};

/// Where accounts of an exchange hold its address: after the discriminator.
const EXCHANGE_OFFSET: usize = 8;
/// How long opening a subscription may take.
const OPENING: Duration = Duration::from_secs(10);
/// The first pause before a broken subscription is opened again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Without an answer about the clock for so long, what is known counts as stale.
const STALE_AFTER: Duration = Duration::from_secs(15);

/// How a feed keeps up.
#[derive(Clone, Copy, Debug)]
pub struct FeedOptions {
    /// From one look at the network's clock to the next.
    pub clock_interval: Duration,
    /// From one scan of everything to the next, in case a notification was lost.
    pub scan_interval: Duration,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self { clock_interval: Duration::from_millis(400), scan_interval: Duration::from_secs(60) }
    }
}

/// An exchange that is followed until this is dropped.
pub struct Feed {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    view: RwLock<Arc<View>>,
    version: watch::Sender<u64>,
}

impl Feed {
    /// Scans an exchange, then follows it. Returns once everything was read.
    ///
    /// # Errors
    /// If the network cannot be reached, or there is no exchange at the address.
    pub async fn start(rpc: Rpc, endpoints: &Endpoints, exchange: Pubkey, options: FeedOptions) -> Result<Self> {
        let data = rpc.account(&exchange).await?.with_context(|| format!("there is no exchange at {exchange}"))?;
        let state = accounts::read_exchange(&data).with_context(|| format!("{exchange} is no exchange"))?;
        let shared = Arc::new(Shared {
            view: RwLock::new(Arc::new(View::new(exchange, state))),
            version: watch::Sender::new(0),
        });
        let follower =
            Follower { rpc, url: endpoints.websocket_url.clone(), exchange, options, shared: shared.clone() };
        follower.scan().await?;
        Ok(Self { shared, task: tokio::spawn(follower.follow()) })
    }

    /// What is known now.
    pub fn view(&self) -> Arc<View> {
        self.shared.view.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |view| view.clone())
    }

    /// Changes whenever the view does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.version.subscribe()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Changes the view; those who hold the one before keep it. `change` says whether anything is different.
    fn change(&self, change: impl FnOnce(&mut View) -> bool) {
        let mut held = match self.view.write() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        };
        let view = Arc::make_mut(&mut held);
        if change(view) {
            view.version += 1;
            self.version.send_replace(view.version);
        }
    }
}

struct Follower {
    rpc: Rpc,
    url: String,
    exchange: Pubkey,
    options: FeedOptions,
    shared: Arc<Shared>,
}

impl Follower {
    /// Reads everything.
    async fn scan(&self) -> Result<()> {
        let (slot, now) = self.rpc.moment().await?;
        let found = self.rpc.program_accounts(EXCHANGE_OFFSET, &self.exchange.to_bytes()).await?;
        let exchange = self.rpc.account(&self.exchange).await?.context("the exchange is gone")?;
        let addresses: Vec<Pubkey> = found.iter().map(|(address, _)| *address).collect();
        self.shared.change(|view| {
            view.take_in(self.exchange, &exchange);
            for (address, data) in &found {
                view.take_in(*address, data);
            }
            view.keep_only(&addresses);
            (view.slot, view.now) = (view.slot.max(slot), view.now.max(now));
            true
        });
        metrics::counter!("ballast_feed_scans_total").increment(1);
        Ok(())
    }

    async fn follow(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let opened_at = Instant::now();
            let error = match self.subscribe().await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            warn!("subscriptions to {} ended: {error:#}; opening them again", self.url);
            metrics::counter!("ballast_feed_reconnections_total").increment(1);
            self.set_live(false);
            if opened_at.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Opens subscriptions, scans what was missed before, and takes notifications until something breaks.
    async fn subscribe(&self) -> Result<std::convert::Infallible> {
        let client = timeout(OPENING, PubsubClient::new(&self.url)).await.context("no answer")??;
        let account_config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(CommitmentConfig::processed()),
            ..RpcAccountInfoConfig::default()
        };
        let config = RpcProgramAccountsConfig {
            filters: Some(vec![RpcFilterType::Memcmp(Memcmp::new_raw_bytes(
                EXCHANGE_OFFSET,
                self.exchange.to_bytes().to_vec(),
            ))]),
            account_config: account_config.clone(),
            ..RpcProgramAccountsConfig::default()
        };
        let (mut program, _end) = timeout(OPENING, client.program_subscribe(&ballast::ID, Some(config)))
            .await
            .context("the subscription was not answered")??;
        let (mut exchange, _end) = timeout(OPENING, client.account_subscribe(&self.exchange, Some(account_config)))
            .await
            .context("the subscription was not answered")??;
        self.scan().await?;
        info!("following {} at {}", self.exchange, self.url);
        let mut clock = interval(self.options.clock_interval);
        let mut scans = interval(self.options.scan_interval);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        scans.set_missed_tick_behavior(MissedTickBehavior::Delay);
        scans.reset();
        let mut answered_at = Instant::now();
        loop {
            tokio::select! {
                biased;
                notification = program.next() => {
                    let Some(notification) = notification else { bail!("the connection was closed") };
                    let address = crate::endpoints::address(&notification.value.pubkey)?;
                    let data = notification.value.account.data.decode().context("the data are not in base64")?;
                    self.shared.change(|view| view.take_in(address, &data));
                }
                notification = exchange.next() => {
                    let Some(notification) = notification else { bail!("the connection was closed") };
                    let data = notification.value.data.decode().context("the data are not in base64")?;
                    self.shared.change(|view| view.take_in(self.exchange, &data));
                }
                _ = clock.tick() => {
                    match self.rpc.moment().await {
                        Ok((slot, now)) => {
                            answered_at = Instant::now();
                            self.shared.change(|view| {
                                let is_news = (slot, now) != (view.slot, view.now) || !view.is_live;
                                (view.slot, view.now, view.is_live) = (slot, now, true);
                                is_news
                            });
                        }
                        Err(error) => {
                            warn!("the network's clock cannot be read: {error}");
                            if answered_at.elapsed() > STALE_AFTER {
                                self.set_live(false);
                            }
                        }
                    }
                }
                _ = scans.tick() => self.scan().await?,
            }
        }
    }

    fn set_live(&self, is_live: bool) {
        self.shared.change(|view| std::mem::replace(&mut view.is_live, is_live) != is_live);
    }
}
