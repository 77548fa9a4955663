//! What all parts of the relay share.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result};
use ballast_network::{Feed, FeedOptions, Rpc, Submitter, SubmitterOptions, Target, View, keys};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::sync::broadcast;
use tracing::info;

use crate::{
    Settings,
    book::Book,
    interface::{Fill, Problem, RelayMessage},
    makers::Makers,
    requests::Waiting,
    signed::{self, CheckedOrder},
};

/// Fills that are remembered.
const MOST_FILLS: usize = 10_000;
/// Events that a slow listener may be behind.
const MOST_BEHIND: usize = 1_024;
/// Accounts whose requests are counted.
const MOST_COUNTED: usize = 100_000;
/// From one sweep of the book to the next.
const SWEEPING: Duration = Duration::from_secs(5);

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Counted {
    /// Requests for quotes, which nobody signs.
    Request,
    /// Orders.
    Order,
}

/// A relay.
pub struct Relay {
    pub(crate) settings: Settings,
    pub(crate) target: Target,
    pub(crate) rpc: Rpc,
    pub(crate) feed: Feed,
    pub(crate) submitter: Submitter,
    pub(crate) wallet: Keypair,
    pub(crate) makers: Makers,
    book: Mutex<Book>,
    quotes: Mutex<HashMap<String, CheckedOrder>>,
    waiting: Mutex<HashMap<String, Waiting>>,
    fills: Mutex<VecDeque<Fill>>,
    counted: Mutex<HashMap<(Pubkey, Counted), (Instant, u32)>>,
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
            settings,
            target,
            rpc,
            feed,
            wallet,
            book: Mutex::default(),
            quotes: Mutex::default(),
            waiting: Mutex::default(),
            fills: Mutex::default(),
            counted: Mutex::default(),
            events: broadcast::Sender::new(MOST_BEHIND),
            // Numbers of an earlier run are not given again.
            numbers: AtomicU64::new(started_at()),
        });
        tokio::spawn(sweep(Arc::downgrade(&relay)));
        Ok(relay)
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.feed.view()
    }

    /// Whether the exchange is followed.
    pub fn is_live(&self) -> bool {
        self.feed.view().is_live
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn quotes(&self) -> MutexGuard<'_, HashMap<String, CheckedOrder>> {
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

    /// Counts what an account sends. Requests are anybody's, orders are signed: each has a count of its own.
    pub(crate) fn count(&self, account: &Pubkey, what: Counted) -> Result<(), Problem> {
        let most = self.settings.most_per_second;
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_COUNTED {
            counted.retain(|_, (since, _)| since.elapsed() < Duration::from_secs(1));
        }
        let (since, count) = counted.entry((*account, what)).or_insert((Instant::now(), 0));
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count += 1;
        if *count > most {
            return Err(Problem::new("tooMany", format!("more than {most} requests in a second")));
        }
        Ok(())
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

/// Takes orders out of the book that were cancelled, filled elsewhere, or have expired; forgets quotes that have expired.
async fn sweep(relay: std::sync::Weak<Relay>) {
    loop {
        tokio::time::sleep(SWEEPING).await;
        let Some(relay) = relay.upgrade() else { return };
        let now = relay.view().now;
        relay.quotes().retain(|_, quote| quote.order.expires_at > now);
        let orders = relay.book().all();
        for order in orders {
            match signed::left(&relay.rpc, &order, now).await {
                Ok(left) => relay.book().set_left(&order.id, left),
                Err(problem) if !problem.is_of_the_order() => break,
                Err(_) => relay.book().set_left(&order.id, 0),
            }
        }
        metrics::gauge!("ballast_relay_resting_orders").set(relay.book().len() as f64);
        metrics::gauge!("ballast_relay_makers").set(relay.makers.count() as f64);
    }
}
