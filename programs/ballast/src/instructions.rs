//! Instructions: one a file, accounts above the handler.

pub mod admin;
pub mod keeper;
pub mod orders;
pub mod staker;
pub mod trader;
pub mod view;

pub use admin::*;
pub use keeper::*;
pub use orders::*;
pub use staker::*;
pub use trader::*;
pub use view::*;
