//! WebSocket connections: what goes on on each of them, and how they end.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc,
    },
    time::{Instant, interval, timeout},
};

use crate::interface::{Problem, RelayMessage};

/// From one ping to the next.
const PULSE: Duration = Duration::from_secs(20);
/// Who is silent for so long, without a pong, is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How long somebody may take to take in what he is told.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of the reason in a closing frame.
const LONGEST_REASON: usize = 123;

/// Tells somebody of an account's fills and orders, and what else is sent to him, and takes in what he says, until he goes.
///
/// # Errors
/// Why the connection is to be closed, if it is not closed already.
pub(crate) async fn talk(
    socket: &mut WebSocket,
    account: Pubkey,
    mut events: broadcast::Receiver<(Pubkey, RelayMessage)>,
    mut messages: mpsc::Receiver<RelayMessage>,
    mut take: impl FnMut(&str) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut heard_at = Instant::now();
    let mut pulse = interval(PULSE);
    loop {
        let outgoing = tokio::select! {
            message = messages.recv() => match message {
                Some(message) => text(&message),
                None => return Ok(()),
            },
            event = events.recv() => match event {
                Ok((of, message)) if of == account => text(&message),
                // What he missed he can ask for.
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return Ok(()),
            },
            incoming = socket.recv() => {
                heard_at = Instant::now();
                match incoming {
                    Some(Ok(Message::Text(said))) => match take(&said) {
                        Ok(()) => continue,
                        Err(problem) => text(&RelayMessage::Refused { problem }),
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(_)) => continue,
                }
            },
            _ = pulse.tick() => {
                if heard_at.elapsed() > SILENCE {
                    return Err(Problem::new("silent", format!("nothing was heard for {} s", SILENCE.as_secs())));
                }
                Message::Ping(Vec::new().into())
            }
        };
        if !is_sent(socket, outgoing).await {
            return Ok(());
        }
    }
}

/// Says something, unless the connection is broken.
pub(crate) async fn say(socket: &mut WebSocket, message: &RelayMessage) -> bool {
    is_sent(socket, text(message)).await
}

/// Ends a connection, and says why: in words, and in the closing frame.
pub(crate) async fn close(mut socket: WebSocket, problem: Problem) {
    let code = if problem.code.starts_with("tooMany") { close_code::AGAIN } else { close_code::POLICY };
    let mut reason = format!("{}: {}", problem.code, problem.message);
    reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
    if say(&mut socket, &RelayMessage::Refused { problem }).await {
        is_sent(&mut socket, Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
    }
}

async fn is_sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
}

fn text(message: &RelayMessage) -> Message {
    Message::Text(serde_json::to_string(message).unwrap_or_default().into())
}
