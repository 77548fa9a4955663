//! The margin engine of Ballast: what a book of options, futures and perpetuals can lose, and the collateral that
//! covers it.
//!
//! The engine is pure: no allocation, no operating system, no Solana types, and integers only, so that the program
//! on chain, a keeper and a browser compute the same margin from the same bytes, to the last unit.
//!
//! # How a margin is computed
//!
//! 1. A [`MarketPass`](revaluation::MarketPass) walks the positions of one market. It marks every contract, nets the
//!    Greeks, and revalues every option over the scenario grid: all price moves, each with volatility up, flat and
//!    down, and the tails.
//! 2. [`MarginCalculation`](margin::MarginCalculation) adds the markets, cash and collateral up, and takes off scan
//!    losses, charges and haircuts.
//! 3. [`Margin`] is what is left: initial, maintenance and withdrawal excess.
//!
//! # Numbers
//!
//! A scale such as Q28 means that the integer counts units of 2^-28. Prices are ticks, quantities lots, money µUSD;
//! [`quantity`] has the types and their ranges. Rounding goes against the account's owner everywhere: assets and
//! gains down, losses and charges up. docs/margin-model.md has the formulas.

#![no_std]
#![deny(missing_docs, unsafe_code)]

pub mod black76;
pub mod collateral;
pub mod correlation;
pub mod cost;
pub mod error;
pub mod fees;
pub mod gain_cut;
pub mod haircut;
pub mod insurance;
pub mod lending;
pub mod liquidation;
pub mod margin;
pub mod num;
pub mod parameters;
pub mod quantity;
pub mod realised;
pub mod report;
pub mod revaluation;
pub mod scan_range;
pub mod scenario;
pub mod solver;
pub mod surface;
pub mod value_at_risk;
pub mod waterfall;

pub use error::RiskError;
pub use margin::{Margin, Mode};
pub use quantity::{Lots, MicroUsd, Price, Ratio, SignedRatio};
pub use report::MarginReport;
