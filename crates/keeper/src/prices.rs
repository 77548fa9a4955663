//! What the price accounts say, before anybody has brought it into the exchange.
//!
//! The program's own reader and the program's own rules make of a publication what a refresh would make of it, so that margins are
//! known at the new prices before a transaction is sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use ballast_client::{
    Priced, Snapshot,
    oracle::{self, PriceAccount, Refreshed},
};
use ballast_network::View;
use ballast_state::revaluation::Sources;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};

use crate::Context;

/// Owners and bytes of price accounts.
pub type PriceAccounts = BTreeMap<Pubkey, (Pubkey, Vec<u8>)>;

/// A market or bank, as something that price accounts speak of.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// A market, by number.
    Market(u16),
    /// A bank, by number.
    Bank(u16),
}

/// Prices as of one look.
pub struct Prices {
    /// The exchange as it would be with every publication brought in.
    pub fresh: Snapshot,
    /// Whose publication, or that of the second source, is newer than the exchange's.
    pub news: BTreeSet<News>,
    /// Whose publication the exchange holds, but refreshed so long ago that checks refuse it soon.
    pub lapsed: BTreeSet<News>,
    /// Whose last publication that could be taken is too old for liquidations: nobody can do anything about it.
    pub silent: BTreeSet<News>,
    /// When they were read.
    pub seen_at: Instant,
}

impl Prices {
    /// The prices that the exchange holds.
    pub fn held(held: &Snapshot) -> Self {
        Self {
            fresh: held.clone(),
            news: BTreeSet::new(),
            lapsed: BTreeSet::new(),
            silent: BTreeSet::new(),
            seen_at: Instant::now(),
        }
    }

    /// What the price accounts make of the exchange, as it is held, at a moment (Unix seconds, slot).
    pub fn read(held: &Snapshot, accounts: &PriceAccounts, (now, slot): (i64, u64)) -> Self {
        let account = |address: Pubkey| -> Option<PriceAccount<'_>> {
            accounts.get_key_value(&address).map(|(address, (owner, data))| (address, owner, data.as_slice()))
        };
        let mut prices = Self::held(held);
        let exchange = &held.exchange;
        // Half of what a check takes: time passes until a transaction lands.
        let oldest_slot = slot.saturating_sub(u64::from(exchange.parameters.mark_age_slots) / 2);
        let oldest_time = now.saturating_sub(i64::from(exchange.parameters.liquidation_oracle_age));
        for (address, market) in held.markets() {
            let Priced { oracle, second_oracle, .. } = oracle::priced_market(address, market);
            let Some(fresh) = prices.fresh.market_mut(market.number) else { continue };
            let refreshed = account(oracle).map_or(Refreshed::Refused, |first| {
                oracle::refresh_market(exchange, fresh, first, second_oracle.and_then(account), (now, slot))
            });
            let is_silent = fresh.publish_time < oldest_time;
            prices.note(News::Market(market.number), refreshed, market.refreshed_slot < oldest_slot, is_silent);
        }
        for (_, bank) in held.banks() {
            let Some(fresh) = prices.fresh.bank_mut(bank.number) else { continue };
            let refreshed = account(oracle::price_account(&bank.oracle))
                .map_or(Refreshed::Refused, |first| oracle::refresh_bank(exchange, fresh, first, (now, slot)));
            let is_silent = fresh.publish_time < oldest_time;
            prices.note(News::Bank(bank.number), refreshed, bank.refreshed_slot < oldest_slot, is_silent);
        }
        prices
    }

    fn note(&mut self, whose: News, refreshed: Refreshed, is_lapsed: bool, is_silent: bool) {
        match refreshed {
            Refreshed::News => {
                self.news.insert(whose);
            }
            Refreshed::Confirmed if is_lapsed => {
                self.lapsed.insert(whose);
            }
            Refreshed::Confirmed => {}
            Refreshed::Refused => debug!(?whose, "a publication is not taken"),
        }
        if is_silent {
            self.silent.insert(whose);
        }
    }

    /// What of these markets and banks has to be refreshed for a check at these prices, with their price accounts.
    pub fn stale_among(
        &self,
        markets: impl IntoIterator<Item = u16>,
        banks: impl IntoIterator<Item = u16>,
    ) -> Vec<Priced> {
        let wanted = markets.into_iter().map(News::Market).chain(banks.into_iter().map(News::Bank));
        wanted
            .filter(|it| self.news.contains(it) || self.lapsed.contains(it))
            .filter_map(|it| self.priced(it))
            .collect()
    }

    /// A market or bank with its price accounts.
    pub fn priced(&self, news: News) -> Option<Priced> {
        match news {
            News::Market(number) => {
                let address = self.fresh.market_address(number);
                self.fresh.market(number).map(|market| oracle::priced_market(address, market))
            }
            News::Bank(number) => {
                let address = self.fresh.bank_address(number)?;
                self.fresh.bank(number).map(|bank| oracle::priced_bank(address, bank))
            }
        }
    }
}

/// Looks at the price accounts again and again. Whoever subscribes to `context.prices` is told of every publication.
///
/// # Errors
/// Never, while the process runs.
pub async fn watch(context: Arc<Context>) -> Result<std::convert::Infallible> {
    const PART: &str = "prices";
    context.health.expect(PART, std::time::Duration::from_secs(30));
    let mut ticks = interval(context.settings.price_interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let view = context.feed.view();
        match look(&context, &view).await {
            Ok(prices) => {
                context.health.report(PART, state_of(&prices));
                if prices.news.is_empty() {
                    // Held prices may have moved by somebody else's refresh; nobody has to be woken for that.
                    context.prices.send_if_modified(|held| {
                        *held = Arc::new(prices);
                        false
                    });
                } else {
                    context.prices.send_replace(Arc::new(prices));
                }
            }
            Err(error) => {
                warn!("the price accounts cannot be read: {error:#}");
                context.health.report(PART, Err(format!("{error:#}")));
            }
        }
    }
}

async fn look(context: &Context, view: &View) -> Result<Prices> {
    let mut addresses = BTreeSet::new();
    for (address, market) in view.snapshot.markets() {
        let Priced { oracle, second_oracle, .. } = oracle::priced_market(address, market);
        addresses.extend([Some(oracle), second_oracle].into_iter().flatten());
    }
    addresses.extend(view.snapshot.banks().map(|(_, bank)| oracle::price_account(&bank.oracle)));
    let addresses: Vec<Pubkey> = addresses.into_iter().collect();
    let accounts = context.rpc.owned_accounts(&addresses).await?;
    let accounts = addresses.into_iter().zip(accounts).filter_map(|(at, account)| Some((at, account?))).collect();
    let prices = Prices::read(&view.snapshot, &accounts, (view.now, view.slot));
    metrics::gauge!("ballast_prices_with_news").set(prices.news.len() as f64);
    metrics::gauge!("ballast_prices_silent").set(prices.silent.len() as f64);
    Ok(prices)
}

/// What `/health` says of prices.
fn state_of(prices: &Prices) -> Result<(), String> {
    if prices.silent.is_empty() {
        return Ok(());
    }
    let name = |silent: &News| match *silent {
        News::Market(number) => prices.fresh.market(number).map_or_else(
            || format!("market {number}"),
            |market| String::from_utf8_lossy(&market.name).trim_end_matches('\0').to_owned(),
        ),
        News::Bank(number) => format!("bank {number}"),
    };
    let names: Vec<String> = prices.silent.iter().map(name).collect();
    Err(format!("nothing was published for too long of {}", names.join(", ")))
}
