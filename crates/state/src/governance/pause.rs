//! Pauses: what the guardian stops for a while, and that it cannot stop it for ever.

use crate::{Bank, Exchange, Market};

/// The last pause is over, and the time before the next one is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseSpent {
    /// When the guardian may pause again, Unix seconds.
    pub next: i64,
}

impl Exchange {
    /// Begins a pause, or joins the one under way. Returns when it ends, for whatever is paused: one pause at a time
    /// for the whole exchange, so that pausing one thing after another does not last longer.
    ///
    /// # Errors
    /// [`PauseSpent`].
    pub fn begin_pause(&mut self, now: i64) -> Result<i64, PauseSpent> {
        if now < self.pause_ends_at {
            return Ok(self.pause_ends_at);
        }
        if now < self.next_pause_at {
            return Err(PauseSpent { next: self.next_pause_at });
        }
        self.pause_ends_at = now.saturating_add(i64::from(self.governing.pause_seconds));
        self.next_pause_at = self.pause_ends_at.saturating_add(i64::from(self.governing.pause_gap_seconds));
        Ok(self.pause_ends_at)
    }

    /// Whether trades in a market may only reduce both sides' positions.
    pub fn pauses_trades(&self, market: &Market, now: i64) -> bool {
        now < self.trades_paused_until.max(market.paused_until)
    }

    /// Whether nothing is withdrawn from a bank, or borrowed if it is the quote token's.
    pub fn pauses_withdrawals(&self, bank: &Bank, now: i64) -> bool {
        now < self.withdrawals_paused_until.max(bank.paused_until)
    }
}
