//! What anyone may look at.

pub mod assess;

pub use assess::*;
