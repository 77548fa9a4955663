//! What anyone may do to keep the exchange going.

pub mod collect_fees;
pub mod fix_settlement;
pub mod liquidate;
pub mod migrate;
pub mod record_bankruptcy;
pub mod refresh;
pub mod remove_expiry;
pub mod resolve_bankruptcy;
pub mod settle_expired;
pub mod settle_pnl;

pub use collect_fees::*;
pub use fix_settlement::*;
pub use liquidate::*;
pub use migrate::*;
pub use record_bankruptcy::*;
pub use refresh::*;
pub use remove_expiry::*;
pub use settle_expired::*;
pub use settle_pnl::*;
