//! Multiplication and division of 128-bit integers by 64-bit operations alone.
//!
//! `u128` and `i128` appear here only as pairs of 64-bit halves: they are split, joined, shifted, compared, added and
//! negated, all of which LLVM expands in place. A 128-bit `*`, `/` or `%`, or a checked 64-bit `*`, would compile to
//! a call of the very function that is being defined.

/// The low half of a 64-bit word.
///
/// LLVM recognises the schoolbook product of four 32-bit halves and replaces it by one 128-bit multiplication, which
/// on sBPF is a call to `__multi3`: the function would call itself for ever. A mask that is read from memory at run
/// time hides the pattern.
static LOW_HALF: u64 = 0xffff_ffff;

/// The low 128 bits of `a * b`.
#[inline]
pub fn mul(a: u128, b: u128) -> u128 {
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let (high, low) = widening_mul(a_low, b_low);
    let high = high.wrapping_add(a_low.wrapping_mul(b_high)).wrapping_add(a_high.wrapping_mul(b_low));
    join(high, low)
}

/// The quotient and remainder of `n / d`.
///
/// # Panics
///
/// When `d` is zero.
#[inline]
pub fn div_rem(n: u128, d: u128) -> (u128, u128) {
    let (n_high, n_low) = split(n);
    let (d_high, d_low) = split(d);
    if d_high != 0 {
        return if n < d { (0, n) } else { div_rem_by_two_halves(n, d) };
    }
    if n_high == 0 {
        let quotient = divide(n_low, d_low);
        let remainder = n_low.wrapping_sub(quotient.wrapping_mul(d_low));
        return (u128::from(quotient), u128::from(remainder));
    }
    // Long division by a one-half divisor: the high half first, and its remainder carries into the low half.
    let quotient_high = divide(n_high, d_low);
    let carry = n_high.wrapping_sub(quotient_high.wrapping_mul(d_low));
    let shift = d_low.leading_zeros();
    let (quotient_low, remainder) =
        div_rem_two_by_one(shift_left_into(carry, n_low, shift), n_low.wrapping_shl(shift), d_low.wrapping_shl(shift));
    let remainder = u128::from(remainder.wrapping_shr(shift));
    (join(quotient_high, quotient_low), remainder)
}

/// The quotient and remainder of `n / d`, the quotient rounded towards zero and the remainder with the sign of `n`.
///
/// `i128::MIN / -1` does not fit; it wraps to `i128::MIN`, with remainder zero.
///
/// # Panics
///
/// When `d` is zero.
#[inline]
pub fn div_rem_signed(n: i128, d: i128) -> (i128, i128) {
    let (quotient, remainder) = div_rem(n.unsigned_abs(), d.unsigned_abs());
    let negate_if = |negative: bool, magnitude: u128| {
        let value = magnitude as i128;
        if negative { value.wrapping_neg() } else { value }
    };
    (negate_if((n < 0) != (d < 0), quotient), negate_if(n < 0, remainder))
}

/// The full product of two 64-bit words, as its high and low half.
#[inline]
fn widening_mul(a: u64, b: u64) -> (u64, u64) {
    // SAFETY: the pointer comes from a reference to a static of the same type.
    let mask = unsafe { core::ptr::read_volatile(&LOW_HALF) };
    let (a_high, a_low) = (a >> 32, a & mask);
    let (b_high, b_low) = (b >> 32, b & mask);
    let low = a_low.wrapping_mul(b_low);
    let cross = a_high.wrapping_mul(b_low).wrapping_add(low >> 32);
    let middle = a_low.wrapping_mul(b_high).wrapping_add(cross & mask);
    let high = a_high.wrapping_mul(b_high).wrapping_add(cross >> 32).wrapping_add(middle >> 32);
    (high, (middle << 32) | (low & mask))
}

/// Divides by a divisor whose high half is not zero, for `n >= d`.
///
/// This is algorithm D of Knuth's *The Art of Computer Programming*, volume 2, section 4.3.1, with 64-bit digits:
/// the quotient is a single digit, first estimated from the divisor's leading digit and then corrected, downwards and
/// at most twice.
fn div_rem_by_two_halves(n: u128, d: u128) -> (u128, u128) {
    let (n_high, n_low) = split(n);
    let (d_high, d_low) = split(d);
    let shift = d_high.leading_zeros();
    let d_high = shift_left_into(d_high, d_low, shift);
    let d_low = d_low.wrapping_shl(shift);
    let n_top = shift_left_into(0, n_high, shift);
    let n_middle = shift_left_into(n_high, n_low, shift);
    let n_bottom = n_low.wrapping_shl(shift);

    let (mut quotient, partial_remainder) = div_rem_two_by_one(n_top, n_middle, d_high);
    let (product_high, product_low) = widening_mul(quotient, d_low);
    let mut subtract = join(product_high, product_low);
    let mut remainder = join(partial_remainder, n_bottom);
    while subtract > remainder {
        quotient = quotient.wrapping_sub(1);
        subtract = subtract.wrapping_sub(u128::from(d_low));
        // Adding to the remainder may pass 2^128. It then exceeds any product, so the estimate is right; the
        // subtraction below wraps back into range.
        let (sum, carried) = remainder.overflowing_add(u128::from(d_high) << 64);
        remainder = sum;
        if carried {
            break;
        }
    }
    let (high, low) = split(remainder.wrapping_sub(subtract));
    let low = low.wrapping_shr(shift) | (high << 1).wrapping_shl(63_u32.wrapping_sub(shift));
    (u128::from(quotient), join(high.wrapping_shr(shift), low))
}

/// Divides the two halves `high, low` by `d`, for `high < d` and `d` with its top bit set.
///
/// The same algorithm D with 32-bit digits: a four-digit number by a two-digit one, in two quotient digits.
fn div_rem_two_by_one(high: u64, low: u64, d: u64) -> (u64, u64) {
    let (first, remainder) = quotient_digit(high, low >> 32, d);
    let (second, remainder) = quotient_digit(remainder, low & 0xffff_ffff, d);
    ((first << 32) | second, remainder)
}

/// One step of algorithm D: the 32-bit quotient digit of `remainder, next` by `d`, and the new remainder.
#[inline]
fn quotient_digit(remainder: u64, next: u64, d: u64) -> (u64, u64) {
    let (d_high, d_low) = (d >> 32, d & 0xffff_ffff);
    let mut digit = divide(remainder, d_high);
    let mut rest = remainder.wrapping_sub(digit.wrapping_mul(d_high));
    // The estimate ignores the divisor's low digit, and so is too large by up to two. It needs no separate test for
    // being too large for a digit: `remainder < d` then makes `rest` less than `d_low`, and the comparison hold.
    while digit.wrapping_mul(d_low) > ((rest << 32) | next) {
        digit = digit.wrapping_sub(1);
        rest = rest.wrapping_add(d_high);
        if rest >> 32 != 0 {
            break;
        }
    }
    let remainder = ((remainder << 32) | next).wrapping_sub(digit.wrapping_mul(d));
    (digit, remainder)
}

/// `value` shifted left, filled from the right with the top bits of `below`; `shift` is less than 64.
#[inline]
fn shift_left_into(value: u64, below: u64, shift: u32) -> u64 {
    // In two steps, because a single shift by 64 (for `shift` zero) is not defined.
    value.wrapping_shl(shift) | (below >> 1).wrapping_shr(63_u32.wrapping_sub(shift))
}

/// The hardware's 64-bit division. Unlike a multiplication it is safe to leave checked: the check compares with zero.
#[inline]
#[expect(clippy::arithmetic_side_effects, reason = "division by zero is documented to panic")]
fn divide(n: u64, d: u64) -> u64 {
    n / d
}

#[inline]
fn split(value: u128) -> (u64, u64) {
    ((value >> 64) as u64, value as u64)
}

#[inline]
fn join(high: u64, low: u64) -> u128 {
    (u128::from(high) << 64) | u128::from(low)
}
