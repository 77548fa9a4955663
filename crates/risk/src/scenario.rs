//! The scenarios: which moves of price and volatility a book is revalued under (docs/margin-model.md, section 2).
//!
//! A market has a *core grid* of up to 11 equally spaced price moves within its scan range, each with volatility up, flat
//! and down; up to eight *tails*: extreme price moves whose loss counts by a weight below one; two *skew* scenarios that
//! tilt and bend the smile; and a *basis* shock that moves every expiry by itself. The set follows Deribit's portfolio
//! margin and Derive's PMRM.

use crate::{
    black76::{FIRST_CORE, MAX_NODES, VOLATILITY_ROWS, Visits},
    error::RiskError,
    num,
    quantity::{Multiple, Ratio},
};

/// Most nodes of the core grid.
pub const MAX_CORE_NODES: usize = 11;
/// Most tails.
pub const MAX_TAILS: usize = 8;
/// 30 days in seconds: where the term factor of volatility shocks is one.
pub const TERM_SECONDS: u64 = 30 * 86_400;
/// ln(30 days in seconds), Q40.
const LOG_TERM_Q40: i64 = 16_237_522_118_234;
/// One, in the scale 2^-28 of price factors, deviations and volatility multipliers.
pub const ONE_Q28: u64 = 1 << 28;

/// Volatility of a scenario, and the row of the grid that it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum VolatilityRow {
    /// Volatility up; the tails belong to this row unless a mask says otherwise.
    Up = 0,
    /// Volatility as it is.
    Flat = 1,
    /// Volatility down.
    Down = 2,
}

/// One scenario of a market, or of a group of markets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScenarioIndex {
    /// Row: 0 volatility up, 1 flat, 2 down; [`SKEW`](Self::SKEW); [`BASIS`](Self::BASIS).
    pub row: u8,
    /// Node: core nodes from the deepest fall to the highest rise, then the tails. Of skew: 0 linear, 1 absolute. Of
    /// basis: 0.
    pub node: u8,
}

impl ScenarioIndex {
    /// Row of the skew scenarios.
    pub const SKEW: u8 = 3;
    /// Row of the basis shocks of all expiries together.
    pub const BASIS: u8 = 4;
}

/// How many nodes of each kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridShape {
    /// Price moves within the scan range: odd, 3 to [`MAX_CORE_NODES`].
    pub core_nodes: usize,
    /// Extreme price moves, at most [`MAX_TAILS`].
    pub tail_nodes: usize,
}

impl GridShape {
    /// The node without a price move, in the order of [`ScenarioIndex`].
    pub fn centre(self) -> usize {
        self.core_nodes / 2
    }

    /// Core nodes and tails.
    pub fn nodes(self) -> usize {
        self.core_nodes.wrapping_add(self.tail_nodes).min(MAX_CORE_NODES + MAX_TAILS)
    }
}

/// Which cells of the grid exist: a bit per node, in the order of [`ScenarioIndex`], for each volatility row.
///
/// A cell that does not exist counts nowhere: a narrower grid with volatility down, a SPAN array without a flat row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellMask(pub [u32; VOLATILITY_ROWS]);

impl CellMask {
    /// Every core node in every row, and the tails with volatility up.
    pub fn full(shape: GridShape) -> Self {
        let core = (1_u32 << shape.core_nodes).wrapping_sub(1);
        let all = (1_u32 << shape.nodes()).wrapping_sub(1);
        Self([all, core, core])
    }

    /// Whether a cell exists.
    #[inline(always)]
    pub fn has(&self, row: usize, node: usize) -> bool {
        self.0.get(row).is_some_and(|bits| bits >> (node & 31) & 1 == 1)
    }
}

/// What a market's scenarios are prepared from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioDefinition<'a> {
    /// Nodes of the core grid.
    pub core_nodes: u8,
    /// Largest price move of the core grid, up and down.
    pub scan_range: Ratio,
    /// Prices after the extreme moves, as multiples of the price before.
    pub tails: &'a [Multiple],
    /// Cells that exist.
    pub cells: CellMask,
    /// Fall of the basis shock.
    pub basis_down: Ratio,
    /// Rise of the basis shock.
    pub basis_up: Ratio,
}

/// The price moves of a market's scenarios, in the order in which the kernel visits them: the two basis shocks, down and
/// up; from [`FIRST_CORE`] on the core nodes; then the tails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioSet {
    /// Number of core and tail nodes.
    pub shape: GridShape,
    /// Cells that exist.
    pub cells: CellMask,
    /// 1 + move of every node, scale 2^-28; unused nodes are one.
    pub price_factors: [u32; MAX_NODES],
    /// ln(1 + move) of every node, scale 2^-29; unused nodes are zero.
    pub log_factors: [i32; MAX_NODES],
}

impl ScenarioSet {
    /// Prepares the nodes. Moves are rounded to the nearest 2^-28.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the number of core nodes is even or outside 3 to 11, there are more than
    /// eight tails, the scan range is not in [0.01, 0.9], a tail not in [0.01, 7], a basis shock above 0.5, or a cell is
    /// set of a node that does not exist.
    pub fn new(definition: &ScenarioDefinition) -> Result<Self, RiskError> {
        let ScenarioDefinition { core_nodes, scan_range, tails, cells, basis_down, basis_up } = *definition;
        if core_nodes % 2 == 0 || !(3..=MAX_CORE_NODES as u8).contains(&core_nodes) {
            return Err(out_of_range("core_nodes", i64::from(core_nodes), 3, MAX_CORE_NODES as i64));
        }
        if tails.len() > MAX_TAILS {
            return Err(out_of_range("tail_nodes", tails.len() as i64, 0, MAX_TAILS as i64));
        }
        let bits = i64::from(scan_range.to_bits());
        require_ratio("scan_range", scan_range, 10_000, 900_000)?;
        require_ratio("basis_down", basis_down, 0, 500_000)?;
        require_ratio("basis_up", basis_up, 0, 500_000)?;
        let shape = GridShape { core_nodes: usize::from(core_nodes), tail_nodes: tails.len() };
        for bits in cells.0 {
            let all = CellMask::full(shape).0[0];
            if bits & !all != 0 {
                return Err(out_of_range("cells", i64::from(bits), 0, i64::from(all)));
            }
        }
        let mut price_factors = [ONE_Q28 as u32; MAX_NODES];
        price_factors[0] = (ONE_Q28 as u32).wrapping_sub(basis_down.to_bits() >> 2);
        price_factors[1] = (ONE_Q28 as u32).wrapping_add(basis_up.to_bits() >> 2);
        let half = i64::from(core_nodes / 2);
        for node in 0..i64::from(core_nodes) {
            // The scan range has scale 2^-30, the factor 2^-28: hence four times the divisor, and half of it to round.
            // The sum is positive, and divided without a sign: sBPF has no signed division.
            let numerator = (ONE_Q28 as i64) * 8 * half + bits * (node - half) * 2 + 4 * half;
            price_factors[FIRST_CORE + node as usize] = (numerator.unsigned_abs() / (8 * half).unsigned_abs()) as u32;
        }
        for (index, &factor) in tails.iter().enumerate() {
            let (lowest, highest) = (ONE_Q28 / 100, 7 * ONE_Q28);
            let factor = factor.to_bits();
            if !(lowest..=highest).contains(&u64::from(factor)) {
                return Err(out_of_range("tail_price_factors", i64::from(factor), lowest as i64, highest as i64));
            }
            price_factors[FIRST_CORE + shape.core_nodes + index] = factor;
        }
        let log_factors = price_factors.map(|factor| log_of_factor(u64::from(factor)));
        Ok(Self { shape, cells, price_factors, log_factors })
    }

    /// 1 + move of a node in the order of [`ScenarioIndex`], scale 2^-28; one for a node that does not exist.
    pub fn price_factor(&self, node: usize) -> u32 {
        self.price_factors.get(node.saturating_add(FIRST_CORE)).copied().unwrap_or(ONE_Q28 as u32)
    }

    /// Which nodes the kernel visits.
    pub fn visits(&self, basis: &BasisShock) -> Visits {
        let nodes = FIRST_CORE.wrapping_add(self.shape.nodes()) as u64;
        let core = FIRST_CORE.wrapping_add(self.shape.core_nodes) as u64;
        let tails = u32::MAX << (self.shape.core_nodes & 31);
        Visits {
            ends: self.cells.0.map(|bits| if bits & tails == 0 { core } else { nodes }),
            basis: u64::from(basis.is_on()),
        }
    }
}

fn require_ratio(name: &'static str, value: Ratio, lowest: u32, highest: u32) -> Result<(), RiskError> {
    let (lowest, highest) = (Ratio::from_millionths(lowest), Ratio::from_millionths(highest));
    if value < lowest || value > highest {
        let bits = |ratio: Ratio| i64::from(ratio.to_bits());
        return Err(out_of_range(name, bits(value), bits(lowest), bits(highest)));
    }
    Ok(())
}

/// ln(factor / 2^28), scale 2^-29, rounded towards minus infinity.
fn log_of_factor(factor: u64) -> i32 {
    ((num::ln_q40(factor).wrapping_sub(28 * num::LN_2_Q40)) >> 11) as i32
}

/// How far the volatility rows move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityShock {
    /// Rise of the up row at a term factor of one, relative to the volatility.
    pub up: Ratio,
    /// Fall of the down row at a term factor of one, relative to the volatility.
    pub down: Ratio,
    /// Rise of the up row beside that: volatility per year, whatever the term.
    pub up_shift: Ratio,
    /// Fall of the down row beside that: volatility per year, whatever the term.
    pub down_shift: Ratio,
    /// Lowest volatility per year of the up row.
    pub up_floor: Ratio,
    /// Exponent of the term factor up to 30 days.
    pub exponent_near: Ratio,
    /// Exponent of the term factor beyond 30 days.
    pub exponent_far: Ratio,
    /// Shortest time that the term factor takes, seconds; at least one hour.
    pub floor_seconds: u32,
}

impl VolatilityShock {
    /// Multipliers of the up and down rows for an expiry in `seconds`, scale 2^-28:
    /// `1 + up·τ^p·widening` rounded up and `max(0, 1 − down·τ^p·widening)` rounded down, τ = 30 days / max(time, floor).
    ///
    /// The up multiplier is at most 15: the domain of deviations ends long before.
    pub fn multipliers(&self, seconds: u32, widening: Ratio) -> (u64, u64) {
        let time = u64::from(seconds.max(self.floor_seconds).max(3_600));
        let log_ratio = LOG_TERM_Q40.wrapping_sub(num::ln_q40(time));
        // Q40 × Q30 → Q28: |log ratio| < 12, so the product of the Q29 logarithm and the exponent stays below 2^63.
        let exponent = if log_ratio > 0 { self.exponent_near } else { self.exponent_far };
        let log_term = ((log_ratio.unsigned_abs() >> 11).wrapping_mul(u64::from(exponent.to_bits()))) >> 31;
        let decay = num::exp_neg_q31(log_term).max(1 << 20);
        let term_q28 = if log_ratio > 0 { (1_u64 << 59) / decay } else { decay >> 3 };
        // At most 2^39 · 2^32 / 2^30.
        let term_q28 = term_q28.wrapping_mul(u64::from(widening.to_bits()) >> 10) >> 20;
        let rise = (term_q28.min(1 << 32).wrapping_mul(u64::from(self.up.to_bits())) >> 30).wrapping_add(1);
        let fall = (term_q28.min(1 << 32).wrapping_mul(u64::from(self.down.to_bits())) >> 30).wrapping_add(1);
        (ONE_Q28.wrapping_add(rise.min(14 * ONE_Q28)), ONE_Q28.saturating_sub(fall))
    }
}

/// The skew scenarios: the smile tilts (linear) or bends (absolute) around the forward, which stays.
///
/// Volatility is multiplied by `max(0, 1 + clamp(k·cap/k*, −cap, cap))`, k = ln(K/F), or |k| for the absolute one, with
/// `cap = base·√T + scale` and `k* = max(width_floor, √T·width·(volatility + √T·volatility_per_root))`. After Derive's
/// PMRM 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkewShock {
    /// Whether the smile tilts.
    pub linear: bool,
    /// Whether the smile bends.
    pub absolute: bool,
    /// Whether the discount factors of [`Discounts`] apply to the shocked value. Requirements in cross mode may then be
    /// above those in isolated mode.
    pub discounted: bool,
    /// Part of the cap that grows with √T.
    pub base: Ratio,
    /// Part of the cap that does not.
    pub scale: Ratio,
    /// Least k*.
    pub width_floor: Ratio,
    /// Standard deviations at which the cap is reached …
    pub width: Multiple,
    /// … of this volatility per year …
    pub volatility: Ratio,
    /// … which rises by this per √T.
    pub volatility_per_root: Ratio,
}

impl SkewShock {
    /// Whether there is any.
    pub fn is_on(&self) -> bool {
        self.linear || self.absolute
    }
}

/// How a basis loss counts: the worse of both shocks of an expiry, times `add + per_year·T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasisShock {
    /// Share of the loss that always counts.
    pub add: Ratio,
    /// Share per year to expiry.
    pub per_year: Ratio,
}

impl BasisShock {
    /// Whether any loss counts.
    pub fn is_on(&self) -> bool {
        self.add.to_bits() | self.per_year.to_bits() != 0
    }
}

/// What the option value of an expiry counts for in scenarios, by its sign: less where the owner is owed, more where he
/// owes. `long = base_long·exp(−T·(r·rate_long + add_long))`,
/// `short = min(1/D, base_short·exp(T·(r·rate_short + add_short)))`. After Derive's PMRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discounts {
    /// Factor of a value that is not negative, before the term; at most one and at most `base_short`.
    pub base_long: Ratio,
    /// Factor of a negative value, before the term.
    pub base_short: Ratio,
    /// Multiple of the interest rate that discounts a value that is not negative …
    pub rate_long: Ratio,
    /// … and that raises a negative one.
    pub rate_short: Ratio,
    /// Rate per year beside that for a value that is not negative …
    pub add_long: Ratio,
    /// … and for a negative one.
    pub add_short: Ratio,
}

fn out_of_range(name: &'static str, value: i64, lowest: i64, highest: i64) -> RiskError {
    RiskError::ParameterOutOfRange { name, value, lowest, highest }
}
