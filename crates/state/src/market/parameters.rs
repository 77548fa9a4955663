//! Risk parameters of a market and the scenario moves prepared from them.

use anchor_lang::prelude::*;
use ballast_risk::{
    Ratio, RiskError,
    black76::{FIRST_CORE, MAX_NODES},
    quantity::Multiple,
    scenario::{CellMask, GridShape, MAX_TAILS, ScenarioDefinition, ScenarioSet},
};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::exchange::GroupParameters;

/// Risk parameters of a market. `ballast_risk::parameters::market` has a constant of the same name for each, with its
/// default and bounds; docs/margin-model.md says what each does.
///
/// Unless stated otherwise they are bits of [`Ratio`](ballast_risk::Ratio), scale 2^-30.
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MarketParameters {
    /// Most that an account's unsettled gains in this market add to its initial margin, µUSD.
    pub unsettled_gain_cap: i64,
    /// Net delta free of the concentration charge, µUSD.
    pub delta_free: i64,
    /// Net vega per 1.00 of volatility free of the concentration charge, µUSD.
    pub vega_free: i64,
    /// Most lots of one contract that all accounts together may hold long.
    pub open_interest_limit: u64,
    /// Standard deviations that the scan range covers: bits of [`Multiple`](ballast_risk::quantity::Multiple), 2^-28.
    pub scan_deviations: u32,
    /// Time over which it does, seconds.
    pub scan_horizon_seconds: u32,
    /// Share of the implied variance at the money that the scan range counts even if prices stood still.
    pub implied_variance_share: u32,
    /// Narrowest scan range.
    pub scan_range_floor: u32,
    /// Widest scan range.
    pub scan_range_cap: u32,
    /// How far the scan range may fall in a day, of itself.
    pub scan_range_fall: u32,
    /// Time in which a rise of the scan range reaches maintenance margin in full, seconds.
    pub scan_range_ramp_seconds: u32,
    /// Volatility per year that realised variance starts from.
    pub seed_volatility: u32,
    /// Rise of volatility in the up row, before the term factor.
    pub volatility_up: u32,
    /// Fall of volatility in the down row, before the term factor.
    pub volatility_down: u32,
    /// Lowest volatility per year of the up row.
    pub volatility_up_floor: u32,
    /// Exponent of the term factor (30 days / time)^p up to 30 days.
    pub term_exponent_near: u32,
    /// Exponent of the term factor beyond 30 days.
    pub term_exponent_far: u32,
    /// Shortest time that the term factor takes, seconds.
    pub term_floor_seconds: u32,
    /// Part of the skew scenarios' cap that grows with the root of the time.
    pub skew_base: u32,
    /// Part of it that does not.
    pub skew_scale: u32,
    /// Lowest log-moneyness at which the cap is reached.
    pub skew_width_floor: u32,
    /// Standard deviations at which it is reached: bits of a multiple, scale 2^-28.
    pub skew_width: u32,
    /// Volatility per year of these standard deviations …
    pub skew_volatility: u32,
    /// … and its rise per root of the time.
    pub skew_volatility_per_root: u32,
    /// Fall of an expiry's forward in its basis shock.
    pub basis_down: u32,
    /// Rise of it.
    pub basis_up: u32,
    /// Share of a basis loss that counts …
    pub basis_add: u32,
    /// … and its rise per year to expiry.
    pub basis_per_year: u32,
    /// What option value that is not negative counts for in scenarios.
    pub discount_base_long: u32,
    /// What negative option value counts for in scenarios.
    pub discount_base_short: u32,
    /// Multiple of the interest rate that discounts the former further.
    pub discount_rate_long: u32,
    /// Multiple of the interest rate that raises the latter.
    pub discount_rate_short: u32,
    /// Rate per year beside that for the former.
    pub discount_add_long: u32,
    /// Rate per year beside that for the latter.
    pub discount_add_short: u32,
    /// Maintenance charge on each naked short option, of the index.
    pub naked_short_maintenance: u32,
    /// What the initial charge on each naked short option adds to that, of the index.
    pub naked_short_initial: u32,
    /// Maintenance charge on linear notional.
    pub linear_maintenance: u32,
    /// What the initial charge on linear notional adds to that.
    pub linear_initial: u32,
    /// Quality of the index price below which initial margin charges for it.
    pub confidence_threshold: u32,
    /// That charge, of the notional, at a quality of zero.
    pub confidence_rate: u32,
    /// Confidence of the index price, of that price, beyond which it is wide: there its quality is zero.
    pub confidence_limit: u32,
    /// Widest confidence of an oracle's price that is taken at all, of that price.
    pub confidence_refusal: u32,
    /// Distance of the second price source beyond which the index diverges, of the index.
    pub source_distance_limit: u32,
    /// Rise of the rate of the concentration charge on delta, per 10 million USD.
    pub delta_slope: u32,
    /// Highest rate of it.
    pub delta_cap: u32,
    /// Rise of the rate of the concentration charge on vega, per 10 million USD.
    pub vega_slope: u32,
    /// Highest rate of it.
    pub vega_cap: u32,
    /// Volatility of the volatility per year, for the value at risk that is reported.
    pub volatility_of_volatility: u32,
    /// Weight of unsettled gains in initial margin, at most 1.
    pub unsettled_gain_weight: u32,
    /// How fast the stable price follows the index, of itself per hour.
    pub stable_price_growth: u32,
    /// Widest distance of a fill from the mark, of the index …
    pub band_price: u32,
    /// … to which an option's band adds its vega over this many volatility points (0.01 is one point).
    pub band_volatility: u32,
    /// Largest published basis of an expiry, up and down.
    pub basis_limit: u32,
    /// Largest published basis of the perpetual, up and down.
    pub perpetual_basis_limit: u32,
    /// Largest relative change of the volatility at the money from post to post.
    pub surface_volatility_step: u32,
    /// Largest change of the tilt from post to post.
    pub surface_tilt_step: u32,
    /// Largest relative change of the wings' slope from post to post.
    pub surface_wing_step: u32,
    /// Largest change of an expiry's basis, and of the perpetual's, from post to post.
    pub surface_basis_step: u32,
    /// Largest change of an expiry's interest rate from post to post.
    pub surface_rate_step: u32,
    /// Largest relative change of the volatility at the money within a day.
    pub surface_volatility_day: u32,
    /// Largest change of an expiry's basis within a day.
    pub surface_basis_day: u32,
    /// Fee of a trade's taker, of the notional at the index.
    pub taker_fee: u32,
    /// Fee of its maker.
    pub maker_fee: u32,
    /// Rise of the rate of the surcharge on net delta, per 10 million USD.
    pub concentration_fee_slope: u32,
    /// Highest rate of it.
    pub concentration_fee_cap: u32,
    /// Which skew scenarios count: 0 none, 1 linear, 2 absolute, 3 both.
    pub skew_scenarios: u8,
    /// Whether skew losses take the discounts for long and short value: 0 or 1.
    pub skew_discounted: u8,
    /// Publishers of the market that must sign a post.
    pub publisher_threshold: u8,
    /// Zero.
    pub padding: [u8; 1],
}

/// The price moves of the scenario grid, in the order of the engine's
/// [`ScenarioSet`](ballast_risk::scenario::ScenarioSet), with the tails' weights.
///
/// Prepared from the market's group and its scan range whenever that changes, so that no check computes a logarithm of a
/// constant.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct Scenarios {
    /// 1 + move, scale 2^-28.
    pub price_factors: [u32; MAX_NODES],
    /// ln(1 + move), scale 2^-29.
    pub log_factors: [i32; MAX_NODES],
    /// Weights of the tails: ratios.
    pub tail_weights: [u32; MAX_TAILS],
    /// Which cells exist: a bit per node, for each row.
    pub cells: [u32; 3],
    /// Nodes of the core grid.
    pub core_nodes: u8,
    /// Tails in use.
    pub tail_nodes: u8,
    /// Zero.
    pub padding: [u8; 2],
}

impl Scenarios {
    /// Prepares the scenarios of a group's market.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] for parameters that give no scenarios.
    pub fn of_group(
        group: &GroupParameters,
        range: Ratio,
        market: &MarketParameters,
    ) -> core::result::Result<Self, RiskError> {
        let tails = group.tail_price_factors.map(Multiple::from_bits);
        let used = tails.get(..usize::from(group.tail_nodes)).unwrap_or(&tails);
        Self::prepare(group.core_nodes, used, CellMask(group.cells), group.tail_weights, range, market)
    }

    /// The same scenarios over another scan range.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] for a range that the engine does not take.
    pub fn with_range(&self, range: Ratio, market: &MarketParameters) -> core::result::Result<Self, RiskError> {
        let first = FIRST_CORE + usize::from(self.core_nodes);
        let used = self.price_factors.get(first..first + usize::from(self.tail_nodes)).unwrap_or(&[]);
        let mut tails = [Multiple::ONE; MAX_TAILS];
        for (tail, &factor) in tails.iter_mut().zip(used) {
            *tail = Multiple::from_bits(factor);
        }
        let used = tails.get(..used.len()).unwrap_or(&tails);
        Self::prepare(self.core_nodes, used, CellMask(self.cells), self.tail_weights, range, market)
    }

    fn prepare(
        core_nodes: u8,
        tails: &[Multiple],
        cells: CellMask,
        tail_weights: [u32; MAX_TAILS],
        scan_range: Ratio,
        market: &MarketParameters,
    ) -> core::result::Result<Self, RiskError> {
        let set = ScenarioSet::new(&ScenarioDefinition {
            core_nodes,
            scan_range,
            tails,
            cells,
            basis_down: Ratio::from_bits(market.basis_down),
            basis_up: Ratio::from_bits(market.basis_up),
        })?;
        Ok(Self {
            price_factors: set.price_factors,
            log_factors: set.log_factors,
            tail_weights,
            cells: cells.0,
            core_nodes,
            tail_nodes: tails.len() as u8,
            padding: [0; 2],
        })
    }

    /// The moves for the engine.
    pub fn set(&self) -> ScenarioSet {
        ScenarioSet {
            shape: GridShape { core_nodes: usize::from(self.core_nodes), tail_nodes: usize::from(self.tail_nodes) },
            cells: CellMask(self.cells),
            price_factors: self.price_factors,
            log_factors: self.log_factors,
        }
    }

    /// The weights of the tails.
    pub fn weights(&self) -> [Ratio; MAX_TAILS] {
        self.tail_weights.map(Ratio::from_bits)
    }
}

const _: () = assert!(size_of::<MarketParameters>() == 4 * 8 + 61 * 4 + 4);
const _: () = assert!(size_of::<Scenarios>() == 224);
