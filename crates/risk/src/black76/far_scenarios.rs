//! The scenario pass for a strike that the fast path's 64-bit products cannot take.

use super::envelope::{BoundedValue, Deviation, Side, coarsening, side_of, worthless_bound};
use super::error_bounds::snap_error_bound;
use super::scenarios::{KernelOption, NodeGrid, Row, VOLATILITY_ROWS, Visits, nodes_of_row};

/// Adds quantity·value of the strike to every scenario and returns twice the greatest error times |quantity|, in
/// f-units·lots.
///
/// * x₀ ≤ −8: the call counts as worthless. The error is at most its value at the highest node and w, were x₀ = −8.
/// * x₀ ≥ 8: it counts as F − K. The error is at most the put's value at the lowest node and the greatest w, were x₀ = 8.
/// * Otherwise only the strike's mantissa is too wide: strike and forwards lose their lowest bits.
#[cold]
#[inline(never)]
pub(super) fn accumulate(
    option: &KernelOption,
    deviations: [u64; VOLATILITY_ROWS],
    visits: &Visits,
    grid: &mut NodeGrid,
) -> u64 {
    let [up, flat, down] = deviations;
    let greatest_deviation = Deviation::clamped(up.max(flat).max(down));
    let nodes = (visits.ends.into_iter().fold(0, u64::max) as usize).min(grid.forward.len());
    let forward_max = grid.forward[..nodes].iter().fold(0, |most, &forward| most.max(forward));
    let shift = coarsening(forward_max | option.strike);
    let side = side_of(option.log_moneyness);
    let error_bound = match side {
        Side::Worthless => {
            let highest = grid.log_factor[..nodes].iter().fold(0, |most, &log| most.max(log));
            worthless_bound(forward_max, highest, greatest_deviation)
        }
        Side::Exercised => {
            let lowest = grid.log_factor[..nodes].iter().fold(0, |least, &log| least.min(log));
            worthless_bound(option.strike, lowest.wrapping_neg(), greatest_deviation)
        }
        Side::Between => {
            let bound = snap_error_bound(forward_max >> shift, option.strike >> shift, greatest_deviation.q28());
            // One unit more for each mantissa's lost bits.
            bound.wrapping_add(2) << shift
        }
    };
    if side != Side::Worthless {
        let coarse = KernelOption { strike: option.strike >> shift, ..*option };
        for (row_index, deviation) in deviations.into_iter().enumerate() {
            let row = Row::new(&coarse, deviation);
            for node in nodes_of_row(visits, row_index) {
                let forward = grid.forward[node];
                let value = if side == Side::Exercised {
                    forward.wrapping_sub(option.strike) as i64
                } else {
                    row.value(grid.log_factor[node], forward >> shift) << shift
                };
                let sum = &mut grid.accumulated[row_index][node];
                *sum = sum.wrapping_add(option.quantity.wrapping_mul(value));
            }
        }
    }
    // A loss is the difference of two such values.
    BoundedValue { value: 0, error_bound }.error_times(option.quantity) << 1
}
