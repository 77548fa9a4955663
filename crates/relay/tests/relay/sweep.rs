//! What the relay asks of nodes to keep its book in step with the chain.

use std::sync::{Arc, Mutex};

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use ballast_network_rig::until;
use ballast_state::{OrderRole, seeds};
use tokio::net::TcpListener;

use crate::stage::{Stage, start_relay_at};

/// A node that notes what it is asked, and has another one answer.
#[derive(Clone)]
struct Listener {
    node: String,
    client: reqwest::Client,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// Starts it; returns its address as well.
    async fn start(node: &str) -> Result<(Self, String)> {
        let listener = Self { node: node.to_owned(), client: reqwest::Client::new(), asked: Arc::default() };
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", socket.local_addr()?);
        let router = Router::new().fallback(pass_on).with_state(listener.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        Ok((listener, address))
    }

    /// How many questions named one of these words, and how many all of them.
    fn named(&self, words: &[String]) -> (usize, usize) {
        let asked = self.asked.lock().expect("nobody fails while holding it");
        let some = asked.iter().filter(|question| words.iter().any(|word| question.contains(word)));
        let all = asked.iter().filter(|question| words.iter().all(|word| question.contains(word)));
        (some.count(), all.count())
    }
}

async fn pass_on(State(listener): State<Listener>, question: String) -> impl IntoResponse {
    listener.asked.lock().expect("nobody fails while holding it").push(question.clone());
    let asking = listener.client.post(&listener.node).header(header::CONTENT_TYPE, "application/json").body(question);
    let answer = async { asking.send().await?.text().await };
    let json = [(header::CONTENT_TYPE, "application/json")];
    answer.await.map(|answer| (json, answer)).map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))
}

#[tokio::test]
async fn the_book_is_compared_with_the_chain_in_one_question() -> Result<()> {
    let Stage { network, relay, url, client } = Stage::start().await?;
    relay.kill().await?;
    let (listener, address) = Listener::start(&network.description.rpc_url).await?;
    let relay = start_relay_at(&network, &address).await?;
    let stage = Stage { network, relay, url, client };
    let index = stage.index()?;
    let mut records = Vec::new();
    for name in ["maker", "bob", "keeper"] {
        for nonce in 1..=3 {
            let order = stage.order(name, nonce, OrderRole::Resting, -1_000, index + 100, 1).await?;
            stage.submit(name, &order, None).await?;
        }
        records.push(seeds::order_records(&stage.network.account_key(name)?.address()).0.to_string());
    }
    // Each order was looked at when it came; what sweeps ask from here on names the records of all accounts at once.
    let (some, all) = listener.named(&records);
    until("two sweeps", || async { Ok(listener.named(&records).1 >= all + 2) }).await?;
    let after = listener.named(&records);
    assert_eq!(after.0 - some, after.1 - all, "no question is for one account alone");
    Ok(())
}
