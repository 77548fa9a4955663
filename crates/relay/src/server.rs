//! HTTP and WebSocket.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State, WebSocketUpgrade, rejection::JsonRejection, ws::WebSocket},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use solana_signer::Signer;
use tokio::sync::broadcast::error::RecvError;
use tower_http::{
    cors::{Any, CorsLayer},
    limit::RequestBodyLimitLayer,
};

use crate::{
    Relay,
    interface::{Fill, Info, OrderOutcome, OrderSubmission, Problem, QuoteAnswer, QuoteRequest, RestingOrder},
    makers, signed,
};

/// Longest body and longest WebSocket message, bytes.
const LONGEST_BODY: usize = 16 * 1_024;
/// Fills that are listed if nobody says how many, and at most.
const FILLS: (usize, usize) = (50, 1_000);

/// The relay's paths.
pub fn router(relay: Arc<Relay>) -> Router {
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

/// A refusal over HTTP.
struct Refused(Problem);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code.as_str() {
            "unknownAccount" | "quoteGone" => StatusCode::NOT_FOUND,
            "notAuthorised" | "wrongSignature" => StatusCode::FORBIDDEN,
            "tooMany" | "bookFull" => StatusCode::TOO_MANY_REQUESTS,
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
        quote_window_millis: relay.settings.quote_window_milliseconds,
    })
}

async fn request(
    State(relay): State<Arc<Relay>>,
    asked: Result<Json<QuoteRequest>, JsonRejection>,
) -> Answer<QuoteAnswer> {
    let asked = body(asked)?;
    relay.request(&asked).await.map(Json).map_err(Refused)
}

async fn submit(
    State(relay): State<Arc<Relay>>,
    submitted: Result<Json<OrderSubmission>, JsonRejection>,
) -> Answer<OrderOutcome> {
    let submitted = body(submitted)?;
    relay.submit(&submitted).await.map(Json).map_err(Refused)
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

async fn make(State(relay): State<Arc<Relay>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(LONGEST_BODY).on_upgrade(move |socket| makers::serve(relay, socket))
}

async fn stream(
    State(relay): State<Arc<Relay>>,
    Query(OfAccount { account }): Query<OfAccount>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let account = signed::address(&account).map_err(Refused)?;
    Ok(upgrade.max_message_size(LONGEST_BODY).on_upgrade(move |socket| follow(relay, account, socket)))
}

/// Tells a listener of an account's fills and orders until it goes.
async fn follow(relay: Arc<Relay>, account: anchor_lang::prelude::Pubkey, mut socket: WebSocket) {
    let mut events = relay.listen();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok((of, message)) if of == account => {
                    if socket.send(makers::text(&message)).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                // What it missed it can ask for.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(axum::extract::ws::Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}
