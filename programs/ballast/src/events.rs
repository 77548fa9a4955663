//! Events: what happened, with the values before and after.
//!
//! Amounts are µUSD unless a field says otherwise; quantities are lots, prices ticks, deposits native units.

mod insuring;
mod keeping;
mod listing;
mod ordering;
mod trading;

pub use insuring::*;
pub use keeping::*;
pub use listing::*;
pub use ordering::*;
pub use trading::*;
