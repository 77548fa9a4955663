//! Orders that cross: those that rest are left to themselves, one that takes what it crosses and rests otherwise is not.

use anyhow::Result;
use ballast_relay::interface::OrderStatus;
use ballast_state::{Order, OrderRole};

use crate::stage::Stage;

#[tokio::test]
async fn who_comes_later_gets_the_better_price_or_rests() -> Result<()> {
    let stage = Stage::start().await?;
    let index = stage.index()?;
    let alice = stage.network.key("alice")?;
    let both = |nonce| {
        let stage = &stage;
        async move {
            let taking = stage.order("alice", nonce, OrderRole::Taking, 1_000, index + 200, 1).await?;
            let resting = Order { role: OrderRole::Resting, ..taking.clone() };
            anyhow::Ok((taking, resting))
        }
    };
    let offer = stage.order("maker", 1, OrderRole::Resting, -1_000, index + 100, 1).await?;
    stage.submit("maker", &offer, None).await?;
    let (taking, resting) = both(1).await?;
    let outcome = stage.client.submit_or_rest(&alice, &taking, &resting).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!(outcome.fills[0].legs[0].price, index + 100, "at the price of the order that was there before");

    // Nothing is there any more: it rests, and is what others find.
    let (taking, resting) = both(2).await?;
    let outcome = stage.client.submit_or_rest(&alice, &taking, &resting).await?;
    assert_eq!(outcome.status, OrderStatus::Resting, "{outcome:?}");
    // Two orders that rest are not matched, though they cross: the program fills a resting order against a taking one only.
    let crossing = stage.order("maker", 2, OrderRole::Resting, -1_000, index + 100, 1).await?;
    assert_eq!(stage.submit("maker", &crossing, None).await?.status, OrderStatus::Resting);
    let sale = stage.order("bob", 1, OrderRole::Taking, -1_000, index, 1).await?;
    let outcome = stage.submit("bob", &sale, None).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!(outcome.fills[0].legs[0].price, index + 200);
    assert_eq!(outcome.id.len(), 64);

    // Only one of the two may ever be filled, so they need one nonce.
    let (taking, resting) = both(3).await?;
    let other = Order { nonce: 4, ..resting.clone() };
    let error = stage.client.submit_or_rest(&alice, &taking, &other).await.expect_err("the nonces differ").to_string();
    assert!(error.contains("noAlternative"), "{error}");
    let error = stage.client.submit_or_rest(&alice, &resting, &resting).await.expect_err("none takes").to_string();
    assert!(error.contains("noAlternative"), "{error}");
    Ok(())
}
