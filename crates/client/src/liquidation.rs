//! What a liquidator can do with an account, what each plan earns it, and what it takes on.
//!
//! Everything is computed natively on copies, with the engine's own rules: [`Candidate::choices`] lists the plans that the program
//! would accept at the prices of the snapshot, [`taken_over`] what the liquidator's account becomes by one.

mod candidate;
mod resolution;

use std::cell::RefCell;

use ballast::LiquidationPlan;
use ballast_risk::{Margin, MicroUsd, revaluation::Workspace, scenario::ONE_Q28};
use ballast_state::{
    Contract, MarginAccount, Position, PositionKind,
    contract::ListedContract,
    revaluation::{self, CheckRefusal, Moment, Sources, value_scale},
};

pub use candidate::Candidate;

use crate::Snapshot;

/// What stands for as much as the rules allow.
pub const FULL_SIZE: u64 = 256;

/// What a liquidator may do with an account.
#[derive(Clone, Debug)]
pub enum Plan {
    /// A step of a liquidation.
    Step(LiquidationPlan),
    /// Takes over a fraction (scale 2^-28) of a bankrupt account.
    Resolution(u32),
}

/// A plan and what it earns.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The plan.
    pub plan: Plan,
    /// What the liquidator gains by it at the marks, µUSD, rounded against it but for lots of a slice that do not divide.
    pub gain: MicroUsd,
    /// What the liquidator pays for a slice or collateral, µUSD, rounded up; zero for legs, which change hands at their marks, and
    /// for resolutions.
    pub paid: MicroUsd,
    /// By how much the liquidator's cash changes, µUSD: what is paid, the cash of a slice, the reward of legs, and the value of
    /// their options; of a resolution at least by this, since what lenders bear may be the liquidator's debt.
    pub proceeds: MicroUsd,
    /// Cash that changes hands for it in either direction, µUSD: what a tolerance is a share of.
    pub turnover: MicroUsd,
}

impl Choice {
    /// The least by which the liquidator's cash may change, µUSD, if as much of what changes hands as `tolerance` (basis points) may
    /// be lost until the transaction lands.
    pub fn least_proceeds(&self, tolerance: u32) -> MicroUsd {
        let lost = i128::from(self.turnover.0) * i128::from(tolerance) / 10_000;
        MicroUsd(i64::try_from(i128::from(self.proceeds.0) - lost).unwrap_or(i64::MIN))
    }
}

/// Values accounts at the prices of a snapshot.
pub struct Valuer<'a> {
    /// The prices.
    pub snapshot: &'a Snapshot,
    /// When, and for which purpose.
    pub moment: Moment,
    memory: RefCell<Box<Workspace>>,
}

impl<'a> Valuer<'a> {
    /// Values accounts as of a moment.
    pub fn new(snapshot: &'a Snapshot, moment: Moment) -> Self {
        Self { snapshot, moment, memory: RefCell::new(bytemuck::zeroed_box()) }
    }

    /// The margin of an account, or of what it may become, in its own mode; nothing if it cannot be valued.
    pub fn margin(&self, account: &MarginAccount) -> Option<Margin> {
        self.try_margin(account).ok()
    }

    /// The same, or why it cannot be valued.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn try_margin(&self, account: &MarginAccount) -> Result<Margin, CheckRefusal> {
        let exchange = &self.snapshot.exchange;
        let mut memory = self.memory.borrow_mut();
        revaluation::margin(account, exchange, self.snapshot, self.moment, account.mode(), &mut memory)
    }

    /// Lots of a contract bought into an account, or sold if they are negative, at the mark rounded down: what a fill would make of it,
    /// but for fees. Nothing if the contract has no mark, or does not fit into the account, which is then to be given up.
    pub fn buy_at_mark(
        &self,
        account: &mut MarginAccount,
        market: u16,
        contract: &ListedContract,
        lots: i64,
    ) -> Option<()> {
        let mut market = Box::new(*self.snapshot.market(market)?);
        let mark = contract.mark(&market, self.moment.now).ok()?;
        let value = value_scale(&market).and_then(|scale| scale.value_floor(lots, mark.price)).ok()?;
        let is_option = contract.kind.is_option();
        account.adjust(&mut market, contract, lots, if is_option { 0 } else { -value.0 }).ok()?;
        if is_option {
            account.cash = account.cash.checked_sub(value.0)?;
        }
        Some(())
    }

    /// |lots| at the index, µUSD, rounded down; zero in a market that is not known.
    pub fn notional(&self, market: u16, lots: i64) -> i128 {
        let value = self.snapshot.market(market).and_then(|market| {
            value_scale(market).and_then(|scale| scale.value_floor(lots.saturating_abs(), market.price)).ok()
        });
        value.map_or(0, |value| i128::from(value.0))
    }
}

/// How a fill refers to the contract of a position.
pub fn contract_of(position: &Position) -> Contract {
    let slot = if position.kind().is_option() { position.series_slot } else { position.expiry_slot };
    Contract { kind: position.kind, slot, number: position.number }
}

/// Whether an account has positions beside claims.
pub fn holds_lots(account: &MarginAccount) -> bool {
    account.positions().iter().any(|position| position.quantity != 0 && position.kind() != PositionKind::Claim)
}

/// What slices are parts of: the equity less the cash that earlier slices brought, which stays with the account.
pub fn worth_of_slices(account: &MarginAccount, margin: &Margin) -> MicroUsd {
    margin.equity - MicroUsd(account.liquidation_proceeds)
}

/// What the liquidator's account becomes by a plan, at the marks, as far as positions and collateral go: the cash that changes hands
/// beside options' value is left out, which is in the choice's gain. Nothing if something is not known, or does not fit into the
/// account.
pub fn taken_over(
    valuer: &Valuer,
    victim: &MarginAccount,
    liquidator: &MarginAccount,
    plan: &Plan,
) -> Option<Box<MarginAccount>> {
    let mut after = Box::new(*liquidator);
    let positions: Vec<Position> = victim.positions().iter().filter(|it| it.quantity != 0).copied().collect();
    let moved = match plan {
        Plan::Step(LiquidationPlan::Legs { legs }) => {
            let of_leg = |leg: &ballast::LiquidationLeg| {
                let slot = victim.market_slot(leg.market)?;
                let held = positions
                    .iter()
                    .find(|it| usize::from(it.market_slot) == slot && contract_of(it) == leg.contract)?;
                Some((*held, leg.quantity))
            };
            legs.iter().map(of_leg).collect::<Option<Vec<_>>>()?
        }
        Plan::Step(LiquidationPlan::Slice { fraction }) | Plan::Resolution(fraction) => {
            for balance in victim.balances.iter().filter(|balance| balance.bank != 0) {
                let amount = u128::from(balance.amount) * u128::from(*fraction) / u128::from(ONE_Q28);
                after.credit(balance.bank, u64::try_from(amount).ok()?).ok()?;
            }
            parts(&positions, u64::from(*fraction))
        }
        Plan::Step(LiquidationPlan::Collateral { bank, amount }) => {
            after.credit(*bank, *amount).ok()?;
            Vec::new()
        }
    };
    for (position, lots) in moved {
        let number = victim.markets[usize::from(position.market_slot)].market;
        valuer.buy_at_mark(&mut after, number, &position.contract(), lots)?;
    }
    Some(after)
}

/// The same share (scale 2^-28) of every position, in whole lots rounded down.
fn parts(positions: &[Position], share: u64) -> Vec<(Position, i64)> {
    let part = |position: &Position| (i128::from(position.quantity) * i128::from(share) / i128::from(ONE_Q28)) as i64;
    positions.iter().map(|position| (*position, part(position))).filter(|(_, lots)| *lots != 0).collect()
}
