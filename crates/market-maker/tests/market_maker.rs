//! The market maker as somebody runs it: its own process, quoting on a relay, on a local network of its own.

use std::path::Path;

use anyhow::Result;
use ballast_client::{accounts, cost, instructions};
use ballast_network_rig::{LocalNetwork, Process, until};
use ballast_relay::{
    client::RelayClient,
    interface::{OrderStatus, PackageLeg},
};
use ballast_state::{Contract, Order, OrderLeg, OrderRole, seeds};
use solana_signer::Signer;

/// Starts a program that was built beside the market maker.
async fn start(network: &LocalNetwork, name: &str, port: u16, args: &[&str]) -> Result<Process> {
    let program = Path::new(env!("CARGO_BIN_EXE_ballast-market-maker")).with_file_name(name);
    let listen = format!("127.0.0.1:{port}");
    let mut all: Vec<String> = args.iter().map(ToString::to_string).collect();
    all.extend(["--network".to_owned(), network.description_file(), "--listen".to_owned(), listen.clone()]);
    let mut process = Process::start(&program, &all, &network.folder().join(format!("{name}.log")))?;
    process.answers(&format!("http://{listen}/health")).await?;
    Ok(process)
}

#[tokio::test]
async fn quotes_surround_the_mark_move_with_the_inventory_and_have_limits() -> Result<()> {
    let network = LocalNetwork::start("everything").await?;
    let relay_port = network.service_port(0);
    let relay = start(&network, "ballast-relay", relay_port, &["--key", &network.key_file("relay")]).await?;
    let url = format!("http://127.0.0.1:{relay_port}");
    let key = network.key_file("maker");
    let maker_args = ["--key", &key, "--relay", &url];
    let maker = start(&network, "ballast-market-maker", network.service_port(1), &maker_args).await?;
    let client = RelayClient::new(&url)?;

    let market = network.known_market("BTC")?;
    let coin = 10_i32.pow(u32::from(market.quantity_decimals));
    let alice = network.account_key("alice")?;
    let package = |ratio: i32| vec![PackageLeg { market: market.number, contract: Contract::PERPETUAL.into(), ratio }];
    let address = alice.address();
    let price = |ratio: i32| {
        let asking = client.quotes(&address, package(ratio), 1);
        async { anyhow::Ok(asking.await?.quotes.first().map(|quote| (quote.id.clone(), quote.prices[0]))) }
    };
    until("a quote", || async { Ok(price(coin).await?.is_some()) }).await?;
    let (_, asked) = price(coin).await?.expect("it quotes");
    let (_, bid) = price(-coin).await?.expect("it quotes");
    assert!(bid < market.price && market.price < asked, "{bid} {} {asked}", market.price);
    assert!(asked - bid < market.price / 1_000, "the spread is small: {bid} {asked}");
    assert!(price(1_000 * coin).await?.is_none(), "a hundred million dollars are more than it takes");

    let trader = network.key("alice")?;
    let open = instructions::open_order_records(&alice, trader.pubkey());
    network.send(&[&trader], vec![open], cost::OPEN_ORDER_RECORDS).await?;
    let records = network.rpc.account(&seeds::order_records(&alice.address()).0).await?.expect("they are open");
    let (quote, limit) = price(5 * coin).await?.expect("it quotes");
    let order = Order {
        domain: accounts::read_order_records(&records)?.domain,
        exchange: alice.exchange,
        account: alice.address(),
        nonce: 1,
        expires_at: network.feed.view().now + 60,
        maximum_fee: u64::MAX,
        size: 1,
        minimum_fill: 1,
        role: OrderRole::Taking,
        is_reduce_only: false,
        claims_rebates: false,
        counterparty: None,
        net_limit: None,
        legs: vec![OrderLeg { market: market.number, contract: Contract::PERPETUAL, ratio: 5 * coin, price: limit }],
    };
    let outcome = client.submit(&trader, &order, Some(quote)).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");

    // It sold, so it wants to buy: both of its prices rise.
    until("the inventory to be seen", || async {
        let (Some((_, asked_after)), Some((_, bid_after))) = (price(coin).await?, price(-coin).await?) else {
            return Ok(false);
        };
        Ok(asked_after > asked && bid_after > bid)
    })
    .await?;
    assert!(maker.end().await? && relay.end().await?, "they end well when they are asked to");
    Ok(())
}
