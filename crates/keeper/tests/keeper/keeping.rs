//! Prices, surfaces, settlement: what keeps an exchange usable.

use anyhow::Result;
use ballast_client::{accounts, instructions};
use ballast_network_rig::{Leg, until};
use ballast_state::{Contract, Order, OrderLeg, OrderRole, seeds};
use solana_signer::Signer;

use crate::stage::{Keeper, leverage, metric, network, price};

#[tokio::test]
async fn prices_and_volatilities_arrive_and_profit_becomes_cash() -> Result<()> {
    let network = network().await?;
    let short = ("BALLAST_KEEPER_SETTLE__INTERVAL_SECONDS", "1");
    let keeper = Keeper::roles(&network, 0, "refresh,publish,settle");
    let process = keeper.start_with(&[short]).await?;

    network.hold(&[("BTC", 99_000.0)]).await?;
    until("the price to arrive", || async { Ok(price(&network, "BTC").await? == 99_000.0) }).await?;

    // How accounts stand is told whichever roles are played.
    until("the accounts to be valued", || async {
        Ok(metric(&keeper.url(), "ballast_accounts{tier=\"healthy\"}").await? >= 5.0)
    })
    .await?;

    let before = network.market("ETH").await?;
    network.quote(&[("ETH", 0.70)]).await?;
    let theta = |market: &ballast_state::Market| market.expiries.iter().map(|it| it.theta).max().unwrap_or_default();
    until("the volatility to rise", || async { Ok(theta(&network.market("ETH").await?) > theta(&before)) }).await?;

    let coin = 10_i64.pow(u32::from(network.known_market("BTC")?.quantity_decimals));
    network.trade("alice", "maker", "BTC", &[Leg::Perpetual(coin)]).await?;
    let cash = network.account("alice").await?.cash;
    network.hold(&[("BTC", 98_000.0)]).await?;
    until("the loss to be paid", || async {
        let paid = cash - network.account("alice").await?.cash;
        Ok((900_000_000..=1_100_000_000).contains(&paid))
    })
    .await?;
    assert!(network.market("BTC").await?.perpetual_pool > 0, "what alice paid waits for who gained");
    let landed = "ballast_transactions_total{what=\"settle\",outcome=\"landed\"}";
    until("the transaction to be counted", || async { Ok(metric(&keeper.url(), landed).await? >= 1.0) }).await?;
    assert!(process.end().await?, "it ends well when it is asked to");
    Ok(())
}

#[tokio::test]
async fn without_news_nothing_is_sent_and_a_dry_run_sends_nothing() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let keeper = Keeper::all(&network, 0).with(&["--dry-run"]);
    let process = keeper.start().await?;
    let before = network.account("keeper").await?;
    network.hold(&[("SOL", 160.0)]).await?;
    // It says what it would do, and does not do it.
    process.says("would be accepted").await?;
    until("it to find the account", || async {
        Ok(metric(&keeper.url(), "ballast_transactions_total{what=\"refresh\",outcome=\"landed\"}").await? >= 3.0)
    })
    .await?;
    assert_eq!(price(&network, "SOL").await?, 200.0, "the price was not brought in");
    let after = network.account("keeper").await?;
    assert_eq!((after.cash, after.position_count), (before.cash, before.position_count));
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn an_expiry_is_settled_and_removed() -> Result<()> {
    let network = network().await?;
    let coin = 10_i64.pow(u32::from(network.known_market("BTC")?.quantity_decimals));
    let call = Leg::Option(ballast_state::OptionKind::Call, 0, 90, coin);
    network.trade("alice", "maker", "BTC", &[call]).await?;
    let market = network.market("BTC").await?;
    let listed = market.expiries.iter().filter(|it| it.number != 0).min_by_key(|it| it.expires_at);
    let expiry = *listed.expect("there are expiries");
    let [alice, maker] = [network.account("alice").await?.cash, network.account("maker").await?.cash];

    // Prices before expiry are missing, as after a halt: the settlement waits for its extension to end.
    network.travel_to(expiry.extended_until() + 60).await?;
    let keeper = Keeper::roles(&network, 0, "refresh,expire");
    let process = keeper.start().await?;
    until("the expiry to be gone", || async {
        Ok(network.market("BTC").await?.expiries.iter().all(|it| it.number != expiry.number))
    })
    .await?;
    let [alice_after, maker_after] = [network.account("alice").await?.cash, network.account("maker").await?.cash];
    // A call at 90,000 settles at 100,000.
    assert_eq!(alice_after - alice, 10_000_000_000);
    assert_eq!(maker - maker_after, 10_000_000_000);
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn placed_orders_that_have_expired_are_closed_and_who_paid_gets_the_rent() -> Result<()> {
    let network = network().await?;
    let alice = network.key("alice")?;
    let key = network.account_key("alice")?;
    let records = seeds::order_records(&key.address()).0;
    network.send(&[&alice], vec![instructions::open_order_records(&key, alice.pubkey())], 50_000).await?;
    let records = network.rpc.account(&records).await?.expect("the records are open");
    let domain = accounts::read_order_records(&records)?.domain;

    let market = network.known_market("BTC")?;
    let now = network.feed.view().now;
    let order = |nonce: u64, expires_at: i64| Order {
        domain,
        exchange: key.exchange,
        account: key.address(),
        nonce,
        expires_at,
        maximum_fee: u64::MAX,
        size: 1,
        minimum_fill: 1,
        role: OrderRole::Resting,
        is_reduce_only: false,
        claims_rebates: false,
        counterparty: None,
        net_limit: None,
        legs: vec![OrderLeg {
            market: market.number,
            contract: Contract::PERPETUAL,
            ratio: 1_000,
            price: market.perpetual_mark(),
        }],
    };
    // More than one transaction closes, and one that lasts.
    let (short, long) = (now + 30, now + 3_000);
    for nonce in 1..=10 {
        let message = order(nonce, if nonce == 10 { long } else { short }).encode().expect("it is an order");
        let place = instructions::place_order(&key, alice.pubkey(), alice.pubkey(), nonce, message);
        network.send(&[&alice], vec![place], 50_000).await?;
    }
    let placed = |nonce: u64| seeds::order(&key.address(), nonce).0;
    let lamports = async || -> Result<u64> {
        Ok(network
            .rpc
            .ask("getBalance", |node| {
                let owner = alice.pubkey();
                async move { node.client().get_balance(&owner).await }
            })
            .await?)
    };
    let before = lamports().await?;

    let keeper = Keeper::roles(&network, 0, "expire");
    let often =
        [("BALLAST_KEEPER_EXPIRE__INTERVAL_SECONDS", "1"), ("BALLAST_KEEPER_EXPIRE__ORDERS_INTERVAL_SECONDS", "1")];
    let process = keeper.start_with(&often).await?;
    assert!(network.rpc.account(&placed(1)).await?.is_some(), "it has not expired");
    network.travel_to(short).await?;
    until("the expired orders to be gone", || async {
        let addresses: Vec<_> = (1..=9).map(placed).collect();
        Ok(network.rpc.accounts(&addresses).await?.iter().all(|it| it.as_ref().is_none_or(Vec::is_empty)))
    })
    .await?;
    assert!(network.rpc.account(&placed(10)).await?.is_some(), "it has not expired");
    assert!(lamports().await? > before, "alice has her rent back");
    let refused = "ballast_transactions_total{what=\"close_order\",outcome=\"refused\"}";
    assert_eq!(metric(&keeper.url(), refused).await?, 0.0);
    assert!(process.end().await?);
    Ok(())
}
