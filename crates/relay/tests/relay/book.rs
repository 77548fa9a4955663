//! Resting orders, and those that meet them.

use anyhow::Result;
use ballast::Cancellation;
use ballast_client::instructions;
use ballast_network_rig::until;
use ballast_relay::interface::{OrderStatus, RelayMessage};
use ballast_state::OrderRole;
use futures_util::StreamExt;
use solana_signer::Signer;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::stage::{Stage, start_relay};

#[tokio::test]
async fn a_taking_order_meets_the_cheapest_and_what_is_left_stays() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    for (name, nonce, above, size) in [("maker", 1, 300, 2), ("bob", 1, 100, 2), ("maker", 2, 200, 2)] {
        let order = stage.order(name, nonce, OrderRole::Resting, -1_000, index + above, size).await?;
        let outcome = stage.submit(name, &order, None).await?;
        assert_eq!(outcome.status, OrderStatus::Resting);
    }
    let limit = index + 250;
    let order = stage.order("alice", 1, OrderRole::Taking, 1_000, limit, 3).await?;
    let outcome = stage.submit("alice", &order, None).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    let filled: Vec<(u32, u64)> = outcome.fills.iter().map(|fill| (fill.units, fill.legs[0].price - index)).collect();
    assert_eq!(filled, [(2, 100), (1, 200)], "the cheapest first, at its own price");

    let order = stage.order("alice", 2, OrderRole::Taking, 1_000, limit, 3).await?;
    let outcome = stage.submit("alice", &order, None).await?;
    assert_eq!(outcome.status, OrderStatus::PartlyFilled, "{outcome:?}");
    assert_eq!(outcome.fills.iter().map(|fill| fill.units).sum::<u32>(), 1, "one was left within the limit");
    assert!(outcome.refusal.is_some());
    until("the fills to be on chain", || async { Ok(stage.held("alice").await? == 4_000) }).await?;

    let maker = stage.network.account_key("maker")?.address();
    let resting = stage.ask(&format!("/v1/orders?account={maker}")).await?;
    assert_eq!(resting.as_array().map(Vec::len), Some(1), "the dearest is left: {resting}");
    assert_eq!(resting[0]["left"], 2);
    Ok(())
}

#[tokio::test]
async fn what_is_cancelled_on_chain_leaves_the_book_and_a_restart_forgets_it() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    let order = stage.order("maker", 1, OrderRole::Resting, -1_000, index + 100, 2).await?;
    stage.submit("maker", &order, None).await?;
    let key = stage.network.key("maker")?;
    let account = stage.network.account_key("maker")?;
    let stream = format!("{}/v1/stream?account={}", stage.url.replacen("http", "ws", 1), account.address());
    let (mut stream, _) = connect_async(stream).await?;
    let cancel = instructions::cancel_orders(&account, key.pubkey(), Cancellation::Below { nonce: 10 });
    stage.network.send(&[&key], vec![cancel], 10_000).await?;
    let taking = stage.order("alice", 1, OrderRole::Taking, 1_000, index + 200, 1).await?;
    let outcome = stage.submit("alice", &taking, None).await?;
    assert_eq!(outcome.status, OrderStatus::Refused, "{outcome:?}");
    let address = account.address();
    let url = format!("{}/v1/orders?account={address}", stage.url);
    until("the order to leave the book", || async {
        Ok(reqwest::get(&url).await?.json::<serde_json::Value>().await? == serde_json::json!([]))
    })
    .await?;

    let said = loop {
        if let Message::Text(said) = stream.next().await.expect("it goes on")? {
            break said;
        }
    };
    let RelayMessage::Order { order } = serde_json::from_str(&said)? else { panic!("{said}") };
    assert_eq!(order.left, 0, "the owner is told");

    // The book is the relay's memory alone: orders are signed, and can be sent again.
    let order = stage.order("maker", 20, OrderRole::Resting, -1_000, index + 100, 2).await?;
    stage.submit("maker", &order, None).await?;
    let Stage { network, relay, url: base, client } = stage;
    relay.kill().await?;
    let relay = start_relay(&network, &["--network", &network.description_file()], &[]).await?;
    let stage = Stage { network, relay, url: base, client };
    assert_eq!(reqwest::get(&url).await?.json::<serde_json::Value>().await?, serde_json::json!([]));
    assert_eq!(stage.submit("maker", &order, None).await?.status, OrderStatus::Resting);
    let taking = stage.order("alice", 2, OrderRole::Taking, 1_000, index + 200, 2).await?;
    assert_eq!(stage.submit("alice", &taking, None).await?.status, OrderStatus::Filled);
    Ok(())
}

#[tokio::test]
async fn a_match_that_fails_in_the_middle_leaves_what_was_filled_and_says_why_no_more() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    for (name, above) in [("maker", 100), ("bob", 200), ("maker", 300)] {
        let mut order = stage.order(name, above, OrderRole::Resting, -1_000, index + above, 1).await?;
        // He has nothing to reduce, which only the program knows.
        order.is_reduce_only = name == "bob";
        stage.submit(name, &order, None).await?;
    }
    let order = stage.order("alice", 1, OrderRole::Taking, 1_000, index + 250, 3).await?;
    let outcome = stage.submit("alice", &order, None).await?;
    assert_eq!(outcome.status, OrderStatus::PartlyFilled, "{outcome:?}");
    let prices: Vec<u64> = outcome.fills.iter().map(|fill| fill.legs[0].price - index).collect();
    assert_eq!(prices, [100], "the first stays filled");
    assert_eq!(outcome.refusal.as_ref().map(|problem| problem.code.as_str()), Some("OrderNotReducing"));

    // Within its limit the order goes on behind the one that fails.
    let order = stage.order("alice", 2, OrderRole::Taking, 1_000, index + 350, 3).await?;
    let outcome = stage.submit("alice", &order, None).await?;
    assert_eq!(outcome.status, OrderStatus::PartlyFilled, "{outcome:?}");
    let prices: Vec<u64> = outcome.fills.iter().map(|fill| fill.legs[0].price - index).collect();
    assert_eq!(prices, [300]);
    assert_eq!(outcome.refusal.map(|problem| problem.code).as_deref(), Some("nothingMeets"));
    assert_eq!((stage.held("alice").await?, stage.held("bob").await?), (2_000, 0));
    Ok(())
}

#[tokio::test]
async fn a_minimum_fill_is_not_put_together_out_of_several_orders() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    for name in ["maker", "bob"] {
        let order = stage.order(name, 1, OrderRole::Resting, -1_000, index + 100, 2).await?;
        stage.submit(name, &order, None).await?;
    }
    let all_or_none = |nonce, size| {
        let order = stage.order("alice", nonce, OrderRole::Taking, 1_000, index + 200, size);
        async move { anyhow::Ok(ballast_state::Order { minimum_fill: size, ..order.await? }) }
    };
    let outcome = stage.submit("alice", &all_or_none(1, 3).await?, None).await?;
    assert_eq!(outcome.status, OrderStatus::Refused, "{outcome:?}");
    let refusal = outcome.refusal.expect("it says why");
    assert_eq!(refusal.code, "nothingMeets");
    assert!(refusal.message.starts_with("4 packages rest within its limits"), "{}", refusal.message);
    assert_eq!(stage.held("alice").await?, 0, "none, as it is not all");

    let larger = stage.order("keeper", 1, OrderRole::Resting, -1_000, index + 150, 3).await?;
    stage.submit("keeper", &larger, None).await?;
    let outcome = stage.submit("alice", &all_or_none(2, 3).await?, None).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!(outcome.fills.len(), 1, "one dearer order has all of it");
    Ok(())
}
