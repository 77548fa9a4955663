//! The scratch memory of a pass: scenario sums of the expiry under way, scenario profits of the market so far.

use bytemuck::{Pod, Zeroable};

use super::{ExpiryValuation, MarketInput, expiry::StrikeValuation, money::scale_q28_floor};
use crate::{
    black76::{self, GreekSums, GridShape, KernelOption, MAX_NODES, NodeGrid, VOLATILITY_ROWS},
    num,
    quantity::MicroUsd,
    scenario::{ONE_Q28, ScenarioIndex, VolatilityRow},
};

/// Scratch memory of the engine, about 2 KiB, which the caller owns: on chain it lives on the heap, since a stack
/// frame holds 4 KiB. Any contents will do: a pass begins by overwriting them.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Workspace {
    /// Nodes and sums of the expiry under way.
    grid: NodeGrid,
    /// Profit of the market so far in every scenario, µUSD, before tail weights.
    profits: [[i64; MAX_NODES]; VOLATILITY_ROWS],
    /// Logarithms of the market's price moves.
    market_logs: [i64; MAX_NODES],
    /// Marks and Greeks of the expiry under way.
    pub(super) sums: GreekSums,
    /// What the options of the expiry under way may be off by.
    errors: ErrorBudget,
    /// What the marks of the expiry under way may be off by: lots …
    pub(super) marked_lots: i64,
    /// … and what strikes beyond the kernel's fast path add, mantissa units × lots.
    pub(super) marked_outliers: i64,
    /// Net puts of the expiry under way, lots: each is a short forward beside the call that stands for it.
    puts: i64,
    /// Whether the market's logarithms serve the expiry (1) or it has its own, being partly averaged (0).
    shares_logs: u64,
    core_nodes: u64,
    tail_nodes: u64,
}

/// Bound on the error of the scenario kernel, per expiry.
///
/// One evaluation of the snap kernel is off by less than [`black76::snap_error_bound`]: (F_s/2^25 + 1)·(19 + 112·w)/16 +
/// 6 + (F_s + K)/2^31 mantissa units per lot, of which the last term stays below 4 for the mantissas of the fast path.
/// The bound is linear in lots, so it is kept as sums. Two more units of slope per lot, and per put, cover that the unit
/// of money is rounded by less than one part in 2^28.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
struct ErrorBudget {
    /// Σ |lots| × (21 + 112·w) + 2 × |puts|, with the w of the up row, the largest.
    sloped: i64,
    /// Σ |lots|.
    lots: i64,
    /// What strikes beyond the fast path add, mantissa units × lots, at most 2^61.
    outliers: i64,
}

/// Mantissa units per lot that bound the rounding part of one snap evaluation.
const ROUNDING_UNITS: i64 = 10;
/// µUSD that each position alone is charged beyond its loss: more than netted positions can lose by being rounded
/// together, so that netting never costs anything.
const ALONE_ROUNDING: i64 = 4;

impl ErrorBudget {
    /// Part of the bound on one evaluation of all options at a node that grows with the forward, mantissa units × lots,
    /// rounded up.
    #[inline(always)]
    fn sloped_at(&self, forward: u64) -> i64 {
        let coarse = ((forward >> 25) as i64).wrapping_add(1);
        coarse.wrapping_mul(self.sloped).wrapping_add(15) >> 4
    }
}

impl Workspace {
    /// Bytes that the caller has to provide, a multiple of eight.
    pub const SIZE: usize = size_of::<Self>();

    pub(super) fn begin_market(&mut self, input: &MarketInput) {
        self.grid.accumulated = [[0; MAX_NODES]; VOLATILITY_ROWS];
        self.grid.forward = [0; MAX_NODES];
        self.clear_profits();
        self.sums = GreekSums::zeroed();
        self.errors = ErrorBudget::zeroed();
        self.marked_lots = 0;
        self.marked_outliers = 0;
        self.puts = 0;
        self.core_nodes = input.scenarios.shape.core_nodes as u64;
        self.tail_nodes = input.scenarios.shape.tail_nodes as u64;
        for (log, &stored) in self.market_logs.iter_mut().zip(&input.scenarios.log_factors) {
            *log = i64::from(stored);
        }
        self.grid.log_factor = self.market_logs;
        self.shares_logs = 1;
    }

    pub(super) fn clear_profits(&mut self) {
        self.profits = [[0; MAX_NODES]; VOLATILITY_ROWS];
    }

    fn nodes(&self) -> usize {
        (self.core_nodes.wrapping_add(self.tail_nodes) as usize).min(MAX_NODES)
    }

    /// Nodes of a row: the tails belong to the first.
    fn row_nodes(&self, row: usize) -> usize {
        if row == VolatilityRow::Up as usize { self.nodes() } else { (self.core_nodes as usize).min(MAX_NODES) }
    }

    fn centre(&self) -> usize {
        ((self.core_nodes / 2) as usize).min(MAX_NODES - 1)
    }

    /// Fills the forward of every node. While part of the settlement average is fixed only the rest moves, and the
    /// logarithm of each node's move is computed anew.
    pub(super) fn begin_expiry(&mut self, expiry: &ExpiryValuation, input: &MarketInput) {
        let nodes = self.nodes();
        let fixed = expiry.forward.wrapping_sub(expiry.moving);
        let factors = &input.scenarios.price_factors[..nodes];
        for (forward, &factor) in self.grid.forward.iter_mut().zip(factors) {
            *forward = (expiry.moving.wrapping_mul(u64::from(factor)) >> 28).wrapping_add(fixed);
        }
        if fixed == 0 {
            if self.shares_logs == 0 {
                self.grid.log_factor = self.market_logs;
                self.shares_logs = 1;
            }
        } else if expiry.is_alive() {
            let log_forward = num::ln_q40(expiry.forward);
            let forwards = &self.grid.forward[..nodes];
            for (log, &forward) in self.grid.log_factor.iter_mut().zip(forwards) {
                *log = num::ln_q40(forward.max(1)).wrapping_sub(log_forward) >> 11;
            }
            self.shares_logs = 0;
        }
    }

    /// Adds the scenario values of one strike.
    pub(super) fn add_scenarios(&mut self, expiry: &ExpiryValuation, strike: &StrikeValuation, calls: i64, puts: i64) {
        let quantity = calls.wrapping_add(puts);
        if puts != 0 {
            self.puts = self.puts.wrapping_add(puts);
            self.errors.sloped = self.errors.sloped.wrapping_add(puts.wrapping_abs() << 1);
        }
        if quantity == 0 {
            return;
        }
        let rows = expiry.row_deviations(strike.deviation);
        let lots = quantity.wrapping_abs();
        self.errors.lots = self.errors.lots.wrapping_add(lots);
        let slope = 21_i64.wrapping_add((rows[VolatilityRow::Up as usize].wrapping_mul(112) >> 28) as i64);
        self.errors.sloped = self.errors.sloped.wrapping_add(lots.wrapping_mul(slope));
        let option = KernelOption { log_moneyness: strike.log_moneyness, strike: strike.mantissa, quantity };
        let shape = GridShape { core_nodes: self.core_nodes as usize, tail_nodes: self.tail_nodes as usize };
        let outliers = black76::accumulate_scenarios(&option, rows, shape, &mut self.grid);
        if outliers != 0 {
            self.errors.outliers = self.errors.outliers.saturating_add(outliers.min(1 << 61) as i64).min(1 << 61);
        }
    }

    /// Turns the sums of the scenario values into profits against the unshocked value, adds them to the market's, and
    /// clears the sums. Every profit is rounded down, and the error bound of both evaluations taken off it.
    pub(super) fn convert_scenarios(&mut self, expiry: &ExpiryValuation) {
        if self.errors.lots == 0 && self.puts == 0 {
            return;
        }
        let base = self.baseline();
        let (core, nodes) = (self.core_nodes as usize, self.nodes());
        let unit = expiry.unit;
        for (node, &forward) in self.grid.forward[..nodes].iter().enumerate() {
            let common = base.common(&self.errors, forward);
            let rows = if node < core { VOLATILITY_ROWS } else { 1 };
            for (sums, profits) in self.grid.accumulated[..rows].iter().zip(&mut self.profits) {
                profits[node] = profits[node].wrapping_add(unit.money_floor(common.wrapping_add(sums[node])));
            }
        }
        self.clear_scenarios();
    }

    /// The largest weighted loss of the scenario values by themselves, in money; clears the sums.
    pub(super) fn convert_alone(&mut self, expiry: &ExpiryValuation, input: &MarketInput) -> MicroUsd {
        let base = self.baseline();
        let (core, nodes) = (self.core_nodes as usize, self.nodes());
        let [up, flat, down] = &self.grid.accumulated;
        let mut lowest = 0;
        for (node, &forward) in self.grid.forward[..nodes].iter().enumerate() {
            let common = base.common(&self.errors, forward);
            let profit = if node < core {
                common.wrapping_add(up[node].min(flat[node]).min(down[node]))
            } else {
                input.weighted(node.wrapping_sub(core), common.wrapping_add(up[node]))
            };
            lowest = profit.min(lowest);
        }
        self.clear_scenarios();
        MicroUsd(ALONE_ROUNDING.saturating_sub(expiry.unit.money_floor(lowest)))
    }

    fn baseline(&self) -> Baseline {
        let centre = self.centre();
        let forward = self.grid.forward[centre];
        let value = self.grid.accumulated[VolatilityRow::Flat as usize][centre];
        let rounding = self.errors.lots.wrapping_mul(2 * ROUNDING_UNITS).wrapping_add(1);
        let error = self.errors.sloped_at(forward).wrapping_add(rounding).wrapping_add(self.errors.outliers);
        // −puts·(F_s − F) − (value + error of the baseline), with the constant part taken together.
        let constant = self.puts.wrapping_mul(forward as i64);
        Baseline { constant: constant.wrapping_sub(value).wrapping_sub(error), puts: self.puts }
    }

    fn clear_scenarios(&mut self) {
        self.grid.accumulated = [[0; MAX_NODES]; VOLATILITY_ROWS];
        self.errors = ErrorBudget::zeroed();
        self.puts = 0;
    }

    /// Adds value that moves in proportion to the index.
    pub(super) fn add_linear(&mut self, exposure: MicroUsd, input: &MarketInput) {
        if exposure == MicroUsd::ZERO {
            return;
        }
        for (node, &factor) in input.scenarios.price_factors[..self.nodes()].iter().enumerate() {
            let change = scale_q28_floor(exposure.0, i64::from(factor).wrapping_sub(ONE_Q28 as i64));
            let rows = if node < self.core_nodes as usize { VOLATILITY_ROWS } else { 1 };
            for row in &mut self.profits[..rows] {
                row[node] = row[node].wrapping_add(change);
            }
        }
    }

    /// Largest weighted loss of the market so far, and its scenario.
    pub(super) fn worst(&self, input: &MarketInput) -> (MicroUsd, ScenarioIndex) {
        let core = self.core_nodes as usize;
        let (mut lowest, mut binding) = (0, ScenarioIndex { row: 1, node: self.centre() as u8 });
        for (row, profits) in self.profits.iter().enumerate() {
            for (node, &profit) in profits[..self.row_nodes(row)].iter().enumerate() {
                let weighted = if node < core { profit } else { input.weighted(node.wrapping_sub(core), profit) };
                if weighted < lowest {
                    (lowest, binding) = (weighted, ScenarioIndex { row: row as u8, node: node as u8 });
                }
            }
        }
        (MicroUsd(-lowest), binding)
    }
}

/// The unshocked scenario, which every other is compared with.
struct Baseline {
    /// What does not depend on the scenario: minus value and error, and the puts' forwards at the mark.
    constant: i64,
    puts: i64,
}

impl Baseline {
    /// What a scenario's value has to be added to for its profit, less what both evaluations may be off by: the same in
    /// all rows of a node. Mantissa units × lots; the profit stays below 2^63.
    #[inline(always)]
    fn common(&self, errors: &ErrorBudget, forward: u64) -> i64 {
        self.constant.wrapping_sub(self.puts.wrapping_mul(forward as i64)).wrapping_sub(errors.sloped_at(forward))
    }
}
