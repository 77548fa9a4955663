//! Bounds of a market's risk parameters, and the scenarios prepared from them.

use anchor_lang::prelude::*;
use ballast_risk::{Ratio, quantity::ValueScale, scenario::ScenarioSet};
use ballast_state::{MarketParameters, Scenarios};

use super::{ONE, listing::CONFIDENCE_LIMIT, millionths, require_unsigned_within, require_within, require_zero};
use crate::errors::risk_error;

/// Half, as bits of a ratio: the most that a charge, a band or a basis may be.
const HALF: i64 = millionths(500_000);

/// Checks the parameters of a market and prepares its scenarios, which must be stored together with them.
///
/// # Errors
/// [`ParameterOutOfBounds`](crate::BallastError::ParameterOutOfBounds).
pub fn validate_market(parameters: &MarketParameters) -> Result<Scenarios> {
    let check = |name, value: u32, lowest, highest| require_within(name, i64::from(value), lowest, highest);
    let (narrowest, widest) = CONFIDENCE_LIMIT;
    require_within("unsettled_gain_cap", parameters.unsettled_gain_cap, 0, ValueScale::NOTIONAL_LIMIT)?;
    // All accounts together stay within what the engine takes for one.
    require_unsigned_within("open_interest_limit", parameters.open_interest_limit, 1, 1 << 30)?;
    check("volatility_up", parameters.volatility_up, 0, 3 * ONE)?;
    check("volatility_down", parameters.volatility_down, 0, ONE)?;
    check("volatility_up_floor", parameters.volatility_up_floor, 0, 3 * ONE)?;
    check("term_exponent_near", parameters.term_exponent_near, 0, ONE)?;
    check("term_exponent_far", parameters.term_exponent_far, 0, ONE)?;
    check("term_floor_seconds", parameters.term_floor_seconds, 3_600, 30 * 86_400)?;
    check("naked_short_maintenance", parameters.naked_short_maintenance, 0, HALF)?;
    check("naked_short_initial", parameters.naked_short_initial, 0, HALF)?;
    check("linear_maintenance", parameters.linear_maintenance, 0, HALF)?;
    check("linear_initial", parameters.linear_initial, 0, HALF)?;
    check("unsettled_gain_weight", parameters.unsettled_gain_weight, 0, ONE)?;
    check("confidence_limit", parameters.confidence_limit, narrowest, widest)?;
    // A band of nothing would refuse every trade.
    check("band_price", parameters.band_price, millionths(100), HALF)?;
    check("band_volatility", parameters.band_volatility, 0, HALF)?;
    check("basis_limit", parameters.basis_limit, 0, HALF)?;
    require_zero("padding", &parameters.padding)?;
    prepare_scenarios(parameters)
}

fn prepare_scenarios(parameters: &MarketParameters) -> Result<Scenarios> {
    let tails = parameters.tail_price_factors.len();
    require_within("tail_nodes", i64::from(parameters.tail_nodes), 0, tails as i64)?;
    let (used_factors, unused_factors) = parameters.tail_price_factors.split_at(usize::from(parameters.tail_nodes));
    let (used_weights, unused_weights) = parameters.tail_weights.split_at(usize::from(parameters.tail_nodes));
    for &weight in used_weights {
        require_within("tail_weights", i64::from(weight), 0, ONE)?;
    }
    for &unused in unused_factors.iter().chain(unused_weights) {
        require_within("unused tails", i64::from(unused), 0, 0)?;
    }
    // Checks the scan range, the number of core nodes and the price factors.
    let set = ScenarioSet::new(parameters.core_nodes, Ratio::from_bits(parameters.scan_range), used_factors)
        .map_err(risk_error)?;
    Ok(Scenarios { price_factors: set.price_factors, log_factors: set.log_factors })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(parts: u32) -> u32 {
        Ratio::from_millionths(parts).to_bits()
    }

    fn defaults() -> MarketParameters {
        MarketParameters {
            unsettled_gain_cap: 250_000_000_000,
            open_interest_limit: 1 << 30,
            scan_range: ratio(160_000),
            volatility_up: ratio(500_000),
            volatility_down: ratio(300_000),
            volatility_up_floor: ratio(400_000),
            term_exponent_near: ratio(300_000),
            term_exponent_far: ratio(130_000),
            term_floor_seconds: 86_400,
            naked_short_maintenance: ratio(3_000),
            naked_short_initial: ratio(2_000),
            linear_maintenance: ratio(30_000),
            linear_initial: ratio(10_000),
            unsettled_gain_weight: ratio(800_000),
            confidence_limit: ratio(20_000),
            band_price: ratio(20_000),
            band_volatility: ratio(50_000),
            basis_limit: ratio(100_000),
            tail_price_factors: [91_268_055, 179_851_755, 402_653_184, 536_870_912, 0, 0, 0, 0],
            tail_weights: [ratio(210_000), ratio(420_000), ratio(277_200), ratio(138_600), 0, 0, 0, 0],
            core_nodes: 11,
            tail_nodes: 4,
            padding: [0; 6],
        }
    }

    #[test]
    fn defaults_give_scenarios_around_an_unmoved_centre() {
        let Ok(scenarios) = validate_market(&defaults()) else { panic!("the defaults are refused") };
        assert_eq!(scenarios.price_factors[5], 1 << 28);
        assert_eq!(scenarios.log_factors[5], 0);
        assert_eq!(scenarios.price_factors[11], 91_268_055);
    }

    #[test]
    fn refuses_what_the_engine_could_not_take() {
        let cases: [fn(&mut MarketParameters); 8] = [
            |parameters| parameters.open_interest_limit = 0,
            |parameters| parameters.open_interest_limit = u64::MAX,
            |parameters| parameters.unsettled_gain_cap = -1,
            |parameters| parameters.tail_nodes = 9,
            |parameters| parameters.tail_nodes = 3,
            |parameters| parameters.core_nodes = 10,
            |parameters| parameters.term_floor_seconds = 3_599,
            |parameters| parameters.padding[5] = 1,
        ];
        for break_one in cases {
            let mut parameters = defaults();
            break_one(&mut parameters);
            assert!(validate_market(&parameters).is_err(), "{parameters:?}");
        }
    }
}
