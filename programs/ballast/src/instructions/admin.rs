//! Listing and publishing.

pub mod close_bank;
pub mod close_market;
pub mod create_bank;
pub mod create_exchange;
pub mod create_expiry;
pub mod create_group;
pub mod create_market;
pub mod create_series;
pub mod post_perpetual_basis;
pub mod post_surface;
mod publishers;
pub mod remove_bank;
pub mod remove_market;

pub use close_bank::*;
pub use close_market::*;
pub use create_bank::*;
pub use create_exchange::*;
pub use create_expiry::*;
pub use create_group::*;
pub use create_market::*;
pub use create_series::*;
pub use post_surface::*;
pub use remove_bank::*;
pub use remove_market::*;
