//! Products of two 64-bit integers kept to 128 bits, and their exact quotients, without any 128-bit type.
//!
//! On sBPF a `u128` multiplication or division is a library call (a division costs some 240 compute units); the
//! functions here cost about 35 when the product fits 64 bits and about 150 otherwise.

use super::most_significant_bit;

/// The lower half of a word. Behind `black_box`, because LLVM 22 and later recognise the four-product form of a
/// widening multiplication by its constant mask and turn it back into a 128-bit library call.
#[inline(always)]
fn low_half() -> u64 {
    core::hint::black_box(0xffff_ffff)
}

/// The product as `(high, low)`: `a · b = high · 2⁶⁴ + low`, exactly.
#[inline]
pub fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    let mask = low_half();
    let (a_low, a_high) = (a & mask, a >> 32);
    let (b_low, b_high) = (b & mask, b >> 32);
    let first_cross = a_high.wrapping_mul(b_low).wrapping_add(a_low.wrapping_mul(b_low) >> 32);
    let second_cross = a_low.wrapping_mul(b_high).wrapping_add(first_cross & mask);
    let high = a_high.wrapping_mul(b_high).wrapping_add(first_cross >> 32).wrapping_add(second_cross >> 32);
    (high, a.wrapping_mul(b))
}

/// `⌊a·b/c⌋` with an exact product. `None` if `c` is 0 or the quotient needs more than 64 bits.
#[inline]
pub fn mul_div_floor(a: u64, b: u64, c: u64) -> Option<u64> {
    mul_div(a, b, c).map(|(quotient, _)| quotient)
}

/// `⌈a·b/c⌉` with an exact product. `None` if `c` is 0 or the quotient needs more than 64 bits.
#[inline]
pub fn mul_div_ceil(a: u64, b: u64, c: u64) -> Option<u64> {
    match mul_div(a, b, c)? {
        (quotient, 0) => Some(quotient),
        (quotient, _) => quotient.checked_add(1),
    }
}

/// `⌊a·b/c⌋`, rounded toward −∞, with an exact product. `None` if `c` is 0 or the quotient does not fit.
#[inline]
pub fn mul_div_floor_signed(a: i64, b: u64, c: u64) -> Option<i64> {
    if a < 0 {
        negated(mul_div_ceil(a.unsigned_abs(), b, c)?)
    } else {
        i64::try_from(mul_div_floor(a.unsigned_abs(), b, c)?).ok()
    }
}

/// `⌈a·b/c⌉`, rounded toward +∞, with an exact product. `None` if `c` is 0 or the quotient does not fit.
#[inline]
pub fn mul_div_ceil_signed(a: i64, b: u64, c: u64) -> Option<i64> {
    if a < 0 {
        negated(mul_div_floor(a.unsigned_abs(), b, c)?)
    } else {
        i64::try_from(mul_div_ceil(a.unsigned_abs(), b, c)?).ok()
    }
}

/// `⌊amount · ratio⌋`, rounded toward −∞, for a ratio in Q30 below 4 and |amount| ≤ 2⁶⁰: 9 compute units, by splitting the
/// amount instead of forming a 128-bit product.
#[inline(always)]
pub fn mul_shift_30_floor(amount: i64, ratio_q30: u32) -> i64 {
    let ratio = ratio_q30 as i64;
    let whole = (amount >> 30).wrapping_mul(ratio);
    let rest = (amount & 0x3fff_ffff).wrapping_mul(ratio) >> 30;
    whole.wrapping_add(rest)
}

/// `−magnitude`, if it is at least `i64::MIN`.
#[inline]
fn negated(magnitude: u64) -> Option<i64> {
    0i64.checked_sub_unsigned(magnitude)
}

/// Quotient and remainder of `a·b/c`, both exact. `None` if `c` is 0 or the quotient needs more than 64 bits.
#[inline]
pub fn mul_div(a: u64, b: u64, c: u64) -> Option<(u64, u64)> {
    let (high, low) = widening_mul(a, b);
    if high == 0 {
        let quotient = low.checked_div(c)?;
        return Some((quotient, low.wrapping_sub(quotient.wrapping_mul(c))));
    }
    if high >= c {
        return None;
    }
    let quotient = divide_wide(high, low, c);
    Some((quotient, low.wrapping_sub(quotient.wrapping_mul(c))))
}

/// `⌊(high·2⁶⁴ + low) / divisor⌋` for `high < divisor`: algorithm D of Knuth, The Art of Computer Programming,
/// volume 2, section 4.3.1, with digits of 32 bits.
fn divide_wide(high: u64, low: u64, divisor: u64) -> u64 {
    // With the divisor's top bit set, a digit estimated from its upper half is at most two too large.
    let shift = 63u32.wrapping_sub(most_significant_bit(divisor));
    let divisor = divisor << shift;
    let high = if shift == 0 { high } else { (high << shift) | (low >> 64u32.wrapping_sub(shift)) };
    let low = low << shift;
    let (upper_digit, rest) = quotient_digit(high, low >> 32, divisor);
    let (lower_digit, _) = quotient_digit(rest, low & 0xffff_ffff, divisor);
    (upper_digit << 32) | lower_digit
}

/// One 32-bit digit of the quotient of `remainder·2³² + next_digit` by a divisor whose top bit is set, and what then
/// remains.
#[inline(always)]
fn quotient_digit(remainder: u64, next_digit: u64, divisor: u64) -> (u64, u64) {
    let (divisor_high, divisor_low) = (divisor >> 32, divisor & 0xffff_ffff);
    // `divisor_high` is at least 2³¹.
    let mut digit = remainder.checked_div(divisor_high).unwrap_or(0);
    let mut estimate_rest = remainder.wrapping_sub(digit.wrapping_mul(divisor_high));
    while digit >> 32 != 0 || digit.wrapping_mul(divisor_low) > ((estimate_rest << 32) | next_digit) {
        digit = digit.wrapping_sub(1);
        estimate_rest = estimate_rest.wrapping_add(divisor_high);
        if estimate_rest >> 32 != 0 {
            break;
        }
    }
    let rest = (remainder << 32).wrapping_add(next_digit).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, rest)
}
