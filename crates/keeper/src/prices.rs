//! What the price accounts say, before anybody has brought it into the exchange.
//!
//! The program's own reader and the program's own rules make of a publication what a refresh would make of it, so that margins are
//! known at the new prices before a transaction is sent.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use ballast_client::{
    Priced, Snapshot,
    oracle::{self, Listing},
};
use ballast_network::View;
use ballast_state::revaluation::Sources;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, warn};

use crate::Context;

/// A market or bank whose price account has news.
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
    /// Whose publication is newer than the exchange's.
    pub news: BTreeSet<News>,
    /// When they were read.
    pub seen_at: Instant,
}

impl Prices {
    /// The prices that the exchange holds.
    pub fn held(view: &View) -> Self {
        Self { fresh: view.snapshot.clone(), news: BTreeSet::new(), seen_at: Instant::now() }
    }

    /// What of these markets and banks has news, with their price accounts.
    pub fn stale_among(
        &self,
        markets: impl IntoIterator<Item = u16>,
        banks: impl IntoIterator<Item = u16>,
    ) -> Vec<Priced> {
        let wanted = markets.into_iter().map(News::Market).chain(banks.into_iter().map(News::Bank));
        wanted.filter(|it| self.news.contains(it)).filter_map(|it| self.priced(it)).collect()
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
                context.health.report(PART, Ok(()));
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
    let mut prices = Prices::held(view);
    let markets: Vec<(u16, Pubkey)> =
        view.snapshot.markets().map(|(_, market)| (market.number, oracle::price_account(&market.oracle))).collect();
    let banks: Vec<(u16, Pubkey)> =
        view.snapshot.banks().map(|(_, bank)| (bank.number, oracle::price_account(&bank.oracle))).collect();
    let addresses: Vec<Pubkey> = markets.iter().chain(&banks).map(|(_, address)| *address).collect();
    let mut accounts = context.rpc.owned_accounts(&addresses).await?.into_iter();
    let (exchange, now, slot) = (view.snapshot.exchange.clone(), view.now, view.slot);
    for ((number, address), account) in markets.iter().zip(accounts.by_ref()) {
        let Some((owner, mut data)) = account else { continue };
        let Some(market) = prices.fresh.market_mut(*number) else { continue };
        let read = oracle::publication(&exchange, Listing::Market(market), (address, &owner, &mut data), now);
        let Some(publication) = read.filter(|it| it.publish_time > market.publish_time) else { continue };
        market.accrue_funding(&exchange.parameters.funding_rules(), now);
        match market.accept_price(&publication, slot, &exchange.parameters) {
            Ok(_) => {
                prices.news.insert(News::Market(*number));
            }
            Err(error) => debug!(market = number, %error, "a publication is not taken"),
        }
    }
    for ((number, address), account) in banks.iter().zip(accounts) {
        let Some((owner, mut data)) = account else { continue };
        let Some(bank) = prices.fresh.bank_mut(*number) else { continue };
        let read = oracle::publication(&exchange, Listing::Bank(bank), (address, &owner, &mut data), now);
        let Some(publication) = read.filter(|it| it.publish_time > bank.publish_time) else { continue };
        bank.accept_price(&publication, slot, &exchange.parameters);
        prices.news.insert(News::Bank(*number));
    }
    metrics::gauge!("ballast_prices_with_news").set(prices.news.len() as f64);
    Ok(prices)
}
