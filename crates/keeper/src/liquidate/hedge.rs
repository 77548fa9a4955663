//! Trades away what was taken over: asks the relay for a quote of the perpetual that flattens the delta, and takes it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use ballast_network::View;
use ballast_relay::{
    client::{self, RelayClient},
    interface::{OrderStatus, PackageLeg},
};
use ballast_risk::MicroUsd;
use ballast_state::{
    Contract, Order, OrderLeg, OrderRole,
    revaluation::{Purpose, Sources, value_scale},
};
use tracing::{info, warn};

use crate::Context;

/// From one hedge to the next.
const INTERVAL: Duration = Duration::from_secs(3);
/// Seconds that an order of a hedge stands.
const STANDING: i64 = 60;

/// Trades inventory away, if there is a relay.
pub(super) struct Hedger {
    relay: Option<RelayClient>,
    domain: Option<[u8; 16]>,
    nonce: u64,
    again_at: Instant,
}

impl Hedger {
    /// Opens the account's order records if there is a relay and they are missing.
    ///
    /// # Errors
    /// If they cannot be opened.
    pub(super) async fn new(context: &Context) -> Result<Self> {
        let settings = &context.settings.liquidate;
        let relay = settings.relay.clone().or_else(|| context.target.relay_url.clone()).filter(|_| settings.hedge);
        let relay = relay.map(|url| RelayClient::new(&url)).transpose()?;
        let domain = match &relay {
            Some(_) => {
                client::order_domain(&context.rpc, &context.submitter, &context.wallet, &context.own_account()).await?
            }
            None => {
                info!("no relay: what is taken over is kept");
                None
            }
        };
        Ok(Self { relay, domain, nonce: 0, again_at: Instant::now() })
    }

    /// Flattens the delta of each market that has more than is left alone. What fails is tried again later.
    pub(super) async fn round(&mut self, context: &Arc<Context>, view: &View, fresh: &ballast_client::Snapshot) {
        let (Some(relay), Some(domain)) = (self.relay.clone(), self.domain) else { return };
        if Instant::now() < self.again_at || context.submitter.is_dry_run() {
            return;
        }
        let Some(own) = view.accounts.get(&context.own_account().address()) else { return };
        let least = context.settings.liquidate.least_hedge;
        for held in fresh.market_reports(own, view.moment(Purpose::View)).unwrap_or_default() {
            let (market, delta) = (held.market, held.delta);
            metrics::gauge!("ballast_inventory_delta_micro_usd", "market" => market.to_string()).set(delta as f64);
            if delta.unsigned_abs() <= least.unsigned_abs() {
                continue;
            }
            self.again_at = Instant::now() + INTERVAL;
            match self.hedge(context, view, fresh, &relay, domain, (market, delta)).await {
                Ok(Some(lots)) => info!(market, lots, "hedged with the perpetual"),
                Ok(None) => {}
                Err(error) => {
                    metrics::counter!("ballast_hedges_failed_total").increment(1);
                    warn!(market, "not hedged: {error:#}");
                }
            }
        }
    }

    async fn hedge(
        &mut self,
        context: &Arc<Context>,
        view: &View,
        fresh: &ballast_client::Snapshot,
        relay: &RelayClient,
        domain: [u8; 16],
        (number, delta): (u16, i64),
    ) -> Result<Option<i64>> {
        let market = fresh.market(number).context("the market is not known")?;
        let lots = lots_of(delta, value_scale(market)?.value_floor(1_000_000, market.price)?);
        let slippage = context.settings.liquidate.hedge_slippage_basis_points;
        let mark = market.perpetual_mark();
        let price =
            if lots > 0 { mark + mark / 10_000 * slippage } else { mark - (mark / 10_000 * slippage).min(mark) };
        let Some(ratio) = i32::try_from(lots).ok().filter(|&lots| lots != 0) else { return Ok(None) };
        let account = context.own_account().address();
        let leg = PackageLeg { market: number, contract: Contract::PERPETUAL.into(), ratio };
        let answer = relay.quotes(&account, vec![leg], 1).await?;
        let quote = answer.quotes.into_iter().next().context("nobody quotes")?;
        // Nonces count up across restarts.
        self.nonce = view.now.unsigned_abs().saturating_mul(1_000).max(self.nonce + 1);
        let order = Order {
            domain,
            exchange: context.target.exchange,
            account,
            nonce: self.nonce,
            expires_at: view.now + STANDING,
            maximum_fee: u64::MAX,
            size: 1,
            minimum_fill: 1,
            role: OrderRole::Taking,
            is_reduce_only: false,
            claims_rebates: false,
            counterparty: None,
            net_limit: None,
            legs: vec![OrderLeg { market: number, contract: Contract::PERPETUAL, ratio, price }],
        };
        let taken = relay.submit(&context.wallet, &order, Some(quote.id)).await?;
        anyhow::ensure!(taken.status == OrderStatus::Filled, "the order was not filled: {:?}", taken.refusal);
        metrics::counter!("ballast_hedges_total").increment(1);
        Ok(Some(lots))
    }
}

/// Lots of the perpetual that offset a delta, given what a million lots are worth.
fn lots_of(delta: i64, value_of_a_million: MicroUsd) -> i64 {
    let lots = -i128::from(delta) * 1_000_000 / i128::from(value_of_a_million.0.max(1));
    i64::try_from(lots).unwrap_or_default()
}
