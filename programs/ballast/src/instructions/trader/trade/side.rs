//! One account of a trade after the fills: its margin, its fee and its rebate.

use anchor_lang::prelude::*;
use ballast_risk::{Margin, MicroUsd, fees};
use ballast_state::{
    MarginAccount,
    revaluation::{self, Sources},
};

use super::{
    Party,
    turnover::{Role, Turnover},
};
use crate::{
    check::{Checker, require_initial_margin},
    errors::BallastError,
};

/// One account of a trade.
pub(super) struct Side<'a, 'p> {
    /// The account after the fills.
    pub party: &'a mut Party<'p>,
    /// The account as it was.
    pub before: &'a MarginAccount,
    /// Whether it is the taker or the maker.
    pub role: Role,
}

/// What came of the check.
pub(super) struct Checked {
    /// Margin after the trade, the fee not taken off.
    pub margin: Margin,
    /// The fee, µUSD.
    pub fee: MicroUsd,
    /// What was given back of it, µUSD; at most the fee.
    pub rebate: MicroUsd,
}

impl Checked {
    /// What left the account.
    pub fn charged(&self) -> MicroUsd {
        self.fee - self.rebate
    }
}

impl Side<'_, '_> {
    /// Checks the account, and takes its fee less its rebate out of its cash.
    ///
    /// The fee is due in full from whoever has initial margin and cash for it. A trade that passes without a fee since
    /// it lets neither excess fall pays what [`fees::reduced`] says, and is not refused for it. Value handed over
    /// against the marks has to fit the withdrawal excess before; a fee hands nothing over.
    pub fn check(self, turnover: &Turnover, checker: &mut Checker, sources: &impl Sources) -> Result<Checked> {
        let Self { party, before, role } = self;
        let account = &mut *party.account;
        require_cash(account, before, MicroUsd::ZERO)?;
        checker.require_within_cap(account, || revaluation::shape(before))?;
        let mut fee = turnover.fee(role);
        let margin = checker.margin_by_market(account, sources, |market, risk| {
            fee += turnover.surcharge(role, market.number, risk.greeks.delta);
        })?;
        let mut as_before = AsBefore { account: before, margin: None };

        if margin.initial_excess < fee || MicroUsd(account.cash) < fee {
            let margin_before = as_before.margin(checker, sources)?;
            let reduced = fees::reduced(fee, MicroUsd(account.cash), &margin, &margin_before);
            // A bankrupt account does not trade, whatever its excesses do.
            if let Some(reduced) = reduced.filter(|_| margin.equity >= MicroUsd::ZERO) {
                fee = reduced;
            } else {
                require_cash(account, before, fee)?;
                let initial_excess = margin.initial_excess - fee;
                require_initial_margin(&Margin { initial_excess, ..margin }, || Ok(margin_before))?;
            }
        }
        let paid = turnover.handed_over_by(role);
        if paid > MicroUsd::ZERO && margin.withdrawal_excess < MicroUsd::ZERO {
            let excess = as_before.margin(checker, sources)?.withdrawal_excess;
            if excess < paid {
                msg!("{} µUSD handed over against the marks, withdrawal excess {} before", paid.0, excess.0);
                return err!(BallastError::HandoverExceedsExcess);
            }
        }

        let mut checked = Checked { margin, fee, rebate: MicroUsd::ZERO };
        if fee > MicroUsd::ZERO {
            let freed = if party.claims_rebates {
                as_before.margin(checker, sources)?.maintenance_requirement - margin.maintenance_requirement
            } else {
                MicroUsd::ZERO
            };
            checked.rebate = account.fee_window.pay(fee, freed, &turnover.rebates, checker.moment().now);
            account.cash -= checked.charged().0;
        }
        Ok(checked)
    }
}

/// The account as it was, checked once and only if somebody asks.
struct AsBefore<'a> {
    account: &'a MarginAccount,
    margin: Option<Margin>,
}

impl AsBefore<'_> {
    fn margin(&mut self, checker: &mut Checker, sources: &impl Sources) -> Result<Margin> {
        if let Some(margin) = self.margin {
            return Ok(margin);
        }
        let margin = checker.margin(self.account, sources)?;
        self.margin = Some(margin);
        Ok(margin)
    }
}

/// Refuses an account whose cash does not cover the fills and `fee`.
fn require_cash(account: &MarginAccount, before: &MarginAccount, fee: MicroUsd) -> Result<()> {
    if account.cash < fee.0 {
        let cost = before.cash.saturating_sub(account.cash).saturating_add(fee.0);
        return Err(error!(BallastError::InsufficientCash).with_values((before.cash, cost)));
    }
    Ok(())
}
