//! What owners do with their accounts.

pub mod change_account;
pub mod close_account;
pub mod deposit;
pub mod expect_changes;
pub mod lending;
pub mod open_account;
pub mod set_delegate;
pub mod trade;
pub mod withdraw;

pub use change_account::*;
pub use close_account::*;
pub use deposit::*;
pub use expect_changes::*;
pub use lending::*;
pub use open_account::*;
pub use set_delegate::*;
pub use trade::*;
pub use withdraw::*;
