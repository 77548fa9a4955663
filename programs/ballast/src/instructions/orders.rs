//! Orders: signed or placed ahead of the trade, and matched by anyone.

pub mod cancel_order;
pub mod cancel_orders;
pub mod close_order_records;
pub mod match_orders;
pub mod open_order_records;
pub mod place_order;

pub use cancel_order::*;
pub use cancel_orders::*;
pub use close_order_records::*;
pub use match_orders::*;
pub use open_order_records::*;
pub use place_order::*;
