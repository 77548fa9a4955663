//! Opening: a listing takes deposits or trades once its oracle has spoken for a while, and a bank then starts small.

use crate::{Bank, Market};

/// Most value, µUSD, that a bank's initial cap may stand for when it opens: a hard limit of the program.
pub const OPENING_VALUE_LIMIT: i64 = 1_000_000_000_000;
/// By how many times the deposit cap may exceed the initial cap when a bank opens: beyond that it grows by changes
/// alone.
pub const DEPOSIT_CAP_GROWTH: u64 = 16;

impl Market {
    /// Whether anything may be traded here.
    pub fn is_open(&self) -> bool {
        self.activated_at != 0
    }

    /// Opens a new market at once if no life of its oracle is asked for.
    pub fn begin_listing(&mut self, life_seconds: u32, now: i64) {
        if life_seconds == 0 {
            self.activated_at = now;
        }
    }

    /// Takes note of an accepted price, and opens the market if the first one is old enough. Returns whether it did.
    pub fn note_publication(&mut self, life_seconds: u32, now: i64) -> bool {
        if self.is_open() || !has_lived(&mut self.first_published_at, self.publish_time, life_seconds) {
            return false;
        }
        self.activated_at = now;
        true
    }
}

impl Bank {
    /// Whether anything may be deposited here.
    pub fn is_open(&self) -> bool {
        self.activated_at != 0
    }

    /// Opens a new bank at once if no life of its oracle is asked for.
    pub fn begin_listing(&mut self, life_seconds: u32, now: i64) {
        self.listed_at = now;
        if life_seconds == 0 {
            self.activated_at = now;
        }
    }

    /// Takes note of an accepted price, and opens the bank if the first one is old enough: its deposit cap begins to
    /// grow, from a value that [`OPENING_VALUE_LIMIT`] bounds at this price, to [`DEPOSIT_CAP_GROWTH`] times that at
    /// most. Returns whether it did.
    pub fn note_publication(&mut self, life_seconds: u32, now: i64) -> bool {
        if self.is_open() || !has_lived(&mut self.first_published_at, self.publish_time, life_seconds) {
            return false;
        }
        (self.activated_at, self.listed_at) = (now, now);
        let limit = self.native_units(OPENING_VALUE_LIMIT).unsigned_abs();
        let parameters = &mut self.parameters;
        parameters.initial_cap = parameters.initial_cap.min(limit);
        let largest = parameters.initial_cap.saturating_mul(DEPOSIT_CAP_GROWTH);
        parameters.deposit_cap = parameters.deposit_cap.min(largest);
        true
    }
}

/// Remembers the first publication, and says whether this one came long enough after it.
fn has_lived(first: &mut i64, publish_time: i64, life_seconds: u32) -> bool {
    if *first == 0 {
        *first = publish_time;
    }
    publish_time.saturating_sub(*first) >= i64::from(life_seconds)
}
