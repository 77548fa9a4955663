//! The scenario kernel: one strike over the whole grid of price and volatility moves.

use bytemuck::{Pod, Zeroable};

use super::envelope::{Deviation, InsideOption};
use super::far_scenarios;
use super::table_access::{END, GridPair, STEPS_PER_UNIT, distribution_or_limit};

/// Where the core nodes begin: the two nodes before them belong to the flat row alone.
pub const FIRST_CORE: usize = 2;

/// Room for nodes: two of the flat row, 11 core nodes and 8 tails, rounded up.
pub const MAX_NODES: usize = 22;

/// Volatility rows, in this order: up, flat, down.
pub const VOLATILITY_ROWS: usize = 3;

/// One strike of one expiry, puts already folded into calls by parity.
#[derive(Clone, Copy, Debug)]
pub struct KernelOption {
    /// x₀ = ln(F/K) at the unshocked forward, Q29. The fast path needs |x₀| < 8.
    pub log_moneyness: i64,
    /// K in f-units (the expiry's block exponent), rounded to nearest. The fast path needs K < 2³².
    pub strike: u64,
    /// Net quantity: calls plus puts, in lots, |q| ≤ 2³⁰. Σ|q| of an expiry must not exceed 2³⁰ either.
    pub quantity: i64,
}

/// Which nodes a pass visits beside the nine from [`FIRST_CORE`] on, which every row always does.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Visits {
    /// One past the last node of each row; beyond [`MAX_NODES`] counts as that.
    pub ends: [u64; VOLATILITY_ROWS],
    /// Whether the flat row also visits the nodes before [`FIRST_CORE`]: 0 or 1.
    pub basis: u64,
}

/// The nodes of one expiry and the sums over its strikes. The caller owns it, fills the first two fields and clears
/// the third.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct NodeGrid {
    /// L = ln(F_shocked/F), Q29, |L| < 4.
    pub log_factor: [i64; MAX_NODES],
    /// Shocked forwards in f-units, each below 2³².
    pub forward: [u64; MAX_NODES],
    /// Σ quantity·value in f-units·lots, by volatility row and node. Below 2⁶² in magnitude within the limits above.
    pub accumulated: [[i64; MAX_NODES]; VOLATILITY_ROWS],
}

/// Adds quantity·value of one strike to every scenario of the grid.
///
/// `deviations` are w = σ√T of the rows up, flat and down, Q28; the kernel clamps them to its range. Returns what must be
/// added to the expiry's slack for this strike, in f-units·lots: 0 unless the strike lies beyond the fast path's range
/// (K/F above 8 to 16, or |x₀| ≥ 8), where coarser mantissas or the intrinsic value stand in. It is then |quantity| times
/// twice the error bound of that replacement, because a loss is the difference of two values, and below 2⁶³.
///
/// Each value's error is bounded by [`snap_error_bound`](super::snap_error_bound). A value may be negative or exceed
/// the forward by that much.
#[inline]
#[must_use]
pub fn accumulate_scenarios(
    option: &KernelOption,
    deviations: [u64; VOLATILITY_ROWS],
    visits: &Visits,
    grid: &mut NodeGrid,
) -> u64 {
    match InsideOption::new(*option) {
        Some(inside) => {
            accumulate_scenarios_inside(&inside, deviations, visits, grid);
            0
        }
        None => far_scenarios::accumulate(option, deviations, visits, grid),
    }
}

/// [`accumulate_scenarios`] of a strike within the fast path's range.
#[inline(always)]
pub fn accumulate_scenarios_inside(
    option: &InsideOption,
    deviations: [u64; VOLATILITY_ROWS],
    visits: &Visits,
    grid: &mut NodeGrid,
) {
    let option = option.get();
    let [up, flat, down] = deviations;
    add_row::<0, false>(option, up, grid, visits.ends[0]);
    if visits.basis != 0 {
        add_row::<FLAT, true>(option, flat, grid, visits.ends[1]);
    } else {
        add_row::<FLAT, false>(option, flat, grid, visits.ends[1]);
    }
    add_row::<2, false>(option, down, grid, visits.ends[2]);
}

/// What all scenarios of one strike and one volatility row share.
pub(super) struct Row {
    strike: u64,
    quantity: i64,
    /// 1/w in Q20, at most 2³⁰.
    reciprocal: i64,
    /// Minus the index of d2 on the grid at the unshocked forward, Q39, with half a step for rounding to nearest. It is
    /// subtracted rather than added: that saves sBPF, which overwrites the left operand, a move per scenario.
    minus_d2_q39: i64,
    /// w in grid steps.
    distance: i64,
    pair: GridPair,
    /// K·ε in f-units, ε = w less its grid value, |ε| ≤ 2⁻¹¹.
    vega_correction: i64,
}

impl Row {
    #[inline(always)]
    pub fn new(option: &KernelOption, deviation_q28: u64) -> Self {
        let w = Deviation::clamped(deviation_q28).q28();
        let reciprocal = (1u64 << 48).checked_div(w).unwrap_or(0) as i64;
        // Q28 to Q10, to nearest.
        let distance = w.wrapping_add(1 << 17) >> 18;
        let rest_q28 = w.wrapping_sub(distance << 18) as i64;
        // −x₀/w + w/2 − 6.5 in eighths of a step.
        let minus_d2_eighths = ((distance << 2) as i64)
            .wrapping_sub(option.log_moneyness.wrapping_mul(reciprocal) >> 36)
            .wrapping_sub(13 * 4 * STEPS_PER_UNIT as i64 + 4);
        Self {
            strike: option.strike,
            quantity: option.quantity,
            reciprocal,
            minus_d2_q39: minus_d2_eighths << 36,
            distance: distance as i64,
            pair: GridPair::new(distance),
            vega_correction: (option.strike as i64).wrapping_mul(rest_q28).wrapping_add(1 << 27) >> 28,
        }
    }

    /// The call's value at one node, in f-units.
    #[inline(always)]
    pub fn value(&self, log_factor: i64, forward: u64) -> i64 {
        let d2_index = log_factor.wrapping_mul(self.reciprocal).wrapping_sub(self.minus_d2_q39) >> 39;
        if let Some((d2, d1)) = self.pair.at(d2_index) {
            let received = forward.wrapping_mul(d1.distribution as u64);
            let paid = self.strike.wrapping_mul(d2.distribution as u64);
            let correction = self.vega_correction.wrapping_mul(d2.density as i64);
            return (received.wrapping_sub(paid) as i64).wrapping_add(correction) >> 31;
        }
        // At least one of d1 and d2 is beyond ±6.5. Written out here, because a call would push the values that all nodes
        // share out of registers.
        core::hint::cold_path();
        let d1_index = d2_index.wrapping_add(self.distance);
        if d1_index < 1 {
            0
        } else if d2_index >= END {
            forward.wrapping_sub(self.strike) as i64
        } else {
            let received = forward.wrapping_mul(distribution_or_limit(d1_index));
            let paid = self.strike.wrapping_mul(distribution_or_limit(d2_index));
            (received.wrapping_sub(paid) as i64) >> 31
        }
    }
}

/// Row of flat volatility.
const FLAT: usize = 1;

/// Generates [`add_row`] with its nodes written out: the first list with the basis nodes alone, the second always, the third up
/// to `end`. A loop costs ten compute units more per scenario, and asking whether to go on two. A row is a function of its
/// own, because the compiler would otherwise copy all nodes to the stack ahead of the rows; and one for each row, so that
/// its sums stand at a constant distance from the nodes.
macro_rules! add_row {
    ([$($basis_node:literal),*], [$($node:literal),*], [$($further_node:literal),*]) => {
        /// Adds quantity·value at the nodes of one volatility row up to `end`, at least the first nine of the core.
        #[inline(never)]
        fn add_row<const ROW: usize, const BASIS: bool>(option: &KernelOption, deviation: u64, grid: &mut NodeGrid, end: u64) {
            let NodeGrid { log_factor, forward, accumulated } = grid;
            let sums = &mut accumulated[ROW];
            let row = Row::new(option, deviation);
            if BASIS {
                $(
                    let value = row.value(log_factor[$basis_node], forward[$basis_node]);
                    sums[$basis_node] = sums[$basis_node].wrapping_add(row.quantity.wrapping_mul(value));
                )*
            }
            $(
                let value = row.value(log_factor[$node], forward[$node]);
                sums[$node] = sums[$node].wrapping_add(row.quantity.wrapping_mul(value));
            )*
            $(
                if end <= $further_node {
                    return;
                }
                let value = row.value(log_factor[$further_node], forward[$further_node]);
                let sum = &mut sums[$further_node];
                *sum = sum.wrapping_add(row.quantity.wrapping_mul(value));
            )*
        }
    };
}

add_row!([0, 1], [2, 3, 4, 5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);

/// The nodes that a row visits where no speed is needed.
pub(super) fn nodes_of_row(visits: &Visits, row: usize) -> core::ops::Range<usize> {
    let first = if row == FLAT && visits.basis != 0 { 0 } else { FIRST_CORE };
    first..(visits.ends.get(row).copied().unwrap_or(0) as usize).clamp(FIRST_CORE, MAX_NODES)
}
