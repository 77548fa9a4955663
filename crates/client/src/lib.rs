//! Rust client of Ballast: what a keeper, a market maker or a test needs beside an RPC connection.
//!
//! It never sends anything. [`instructions`] builds the program's instructions, one function each; [`check`] lists the
//! accounts that a margin check reads; [`accounts`] reads accounts from their bytes; a [`Snapshot`] of an exchange
//! computes margins natively, with the program's own code, before a transaction is sent; [`liquidation`]
//! finds what a liquidator can do.
//!
//! ```no_run
//! use ballast_client::{CheckAccounts, CollateralToken, MarginAccountKey, Snapshot, accounts, instructions};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (exchange, owner, token, destination) = Default::default();
//! # let fetch = |_| -> Vec<u8> { Vec::new() };
//! let mut snapshot = Snapshot::new(exchange, accounts::read_exchange(&fetch(exchange))?);
//! # let listed: Vec<_> = Vec::new();
//! for address in listed {
//!     snapshot.read(address, &fetch(address))?;
//! }
//! let key = MarginAccountKey { exchange, owner, sub_account: 0 };
//! let account = accounts::read_margin_account(&fetch(key.address()))?;
//! let check = CheckAccounts::of(&[&account]).metas(&snapshot)?;
//! # let token: CollateralToken = token;
//! let withdraw = instructions::withdraw(&key, &token, destination, 1_000_000, check);
//! # Ok(())
//! # }
//! ```

pub mod accounts;
pub mod check;
pub mod cost;
pub mod instructions;
pub mod liquidation;
pub mod oracle;
pub mod order_text;
pub mod snapshot;

pub use check::CheckAccounts;
pub use instructions::{CollateralToken, MarginAccountKey, MatchedOrder, OrderSource, Priced, SignedOrder};
pub use snapshot::Snapshot;
