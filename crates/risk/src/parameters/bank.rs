//! What each kind of collateral has for itself.

use super::{
    DAY,
    Defaults::{ByClass, Same},
    HOUR, Parameter, Scope, Unit, basis_points, parameters, percent,
};

parameters! { Bank:
    /// Most native units that all accounts together may deposit. Balances are shown as signed amounts.
    DEPOSIT_CAP "deposit_cap" NativeUnits, Same(1 << 50), 0, i64::MAX - 1, Down;
    /// The same at listing, from where it grows to `deposit_cap` in a straight line.
    INITIAL_CAP "initial_cap" NativeUnits, Same(1 << 47), 0, i64::MAX - 1, Down;
    /// Time that this takes.
    CAP_RAMP_SECONDS "cap_ramp_seconds" Seconds, Same(30 * DAY), 7 * DAY, 365 * DAY, Up;
    /// h0: initial haircut of a calm token.
    HAIRCUT_BASE "haircut_base" Ratio, ByClass([percent(2), percent(15), percent(35)]), 0, percent(100), Up;
    /// h_max: highest haircut; at least `haircut_base`.
    HAIRCUT_HIGHEST "haircut_highest" Ratio, Same(percent(60)), 0, percent(100), Up;
    /// k_vol: haircut per volatility above `calm_volatility`.
    HAIRCUT_VOLATILITY_SLOPE "haircut_volatility_slope" Ratio, Same(percent(10)), 0, percent(300), Up;
    /// σ0: realised volatility per year up to which the base suffices.
    CALM_VOLATILITY "calm_volatility" Ratio, ByClass([percent(5), percent(60), percent(100)]), 0, percent(300), Down;
    /// k_conf: haircut per confidence of the oracle's price, of that price.
    HAIRCUT_CONFIDENCE_SLOPE "haircut_confidence_slope" Ratio, Same(percent(200)), 0, percent(300), Up;
    /// k_size: haircut per share of the deposit cap that is taken beyond one half.
    HAIRCUT_SIZE_SLOPE "haircut_size_slope" Ratio, Same(percent(20)), 0, percent(300), Up;
    /// Share of the haircut, without the size term, that maintenance margin takes.
    HAIRCUT_MAINTENANCE_SHARE "haircut_maintenance_share" Ratio, Same(percent(80)), 0, percent(100), Up;
    /// Time in which the maintenance haircut could rise from nothing to the highest.
    HAIRCUT_RAMP_SECONDS "haircut_ramp_seconds" Seconds, Same(48 * HOUR), 0, 30 * DAY, Neither;
    /// Haircut of deposits declared as a hedge, instead of the others.
    LIQUIDITY_HAIRCUT "liquidity_haircut" Ratio, Same(percent(3)), 0, percent(50), Up;
    /// How fast the stable price follows the oracle's, of itself per hour.
    STABLE_PRICE_GROWTH "stable_price_growth" Ratio, Same(percent(10)), basis_points(10), percent(100), Down;
    /// Volatility per year that realised variance starts from at listing.
    SEED_VOLATILITY "seed_volatility" Ratio, ByClass([percent(5), percent(60), percent(100)]), percent(1), percent(300), Fixed;
    /// Confidence of the price, of that price, beyond which it is wide.
    CONFIDENCE_LIMIT "confidence_limit" Ratio, Same(percent(2)), basis_points(1), percent(20), Neither;
    /// Share of what the vault held that may leave it, net of deposits, within `outflow_window_seconds`; 100 % never
    /// refuses a withdrawal.
    OUTFLOW_SHARE "outflow_share" Ratio, Same(percent(25)), percent(5), percent(100), Down;
    /// Widest confidence of an oracle's price that is taken at all, of that price; at least `confidence_limit`.
    CONFIDENCE_REFUSAL "confidence_refusal" Ratio, Same(percent(10)), basis_points(1), percent(50), Neither;
    /// Distance of the stable price, or of the oracle's own average, beyond which the price diverges, of the price.
    DIVERGENCE_LIMIT "divergence_limit" Ratio, ByClass([percent(10), percent(40), percent(60)]), percent(1), percent(300), Neither;
}
