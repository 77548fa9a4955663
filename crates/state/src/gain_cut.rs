//! Cuts of unsettled gains on a perpetual: the accounts' side of an index in the market.
//!
//! An account remembers its gain as last seen: when the perpetual was last traded, settled or passed in a liquidation. A
//! cut falls on remembered gains, in proportion, by moving the market's index; what it takes off an account's ledger is
//! pending until the account is next looked at, and counts as taken off in every check before.
//!
//! A gain may be gone by then. No account bears more of a cut than it has gained at that moment, so that a cut never costs
//! anybody money that is paid in; what nobody bore is counted in the market ([`Market::uncollected_cut`]) and made good by
//! the insurance fund.

use ballast_risk::{MicroUsd, Ratio, RiskError, gain_cut::CutIndex};

use crate::{
    AccountMarket, MarginAccount, Market, Position, PositionKind, book::BookRefusal, contract::ListedContract,
    revaluation::value_scale,
};

/// The perpetual of any market.
const PERPETUAL: ListedContract =
    ListedContract { kind: PositionKind::Perpetual, number: 0, expiry_slot: 0, series_slot: 0, strike: 0 };

impl AccountMarket {
    /// What bankruptcies have cut off the perpetual's gain since it was last seen, µUSD. The account bears it as far as the
    /// gain is still there.
    #[inline(always)]
    pub fn pending_cut(&self, market: &Market) -> i64 {
        if self.perpetual_gain_index == market.perpetual_gain_index {
            return 0;
        }
        let seen = CutIndex(self.perpetual_gain_index);
        seen.cut_since(self.perpetual_gain.max(0).unsigned_abs(), CutIndex(market.perpetual_gain_index)) as i64
    }

    /// Remembers a gain in place of the one that was seen before.
    pub(crate) fn remember_gain(&mut self, market: &mut Market, gain: MicroUsd) {
        let (seen, now) = (CutIndex(self.perpetual_gain_index), CutIndex(market.perpetual_gain_index));
        let gain = gain.gain().0;
        if gain == self.perpetual_gain && seen == now {
            return;
        }
        let others = seen.leave(self.perpetual_gain.max(0).unsigned_abs(), now, market.perpetual_gain_units);
        market.perpetual_gain_units = others.saturating_add(now.units(gain.unsigned_abs()));
        (self.perpetual_gain, self.perpetual_gain_index) = (gain, now.0);
    }
}

impl MarginAccount {
    /// Takes what is pending off the ledger of the market's perpetual, as far as there is a gain at the mark, and off what
    /// has vested of the market's gains. Returns what it took.
    pub fn apply_gain_cut(&mut self, market: &mut Market) -> i64 {
        let Some(slot) = self.market_slot(market.number) else { return 0 };
        let held = &mut self.markets[slot];
        if held.pending_cut(market) == 0 {
            held.remember_gain(market, MicroUsd(held.perpetual_gain));
            return 0;
        }
        let index = self.find_position(slot, PositionKind::Perpetual, 0);
        let gain = index.map_or(MicroUsd::ZERO, |index| market.perpetual_gain(&self.positions[index]));
        self.bear_gain_cut(market, slot, index, gain)
    }

    /// Takes what is pending off the ledger of the perpetual at `index`, whose gain is this one. Returns what it took.
    pub(crate) fn bear_gain_cut(
        &mut self,
        market: &mut Market,
        slot: usize,
        index: Option<usize>,
        gain: MicroUsd,
    ) -> i64 {
        let held = &mut self.markets[slot];
        let (cut, gain) = (held.pending_cut(market), gain.gain().0);
        let borne = cut.min(gain);
        market.uncollected_cut = market.uncollected_cut.saturating_add(cut.saturating_sub(borne).unsigned_abs());
        let left = held.perpetual_gain.saturating_sub(cut).min(gain.saturating_sub(borne));
        held.remember_gain(market, MicroUsd(left));
        held.linear_gain.spend(borne);
        if let Some(index) = index {
            self.positions[index].ledger -= borne;
        }
        borne
    }

    /// What the account's position in the market's perpetual has gained at its mark, after what is pending of cuts, which is
    /// taken off. A profit beyond the limit of a notional counts as none.
    pub fn current_gain(&mut self, market: &mut Market) -> MicroUsd {
        self.apply_gain_cut(market);
        let slot = self.market_slot(market.number);
        let position = slot.and_then(|slot| self.find_position(slot, PositionKind::Perpetual, 0));
        let profit = position.map(|index| market.perpetual_profit(&self.positions[index]).unwrap_or_default());
        profit.unwrap_or_default().gain()
    }

    /// Cuts up to `wanted` off the gains on the market's perpetual that accounts remember, in proportion and at most `share`
    /// of them, and adds it to this account's perpetual as an unsettled gain. Returns what it is, rounded down; the parts
    /// that accounts lose round up, and what that makes more stays in the perpetual's pool.
    ///
    /// For the account itself `own_gain` is cut, not what it has now: what it gained before it took a loss over.
    ///
    /// # Errors
    /// [`BookRefusal`] if the account has no room for the position.
    pub fn take_gains(
        &mut self,
        market: &mut Market,
        wanted: MicroUsd,
        share: Ratio,
        own_gain: MicroUsd,
    ) -> Result<MicroUsd, BookRefusal> {
        if wanted <= MicroUsd::ZERO {
            return Ok(MicroUsd::ZERO);
        }
        let slot = self.market_slot(market.number);
        let remembered = slot.map_or(0, |slot| self.markets[slot].perpetual_gain);
        if let Some(slot) = slot {
            self.markets[slot].remember_gain(market, MicroUsd::ZERO);
        }
        let (before, own) = (CutIndex(market.perpetual_gain_index), own_gain.gain().0.unsigned_abs());
        let units = market.perpetual_gain_units.saturating_add(before.units(own));
        let gains = MicroUsd(before.worth(units).min(1 << 60) as i64);
        let amount = wanted.gain().min(share.min(Ratio::ONE).of_floor(gains));
        if amount == MicroUsd::ZERO {
            if let Some(slot) = slot {
                self.markets[slot].remember_gain(market, MicroUsd(remembered));
            }
            return Ok(amount);
        }
        let (after, units) = before.cut(amount.0.unsigned_abs(), units).ok_or(BookRefusal::Overflow)?;
        (market.perpetual_gain_index, market.perpetual_gain_units) = (after.0, before.leave(own, after, units));
        let received = amount.0 - before.cut_since(own, after) as i64;
        self.adjust(market, &PERPETUAL, 0, received)?;
        Ok(amount)
    }
}

impl Market {
    /// Profit of a position in the perpetual at its mark, with its pending funding, rounded down; what is pending of cuts is
    /// not taken off.
    ///
    /// # Errors
    /// [`RiskError`] beyond the limit of a notional.
    pub fn perpetual_profit(&self, position: &Position) -> Result<MicroUsd, RiskError> {
        let ledger = MicroUsd(position.ledger.saturating_add(self.pending_funding(position)));
        if position.quantity == 0 {
            return Ok(ledger);
        }
        Ok(value_scale(self)?.value_floor(position.quantity, self.perpetual_mark())? + ledger)
    }

    /// What of it a cut can take: a profit beyond the limit of a notional bears any cut.
    fn perpetual_gain(&self, position: &Position) -> MicroUsd {
        self.perpetual_profit(position).unwrap_or(MicroUsd(i64::MAX)).gain()
    }

    /// Ledger of a position in the perpetual as a check sees it: with its pending funding, and with what is pending of cuts
    /// taken off as far as there is a gain at the mark.
    #[inline(always)]
    pub fn perpetual_ledger(&self, held: &AccountMarket, position: &Position) -> i64 {
        let ledger = position.ledger.saturating_add(self.pending_funding(position));
        let cut = held.pending_cut(self);
        if cut == 0 { ledger } else { ledger.saturating_sub(self.bearable(cut, position)) }
    }

    #[cold]
    #[inline(never)]
    fn bearable(&self, cut: i64, position: &Position) -> i64 {
        cut.min(self.perpetual_gain(position).0)
    }
}
