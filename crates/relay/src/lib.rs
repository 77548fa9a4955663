//! The relay: brings traders and market makers together.
//!
//! A taker asks for quotes; makers, who are connected, answer with signed resting orders that name the taker; the taker signs the
//! reverse, and the relay sends the match. Or orders rest in the relay's book until one comes that meets them. The relay holds nobody's
//! money and nobody's key: it can do no more than any matcher (docs/orders.md).

pub mod book;
pub mod client;
mod exchange;
pub mod handshake;
pub mod interface;
mod limits;
mod makers;
mod matching;
mod orders;
mod preview;
mod requests;
mod server;
pub mod settings;
mod signed;
mod sockets;
mod sweep;

pub use exchange::Relay;
pub use server::serve;
pub use settings::Settings;
