//! Roles, changes of parameters, pauses, the outflow breaker and openings: what each key may do, and how long everybody
//! sees it coming.

mod changes;
mod nonce;
mod opening;
mod outflow;
mod pause;
mod publishers;
mod roles;
mod security;
mod takeover;

/// Seconds of an hour.
const HOUR: u64 = 3_600;
/// Seconds of a day.
const DAY: u64 = 24 * HOUR;
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;
/// One bitcoin in lots of the seeded market.
const BITCOIN: i64 = 100_000;
