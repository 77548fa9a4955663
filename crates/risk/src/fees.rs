//! What a trade costs (docs/margin-model.md, section 14): fees on notional, a surcharge on concentration, and a rebate
//! for taking risk off.

use crate::{
    margin::Margin,
    quantity::{MicroUsd, Ratio},
    revaluation::ConcentrationRate,
};

/// Fee rates of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeRates {
    /// Of the notional, from the taker.
    pub taker: Ratio,
    /// Of the notional, from the maker.
    pub maker: Ratio,
    /// Most of an option's premium.
    pub premium_cap: Ratio,
    /// Surcharge on net delta.
    pub concentration: ConcentrationRate,
}

/// A fee for each side of a trade, µUSD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// From the taker.
    pub taker: MicroUsd,
    /// From the maker.
    pub maker: MicroUsd,
}

impl FeeRates {
    /// Fees of a fill, rounded up: a share of its notional, for an option at most a share of its premium.
    /// Neither amount is negative.
    pub fn of_fill(&self, notional: MicroUsd, premium: Option<MicroUsd>) -> Fees {
        let most = premium.map_or(MicroUsd(i64::MAX), |premium| self.premium_cap.of_ceil(premium));
        let fee = |rate: Ratio| rate.of_ceil(notional).min(most);
        Fees { taker: fee(self.taker), maker: fee(self.maker) }
    }

    /// Surcharge on an account's net delta in the market that rose from `before` to `after`, rounded up: what the
    /// concentration charge at the surcharge's own rates rose by. A trade in parts thus costs what it costs in one.
    pub fn surcharge(&self, before: MicroUsd, after: MicroUsd) -> MicroUsd {
        (self.concentration.charge(after) - self.concentration.charge(before)).gain()
    }
}

impl core::ops::AddAssign for Fees {
    fn add_assign(&mut self, other: Self) {
        self.taker += other.taker;
        self.maker += other.maker;
    }
}

/// Rules of the rebate, shared by all markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebateRules {
    /// Rebate per maintenance requirement that a trade frees.
    pub rate: Ratio,
    /// Most of an account's fees in a window that rebates return.
    pub share: Ratio,
    /// Length of the window, seconds.
    pub window_seconds: u32,
}

/// What of a fee is due where charging all of it would leave the account below initial margin or without the cash: if
/// the trade let neither excess fall, at most what it raised each of them by, and at most the cash. Whoever takes risk
/// off is never refused for a fee.
///
/// `after` and `before` are the account's margin with and without the trade, the fee not taken off. `None` if the trade
/// let an excess fall: the fee is due in full.
pub fn reduced(fee: MicroUsd, cash: MicroUsd, after: &Margin, before: &Margin) -> Option<MicroUsd> {
    let initial = after.initial_excess - before.initial_excess;
    let maintenance = after.maintenance_excess - before.maintenance_excess;
    let raised = initial.min(maintenance);
    (raised >= MicroUsd::ZERO).then(|| fee.min(raised).min(cash.gain()))
}
