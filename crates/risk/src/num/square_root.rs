//! Integer square roots, by Newton's method from an eight-bit table.

use super::most_significant_bit;

/// 2⁴⁴/√(seconds per 365-day year).
const RECIPROCAL_SQRT_YEAR_Q44: u64 = 3_132_683_400;

/// Square roots of the leading byte: entry i is `⌊√((i + 64)·256 + 128)⌋`, at most 255.
static SEEDS: [u8; 192] = seeds();

const fn seeds() -> [u8; 192] {
    let mut table = [0; 192];
    let mut index = 0;
    while index < table.len() {
        let root = (((index + 64) * 256 + 128) as u64).isqrt();
        table[index] = if root > 255 { 255 } else { root as u8 };
        index += 1;
    }
    table
}

/// The square root of `value·2^shift`, where `shift` is the even number that brings the argument into [2⁶², 2⁶⁴), and
/// that shift. Never below the floor of the root, and at most one above it. `value` must not be 0.
#[inline(always)]
fn normalized_root(value: u64) -> (u64, u32) {
    let shift = 63u32.wrapping_sub(most_significant_bit(value)) & !1;
    let normalized = value << shift;
    let seed = match SEEDS.get((normalized >> 56).wrapping_sub(64) as usize) {
        Some(seed) => *seed as u64,
        None => 0,
    };
    let first = (seed << 24) | (1 << 23);
    let second = newton_step(normalized, first);
    (newton_step(normalized, second), shift)
}

#[inline(always)]
fn newton_step(square: u64, estimate: u64) -> u64 {
    // The estimate is at least 2³⁰: no division by zero.
    estimate.wrapping_add(square.checked_div(estimate).unwrap_or(0)) >> 1
}

/// `⌊√value⌋`, exact.
#[inline]
pub fn sqrt_floor(value: u64) -> u64 {
    if value == 0 {
        return 0;
    }
    let (root, shift) = normalized_root(value);
    let root = (root >> (shift >> 1)).min(0xffff_ffff);
    if root.wrapping_mul(root) > value { root.wrapping_sub(1) } else { root }
}

/// `√value` without the last correction: `⌊√value⌋` or one more.
#[inline]
pub fn sqrt_fast(value: u64) -> u64 {
    if value == 0 {
        return 0;
    }
    let (root, shift) = normalized_root(value);
    root >> (shift >> 1)
}

/// √T in Q28, T in years of 365 days, from seconds (up to 2³² − 1, 136 years). Error at most half a
/// unit of Q28 (1.9·10⁻⁹) plus 7·10⁻¹⁰ of the result, to either side.
#[inline]
pub fn sqrt_years_q28(seconds: u32) -> u64 {
    if seconds == 0 {
        return 0;
    }
    // The root is below 2³² with `shift / 2` fraction bits, and so is the constant: their product fits 64 bits.
    let (root, shift) = normalized_root(seconds as u64);
    let dropped_bits = (shift >> 1).wrapping_add(16);
    let half = 1u64 << (dropped_bits.wrapping_sub(1) & 63);
    root.min(0xffff_ffff).wrapping_mul(RECIPROCAL_SQRT_YEAR_Q44).wrapping_add(half) >> dropped_bits
}
