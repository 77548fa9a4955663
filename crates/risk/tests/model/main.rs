//! The margin model against an independent floating-point implementation, and its identities.

#![allow(clippy::float_arithmetic, missing_docs)]

mod accuracy;
mod book;
mod liquidation;
mod ordering;
mod reference;
mod totals;
