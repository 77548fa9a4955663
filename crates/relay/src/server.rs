//! HTTP and WebSocket.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context as _, Result};
use axum::{
    Json, Router,
    extract::{ConnectInfo, FromRequestParts, Query, State, WebSocketUpgrade, rejection::JsonRejection, ws::WebSocket},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use ballast_network::telemetry::Telemetry;
use serde::Deserialize;
use serde_json::json;
use solana_signer::Signer;
use tokio::{net::TcpListener, sync::mpsc};
use tower_http::{
    cors::{Any, CorsLayer},
    limit::RequestBodyLimitLayer,
};

use crate::{
    Relay,
    interface::{Fill, Info, OrderOutcome, OrderSubmission, Problem, QuoteAnswer, QuoteRequest, RestingOrder},
    limits::{Counted, subscriber},
    makers, signed, sockets,
};

/// Longest body and longest WebSocket message, bytes.
const LONGEST_BODY: usize = 16 * 1_024;
/// Fills that are listed if nobody says how many, and at most.
const FILLS: (usize, usize) = (50, 1_000);

/// Where a proxy says from where it was asked.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Serves the relay's paths, and those of its metrics and health, where the settings say.
///
/// # Errors
/// If the address is in use. Returns where it listens.
pub async fn serve(relay: Arc<Relay>, telemetry: &Telemetry) -> Result<SocketAddr> {
    let address = relay.settings.listen;
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}: choose another one with --listen"))?;
    let address = listener.local_addr()?;
    let service = router(relay).merge(telemetry.router()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

fn router(relay: Arc<Relay>) -> Router {
    // Nothing here is anybody's secret, and nothing happens without a signature: pages of every origin may ask.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    Router::new()
        .route("/v1/info", get(info))
        .route("/v1/requests", post(request))
        .route("/v1/orders", post(submit).get(orders))
        .route("/v1/fills", get(fills))
        .route("/v1/makers", get(make))
        .route("/v1/stream", get(stream))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(cors)
        .with_state(relay)
}

/// From where something comes.
struct Sender(IpAddr);

impl FromRequestParts<Arc<Relay>> for Sender {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        // Earlier ones are hearsay: the last is what the proxy itself has seen.
        let forwarded = parts.headers.get_all(FORWARDED_FOR).iter().next_back();
        let forwarded = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let address = forwarded.filter(|_| relay.settings.behind_proxy).or(peer);
        Ok(Self(subscriber(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))))
    }
}

/// A refusal over HTTP.
struct Refused(Problem);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code.as_str() {
            "unknownAccount" | "quoteGone" => StatusCode::NOT_FOUND,
            "notAuthorised" | "wrongSignature" => StatusCode::FORBIDDEN,
            "tooMany" | "tooManyConnections" | "bookFull" => StatusCode::TOO_MANY_REQUESTS,
            "unreachable" | "notConfirmed" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({ "error": self.0 }))).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refused>;

/// A body, or why it is none.
fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refused> {
    body.map(|Json(body)| body).map_err(|rejection| Refused(Problem::new("malformed", rejection.body_text())))
}

async fn info(State(relay): State<Arc<Relay>>) -> Json<Info> {
    Json(Info {
        exchange: relay.target.exchange.to_string(),
        payer: relay.wallet.pubkey().to_string(),
        makers: relay.makers.count(),
        quotes: relay.quotes().len(),
        quote_window_millis: relay.settings.quote_window_milliseconds,
    })
}

async fn request(
    State(relay): State<Arc<Relay>>,
    Sender(address): Sender,
    asked: Result<Json<QuoteRequest>, JsonRejection>,
) -> Answer<QuoteAnswer> {
    relay.limits.count(Counted::Address(address)).map_err(Refused)?;
    let asked = body(asked)?;
    relay.request(address, &asked).await.map(Json).map_err(Refused)
}

async fn submit(
    State(relay): State<Arc<Relay>>,
    Sender(address): Sender,
    submitted: Result<Json<OrderSubmission>, JsonRejection>,
) -> Answer<OrderOutcome> {
    relay.limits.count(Counted::Address(address)).map_err(Refused)?;
    let submitted = body(submitted)?;
    // Goes on if whoever sent it goes: a transaction that is sent is to be followed to its end.
    let submitting = tokio::spawn(async move { relay.submit(&submitted).await }).await;
    let broken = |_| Problem::new(Problem::NOT_CONFIRMED, "the relay failed in the middle of it");
    submitting.map_err(broken).and_then(|outcome| outcome).map(Json).map_err(Refused)
}

#[derive(Deserialize)]
struct OfAccount {
    account: String,
}

async fn orders(
    State(relay): State<Arc<Relay>>,
    Query(OfAccount { account }): Query<OfAccount>,
) -> Answer<Vec<RestingOrder>> {
    relay.resting(&account).map(Json).map_err(Refused)
}

#[derive(Deserialize)]
struct FillsAsked {
    account: Option<String>,
    limit: Option<usize>,
}

async fn fills(State(relay): State<Arc<Relay>>, Query(asked): Query<FillsAsked>) -> Json<Vec<Fill>> {
    let limit = asked.limit.unwrap_or(FILLS.0).min(FILLS.1);
    Json(relay.fills(asked.account.as_deref(), limit))
}

async fn make(
    State(relay): State<Arc<Relay>>,
    Sender(address): Sender,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let place = relay.limits.connect(address).map_err(Refused)?;
    Ok(upgrade.max_message_size(LONGEST_BODY).on_upgrade(move |socket| async move {
        makers::serve(relay, socket).await;
        drop(place);
    }))
}

async fn stream(
    State(relay): State<Arc<Relay>>,
    Sender(address): Sender,
    Query(OfAccount { account }): Query<OfAccount>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let account = signed::address(&account).map_err(Refused)?;
    let place = relay.limits.connect(address).map_err(Refused)?;
    Ok(upgrade.max_message_size(LONGEST_BODY).on_upgrade(move |socket| async move {
        follow(relay, account, socket).await;
        drop(place);
    }))
}

/// Tells a listener of an account's fills and orders until it goes.
async fn follow(relay: Arc<Relay>, account: Pubkey, mut socket: WebSocket) {
    // It is sent nothing else.
    let (_kept, messages) = mpsc::channel(1);
    if let Err(problem) = sockets::talk(&mut socket, account, relay.listen(), messages, |_| Ok(())).await {
        sockets::close(socket, problem).await;
    }
}
