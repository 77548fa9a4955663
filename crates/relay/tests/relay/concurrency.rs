//! What happens at the same time, and what is known before anything is sent.

use anyhow::Result;
use ballast_network_rig::until;
use ballast_relay::interface::OrderStatus;
use ballast_state::{Order, OrderRole};

use crate::stage::Stage;

/// Lots of 40 BTC, for some four million dollars.
const LARGE: i32 = 4_000_000;

#[tokio::test]
async fn two_takers_at_once_share_what_rests() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    let resting = stage.order("maker", 1, OrderRole::Resting, -1_000, index + 100, 3).await?;
    stage.submit("maker", &resting, None).await?;
    let [alice, bob] = [
        stage.order("alice", 1, OrderRole::Taking, 1_000, index + 200, 2).await?,
        stage.order("bob", 1, OrderRole::Taking, 1_000, index + 200, 2).await?,
    ];
    let (alice, bob) = tokio::join!(stage.submit("alice", &alice, None), stage.submit("bob", &bob, None));
    let mut outcomes = [alice?, bob?];
    outcomes.sort_by_key(|outcome| outcome.fills.iter().map(|fill| fill.units).sum::<u32>());
    let [less, more] = outcomes;
    assert_eq!((more.status, more.fills.len()), (OrderStatus::Filled, 1), "{more:?}");
    assert_eq!((less.status, less.fills.len(), less.fills[0].units), (OrderStatus::PartlyFilled, 1, 1), "{less:?}");
    assert_eq!(less.refusal.map(|problem| problem.code).as_deref(), Some("nothingMeets"));
    assert_eq!(stage.metric("ballast_transactions_total{what=\"match\",outcome=\"refused\"}").await?, 0);
    until("the fills to be on chain", || async { Ok(stage.held("maker").await? == -3_000) }).await?;
    let maker = stage.network.account_key("maker")?.address();
    assert_eq!(stage.ask(&format!("/v1/orders?account={maker}")).await?, serde_json::json!([]));
    Ok(())
}

#[tokio::test]
async fn what_an_account_cannot_carry_is_refused_in_the_programs_words_and_never_sent() -> Result<()> {
    // Whether prices are refreshed with a match is not what this is about.
    let stage = Stage::start_with(&[("BALLAST_RELAY_OLDEST_PRICE_SECONDS", "3600")]).await?;
    let index = stage.index()?;
    let two = stage.order("keeper", 1, OrderRole::Resting, -LARGE, index + 200, 2).await?;
    stage.submit("keeper", &two, None).await?;
    let beyond = stage.order("alice", 1, OrderRole::Taking, LARGE, index + 250, 1).await?;
    let outcome = stage.submit("alice", &beyond, None).await?;
    assert_eq!(outcome.status, OrderStatus::Refused, "{outcome:?}");
    let refusal = outcome.refusal.expect("it says why");
    assert_eq!(refusal.code, "BelowInitialMargin");
    let begin = "The account would be below initial margin and the change does not reduce its risk; equity ";
    assert!(refusal.message.starts_with(begin), "{}", refusal.message);

    // A maker that cannot carry its cheaper order does not keep the taker from the next one.
    let cheaper = stage.order("bob", 1, OrderRole::Resting, -LARGE, index + 100, 1).await?;
    stage.submit("bob", &cheaper, None).await?;
    let taking = stage.order("maker", 1, OrderRole::Taking, LARGE, index + 250, 1).await?;
    let outcome = stage.submit("maker", &taking, None).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!(outcome.fills[0].legs[0].price, index + 200);
    assert_eq!(stage.metric("ballast_relay_foreseen_refusals_total").await?, 2);
    assert_eq!(stage.metric("ballast_transactions_total{what=\"match\",outcome=\"refused\"}").await?, 0);
    assert_eq!(stage.metric("ballast_transactions_total{what=\"match\",outcome=\"landed\"}").await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_the_taker_cannot_carry_is_tried_once_and_does_not_rest_either() -> Result<()> {
    // Every price counts as old, so the program is asked.
    let stage = Stage::start_with(&[("BALLAST_RELAY_OLDEST_PRICE_SECONDS", "-3600")]).await?;
    let index = stage.index()?;
    for name in ["keeper", "maker"] {
        let offer = stage.order(name, 1, OrderRole::Resting, -LARGE, index + 200, 1).await?;
        stage.submit(name, &offer, None).await?;
    }
    let taking = stage.order("alice", 1, OrderRole::Taking, LARGE, index + 250, 2).await?;
    let resting = Order { role: OrderRole::Resting, ..taking.clone() };
    let outcome = stage.client.submit_or_rest(&stage.network.key("alice")?, &taking, &resting).await?;
    assert_eq!(outcome.status, OrderStatus::Refused, "{outcome:?}");
    assert_eq!(outcome.refusal.map(|problem| problem.code).as_deref(), Some("BelowInitialMargin"));
    assert_eq!(stage.metric("ballast_transactions_total{what=\"match\",outcome=\"refused\"}").await?, 1);
    assert_eq!(stage.metric("ballast_relay_foreseen_refusals_total").await?, 0);
    let alice = stage.network.account_key("alice")?.address();
    assert_eq!(stage.ask(&format!("/v1/orders?account={alice}")).await?, serde_json::json!([]));
    Ok(())
}
