//! Parameters of a market in the engine's numbers.

use ballast_risk::{
    MicroUsd, Ratio,
    black76::VOLATILITY_ROWS,
    parameters::{Defaults, Parameter, Unit, group as group_table, market as table},
    quantity::Multiple,
    realised::RealisedVariance,
    revaluation::{ChargeRates, ConcentrationRate},
    scan_range::{ScanRange, ScanRangeParameters},
    scenario::{
        BasisShock, CellMask, Discounts, GridShape, MAX_CORE_NODES, MAX_TAILS, ScenarioDefinition, ScenarioSet,
        SkewShock, VolatilityShock,
    },
};

use crate::{
    book::{ConcentrationParameters, Parameters, Preset, RateParameters, Row, RowCells, Tail},
    convert::{Field, ONE_RATIO},
    decimal::Decimal,
    error::{BookError, Path},
};

/// Cells, price factors and weights of the tails.
type Tails = ([u32; VOLATILITY_ROWS], Vec<Multiple>, [Ratio; MAX_TAILS]);

/// The parameters of a market, with the defaults of its class for what nobody stated.
pub(super) struct Stated<'a> {
    pub parameters: Parameters,
    pub class: usize,
    pub path: Path<'a>,
}

impl<'a> Stated<'a> {
    pub fn new(market: &Parameters, book: &Parameters, path: &'a Path<'a>) -> Self {
        let parameters = market.or(book);
        let class = match parameters.preset.unwrap_or_default() {
            Preset::Major => 0,
            Preset::Volatile => 1,
            Preset::Small => 2,
        };
        Self { parameters, class, path: path.field("parameters") }
    }

    fn ratio_of(
        &self,
        group: &Path,
        name: &str,
        value: Option<Decimal>,
        table: &Parameter,
    ) -> Result<Ratio, BookError> {
        Field::new(group, name, value).ratio(table, self.class)
    }

    /// The volatility rows.
    pub fn volatility(&self) -> Result<VolatilityShock, BookError> {
        let (stated, path) = (&self.parameters.volatility, self.path.field("volatility"));
        let ratio = |name, value, table| self.ratio_of(&path, name, value, table);
        let shift = |name, value| Field::new(&path, name, value).ratio_between(0, 0, 3 * ONE_RATIO);
        Ok(VolatilityShock {
            up: ratio("up", stated.up, &table::VOLATILITY_UP)?,
            down: ratio("down", stated.down, &table::VOLATILITY_DOWN)?,
            up_shift: shift("up_shift", stated.up_shift)?,
            down_shift: shift("down_shift", stated.down_shift)?,
            up_floor: ratio("up_floor", stated.up_floor, &table::VOLATILITY_UP_FLOOR)?,
            exponent_near: ratio("exponent_near", stated.exponent_near, &table::TERM_EXPONENT_NEAR)?,
            exponent_far: ratio("exponent_far", stated.exponent_far, &table::TERM_EXPONENT_FAR)?,
            floor_seconds: Field::new(&path, "floor_seconds", stated.floor_seconds)
                .count(&table::TERM_FLOOR_SECONDS)?,
        })
    }

    /// The skew scenarios.
    pub fn skew(&self) -> Result<SkewShock, BookError> {
        let (stated, path) = (&self.parameters.skew, self.path.field("skew"));
        let ratio = |name, value, table| self.ratio_of(&path, name, value, table);
        let default = table::SKEW_SCENARIOS.default_at(0);
        Ok(SkewShock {
            linear: stated.linear.unwrap_or(default & 1 != 0),
            absolute: stated.absolute.unwrap_or(default & 2 != 0),
            discounted: stated.discounted.unwrap_or(table::SKEW_DISCOUNTED.default_at(0) != 0),
            base: ratio("base", stated.base, &table::SKEW_BASE)?,
            scale: ratio("scale", stated.scale, &table::SKEW_SCALE)?,
            width_floor: ratio("width_floor", stated.width_floor, &table::SKEW_WIDTH_FLOOR)?,
            width: Field::new(&path, "width", stated.width).multiple(&table::SKEW_WIDTH, 0)?,
            volatility: ratio("volatility", stated.volatility, &table::SKEW_VOLATILITY)?,
            volatility_per_root: ratio(
                "volatility_per_root",
                stated.volatility_per_root,
                &table::SKEW_VOLATILITY_PER_ROOT,
            )?,
        })
    }

    /// How basis losses count.
    pub fn basis(&self) -> Result<BasisShock, BookError> {
        let (stated, path) = (&self.parameters.basis, self.path.field("basis"));
        Ok(BasisShock {
            add: self.ratio_of(&path, "add", stated.add, &table::BASIS_ADD)?,
            per_year: self.ratio_of(&path, "per_year", stated.per_year, &table::BASIS_PER_YEAR)?,
        })
    }

    /// What option values count for by their sign.
    pub fn discounts(&self) -> Result<Discounts, BookError> {
        let (stated, path) = (&self.parameters.discount, self.path.field("discount"));
        let ratio = |name, value, table| self.ratio_of(&path, name, value, table);
        Ok(Discounts {
            base_long: ratio("base_long", stated.base_long, &table::DISCOUNT_BASE_LONG)?,
            base_short: ratio("base_short", stated.base_short, &table::DISCOUNT_BASE_SHORT)?,
            rate_long: ratio("rate_long", stated.rate_long, &table::DISCOUNT_RATE_LONG)?,
            rate_short: ratio("rate_short", stated.rate_short, &table::DISCOUNT_RATE_SHORT)?,
            add_long: ratio("add_long", stated.add_long, &table::DISCOUNT_ADD_LONG)?,
            add_short: ratio("add_short", stated.add_short, &table::DISCOUNT_ADD_SHORT)?,
        })
    }

    /// Charge rates.
    pub fn charges(&self) -> Result<ChargeRates, BookError> {
        let parameters = &self.parameters;
        let rate = |stated: &RateParameters, group, maintenance, initial| -> Result<_, BookError> {
            let path = self.path.field(group);
            Ok((
                self.ratio_of(&path, "maintenance", stated.maintenance, maintenance)?,
                self.ratio_of(&path, "initial", stated.initial, initial)?,
            ))
        };
        let concentration = |stated: &ConcentrationParameters, group, [free, slope, cap]: [&Parameter; 3]| {
            let path = self.path.field(group);
            Ok(ConcentrationRate {
                free: Field::new(&path, "free", stated.free).money(free)?,
                slope: self.ratio_of(&path, "slope", stated.slope, slope)?,
                cap: self.ratio_of(&path, "cap", stated.cap, cap)?,
            })
        };
        let (naked_short_maintenance, naked_short_initial) =
            rate(&parameters.naked_short, "naked_short", &table::NAKED_SHORT_MAINTENANCE, &table::NAKED_SHORT_INITIAL)?;
        let (linear_maintenance, linear_initial) =
            rate(&parameters.linear, "linear", &table::LINEAR_MAINTENANCE, &table::LINEAR_INITIAL)?;
        let path = self.path.field("confidence");
        let confidence = &parameters.confidence;
        Ok(ChargeRates {
            naked_short_maintenance,
            naked_short_initial,
            linear_maintenance,
            linear_initial,
            confidence_threshold: self.ratio_of(
                &path,
                "threshold",
                confidence.threshold,
                &table::CONFIDENCE_THRESHOLD,
            )?,
            confidence_rate: self.ratio_of(&path, "rate", confidence.rate, &table::CONFIDENCE_RATE)?,
            delta_concentration: concentration(
                &parameters.delta_concentration,
                "delta_concentration",
                [&table::DELTA_FREE, &table::DELTA_SLOPE, &table::DELTA_CAP],
            )?,
            vega_concentration: concentration(
                &parameters.vega_concentration,
                "vega_concentration",
                [&table::VEGA_FREE, &table::VEGA_SLOPE, &table::VEGA_CAP],
            )?,
        })
    }

    /// Weight and cap of unsettled gains.
    pub fn gains(&self) -> Result<(Ratio, MicroUsd), BookError> {
        let (stated, path) = (&self.parameters.unsettled_gains, self.path.field("unsettled_gains"));
        let weight = self.ratio_of(&path, "weight", stated.weight, &table::UNSETTLED_GAIN_WEIGHT)?;
        Ok((weight, Field::new(&path, "cap", stated.cap).money(&table::UNSETTLED_GAIN_CAP)?))
    }

    /// Volatility of the index, and of its volatility, for the value at risk.
    pub fn volatilities(&self) -> Result<(Ratio, Ratio), BookError> {
        let parameters = &self.parameters;
        let dynamics = &parameters.scan_range_dynamics;
        let larger = match (dynamics.fast_volatility, dynamics.slow_volatility) {
            (Some(fast), Some(slow)) => {
                Some(if fast.to_binary_floor(30) >= slow.to_binary_floor(30) { fast } else { slow })
            }
            (one, other) => one.or(other),
        };
        let stated = Field::new(&self.path, "realised_volatility", parameters.realised_volatility).or(larger);
        let volatility = stated.ratio(&table::SEED_VOLATILITY, self.class)?;
        let of_volatility = Field::new(&self.path, "volatility_of_volatility", parameters.volatility_of_volatility);
        Ok((volatility, of_volatility.ratio(&table::VOLATILITY_OF_VOLATILITY, 0)?))
    }

    /// The scan range, and the share of the maintenance factor that applies while a rise is being phased in. `implied`
    /// is the highest annual variance at the money, scale 2^-32.
    pub fn scan_range(&self, implied: u64) -> Result<(Ratio, Ratio), BookError> {
        let parameters = &self.parameters;
        let (lowest, highest) = (table::SCAN_RANGE_FLOOR.lowest, table::SCAN_RANGE_CAP.highest);
        let floor = table::SCAN_RANGE_FLOOR.default_at(self.class);
        let dynamics = &parameters.scan_range_dynamics;
        let has_volatility = dynamics.fast_volatility.or(dynamics.slow_volatility).or(dynamics.implied_volatility);
        let mut range = ScanRange::default();
        if parameters.scan_range.is_none() && has_volatility.is_some() {
            range = self.dynamic_range(implied)?;
        } else {
            let stated = Field::new(&self.path, "scan_range", parameters.scan_range);
            range.range = stated.ratio_between(floor, lowest, highest)?;
            range.maintenance = range.range;
        }
        let stated = Field::new(&self.path, "maintenance_scan_range", parameters.maintenance_scan_range);
        let full = i64::from(range.range.to_bits());
        range.maintenance = stated.ratio_between(i64::from(range.maintenance.to_bits()), 1, full)?;
        Ok((range.range, range.maintenance_share()))
    }

    fn dynamic_range(&self, implied: u64) -> Result<ScanRange, BookError> {
        let (stated, path) = (&self.parameters.scan_range_dynamics, self.path.field("scan_range_dynamics"));
        let field = |name, value| Field::new(&path, name, value);
        let variance = |name, value| -> Result<u64, BookError> {
            let bits = field(name, value).ratio_between(0, 0, 3 * ONE_RATIO)?.to_bits();
            Ok(u64::from(bits).pow(2).div_ceil(1 << 28))
        };
        let fast = variance("fast_volatility", stated.fast_volatility)?;
        let slow = variance("slow_volatility", stated.slow_volatility)?;
        let implied = match stated.implied_volatility {
            None => implied,
            value => variance("implied_volatility", value)?,
        };
        let floor = field("floor", stated.floor).ratio(&table::SCAN_RANGE_FLOOR, self.class)?;
        let cap_default = table::SCAN_RANGE_CAP.default_at(0).max(i64::from(floor.to_bits()));
        let parameters = ScanRangeParameters {
            deviations: field("deviations", stated.deviations).multiple(&table::SCAN_DEVIATIONS, 0)?,
            horizon_seconds: field("horizon_seconds", stated.horizon_seconds).count(&table::SCAN_HORIZON_SECONDS)?,
            implied_share: field("implied_share", stated.implied_share).ratio(&table::IMPLIED_VARIANCE_SHARE, 0)?,
            floor,
            cap: field("cap", stated.cap).ratio_between(
                cap_default,
                i64::from(floor.to_bits()),
                table::SCAN_RANGE_CAP.highest,
            )?,
            fall_per_day: field("fall_per_day", stated.fall_per_day).ratio(&table::SCAN_RANGE_FALL, 0)?,
            ramp_seconds: field("ramp_seconds", stated.ramp_seconds).count(&table::SCAN_RANGE_RAMP_SECONDS)?,
        };
        let realised = RealisedVariance { fast, slow, ..RealisedVariance::default() };
        let previous = field("previous", stated.previous).ratio_between(0, 0, table::SCAN_RANGE_CAP.highest)?;
        let maintenance = field("previous_maintenance", stated.previous_maintenance).ratio_between(
            i64::from(previous.to_bits()),
            0,
            i64::from(previous.to_bits()),
        )?;
        let mut range = ScanRange { range: previous, maintenance };
        let elapsed = field("elapsed_seconds", stated.elapsed_seconds);
        let elapsed = elapsed.stored_between(Unit::Seconds, 0, 0, i64::from(u32::MAX))?;
        range.update(parameters.target(&realised, implied), elapsed.unsigned_abs(), &parameters);
        Ok(range)
    }

    /// Checks what does not depend on a market, so that a mistake in parameters of all markets is found where it is.
    pub fn check(&self) -> Result<(), BookError> {
        self.volatility()?;
        self.skew()?;
        self.basis()?;
        self.discounts()?;
        self.charges()?;
        self.gains()?;
        self.volatilities()?;
        // A maintenance range alone is held against each market's own range.
        if self.parameters.scan_range.is_some() {
            self.scan_range(0)?;
        }
        self.tails(self.core_nodes()?).map(|_| ())
    }

    fn core_nodes(&self) -> Result<usize, BookError> {
        let parameters = &self.parameters;
        let nodes = Field::new(&self.path, "core_nodes", parameters.core_nodes);
        let default = group_table::CORE_NODES.default_at(0);
        let core_nodes = nodes.stored_between(Unit::Count, default, 3, MAX_CORE_NODES as i64)?;
        if core_nodes % 2 == 0 {
            return Err(nodes.refuse("is even", "an odd number, so that one node has no price move"));
        }
        Ok(core_nodes.unsigned_abs() as usize)
    }

    /// Price moves of the scenarios, and the weights of the tails.
    pub fn scenarios(&self, scan_range: Ratio) -> Result<(ScenarioSet, [Ratio; MAX_TAILS]), BookError> {
        let parameters = &self.parameters;
        let core_nodes = self.core_nodes()?;
        let (mut cells, factors, weights) = self.tails(core_nodes)?;
        let path = self.path.field("cells");
        let stated = &parameters.cells;
        for (row, (name, moves)) in
            [("up", &stated.up), ("flat", &stated.flat), ("down", &stated.down)].into_iter().enumerate()
        {
            cells[row] |= core_cells(moves.as_ref(), core_nodes, scan_range, &path.field(name))?;
        }
        let basis = self.path.field("basis");
        let definition = ScenarioDefinition {
            core_nodes: core_nodes as u8,
            scan_range,
            tails: &factors,
            cells: CellMask(cells),
            basis_down: self.ratio_of(&basis, "down", parameters.basis.down, &table::BASIS_DOWN)?,
            basis_up: self.ratio_of(&basis, "up", parameters.basis.up, &table::BASIS_UP)?,
        };
        let set = ScenarioSet::new(&definition).map_err(|error| BookError::risk(&self.path, error))?;
        Ok((set, weights))
    }

    /// Cells, price factors and weights of the tails.
    fn tails(&self, core_nodes: usize) -> Result<Tails, BookError> {
        let mut weights = [Ratio::ZERO; MAX_TAILS];
        let Some(stated) = &self.parameters.tails else {
            let count = group_table::TAIL_NODES.default_at(0).unsigned_abs() as usize;
            let factors = default_factors().take(count).collect();
            for (weight, bits) in weights.iter_mut().zip(listed(&group_table::TAIL_WEIGHTS)).take(count) {
                *weight = Ratio::from_bits(bits.unsigned_abs() as u32);
            }
            let shape = GridShape { core_nodes, tail_nodes: count };
            let core = (1_u32 << core_nodes) - 1;
            return Ok((CellMask::full(shape).0.map(|bits| bits & !core), factors, weights));
        };
        let list = self.path.field("tails");
        if stated.len() > MAX_TAILS {
            return Err(BookError::value(&list, stated.len(), "tails are too many", format!("at most {MAX_TAILS}")));
        }
        let mut cells = [0_u32; VOLATILITY_ROWS];
        let mut factors = Vec::with_capacity(stated.len());
        for (index, tail) in stated.iter().enumerate() {
            let path = list.index(index);
            let Tail { price_move, weight, rows } = tail;
            let field = Field::new(&path, "move", Some(*price_move));
            let factor =
                price_move.plus_one().to_binary_floor(28).filter(|bits| ((1 << 28) / 100..=7 << 28).contains(bits));
            let Some(factor) = factor else {
                return Err(field.refuse("is out of range", "a fraction of the price from -0.99 to 6"));
            };
            factors.push(Multiple::from_bits(factor.unsigned_abs() as u32));
            weights[index] = Field::new(&path, "weight", Some(*weight)).ratio_between(0, 0, ONE_RATIO)?;
            for row in rows.as_deref().unwrap_or(&[Row::Up]) {
                cells[*row as usize] |= 1 << (core_nodes + index);
            }
        }
        Ok((cells, factors, weights))
    }
}

fn listed(parameter: &Parameter) -> impl Iterator<Item = i64> {
    let values = match parameter.default {
        Defaults::List(values) => values,
        _ => &[],
    };
    values.iter().copied()
}

fn default_factors() -> impl Iterator<Item = Multiple> {
    listed(&group_table::TAIL_PRICE_FACTORS).map(|bits| Multiple::from_bits(bits.unsigned_abs() as u32))
}

/// The cells of the core grid that one row has.
fn core_cells(moves: Option<&RowCells>, core_nodes: usize, scan_range: Ratio, path: &Path) -> Result<u32, BookError> {
    let all = (1_u32 << core_nodes) - 1;
    // Moves in units of half a step from the lowest node, rounded down, so that odd numbers lie around nodes.
    let half_steps = |price_move: &Decimal| {
        let bits = price_move.to_binary_floor(30)?.checked_add(i64::from(scan_range.to_bits()))?;
        let span = 2 * i64::from(scan_range.to_bits());
        Some((bits.checked_mul(2 * (core_nodes as i64 - 1))? + span / 2).div_euclid(span))
    };
    match moves {
        None | Some(RowCells::All) => Ok(all),
        Some(RowCells::None) => Ok(0),
        Some(RowCells::Between(from, to)) => {
            let (Some(from_half), Some(to_half)) = (half_steps(from), half_steps(to)) else {
                return Err(BookError::new(path, "has moves that are out of range"));
            };
            // A node counts if it is within a quarter of a step of the range.
            let inside = |node: usize| (from_half..=to_half).contains(&(2 * node as i64));
            Ok((0..core_nodes).filter(|&node| inside(node)).fold(0, |bits, node| bits | 1 << node))
        }
        Some(RowCells::Moves(moves)) => {
            let mut bits = 0;
            for (index, price_move) in moves.iter().enumerate() {
                let node = half_steps(price_move).filter(|half| half % 2 == 0).map(|half| half / 2);
                match node.filter(|node| (0..core_nodes as i64).contains(node)) {
                    Some(node) => bits |= 1 << node,
                    None => {
                        let range = crate::convert::shown(i64::from(scan_range.to_bits()), Unit::Ratio);
                        let expected = format!("one of {core_nodes} equal steps from -{range} to {range}");
                        let path = path.index(index);
                        return Err(BookError::value(&path, price_move, "is not a move of the grid", expected));
                    }
                }
            }
            Ok(bits)
        }
    }
}
