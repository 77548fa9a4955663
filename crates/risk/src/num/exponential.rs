//! Exponential function, by a table of 2^−f and a shift.

use super::tables::decode_rows;

/// log₂ e in Q31 and in Q28.
const LOG2_E_Q31: u64 = 3_098_164_009;
const LOG2_E_Q28: i64 = 387_270_501;

/// 2^−f on 64 cells of [0, 1): cubic coefficients in Q39, constant first. The constant is 128 higher, for results that
/// are cut to Q31.
static CELLS: [[i64; 4]; 64] = decode_rows(include_bytes!("../../tables/power_of_two_cubic.bin"));
const CONSTANT_OFFSET: i64 = 128;

/// 2^−f in Q39 for a fraction f in Q58.
#[inline(always)]
fn power_of_two_q39(fraction_q58: u64) -> i64 {
    let [constant, linear, quadratic, cubic] = CELLS[((fraction_q58 >> 52) & 63) as usize];
    // Position inside the cell, Q28 of its width.
    let t = ((fraction_q58 >> 24) & 0x0fff_ffff) as i64;
    let sum = (cubic.wrapping_mul(t) >> 28).wrapping_add(quadratic);
    let sum = (sum.wrapping_mul(t) >> 28).wrapping_add(linear);
    (sum.wrapping_mul(t) >> 28).wrapping_add(constant.wrapping_sub(CONSTANT_OFFSET))
}

/// `e^−y` in Q31, for y ≥ 0 in Q28. Rounded to nearest; error at most 6·10⁻¹⁰; 0 from y = 22 on.
///
/// Never rises with y by more than a unit.
#[inline]
pub fn exp_neg_q31(y_q28: u64) -> u64 {
    if y_q28 >= 22 << 28 {
        return 0;
    }
    let power_q59 = y_q28.wrapping_mul(LOG2_E_Q31);
    let value_q39 = power_of_two_q39((power_q59 & ((1 << 59) - 1)) >> 1);
    let dropped_bits = (power_q59 >> 59).wrapping_add(8);
    let half = 1i64 << (dropped_bits.wrapping_sub(1) & 63);
    (value_q39.wrapping_add(half) >> dropped_bits) as u64
}

/// `e^x` in Q30, for x in Q30. Relative error at most 2·10⁻⁹ for |x| ≤ 1 (plus half a unit of the result), at most
/// 10⁻⁸ up to |x| = 20. Beyond ±20 the argument counts as ±20.
#[inline]
pub fn exp_q30(x_q30: i64) -> u64 {
    let x_q30 = x_q30.clamp(-20 << 30, 20 << 30);
    // e^x = 2^−(n + f) with an integer n, from −29 to 28, and a fraction f.
    let power_q58 = x_q30.wrapping_mul(LOG2_E_Q28).wrapping_neg();
    let value_q39 = power_of_two_q39((power_q58 & ((1 << 58) - 1)) as u64) as u64;
    let dropped_bits = (power_q58 >> 58).wrapping_add(9);
    if dropped_bits > 0 {
        let half = 1u64 << (dropped_bits.wrapping_sub(1) & 63);
        value_q39.wrapping_add(half) >> dropped_bits
    } else {
        value_q39 << dropped_bits.wrapping_neg()
    }
}
