//! What each market has for itself.

use super::{
    DAY, DOLLAR,
    Defaults::{ByClass, Same},
    HOUR, Parameter, Scope, Unit, basis_points, hundredths, parameters, percent,
};
use crate::quantity::{Lots, ValueScale};

/// A million dollars, µUSD.
const MILLION: i64 = 1_000_000 * DOLLAR;

parameters! { Market:
    /// Number of the group whose markets are scanned together with this one.
    GROUP "group" Count, Same(0), 0, 3, Fixed;
    /// z: how many standard deviations of the price the scan range covers.
    SCAN_DEVIATIONS "scan_deviations" Multiple, Same(hundredths(370)), hundredths(50), hundredths(1_500), Up;
    /// h: over how long.
    SCAN_HORIZON_SECONDS "scan_horizon_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Up;
    /// Share of the implied variance at the money that counts even if prices stood still.
    IMPLIED_VARIANCE_SHARE "implied_variance_share" Ratio, Same(percent(50)), 0, percent(200), Up;
    /// Narrowest scan range.
    SCAN_RANGE_FLOOR "scan_range_floor" Ratio, ByClass([percent(16), percent(27), percent(33)]), percent(1), percent(90), Up;
    /// Widest scan range; at least `scan_range_floor`.
    SCAN_RANGE_CAP "scan_range_cap" Ratio, Same(percent(60)), percent(1), percent(90), Up;
    /// How far the scan range may fall in a day, of itself.
    SCAN_RANGE_FALL "scan_range_fall" Ratio, Same(percent(5)), percent(1), percent(100), Down;
    /// Time in which a rise of the scan range reaches maintenance margin in full.
    SCAN_RANGE_RAMP_SECONDS "scan_range_ramp_seconds" Seconds, Same(DAY), 0, 7 * DAY, Neither;
    /// Volatility per year that realised variance starts from at listing.
    SEED_VOLATILITY "seed_volatility" Ratio, ByClass([percent(60), percent(100), percent(130)]), percent(1), percent(300), Fixed;
    /// Rise of volatility in the up row, at 30 days.
    VOLATILITY_UP "volatility_up" Ratio, Same(percent(50)), 0, percent(300), Up;
    /// Fall of volatility in the down row, at 30 days.
    VOLATILITY_DOWN "volatility_down" Ratio, Same(percent(30)), 0, percent(100), Up;
    /// Lowest volatility per year of the up row.
    VOLATILITY_UP_FLOOR "volatility_up_floor" Ratio, Same(percent(40)), 0, percent(300), Up;
    /// Exponent of the term factor of volatility shocks up to 30 days.
    TERM_EXPONENT_NEAR "term_exponent_near" Ratio, Same(percent(30)), 0, percent(100), Neither;
    /// The same beyond 30 days.
    TERM_EXPONENT_FAR "term_exponent_far" Ratio, Same(percent(13)), 0, percent(100), Neither;
    /// Shortest time that the term factor takes.
    TERM_FLOOR_SECONDS "term_floor_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Neither;
    /// Which skew scenarios count: 0 none, 1 linear, 2 absolute, 3 both.
    SKEW_SCENARIOS "skew_scenarios" Count, Same(3), 0, 3, Neither;
    /// Whether skew losses take the discounts for long and short value: 0 or 1. With 1, netting may cost more than it
    /// saves.
    SKEW_DISCOUNTED "skew_discounted" Count, Same(0), 0, 1, Neither;
    /// Largest relative change of volatility in a skew scenario: this times the root of the years to expiry …
    SKEW_BASE "skew_base" Ratio, Same(percent(6)), 0, percent(200), Up;
    /// … plus this.
    SKEW_SCALE "skew_scale" Ratio, Same(percent(10)), 0, percent(200), Up;
    /// Lowest log-moneyness at which that change is reached.
    SKEW_WIDTH_FLOOR "skew_width_floor" Ratio, Same(percent(1)), basis_points(10), percent(300), Down;
    /// That log-moneyness in standard deviations: this times the root of the years times …
    SKEW_WIDTH "skew_width" Multiple, Same(hundredths(400)), 0, hundredths(1_500), Down;
    /// … this volatility per year, plus …
    SKEW_VOLATILITY "skew_volatility" Ratio, Same(percent(50)), 0, percent(300), Neither;
    /// … this times the root of the years.
    SKEW_VOLATILITY_PER_ROOT "skew_volatility_per_root" Ratio, Same(0), 0, percent(300), Neither;
    /// Fall of an expiry's forward in its basis shock.
    BASIS_DOWN "basis_down" Ratio, Same(basis_points(450)), 0, percent(50), Up;
    /// Rise of it.
    BASIS_UP "basis_up" Ratio, Same(basis_points(450)), 0, percent(50), Up;
    /// Share of the loss under these shocks that counts: this …
    BASIS_ADD "basis_add" Ratio, Same(percent(50)), 0, percent(300), Up;
    /// … plus this per year to expiry.
    BASIS_PER_YEAR "basis_per_year" Ratio, Same(percent(200)), 0, percent(300), Up;
    /// What an expiry's option value counts in a scenario if it is positive.
    DISCOUNT_BASE_LONG "discount_base_long" Ratio, Same(percent(100)), 0, percent(100), Down;
    /// What it counts if it is negative.
    DISCOUNT_BASE_SHORT "discount_base_short" Ratio, Same(percent(100)), percent(100), percent(300), Up;
    /// By how many times the rate positive value is discounted further.
    DISCOUNT_RATE_LONG "discount_rate_long" Ratio, Same(percent(100)), 0, percent(300), Up;
    /// By how many times the rate negative value grows; never beyond undiscounted.
    DISCOUNT_RATE_SHORT "discount_rate_short" Ratio, Same(percent(100)), 0, percent(300), Neither;
    /// What is added to the multiple of the rate for positive value, per year.
    DISCOUNT_ADD_LONG "discount_add_long" Ratio, Same(0), 0, percent(100), Up;
    /// The same for negative value.
    DISCOUNT_ADD_SHORT "discount_add_short" Ratio, Same(0), 0, percent(100), Neither;
    /// Maintenance charge on each naked short option, of the index.
    NAKED_SHORT_MAINTENANCE "naked_short_maintenance" Ratio, Same(basis_points(30)), 0, percent(50), Up;
    /// What the initial charge adds to that.
    NAKED_SHORT_INITIAL "naked_short_initial" Ratio, Same(basis_points(20)), 0, percent(50), Up;
    /// Maintenance charge on linear notional.
    LINEAR_MAINTENANCE "linear_maintenance" Ratio, Same(percent(3)), 0, percent(50), Up;
    /// What the initial charge adds to that.
    LINEAR_INITIAL "linear_initial" Ratio, Same(percent(1)), 0, percent(50), Up;
    /// Quality of a price, one less its confidence over `confidence_limit`, below which the confidence charge begins.
    CONFIDENCE_THRESHOLD "confidence_threshold" Ratio, Same(percent(55)), 0, percent(100), Up;
    /// Initial charge on notional per quality that is missing.
    CONFIDENCE_RATE "confidence_rate" Ratio, Same(percent(5)), 0, percent(50), Up;
    /// Confidence of the index price, of that price, beyond which it is wide: there its quality is zero.
    CONFIDENCE_LIMIT "confidence_limit" Ratio, Same(percent(2)), basis_points(1), percent(20), Neither;
    /// Widest confidence of an oracle's price that is taken at all, of that price; at least `confidence_limit`.
    CONFIDENCE_REFUSAL "confidence_refusal" Ratio, Same(percent(10)), basis_points(1), percent(50), Neither;
    /// Distance of the second price source, where there is one, beyond which the index diverges, of the index.
    SOURCE_DISTANCE_LIMIT "source_distance_limit" Ratio, Same(percent(3)), basis_points(1), percent(50), Neither;
    /// Net delta free of the concentration charge.
    DELTA_FREE "delta_free" MicroUsd, Same(MILLION), 0, ValueScale::NOTIONAL_LIMIT, Down;
    /// Initial charge on the delta beyond that, for each 10 million dollars of it.
    DELTA_SLOPE "delta_slope" Ratio, Same(percent(10)), 0, percent(300), Up;
    /// Highest rate of that charge.
    DELTA_CAP "delta_cap" Ratio, Same(percent(10)), 0, percent(100), Up;
    /// Net vega, in dollars per 100 volatility points, free of the concentration charge.
    VEGA_FREE "vega_free" MicroUsd, Same(MILLION), 0, ValueScale::NOTIONAL_LIMIT, Down;
    /// Initial charge on the vega beyond that, for each 10 million dollars of it.
    VEGA_SLOPE "vega_slope" Ratio, Same(percent(10)), 0, percent(300), Up;
    /// Highest rate of that charge.
    VEGA_CAP "vega_cap" Ratio, Same(percent(10)), 0, percent(100), Up;
    /// ν: volatility of the volatility per year, for the value at risk that is reported.
    VOLATILITY_OF_VOLATILITY "volatility_of_volatility" Ratio, Same(percent(75)), 0, percent(300), Neither;
    /// Share of unsettled gains that initial margin counts …
    UNSETTLED_GAIN_WEIGHT "unsettled_gain_weight" Ratio, Same(percent(80)), 0, percent(100), Down;
    /// … and the most that it counts of an account's.
    UNSETTLED_GAIN_CAP "unsettled_gain_cap" MicroUsd, Same(250_000 * DOLLAR), 0, ValueScale::NOTIONAL_LIMIT, Down;
    /// How fast the stable price follows the index, of itself per hour.
    STABLE_PRICE_GROWTH "stable_price_growth" Ratio, Same(percent(10)), basis_points(10), percent(100), Down;
    /// Price band of trades around the mark, of the index; none would refuse every trade …
    BAND_PRICE "band_price" Ratio, Same(percent(2)), basis_points(1), percent(50), Down;
    /// … to which options add vega over this much volatility.
    BAND_VOLATILITY "band_volatility" Ratio, Same(percent(5)), 0, percent(50), Down;
    /// Fee of the taker of a trade, the first account, of the notional at the index.
    TAKER_FEE "taker_fee" Ratio, Same(basis_points(3)), 0, percent(1), Down;
    /// Fee of the maker, the second account.
    MAKER_FEE "maker_fee" Ratio, Same(basis_points(1)), 0, percent(1), Down;
    /// Surcharge on what a trade adds to an account's net delta beyond `delta_free`: rate for each 10 million dollars
    /// of that delta.
    CONCENTRATION_FEE_SLOPE "concentration_fee_slope" Ratio, Same(basis_points(2)), 0, percent(10), Down;
    /// Highest rate of that surcharge.
    CONCENTRATION_FEE_CAP "concentration_fee_cap" Ratio, Same(basis_points(10)), 0, percent(10), Down;
    /// Long lots of one contract in all accounts together; at most what the engine takes for one account.
    OPEN_INTEREST_LIMIT "open_interest_limit" Lots, Same(Lots::LIMIT), 1, Lots::LIMIT, Down;
    /// Largest basis of an expiry's forward that may be posted, up and down.
    BASIS_LIMIT "basis_limit" Ratio, Same(percent(10)), 0, percent(50), Down;
    /// Largest basis of the perpetual that may be posted, up and down.
    PERPETUAL_BASIS_LIMIT "perpetual_basis_limit" Ratio, Same(percent(1)), 0, percent(10), Down;
    /// Publishers of the market that must sign a surface.
    PUBLISHER_THRESHOLD "publisher_threshold" Count, Same(2), 1, 8, Up;
    /// Largest relative change of the volatility at the money from post to post.
    SURFACE_VOLATILITY_STEP "surface_volatility_step" Ratio, Same(percent(10)), basis_points(10), percent(100), Down;
    /// Largest change of the surface's tilt ρ from post to post.
    SURFACE_TILT_STEP "surface_tilt_step" Ratio, Same(percent(20)), basis_points(10), percent(100), Down;
    /// Largest relative change of the slope of its wings ψ/√θ from post to post.
    SURFACE_WING_STEP "surface_wing_step" Ratio, Same(percent(25)), basis_points(10), percent(100), Down;
    /// Largest change of an expiry's basis from post to post.
    SURFACE_BASIS_STEP "surface_basis_step" Ratio, Same(percent(2)), basis_points(1), percent(50), Down;
    /// Largest change of its rate per year from post to post.
    SURFACE_RATE_STEP "surface_rate_step" Ratio, Same(percent(5)), basis_points(1), percent(100), Down;
    /// Largest relative change of the volatility at the money within a day: a factor of one more than this, up and
    /// down.
    SURFACE_VOLATILITY_DAY "surface_volatility_day" Ratio, Same(percent(100)), percent(1), percent(200), Down;
    /// Largest change of an expiry's basis within a day.
    SURFACE_BASIS_DAY "surface_basis_day" Ratio, Same(percent(10)), basis_points(1), percent(50), Down;
}
