//! Bounds and defaults of the parameters that accounts hold, one function per structure.
//!
//! Whoever takes parameters from outside calls these functions: the program before it stores any, a client before it
//! sends any. The numbers are those of [`ballast_risk::parameters`]; the orderings between parameters stand here.

mod group;

use ballast_risk::{
    RiskError,
    parameters::{BankClass, MarketClass, Parameter, bank, exchange, governance, market},
};
use bytemuck::{NoUninit, Zeroable};

use crate::{BankParameters, ExchangeParameters, GovernanceParameters, MarketParameters};

/// Pairs every field of a structure with its line in the table of parameters: defaults and bounds follow.
macro_rules! from_table {
    ($structure:ident, $scope:ident { $($field:ident: $constant:ident),+ $(,)? } $(, $padding:ident)?) => {
        impl $structure {
            /// The table's defaults at a position among those of a class.
            fn defaults_at(position: usize) -> Self {
                Self {
                    $($field: $scope::$constant.default_at(position) as _,)+
                    $($padding: Zeroable::zeroed(),)?
                }
            }

            /// Every field within the table's bounds, and nothing where nothing belongs.
            fn validate_each(&self) -> Result<(), RiskError> {
                $($scope::$constant.check(i64::try_from(self.$field).unwrap_or(i64::MAX))?;)+
                $(require_zero(&self.$padding)?;)?
                Ok(())
            }

            /// The parameter with an [`id`](Parameter::id), and its value; nothing if it is not one of these.
            pub fn parameter(&self, id: u32) -> Option<(&'static Parameter, i64)> {
                $(if id == const { $scope::$constant.id() } {
                    return Some((&$scope::$constant, i64::try_from(self.$field).unwrap_or(i64::MAX)));
                })+
                None
            }

            /// Gives a parameter a value within the bounds of its line; whether they fit together,
            /// [`validate`](Self::validate) says.
            ///
            /// # Errors
            /// [`RiskError::ParameterOutOfRange`], for an unknown parameter with bounds that nothing fits.
            pub fn set_parameter(&mut self, id: u32, value: i64) -> Result<(), RiskError> {
                $(if id == const { $scope::$constant.id() } {
                    $scope::$constant.check(value)?;
                    self.$field = value as _;
                    return Ok(());
                })+
                Err(unknown_parameter(id))
            }

            /// Every field as a function that sets it, beside its line in the table.
            #[cfg(test)]
            fn setters() -> Vec<(&'static str, ballast_risk::parameters::Parameter, fn(&mut Self, i64))> {
                vec![$((stringify!($field), $scope::$constant, |it, value| it.$field = value as _),)+]
            }
        }
    };
}

from_table! { ExchangeParameters, exchange {
    dust_limit: DUST_LIMIT,
    mark_age_slots: MARK_AGE_SLOTS,
    trade_oracle_age: TRADE_ORACLE_AGE,
    liquidation_oracle_age: LIQUIDATION_ORACLE_AGE,
    dispute_seconds: DISPUTE_SECONDS,
    bankruptcy_dispute_seconds: BANKRUPTCY_DISPUTE_SECONDS,
    withdrawal_index_step: WITHDRAWAL_INDEX_STEP,
    surface_age: SURFACE_AGE,
    check_compute_cap: CHECK_COMPUTE_CAP,
    vesting_seconds: VESTING_SECONDS,
    maintenance_factor: MAINTENANCE_FACTOR,
    initial_factor: INITIAL_FACTOR,
    liquidation_buffer: LIQUIDATION_BUFFER,
    liquidation_tolerance: LIQUIDATION_TOLERANCE,
    liquidation_fee: LIQUIDATION_FEE,
    insurance_share: INSURANCE_SHARE,
    slice_price_start: SLICE_PRICE_START,
    slice_price_end: SLICE_PRICE_END,
    slice_price_slots: SLICE_PRICE_SLOTS,
    peg_threshold: PEG_THRESHOLD,
    peg_factor: PEG_FACTOR,
    surface_widening_rate: SURFACE_WIDENING_RATE,
    surface_widening_cap: SURFACE_WIDENING_CAP,
    variance_fast_seconds: VARIANCE_FAST_SECONDS,
    variance_slow_seconds: VARIANCE_SLOW_SECONDS,
    variance_interval_seconds: VARIANCE_INTERVAL_SECONDS,
    value_at_risk_deviations: VALUE_AT_RISK_DEVIATIONS,
    value_at_risk_horizon_seconds: VALUE_AT_RISK_HORIZON_SECONDS,
    close_factor: CLOSE_FACTOR,
    close_factor_floor: CLOSE_FACTOR_FLOOR,
    liquidation_cooldown_slots: LIQUIDATION_COOLDOWN_SLOTS,
    accelerated_slots: ACCELERATED_SLOTS,
    insurance_draw_share: INSURANCE_DRAW_SHARE,
    insurance_window_seconds: INSURANCE_WINDOW_SECONDS,
    gain_cut_share: GAIN_CUT_SHARE,
    stake_cooldown_seconds: STAKE_COOLDOWN_SECONDS,
    funding_period_seconds: FUNDING_PERIOD_SECONDS,
    funding_limit: FUNDING_LIMIT,
    funding_catch_up_seconds: FUNDING_CATCH_UP_SECONDS,
    settlement_gap_seconds: SETTLEMENT_GAP_SECONDS,
    settlement_coverage: SETTLEMENT_COVERAGE,
    settlement_extension_seconds: SETTLEMENT_EXTENSION_SECONDS,
    premium_fee_cap: PREMIUM_FEE_CAP,
    rebate_rate: REBATE_RATE,
    rebate_share: REBATE_SHARE,
    fee_window_seconds: FEE_WINDOW_SECONDS,
    lending_rate_base: LENDING_RATE_BASE,
    lending_kink: LENDING_KINK,
    lending_rate_kink: LENDING_RATE_KINK,
    lending_rate_highest: LENDING_RATE_HIGHEST,
    lending_insurance_share: LENDING_INSURANCE_SHARE,
    lending_catch_up_seconds: LENDING_CATCH_UP_SECONDS,
}, padding }

from_table! { MarketParameters, market {
    unsettled_gain_cap: UNSETTLED_GAIN_CAP,
    delta_free: DELTA_FREE,
    vega_free: VEGA_FREE,
    open_interest_limit: OPEN_INTEREST_LIMIT,
    scan_deviations: SCAN_DEVIATIONS,
    scan_horizon_seconds: SCAN_HORIZON_SECONDS,
    implied_variance_share: IMPLIED_VARIANCE_SHARE,
    scan_range_floor: SCAN_RANGE_FLOOR,
    scan_range_cap: SCAN_RANGE_CAP,
    scan_range_fall: SCAN_RANGE_FALL,
    scan_range_ramp_seconds: SCAN_RANGE_RAMP_SECONDS,
    seed_volatility: SEED_VOLATILITY,
    volatility_up: VOLATILITY_UP,
    volatility_down: VOLATILITY_DOWN,
    volatility_up_floor: VOLATILITY_UP_FLOOR,
    term_exponent_near: TERM_EXPONENT_NEAR,
    term_exponent_far: TERM_EXPONENT_FAR,
    term_floor_seconds: TERM_FLOOR_SECONDS,
    skew_base: SKEW_BASE,
    skew_scale: SKEW_SCALE,
    skew_width_floor: SKEW_WIDTH_FLOOR,
    skew_width: SKEW_WIDTH,
    skew_volatility: SKEW_VOLATILITY,
    skew_volatility_per_root: SKEW_VOLATILITY_PER_ROOT,
    basis_down: BASIS_DOWN,
    basis_up: BASIS_UP,
    basis_add: BASIS_ADD,
    basis_per_year: BASIS_PER_YEAR,
    discount_base_long: DISCOUNT_BASE_LONG,
    discount_base_short: DISCOUNT_BASE_SHORT,
    discount_rate_long: DISCOUNT_RATE_LONG,
    discount_rate_short: DISCOUNT_RATE_SHORT,
    discount_add_long: DISCOUNT_ADD_LONG,
    discount_add_short: DISCOUNT_ADD_SHORT,
    naked_short_maintenance: NAKED_SHORT_MAINTENANCE,
    naked_short_initial: NAKED_SHORT_INITIAL,
    linear_maintenance: LINEAR_MAINTENANCE,
    linear_initial: LINEAR_INITIAL,
    confidence_threshold: CONFIDENCE_THRESHOLD,
    confidence_rate: CONFIDENCE_RATE,
    confidence_limit: CONFIDENCE_LIMIT,
    confidence_refusal: CONFIDENCE_REFUSAL,
    source_distance_limit: SOURCE_DISTANCE_LIMIT,
    delta_slope: DELTA_SLOPE,
    delta_cap: DELTA_CAP,
    vega_slope: VEGA_SLOPE,
    vega_cap: VEGA_CAP,
    volatility_of_volatility: VOLATILITY_OF_VOLATILITY,
    unsettled_gain_weight: UNSETTLED_GAIN_WEIGHT,
    stable_price_growth: STABLE_PRICE_GROWTH,
    band_price: BAND_PRICE,
    band_volatility: BAND_VOLATILITY,
    basis_limit: BASIS_LIMIT,
    perpetual_basis_limit: PERPETUAL_BASIS_LIMIT,
    surface_volatility_step: SURFACE_VOLATILITY_STEP,
    surface_tilt_step: SURFACE_TILT_STEP,
    surface_wing_step: SURFACE_WING_STEP,
    surface_basis_step: SURFACE_BASIS_STEP,
    surface_rate_step: SURFACE_RATE_STEP,
    surface_volatility_day: SURFACE_VOLATILITY_DAY,
    surface_basis_day: SURFACE_BASIS_DAY,
    taker_fee: TAKER_FEE,
    maker_fee: MAKER_FEE,
    concentration_fee_slope: CONCENTRATION_FEE_SLOPE,
    concentration_fee_cap: CONCENTRATION_FEE_CAP,
    skew_scenarios: SKEW_SCENARIOS,
    skew_discounted: SKEW_DISCOUNTED,
    publisher_threshold: PUBLISHER_THRESHOLD,
}, padding }

from_table! { BankParameters, bank {
    deposit_cap: DEPOSIT_CAP,
    initial_cap: INITIAL_CAP,
    cap_ramp_seconds: CAP_RAMP_SECONDS,
    haircut_base: HAIRCUT_BASE,
    haircut_highest: HAIRCUT_HIGHEST,
    haircut_volatility_slope: HAIRCUT_VOLATILITY_SLOPE,
    calm_volatility: CALM_VOLATILITY,
    haircut_confidence_slope: HAIRCUT_CONFIDENCE_SLOPE,
    haircut_size_slope: HAIRCUT_SIZE_SLOPE,
    haircut_maintenance_share: HAIRCUT_MAINTENANCE_SHARE,
    haircut_ramp_seconds: HAIRCUT_RAMP_SECONDS,
    liquidity_haircut: LIQUIDITY_HAIRCUT,
    stable_price_growth: STABLE_PRICE_GROWTH,
    seed_volatility: SEED_VOLATILITY,
    confidence_limit: CONFIDENCE_LIMIT,
    outflow_share: OUTFLOW_SHARE,
    confidence_refusal: CONFIDENCE_REFUSAL,
    divergence_limit: DIVERGENCE_LIMIT,
} }

from_table! { GovernanceParameters, governance {
    loosening_delay_seconds: LOOSENING_DELAY_SECONDS,
    tightening_delay_seconds: TIGHTENING_DELAY_SECONDS,
    hand_over_delay_seconds: HAND_OVER_DELAY_SECONDS,
    change_interval_seconds: CHANGE_INTERVAL_SECONDS,
    pause_seconds: PAUSE_SECONDS,
    pause_gap_seconds: PAUSE_GAP_SECONDS,
    outflow_window_seconds: OUTFLOW_WINDOW_SECONDS,
    outflow_floor: OUTFLOW_FLOOR,
    oracle_life_seconds: ORACLE_LIFE_SECONDS,
} }

impl ExchangeParameters {
    /// The table's defaults.
    pub fn defaults() -> Self {
        Self::defaults_at(0)
    }

    /// Whether every parameter is within its bounds and they fit together.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the first parameter that is not.
    pub fn validate(&self) -> Result<(), RiskError> {
        self.validate_each()?;
        let [initial, maintenance] = [self.initial_factor, self.maintenance_factor].map(i64::from);
        exchange::INITIAL_FACTOR.check_between(initial, maintenance, i64::MAX)?;
        // Refresh accepts what a liquidation accepts: no other limit may be looser.
        let [trade, liquidation] = [self.trade_oracle_age, self.liquidation_oracle_age].map(i64::from);
        exchange::LIQUIDATION_ORACLE_AGE.check_between(liquidation, trade, i64::MAX)?;
        let [dispute, bankruptcy] = [self.dispute_seconds, self.bankruptcy_dispute_seconds].map(i64::from);
        exchange::BANKRUPTCY_DISPUTE_SECONDS.check_between(bankruptcy, dispute, i64::MAX)?;
        // A price that refresh accepts must carry funding.
        let catch_up = i64::from(self.funding_catch_up_seconds);
        exchange::FUNDING_CATCH_UP_SECONDS.check_between(catch_up, liquidation, i64::MAX)?;
        let [fast, slow] = [self.variance_fast_seconds, self.variance_slow_seconds].map(i64::from);
        exchange::VARIANCE_SLOW_SECONDS.check_between(slow, fast, i64::MAX)?;
        let interval = i64::from(self.variance_interval_seconds);
        exchange::VARIANCE_INTERVAL_SECONDS.check_between(interval, 0, fast)?;
        let [start, end] = [self.slice_price_start, self.slice_price_end].map(i64::from);
        exchange::SLICE_PRICE_END.check_between(end, 0, start)?;
        let [floor, close] = [self.close_factor_floor, self.close_factor].map(i64::from);
        exchange::CLOSE_FACTOR_FLOOR.check_between(floor, 0, close)?;
        let [base, kink, highest] =
            [self.lending_rate_base, self.lending_rate_kink, self.lending_rate_highest].map(i64::from);
        exchange::LENDING_RATE_KINK.check_between(kink, base, i64::MAX)?;
        exchange::LENDING_RATE_HIGHEST.check_between(highest, kink, i64::MAX)
    }
}

impl MarketParameters {
    /// The table's defaults for a class of markets.
    pub fn defaults(class: MarketClass) -> Self {
        Self::defaults_at(class as usize)
    }

    /// Whether every parameter is within its bounds and they fit together.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the first parameter that is not.
    pub fn validate(&self) -> Result<(), RiskError> {
        self.validate_each()?;
        let [floor, cap] = [self.scan_range_floor, self.scan_range_cap].map(i64::from);
        market::SCAN_RANGE_CAP.check_between(cap, floor, i64::MAX)?;
        let [long, short] = [self.discount_base_long, self.discount_base_short].map(i64::from);
        market::DISCOUNT_BASE_SHORT.check_between(short, long, i64::MAX)?;
        // A price that is taken may be wide; one that is wide need not be taken.
        let [limit, refusal] = [self.confidence_limit, self.confidence_refusal].map(i64::from);
        market::CONFIDENCE_REFUSAL.check_between(refusal, limit, i64::MAX)
    }
}

impl BankParameters {
    /// The table's defaults for a class of banks.
    pub fn defaults(class: BankClass) -> Self {
        Self::defaults_at(class as usize)
    }

    /// Whether every parameter is within its bounds and they fit together.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the first parameter that is not.
    pub fn validate(&self) -> Result<(), RiskError> {
        self.validate_each()?;
        let deposit_cap = i64::try_from(self.deposit_cap).unwrap_or(i64::MAX);
        bank::INITIAL_CAP.check_between(i64::try_from(self.initial_cap).unwrap_or(i64::MAX), 0, deposit_cap)?;
        let [base, highest] = [self.haircut_base, self.haircut_highest].map(i64::from);
        bank::HAIRCUT_HIGHEST.check_between(highest, base, i64::MAX)?;
        let [limit, refusal] = [self.confidence_limit, self.confidence_refusal].map(i64::from);
        bank::CONFIDENCE_REFUSAL.check_between(refusal, limit, i64::MAX)
    }
}

impl GovernanceParameters {
    /// The table's defaults.
    pub fn defaults() -> Self {
        Self::defaults_at(0)
    }

    /// Whether every parameter is within its bounds and they fit together.
    ///
    /// # Errors
    /// [`RiskError::ParameterOutOfRange`] with the first parameter that is not.
    pub fn validate(&self) -> Result<(), RiskError> {
        self.validate_each()?;
        let [loosening, hand_over] = [self.loosening_delay_seconds, self.hand_over_delay_seconds].map(i64::from);
        governance::HAND_OVER_DELAY_SECONDS.check_between(hand_over, loosening, i64::MAX)?;
        // Who holds the guardian's key pauses a quarter of the time at most.
        let [pause, gap] = [self.pause_seconds, self.pause_gap_seconds].map(i64::from);
        governance::PAUSE_GAP_SECONDS.check_between(gap, 3 * pause, i64::MAX)
    }
}

/// What setting a parameter says that there is not.
fn unknown_parameter(id: u32) -> RiskError {
    RiskError::ParameterOutOfRange { name: "parameter", value: i64::from(id), lowest: 0, highest: -1 }
}

/// Refuses padding that a later version could mistake for a value.
fn require_zero<T: NoUninit>(padding: &T) -> Result<(), RiskError> {
    match bytemuck::bytes_of(padding).iter().find(|byte| **byte != 0) {
        Some(&byte) => {
            Err(RiskError::ParameterOutOfRange { name: "padding", value: i64::from(byte), lowest: 0, highest: 0 })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
