//! The scratch memory of a pass: scenario sums of the expiry under way, scenario profits of the market so far.

use bytemuck::{Pod, Zeroable};

use super::{
    ExpiryValuation, MarketInput,
    joint::GroupSums,
    money::{UnitValue, scale_q28_floor},
    near::NearExpiries,
    skew::SkewSwitch,
};
use crate::{
    black76::{self, FIRST_CORE, GreekSums, InsideOption, KernelOption, MAX_NODES, NodeGrid, VOLATILITY_ROWS, Visits},
    margin::MAX_GROUPS,
    num,
    quantity::MicroUsd,
    scenario::{ONE_Q28, ScenarioIndex, VolatilityRow},
};

/// Scratch memory of the engine, about 9 KiB, which the caller owns: on chain it lives on the heap, since a stack
/// frame holds 4 KiB. Any contents will do: [`begin_account`](Self::begin_account) overwrites what is read.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Workspace {
    /// Nodes and sums of the expiry under way.
    pub(super) grid: NodeGrid,
    /// Profit of the market so far in every scenario, µUSD, before tail weights.
    pub(super) profits: [[i64; MAX_NODES]; VOLATILITY_ROWS],
    /// What all volatilities of a node share of the value of the options under way, mantissa units × lots.
    commons: [i64; MAX_NODES],
    /// Logarithms of the market's price moves.
    market_logs: [i64; MAX_NODES],
    /// Marks and Greeks of the expiry under way.
    pub(super) sums: GreekSums,
    /// What the options under way may be off by in scenarios.
    pub(super) errors: ErrorBudget,
    /// What the marks of the expiry under way may be off by: lots …
    pub(super) marked_lots: i64,
    /// … and what strikes beyond the kernel's fast path add, mantissa units × lots.
    pub(super) marked_outliers: i64,
    /// Lots × strike of those strikes in the expiry under way, 2^20 mantissa units × lots.
    pub(super) far_strikes: u64,
    /// Net puts under way, lots: each is a short forward beside the call that stands for it …
    pub(super) puts: i64,
    /// … and its strike in cash: Σ puts × strike, mantissa units × lots.
    pub(super) put_strikes: i64,
    /// Σ quantity × call value at the mark of the options under way, mantissa units × lots.
    pub(super) call_values: i64,
    /// The same with the skew scenarios' volatilities: linear, absolute.
    pub(super) skewed_values: [i64; 2],
    /// What strikes beyond the fast path add to the error of the two.
    pub(super) skew_outliers: i64,
    /// Loss of the market so far in the skew scenarios, µUSD: linear, absolute.
    pub(super) skew_losses: [i64; 2],
    /// Loss of the market so far to basis shocks, µUSD.
    pub(super) basis_loss: i64,
    /// Whether the market's logarithms serve the expiry (1) or it has its own, being partly averaged (0).
    shares_logs: u64,
    pub(super) core_nodes: u64,
    pub(super) tail_nodes: u64,
    /// Which nodes the kernel visits.
    visits: Visits,
    /// Rows that have tails, counted from the first.
    tail_rows: u64,
    /// Which skew scenarios there are.
    pub(super) skew: SkewSwitch,
    /// Expiries whose smile is narrower than the grid.
    pub(super) near: NearExpiries,
    /// The account's groups of markets.
    pub(super) groups: [GroupSums; MAX_GROUPS],
}

/// Bound on the error of the scenario kernel.
///
/// One evaluation of the snap kernel is off by less than [`black76::snap_error_bound`]: (F_s/2^25 + 1)·(19 + 112·w)/16 +
/// 6 + (F_s + K)/2^31 mantissa units per lot, of which the last term stays below 4 for the mantissas of the fast path.
/// What the kernel is given is rounded too, which adds [`INPUT_SLOPE`] to the 19 and four units to the 6: logarithms
/// count in the second order only, but the forward lacks up to 2^-28 of itself and 2^-30 of its basis' growth (3), a
/// volatility on the smile up to 2.3·10^-8 (5, vega being at most 0.4·F), and strike and shocked forward a unit together.
/// The bound is linear in lots, so it is kept as sums.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub(super) struct ErrorBudget {
    /// Σ |lots| × (19 + [`INPUT_SLOPE`] + 112·w), with the w of the up row, the largest.
    sloped: i64,
    /// Σ |lots|.
    pub lots: i64,
    /// |Σ net puts|, each a forward beside the call that stands for it.
    forwards: i64,
    /// What strikes beyond the fast path add to a difference of two evaluations, mantissa units × lots, at most 2^61.
    outliers: i64,
}

/// What rounded inputs add to the part of the bound that grows with the forward, in 2^-29 of it.
const INPUT_SLOPE: i64 = 8;
/// The part of [`INPUT_SLOPE`] that comes from the forward …
const FORWARD_SLOPE: i64 = 3;
/// … and what a forward and a strike lack beyond it, mantissa units per lot.
const FORWARD_UNITS: i64 = 2;
/// Mantissa units per lot that bound the rounding part of one snap evaluation.
const ROUNDING_UNITS: i64 = 14;
/// µUSD that each position alone is charged beyond its loss: more than netted positions can lose by being rounded
/// together, so that netting never costs anything.
const ALONE_ROUNDING: i64 = 4;
const FLAT: usize = VolatilityRow::Flat as usize;

impl ErrorBudget {
    /// Adds what the forwards that net puts stand for may be off by: like an option's forward and strike, without a kernel.
    fn add_forwards(&mut self, puts: i64) {
        let lots = puts.wrapping_abs();
        self.sloped = self.sloped.wrapping_add(lots.wrapping_mul(FORWARD_SLOPE));
        self.forwards = lots;
    }

    /// Part of the bound on one evaluation of all options at a node that grows with the forward, mantissa units × lots,
    /// rounded up.
    #[inline(always)]
    pub fn sloped_at(&self, forward: u64) -> i64 {
        let coarse = ((forward >> 25) as i64).wrapping_add(1);
        coarse.wrapping_mul(self.sloped).wrapping_add(15) >> 4
    }

    /// The rest of it.
    #[inline(always)]
    pub fn rounding(&self) -> i64 {
        let units = self.lots.wrapping_mul(ROUNDING_UNITS).wrapping_add(self.forwards.wrapping_mul(FORWARD_UNITS));
        units.wrapping_add(1).wrapping_add(self.outliers.wrapping_add(1) >> 1)
    }
}

impl Workspace {
    /// Bytes that the caller has to provide, a multiple of eight.
    pub const SIZE: usize = size_of::<Self>();

    /// Makes the workspace ready for an account, whatever it holds.
    pub fn begin_account(&mut self) {
        for group in &mut self.groups {
            group.members = 0;
        }
        self.sums = GreekSums::zeroed();
        self.marked_lots = 0;
        self.far_strikes = 0;
        self.marked_outliers = 0;
        self.clear_options();
    }

    pub(super) fn begin_market(&mut self, input: &MarketInput) {
        self.clear_market();
        self.core_nodes = input.scenarios.shape.core_nodes as u64;
        self.tail_nodes = input.scenarios.shape.tail_nodes as u64;
        self.visits = input.scenarios.visits(&input.basis);
        let core_end = self.core_end() as u64;
        self.tail_rows = self.visits.ends.iter().rposition(|&end| end > core_end).map_or(0, |row| row as u64 + 1);
        self.skew = SkewSwitch::new(&input.skew);
        for (log, &stored) in self.market_logs.iter_mut().zip(&input.scenarios.log_factors) {
            *log = i64::from(stored);
        }
        self.grid.log_factor = self.market_logs;
        self.shares_logs = 1;
        self.near.begin_market(input);
    }

    /// Clears what the market has lost so far.
    pub(super) fn clear_market(&mut self) {
        self.profits = [[0; MAX_NODES]; VOLATILITY_ROWS];
        self.skew_losses = [0; 2];
        self.basis_loss = 0;
    }

    /// One past the last node of the market, in the kernel's order.
    pub(super) fn nodes_end(&self) -> usize {
        (self.core_nodes.wrapping_add(self.tail_nodes) as usize).wrapping_add(FIRST_CORE).min(MAX_NODES)
    }

    /// One past the last core node, in the kernel's order.
    pub(super) fn core_end(&self) -> usize {
        (self.core_nodes as usize).wrapping_add(FIRST_CORE).min(MAX_NODES)
    }

    /// The node without a price move, in the kernel's order.
    pub(super) fn centre(&self) -> usize {
        FIRST_CORE.wrapping_add((self.core_nodes / 2) as usize).min(MAX_NODES - 1)
    }

    /// Fills the forward of every node. While part of the settlement average is fixed only the rest moves, and the
    /// logarithm of each node's move is computed anew.
    pub(super) fn begin_expiry(&mut self, expiry: &ExpiryValuation, input: &MarketInput) {
        let nodes = self.nodes_end();
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
        let core =
            (self.grid.forward[FIRST_CORE], self.grid.forward[self.core_end().wrapping_sub(1).min(MAX_NODES - 1)]);
        self.near.begin_expiry(expiry, core);
    }

    /// Adds the scenario values of one strike.
    #[inline(always)]
    pub(super) fn add_scenarios(&mut self, expiry: &ExpiryValuation, option: &InsideOption, deviation: u64) {
        let rows = expiry.row_deviations(deviation);
        self.add_error(rows[VolatilityRow::Up as usize], option.get().quantity);
        black76::accumulate_scenarios_inside(option, rows, &self.visits, &mut self.grid);
    }

    /// The same beyond the fast path's range.
    pub(super) fn add_far_scenarios(&mut self, expiry: &ExpiryValuation, option: &KernelOption, deviation: u64) {
        let rows = expiry.row_deviations(deviation);
        self.add_error(rows[VolatilityRow::Up as usize], option.quantity);
        let outliers = black76::accumulate_scenarios(option, rows, &self.visits, &mut self.grid);
        self.errors.outliers = self.errors.outliers.saturating_add(outliers.min(1 << 61) as i64).min(1 << 61);
    }

    /// Adds what the kernel may be off by, given the deviation of the up row, the largest.
    #[inline(always)]
    fn add_error(&mut self, deviation: u64, quantity: i64) {
        let lots = quantity.wrapping_abs();
        self.errors.lots = self.errors.lots.wrapping_add(lots);
        let slope = (19 + INPUT_SLOPE).wrapping_add((deviation.wrapping_mul(112) >> 28) as i64);
        self.errors.sloped = self.errors.sloped.wrapping_add(lots.wrapping_mul(slope));
    }

    /// Turns the sums of the scenario values into profits against the unshocked value, adds them to the market's, and
    /// clears the sums. Every profit is rounded down, and the error bound of both evaluations taken off it.
    ///
    /// `linear` is the value of the expiry's future that moves with the index, which its basis shock moves too.
    pub(super) fn convert_scenarios(&mut self, expiry: &ExpiryValuation, linear: MicroUsd, input: &MarketInput) {
        if self.errors.lots == 0 && self.puts == 0 {
            if linear != MicroUsd::ZERO {
                self.basis_loss = self.basis_loss.wrapping_add(self.linear_basis_loss(expiry, linear, input));
            }
            return;
        }
        let state = self.unshocked(expiry);
        let (core_end, nodes_end) = (self.core_end(), self.nodes_end());
        self.prepare_nodes(&state, nodes_end);
        let ends = [0, 1, 2].map(|row: u64| if row < self.tail_rows { nodes_end } else { core_end });
        self.convert_row::<0>(expiry, state.money, ends[0]);
        self.convert_row::<1>(expiry, state.money, ends[1]);
        self.convert_row::<2>(expiry, state.money, ends[2]);
        if let Some(place) = self.near.take_expiry(&state, expiry) {
            self.keep_own(place, &state, expiry);
        }
        self.basis_loss = self.basis_loss.wrapping_add(self.basis_loss_of(expiry, &state, linear, input));
        let losses = self.skew_losses_of(expiry, input);
        for (total, loss) in self.skew_losses.iter_mut().zip(losses) {
            *total = total.wrapping_add(loss);
        }
        self.clear_options();
    }

    /// Prepares what all volatilities of each node share.
    #[inline(always)]
    fn prepare_nodes(&mut self, state: &Unshocked, end: usize) {
        let errors = self.errors;
        for node in FIRST_CORE..end.min(MAX_NODES) {
            self.commons[node] = state.common(&errors, self.grid.forward[node]);
        }
    }

    /// Adds one row's profits to the market's, up to `end`.
    #[inline(never)]
    fn convert_row<const ROW: usize>(&mut self, expiry: &ExpiryValuation, unshocked: i64, end: usize) {
        let (long, short) = (expiry.long_unit.mantissa as i64, expiry.short_unit.mantissa as i64);
        let shift = expiry.long_unit.shift.wrapping_sub(32);
        if shift < 0 {
            core::hint::cold_path();
            return self.convert_row_of_large_lots::<ROW>(expiry, unshocked, end);
        }
        for node in FIRST_CORE..end.min(MAX_NODES) {
            let value = self.commons[node].wrapping_add(self.grid.accumulated[ROW][node]);
            // What `UnitValue::money_floor` does, without asking for the shift in every cell.
            let mantissa = if value >= 0 { long } else { short };
            let high = (value >> 32).wrapping_mul(mantissa);
            let low = ((value as u64) & 0xffff_ffff).wrapping_mul(mantissa as u64) >> 32;
            let money = high.wrapping_add(low as i64) >> (shift & 63);
            let profit = &mut self.profits[ROW][node];
            *profit = profit.wrapping_add(money).wrapping_sub(unshocked);
        }
    }

    /// The same where a lot is worth so much that the conversion shifts by less than 32 bits.
    #[cold]
    fn convert_row_of_large_lots<const ROW: usize>(&mut self, expiry: &ExpiryValuation, unshocked: i64, end: usize) {
        for node in FIRST_CORE..end.min(MAX_NODES) {
            let value = expiry.scenario_value_floor(self.commons[node].wrapping_add(self.grid.accumulated[ROW][node]));
            let profit = &mut self.profits[ROW][node];
            *profit = profit.wrapping_add(value).wrapping_sub(unshocked);
        }
    }

    /// Remembers what a near expiry itself contributes at the core nodes.
    #[cold]
    fn keep_own(&mut self, place: usize, state: &Unshocked, expiry: &ExpiryValuation) {
        for (node, &forward) in self.grid.forward[..self.core_end()].iter().enumerate().skip(FIRST_CORE) {
            let common = state.common(&self.errors, forward);
            for (row, sums) in self.grid.accumulated.iter().enumerate() {
                let value = expiry.scenario_value_floor(common.wrapping_add(sums[node]));
                self.near.set_own(place, row, node, value.wrapping_sub(state.money));
            }
        }
    }

    /// The largest loss of the options under way by themselves, in money; clears their sums.
    pub(super) fn convert_alone(&mut self, expiry: &ExpiryValuation, input: &MarketInput) -> MicroUsd {
        let state = self.unshocked(expiry);
        let (core_end, nodes_end) = (self.core_end(), self.nodes_end());
        // What counts in full is compared before it becomes money: the lower value is the lower profit.
        let mut lowest_value = i64::MAX;
        let mut lowest = self.near.take_alone(&state, expiry).min(0);
        let core = core_end.wrapping_sub(FIRST_CORE);
        self.prepare_nodes(&state, nodes_end);
        for (row, sums) in self.grid.accumulated.iter().enumerate() {
            let mut cells = input.scenarios.cells.0[row];
            let core = FIRST_CORE..core_end.min(MAX_NODES);
            for (common, calls) in self.commons[core.clone()].iter().zip(&sums[core]) {
                let value = common.wrapping_add(*calls);
                if value < lowest_value && cells & 1 == 1 {
                    lowest_value = value;
                }
                cells >>= 1;
            }
        }
        for (row, sums) in self.grid.accumulated.iter().enumerate().take(self.tail_rows as usize) {
            let mut cells = input.scenarios.cells.0[row] >> (core & 31);
            let tails = core_end..nodes_end.min(MAX_NODES);
            for (tail, (common, calls)) in self.commons[tails.clone()].iter().zip(&sums[tails]).enumerate() {
                let value = common.wrapping_add(*calls);
                // No weight makes a loss greater.
                if value < lowest_value && cells & 1 == 1 {
                    let profit = expiry.scenario_value_floor(value).wrapping_sub(state.money);
                    lowest = lowest.min(input.weighted(tail, profit));
                }
                cells >>= 1;
            }
        }
        if lowest_value != i64::MAX {
            lowest = lowest.min(expiry.scenario_value_floor(lowest_value).wrapping_sub(state.money));
        }
        let [linear, absolute] = self.skew_losses_of(expiry, input);
        let basis = self.basis_loss_of(expiry, &state, MicroUsd::ZERO, input);
        self.clear_options();
        MicroUsd(lowest.wrapping_neg().max(linear).max(absolute).max(basis).wrapping_add(ALONE_ROUNDING))
    }

    /// The unshocked value of the options under way, whose error budget this completes.
    fn unshocked(&mut self, expiry: &ExpiryValuation) -> Unshocked {
        let centre = self.centre();
        self.errors.add_forwards(self.puts);
        let forward = self.grid.forward[centre];
        let calls = self.grid.accumulated[FLAT][centre];
        let rounding = self.errors.rounding();
        let value = calls.wrapping_add(self.put_strikes).wrapping_sub(self.puts.wrapping_mul(forward as i64));
        let highest = value.wrapping_add(self.errors.sloped_at(forward)).wrapping_add(rounding);
        Unshocked {
            highest,
            money: expiry.mark_ceil(highest),
            constant: self.put_strikes.wrapping_sub(rounding),
            puts: self.puts,
        }
    }

    /// The loss of an expiry's options and future to the worse of its two basis shocks, weighted and rounded up.
    fn basis_loss_of(&self, expiry: &ExpiryValuation, state: &Unshocked, linear: MicroUsd, input: &MarketInput) -> i64 {
        if self.visits.basis == 0 {
            return 0;
        }
        let loss = |node: usize| {
            let lowest =
                state.common(&self.errors, self.grid.forward[node]).wrapping_add(self.grid.accumulated[FLAT][node]);
            let gain = linear_profit(linear, input.scenarios.price_factors[node]);
            expiry.mark_ceil(state.highest.wrapping_sub(lowest)).wrapping_sub(gain)
        };
        expiry.weigh_basis(loss(0).max(loss(1)))
    }

    /// The same without options.
    pub(super) fn linear_basis_loss(&self, expiry: &ExpiryValuation, linear: MicroUsd, input: &MarketInput) -> i64 {
        let [down, up, ..] = input.scenarios.price_factors;
        let lowest = linear_profit(linear, down).min(linear_profit(linear, up));
        expiry.weigh_basis(lowest.wrapping_neg())
    }

    pub(super) fn clear_options(&mut self) {
        self.grid.accumulated = [[0; MAX_NODES]; VOLATILITY_ROWS];
        self.errors = ErrorBudget::zeroed();
        self.puts = 0;
        self.put_strikes = 0;
        self.call_values = 0;
        self.skewed_values = [0; 2];
        self.skew_outliers = 0;
        self.near.clear_strikes();
    }

    /// Adds value that moves in proportion to the index.
    pub(super) fn add_linear(&mut self, exposure: MicroUsd, input: &MarketInput) {
        if exposure == MicroUsd::ZERO {
            return;
        }
        for node in FIRST_CORE..self.nodes_end() {
            let change = linear_profit(exposure, input.scenarios.price_factors[node]);
            for row in &mut self.profits {
                row[node] = row[node].wrapping_add(change);
            }
        }
    }

    /// Largest weighted loss of the market so far, and its scenario.
    pub(super) fn worst(&self, input: &MarketInput) -> (MicroUsd, ScenarioIndex) {
        let core = input.scenarios.shape.core_nodes;
        let centre = input.scenarios.shape.centre() as u8;
        let (mut lowest, mut binding) = (0, ScenarioIndex { row: FLAT as u8, node: centre });
        for (row, profits) in self.profits.iter().enumerate() {
            let mut cells = input.scenarios.cells.0[row];
            for (node, &profit) in profits[FIRST_CORE..].iter().enumerate() {
                if cells == 0 {
                    break;
                }
                // No weight makes a loss greater: what is not below the lowest unweighted is not below it weighted.
                if profit < lowest && cells & 1 == 1 {
                    let weighted = if node < core { profit } else { input.weighted(node.wrapping_sub(core), profit) };
                    if weighted < lowest {
                        (lowest, binding) = (weighted, ScenarioIndex { row: row as u8, node: node as u8 });
                    }
                }
                cells >>= 1;
            }
        }
        for (node, &loss) in self.skew_losses.iter().enumerate() {
            if loss > lowest.wrapping_neg() {
                (lowest, binding) = (-loss, ScenarioIndex { row: ScenarioIndex::SKEW, node: node as u8 });
            }
        }
        if self.basis_loss > lowest.wrapping_neg() {
            (lowest, binding) = (-self.basis_loss, ScenarioIndex { row: ScenarioIndex::BASIS, node: 0 });
        }
        (MicroUsd(-lowest), binding)
    }

    /// Profit of the market in a scenario of the grid, weighted; `None` where there is no such cell. Nodes as in
    /// [`ScenarioIndex`].
    pub fn profit(&self, input: &MarketInput, row: usize, node: usize) -> Option<MicroUsd> {
        if !input.scenarios.cells.has(row, node) {
            return None;
        }
        let profit = *self.profits.get(row)?.get(node.checked_add(FIRST_CORE)?)?;
        let core = input.scenarios.shape.core_nodes;
        Some(MicroUsd(if node < core { profit } else { input.weighted(node.wrapping_sub(core), profit) }))
    }
}

/// The unshocked scenario, which every other is compared with.
pub(super) struct Unshocked {
    /// Upper bound of the value, mantissa units × lots …
    highest: i64,
    /// … and in money.
    pub money: i64,
    /// What a scenario's value has to be added to beside its forward: the puts' strikes less the rounding of one
    /// evaluation.
    pub constant: i64,
    pub puts: i64,
}

impl Unshocked {
    /// What all volatilities of a node share of a lower bound of the options' value, which the calls' value completes:
    /// mantissa units × lots.
    #[inline(always)]
    fn common(&self, errors: &ErrorBudget, forward: u64) -> i64 {
        self.constant.wrapping_sub(self.puts.wrapping_mul(forward as i64)).wrapping_sub(errors.sloped_at(forward))
    }
}

impl ExpiryValuation {
    /// What option value counts for in a scenario, µUSD, rounded down.
    #[inline(always)]
    pub(super) fn scenario_value_floor(&self, units: i64) -> i64 {
        let unit: &UnitValue = if units >= 0 { &self.long_unit } else { &self.short_unit };
        unit.money_floor(units)
    }

    /// Value at the mark, µUSD, rounded up and enlarged by what the discount factor may be off by.
    pub(super) fn mark_ceil(&self, units: i64) -> i64 {
        if units >= 0 { self.unit.raised(4).money_ceil(units) } else { self.unit.lowered(2).money_ceil(units) }
    }
}

/// Profit on value that moves in proportion to the index, rounded down.
#[inline(always)]
pub(super) fn linear_profit(exposure: MicroUsd, price_factor: u32) -> i64 {
    scale_q28_floor(exposure.0, i64::from(price_factor).wrapping_sub(ONE_Q28 as i64))
}
