//! What each table holds. The layout and the scales are described where the engine reads them
//! (`crates/risk/src/black76/table_access.rs`, `crates/risk/src/num/`).

use crate::polynomial::fit;
use crate::real::{Real, integer, normal_density, normal_distribution, power_of_two, ratio, to_fixed_point};

/// One binary file of little-endian integers.
pub struct Table {
    /// File name inside `crates/risk/tables`.
    pub file_name: &'static str,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

/// Every table of the engine.
pub fn all() -> Vec<Table> {
    vec![
        table("normal_grid.bin", normal_grid()),
        table("normal_distribution_cubic.bin", normal_distribution_cubic()),
        table("normal_density_quadratic.bin", normal_density_quadratic()),
        table("logarithm.bin", logarithm()),
        table("power_of_two_cubic.bin", power_of_two_cubic()),
    ]
}

fn table(file_name: &'static str, bytes: Vec<u8>) -> Table {
    Table { file_name, bytes }
}

/// Beyond 6.5 standard deviations the normal distribution is 0 or 1 to within 4.1·10⁻¹¹.
fn range() -> Real {
    ratio(13, 2)
}

/// The snap kernel's grid: N and φ, each a u32 in Q31, at −6.5 + g/1024 for g = 0 ..= 13,312.
fn normal_grid() -> Vec<u8> {
    let mut bytes = Vec::new();
    for index in 0..=13 * 1024 {
        let x = ratio(index, 1024) - range();
        for value in [normal_distribution(&x), normal_density(&x)] {
            let entry = u32::try_from(to_fixed_point(&value, 31)).expect("at most 1 in Q31");
            bytes.extend(entry.to_le_bytes());
        }
    }
    bytes
}

/// N on [−6.5, 6.5): 416 cells of 1/32, cubic, coefficients in Q39.
fn normal_distribution_cubic() -> Vec<u8> {
    let first_cell = -range();
    polynomial_cells(normal_distribution, &first_cell, 32, 416, 3, 8)
}

/// φ on [0, 6.5): 416 cells of 1/64, quadratic, coefficients in Q39.
fn normal_density_quadratic() -> Vec<u8> {
    polynomial_cells(normal_density, &integer(0), 64, 416, 2, 8)
}

/// 2^−f on [0, 1): 64 cells, cubic, coefficients in Q39.
fn power_of_two_cubic() -> Vec<u8> {
    let log_two = integer(2).ln();
    let function = |f: &Real| (-(f * &log_two)).exp();
    polynomial_cells(function, &integer(0), 64, 64, 3, 8)
}

/// Cells of a piecewise polynomial, coefficients in Q39 and constant first. The engine drops `dropped_bits` of the
/// result by a floor shift, so the constant is half a unit higher: the result rounds to nearest.
fn polynomial_cells(
    function: impl Fn(&Real) -> Real,
    start: &Real,
    cells_per_unit: i64,
    cell_count: i64,
    degree: usize,
    dropped_bits: u32,
) -> Vec<u8> {
    let width = ratio(1, cells_per_unit);
    let mut bytes = Vec::new();
    for cell in 0..cell_count {
        let cell_start = start + ratio(cell, cells_per_unit);
        for (power, coefficient) in fit(&function, &cell_start, &width, degree).iter().enumerate() {
            let mut entry = to_fixed_point(coefficient, 39);
            if power == 0 {
                entry += 1 << (dropped_bits - 1);
            }
            bytes.extend(entry.to_le_bytes());
        }
    }
    bytes
}

/// For 129 cells around 1 + cell/128: the reciprocal c of the cell's middle, rounded to Q31, and −ln c of that rounded
/// number in Q40, so that ln m = −ln c + ln(m·c) holds exactly. The first cell's c is 1: powers of two have no error.
fn logarithm() -> Vec<u8> {
    let mut bytes = Vec::new();
    for cell in 0..=128 {
        let reciprocal = to_fixed_point(&ratio(128, 128 + cell), 31);
        let logarithm = -(integer(reciprocal) / power_of_two(31)).ln();
        bytes.extend(to_fixed_point(&logarithm, 40).to_le_bytes());
        bytes.extend(reciprocal.to_le_bytes());
    }
    bytes
}
