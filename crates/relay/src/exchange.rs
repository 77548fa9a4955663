//! What all parts of the relay share.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result};
use ballast_network::{Feed, FeedOptions, Rpc, Submitter, SubmitterOptions, Target, View, keys, telemetry::Health};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::sync::{broadcast, watch};
use tracing::info;

use crate::{
    Settings,
    book::Book,
    interface::{Fill, RelayMessage},
    limits::Limits,
    makers::Makers,
    requests::{HeldQuote, Waiting},
    sweep,
};

/// Fills that are remembered.
const MOST_FILLS: usize = 10_000;
/// Events that a slow listener may be behind.
const MOST_BEHIND: usize = 1_024;
/// What `/health` calls the exchange.
const PART: &str = "exchange";
/// Without a report for so long it counts as ill.
const SILENCE: Duration = Duration::from_secs(10);
/// From one report to the next.
const LOOKING: Duration = Duration::from_millis(200);

/// A relay.
pub struct Relay {
    pub(crate) settings: Settings,
    pub(crate) target: Target,
    pub(crate) rpc: Rpc,
    pub(crate) feed: Feed,
    pub(crate) submitter: Submitter,
    pub(crate) wallet: Keypair,
    pub(crate) makers: Makers,
    pub(crate) limits: Arc<Limits>,
    /// Counts what was reserved in the book and is not any more.
    pub(crate) releases: watch::Sender<u64>,
    book: Mutex<Book>,
    quotes: Mutex<HashMap<String, HeldQuote>>,
    waiting: Mutex<HashMap<String, Waiting>>,
    fills: Mutex<VecDeque<Fill>>,
    events: broadcast::Sender<(Pubkey, RelayMessage)>,
    numbers: AtomicU64,
}

impl Relay {
    /// Reads the key, connects, reads the exchange.
    ///
    /// # Errors
    /// If the key cannot be read, the network cannot be reached, or there is no exchange.
    pub async fn new(settings: Settings) -> Result<Arc<Self>> {
        let target = settings.network.resolve()?;
        let wallet = keys::read(settings.key.as_deref().context("no key is named: give --key FILE")?)?;
        let rpc = Rpc::new(&target.endpoints);
        let feed = Feed::start(rpc.clone(), &target.endpoints, target.exchange, FeedOptions::default()).await?;
        let options = SubmitterOptions { priority_fee: settings.priority_fee, ..SubmitterOptions::default() };
        info!("exchange {}, {} pays", target.exchange, wallet.pubkey());
        let relay = Arc::new(Self {
            submitter: Submitter::new(rpc.clone(), options),
            makers: Makers::default(),
            limits: Limits::new(&settings),
            releases: watch::Sender::default(),
            settings,
            target,
            rpc,
            feed,
            wallet,
            book: Mutex::default(),
            quotes: Mutex::default(),
            waiting: Mutex::default(),
            fills: Mutex::default(),
            events: broadcast::Sender::new(MOST_BEHIND),
            // Numbers of an earlier run are not given again.
            numbers: AtomicU64::new(started_at()),
        });
        tokio::spawn(sweep::go_on(Arc::downgrade(&relay)));
        Ok(relay)
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.feed.view()
    }

    /// Reports whether the exchange is followed, for as long as there is a relay.
    pub fn report_to(self: &Arc<Self>, health: &Health) {
        health.expect(PART, SILENCE);
        let (health, watched) = (health.clone(), Arc::downgrade(self));
        tokio::spawn(async move {
            while let Some(relay) = watched.upgrade() {
                let is_live = relay.view().is_live;
                let state = if is_live { Ok(()) } else { Err("it is not followed: no subscription".to_owned()) };
                health.report(PART, state);
                tokio::time::sleep(LOOKING).await;
            }
        });
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Quotes that can be taken, by name.
    pub(crate) fn quotes(&self) -> MutexGuard<'_, HashMap<String, HeldQuote>> {
        self.quotes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests that wait for answers, by name.
    pub(crate) fn waiting(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name that was not given before.
    pub(crate) fn name(&self, kind: char) -> String {
        format!("{kind}{:x}", self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// Forgets the quotes of a maker's connection.
    pub(crate) fn drop_quotes(&self, maker: u64) {
        self.quotes().retain(|_, quote| quote.maker != maker);
    }

    /// Tells whoever listens for an account.
    pub(crate) fn tell(&self, account: Pubkey, message: RelayMessage) {
        // That nobody listens is no failure.
        let _ = self.events.send((account, message));
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<(Pubkey, RelayMessage)> {
        self.events.subscribe()
    }

    /// Remembers a fill, and tells both sides.
    pub(crate) fn note(&self, fill: Fill, accounts: [Pubkey; 2]) {
        metrics::counter!("ballast_relay_fills_total").increment(1);
        for account in accounts {
            self.tell(account, RelayMessage::Fill { fill: fill.clone() });
        }
        let mut fills = self.fills.lock().unwrap_or_else(PoisonError::into_inner);
        fills.push_back(fill);
        if fills.len() > MOST_FILLS {
            fills.pop_front();
        }
    }

    /// The last fills, of an account if one is named; newest first.
    pub(crate) fn fills(&self, account: Option<&str>, limit: usize) -> Vec<Fill> {
        let fills = self.fills.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked = |fill: &&Fill| account.is_none_or(|account| fill.taker == account || fill.maker == account);
        fills.iter().rev().filter(is_asked).take(limit).cloned().collect()
    }
}

fn started_at() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis() as u64)
}
