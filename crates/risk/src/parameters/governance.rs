//! How parameters, roles and pauses change. They change by the same path as the parameters that they guard.

use super::{DAY, DOLLAR, Defaults::Same, HOUR, MINUTE, Parameter, Scope, Unit, parameters};

parameters! { Governance:
    /// Time between the proposal of a change that loosens, or of a risk or listing role's new holder, and the change.
    LOOSENING_DELAY_SECONDS "loosening_delay_seconds" Seconds, Same(2 * DAY), DAY, 30 * DAY, Up;
    /// Time between the proposal of a change that tightens and the change.
    TIGHTENING_DELAY_SECONDS "tightening_delay_seconds" Seconds, Same(HOUR), 10 * MINUTE, DAY, Neither;
    /// Time between the proposal of a new holder of governance or the guardian's role and the change; at least
    /// `loosening_delay_seconds`.
    HAND_OVER_DELAY_SECONDS "hand_over_delay_seconds" Seconds, Same(7 * DAY), 2 * DAY, 60 * DAY, Up;
    /// Time after a change of a parameter before the next one of the same parameter may be proposed.
    CHANGE_INTERVAL_SECONDS "change_interval_seconds" Seconds, Same(DAY), 12 * HOUR, 7 * DAY, Up;
    /// Length of a pause, which nothing prolongs.
    PAUSE_SECONDS "pause_seconds" Seconds, Same(6 * HOUR), HOUR, DAY, Neither;
    /// Time after the end of a pause before the next one; at least three times as long as a pause.
    PAUSE_GAP_SECONDS "pause_gap_seconds" Seconds, Same(42 * HOUR), DAY, 30 * DAY, Neither;
    /// Time over which withdrawals are counted against a bank's `outflow_share`.
    OUTFLOW_WINDOW_SECONDS "outflow_window_seconds" Seconds, Same(DAY), HOUR, 7 * DAY, Up;
    /// Value that may leave any bank within that time, whatever the share.
    OUTFLOW_FLOOR "outflow_floor" MicroUsd, Same(250_000 * DOLLAR), 1_000 * DOLLAR, 10_000_000 * DOLLAR, Down;
    /// Time that must pass between two accepted prices of a new market's or bank's oracle before anything is traded or
    /// deposited there; with none, a listing is open at once.
    ORACLE_LIFE_SECONDS "oracle_life_seconds" Seconds, Same(DAY), 0, 30 * DAY, Up;
}
