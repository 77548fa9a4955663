//! Bounds of what all markets of an exchange share.

use anchor_lang::prelude::*;
use ballast_state::ExchangeParameters;

use super::{ONE, millionths, require_within};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Checks the parameters of an exchange.
///
/// # Errors
/// [`ParameterOutOfBounds`](crate::BallastError::ParameterOutOfBounds).
pub fn validate_exchange(parameters: &ExchangeParameters) -> Result<()> {
    let check = |name, value: u32, lowest, highest| require_within(name, i64::from(value), lowest, highest);
    let trade_oracle_age = i64::from(parameters.trade_oracle_age);
    let maintenance_factor = i64::from(parameters.maintenance_factor);
    let slice_price_start = i64::from(parameters.slice_price_start);

    // Above 10,000 USD an account is worth an auction.
    require_within("dust_limit", parameters.dust_limit, 0, 10_000_000_000)?;
    check("mark_age_slots", parameters.mark_age_slots, 1, 1_000)?;
    check("trade_oracle_age", parameters.trade_oracle_age, 1, DAY)?;
    // Refresh accepts what a liquidation accepts: no other limit may be looser.
    check("liquidation_oracle_age", parameters.liquidation_oracle_age, trade_oracle_age, DAY)?;
    check("surface_age", parameters.surface_age, 1, DAY)?;
    // A transaction has 1.4 million units: a check must leave room for what it checks, twice over in a trade.
    check("check_compute_cap", parameters.check_compute_cap, 50_000, 1_000_000)?;
    check("vesting_seconds", parameters.vesting_seconds, 1, 30 * DAY)?;
    check("maintenance_factor", parameters.maintenance_factor, millionths(100_000), 2 * ONE)?;
    check("initial_factor", parameters.initial_factor, maintenance_factor, 2 * ONE)?;
    check("liquidation_buffer", parameters.liquidation_buffer, 0, ONE)?;
    check("liquidation_tolerance", parameters.liquidation_tolerance, 0, millionths(500_000))?;
    check("liquidation_fee", parameters.liquidation_fee, 0, millionths(200_000))?;
    check("insurance_share", parameters.insurance_share, 0, ONE)?;
    check("slice_price_start", parameters.slice_price_start, millionths(100_000), ONE)?;
    check("slice_price_end", parameters.slice_price_end, millionths(100_000), slice_price_start)?;
    check("slice_price_slots", parameters.slice_price_slots, 1, 216_000)?;
    check("padding", parameters.padding, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(parts: u32) -> u32 {
        ballast_risk::Ratio::from_millionths(parts).to_bits()
    }

    fn defaults() -> ExchangeParameters {
        ExchangeParameters {
            dust_limit: 50_000_000,
            mark_age_slots: 25,
            trade_oracle_age: 60,
            liquidation_oracle_age: 120,
            surface_age: 300,
            check_compute_cap: 300_000,
            vesting_seconds: 86_400,
            maintenance_factor: ratio(800_000),
            initial_factor: ratio(1_000_000),
            liquidation_buffer: ratio(150_000),
            liquidation_tolerance: ratio(50_000),
            liquidation_fee: ratio(10_000),
            insurance_share: ratio(500_000),
            slice_price_start: ratio(990_000),
            slice_price_end: ratio(700_000),
            slice_price_slots: 300,
            padding: 0,
        }
    }

    #[test]
    fn defaults_are_inside_the_bounds() {
        assert!(validate_exchange(&defaults()).is_ok());
    }

    #[test]
    fn each_ordering_between_parameters_is_enforced() {
        let cases: [fn(&mut ExchangeParameters); 4] = [
            |parameters| parameters.liquidation_oracle_age = parameters.trade_oracle_age - 1,
            |parameters| parameters.initial_factor = parameters.maintenance_factor - 1,
            |parameters| parameters.slice_price_end = parameters.slice_price_start + 1,
            |parameters| parameters.padding = 1,
        ];
        for break_one in cases {
            let mut parameters = defaults();
            break_one(&mut parameters);
            assert!(validate_exchange(&parameters).is_err(), "{parameters:?}");
        }
    }
}
