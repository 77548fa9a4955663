//! How every account stands, computed natively whenever prices or accounts have changed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use anchor_lang::prelude::Pubkey;
use anyhow::Result;
use ballast_client::{Snapshot, liquidation::Valuer};
use ballast_network::View;
use ballast_risk::{Margin, MicroUsd, margin::Tier};
use ballast_state::{MarginAccount, revaluation::Purpose};
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;

use crate::Context;

/// Names of the tiers in metrics, in their order.
const TIERS: [&str; 5] = ["healthy", "close-only", "partial", "accelerated", "bankrupt"];
/// From one survey to the next where it serves the metrics alone.
const WATCHING: Duration = Duration::from_secs(5);

/// An account that may be liquidated.
pub struct Distressed {
    /// Its address.
    pub address: Pubkey,
    /// The account.
    pub account: Arc<MarginAccount>,
    /// Its margin at the index.
    pub margin: Margin,
    /// Its equity at the prices that favour it, where some are in dispute.
    pub undisputed_equity: MicroUsd,
}

/// How accounts stand. Those that a dispute about a price protects, and those that cannot be valued, are in neither list.
#[derive(Default)]
pub struct Survey {
    /// Who may be liquidated, the deepest in distress first, whoever is bankrupt last.
    pub distressed: Vec<Distressed>,
    /// Who is on record as an open bankruptcy and not below maintenance margin.
    pub recovered: Vec<(Pubkey, Arc<MarginAccount>)>,
}

/// Values all accounts, and tells the metrics.
pub fn survey(view: &View, fresh: &Snapshot) -> Survey {
    let started = std::time::Instant::now();
    let moment = view.moment(Purpose::Liquidation);
    let valuer = Valuer::new(fresh, moment);
    let mut found = Survey::default();
    let mut counts = [0_u32; TIERS.len()];
    let mut least: Option<i64> = None;
    let mut unvalued = 0_u32;
    for (&address, account) in &view.accounts {
        let margin = match valuer.try_margin(account) {
            Ok(margin) => margin,
            Err(refusal) => {
                debug!(account = %address, %refusal, "cannot be valued");
                unvalued += 1;
                continue;
            }
        };
        counts[margin.tier() as usize] += 1;
        if !account.positions().is_empty() {
            least = Some(least.map_or(margin.maintenance_excess.0, |it| it.min(margin.maintenance_excess.0)));
        }
        if margin.maintenance_excess < MicroUsd::ZERO || account.liquidation_started_slot != 0 {
            let Ok(judged) = fresh.liquidation_margin(account, moment) else { continue };
            if !judged.is_protected() {
                let undisputed_equity = judged.undisputed_equity();
                found.distressed.push(Distressed { address, account: account.clone(), margin, undisputed_equity });
            }
        } else if account.is_bankrupt != 0 {
            found.recovered.push((address, account.clone()));
        }
    }
    found.distressed.sort_by_key(|it| (it.margin.tier() == Tier::Bankrupt, it.margin.maintenance_excess));
    for (count, name) in counts.into_iter().zip(TIERS) {
        metrics::gauge!("ballast_accounts", "tier" => name).set(f64::from(count));
    }
    metrics::gauge!("ballast_accounts_unvalued").set(f64::from(unvalued));
    if let Some(least) = least {
        metrics::gauge!("ballast_least_maintenance_excess_micro_usd").set(least as f64);
    }
    metrics::histogram!("ballast_survey_seconds").record(started.elapsed());
    found
}

/// Surveys for the sake of the metrics, where no role does.
///
/// # Errors
/// Never, while the process runs.
pub async fn watch(context: Arc<Context>) -> Result<Infallible> {
    let mut ticks = interval(WATCHING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let view = context.feed.view();
        if view.is_live {
            let prices = context.prices.borrow().clone();
            survey(&view, &prices.fresh);
        }
    }
}
