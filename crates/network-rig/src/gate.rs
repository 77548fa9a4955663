//! JSON-RPC in front of a node, question by question: what one asks can be held back, or answered with an error.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// A gate in front of a node.
pub struct Gate {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: String,
    client: reqwest::Client,
    held: watch::Sender<Option<&'static str>>,
    waiting: AtomicUsize,
    /// Methods, and the errors that the next questions of each are answered with.
    errors: Mutex<VecDeque<(&'static str, Value)>>,
}

impl Gate {
    /// In front of the node at `target` (`http://127.0.0.1:8899`).
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            client: reqwest::Client::new(),
            held: watch::Sender::new(None),
            waiting: AtomicUsize::new(0),
            errors: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(shared.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds back what a method asks (`sendTransaction`), from now on.
    pub fn hold(&self, method: &'static str) {
        self.shared.held.send_replace(Some(method));
    }

    /// Lets through what is held back, and holds nothing back any more.
    pub fn release(&self) {
        self.shared.held.send_replace(None);
    }

    /// Questions that are held back and whose askers still wait.
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Answers the next question of a method with an error in JSON, which the node never sees.
    pub fn fail_next(&self, method: &'static str, error: Value) {
        self.shared.errors.lock().unwrap_or_else(PoisonError::into_inner).push_back((method, error));
    }

    /// Errors that nobody has met yet.
    pub fn errors_left(&self) -> usize {
        self.shared.errors.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn error_for(&self, method: &str) -> Option<Value> {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let place = errors.iter().position(|(failing, _)| *failing == method)?;
        errors.remove(place).map(|(_, error)| error)
    }
}

/// Counts a question that waits, until it is let through or its asker goes.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn pass(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let question: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = question["method"].as_str().unwrap_or_default();
    if let Some(error) = shared.error_for(method) {
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "error": error });
        return ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response();
    }
    if *shared.held.borrow() == Some(method) {
        let _waiting = Waiting::new(&shared.waiting);
        let _ = shared.held.subscribe().wait_for(|held| *held != Some(method)).await;
    }
    let asked = shared.client.post(&shared.target).header(CONTENT_TYPE.as_str(), "application/json").body(body);
    let Ok(answer) = asked.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    match answer.bytes().await {
        Ok(bytes) => (status, [(CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
