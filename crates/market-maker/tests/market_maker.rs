//! The market maker as somebody runs it: its own process, quoting on a relay, on a local network of its own.

use std::path::Path;

use anyhow::{Context as _, Result};
use ballast_client::{MarginAccountKey, accounts, cost, instructions};
use ballast_network_rig::{LocalNetwork, Process, until};
use ballast_relay::{
    client::{self, RelayClient},
    interface::{OrderOutcome, OrderStatus, PackageLeg, Quote},
};
use ballast_state::{Contract, Market, OptionKind, OrderLeg, seeds};
use solana_signer::Signer;

/// A network with a relay and a market maker on it, and alice, who trades.
struct Stage {
    network: LocalNetwork,
    relay: Process,
    maker: Process,
    url: String,
    client: RelayClient,
    alice: MarginAccountKey,
}

impl Stage {
    /// Starts all; the maker with these settings, as variables of its environment.
    async fn start(settings: &[(&str, &str)]) -> Result<Self> {
        let network = LocalNetwork::start("everything").await?;
        let relay = start_relay(&network).await?;
        let url = format!("http://127.0.0.1:{}", network.service_port(0));
        let args = ["--key", &network.key_file("maker"), "--relay", &url];
        let maker = start(&network, "ballast-market-maker", network.service_port(1), &args, settings).await?;
        let (alice, key) = (network.account_key("alice")?, network.key("alice")?);
        let open = instructions::open_order_records(&alice, key.pubkey());
        network.send(&[&key], vec![open], cost::OPEN_ORDER_RECORDS).await?;
        let stage = Self { client: RelayClient::new(&url)?, network, relay, maker, url, alice };
        stage.is_quoting().await?;
        Ok(stage)
    }

    /// Waits until the maker quotes.
    async fn is_quoting(&self) -> Result<()> {
        let legs = self.perpetual(self.coin()?)?;
        until("a quote", || async { Ok(self.best(&legs).await?.is_some()) }).await
    }

    fn market(&self) -> Result<Market> {
        self.network.known_market("BTC")
    }

    /// Lots of one coin.
    fn coin(&self) -> Result<i32> {
        Ok(10_i32.pow(u32::from(self.market()?.quantity_decimals)))
    }

    /// The package that buys so many lots of the perpetual.
    fn perpetual(&self, ratio: i32) -> Result<Vec<PackageLeg>> {
        Ok(vec![PackageLeg { market: self.market()?.number, contract: Contract::PERPETUAL.into(), ratio }])
    }

    /// The best quote of a package.
    async fn best(&self, legs: &[PackageLeg]) -> Result<Option<Quote>> {
        Ok(self.client.quotes(&self.alice.address(), legs.to_vec(), 1).await?.quotes.into_iter().next())
    }

    /// The price at which so many lots of the perpetual are quoted.
    async fn price(&self, ratio: i32) -> Result<Option<u64>> {
        Ok(self.best(&self.perpetual(ratio)?).await?.map(|quote| quote.prices[0]))
    }

    /// Takes a quote of these legs.
    async fn take(&self, nonce: u64, legs: &[PackageLeg], quote: &Quote) -> Result<OrderOutcome> {
        let records = self.network.rpc.account(&seeds::order_records(&self.alice.address()).0).await?;
        let wanted = legs.iter().zip(&quote.prices).map(|(leg, &price)| OrderLeg {
            market: leg.market,
            contract: leg.contract.into(),
            ratio: leg.ratio,
            price,
        });
        let domain = accounts::read_order_records(&records.context("they are open")?)?.domain;
        let expires_at = self.network.feed.view().now + 60;
        let order = client::taking_order(&self.alice, domain, nonce, expires_at, wanted.collect());
        self.client.submit(&self.network.key("alice")?, &order, Some(quote.id.clone())).await
    }

    /// Quotes that the relay holds.
    async fn standing(&self) -> Result<u64> {
        let info: serde_json::Value = reqwest::get(format!("{}/v1/info", self.url)).await?.json().await?;
        info["quotes"].as_u64().context("the relay counts quotes")
    }
}

/// Starts a program that was built beside the market maker.
async fn start(
    network: &LocalNetwork,
    name: &str,
    port: u16,
    args: &[&str],
    environment: &[(&str, &str)],
) -> Result<Process> {
    let program = Path::new(env!("CARGO_BIN_EXE_ballast-market-maker")).with_file_name(name);
    let listen = format!("127.0.0.1:{port}");
    let mut all: Vec<String> = args.iter().map(ToString::to_string).collect();
    all.extend(["--network".to_owned(), network.description_file(), "--listen".to_owned(), listen.clone()]);
    let mut process = Process::start_with(&program, &all, environment, &network.folder().join(format!("{name}.log")))?;
    process.answers(&format!("http://{listen}/health")).await?;
    Ok(process)
}

async fn start_relay(network: &LocalNetwork) -> Result<Process> {
    start(network, "ballast-relay", network.service_port(0), &["--key", &network.key_file("relay")], &[]).await
}

#[tokio::test]
async fn quotes_surround_the_mark_move_with_the_inventory_and_have_limits() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let (coin, index) = (stage.coin()?, stage.market()?.price);
    let asked = stage.price(coin).await?.expect("it quotes");
    let bid = stage.price(-coin).await?.expect("it quotes");
    assert!(bid < index && index < asked, "{bid} {index} {asked}");
    assert!(asked - bid < index / 1_000, "the spread is small: {bid} {asked}");
    assert!(stage.price(1_000 * coin).await?.is_none(), "a hundred million dollars are more than it takes");

    let legs = stage.perpetual(5 * coin)?;
    let quote = stage.best(&legs).await?.expect("it quotes");
    let outcome = stage.take(1, &legs, &quote).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    // It sold, so it wants to buy: both of its prices rise.
    until("the inventory to be seen", || async {
        let (Some(asked_after), Some(bid_after)) = (stage.price(coin).await?, stage.price(-coin).await?) else {
            return Ok(false);
        };
        Ok(asked_after > asked && bid_after > bid)
    })
    .await?;
    let Stage { relay, maker, .. } = stage;
    assert!(maker.end().await? && relay.end().await?, "they end well when they are asked to");
    Ok(())
}

#[tokio::test]
async fn a_package_is_quoted_as_one_and_nothing_beyond_the_inventorys_limit() -> Result<()> {
    // Three coins at a hundred thousand dollars.
    let stage = Stage::start(&[("BALLAST_MAKER_PRICING__MOST_DELTA", "300000000000")]).await?;
    let (coin, market) = (stage.coin()?, stage.market()?);
    let listed = market.series.iter().enumerate();
    let calls = listed.filter(|(_, it)| it.number != 0 && it.kind() == OptionKind::Call);
    let (slot, call) = calls.min_by_key(|(_, it)| it.strike.abs_diff(market.price)).context("no call is listed")?;
    let call = Contract::option(slot as u8, call);
    // A call bought and half a coin sold against it, in an order that is not that of contracts.
    let legs = [
        PackageLeg { market: market.number, contract: call.into(), ratio: coin },
        PackageLeg { market: market.number, contract: Contract::PERPETUAL.into(), ratio: -coin / 2 },
    ];
    let quote = stage.best(&legs).await?.expect("it quotes the package");
    let now = stage.network.feed.view().now;
    let mark = call.find(&market)?.mark(&market, now)?.price;
    assert!(mark < quote.prices[0] && quote.prices[1] < market.price, "{mark} {:?} {}", quote.prices, market.price);
    let outcome = stage.take(1, &legs, &quote).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    assert_eq!(outcome.fills[0].legs.len(), 2, "one fill of both legs");

    assert!(stage.price(5 * coin).await?.is_none(), "more than the limit at once");
    let legs = stage.perpetual(5 * coin / 2)?;
    let quote = stage.best(&legs).await?.expect("within the limit");
    assert_eq!(stage.take(2, &legs, &quote).await?.status, OrderStatus::Filled);
    until("the inventory to be full", || async { Ok(stage.price(coin).await?.is_none()) }).await?;
    assert!(stage.price(-coin).await?.is_some(), "what brings it back is quoted");
    Ok(())
}

#[tokio::test]
async fn quotes_go_when_the_index_moves_and_come_back_at_the_new_one() -> Result<()> {
    let stage = Stage::start(&[("BALLAST_MAKER_STANDING_SECONDS", "100")]).await?;
    let (coin, index) = (stage.coin()?, stage.market()?.price);
    let legs = stage.perpetual(coin)?;
    let old = stage.best(&legs).await?.expect("it quotes");
    assert!(stage.standing().await? > 0);
    stage.network.hold(&[("BTC", 101_000.0)]).await?;
    until("the quotes to be taken back", || async { Ok(stage.standing().await? == 0) }).await?;
    let error = stage.take(1, &legs, &old).await.expect_err("it is gone").to_string();
    assert!(error.contains("quoteGone"), "{error}");
    until("a quote at the new index", || async {
        Ok(stage.price(coin).await?.is_some_and(|price| price > index / 200 * 201))
    })
    .await
}

#[tokio::test]
async fn the_maker_comes_back_after_the_relay_was_restarted() -> Result<()> {
    let mut stage = Stage::start(&[]).await?;
    stage.relay.kill().await?;
    stage.maker.says("trying again").await?;
    stage.relay = start_relay(&stage.network).await?;
    stage.is_quoting().await?;
    let legs = stage.perpetual(stage.coin()?)?;
    let quote = stage.best(&legs).await?.expect("it quotes");
    let outcome = stage.take(1, &legs, &quote).await?;
    assert_eq!(outcome.status, OrderStatus::Filled, "{outcome:?}");
    Ok(())
}
