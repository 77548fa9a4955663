//! The end of a market: its perpetual becomes a contract of one of its expiries, and with that one settles for good.
//!
//! From then on nothing new is listed and trades only reduce positions. Liquidation, settlement and withdrawals go on.

use crate::{Expiry, ExpiryStatus, Market};

/// Shortest time from the decision to close a market to the settlement of its perpetual, seconds: a day.
pub const SHORTEST_NOTICE_SECONDS: i64 = 86_400;

/// Why a market cannot be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingRefusal {
    /// It is closing already.
    UnderWay,
    /// The expiry is not listed, or settled.
    UnknownExpiry,
    /// The expiry is too soon.
    Notice {
        /// The earliest accepted date, Unix seconds.
        earliest: i64,
    },
}

impl Market {
    /// Whether governance is closing the market.
    pub fn is_closing(&self) -> bool {
        self.closing_expiry_number != 0
    }

    /// Begins to close the market: the perpetual will settle with this expiry. Returns when that is, Unix seconds.
    ///
    /// # Errors
    /// [`ClosingRefusal`]; the market is then as it was.
    pub fn begin_closing(&mut self, slot: u8, number: u32, now: i64) -> Result<i64, ClosingRefusal> {
        if self.is_closing() {
            return Err(ClosingRefusal::UnderWay);
        }
        let settles_at = self.listed_expiry_mut(slot, number).ok_or(ClosingRefusal::UnknownExpiry)?.expires_at;
        let earliest = now.saturating_add(SHORTEST_NOTICE_SECONDS);
        if settles_at < earliest {
            return Err(ClosingRefusal::Notice { earliest });
        }
        (self.closing_expiry_slot, self.closing_expiry_number) = (slot, number);
        Ok(settles_at)
    }

    /// The expiry that the perpetual settles with, if the market is closing and it is still listed.
    pub fn perpetual_expiry(&self) -> Option<&Expiry> {
        self.expiry(self.closing_expiry_slot, self.closing_expiry_number)
    }

    /// The same from the beginning of its averaging window on: from then on it marks the perpetual, too.
    pub fn perpetual_settling(&self, now: i64) -> Option<&Expiry> {
        self.perpetual_expiry().filter(|expiry| now > expiry.averaging_begins_at())
    }

    /// Whether the perpetual settles with the expiry in this slot.
    pub fn perpetual_settles_with(&self, slot: u8) -> bool {
        self.closing_expiry_slot == slot && self.perpetual_expiry().is_some()
    }

    /// Fixes the settlement price of the expiry in this slot. If the perpetual settles with it, the losses paid in on the
    /// perpetual go to the expiry's pool, out of which its gains are now paid.
    pub fn settle_at(&mut self, slot: u8, price: u64) {
        let pool = if self.perpetual_settles_with(slot) { core::mem::take(&mut self.perpetual_pool) } else { 0 };
        if let Some(expiry) = self.expiries.get_mut(usize::from(slot)) {
            expiry.pool = expiry.pool.saturating_add(pool);
            expiry.settlement_price = price;
            expiry.status = ExpiryStatus::Settled as u8;
        }
    }

    /// The pool that gains on the perpetual are paid from: once it has settled with an expiry, that of the expiry.
    pub(crate) fn pool_of_perpetual(&mut self) -> &mut u64 {
        let (slot, number) = (usize::from(self.closing_expiry_slot), self.closing_expiry_number);
        match self.expiries.get_mut(slot) {
            Some(expiry) if number != 0 && expiry.number == number && expiry.status() == ExpiryStatus::Settled => {
                &mut expiry.pool
            }
            _ => &mut self.perpetual_pool,
        }
    }

    /// Whether a position or claim still refers to the expiry in this slot.
    pub fn is_expiry_held(&self, slot: u8) -> bool {
        let count = self.expiries.get(usize::from(slot)).map_or(0, |expiry| expiry.position_count);
        count > 0 || (self.perpetual_settles_with(slot) && self.perpetual_position_count > 0)
    }

    /// Whether everybody who held the expiry in this slot has a claim on it, or nothing.
    pub fn is_wholly_settled(&self, slot: u8) -> bool {
        let are_claims = |expiry: &Expiry| expiry.claim_count == expiry.position_count;
        let waits_for_perpetual = self.perpetual_settles_with(slot) && self.perpetual_position_count > 0;
        self.expiries.get(usize::from(slot)).is_some_and(are_claims) && !waits_for_perpetual
    }

    /// Whether the market is closing and holds nothing any more: no expiry is listed, and nobody has the perpetual.
    pub fn is_removable(&self) -> bool {
        let is_free = |expiry: &Expiry| expiry.number == 0;
        self.is_closing() && self.expiries.iter().all(is_free) && self.perpetual_position_count == 0
    }
}

#[cfg(test)]
mod tests;
