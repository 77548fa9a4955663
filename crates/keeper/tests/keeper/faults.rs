//! Nodes that fail: connections that drop, answers that are slow, errors.

use anyhow::Result;
use ballast_network_rig::{Fault, Gate, LocalNetwork, Proxy, until};
use serde_json::json;

use crate::stage::{Keeper, health, is_restored, leverage, metric, network, price};

/// A keeper that reaches its network through proxies: one for JSON-RPC, one for subscriptions.
async fn behind_proxies<'a>(network: &'a LocalNetwork, number: u16) -> Result<(Keeper<'a>, [Proxy; 2])> {
    let target = |url: &str| url.split("://").nth(1).unwrap_or_default().trim_end_matches('/').to_owned();
    let description = &network.description;
    let proxies =
        [Proxy::start(&target(&description.rpc_url)).await?, Proxy::start(&target(&description.ws_url)).await?];
    let [rpc, subscriptions] = [proxies[0].address(), proxies[1].address()];
    let keeper = Keeper::roles(network, number, "refresh,liquidate");
    let keeper = keeper.through(&format!("http://{rpc}"), &format!("ws://{subscriptions}"));
    Ok((keeper, proxies))
}

async fn follows(network: &LocalNetwork, to: f64) -> Result<()> {
    network.hold(&[("BTC", to)]).await?;
    until("the price to arrive", || async { Ok(price(network, "BTC").await? == to) }).await
}

#[tokio::test]
async fn subscriptions_that_drop_are_opened_again_and_nothing_is_missed() -> Result<()> {
    let network = network().await?;
    let (keeper, [_rpc, subscriptions]) = behind_proxies(&network, 0).await?;
    let process = keeper.start().await?;
    follows(&network, 101_000.0).await?;

    subscriptions.set(Fault::Dropped);
    process.says("opening them again").await?;
    until("the health to say so", || async { Ok(!health(&keeper.url()).await?.0) }).await?;
    subscriptions.set(Fault::None);
    follows(&network, 102_000.0).await?;
    until("all to be well again", || async { Ok(health(&keeper.url()).await?.0) }).await?;
    assert!(metric(&keeper.url(), "ballast_feed_reconnections_total").await? >= 1.0);
    assert!(metric(&keeper.url(), "ballast_feed_scans_total").await? >= 3.0, "it scans again after each connection");
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn errors_and_slow_answers_of_a_node_are_survived() -> Result<()> {
    let network = network().await?;
    let (keeper, [rpc, _subscriptions]) = behind_proxies(&network, 0).await?;
    let process = keeper.start().await?;
    for (fault, to) in [(Fault::Status(500), 101_000.0), (Fault::Dropped, 102_000.0), (Fault::Status(429), 103_000.0)] {
        let before = rpc.failures();
        rpc.set(fault);
        network.hold(&[("BTC", to)]).await?;
        until("the fault to be met", || async { Ok(rpc.failures() > before + 3) }).await?;
        assert_ne!(price(&network, "BTC").await?, to, "nothing gets through");
        rpc.set(Fault::None);
        until("the price to arrive", || async { Ok(price(&network, "BTC").await? == to) }).await?;
    }
    rpc.set(Fault::Slow(300));
    follows(&network, 104_000.0).await?;
    assert!(metric(&keeper.url(), "ballast_rpc_retries_total").await? >= 1.0);
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn another_node_stands_in_for_one_that_is_down() -> Result<()> {
    let network = network().await?;
    let (keeper, [rpc, subscriptions]) = behind_proxies(&network, 0).await?;
    let keeper = keeper.with(&["--url", &network.description.rpc_url]);
    let process = keeper.start().await?;
    rpc.set(Fault::Dropped);
    follows(&network, 101_000.0).await?;
    assert!(subscriptions.connections() >= 1);
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn a_blockhash_that_a_node_does_not_know_is_no_refusal() -> Result<()> {
    let network = network().await?;
    let gate = Gate::start(&network.description.rpc_url).await?;
    let keeper = Keeper::roles(&network, 0, "refresh").through(&gate.url(), &network.description.ws_url);
    let process = keeper.start().await?;
    let unknown = json!({
        "code": -32_002,
        "message": "Transaction simulation failed: Blockhash not found",
        "data": { "err": "BlockhashNotFound", "logs": [], "accounts": null, "unitsConsumed": 0, "returnData": null },
    });
    gate.fail_next("sendTransaction", unknown.clone());
    gate.fail_next("sendTransaction", unknown);
    follows(&network, 101_000.0).await?;
    until("both errors to be met", || async { Ok(gate.errors_left() == 0) }).await?;
    until("what was signed anew to land", || async {
        Ok(metric(&keeper.url(), "ballast_signed_anew_total{what=\"refresh\"}").await? >= 2.0)
    })
    .await?;
    let refused = "ballast_transactions_total{what=\"refresh\",outcome=\"refused\"}";
    assert_eq!(metric(&keeper.url(), refused).await?, 0.0);
    assert_eq!(metric(&keeper.url(), "ballast_rounds_failed_total{role=\"refresh\"}").await?, 0.0);
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn prices_that_stop_are_reported_and_not_acted_on_until_they_move_again() -> Result<()> {
    let network = LocalNetwork::start("nothing").await?;
    network.publish(&[], network.feed.view().now).await?;
    leverage(&network).await?;
    let keeper = Keeper::roles(&network, 0, "refresh,liquidate");
    let process = keeper.start().await?;
    assert_eq!(metric(&keeper.url(), "ballast_prices_silent").await?, 0.0);

    let (stopped_at, age) = {
        let view = network.feed.view();
        (view.now, i64::from(view.snapshot.exchange.parameters.liquidation_oracle_age))
    };
    network.travel_to(stopped_at + 2 * age).await?;
    until("the silence to be noticed", || async {
        let (is_well, words) = health(&keeper.url()).await?;
        Ok(!is_well && words.contains("nothing was published for too long of BTC, ETH, SOL"))
    })
    .await?;
    assert!(metric(&keeper.url(), "ballast_prices_silent").await? >= 3.0);

    // A fall that is stated too late is none to act on, however often everything is looked at.
    network.publish(&[("SOL", 160)], stopped_at + age / 2).await?;
    let surveys = "ballast_survey_seconds_count";
    let looked = metric(&keeper.url(), surveys).await?;
    until("further looks", || async { Ok(metric(&keeper.url(), surveys).await? >= looked + 4.0) }).await?;
    assert_eq!(price(&network, "SOL").await?, 200.0);
    assert_eq!(network.account("carol").await?.liquidation_started_slot, 0);
    assert!(metric(&keeper.url(), "ballast_accounts_unvalued").await? >= 1.0);
    for outcome in ["landed", "refused"] {
        let sent = format!("ballast_transactions_total{{what=\"liquidate\",outcome=\"{outcome}\"}}");
        assert_eq!(metric(&keeper.url(), &sent).await?, 0.0, "{sent}: {}", process.said());
    }

    // One publication that can be taken is enough, although a liquidation outlasts what a check takes as refreshed.
    network.publish(&[("SOL", 160)], network.feed.view().now).await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    until("all to be well again", || async { Ok(health(&keeper.url()).await?.0) }).await?;
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn scans_go_on_beside_the_subscriptions_and_nothing_is_missed() -> Result<()> {
    let network = network().await?;
    let keeper = Keeper::all(&network, 0);
    let process = keeper.start_with(&[("BALLAST_KEEPER_FEED__SCAN_INTERVAL_SECONDS", "1")]).await?;
    let scans = "ballast_feed_scans_total";
    until("some scans", || async { Ok(metric(&keeper.url(), scans).await? >= 4.0) }).await?;
    // Positions that are opened between scans are seen, and so are the prices that break them.
    leverage(&network).await?;
    network.hold(&[("SOL", 160.0)]).await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    let scanned = metric(&keeper.url(), scans).await?;
    until("further scans", || async { Ok(metric(&keeper.url(), scans).await? >= scanned + 2.0) }).await?;
    assert_eq!(metric(&keeper.url(), "ballast_feed_reconnections_total").await?, 0.0);
    assert!(health(&keeper.url()).await?.0, "{}", process.said());
    assert!(process.end().await?);
    Ok(())
}
