//! The standard normal distribution and density, by piecewise polynomials.

use super::tables::{decode_rows, row};

/// 6.5 in Q28: where the tables end.
const RANGE_Q28: i64 = 13 << 27;

/// N on [−6.5, 6.5): 416 cells of 1/32, cubic coefficients in Q39, constant first and half a unit of Q31 higher.
static DISTRIBUTION: [[i64; 4]; 416] = decode_rows(include_bytes!("../../tables/normal_distribution_cubic.bin"));

/// φ on [0, 6.5): 416 cells of 1/64, quadratic coefficients, scaled like those of the distribution.
static DENSITY: [[i64; 3]; 416] = decode_rows(include_bytes!("../../tables/normal_density_quadratic.bin"));

/// Standard normal distribution N(x) in Q31, for any x in Q28. Error at most 5·10⁻¹⁰ to either side, rounded to
/// nearest; 0 below x = −6.5 and 2³¹ from 6.5 on.
#[inline]
pub fn normal_cdf_q31(x_q28: i64) -> u64 {
    // A sum that wraps lands outside the table, where only the sign of x counts.
    let offset = x_q28.wrapping_add(RANGE_Q28) as u64;
    match row(&DISTRIBUTION, offset >> 23) {
        Some([constant, linear, quadratic, cubic]) => {
            let t = (offset & 0x7f_ffff) as i64;
            let sum = (cubic.wrapping_mul(t) >> 23).wrapping_add(*quadratic);
            let sum = (sum.wrapping_mul(t) >> 23).wrapping_add(*linear);
            let sum = (sum.wrapping_mul(t) >> 23).wrapping_add(*constant);
            (sum >> 8) as u64
        }
        None if x_q28 < 0 => 0,
        None => 1 << 31,
    }
}

/// Standard normal density φ(x) in Q31, for any x in Q28. Error at most 1.2·10⁻⁸ to either side; 0 for |x| ≥ 6.5.
#[inline]
pub fn normal_pdf_q31(x_q28: i64) -> u64 {
    let offset = x_q28.unsigned_abs();
    match row(&DENSITY, offset >> 22) {
        Some([constant, linear, quadratic]) => {
            let t = (offset & 0x3f_ffff) as i64;
            let sum = (quadratic.wrapping_mul(t) >> 22).wrapping_add(*linear);
            let sum = (sum.wrapping_mul(t) >> 22).wrapping_add(*constant);
            (sum >> 8) as u64
        }
        None => 0,
    }
}
