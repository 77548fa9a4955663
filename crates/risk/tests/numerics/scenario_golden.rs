//! Whole scenarios, to the bit: the values that the published vectors give for both kernels.

use ballast_risk::black76::{
    GridShape, KernelOption, MAX_DEVIATION, MIN_DEVIATION, NodeGrid, accumulate_scenarios, shocked_call_value,
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
fn scenario_values(row: &Row, shape: GridShape) -> NodeGrid {
    let mut grid = NodeGrid::zeroed();
    grid.log_factor.fill(row.integer("l_q29"));
    grid.forward.fill(row.unsigned("fi"));
    let option = KernelOption { log_moneyness: row.integer("x0_q29"), strike: row.unsigned("k"), quantity: 1 };
    let slack = accumulate_scenarios(&option, [deviation(row); 3], shape, &mut grid);
    assert_eq!(slack, 0, "every vector is inside the fast path's range");
    grid
}

#[test]
fn the_scenario_kernel_reproduces_the_vectors_in_every_shape() {
    for row in rows() {
        let expected = row.integer("v_snap1024");
        for (core_nodes, tail_nodes) in [(9, 0), (9, 2), (9, 8), (11, 0), (11, 8), (5, 3)] {
            let shape = GridShape { core_nodes, tail_nodes };
            let grid = scenario_values(&row, shape);
            for (row_index, values) in grid.accumulated.iter().enumerate() {
                let nodes = core_nodes + if row_index == 0 { tail_nodes } else { 0 };
                assert!(values[..nodes].iter().all(|value| *value == expected));
                assert!(values[nodes.max(9)..].iter().all(|value| *value == 0));
            }
        }
    }
}

#[test]
fn the_scenario_kernel_stays_within_its_bound_of_the_exact_value() {
    let mut worst = 0f64;
    for row in rows() {
        let grid = scenario_values(&row, GridShape { core_nodes: 9, tail_nodes: 0 });
        let error = (grid.accumulated[0][0] as f64 - row.real("v_exact_funits")).abs();
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
