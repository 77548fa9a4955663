//! How every account stands, computed natively whenever prices or accounts have changed.

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use ballast_client::{Snapshot, liquidation::Valuer};
use ballast_network::View;
use ballast_risk::{Margin, MicroUsd, margin::Tier};
use ballast_state::{
    MarginAccount,
    revaluation::{Moment, Purpose},
};
use tracing::debug;

/// Names of the tiers in metrics, in their order.
const TIERS: [&str; 5] = ["healthy", "close-only", "partial", "accelerated", "bankrupt"];

/// An account that may be liquidated.
pub struct Distressed {
    /// Its address.
    pub address: Pubkey,
    /// The account.
    pub account: Arc<MarginAccount>,
    /// Its margin at the index.
    pub margin: Margin,
}

/// Values all accounts. Returns those that may be liquidated, the deepest in distress first, whoever is bankrupt last.
pub fn survey(view: &View, fresh: &Snapshot) -> Vec<Distressed> {
    let started = std::time::Instant::now();
    let moment = view.moment(Purpose::Liquidation);
    let valuer = Valuer::new(fresh, moment);
    let mut found = Vec::new();
    let mut counts = [0_u32; TIERS.len()];
    let mut least: Option<i64> = None;
    let mut unvalued = 0_u32;
    for (address, account) in &view.accounts {
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
        let is_open = margin.maintenance_excess < MicroUsd::ZERO || account.liquidation_started_slot != 0;
        if is_open && !is_protected(fresh, account, moment) {
            found.push(Distressed { address: *address, account: account.clone(), margin });
        }
    }
    found.sort_by_key(|it| (it.margin.tier() == Tier::Bankrupt, it.margin.maintenance_excess));
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

/// Whether a dispute about a price keeps an account from being liquidated.
fn is_protected(fresh: &Snapshot, account: &MarginAccount, moment: Moment) -> bool {
    fresh.liquidation_margin(account, moment).is_ok_and(|judged| judged.is_protected())
}
