//! What the markets of a group share, and the correlations between them.

use ballast_risk::{
    RiskError,
    parameters::{Parameter, group},
    quantity::SignedRatio,
    scenario::{CellMask, GridShape, MAX_TAILS},
};
use bytemuck::Zeroable;

use super::{require_zero, unknown_parameter};
use crate::exchange::{GroupParameters, MAX_GROUP_MARKETS, MarketGroup};

impl GroupParameters {
    /// The table's defaults.
    pub fn defaults() -> Self {
        Self {
            tail_price_factors: core::array::from_fn(|tail| group::TAIL_PRICE_FACTORS.default_at(tail) as u32),
            tail_weights: core::array::from_fn(|tail| group::TAIL_WEIGHTS.default_at(tail) as u32),
            cells: core::array::from_fn(|row| group::CELLS.default_at(row) as u32),
            gain_allowance: group::GAIN_ALLOWANCE.default_at(0) as u32,
            core_nodes: group::CORE_NODES.default_at(0) as u8,
            tail_nodes: group::TAIL_NODES.default_at(0) as u8,
            window: group::WINDOW.default_at(0) as u8,
            padding: Zeroable::zeroed(),
        }
    }

    /// The parameter with an [`id`](Parameter::id), and its value, of those that may change: markets keep the grid that
    /// they were listed with.
    pub fn parameter(&self, id: u32) -> Option<(&'static Parameter, i64)> {
        match id {
            _ if id == const { group::WINDOW.id() } => Some((&group::WINDOW, i64::from(self.window))),
            _ if id == const { group::GAIN_ALLOWANCE.id() } => {
                Some((&group::GAIN_ALLOWANCE, i64::from(self.gain_allowance)))
            }
            _ => None,
        }
    }

    /// Gives one of these a value within the bounds of its line.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`], for an unknown parameter with bounds that nothing fits.
    pub fn set_parameter(&mut self, id: u32, value: i64) -> Result<(), RiskError> {
        let (parameter, _) = self.parameter(id).ok_or_else(|| unknown_parameter(id))?;
        parameter.check(value)?;
        if id == const { group::WINDOW.id() } {
            self.window = value as u8;
        } else {
            self.gain_allowance = value as u32;
        }
        Ok(())
    }

    /// How many nodes there are.
    pub fn shape(&self) -> GridShape {
        GridShape { core_nodes: usize::from(self.core_nodes), tail_nodes: usize::from(self.tail_nodes) }
    }

    /// Whether every parameter is within its bounds and they fit together: 9 or 11 core nodes, cells of existing nodes
    /// alone and the unmoved one among them, nothing in unused tails.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the first parameter that is not.
    pub fn validate(&self) -> Result<(), RiskError> {
        let core_nodes = i64::from(self.core_nodes);
        group::CORE_NODES.check(core_nodes)?;
        if core_nodes % 2 == 0 {
            group::CORE_NODES.check_between(core_nodes, core_nodes + 1, core_nodes + 1)?;
        }
        group::TAIL_NODES.check(i64::from(self.tail_nodes))?;
        for tail in 0..MAX_TAILS {
            let (factor, weight) = (i64::from(self.tail_price_factors[tail]), i64::from(self.tail_weights[tail]));
            if tail < usize::from(self.tail_nodes) {
                group::TAIL_PRICE_FACTORS.check(factor)?;
                group::TAIL_WEIGHTS.check(weight)?;
            } else {
                require_unused("tail_price_factors", factor)?;
                require_unused("tail_weights", weight)?;
            }
        }
        let shape = self.shape();
        let all = i64::from(CellMask::full(shape).0[0]);
        for cells in self.cells {
            if i64::from(cells) & !all != 0 {
                group::CELLS.check_between(i64::from(cells), 0, all)?;
            }
        }
        let [_, flat, _] = self.cells;
        let centre = 1 << shape.centre();
        if flat & centre == 0 {
            group::CELLS.check_between(i64::from(flat), i64::from(flat | centre), all)?;
        }
        group::WINDOW.check(i64::from(self.window))?;
        group::GAIN_ALLOWANCE.check(i64::from(self.gain_allowance))?;
        require_zero(&self.padding)
    }
}

impl MarketGroup {
    /// Adds a market, given the correlations of its price with those of the markets before it, in the order of their
    /// places. Returns its place.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] if the group is full or the number of correlations is not that of its markets,
    /// and what [`CorrelationMatrix::validate`](ballast_risk::correlation::CorrelationMatrix::validate) refuses; the group is
    /// then as it was.
    pub fn add_market(&mut self, number: u16, correlations: &[SignedRatio]) -> Result<u8, RiskError> {
        let place = usize::from(self.market_count);
        let out_of_range = |name, value: usize, highest: usize| RiskError::ParameterOutOfRange {
            name,
            value: i64::try_from(value).unwrap_or(i64::MAX),
            lowest: 0,
            highest: i64::try_from(highest).unwrap_or(i64::MAX),
        };
        if place >= MAX_GROUP_MARKETS {
            return Err(out_of_range("market_count", place + 1, MAX_GROUP_MARKETS));
        }
        if correlations.len() != place {
            return Err(out_of_range("correlations", correlations.len(), place));
        }
        let mut matrix = self.matrix();
        for (other, &correlation) in correlations.iter().enumerate() {
            matrix.set(other, place, correlation)?;
        }
        matrix.validate()?;
        self.correlations = bytemuck::cast(matrix);
        self.markets[place] = number;
        self.market_count += 1;
        Ok(place as u8)
    }

    /// Takes the market at a place out of the group. The place is given back if no later one is taken; otherwise it stays
    /// empty, because the correlations of later markets count from the places before them.
    pub fn remove_market(&mut self, place: u8) {
        if let Some(number) = self.markets.get_mut(usize::from(place)) {
            *number = 0;
        }
        let mut matrix = self.matrix();
        while let Some(last) = usize::from(self.market_count).checked_sub(1) {
            if self.markets.get(last).is_some_and(|&number| number != 0) {
                break;
            }
            for other in 0..last {
                // Both are places of the group, which the matrix has.
                let _ = matrix.set(other, last, SignedRatio::from_bits(0));
            }
            self.market_count -= 1;
        }
        self.correlations = bytemuck::cast(matrix);
    }
}

fn require_unused(name: &'static str, value: i64) -> Result<(), RiskError> {
    if value == 0 { Ok(()) } else { Err(RiskError::ParameterOutOfRange { name, value, lowest: 0, highest: 0 }) }
}
