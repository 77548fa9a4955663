//! Near expiry: losses that hide between two nodes of the grid (docs/margin-model.md, section 2).
//!
//! Once an expiry's standard deviation is below half a step of the grid, its options are worth little but their intrinsic
//! value, whose kinks a narrow butterfly can place between two nodes. The book is then also valued at every held strike of
//! such an expiry within the scan range, and at the range's ends: the expiry at its intrinsic value, everything else in the
//! market by linear interpolation between nodes. What is lost there counts at the nearest node.

use bytemuck::{Pod, Zeroable};

use super::{ExpiryValuation, MarketInput, grid::Unshocked, money::scale_q28_floor};
use crate::{
    black76::{FIRST_CORE, MAX_NODES, VOLATILITY_ROWS},
    error::RiskError,
    scenario::{CellMask, MAX_CORE_NODES, ONE_Q28},
};

/// Most expiries of a market that are near at once: as many as a market lists.
const MAX_NEAR: usize = 12;
/// Most strikes: as many as an account has positions.
const MAX_STRIKES: usize = 64;
/// Mantissa units by which a strike may lie elsewhere between two nodes than it seems to: half a unit of the strike's
/// rounding, three and a half of the forward's and of the lower node's, and one and a half of the distance between the ends.
const PLACE_UNITS: u64 = 6;
/// Strikes, and two ends of each expiry.
const MAX_POINTS: usize = MAX_STRIKES + 2 * MAX_NEAR;

/// Expiries whose smile is narrower than half a step of the grid.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(super) struct NearExpiries {
    /// Deviation at the money below which an expiry is near, Q28.
    limit: u64,
    /// Whether the expiry under way is near (1).
    under_way: u64,
    /// Forward at the lowest and the highest core node of the expiry under way.
    low: u64,
    high: u64,
    /// Core nodes less one.
    steps: u64,
    /// Expiries and points kept so far in the market, and strikes of the expiry under way.
    expiries: u64,
    points: u64,
    strikes: u64,
    /// Strikes and expiries for which there was no room.
    left_out: u64,
    /// Calls with strikes so far, in lots, and what they cost to exercise, mantissa units × lots.
    slope: i64,
    exercise: i64,
    /// Intrinsic value of the calls at the lowest and the highest core node, mantissa units × lots.
    low_value: i64,
    high_value: i64,
    /// Strikes of the expiry under way, mantissa, and the intrinsic value of its calls there.
    strike: [u64; MAX_STRIKES],
    value: [i64; MAX_STRIKES],
    /// Profits at the core nodes that each expiry contributes itself, µUSD.
    own: [[[i64; MAX_CORE_NODES]; VOLATILITY_ROWS]; MAX_NEAR],
    point: [Point; MAX_POINTS],
}

/// A price between two nodes (or at one) where the book is valued.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Point {
    /// Profit of the point's own expiry there, µUSD.
    profit: i64,
    /// Core node below.
    node: u32,
    /// Distance from it to the next one, scale 2^-28: rounded down …
    share_floor: u32,
    /// … and rounded up.
    share_ceil: u32,
    /// Place of the expiry among the near ones.
    expiry: u32,
}

impl NearExpiries {
    pub(super) fn begin_market(&mut self, input: &MarketInput) {
        let set = &input.scenarios;
        let highest =
            set.price_factors[FIRST_CORE.wrapping_add(set.shape.core_nodes).wrapping_sub(1).min(MAX_NODES - 1)];
        self.steps = (set.shape.core_nodes as u64).saturating_sub(1).max(1);
        // Half of a step, of which the scan range has half as many as there are.
        self.limit = u64::from(highest).saturating_sub(ONE_Q28) / self.steps;
        self.expiries = 0;
        self.points = 0;
        self.left_out = 0;
        self.under_way = 0;
    }

    /// Refuses a book in which points were left out: their losses would be missing.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`].
    pub(super) fn require_complete(&self) -> Result<(), RiskError> {
        if self.left_out == 0 {
            return Ok(());
        }
        core::hint::cold_path();
        Err(RiskError::ParameterOutOfRange {
            name: "strikes of one market that are near expiry",
            value: self.points.saturating_add(self.left_out) as i64,
            lowest: 0,
            highest: MAX_STRIKES as i64,
        })
    }

    pub(super) fn begin_expiry(&mut self, expiry: &ExpiryValuation, ends: (u64, u64)) {
        self.under_way = u64::from(expiry.is_alive() && expiry.at_the_money < self.limit);
        if self.under_way == 1 {
            (self.low, self.high) = ends;
            self.clear_strikes();
        }
    }

    /// Whether the expiry under way is near.
    #[inline(always)]
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way == 1
    }

    pub(super) fn clear_strikes(&mut self) {
        self.strikes = 0;
        self.slope = 0;
        self.exercise = 0;
        self.low_value = 0;
        self.high_value = 0;
    }

    /// Adds the options of one strike, puts folded into calls. Strikes come in rising order.
    pub(super) fn add_strike(&mut self, strike: u64, quantity: i64) {
        if strike > self.low && strike < self.high {
            let place = self.strikes as usize;
            if let (Some(kept), Some(value)) = (self.strike.get_mut(place), self.value.get_mut(place)) {
                *kept = strike;
                *value = self.slope.wrapping_mul(strike as i64).wrapping_sub(self.exercise);
                self.strikes = self.strikes.wrapping_add(1);
            } else {
                self.left_out = self.left_out.wrapping_add(1);
            }
        }
        let intrinsic = |forward: u64| quantity.wrapping_mul(forward.saturating_sub(strike) as i64);
        self.low_value = self.low_value.wrapping_add(intrinsic(self.low));
        self.high_value = self.high_value.wrapping_add(intrinsic(self.high));
        // Strikes above the range are never exercised within it, and their mantissas may be too wide to multiply.
        if strike < self.high {
            self.slope = self.slope.wrapping_add(quantity);
            self.exercise = self.exercise.wrapping_add(quantity.wrapping_mul(strike as i64));
        }
    }

    /// Lower bound of the profit at a forward, from the intrinsic value of the calls there.
    fn profit(state: &Unshocked, expiry: &ExpiryValuation, forward: u64, calls: i64) -> i64 {
        let puts = state.constant.wrapping_sub(state.puts.wrapping_mul(forward as i64));
        expiry.scenario_value_floor(puts.wrapping_add(calls)).wrapping_sub(state.money)
    }

    /// The lowest profit of a position alone: a lone option's intrinsic value has its worst at an end of the range. Nothing
    /// to lose if the expiry is not near.
    pub(super) fn take_alone(&mut self, state: &Unshocked, expiry: &ExpiryValuation) -> i64 {
        if !self.is_under_way() {
            return 0;
        }
        let low = Self::profit(state, expiry, self.low, self.low_value);
        low.min(Self::profit(state, expiry, self.high, self.high_value))
    }

    /// Keeps the points of the expiry under way. Returns its place among the near ones; nothing if it is not near.
    pub(super) fn take_expiry(&mut self, state: &Unshocked, expiry: &ExpiryValuation) -> Option<usize> {
        let place = self.expiries as usize;
        if !self.is_under_way() {
            return None;
        }
        core::hint::cold_path();
        if place >= MAX_NEAR {
            self.left_out = self.left_out.wrapping_add(1);
            return None;
        }
        let (low, high) = (self.low, self.high);
        let one = ONE_Q28 as u32;
        let last = self.steps.wrapping_sub(1) as u32;
        let end = |forward, value, node, share| Point {
            profit: Self::profit(state, expiry, forward, value),
            node,
            share_floor: share,
            share_ceil: share,
            expiry: place as u32,
        };
        let (lowest, highest) = (end(low, self.low_value, 0, 0), end(high, self.high_value, last, one));
        self.push(lowest);
        self.push(highest);
        let width = high.saturating_sub(low).max(1);
        for index in 0..(self.strikes as usize).min(MAX_STRIKES) {
            let (strike, value) = (self.strike[index], self.value[index]);
            // Mantissas are below 2^32 and there are at most ten steps.
            let steps = strike.wrapping_sub(low).wrapping_mul(self.steps);
            let node = steps / width;
            let rest = steps.wrapping_sub(node.wrapping_mul(width));
            let slack = self.steps.wrapping_mul(PLACE_UNITS);
            let share = |distance: u64| ((distance << 24) / width) << 4;
            self.push(Point {
                profit: Self::profit(state, expiry, strike, value),
                node: (node as u32).min(last),
                share_floor: share(rest.saturating_sub(slack)) as u32,
                share_ceil: (share(rest.wrapping_add(slack)) as u32).wrapping_add(16).min(one),
                expiry: place as u32,
            });
        }
        self.expiries = self.expiries.wrapping_add(1);
        Some(place)
    }

    fn push(&mut self, point: Point) {
        if let Some(kept) = self.point.get_mut(self.points as usize) {
            *kept = point;
            self.points = self.points.wrapping_add(1);
        } else {
            self.left_out = self.left_out.wrapping_add(1);
        }
    }

    /// Remembers what an expiry itself contributes at a core node (in the kernel's order).
    pub(super) fn set_own(&mut self, place: usize, row: usize, node: usize, profit: i64) {
        if let Some(own) = self.own.get_mut(place)
            && let Some(own) = own[row].get_mut(node.wrapping_sub(FIRST_CORE))
        {
            *own = profit;
        }
    }

    /// Lowers the profits at the core nodes to what is lost at the points next to them.
    ///
    /// In a row that lacks a node next to a point the point does not exist either.
    pub(super) fn apply(&self, profits: &mut [[i64; MAX_NODES]; VOLATILITY_ROWS], cells: &CellMask) {
        if self.points == 0 {
            return;
        }
        core::hint::cold_path();
        let mut lowest = [[i64::MAX; MAX_CORE_NODES]; VOLATILITY_ROWS];
        for point in &self.point[..(self.points as usize).min(MAX_POINTS)] {
            let own = &self.own[(point.expiry as usize).min(MAX_NEAR - 1)];
            let below = (point.node as usize).min(MAX_CORE_NODES - 2);
            let one = ONE_Q28 as u32;
            // Both nodes where rounding leaves open which is the nearest.
            let nearest_from = below.wrapping_add(usize::from(point.share_floor > one / 2));
            let nearest_to = below.wrapping_add(usize::from(point.share_ceil > one / 2));
            for row in 0..VOLATILITY_ROWS {
                let lacks_below = point.share_floor < one && !cells.has(row, below);
                if lacks_below || (point.share_ceil > 0 && !cells.has(row, below.wrapping_add(1))) {
                    continue;
                }
                let other = |node: usize| profits[row][FIRST_CORE.wrapping_add(node)].wrapping_sub(own[row][node]);
                let (from, to) = (other(below), other(below.wrapping_add(1)));
                let change = to.wrapping_sub(from);
                // Whichever rounding gives less, so that the result never leaves the range of the two nodes.
                let share = if change < 0 { point.share_ceil } else { point.share_floor };
                let profit = point.profit.wrapping_add(from).wrapping_add(scale_q28_floor(change, i64::from(share)));
                for lowest in &mut lowest[row][nearest_from..=nearest_to] {
                    *lowest = profit.min(*lowest);
                }
            }
        }
        for (row, lowest) in profits.iter_mut().zip(lowest) {
            for (profit, least) in row[FIRST_CORE..].iter_mut().zip(lowest) {
                *profit = (*profit).min(least);
            }
        }
    }
}
