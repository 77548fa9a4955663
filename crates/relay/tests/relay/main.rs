//! The relay as somebody runs it: its own process, on a local network of its own, with makers and takers who sign.

mod alternatives;
mod book;
mod concurrency;
mod handshake;
mod quotes;
mod refusals;
mod stage;
mod sweep;
