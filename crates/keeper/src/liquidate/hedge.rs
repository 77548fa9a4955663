//! Trades away what was taken over: asks the relay for a quote of the perpetual that flattens the delta, and takes it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ballast_client::Snapshot;
use ballast_relay::{
    client::{self, RelayClient},
    interface::{OrderStatus, PackageLeg},
};
use ballast_risk::MicroUsd;
use ballast_state::{
    Contract, OrderLeg,
    revaluation::{Purpose, Sources, value_scale},
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tracing::{info, warn};

use crate::Context;

/// From one look at the inventory to the next.
const LOOKING: Duration = Duration::from_secs(1);
/// From the end of a market's hedge to its next one: by then the inventory shows what was traded.
const PAUSE: Duration = Duration::from_secs(3);
/// Seconds that an order of a hedge stands.
const STANDING: i64 = 60;

/// Starts hedging beside the liquidations, if there is a relay: a relay that is slow delays none of them. Opens the account's order
/// records if they are missing.
///
/// # Errors
/// If they cannot be opened.
pub(super) async fn start(context: &Arc<Context>) -> Result<JoinSet<()>> {
    let settings = &context.settings.liquidate;
    let mut tasks = JoinSet::new();
    let Some(url) = settings.relay.clone().or_else(|| context.target.relay_url.clone()).filter(|_| settings.hedge)
    else {
        info!("no relay: what is taken over is kept");
        return Ok(tasks);
    };
    let relay = RelayClient::new(&url)?;
    let key = context.own_account();
    // Without order records, as in a dry run, nothing can be ordered.
    if let Some(domain) = client::order_domain(&context.rpc, &context.submitter, &context.wallet, &key).await? {
        let hedger = Hedger { context: context.clone(), relay, domain, nonce: 0 };
        tasks.spawn(hedger.run());
    }
    Ok(tasks)
}

/// Trades inventory away.
struct Hedger {
    context: Arc<Context>,
    relay: RelayClient,
    domain: [u8; 16],
    nonce: u64,
}

impl Hedger {
    /// Flattens the delta of each market that has more than is left alone, one hedge of a market at a time. What fails is tried again
    /// later.
    async fn run(mut self) {
        let mut ticks = interval(LOOKING);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut under_way: FuturesUnordered<BoxFuture<'static, u16>> = FuturesUnordered::new();
        let mut busy = BTreeSet::new();
        let mut again_at = HashMap::new();
        loop {
            tokio::select! {
                Some(market) = under_way.next() => {
                    busy.remove(&market);
                    again_at.insert(market, Instant::now() + PAUSE);
                }
                _ = ticks.tick() => {
                    for (market, delta) in self.inventory() {
                        let is_due = again_at.get(&market).is_none_or(|again_at| *again_at <= Instant::now());
                        if is_due && busy.insert(market) {
                            under_way.push(self.begin(market, delta).boxed());
                        }
                    }
                }
            }
        }
    }

    /// Markets with more delta than is left alone, and the delta.
    fn inventory(&self) -> Vec<(u16, i64)> {
        let context = &self.context;
        let view = context.feed.view();
        let Some(own) = view.accounts.get(&context.own_account().address()) else { return Vec::new() };
        if !view.is_live || context.submitter.is_dry_run() {
            return Vec::new();
        }
        let prices = context.prices.borrow().clone();
        let held = prices.fresh.market_reports(own, view.moment(Purpose::View)).unwrap_or_default();
        let held: Vec<(u16, i64)> = held.into_iter().map(|it| (it.market, it.delta)).collect();
        for (market, delta) in &held {
            metrics::gauge!("ballast_inventory_delta_micro_usd", "market" => market.to_string()).set(*delta as f64);
        }
        let least = context.settings.liquidate.least_hedge.unsigned_abs();
        held.into_iter().filter(|(_, delta)| delta.unsigned_abs() > least).collect()
    }

    /// A hedge of a market's delta, which says what came of it and returns the market.
    fn begin(&mut self, market: u16, delta: i64) -> impl Future<Output = u16> + Send + use<> {
        let context = self.context.clone();
        let prices = context.prices.borrow().clone();
        // Nonces count up across restarts.
        self.nonce = context.feed.view().now.unsigned_abs().saturating_mul(1_000).max(self.nonce + 1);
        let hedge = Hedge { context, relay: self.relay.clone(), domain: self.domain, nonce: self.nonce, market, delta };
        async move {
            match hedge.trade(&prices.fresh).await {
                Ok(Some(lots)) => {
                    metrics::counter!("ballast_hedges_total").increment(1);
                    info!(market, lots, "hedged with the perpetual");
                }
                Ok(None) => {}
                Err(error) => {
                    metrics::counter!("ballast_hedges_failed_total").increment(1);
                    warn!(market, "not hedged: {error:#}");
                }
            }
            market
        }
    }
}

/// A hedge of one market.
struct Hedge {
    context: Arc<Context>,
    relay: RelayClient,
    domain: [u8; 16],
    nonce: u64,
    market: u16,
    delta: i64,
}

impl Hedge {
    /// Takes the best quote of the perpetual. Returns the lots bought; nothing if the delta is less than a lot.
    async fn trade(&self, fresh: &Snapshot) -> Result<Option<i64>> {
        let market = fresh.market(self.market).context("the market is not known")?;
        let lots = lots_of(self.delta, value_scale(market)?.value_floor(1_000_000, market.price)?);
        let slippage = self.context.settings.liquidate.hedge_slippage_basis_points;
        let mark = market.perpetual_mark();
        let price =
            if lots > 0 { mark + mark / 10_000 * slippage } else { mark - (mark / 10_000 * slippage).min(mark) };
        let Some(ratio) = i32::try_from(lots).ok().filter(|&lots| lots != 0) else { return Ok(None) };
        let own = self.context.own_account();
        let leg = PackageLeg { market: self.market, contract: Contract::PERPETUAL.into(), ratio };
        let answer = self.relay.quotes(&own.address(), vec![leg], 1).await?;
        let quote = answer.quotes.into_iter().next().context("nobody quotes")?;
        let leg = OrderLeg { market: self.market, contract: Contract::PERPETUAL, ratio, price };
        let expires_at = self.context.feed.view().now + STANDING;
        let order = client::taking_order(&own, self.domain, self.nonce, expires_at, vec![leg]);
        let taken = self.relay.submit(&self.context.wallet, &order, Some(quote.id)).await?;
        anyhow::ensure!(taken.status == OrderStatus::Filled, "the order was not filled: {:?}", taken.refusal);
        Ok(Some(lots))
    }
}

/// Lots of the perpetual that offset a delta, given what a million lots are worth.
fn lots_of(delta: i64, value_of_a_million: MicroUsd) -> i64 {
    let lots = -i128::from(delta) * 1_000_000 / i128::from(value_of_a_million.0.max(1));
    i64::try_from(lots).unwrap_or_default()
}
