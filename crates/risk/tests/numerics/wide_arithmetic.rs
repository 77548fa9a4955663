//! Exact 128-bit products and quotients against the compiler's own.

use ballast_risk::num::{
    mul_div_ceil, mul_div_ceil_signed, mul_div_floor, mul_div_floor_signed, mul_shift_30_floor, widening_mul,
};
use proptest::prelude::*;

/// Integers of every magnitude, and the ones next to powers of two where carries and digit estimates go wrong.
fn awkward() -> impl Strategy<Value = u64> {
    prop_oneof![
        (any::<u64>(), 0u32..64).prop_map(|(bits, shift)| bits >> shift),
        (0u32..64, -2i64..=2).prop_map(|(bit, offset)| (1u64 << bit).wrapping_add_signed(offset)),
        (any::<u32>(), any::<bool>())
            .prop_map(|(half, high)| { if high { (half as u64) << 32 } else { half as u64 | 0xffff_ffff_0000_0000 } }),
    ]
}

fn expected_floor(a: u64, b: u64, c: u64) -> Option<u64> {
    let quotient = (a as u128 * b as u128).checked_div(c as u128)?;
    u64::try_from(quotient).ok()
}

fn expected_ceil(a: u64, b: u64, c: u64) -> Option<u64> {
    if c == 0 {
        return None;
    }
    u64::try_from((a as u128 * b as u128).div_ceil(c as u128)).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50_000))]

    #[test]
    fn products_and_quotients_are_exact(a in awkward(), b in awkward(), c in awkward()) {
        let (high, low) = widening_mul(a, b);
        prop_assert_eq!((high as u128) << 64 | low as u128, a as u128 * b as u128);
        prop_assert_eq!(mul_div_floor(a, b, c), expected_floor(a, b, c));
        prop_assert_eq!(mul_div_ceil(a, b, c), expected_ceil(a, b, c));
    }

    #[test]
    fn quotients_just_inside_64_bits_are_exact(a in awkward(), c in awkward()) {
        // The greatest b whose quotient still fits, and its neighbours.
        if let Some(edge) = (c as u128 * u64::MAX as u128).checked_div(a as u128) {
            for b in [edge.saturating_sub(1), edge, edge + 1] {
                if let Ok(b) = u64::try_from(b) {
                    prop_assert_eq!(mul_div_floor(a, b, c), expected_floor(a, b, c));
                    prop_assert_eq!(mul_div_ceil(a, b, c), expected_ceil(a, b, c));
                }
            }
        }
    }

    #[test]
    fn signed_quotients_round_toward_the_named_side(a in any::<i64>(), shift in 0u32..64, b in awkward(), c in awkward()) {
        let a = a >> shift;
        let expected_floor = if c == 0 {
            None
        } else {
            let product = a as i128 * b as i128;
            i64::try_from(product.div_euclid(c as i128)).ok()
        };
        prop_assert_eq!(mul_div_floor_signed(a, b, c), expected_floor);
        let expected_ceil = if c == 0 {
            None
        } else {
            let product = a as i128 * b as i128;
            i64::try_from(-(-product).div_euclid(c as i128)).ok()
        };
        prop_assert_eq!(mul_div_ceil_signed(a, b, c), expected_ceil);
    }

    #[test]
    fn a_share_in_q30_rounds_down(amount in -(1i64 << 60)..=1 << 60, ratio in any::<u32>()) {
        let expected = (amount as i128 * ratio as i128) >> 30;
        prop_assert_eq!(mul_shift_30_floor(amount, ratio) as i128, expected);
    }
}

#[test]
fn division_by_zero_and_overflow_give_nothing() {
    assert_eq!(mul_div_floor(1, 1, 0), None);
    assert_eq!(mul_div_ceil(0, 0, 0), None);
    assert_eq!(mul_div_floor(u64::MAX, u64::MAX, u64::MAX - 1), None);
    assert_eq!(mul_div_floor(u64::MAX, u64::MAX, u64::MAX), Some(u64::MAX));
    assert_eq!(mul_div_floor_signed(i64::MIN, 1, 1), Some(i64::MIN));
    assert_eq!(mul_div_floor_signed(i64::MIN, 3, 2), None);
    assert_eq!(mul_div_floor_signed(-1, 1, 2), Some(-1));
    assert_eq!(mul_div_ceil_signed(-1, 1, 2), Some(0));
}
