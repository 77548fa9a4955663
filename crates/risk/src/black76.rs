//! Black-76 option values on integers: the whole scenario grid of a strike in about a thousand compute units.
//!
//! # Formula and formats
//!
//! `C = F·N(d1) − K·N(d2)`, d1 = x/w + w/2, d2 = d1 − w, x = ln(F/K), w = σ√T: the undiscounted value of a call. Puts
//! never reach the kernels: the caller folds them by parity, `P = C − F + K`.
//!
//! | quantity | format | range |
//! |---|---|---|
//! | F, K, shocked forwards, values | **f-units**: one power of two of ticks per expiry, such that F is in [2²⁸, 2²⁹) | below 2³² |
//! | x, ln(F_shocked/F) | Q29 | \|x\| < 8, \|ln(F_shocked/F)\| < 4 |
//! | w | Q28 | 2⁻¹⁰ to 6, clamped |
//! | quantity | lots | Σ\|q\| of an expiry at most 2³⁰ |
//! | N, φ | Q31 | |
//!
//! Within these ranges no 64-bit product or sum overflows. A strike beyond them (K/F above 8 to 16, or |x| ≥ 8) takes a
//! slower path that reports how far off it may be. No input panics.
//!
//! # The two kernels
//!
//! [`call_value`] and [`accumulate_greeks`] interpolate N with cubics: for marks and Greeks.
//!
//! [`accumulate_scenarios`] reads N and φ from a grid of step h = 1/1024 without interpolating: for differences between
//! scenarios. That is accurate because `∂C/∂d = F·φ(d1) − K·φ(d2) = 0` when d1 and d2 move together: rounding d2 to the
//! grid costs only a term of second order, and what w itself lacks to the grid, ε, is restored by one term of vega,
//! `K·φ(d2)·ε`. Expanded to second order, δ being the distance of d2 to the grid,
//! `C_snap − C = −½·F·φ(d1)·(w·(δ − ε/2)² + d2·ε²)`, |δ| ≤ 5h/8, |ε| ≤ h/2.
//!
//! # Errors
//!
//! Greatest errors seen in 5 million random options and in the 360 vectors of `tests/vectors`, against exact arithmetic
//! on the same integers. The tests assert the bounds.
//!
//! | result | greatest seen | bound |
//! |---|---|---|
//! | [`call_value`] | 4.1·10⁻⁹ · max(F, K) | [`value_error_bound`] |
//! | [`accumulate_scenarios`], per value | 3.9·10⁻⁸ · F for w ≤ 0.3, K ≤ 2F; 63 % of the bound | [`snap_error_bound`] |
//! | delta, vega, rho/F for w ≥ 0.01 | 7.2·10⁻⁸ | 6·10⁻⁸ · (1 + 0.02/w) |
//! | theta for w ≥ 0.01 | 5.4·10⁻⁸ | 10⁻⁷ |
//! | gamma·F = φ/w for w ≥ 0.01 | 5.8·10⁻⁶ · 1/w | 10⁻⁶ + 6·10⁻⁸ · (1 + 0.02/w)/w |
//!
//! # Cost
//!
//! In sBPF v3 instructions: 31 per scenario and 59 per volatility row (1,075 for 9 × 3 + 2 scenarios), 1,800 at most for
//! a strike beyond the fast path's range; [`accumulate_greeks`] 140, [`call_value`] 75.

mod envelope;
mod error_bounds;
mod far_scenarios;
mod greeks;
mod scenarios;
mod table_access;
mod value;

pub use envelope::{BoundedValue, InsideOption, MAX_DEVIATION, MIN_DEVIATION, call_value_with_bound};
pub use error_bounds::{snap_error_bound, snap_slack, value_error_bound};
pub use greeks::{GreekSums, accumulate_greeks, accumulate_greeks_inside};
pub use scenarios::{
    FIRST_CORE, KernelOption, MAX_NODES, NodeGrid, VOLATILITY_ROWS, Visits, accumulate_scenarios,
    accumulate_scenarios_inside,
};
pub use value::{call_value, shocked_call_value};
