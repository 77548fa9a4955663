//! What `assess` and `assess_market` return, in fixed layouts of at most 1,024 bytes.

use bytemuck::{Pod, Zeroable};

use crate::{
    black76::VOLATILITY_ROWS,
    margin::{MAX_GROUPS, Margin, Mode},
    quantity::MicroUsd,
    revaluation::{GroupLoss, MarketInput, MarketRisk, Workspace},
    scenario::{MAX_CORE_NODES, MAX_TAILS},
};

/// Most markets in a report.
pub const MAX_MARKETS: usize = 8;

/// An account's margin in all three modes. All amounts are µUSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarginReport {
    /// Layout of the report: [`MarginReport::VERSION`].
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
    /// Value at risk of the net Greeks, for comparison; it enters no requirement.
    pub value_at_risk: i64,
    /// Binding joint scenario of each group that the account has markets in, portfolio mode: row and node (see
    /// [`ScenarioIndex`](crate::scenario::ScenarioIndex)). Groups without markets are left out.
    pub joint_bindings: [[u8; 2]; MAX_GROUPS],
    /// Requirements and excess in isolated, cross and portfolio mode.
    pub modes: [ModeReport; 3],
    /// Greeks and losses of each market, revalued together, in the order of the account's market slots.
    pub markets: [MarketReport; MAX_MARKETS],
}

/// Requirements in one mode, µUSD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ModeReport {
    /// Scan losses: of positions, of markets, or of groups.
    pub scan_loss: i64,
    /// Part of it that the maintenance factor applies to.
    pub maintenance_loss: i64,
    /// Charges on naked short options, initial margin's included.
    pub naked_short_charge: i64,
    /// Charges on linear notional, initial margin's included.
    pub linear_charge: i64,
    /// Charges on uncertain prices; initial margin alone.
    pub confidence_charge: i64,
    /// Charges on large net delta and vega; initial margin alone.
    pub concentration_charge: i64,
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
    /// Binding scenario of the market by itself: row (0 volatility up, 1 flat, 2 down, 3 skew, 4 basis).
    pub binding_row: u8,
    /// Binding scenario: node.
    pub binding_node: u8,
    /// Zero.
    pub padding: u32,
    /// Scan loss of the market by itself.
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
    pub const VERSION: u8 = 2;

    /// Reads what `assess` returned; `None` unless it is a report in this layout. The network cuts trailing zeros off return
    /// data.
    pub fn from_return_data(data: &[u8]) -> Option<Self> {
        read_returned(data).filter(|report: &Self| report.version == Self::VERSION)
    }

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
        let charges = &margin.components.charges;
        self.modes[mode as usize] = ModeReport {
            scan_loss: margin.components.scan_loss.0,
            maintenance_loss: margin.components.maintenance_loss.0,
            naked_short_charge: (charges.naked_short_maintenance + charges.naked_short_initial).0,
            linear_charge: (charges.linear_maintenance + charges.linear_initial).0,
            confidence_charge: charges.confidence.0,
            concentration_charge: (charges.delta_concentration + charges.vega_concentration).0,
            initial_requirement: margin.initial_requirement.0,
            maintenance_requirement: margin.maintenance_requirement.0,
            initial_excess: margin.initial_excess.0,
            maintenance_excess: margin.maintenance_excess.0,
            withdrawal_excess: margin.withdrawal_excess.0,
        };
    }

    /// Writes the binding scenarios of the groups.
    pub fn set_groups(&mut self, groups: impl Iterator<Item = GroupLoss>) {
        for (entry, group) in self.joint_bindings.iter_mut().zip(groups) {
            *entry = [group.binding.row, group.binding.node];
        }
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

/// Nodes of a [`ScenarioMatrix`]: core nodes and tails.
pub const MATRIX_NODES: usize = MAX_CORE_NODES + MAX_TAILS;

/// A structure whose trailing zeros were cut off.
fn read_returned<T: Pod>(data: &[u8]) -> Option<T> {
    let mut value = T::zeroed();
    bytemuck::bytes_of_mut(&mut value).get_mut(..data.len())?.copy_from_slice(data);
    Some(value)
}

/// What one market of an account gains or loses in every scenario, revalued together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ScenarioMatrix {
    /// Layout of the matrix: [`ScenarioMatrix::VERSION`].
    pub version: u8,
    /// Core nodes, which come first in every row.
    pub core_nodes: u8,
    /// Tails, which follow them.
    pub tail_nodes: u8,
    /// Row of the binding scenario (see [`ScenarioIndex`](crate::scenario::ScenarioIndex)) …
    pub binding_row: u8,
    /// … and its node.
    pub binding_node: u8,
    /// Zero.
    pub padding: u8,
    /// Number of the market.
    pub market: u16,
    /// Which cells exist: a bit per node, for each row.
    pub cells: [u32; VOLATILITY_ROWS],
    /// 1 + price move of every node, scale 2^-28; zero beyond the last.
    pub price_factors: [u32; MATRIX_NODES],
    /// Profit by volatility row (up, flat, down) and node, µUSD, tails weighted; zero where there is no cell.
    pub profits: [[i64; MATRIX_NODES]; VOLATILITY_ROWS],
    /// Losses in the linear and the absolute skew scenario, µUSD.
    pub skew_losses: [i64; 2],
    /// Loss to the basis shocks, µUSD.
    pub basis_loss: i64,
    /// Scan loss, µUSD.
    pub scan_loss: i64,
}

const _: () = assert!(size_of::<ScenarioMatrix>() <= 1_024);

impl ScenarioMatrix {
    /// Bytes of a matrix.
    pub const SIZE: usize = size_of::<Self>();
    /// The layout described here.
    pub const VERSION: u8 = 1;

    /// Reads what `assess_market` returned; `None` unless it is a matrix in this layout.
    pub fn from_return_data(data: &[u8]) -> Option<Self> {
        read_returned(data).filter(|matrix: &Self| matrix.version == Self::VERSION)
    }

    /// The matrix of the market whose pass, netting together, was the workspace's last.
    pub fn new(market: u16, input: &MarketInput, risk: &MarketRisk, workspace: &Workspace) -> Self {
        let shape = input.scenarios.shape;
        let mut matrix = Self {
            version: Self::VERSION,
            core_nodes: shape.core_nodes as u8,
            tail_nodes: shape.tail_nodes as u8,
            binding_row: risk.binding.row,
            binding_node: risk.binding.node,
            market,
            cells: input.scenarios.cells.0,
            skew_losses: risk.skew_losses.map(MicroUsd::get),
            basis_loss: risk.basis_loss.0,
            scan_loss: risk.scan_loss.0,
            ..Self::zeroed()
        };
        for node in 0..shape.nodes() {
            matrix.price_factors[node] = input.scenarios.price_factor(node);
            for (row, profits) in matrix.profits.iter_mut().enumerate() {
                profits[node] = workspace.profit(input, row, node).unwrap_or_default().0;
            }
        }
        matrix
    }
}
