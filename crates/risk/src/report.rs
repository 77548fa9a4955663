//! The margin report: what `assess` returns, in a fixed layout of at most 1,024 bytes.

use bytemuck::{Pod, Zeroable};

use crate::{
    margin::{Margin, Mode},
    revaluation::MarketRisk,
};

/// Most markets in a report.
pub const MAX_MARKETS: usize = 8;

/// An account's margin in all three modes. All amounts are µUSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarginReport {
    /// Layout of the report: 1.
    pub version: u8,
    /// The account's own [`Mode`].
    pub mode: u8,
    /// The account's [`Tier`](crate::margin::Tier) in its own mode.
    pub tier: u8,
    /// Entries used in `markets`.
    pub market_count: u8,
    /// Compute units that one check of the account may need at most.
    pub check_compute_units: u32,
    /// Equity.
    pub equity: i64,
    /// Cash.
    pub cash: i64,
    /// Collateral at its prices.
    pub collateral: i64,
    /// Options at their marks.
    pub options: i64,
    /// Unsettled profit of perpetuals, futures and claims.
    pub linear_profit: i64,
    /// Initial haircuts.
    pub initial_haircut: i64,
    /// Maintenance haircuts.
    pub maintenance_haircut: i64,
    /// Part of the unsettled gains that initial margin does not count.
    pub uncounted_gain: i64,
    /// What a withdrawal may not rely on, beyond `uncounted_gain`.
    pub unwithdrawable: i64,
    /// Σ |quantity| × index.
    pub gross_notional: i64,
    /// Requirements and excess in isolated, cross and portfolio mode.
    pub modes: [ModeReport; 3],
    /// Greeks and losses of each market, revalued together, in the order of the account's market slots.
    pub markets: [MarketReport; MAX_MARKETS],
}

/// Requirements in one mode, µUSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ModeReport {
    /// Sum of the markets' scan losses.
    pub scan_loss: i64,
    /// Maintenance charges.
    pub maintenance_charge: i64,
    /// What initial margin charges on top.
    pub initial_charge: i64,
    /// Initial requirement, haircuts not included.
    pub initial_requirement: i64,
    /// Maintenance requirement, haircuts not included.
    pub maintenance_requirement: i64,
    /// Initial excess.
    pub initial_excess: i64,
    /// Maintenance excess.
    pub maintenance_excess: i64,
    /// Withdrawal excess.
    pub withdrawal_excess: i64,
}

/// One market of a report, µUSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarketReport {
    /// Number of the market.
    pub market: u16,
    /// Binding scenario: row (0 volatility up, 1 flat, 2 down).
    pub binding_row: u8,
    /// Binding scenario: node.
    pub binding_node: u8,
    /// Zero.
    pub padding: u32,
    /// Scan loss.
    pub scan_loss: i64,
    /// Delta × index.
    pub delta: i64,
    /// Change of `delta` per 1 % rise of the index.
    pub gamma: i64,
    /// Per volatility point.
    pub vega: i64,
    /// Per day.
    pub theta: i64,
    /// Per percentage point of all rates.
    pub rho: i64,
}

const _: () = assert!(size_of::<MarginReport>() <= 1_024);

impl MarginReport {
    /// Bytes of a report.
    pub const SIZE: usize = size_of::<Self>();
    /// The layout described here.
    pub const VERSION: u8 = 1;

    /// Writes what all modes share, from the margin in the account's own mode.
    pub fn set_account(&mut self, mode: Mode, margin: &Margin, check_compute_units: u32) {
        let sums = &margin.components;
        self.version = Self::VERSION;
        self.mode = mode as u8;
        self.tier = margin.tier() as u8;
        self.check_compute_units = check_compute_units;
        self.equity = margin.equity.0;
        self.cash = sums.cash.0;
        self.collateral = sums.collateral.0;
        self.options = sums.options.0;
        self.linear_profit = sums.linear_profit.0;
        self.initial_haircut = sums.initial_haircut.0;
        self.maintenance_haircut = sums.maintenance_haircut.0;
        self.uncounted_gain = sums.uncounted_gain.0;
        self.unwithdrawable = sums.unwithdrawable.0;
        self.gross_notional = sums.gross_notional.0;
    }

    /// Writes the margin in one mode.
    pub fn set_mode(&mut self, mode: Mode, margin: &Margin) {
        self.modes[mode as usize] = ModeReport {
            scan_loss: margin.components.scan_loss.0,
            maintenance_charge: margin.components.maintenance_charge.0,
            initial_charge: margin.components.initial_charge.0,
            initial_requirement: margin.initial_requirement.0,
            maintenance_requirement: margin.maintenance_requirement.0,
            initial_excess: margin.initial_excess.0,
            maintenance_excess: margin.maintenance_excess.0,
            withdrawal_excess: margin.withdrawal_excess.0,
        };
    }

    /// Appends a market; those beyond the last entry are left out.
    pub fn push_market(&mut self, market: u16, risk: &MarketRisk) {
        if let Some(entry) = self.markets.get_mut(usize::from(self.market_count)) {
            *entry = MarketReport {
                market,
                binding_row: risk.binding.row,
                binding_node: risk.binding.node,
                padding: 0,
                scan_loss: risk.scan_loss.0,
                delta: risk.greeks.delta.0,
                gamma: risk.greeks.gamma.0,
                vega: risk.greeks.vega.0,
                theta: risk.greeks.theta.0,
                rho: risk.greeks.rho.0,
            };
            self.market_count += 1;
        }
    }
}
