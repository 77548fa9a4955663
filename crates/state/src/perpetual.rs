//! A position in the perpetual: the funding that it has yet to pay or receive.
//!
//! The market's index sums up funding per lot; a position's `entry_index` says up to where its ledger has it. The
//! difference is part of its profit, whoever computes it.

use crate::{MarginAccount, Market, Position, PositionKind, book::BookRefusal};

impl Market {
    /// Funding of a perpetual position that its ledger does not hold yet, µUSD, negative if the holder owes it: longs pay
    /// while the index rises. Rounded down for either side; what that leaves over stays in the perpetual's pool.
    pub fn pending_funding(&self, position: &Position) -> i64 {
        const UNIT: u32 = Market::FUNDING_BITS;
        let change = self.funding_index.saturating_sub(position.entry_index);
        let (whole, rest) = (change >> UNIT, change & ((1 << UNIT) - 1));
        // At most 2^30 lots.
        let received_by = position.quantity.saturating_neg();
        whole.saturating_mul(received_by).saturating_add(rest.saturating_mul(received_by) >> UNIT)
    }
}

impl MarginAccount {
    /// Moves the pending funding of the position at `index` into its ledger, if it is a perpetual: before its lots, its
    /// ledger or a share of either change.
    ///
    /// # Errors
    /// [`BookRefusal::Overflow`].
    pub fn settle_funding(&mut self, market: &Market, index: usize) -> Result<(), BookRefusal> {
        let position = &mut self.positions[index];
        if position.kind() == PositionKind::Perpetual {
            let funding = market.pending_funding(position);
            position.ledger = position.ledger.checked_add(funding).ok_or(BookRefusal::Overflow)?;
            position.entry_index = market.funding_index;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
