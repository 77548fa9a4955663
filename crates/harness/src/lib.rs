//! An exchange in one process: the program's real image in LiteSVM, with the real token programs and Pyth's own account
//! layouts. Tests, the benchmark and the stress run stand on it.
//!
//! ```no_run
//! use ballast_harness::{Exchange, oracle::USD};
//! use ballast_risk::Mode;
//! use ballast_state::Contract;
//!
//! let mut exchange = Exchange::standard();
//! let alice = exchange.trader(Mode::Portfolio, &[("USDC", 50_000_000_000)]);
//! let bob = exchange.trader(Mode::Portfolio, &[("USDC", 50_000_000_000)]);
//!
//! let (lots, mark) = (exchange.underlying("BTC").lots(1), exchange.mark("BTC", Contract::PERPETUAL));
//! let leg = exchange.leg("BTC", Contract::PERPETUAL, lots, mark);
//! exchange.trade(&alice, &bob, &[leg]).expect("both can carry one bitcoin");
//!
//! exchange.set_price("BTC", 95_000 * USD);
//! exchange.refresh_all();
//! assert!(exchange.assess(&alice).equity < 50_000_000_000);
//! exchange.assert_books_balance();
//! ```
//!
//! Everything is deterministic: the same calls make the same addresses and use the same compute units.

pub mod books;
pub mod chain;
pub mod defaults;
pub mod delisting;
pub mod distress;
pub mod exchange;
pub mod figures;
pub mod governing;
pub mod image;
pub mod markdown;
pub mod matches;
pub mod oracle;
pub mod ordering;
pub mod shapes;
pub mod staking;
pub mod standard;
pub mod surfaces;
pub mod tokens;
pub mod trading;
pub mod transaction;

pub use chain::{Chain, Wallet};
pub use exchange::{Collateral, Exchange, ExpiryKey, Underlying};
pub use tokens::{Mint, MintExtension};
pub use trading::Trader;
pub use transaction::{Outcome, Refusal};
