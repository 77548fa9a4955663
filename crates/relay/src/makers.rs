//! Makers that are connected.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anchor_lang::prelude::Pubkey;
use axum::extract::ws::{Message, WebSocket};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{sync::mpsc, time::timeout};
use tracing::{debug, info};

use crate::{
    Relay, handshake,
    interface::{MakerMessage, Problem, RelayMessage},
    signed::{self, CheckedOrder},
    sockets,
};

/// Messages that a slow maker may be behind; then it misses requests.
const MOST_BEHIND: usize = 64;
/// Connections of one account: a maker may run twice, or come back before its old connection is known to be gone.
const MOST_OF_ACCOUNT: usize = 4;

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
    fn connected(&self) -> MutexGuard<'_, HashMap<u64, Maker>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self) -> usize {
        self.connected().len()
    }

    /// Whether a connection is open.
    pub(crate) fn is_connected(&self, number: u64) -> bool {
        self.connected().contains_key(&number)
    }

    /// Asks all but the taker itself. Returns how many were asked.
    pub(crate) fn ask(&self, taker: &Pubkey, request: &RelayMessage) -> usize {
        let makers: Vec<Maker> = self.connected().values().cloned().collect();
        let asked = makers.iter().filter(|maker| maker.account != *taker);
        asked.filter(|maker| maker.sender.try_send(request.clone()).is_ok()).count()
    }

    fn join(&self, maker: Maker, most: usize) -> Result<u64, Problem> {
        let mut connected = self.connected();
        if connected.len() >= most {
            return Err(Problem::new("tooManyMakers", format!("{most} makers are connected already")));
        }
        let of_account = connected.values().filter(|other| other.account == maker.account).count();
        if of_account >= MOST_OF_ACCOUNT {
            let message = format!("the account has {MOST_OF_ACCOUNT} connections already");
            return Err(Problem::new("tooManyMakers", message));
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        connected.insert(number, maker);
        Ok(number)
    }

    fn leave(&self, number: u64) {
        self.connected().remove(&number);
    }
}

/// Talks to a maker until it goes. Its quotes go with it: who is not there can withdraw none.
pub(crate) async fn serve(relay: Arc<Relay>, mut socket: WebSocket) {
    let ended = match hello(&relay, &mut socket).await {
        Ok(Some(account)) => attend(&relay, account, &mut socket).await,
        Ok(None) => Ok(()),
        Err(problem) => Err(problem),
    };
    if let Err(problem) = ended {
        debug!(?problem, "a maker's connection is closed");
        sockets::close(socket, problem).await;
    }
}

async fn attend(relay: &Arc<Relay>, account: Pubkey, socket: &mut WebSocket) -> Result<(), Problem> {
    let (sender, requests) = mpsc::channel(MOST_BEHIND);
    let events = relay.listen();
    let number = relay.makers.join(Maker { account, sender }, relay.settings.most_makers)?;
    info!(%account, "a maker is connected");
    let ended = if sockets::say(socket, &RelayMessage::Welcome).await {
        sockets::talk(socket, account, events, requests, |said| take(relay, number, &account, said)).await
    } else {
        Ok(())
    };
    relay.makers.leave(number);
    relay.drop_quotes(number);
    info!(%account, "a maker is gone");
    ended
}

/// Learns who is there; nothing if the connection is closed. Somebody who may trade for the account has to sign what is drawn for
/// this connection.
async fn hello(relay: &Relay, socket: &mut WebSocket) -> Result<Option<Pubkey>, Problem> {
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).map_err(|error| Problem::new("noChallenge", error.to_string()))?;
    let exchange = relay.target.exchange;
    let challenge = RelayMessage::Challenge {
        version: handshake::VERSION,
        exchange: exchange.to_string(),
        nonce: BASE64_STANDARD.encode(drawn),
    };
    if !sockets::say(socket, &challenge).await {
        return Ok(None);
    }
    let seconds = relay.settings.hello_seconds;
    let late = |_| Problem::new("helloLate", format!("no hello came within {seconds} s"));
    let said = timeout(Duration::from_secs(seconds), first_words(socket)).await.map_err(late)?;
    let Some(said) = said else { return Ok(None) };
    let MakerMessage::Hello { account, signer, signature } = parse(&said)? else {
        return Err(Problem::new("helloFirst", "the first message has to say who it is from: type hello"));
    };
    let (account, signer) = (signed::address(&account)?, signed::address(&signer)?);
    let signature = signed::signature_of(&signature)?;
    let view = relay.view();
    let authorised = signed::account(&view, &account)?.require_authority(&signer, view.now);
    authorised.map_err(|refusal| Problem::new("notAuthorised", refusal.to_string()))?;
    signed::require_signature(&signature, &signer, &handshake::message(&exchange, &account, &drawn))?;
    signed::records(&relay.rpc, &account).await?;
    Ok(Some(account))
}

async fn first_words(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(said))) => return Some(said.to_string()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

fn take(relay: &Relay, number: u64, account: &Pubkey, said: &str) -> Result<(), Problem> {
    match parse(said)? {
        MakerMessage::Hello { .. } => Err(Problem::new("helloOnce", "a connection is one account's")),
        MakerMessage::Quote { request, message, signer, signature } => {
            let order = CheckedOrder::read(&relay.view(), &message, &signer, &signature)?;
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
        MakerMessage::Withdraw { request } => {
            relay.withdraw(number, &request);
            Ok(())
        }
    }
}

fn parse(said: &str) -> Result<MakerMessage, Problem> {
    serde_json::from_str(said).map_err(|error| Problem::new("malformed", error.to_string()))
}
