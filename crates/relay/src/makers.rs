//! Makers that are connected.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anchor_lang::prelude::Pubkey;
use axum::extract::ws::{Message, WebSocket};
use tokio::sync::mpsc;
use tracing::{debug, info};

use crate::{
    Relay,
    interface::{MakerMessage, Problem, RelayMessage},
    signed,
};

/// Messages that a slow maker may be behind; then it misses requests.
const MOST_BEHIND: usize = 64;

/// Who is connected.
#[derive(Default)]
pub(crate) struct Makers {
    connected: Mutex<HashMap<u64, Maker>>,
    numbers: AtomicU64,
}

#[derive(Clone)]
struct Maker {
    account: Pubkey,
    sender: mpsc::Sender<RelayMessage>,
}

impl Makers {
    pub(crate) fn count(&self) -> usize {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Asks all but the taker itself. Returns how many were asked.
    pub(crate) fn ask(&self, taker: &Pubkey, request: &RelayMessage) -> usize {
        let makers: Vec<Maker> =
            self.connected.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let asked = makers.iter().filter(|maker| maker.account != *taker);
        asked.filter(|maker| maker.sender.try_send(request.clone()).is_ok()).count()
    }

    fn join(&self, maker: Maker, most: usize) -> Result<u64, Problem> {
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if connected.len() >= most {
            return Err(Problem::new("tooManyMakers", format!("{most} makers are connected already")));
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        connected.insert(number, maker);
        Ok(number)
    }

    fn leave(&self, number: u64) {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }
}

/// Talks to a maker until it goes.
pub(crate) async fn serve(relay: Arc<Relay>, mut socket: WebSocket) {
    let account = match hello(&relay, &mut socket).await {
        Ok(Some(account)) => account,
        Ok(None) => return,
        Err(problem) => {
            let _ = socket.send(text(&RelayMessage::Refused { problem })).await;
            return;
        }
    };
    let (sender, mut requests) = mpsc::channel(MOST_BEHIND);
    let number = match relay.makers.join(Maker { account, sender }, relay.settings.most_makers) {
        Ok(number) => number,
        Err(problem) => {
            let _ = socket.send(text(&RelayMessage::Refused { problem })).await;
            return;
        }
    };
    info!(%account, "a maker is connected");
    let mut events = relay.listen();
    loop {
        let outgoing = tokio::select! {
            request = requests.recv() => request,
            event = events.recv() => match event {
                Ok((of, message)) if of == account => Some(message),
                Ok(_) => continue,
                // It missed something; what it holds is on chain.
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => None,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(said))) => match take(&relay, number, &account, &said) {
                    Ok(()) => continue,
                    Err(problem) => {
                        debug!(%account, ?problem, "a maker's message is refused");
                        Some(RelayMessage::Refused { problem })
                    }
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            },
        };
        let Some(outgoing) = outgoing else { break };
        if socket.send(text(&outgoing)).await.is_err() {
            break;
        }
    }
    relay.makers.leave(number);
    info!(%account, "a maker is gone");
}

async fn hello(relay: &Relay, socket: &mut WebSocket) -> Result<Option<Pubkey>, Problem> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(said))) => {
                let MakerMessage::Hello { account } = parse(&said)? else {
                    return Err(Problem::new("helloFirst", "the first message has to say who it is from: type hello"));
                };
                let address = signed::address(&account)?;
                signed::account(&relay.view(), &address)?;
                signed::records(&relay.rpc, &address).await?;
                return Ok(Some(address));
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(None),
            Some(Ok(_)) => {}
        }
    }
}

fn take(relay: &Relay, number: u64, account: &Pubkey, said: &str) -> Result<(), Problem> {
    match parse(said)? {
        MakerMessage::Hello { .. } => Err(Problem::new("helloOnce", "a connection is one account's")),
        MakerMessage::Quote { request, message, signer, signature } => {
            let order = signed::CheckedOrder::read(&relay.view(), &message, &signer, &signature)?;
            if order.order.account != *account {
                return Err(Problem::new(
                    "otherAccount",
                    format!("the quote is of {}, the connection of {account}", order.order.account),
                ));
            }
            relay.take_quote(number, &request, Some(order))
        }
        MakerMessage::Decline { request, reason } => {
            debug!(%account, request, reason, "declined");
            relay.take_quote(number, &request, None)
        }
    }
}

fn parse(said: &str) -> Result<MakerMessage, Problem> {
    serde_json::from_str(said).map_err(|error| Problem::new("malformed", error.to_string()))
}

pub(crate) fn text(message: &RelayMessage) -> Message {
    Message::Text(serde_json::to_string(message).unwrap_or_default().into())
}
