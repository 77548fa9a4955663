//! What all markets and banks of an exchange share.

use super::{
    DAY, DOLLAR, Defaults::Same, HOUR, MINUTE, Parameter, Scope, Unit, basis_points, hundredths, parameters, percent,
};

parameters! { Exchange:
    /// Share of the scan loss that the initial requirement holds; at least `maintenance_factor`.
    INITIAL_FACTOR "initial_factor" Ratio, Same(percent(100)), percent(10), percent(200), Up;
    /// Share of the scan loss that the maintenance requirement holds.
    MAINTENANCE_FACTOR "maintenance_factor" Ratio, Same(percent(80)), percent(10), percent(200), Up;
    /// Price of the quote token in dollars below which the initial factor grows.
    PEG_THRESHOLD "peg_threshold" Ratio, Same(percent(99)), percent(50), percent(100), Up;
    /// By how much the initial factor grows per dollar that the quote token is worth less than that.
    PEG_FACTOR "peg_factor" Multiple, Same(hundredths(400)), 0, hundredths(1_500), Up;
    /// Time for an unsettled gain to vest.
    VESTING_SECONDS "vesting_seconds" Seconds, Same(DAY), 1, 30 * DAY, Up;
    /// Age of a refresh that a check accepts.
    MARK_AGE_SLOTS "mark_age_slots" Slots, Same(25), 1, 1_000, Down;
    /// Age of an oracle's publication that trades, withdrawals and changes of an account accept.
    TRADE_ORACLE_AGE "trade_oracle_age" Seconds, Same(MINUTE), 1, DAY, Down;
    /// The same for liquidations, settlement and refreshes; at least `trade_oracle_age`.
    LIQUIDATION_ORACLE_AGE "liquidation_oracle_age" Seconds, Same(2 * MINUTE), 1, DAY, Neither;
    /// How long, from the first doubtful price on, only accounts are liquidated that are below maintenance margin at the
    /// prices that favour them, too.
    DISPUTE_SECONDS "dispute_seconds" Seconds, Same(5 * MINUTE), 0, HOUR, Neither;
    /// The same for accounts whose equity is below zero at the index, whose loss others would bear; at least
    /// `dispute_seconds`.
    BANKRUPTCY_DISPUTE_SECONDS "bankruptcy_dispute_seconds" Seconds, Same(HOUR), 0, DAY, Neither;
    /// How far a publication moves the index that withdrawals count with, of itself per minute since the one before; a
    /// minute at most counts.
    WITHDRAWAL_INDEX_STEP "withdrawal_index_step" Ratio, Same(percent(1)), basis_points(1), percent(100), Down;
    /// Age of a surface that trades and changes accept, and beyond which it widens the volatility shocks.
    SURFACE_AGE "surface_age" Seconds, Same(5 * MINUTE), 1, DAY, Down;
    /// What the volatility shocks of an older surface grow by per hour.
    SURFACE_WIDENING_RATE "surface_widening_rate" Ratio, Same(percent(50)), 0, percent(300), Up;
    /// Most that they grow by.
    SURFACE_WIDENING_CAP "surface_widening_cap" Ratio, Same(percent(100)), 0, percent(200), Up;
    /// Largest formula cost of an account's check after a trade.
    CHECK_COMPUTE_CAP "check_compute_cap" ComputeUnits, Same(460_000), 50_000, 1_300_000, Down;
    /// Time constant of the fast realised variance.
    VARIANCE_FAST_SECONDS "variance_fast_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Neither;
    /// Time constant of the slow realised variance; at least `variance_fast_seconds`.
    VARIANCE_SLOW_SECONDS "variance_slow_seconds" Seconds, Same(30 * DAY), HOUR, 365 * DAY, Neither;
    /// Shortest time between two prices that both count for realised variance.
    VARIANCE_INTERVAL_SECONDS "variance_interval_seconds" Seconds, Same(MINUTE), 1, HOUR, Neither;
    /// z: standard deviations of the value at risk that is reported.
    VALUE_AT_RISK_DEVIATIONS "value_at_risk_deviations" Multiple, Same(hundredths(370)), hundredths(50), hundredths(1_500), Neither;
    /// h: over how long.
    VALUE_AT_RISK_HORIZON_SECONDS "value_at_risk_horizon_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Neither;
    /// Target of a liquidation: maintenance excess, as a share of maintenance requirement and haircuts.
    LIQUIDATION_BUFFER "liquidation_buffer" Ratio, Same(percent(15)), 0, percent(100), Neither;
    /// How far a step of a liquidation may pass its target.
    LIQUIDATION_TOLERANCE "liquidation_tolerance" Ratio, Same(percent(5)), 0, percent(50), Down;
    /// Highest reward for closing legs, of the maintenance requirement freed; at least half of it.
    LIQUIDATION_FEE "liquidation_fee" Ratio, Same(percent(5)), 0, percent(20), Down;
    /// Part of that reward for the insurance fund.
    INSURANCE_SHARE "insurance_share" Ratio, Same(percent(50)), 0, percent(100), Up;
    /// Fraction of value paid for a slice at first.
    SLICE_PRICE_START "slice_price_start" Ratio, Same(percent(99)), percent(10), percent(100), Neither;
    /// Fraction of value paid for a slice in the end; at most `slice_price_start`.
    SLICE_PRICE_END "slice_price_end" Ratio, Same(percent(70)), percent(10), percent(100), Neither;
    /// Slots from one to the other in a calm market; fewer the wilder it is.
    SLICE_PRICE_SLOTS "slice_price_slots" Slots, Same(300), 1, 216_000, Neither;
    /// Equity below which an account may be taken over whole; above 10,000 USD it is worth an auction.
    DUST_LIMIT "dust_limit" MicroUsd, Same(50 * DOLLAR), 0, 10_000 * DOLLAR, Down;
    /// c0: share of an account that may go within a cool-down, per shortfall of its requirement, in a calm market.
    CLOSE_FACTOR "close_factor" Ratio, Same(percent(25)), percent(1), percent(100), Neither;
    /// c_min: least share that may go within a cool-down; at most `close_factor`.
    CLOSE_FACTOR_FLOOR "close_factor_floor" Ratio, Same(percent(10)), percent(1), percent(100), Neither;
    /// Slots of a cool-down of a liquidation in a calm market; fewer the wilder it is.
    LIQUIDATION_COOLDOWN_SLOTS "liquidation_cooldown_slots" Slots, Same(4), 0, 1_000, Neither;
    /// Slots of a liquidation after which an account below maintenance margin is on offer whole.
    ACCELERATED_SLOTS "accelerated_slots" Slots, Same(150), 1, 216_000, Neither;
    /// Share of the insurance fund that the losses of one market may draw within a window.
    INSURANCE_DRAW_SHARE "insurance_draw_share" Ratio, Same(percent(50)), percent(1), percent(100), Down;
    /// Length of that window.
    INSURANCE_WINDOW_SECONDS "insurance_window_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Up;
    /// Share of a market's unsettled gains that one bankruptcy may cut.
    GAIN_CUT_SHARE "gain_cut_share" Ratio, Same(percent(50)), 0, percent(100), Neither;
    /// Time between a staker's notice and the exit from the insurance fund.
    STAKE_COOLDOWN_SECONDS "stake_cooldown_seconds" Seconds, Same(7 * DAY), HOUR, 90 * DAY, Up;
    /// Time over which a perpetual pays its basis once as funding.
    FUNDING_PERIOD_SECONDS "funding_period_seconds" Seconds, Same(8 * HOUR), HOUR, 7 * DAY, Neither;
    /// Most funding of one period, of the index, whatever the basis.
    FUNDING_LIMIT "funding_limit" Ratio, Same(basis_points(50)), 0, percent(10), Neither;
    /// How long after its publication a price carries funding, after a halt at most; at least `liquidation_oracle_age`.
    FUNDING_CATCH_UP_SECONDS "funding_catch_up_seconds" Seconds, Same(HOUR), MINUTE, DAY, Neither;
    /// Longest time that one price counts for in a settlement average.
    SETTLEMENT_GAP_SECONDS "settlement_gap_seconds" Seconds, Same(2 * MINUTE), 1, 30 * MINUTE, Neither;
    /// Share of the averaging window that prices must cover for a settlement.
    SETTLEMENT_COVERAGE "settlement_coverage" Ratio, Same(percent(50)), percent(1), percent(100), Neither;
    /// How long after expiry prices still count where they cover less than that.
    SETTLEMENT_EXTENSION_SECONDS "settlement_extension_seconds" Seconds, Same(4 * HOUR), 0, 7 * DAY, Neither;
    /// Most that the fee for an option may be, of its premium.
    PREMIUM_FEE_CAP "premium_fee_cap" Ratio, Same(basis_points(1_250)), 0, percent(100), Down;
    /// Rebate of fees per maintenance requirement that a trade frees.
    REBATE_RATE "rebate_rate" Ratio, Same(basis_points(10)), 0, percent(10), Down;
    /// Most of an account's fees in a window that rebates return.
    REBATE_SHARE "rebate_share" Ratio, Same(percent(50)), 0, percent(100), Down;
    /// Length of that window.
    FEE_WINDOW_SECONDS "fee_window_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Neither;
    /// Interest per year on debts to a lending pool of which nothing else is lent out.
    LENDING_RATE_BASE "lending_rate_base" Ratio, Same(percent(1)), 0, percent(100), Neither;
    /// Share of the pool lent out at which interest becomes steeper.
    LENDING_KINK "lending_kink" Ratio, Same(percent(80)), percent(1), percent(99), Neither;
    /// Interest per year there; at least `lending_rate_base`.
    LENDING_RATE_KINK "lending_rate_kink" Ratio, Same(percent(10)), 0, percent(200), Neither;
    /// Interest per year with the whole pool lent out; at least `lending_rate_kink`.
    LENDING_RATE_HIGHEST "lending_rate_highest" Ratio, Same(percent(150)), 0, percent(300), Neither;
    /// Part of the interest for the insurance fund.
    LENDING_INSURANCE_SHARE "lending_insurance_share" Ratio, Same(percent(20)), 0, percent(100), Neither;
    /// Longest time without a refresh of the quote token for which interest is caught up.
    LENDING_CATCH_UP_SECONDS "lending_catch_up_seconds" Seconds, Same(DAY), HOUR, 30 * DAY, Neither;
}
