//! Cuts of what a settled expiry owes: the index of [`gain_cut`](crate::gain_cut), over amounts that no mark moves.
//!
//! A claim's ledger is what its holder was owed when it last changed. The expiry counts what all claims are owed; a
//! bankrupt account's debt to the expiry, which nobody will pay, is cut off them in proportion.

use ballast_risk::{MicroUsd, gain_cut::CutIndex};

use crate::{Expiry, MarginAccount, Market, Position, PositionKind, book::BookRefusal, contract::ListedContract};

impl Position {
    /// What bankruptcies have cut off a claim since its ledger last changed, µUSD.
    pub fn pending_claim_cut(&self, expiry: &Expiry) -> i64 {
        let owed = self.ledger.max(0).unsigned_abs();
        CutIndex(self.entry_index as u64).cut_since(owed, CutIndex(expiry.credit_index)) as i64
    }

    /// Takes what is pending off a claim and adds `change` to it.
    pub(crate) fn change_claim(&mut self, expiry: &mut Expiry, change: i64) -> Result<(), BookRefusal> {
        let left = self.ledger - self.pending_claim_cut(expiry);
        let after = left.checked_add(change).ok_or(BookRefusal::Overflow)?;
        self.uncount_claim(expiry);
        let now = CutIndex(expiry.credit_index);
        expiry.credit_units = expiry.credit_units.saturating_add(now.units(after.max(0).unsigned_abs()));
        (self.ledger, self.entry_index) = (after, now.0 as i64);
        Ok(())
    }

    /// Takes a claim out of what the expiry counts.
    pub(crate) fn uncount_claim(&self, expiry: &mut Expiry) {
        let (seen, now) = (CutIndex(self.entry_index as u64), CutIndex(expiry.credit_index));
        expiry.credit_units = seen.leave(self.ledger.max(0).unsigned_abs(), now, expiry.credit_units);
    }
}

/// A debt to a settled expiry that passes from a bankrupt account to whoever takes it over.
#[derive(Clone, Copy, Debug)]
pub struct ClaimTaken {
    /// Number of the market.
    pub market: u16,
    /// The claim.
    pub claim: ListedContract,
    /// What the taker was owed by the expiry before (negative: owed it), µUSD.
    pub ledger_before: i64,
}

impl MarginAccount {
    /// Takes what is pending off the claim at `index`.
    ///
    /// # Errors
    /// None that a stored claim could cause.
    pub fn apply_claim_cut(&mut self, market: &mut Market, index: usize) -> Result<(), BookRefusal> {
        let position = &mut self.positions[index];
        position.change_claim(&mut market.expiries[usize::from(position.expiry_slot)], 0)
    }

    /// What a settled expiry owes the account, less what is pending of cuts.
    pub fn claim_on(&self, market: &Market, claim: &ListedContract) -> i64 {
        let index = self.market_slot(market.number).and_then(|slot| self.find_position(slot, claim.kind, claim.number));
        index.map_or(0, |index| {
            let position = &self.positions[index];
            position.ledger - position.pending_claim_cut(&market.expiries[usize::from(claim.expiry_slot)])
        })
    }

    /// Cuts up to `wanted`, and at most the debt taken over, off what claims on the same expiry are owed, in proportion, and
    /// lets the account owe that much less. Nothing is cut before everybody who held the expiry is settled: until then not
    /// all who are owed something are known. Returns what was cut, rounded down; parts round up, into the expiry's pool.
    ///
    /// For the account itself what it was owed before it took the debt over is cut.
    ///
    /// # Errors
    /// [`BookRefusal`] if the account has no room for the claim.
    pub fn take_credits(
        &mut self,
        market: &mut Market,
        wanted: MicroUsd,
        taken: &ClaimTaken,
    ) -> Result<MicroUsd, BookRefusal> {
        let claim = &taken.claim;
        let ledger = self.claim_on(market, claim);
        let debt = MicroUsd(taken.ledger_before.saturating_sub(ledger)).gain();
        if wanted.min(debt) <= MicroUsd::ZERO || !market.is_wholly_settled(claim.expiry_slot) {
            return Ok(MicroUsd::ZERO);
        }
        // Its claim of now does not take part; the one before does.
        self.adjust(market, claim, 0, ledger.saturating_neg())?;
        let expiry = &mut market.expiries[usize::from(claim.expiry_slot)];
        let (before, own) = (CutIndex(expiry.credit_index), taken.ledger_before.max(0).unsigned_abs());
        let units = expiry.credit_units.saturating_add(before.units(own));
        let owed = MicroUsd(before.worth(units).min(1 << 60) as i64);
        let amount = wanted.min(debt).min(owed);
        let (after, units) = before.cut(amount.0.unsigned_abs(), units).ok_or(BookRefusal::Overflow)?;
        (expiry.credit_index, expiry.credit_units) = (after.0, before.leave(own, after, units));
        let received = amount.0 - before.cut_since(own, after) as i64;
        self.adjust(market, claim, 0, ledger.saturating_add(received))?;
        Ok(amount)
    }

    /// The account's debts to settled expiries, and how `taker` stands with the same ones.
    pub fn debts_to_expiries(&self, market: &Market, taker: &Self) -> impl Iterator<Item = ClaimTaken> {
        let slot = self.market_slot(market.number);
        let debts = self.positions().iter().filter(move |position| {
            Some(usize::from(position.market_slot)) == slot
                && position.kind() == PositionKind::Claim
                && position.ledger < 0
        });
        debts.map(move |position| {
            let claim = position.contract();
            ClaimTaken { market: market.number, claim, ledger_before: taker.claim_on(market, &claim) }
        })
    }
}
