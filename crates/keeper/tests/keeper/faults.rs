//! Nodes that fail: connections that drop, answers that are slow, errors.

use anyhow::Result;
use ballast_network_rig::{Fault, LocalNetwork, Proxy, until};

use crate::stage::{Keeper, metric, network, price};

/// A keeper that reaches its network through proxies: one for JSON-RPC, one for subscriptions.
async fn behind_proxies<'a>(network: &'a LocalNetwork, number: u16) -> Result<(Keeper<'a>, [Proxy; 2])> {
    let target = |url: &str| url.split("://").nth(1).unwrap_or_default().trim_end_matches('/').to_owned();
    let description = &network.description;
    let proxies =
        [Proxy::start(&target(&description.rpc_url)).await?, Proxy::start(&target(&description.ws_url)).await?];
    let [rpc, subscriptions] = [proxies[0].address(), proxies[1].address()];
    let table = description.lookup_table.clone().unwrap_or_default();
    let keeper = Keeper::roles(network, number, "refresh,liquidate").with(&[
        "--url",
        &format!("http://{rpc}"),
        "--ws-url",
        &format!("ws://{subscriptions}"),
        "--exchange",
        &description.exchange,
        "--lookup-table",
        &table,
    ]);
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
    until("the health to say so", || async {
        Ok(!reqwest::get(format!("{}/health", keeper.url())).await?.status().is_success())
    })
    .await?;
    subscriptions.set(Fault::None);
    follows(&network, 102_000.0).await?;
    until("all to be well again", || async {
        Ok(reqwest::get(format!("{}/health", keeper.url())).await?.status().is_success())
    })
    .await?;
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
