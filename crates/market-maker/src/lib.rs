//! A simple market maker: answers the relay's requests for quote from the exchange's own marks.
//!
//! Each leg is quoted at its mark, moved against the taker by a spread, and moved both ways by the maker's inventory: what it has too
//! much of it sells cheaper and buys dearer. It quotes what its account can margin, takes quotes back when an index moves, hedges
//! nothing, and remembers nothing.

pub mod pricing;
pub mod settings;
mod standing;
mod trader;

pub use settings::{CommandLine, Settings};
pub use trader::Trader;
