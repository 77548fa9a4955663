//! What is refused, each by its code, and nodes that fail.

use anyhow::Result;
use ballast_network_rig::{Fault, Proxy};
use ballast_relay::{client, interface::OrderSubmission};
use ballast_state::OrderRole;

use crate::stage::{Stage, start_relay_at};

#[tokio::test]
async fn bad_orders_are_refused_by_their_code_and_change_nothing() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    let good = stage.order("alice", 1, OrderRole::Taking, 1_000, index, 1).await?;
    let alice = stage.network.key("alice")?;
    let signed = client::sign(&alice, &good, None)?;

    let another_message = OrderSubmission {
        signature: client::sign(&alice, &stage.order("alice", 2, OrderRole::Taking, 1_000, index, 1).await?, None)?
            .signature,
        ..signed.clone()
    };
    let not_base64 = OrderSubmission { message: "§".to_owned(), ..signed.clone() };
    let no_order = OrderSubmission { message: "AAAA".to_owned(), ..signed.clone() };
    let a_strangers = client::sign(&stage.network.key("bob")?, &good, None)?;
    let no_such_quote = OrderSubmission { quote: Some("q0".to_owned()), ..signed.clone() };
    let mut elsewhere = good.clone();
    elsewhere.exchange = good.account;
    let mut nobody = good.clone();
    nobody.account = good.exchange;
    let mut other_domain = good.clone();
    other_domain.domain = [7; 16];
    let mut over = good.clone();
    over.expires_at = stage.network.feed.view().now - 1;
    let mut for_ever = good.clone();
    for_ever.expires_at = stage.network.feed.view().now + 8 * 24 * 3_600;
    let cases = [
        (another_message, "wrongSignature"),
        (not_base64, "malformed"),
        (no_order, "noOrder"),
        (a_strangers, "notAuthorised"),
        (no_such_quote, "quoteGone"),
        (client::sign(&alice, &elsewhere, None)?, "otherExchange"),
        (client::sign(&alice, &nobody, None)?, "unknownAccount"),
        (client::sign(&alice, &other_domain, None)?, "notLive"),
        (client::sign(&alice, &over, None)?, "notLive"),
        (client::sign(&alice, &for_ever, None)?, "standsTooLong"),
    ];
    for (submission, expected) in cases {
        assert_eq!(stage.refused(&submission).await?, expected);
        // Within the rate that one account has.
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    }
    let carol = stage.network.account_key("carol")?.address();
    let mut without_records = good.clone();
    without_records.account = carol;
    let submission = client::sign(&stage.network.key("carol")?, &without_records, None)?;
    assert_eq!(stage.refused(&submission).await?, "noRecords");

    let request = |account: String, legs: serde_json::Value, size: u32| {
        let body = serde_json::json!({ "account": account, "legs": legs, "size": size });
        let url = format!("{}/v1/requests", stage.url);
        async move {
            let answer: serde_json::Value = reqwest::Client::new().post(url).json(&body).send().await?.json().await?;
            anyhow::Ok(answer["error"]["code"].as_str().unwrap_or("none").to_owned())
        }
    };
    let perpetual = serde_json::json!({ "market": 1, "contract": { "kind": 1, "slot": 0, "number": 0 }, "ratio": 10 });
    let unlisted = serde_json::json!({ "market": 1, "contract": { "kind": 4, "slot": 0, "number": 999 }, "ratio": 10 });
    let owner = carol.to_string();
    assert_eq!(request("nobody".to_owned(), serde_json::json!([perpetual]), 1).await?, "malformed");
    assert_eq!(request(good.exchange.to_string(), serde_json::json!([perpetual]), 1).await?, "unknownAccount");
    assert_eq!(request(owner.clone(), serde_json::json!([]), 1).await?, "noPackage");
    assert_eq!(request(owner.clone(), serde_json::json!([unlisted]), 1).await?, "noPackage");
    assert_eq!(request(owner.clone(), serde_json::json!([perpetual, perpetual]), 1).await?, "noPackage");
    assert_eq!(request(owner.clone(), serde_json::json!([perpetual]), u32::MAX).await?, "noPackage");
    assert_eq!(stage.held("alice").await?, 0);
    Ok(())
}

/// Statuses of so many requests for quotes for an account at once, each with this `X-Forwarded-For`.
async fn ask_often(stage: &Stage, client: &reqwest::Client, forwarded: &str, times: usize) -> Result<Vec<u16>> {
    let account = stage.network.account_key("alice")?.address().to_string();
    let leg = serde_json::json!({ "market": 1, "contract": { "kind": 1, "slot": 0, "number": 0 }, "ratio": 10 });
    let body = serde_json::json!({ "account": account, "legs": [leg], "size": 1 });
    let asking = (0..times).map(|_| {
        let request = client.post(format!("{}/v1/requests", stage.url)).header("x-forwarded-for", forwarded);
        let asking = request.json(&body).send();
        async { anyhow::Ok(asking.await?.status().as_u16()) }
    });
    futures_util::future::try_join_all(asking).await
}

#[tokio::test]
async fn who_asks_too_much_is_refused_and_nobody_else_for_it() -> Result<()> {
    let stage = Stage::start().await?;
    let [own, strangers] = [[127, 0, 0, 1], [127, 0, 0, 2]]
        .map(|address| reqwest::Client::builder().local_address(std::net::IpAddr::from(address)).build());
    let (own, strangers) = (own?, strangers?);
    let statuses = ask_often(&stage, &strangers, "10.0.0.1", 40).await?;
    assert!(statuses.contains(&429), "{statuses:?}");
    let statuses = ask_often(&stage, &own, "10.0.0.1", 1).await?;
    assert_eq!(statuses, [200], "what the stranger asked for does not count against the account's owner");
    Ok(())
}

#[tokio::test]
async fn behind_a_proxy_the_address_counts_that_the_proxy_has_seen() -> Result<()> {
    let stage = Stage::start_with(&[("BALLAST_RELAY_BEHIND_PROXY", "true")]).await?;
    let proxy = reqwest::Client::new();
    let statuses = ask_often(&stage, &proxy, "10.0.0.9, 10.0.0.1", 40).await?;
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask_often(&stage, &proxy, "10.0.0.1, 10.0.0.9", 1).await?, [200], "somebody else");
    Ok(())
}

#[tokio::test]
async fn a_node_that_is_down_is_said_so_and_forgiven() -> Result<()> {
    let stage = Stage::start().await?;
    let Stage { network, relay, url, client } = stage;
    relay.kill().await?;
    let target = network.description.rpc_url.trim_start_matches("http://").to_owned();
    let proxy = Proxy::start(&target).await?;
    let relay = start_relay_at(&network, &format!("http://{}", proxy.address())).await?;
    let stage = Stage { network, relay, url, client };
    let order = stage.order("maker", 1, OrderRole::Resting, -1_000, stage.index()?, 1).await?;
    proxy.set(Fault::Dropped);
    let error = stage.submit("maker", &order, None).await.expect_err("the node is down").to_string();
    assert!(error.contains("unreachable"), "{error}");
    proxy.set(Fault::None);
    ballast_network_rig::until("the relay to recover", || async {
        Ok(stage.submit("maker", &order, None).await.is_ok())
    })
    .await
}
