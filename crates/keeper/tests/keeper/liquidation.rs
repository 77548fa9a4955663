//! Accounts below maintenance margin: liquidated to their target, by one keeper, by two, across a restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};
use axum::{Json, Router, extract::State, routing::post};
use ballast_client::{CheckAccounts, CollateralToken, MarginAccountKey, instructions, liquidation::Valuer};
use ballast_network_rig::{Gate, Leg, until};
use ballast_relay::interface::QuoteRequest;
use ballast_risk::MicroUsd;
use ballast_state::revaluation::{Purpose, Sources};
use solana_signer::Signer;
use tokio::net::TcpListener;

use crate::stage::{Keeper, health, is_restored, leverage, metric, network};

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
        until("both to be well", || async { Ok(health(&keeper.url()).await?.0) }).await?;
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

/// Two keepers decide on the same step, and one of them is held up until the other has done all there was to do.
#[tokio::test]
async fn who_loses_the_race_counts_it_and_comes_to_no_harm() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let gates = [Gate::start(&network.description.rpc_url).await?, Gate::start(&network.description.rpc_url).await?];
    let ws_url = &network.description.ws_url;
    let first = Keeper::roles(&network, 0, "liquidate").through(&gates[0].url(), ws_url);
    let second = Keeper::roles(&network, 1, "liquidate").of("bob").through(&gates[1].url(), ws_url);
    let [one, other] = [first.start().await?, second.start().await?];
    let before = network.account("bob").await?;
    for gate in &gates {
        gate.hold("sendTransaction");
    }
    network.hold(&[("SOL", 160.0)]).await?;
    until("both to have decided", || async { Ok(gates.iter().all(|gate| gate.waiting() > 0)) }).await?;
    gates[0].release();
    until("the liquidation to end", || is_restored(&network)).await?;
    gates[1].release();
    let lost = "ballast_outcompeted_total{what=\"liquidate\"}";
    until("the race to be lost", || async { Ok(metric(&second.url(), lost).await? >= 1.0) }).await?;

    let landed = "ballast_transactions_total{what=\"liquidate\",outcome=\"landed\"}";
    assert_eq!(metric(&second.url(), landed).await?, 0.0);
    assert!(metric(&first.url(), landed).await? >= 1.0);
    let after = network.account("bob").await?;
    assert_eq!((after.cash, after.position_count), (before.cash, before.position_count));
    assert_eq!(metric(&second.url(), "ballast_rounds_failed_total{role=\"liquidate\"}").await?, 0.0);
    until("the loser to be well", || async { Ok(health(&second.url()).await?.0) }).await?;
    assert!(one.end().await? && other.end().await?);
    Ok(())
}

/// Requests by market: how many a relay that never answers holds now, and at most held at once.
type Asked = Arc<Mutex<BTreeMap<u16, (usize, usize)>>>;

/// Counts a request until its asker gives it up.
struct Open(Asked, u16);

impl Open {
    fn new(asked: Asked, market: u16) -> Self {
        let mut counts = asked.lock().expect("nobody panics with it");
        let (now, most) = counts.entry(market).or_default();
        *now += 1;
        *most = (*most).max(*now);
        drop(counts);
        Self(asked, market)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some((now, _)) = self.0.lock().expect("nobody panics with it").get_mut(&self.1) {
            *now -= 1;
        }
    }
}

#[tokio::test]
async fn a_relay_that_does_not_answer_delays_no_liquidation() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    // Something to hedge before there is anything to liquidate.
    let coin = 10_i64.pow(u32::from(network.known_market("BTC")?.quantity_decimals));
    network.trade("keeper", "maker", "BTC", &[Leg::Perpetual(coin)]).await?;
    let bitcoin = network.market_number("BTC")?;

    let asked = Asked::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let relay = format!("http://{}", listener.local_addr()?);
    let silent = |State(asked): State<Asked>, Json(request): Json<QuoteRequest>| async move {
        let _open = Open::new(asked, request.legs[0].market);
        std::future::pending::<()>().await;
    };
    let router = Router::new().route("/v1/requests", post(silent)).with_state(asked.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    let keeper = Keeper::all(&network, 0);
    let settings = [("BALLAST_KEEPER_LIQUIDATE__RELAY", &*relay), ("BALLAST_KEEPER_LIQUIDATE__LEAST_HEDGE", "1000000")];
    let process = keeper.start_with(&settings).await?;
    let open = |market: u16| asked.lock().expect("nobody panics with it").get(&market).copied().unwrap_or_default();
    until("a hedge to be under way", || async { Ok(open(bitcoin).0 == 1) }).await?;

    network.hold(&[("SOL", 160.0)]).await?;
    until("the liquidation to end", || is_restored(&network)).await?;
    let solana = network.market_number("SOL")?;
    until("what was taken over to be hedged beside it", || async { Ok(open(solana).0 == 1) }).await?;
    for market in [bitcoin, solana] {
        assert_eq!(open(market).1, 1, "one hedge of a market at a time");
    }
    assert!(health(&keeper.url()).await?.0, "{}", process.said());
    assert!(process.end().await?);
    serving.abort();
    Ok(())
}

#[tokio::test]
async fn a_deficit_is_covered_by_the_insurance_fund() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    let quote_bank = || {
        let view = network.feed.view();
        view.snapshot.bank(view.snapshot.exchange.quote_bank_number).copied().context("there is a quote token")
    };
    let bank = quote_bank()?;
    let quote = CollateralToken { mint: bank.mint, program: bank.token_program };
    let alice = network.key("alice")?;
    let account = network.account("alice").await?;
    let (key, exchange) = (MarginAccountKey::of(&account), account.exchange);
    let check = CheckAccounts::of(&[&account]).metas(&network.feed.view().snapshot)?;
    let staking = vec![
        instructions::open_stake(exchange, alice.pubkey(), alice.pubkey()),
        instructions::stake(&key, &quote, 240_000_000_000, check),
    ];
    network.send(&[&alice], staking, 200_000).await?;
    until("the stake to be seen", || async { Ok(quote_bank()?.insurance >= 240_000_000_000) }).await?;
    let insured = quote_bank()?.insurance;

    // More than half of the price at once: what carol owes is more than all that she has.
    network.hold(&[("SOL", 90.0)]).await?;
    let keeper = Keeper::all(&network, 0);
    let process = keeper.start().await?;
    let resolved = "ballast_liquidations_total{plan=\"resolution\"}";
    until("a resolution", || async { Ok(metric(&keeper.url(), resolved).await? >= 1.0) }).await?;
    until("no deficit to be left", || async {
        let view = network.feed.view();
        let carol = network.account("carol").await?;
        let margin = Valuer::new(&view.snapshot, view.moment(Purpose::View)).margin(&carol);
        let is_covered =
            margin.is_some_and(|it| it.equity >= MicroUsd::ZERO && it.maintenance_excess >= MicroUsd::ZERO);
        Ok(is_covered && carol.is_bankrupt == 0)
    })
    .await?;
    until("the fund to have paid", || async { Ok(quote_bank()?.insurance < insured) }).await?;
    assert_eq!(quote_bank()?.open_bankruptcies, 0);
    assert!(quote_bank()?.insurance >= insured / 2, "no market draws more than half of the fund");
    let own = network.account("keeper").await?;
    assert!(own.position_count > 0, "the keeper took the positions over: {}", process.said());
    assert!(process.end().await?);
    Ok(())
}

#[tokio::test]
async fn an_open_bankruptcy_is_recorded_and_taken_off_the_record_once_it_is_none() -> Result<()> {
    let network = network().await?;
    leverage(&network).await?;
    // It may take nothing over, so the deficit stays; and nobody else brings prices in.
    let limits = [("BALLAST_KEEPER_LIQUIDATE__MOST_DELTA", "1"), ("BALLAST_KEEPER_LIQUIDATE__MOST_VEGA", "1")];
    let keeper = Keeper::roles(&network, 0, "liquidate");
    let process = keeper.start_with(&limits).await?;
    let open = || -> Result<u32> {
        let view = network.feed.view();
        let bank = view.snapshot.bank(view.snapshot.exchange.quote_bank_number).context("there is a quote token")?;
        Ok(bank.open_bankruptcies)
    };
    network.hold(&[("SOL", 90.0)]).await?;
    until("the record to name carol", || async {
        Ok(network.account("carol").await?.is_bankrupt == 1 && open()? == 1)
    })
    .await?;
    network.hold(&[("SOL", 200.0)]).await?;
    until("the record to be empty", || async { Ok(network.account("carol").await?.is_bankrupt == 0 && open()? == 0) })
        .await?;
    let resolved = "ballast_liquidations_total{plan=\"resolution\"}";
    assert_eq!(metric(&keeper.url(), resolved).await?, 0.0);
    assert!(process.end().await?);
    Ok(())
}
