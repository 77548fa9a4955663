//! Accounts below maintenance margin: liquidated to their target, by one keeper, by two, across a restart.

use anyhow::{Context as _, Result};
use ballast_client::liquidation::Valuer;
use ballast_network_rig::{LocalNetwork, until};
use ballast_risk::MicroUsd;
use ballast_state::revaluation::{Purpose, Sources};

use crate::stage::{Keeper, leverage, metric, network};

/// Whether carol's liquidation has begun and is over: her account as the chain holds it, at prices that have fallen.
async fn is_restored(network: &LocalNetwork) -> Result<bool> {
    let view = network.feed.view();
    let sol = view.snapshot.market(network.market_number("SOL")?).context("there is SOL")?;
    if sol.price > 160 * 10_u64.pow(u32::from(sol.price_decimals)) {
        return Ok(false);
    }
    // Read after the prices: an account of before the fall at prices of after it is below maintenance margin.
    let account = network.account("carol").await?;
    let valuer = Valuer::new(&view.snapshot, view.moment(Purpose::View));
    let Some(margin) = valuer.margin(&account) else { return Ok(false) };
    Ok(account.liquidation_started_slot == 0 && margin.maintenance_excess >= MicroUsd::ZERO)
}

#[tokio::test]
async fn a_fall_is_answered_until_the_target_is_reached() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let keeper = Keeper::all(&network, 0);
    let process = keeper.start().await?;
    let equity = network.account("keeper").await?.cash;
    network.hold(&[("SOL", 160.0)]).await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    let own = network.account("keeper").await?;
    assert!(own.position_count > 0, "the keeper took something over: {}", process.said());
    assert!(own.cash != equity);
    let legs = metric(&keeper.url(), "ballast_liquidations_total{plan=\"legs\"}").await?;
    let slices = metric(&keeper.url(), "ballast_liquidations_total{plan=\"slice\"}").await?;
    let collateral = metric(&keeper.url(), "ballast_liquidations_total{plan=\"collateral\"}").await?;
    assert!(legs + slices + collateral >= 1.0);
    assert!(metric(&keeper.url(), "ballast_liquidation_profit_micro_usd_total").await? > 0.0);
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn two_keepers_share_the_work_and_neither_minds_losing_the_race() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let keepers = [Keeper::all(&network, 0), Keeper::all(&network, 1)];
    let [one, other] = [keepers[0].start().await?, keepers[1].start().await?];
    network.hold(&[("SOL", 160.0)]).await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    for keeper in &keepers {
        until("both to be well", || async {
            Ok(reqwest::get(format!("{}/health", keeper.url())).await?.status().is_success())
        })
        .await?;
    }
    assert!(one.end().await? && other.end().await?);
    Ok(())
}

#[tokio::test]
async fn a_keeper_that_was_killed_goes_on_where_it_stood() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let keeper = Keeper::all(&network, 0);
    let process = keeper.start().await?;
    network.hold(&[("SOL", 160.0)]).await?;
    process.says("liquidated").await?;
    process.kill().await?;
    let again = keeper.start().await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    assert!(again.end().await?);
    Ok(())
}

#[tokio::test]
async fn what_passes_the_inventory_limits_is_left_to_others() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let limits = [("BALLAST_KEEPER_LIQUIDATE__MOST_DELTA", "1"), ("BALLAST_KEEPER_LIQUIDATE__MOST_VEGA", "1")];
    let keeper = Keeper::all(&network, 0);
    let process = keeper.start_with(&limits).await?;
    network.hold(&[("SOL", 150.0)]).await?;
    until("the account to be found", || async {
        Ok(metric(&keeper.url(), "ballast_accounts{tier=\"partial\"}").await?
            + metric(&keeper.url(), "ballast_accounts{tier=\"accelerated\"}").await?
            >= 1.0)
    })
    .await?;
    // Selling collateral for cash brings no delta in a market: it is all that fits.
    assert_eq!(metric(&keeper.url(), "ballast_liquidations_total{plan=\"legs\"}").await?, 0.0);
    assert_eq!(metric(&keeper.url(), "ballast_liquidations_total{plan=\"slice\"}").await?, 0.0);
    assert_eq!(network.account("keeper").await?.position_count, 0);
    assert!(process.end().await?);
    Ok(())
}
