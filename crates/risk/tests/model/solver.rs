//! The largest accepted size, against every interval that begins at zero, and against predicates that are none.

use ballast_risk::solver::largest;
use proptest::prelude::*;

/// The answer for the sizes up to `threshold`, and how often the predicate was asked.
fn solve(limit: u64, threshold: u64) -> (u64, u32) {
    let mut evaluations = 0;
    let answer = largest(limit, |size| {
        assert!((1..=limit).contains(&size), "{size} was asked of at most {limit}");
        evaluations += 1;
        Ok::<_, ()>(size <= threshold)
    });
    (answer.unwrap(), evaluations)
}

#[test]
fn every_small_interval_is_found() {
    for limit in 0..=200 {
        for threshold in 0..=210 {
            assert_eq!(solve(limit, threshold).0, threshold.min(limit), "{threshold} of {limit}");
        }
    }
}

#[test]
fn the_ends_of_the_range_are_found() {
    for limit in [1, 2, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
        for threshold in [0, 1, 2, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 2, u64::MAX - 1, u64::MAX] {
            let (answer, evaluations) = solve(limit, threshold);
            assert_eq!(answer, threshold.min(limit));
            assert!(evaluations <= 128, "{evaluations}");
        }
    }
}

#[test]
fn an_error_ends_the_search() {
    let mut evaluations = 0;
    let answer = largest(1_000, |size| {
        evaluations += 1;
        if size < 8 { Ok(true) } else { Err("cannot compute") }
    });
    assert_eq!((answer, evaluations), (Err("cannot compute"), 4));
}

/// A quadratic excess, concave: the root of the exact formula.
#[test]
fn a_concave_excess_is_solved_to_the_unit() {
    // 10,000,000 − 3·n − n² ≥ 0 up to n = (√(9 + 40,000,000) − 3) / 2 = 3,160.78.
    let excess = |size: u64| 10_000_000 - 3 * size as i64 - (size * size) as i64;
    assert_eq!(largest(1_000_000, |size| Ok::<_, ()>(excess(size) >= 0)), Ok(3_160));
}

proptest! {
    #[test]
    fn every_interval_is_found(limit in any::<u64>(), threshold in any::<u64>(), shift in 0u32..64) {
        let (limit, threshold) = (limit >> shift, threshold >> shift);
        let (answer, evaluations) = solve(limit, threshold);
        prop_assert_eq!(answer, threshold.min(limit));
        prop_assert!(evaluations <= 128);
    }

    /// Whatever the predicate, the answer was confirmed, and so nothing is claimed that was refused.
    #[test]
    fn any_answer_was_confirmed(limit in any::<u64>(), seed in any::<u64>(), shift in 0u32..64) {
        let mut confirmed = vec![0];
        let answer = largest(limit >> shift, |size| {
            let accepted = (size ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 62 != 0;
            if accepted {
                confirmed.push(size);
            }
            Ok::<_, ()>(accepted)
        });
        prop_assert_eq!(answer, Ok(*confirmed.last().unwrap()));
        prop_assert!(confirmed.is_sorted());
    }
}
