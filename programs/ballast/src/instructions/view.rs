//! What anyone may look at.

pub mod assess;
pub mod assess_market;

pub use assess::*;
