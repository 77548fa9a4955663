//! How makers show who they are, and what becomes of those who do not.

use anyhow::Result;
use ballast::SetDelegateArgs;
use ballast_client::{CheckAccounts, instructions};
use ballast_network_rig::until;
use ballast_relay::{
    client,
    interface::{MakerMessage, RelayMessage},
};
use solana_signer::Signer;
use tokio_tungstenite::{connect_async, tungstenite::Error};

use crate::stage::{Maker, Stage};

/// Codes of closing frames.
const POLICY: u16 = 1008;
const AGAIN: u16 = 1013;

#[tokio::test]
async fn only_who_may_trade_for_an_account_is_its_maker() -> Result<()> {
    let stage = Stage::start().await?;
    let [maker, bob] = [stage.network.key("maker")?, stage.network.key("bob")?];
    let account = stage.network.account_key("maker")?;

    // A stranger names the account.
    let mut connection = Maker::open(&stage).await?;
    let challenge = connection.hear().await?;
    connection.say(&client::hello(&bob, &account, &challenge)?).await?;
    let (problem, code) = connection.closed().await?;
    assert_eq!((problem.code.as_str(), code), ("notAuthorised", POLICY));

    // A stranger repeats what the maker has said on another connection.
    let mut connection = Maker::open(&stage).await?;
    let said = client::hello(&maker, &account, &challenge)?;
    let drawn_anew = connection.hear().await?;
    connection.say(&said).await?;
    let (problem, code) = connection.closed().await?;
    assert_eq!((problem.code.as_str(), code), ("wrongSignature", POLICY));
    assert!(!format!("{challenge:?}").eq(&format!("{drawn_anew:?}")), "each connection has a challenge of its own");

    // Somebody says something else first.
    let mut connection = Maker::open(&stage).await?;
    connection.say(&MakerMessage::Withdraw { request: "r1".to_owned() }).await?;
    assert_eq!(connection.closed().await?.0.code, "helloFirst");

    // The relay counts who is welcome, and nobody else.
    let welcome = Maker::connect(&stage, "maker").await?;
    assert_eq!(stage.ask("/v1/info").await?["makers"], 1);
    drop(welcome);
    until("the maker to be gone", || async { Ok(stage.ask("/v1/info").await?["makers"] == 0) }).await?;

    // A delegate may trade, so it may make.
    let delegate =
        SetDelegateArgs { delegate: bob.pubkey(), expires_at: stage.network.feed.view().now + 3_600, markets: [0; 4] };
    let of_maker = stage.network.account("maker").await?;
    let check = CheckAccounts::of(&[&of_maker]).metas(&stage.network.feed.view().snapshot)?;
    let appoint = instructions::set_delegate(&account, delegate, check);
    stage.network.send(&[&maker], vec![appoint], 200_000).await?;
    until("the relay to know the delegate", || async {
        let mut connection = Maker::open(&stage).await?;
        let challenge = connection.hear().await?;
        connection.say(&client::hello(&bob, &account, &challenge)?).await?;
        Ok(matches!(connection.hear().await?, RelayMessage::Welcome))
    })
    .await
}

#[tokio::test]
async fn places_are_limited_by_account_by_address_and_by_time() -> Result<()> {
    let settings = [("BALLAST_RELAY_HELLO_SECONDS", "2"), ("BALLAST_RELAY_MOST_CONNECTIONS_PER_ADDRESS", "7")];
    let stage = Stage::start_with(&settings).await?;
    let mut silent = Maker::open(&stage).await?;
    let (problem, code) = silent.closed().await?;
    assert_eq!((problem.code.as_str(), code), ("helloLate", POLICY));
    assert_eq!(problem.message, "no hello came within 2 s");

    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(Maker::connect(&stage, "maker").await?);
    }
    let mut more = Maker::open(&stage).await?;
    let challenge = more.hear().await?;
    let (key, account) = (stage.network.key("maker")?, stage.network.account_key("maker")?);
    more.say(&client::hello(&key, &account, &challenge)?).await?;
    let (problem, code) = more.closed().await?;
    assert_eq!((problem.code.as_str(), code), ("tooManyMakers", AGAIN));
    assert_eq!(problem.message, "the account has 4 connections already");
    drop(more);
    let other = Maker::connect(&stage, "bob").await?;
    assert_eq!(stage.ask("/v1/info").await?["makers"], 5);

    // Listeners take places too.
    let stream = format!(
        "{}/v1/stream?account={}",
        stage.url.replacen("http", "ws", 1),
        stage.network.account_key("bob")?.address()
    );
    let mut listening = Vec::new();
    let refused = loop {
        match connect_async(&stream).await {
            Ok((socket, _)) => listening.push(socket),
            Err(error) => break error,
        }
        assert!(listening.len() < 7, "nobody is refused");
    };
    let Error::Http(answer) = refused else { panic!("{refused}") };
    assert_eq!(answer.status().as_u16(), 429);
    drop((other, held, listening));
    until("places to be free", || async { Ok(connect_async(&stream).await.is_ok()) }).await
}
