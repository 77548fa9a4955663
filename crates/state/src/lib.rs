//! The byte layout of Ballast's accounts, and how they feed the margin engine.
//!
//! The program, the keepers, the tests and the clients all read the same accounts, so the layout stands here
//! once. Every account is zero-copy: a `#[repr(C)]` structure of integers behind an eight-byte Anchor
//! discriminator, little-endian, without implicit padding. Each structure's size is asserted where it is defined,
//! and `tests/layout.rs` pins the offset of every field.
//!
//! # Conventions
//!
//! | quantity | type | unit |
//! |---|---|---|
//! | money | `i64` | µUSD; the quote token has six decimals, so one native unit of it is one µUSD of cash |
//! | price, strike | `u64` | ticks of 10^-`price_decimals` USD |
//! | quantity | `i64` | lots of 10^-`quantity_decimals` units of the underlying; positive is long |
//! | ratio, weight, haircut | `u32` | bits of [`ballast_risk::Ratio`], scale 2^-30 |
//! | signed rate | `i32` | bits of [`ballast_risk::SignedRatio`], scale 2^-30 |
//! | time | `i64` | Unix seconds |
//!
//! Markets, banks, expiries and series are referred to by *number*: a counter that starts at 1 and is never used
//! again, so that zero means "none" and a stale reference can never point at something new.
//!
//! Space for what later versions need is reserved at the end of each structure and must be zero. What becomes of accounts of
//! earlier versions, [`migration`] says.

pub mod bank;
pub mod bankruptcy;
pub mod book;
pub mod bounds;
pub mod claim_cut;
pub mod contract;
pub mod delegate;
pub mod exchange;
pub mod fees;
pub mod gain_cut;
pub mod governance;
pub mod guide;
pub mod lending;
pub mod margin_account;
pub mod market;
pub mod migration;
pub mod oracle_grade;
pub mod order;
pub mod perpetual;
pub mod price_history;
pub mod reader;
pub mod revaluation;
pub mod seeds;
pub mod settlement;
pub mod stake;

pub use bank::{Bank, BankParameters, LendingPool, OracleSource};
pub use contract::{Contract, TradeLeg};
pub use delegate::Delegate;
pub use exchange::{Exchange, ExchangeParameters, GroupParameters, MarketGroup};
pub use governance::{GovernanceParameters, PendingChange, PendingRole, Role};
pub use margin_account::{AccountMarket, Balance, FeeWindow, MarginAccount, Position, PositionKind, VestingGain};
pub use market::{Expiry, ExpiryStatus, Market, MarketParameters, OptionKind, Scenarios, Series};
pub use order::{Order, OrderLeg, OrderRecord, OrderRecords, OrderRole, PlacedOrder};
pub use price_history::PriceHistory;
pub use stake::Stake;

anchor_lang::declare_id!("Ba11astPortfo1ioMargin1111111111111111111111");

/// Version of the account layouts in this crate that are still the first; an account stores its own.
pub const LAYOUT_VERSION: u8 = 1;
