//! Whole scenarios, to the bit: the values that the published vectors give for both kernels.

use ballast_risk::black76::{
    FIRST_CORE, KernelOption, MAX_DEVIATION, MIN_DEVIATION, NodeGrid, Visits, accumulate_scenarios, shocked_call_value,
    snap_error_bound,
};
use bytemuck::Zeroable;

use crate::vectors::{Row, read};

fn rows() -> Vec<Row> {
    let rows = read(include_str!("../vectors/scenario_golden.csv"));
    assert_eq!(rows.len(), 360);
    rows
}

/// The vector's w before the kernel clamps it.
fn deviation(row: &Row) -> u64 {
    (row.unsigned("w0_q28") * row.unsigned("volmul_q16")) >> 16
}

/// One lot of the vector's option at every node of a grid whose nodes are all the vector's shock.
fn scenario_values(row: &Row, ends: [u64; 3]) -> NodeGrid {
    let mut grid = NodeGrid::zeroed();
    grid.log_factor.fill(row.integer("l_q29"));
    grid.forward.fill(row.unsigned("fi"));
    let option = KernelOption { log_moneyness: row.integer("x0_q29"), strike: row.unsigned("k"), quantity: 1 };
    let slack = accumulate_scenarios(&option, [deviation(row); 3], &Visits { ends, basis: 1 }, &mut grid);
    assert_eq!(slack, 0, "every vector is inside the fast path's range");
    grid
}

#[test]
fn the_scenario_kernel_reproduces_the_vectors_in_every_shape() {
    for row in rows() {
        let expected = row.integer("v_snap1024");
        for ends in [[11, 11, 11], [13, 11, 11], [19, 11, 11], [13, 13, 13], [21, 13, 13], [21, 21, 11]] {
            let grid = scenario_values(&row, ends);
            for (row_index, values) in grid.accumulated.iter().enumerate() {
                let first = if row_index == 1 { 0 } else { FIRST_CORE };
                let (visited, rest) = values.split_at(ends[row_index] as usize);
                assert!(visited[first..].iter().all(|value| *value == expected));
                assert!(visited[..first].iter().chain(rest).all(|value| *value == 0));
            }
        }
    }
}

#[test]
fn the_scenario_kernel_stays_within_its_bound_of_the_exact_value() {
    let mut worst = 0f64;
    for row in rows() {
        let grid = scenario_values(&row, [FIRST_CORE as u64 + 9; 3]);
        let error = (grid.accumulated[0][FIRST_CORE] as f64 - row.real("v_exact_funits")).abs();
        assert!(error <= row.real("err_bound_funits"));
        let w = deviation(&row).clamp(MIN_DEVIATION, MAX_DEVIATION);
        let bound = snap_error_bound(row.unsigned("fi"), row.unsigned("k"), w);
        assert!(error <= bound as f64);
        worst = worst.max(error / bound as f64);
    }
    assert!(worst > 0.3, "the bound is not loose by orders of magnitude: {worst}");
}

#[test]
fn the_cubic_kernel_reproduces_the_vectors() {
    for row in rows() {
        let w = deviation(&row);
        if w >= MAX_DEVIATION {
            // The vectors' cubic kernel does not clamp there.
            continue;
        }
        let value =
            shocked_call_value(row.unsigned("fi"), row.unsigned("k"), row.integer("x0_q29"), row.integer("l_q29"), w);
        assert_eq!(value, row.integer("v_cubic"));
    }
}
