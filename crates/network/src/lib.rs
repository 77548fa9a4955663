//! Ballast over the wire: what keepers, relays and market makers share beside the instructions that they send.
//!
//! [`Rpc`] asks nodes and survives their moods, a [`Feed`] holds an exchange and its accounts as they change, a [`Submitter`] lands
//! transactions or says why not. [`settings`] reads configuration, [`telemetry`] serves metrics and health. Margins are computed
//! from a [`View`] with the program's own code.

pub mod endpoints;
pub mod feed;
pub mod keys;
pub mod rpc;
pub mod settings;
pub mod submitter;
pub mod telemetry;
mod view;

pub use endpoints::{Description, Endpoints, NetworkArgs, Target};
pub use feed::{Feed, FeedOptions};
pub use rpc::{Rpc, RpcError};
pub use submitter::{Draft, Landed, PriorityFee, Refusal, SendError, Submitter, SubmitterOptions};
pub use view::View;
