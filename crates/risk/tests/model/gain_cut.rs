//! Pro-rata cuts by an index, against exact fractions and an account book that visits everybody.

use ballast_risk::gain_cut::CutIndex;
use proptest::prelude::*;

/// A gain as its holder last saw it.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    gain: u64,
    index: CutIndex,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    /// A holder is looked at: what was cut is taken off, and this is his gain now.
    Touch { holder: usize, gain: u64 },
    /// This share, in 2^-20, of everything is cut.
    Cut { share: u64 },
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0_usize..6, prop_oneof![Just(0), 0_u64..1_000, 0_u64..1 << 40, 0_u64..1 << 56])
            .prop_map(|(holder, gain)| Action::Touch { holder, gain }),
        2 => prop_oneof![0_u64..=1 << 10, 0_u64..=1 << 20, Just(1 << 20)].prop_map(|share| Action::Cut { share }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn cuts_add_up_and_fall_on_everybody_alike(actions in prop::collection::vec(action(), 1..80)) {
        let (mut index, mut total) = (CutIndex::NONE, 0_u64);
        let mut holders = [Seen::default(); 6];
        // What each has left by exact halving, in floating point; and what was cut from all in whole µUSD.
        let mut exact = [0.0_f64; 6];
        let (mut cut, mut taken, mut steps) = (0_u128, 0_u128, 0_u128);
        for action in actions {
            match action {
                Action::Touch { holder, gain } => {
                    let seen = holders[holder];
                    let off = seen.index.cut_since(seen.gain, index);
                    prop_assert!(off <= seen.gain);
                    let left = (seen.gain - off) as f64;
                    // Rounding: a few µUSD, and one part in 2^40 of all gains, which a cut rounds up by.
                    let tolerance = 64.0 + exact.iter().sum::<f64>() / 1e9;
                    prop_assert!(left <= exact[holder] + tolerance && left >= exact[holder] - tolerance,
                        "{left} left, exactly {}", exact[holder]);
                    taken += u128::from(off);
                    total = seen.index.leave(seen.gain, index, total);
                    holders[holder] = Seen { gain, index };
                    total += index.units(gain);
                    exact[holder] = gain as f64;
                }
                Action::Cut { share } => {
                    let worth = index.worth(total);
                    let amount = ((u128::from(worth) * u128::from(share)) >> 20) as u64;
                    // No more than there is.
                    let there: f64 = exact.iter().sum();
                    prop_assert!(worth as f64 <= there + 64.0 + there / 1e9, "{worth} counted, {there} there");
                    let Some((after, left)) = index.cut(amount, total) else {
                        prop_assert!(false, "a part of what there is can be cut");
                        return Ok(());
                    };
                    prop_assert!(after >= index);
                    (index, total) = (after, left);
                    cut += u128::from(amount);
                    steps += 1;
                    if worth > 0 {
                        let kept = 1.0 - amount as f64 / worth as f64;
                        exact.iter_mut().for_each(|gain| *gain *= kept);
                    }
                }
            }
            // What was taken off and what is still to be taken off covers every cut, and hardly more.
            let pending: u128 =
                holders.iter().map(|seen| u128::from(seen.index.cut_since(seen.gain, index))).sum();
            prop_assert!(taken + pending >= cut, "{taken} + {pending} of {cut}");
            // A cut rounds up by a unit's share of all units, a part by one µUSD.
            let slack = (steps + 1) * (6 + 64 + (1 << 14)) + 80;
            prop_assert!(taken + pending <= cut + slack, "{taken} + {pending} of {cut}");
        }
    }

    #[test]
    fn a_gain_that_nobody_cut_is_whole(gain in 0_u64..1 << 60, bits in 0_u64..1 << 47, halvings in 0_u64..60_000) {
        let index = CutIndex(halvings << 48 | bits);
        prop_assert_eq!(index.cut_since(gain, index), 0);
        let worth = index.worth(index.units(gain));
        prop_assert!(worth <= gain && worth + 1 >= gain);
        prop_assert_eq!(index.leave(gain, index, index.units(gain)), 0);
    }
}

#[test]
fn one_half_and_then_all_of_it() {
    let units = CutIndex::NONE.units(1_000);
    assert_eq!(units, 1_000);
    let (half, left) = CutIndex::NONE.cut(500, units).unwrap();
    assert_eq!((CutIndex::NONE.cut_since(1_000, half), half.worth(left)), (500, 500));
    // Whoever comes later loses nothing for what was cut before.
    assert_eq!(half.cut_since(300, half), 0);
    assert_eq!(half.cut(501, left), None);
    let (none, left) = half.cut(500, left).unwrap();
    assert_eq!((left, none.worth(left), CutIndex::NONE.cut_since(1_000, none)), (0, 0, 1_000));
    assert_eq!(none.units(77), 77);
    assert_eq!(none.cut(1, 0), None);
}

#[test]
fn an_index_does_not_run_out() {
    let (mut index, mut seen) = (CutIndex::NONE, CutIndex::NONE);
    for _ in 0..5_000 {
        let units = index.units(1_000_000);
        (index, _) = index.cut(999_000, units).unwrap();
        assert!(seen.cut_since(1_000_000, index) >= 999_000 && seen.cut_since(1_000_000, index) <= 999_001);
        seen = index;
    }
    // Only at the end of all halvings, some 65,000, is a cut refused.
    let last = CutIndex(u64::from(u16::MAX) << 48);
    assert_eq!(last.cut(600, 1_000), None);
    assert!(last.cut(400, 1_000).is_some());
}
