//! An account's book: how a fill changes positions, open interest and the slots they occupy.
//!
//! The program applies fills with these functions, and so does whoever previews one.

use core::fmt;

use ballast_risk::MicroUsd;

use crate::{
    MarginAccount, Market, Position, PositionKind,
    contract::ListedContract,
    margin_account::{MAX_MARKETS, MAX_POSITIONS},
};

/// Most lots of one contract in one account, and in all accounts on one side.
pub const MAX_LOTS: i64 = 1 << 30;

/// Why a fill does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookRefusal {
    /// All position slots are taken.
    NoFreePosition,
    /// All market slots are taken.
    NoFreeMarket,
    /// More would be held long than the market allows.
    OpenInterestLimit,
    /// The position would exceed 2^30 lots.
    QuantityOutOfRange,
    /// A ledger or counter would overflow.
    Overflow,
    /// All collateral slots are taken.
    NoFreeBalance,
    /// Less collateral is held than is to be taken off.
    InsufficientBalance {
        /// Native units held.
        held: u64,
        /// Native units asked for.
        asked: u64,
    },
}

impl fmt::Display for BookRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoFreePosition => "the account already holds the most positions it can",
            Self::NoFreeMarket => "the account already holds positions in the most markets it can",
            Self::OpenInterestLimit => "the market's open interest limit would be exceeded",
            Self::QuantityOutOfRange => "the position would exceed 2^30 lots",
            Self::NoFreeBalance => "the account already holds the most kinds of collateral it can",
            Self::Overflow => "a sum is out of range",
            Self::InsufficientBalance { held, asked } => {
                return write!(formatter, "the account holds {held} native units, {asked} were asked for");
            }
        };
        formatter.write_str(text)
    }
}

impl core::error::Error for BookRefusal {}

impl MarginAccount {
    /// Index of the position in a contract of the market in `market_slot`.
    pub fn find_position(&self, market_slot: usize, kind: PositionKind, number: u32) -> Option<usize> {
        self.positions().iter().position(|position| {
            usize::from(position.market_slot) == market_slot && position.number == number && position.kind() == kind
        })
    }

    /// Lots held of a contract.
    pub fn quantity_of(&self, market: u16, kind: PositionKind, number: u32) -> i64 {
        self.market_slot(market)
            .and_then(|slot| self.find_position(slot, kind, number))
            .map_or(0, |index| self.positions[index].quantity)
    }

    /// Adds `quantity` lots and `ledger` µUSD to the position in a contract, opening or removing it as needed, and
    /// keeps the market's open interest and counters in step. Returns the lots held before.
    ///
    /// A perpetual's funding is brought into its ledger before its lots change. A linear position without lots stays as long
    /// as its ledger is not settled; an option goes with its last lot.
    ///
    /// # Errors
    /// [`BookRefusal`]; account and market may then be half changed, so the caller must give them up.
    pub fn adjust(
        &mut self,
        market: &mut Market,
        contract: &ListedContract,
        quantity: i64,
        ledger: i64,
    ) -> Result<i64, BookRefusal> {
        let market_slot = self.claim_market_slot(market.number)?;
        let is_perpetual = contract.kind == PositionKind::Perpetual;
        if is_perpetual {
            self.apply_gain_cut(market);
        }
        let index = match self.find_position(market_slot, contract.kind, contract.number) {
            Some(index) => index,
            None => self.insert_position(market, contract, market_slot)?,
        };
        self.settle_funding(market, index)?;
        let position = &mut self.positions[index];
        let before = position.quantity;
        let after = before.checked_add(quantity).ok_or(BookRefusal::Overflow)?;
        if after.unsigned_abs() > MAX_LOTS.unsigned_abs() {
            return Err(BookRefusal::QuantityOutOfRange);
        }
        position.quantity = after;
        if contract.kind == PositionKind::Claim {
            position.change_claim(&mut market.expiries[usize::from(contract.expiry_slot)], ledger)?;
        } else {
            position.ledger = position.ledger.checked_add(ledger).ok_or(BookRefusal::Overflow)?;
        }
        let is_finished = after == 0 && (position.ledger == 0 || contract.kind.is_option());
        market.change_open_interest(contract, after.max(0) - before.max(0))?;
        if is_finished {
            self.remove_position(market, index);
        } else if is_perpetual {
            // A profit beyond the limit of a notional is for the check to refuse: no gain is remembered.
            let gain = market.perpetual_profit(&self.positions[index]).unwrap_or_default();
            self.markets[market_slot].remember_gain(market, gain);
        }
        Ok(before)
    }

    /// Removes the position at `index`, and its market's slot with the last position there. The caller has already
    /// brought its lots to zero in the open interest.
    pub fn remove_position(&mut self, market: &mut Market, index: usize) {
        let position = self.positions[index];
        let count = usize::from(self.position_count);
        self.positions.copy_within(index + 1..count, index);
        self.positions[count - 1] = bytemuck::Zeroable::zeroed();
        self.position_count -= 1;
        let held = &mut self.markets[usize::from(position.market_slot)];
        if position.kind() == PositionKind::Perpetual {
            held.remember_gain(market, MicroUsd::ZERO);
        }
        held.position_count = held.position_count.saturating_sub(1);
        if held.position_count == 0 {
            *held = bytemuck::Zeroable::zeroed();
        }
        let count = market.position_count_of(position.kind(), position.expiry_slot);
        *count = count.saturating_sub(1);
        if position.kind() == PositionKind::Claim {
            let expiry = &mut market.expiries[usize::from(position.expiry_slot)];
            expiry.claim_count = expiry.claim_count.saturating_sub(1);
            position.uncount_claim(expiry);
        }
    }

    fn claim_market_slot(&mut self, number: u16) -> Result<usize, BookRefusal> {
        if let Some(slot) = self.market_slot(number) {
            return Ok(slot);
        }
        let slot = self.markets.iter().position(|held| held.market == 0).ok_or(BookRefusal::NoFreeMarket)?;
        debug_assert!(slot < MAX_MARKETS);
        self.markets[slot].market = number;
        Ok(slot)
    }

    /// Opens an empty position at the place that keeps the positions sorted.
    fn insert_position(
        &mut self,
        market: &mut Market,
        contract: &ListedContract,
        market_slot: usize,
    ) -> Result<usize, BookRefusal> {
        let count = usize::from(self.position_count);
        if count >= MAX_POSITIONS {
            return Err(BookRefusal::NoFreePosition);
        }
        let position = Position {
            quantity: 0,
            ledger: 0,
            number: contract.number,
            kind: contract.kind as u8,
            market_slot: market_slot as u8,
            expiry_slot: contract.expiry_slot,
            series_slot: contract.series_slot,
            entry_index: if contract.kind == PositionKind::Perpetual { market.funding_index } else { 0 },
        };
        let order = position.order(contract.strike);
        let comes_first = |other: &Position| {
            let strike = if usize::from(other.market_slot) == market_slot && other.kind().is_option() {
                market.series.get(usize::from(other.series_slot)).map_or(0, |series| series.strike)
            } else {
                0
            };
            other.order(strike) < order
        };
        let index = self.positions().iter().position(|other| !comes_first(other)).unwrap_or(count);
        self.positions.copy_within(index..count, index + 1);
        self.positions[index] = position;
        self.position_count += 1;
        self.markets[market_slot].position_count += 1;
        let count = market.position_count_of(contract.kind, contract.expiry_slot);
        *count = count.checked_add(1).ok_or(BookRefusal::Overflow)?;
        if contract.kind == PositionKind::Claim {
            market.expiries[usize::from(contract.expiry_slot)].claim_count += 1;
        }
        Ok(index)
    }
}

/// Collateral.
impl MarginAccount {
    /// Adds native units to the balance in a bank, opening a slot if there is none. Returns what was held before.
    ///
    /// # Errors
    /// [`BookRefusal::NoFreeBalance`], [`BookRefusal::Overflow`].
    pub fn credit(&mut self, bank: u16, amount: u64) -> Result<u64, BookRefusal> {
        let slot = match self.balance_slot(bank) {
            Some(slot) => slot,
            None => self.balances.iter().position(|free| free.bank == 0).ok_or(BookRefusal::NoFreeBalance)?,
        };
        let balance = &mut self.balances[slot];
        let before = balance.amount;
        balance.amount = before.checked_add(amount).ok_or(BookRefusal::Overflow)?;
        balance.bank = bank;
        Ok(before)
    }

    /// Takes native units off the balance in a bank; a declared hedge shrinks to what is left, and an empty balance
    /// frees its slot. Returns what was held before.
    ///
    /// # Errors
    /// [`BookRefusal::InsufficientBalance`].
    pub fn debit(&mut self, bank: u16, amount: u64) -> Result<u64, BookRefusal> {
        let refusal = |held| BookRefusal::InsufficientBalance { held, asked: amount };
        let slot = self.balance_slot(bank).ok_or(refusal(0))?;
        let balance = &mut self.balances[slot];
        let before = balance.amount;
        balance.amount = before.checked_sub(amount).ok_or(refusal(before))?;
        balance.hedge = balance.hedge.min(balance.amount);
        if balance.amount == 0 {
            *balance = bytemuck::Zeroable::zeroed();
        }
        Ok(before)
    }
}

impl Position {
    /// The contract that the position is in. Its strike is left out (zero), which only a new position needs.
    pub fn contract(&self) -> ListedContract {
        ListedContract {
            kind: self.kind(),
            number: self.number,
            expiry_slot: self.expiry_slot,
            series_slot: self.series_slot,
            strike: 0,
        }
    }
}

impl Market {
    /// The count that a position belongs to: that of its expiry, or of the perpetual.
    fn position_count_of(&mut self, kind: PositionKind, expiry_slot: u8) -> &mut u32 {
        match kind {
            PositionKind::Perpetual => &mut self.perpetual_position_count,
            _ => &mut self.expiries[usize::from(expiry_slot)].position_count,
        }
    }

    /// Takes a position that is about to be removed out of the open interest.
    pub(crate) fn release_open_interest(&mut self, position: &Position) -> Result<(), BookRefusal> {
        self.change_open_interest(&position.contract(), -position.quantity.max(0))
    }

    /// Lots held long of a contract that the open interest limit counts: the perpetual or an option.
    pub fn limited_open_interest(&self, contract: &ListedContract) -> u64 {
        match contract.kind {
            PositionKind::Perpetual => self.perpetual_open_interest,
            PositionKind::Call | PositionKind::Put => {
                self.series.get(usize::from(contract.series_slot)).map_or(0, |series| series.open_interest)
            }
            PositionKind::Future | PositionKind::Claim | PositionKind::None => 0,
        }
    }

    /// Refuses a fill that left more of a contract held long than there was before, and more than the limit.
    ///
    /// A liquidation asks for no such thing: what it moves was held before, and no limit may stand in its way.
    ///
    /// # Errors
    /// [`BookRefusal::OpenInterestLimit`].
    pub fn require_open_interest_limit(&self, contract: &ListedContract, before: u64) -> Result<(), BookRefusal> {
        let after = self.limited_open_interest(contract);
        if after > before && after > self.parameters.open_interest_limit {
            return Err(BookRefusal::OpenInterestLimit);
        }
        Ok(())
    }

    /// Changes the lots held long of a contract.
    fn change_open_interest(&mut self, contract: &ListedContract, change: i64) -> Result<(), BookRefusal> {
        let of_expiry = &mut self.expiries[usize::from(contract.expiry_slot)].open_interest;
        match contract.kind {
            PositionKind::Perpetual => add(&mut self.perpetual_open_interest, change),
            PositionKind::Future => add(of_expiry, change),
            PositionKind::Call | PositionKind::Put => {
                add(of_expiry, change)?;
                add(&mut self.series[usize::from(contract.series_slot)].open_interest, change)
            }
            PositionKind::Claim | PositionKind::None => Ok(()),
        }
    }
}

fn add(count: &mut u64, change: i64) -> Result<(), BookRefusal> {
    *count = count.checked_add_signed(change).ok_or(BookRefusal::Overflow)?;
    Ok(())
}
