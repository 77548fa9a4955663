//! The helpers against Rust's own operators.

use proptest::prelude::*;
use sbpf_builtins::arithmetic::{div_rem, div_rem_signed, mul};

/// Words whose bit patterns sit on the boundaries between digits, halves and signs.
const EDGES: &[u64] = &[
    0,
    1,
    2,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0001,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0xffff_fffe_ffff_ffff,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

fn edge_values() -> impl Iterator<Item = u128> + Clone {
    EDGES.iter().flat_map(|&high| EDGES.iter().map(move |&low| join(high, low)))
}

fn check_unsigned(a: u128, b: u128) {
    assert_eq!(mul(a, b), a.wrapping_mul(b), "{a:#x} * {b:#x}");
    if b != 0 {
        assert_eq!(div_rem(a, b), (a / b, a % b), "{a:#x} / {b:#x}");
    }
}

fn check_signed(a: i128, b: i128) {
    assert_eq!(mul(a as u128, b as u128) as i128, a.wrapping_mul(b));
    if b != 0 {
        let expected = (a.wrapping_div(b), a.wrapping_rem(b));
        assert_eq!(div_rem_signed(a, b), expected, "{a:#x} / {b:#x}");
    }
}

#[test]
fn every_pair_of_edge_values_agrees() {
    for a in edge_values() {
        for b in edge_values() {
            check_unsigned(a, b);
            check_signed(a as i128, b as i128);
        }
    }
}

#[test]
fn divisors_of_every_width_agree_beside_exact_multiples() {
    for width in 1..=128 {
        for divisor in [1 << (width - 1), u128::MAX >> (128 - width)] {
            for quotient in edge_values() {
                let multiple = quotient.wrapping_mul(divisor);
                check_unsigned(multiple.wrapping_sub(1), divisor);
                check_unsigned(multiple, divisor);
                check_unsigned(multiple.wrapping_add(1), divisor);
            }
        }
    }
}

/// Dividends and divisors for which the first estimate of a quotient digit is too large, by one and by two, at each
/// of the two digit sizes.
#[test]
fn estimates_that_need_correction_agree() {
    let low_digits = [0, 1, 0xffff_fffe_ffff_ffff, u64::MAX];
    for d_high in [1_u64 << 63, (1 << 63) + 1, u64::MAX, 0x8000_0000_ffff_ffff] {
        for d_low in low_digits {
            for n_high in [d_high, d_high - 1, d_high >> 1, (d_high >> 1) + 1] {
                for n_low in low_digits {
                    for shift in [0, 1, 31, 32, 33, 63] {
                        check_unsigned(join(n_high, n_low), join(d_high, d_low) >> shift);
                        check_unsigned(join(n_high, n_low), u128::from(d_low) | 1);
                        check_unsigned(join(n_high, n_low), u128::from(d_high) >> shift | 1);
                    }
                }
            }
        }
    }
}

#[test]
fn the_one_quotient_that_overflows_wraps() {
    assert_eq!(div_rem_signed(i128::MIN, -1), (i128::MIN, 0));
    assert_eq!(div_rem_signed(i128::MIN, 1), (i128::MIN, 0));
    assert_eq!(div_rem_signed(i128::MIN, i128::MIN), (1, 0));
    assert_eq!(div_rem_signed(i128::MAX, i128::MIN), (0, i128::MAX));
}

#[test]
#[should_panic(expected = "divide by zero")]
fn dividing_one_half_by_zero_panics() {
    div_rem(1, 0);
}

#[test]
#[should_panic(expected = "divide by zero")]
fn dividing_two_halves_by_zero_panics() {
    div_rem(u128::MAX, 0);
}

/// Values of every bit length alike; uniform ones would nearly all have 128 bits.
fn any_width() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0..128_u32).prop_map(|(bits, shift)| bits >> shift)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn unsigned_values_of_every_width_agree(a in any_width(), b in any_width()) {
        check_unsigned(a, b);
    }

    #[test]
    fn signed_values_of_every_width_agree(
        a in any_width(), b in any_width(), negate_a: bool, negate_b: bool,
    ) {
        let sign = |value: u128, negate| if negate { (value as i128).wrapping_neg() } else { value as i128 };
        check_signed(sign(a, negate_a), sign(b, negate_b));
    }
}
