//! What owners do with their stakes in the insurance fund.

pub mod close_stake;
pub mod open_stake;
pub mod request_unstake;
pub mod stake;
pub mod unstake;

pub use close_stake::*;
pub use open_stake::*;
pub use request_unstake::*;
pub use stake::*;
