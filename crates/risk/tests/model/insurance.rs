//! Shares in the insurance fund, against exact fractions, and the attacks on them.

use ballast_risk::{
    MicroUsd,
    insurance::{Fund, PROTOCOL_MINIMUM},
};
use proptest::prelude::*;

/// Whether what a share is worth did not fall: assets / shares, compared exactly.
fn is_no_cheaper(before: Fund, after: Fund) -> bool {
    u128::from(after.assets) * u128::from(before.shares) >= u128::from(before.assets) * u128::from(after.shares)
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Stake { staker: usize, amount: u64 },
    Unstake { staker: usize, part: u64 },
    Income(u64),
    Loss { part: u64 },
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (0_usize..4, 1_u64..1 << 42).prop_map(|(staker, amount)| Action::Stake { staker, amount }),
        (0_usize..4, 0_u64..=1_000).prop_map(|(staker, part)| Action::Unstake { staker, part }),
        (0_u64..1 << 40).prop_map(Action::Income),
        (0_u64..=1_000).prop_map(|part| Action::Loss { part }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sequences_follow_exact_fractions(initial in 0_u64..1 << 40, actions in prop::collection::vec(action(), 1..60)) {
        let mut fund = Fund { assets: initial, shares: 0 };
        let mut held = [0_u64; 4];
        // What came in less what went out, which the fund holds to the unit.
        let mut money = i128::from(initial);
        for action in actions {
            let before = fund;
            match action {
                Action::Stake { staker, amount } => {
                    let Some(bought) = fund.stake(amount) else {
                        prop_assert_eq!(fund, before);
                        continue;
                    };
                    money += i128::from(amount);
                    if before.shares > 0 {
                        let exact = u128::from(amount) * u128::from(before.shares) / u128::from(before.assets);
                        prop_assert_eq!(u128::from(bought), exact);
                        prop_assert!(is_no_cheaper(before, fund));
                    } else {
                        prop_assert_eq!(bought, amount - PROTOCOL_MINIMUM.saturating_sub(before.assets));
                        prop_assert_eq!(fund.assets, fund.shares);
                    }
                    prop_assert!(fund.worth(bought) <= amount, "a round trip never gains");
                    held[staker] += bought;
                }
                Action::Unstake { staker, part } => {
                    let shares = (u128::from(held[staker]) * u128::from(part) / 1_000) as u64;
                    let paid = fund.unstake(shares);
                    let exact = u128::from(shares) * u128::from(before.assets) / u128::from(before.shares.max(1));
                    prop_assert_eq!(u128::from(paid), exact);
                    prop_assert!(is_no_cheaper(before, fund));
                    held[staker] -= shares;
                    money -= i128::from(paid);
                }
                Action::Income(amount) => {
                    fund.assets += amount;
                    money += i128::from(amount);
                }
                Action::Loss { part } => {
                    let loss = (u128::from(fund.assets) * u128::from(part) / 1_000) as i64;
                    money -= i128::from(loss);
                    if fund.draw(MicroUsd(loss)) {
                        prop_assert!(before.shares / 65_536 >= fund.assets && fund.shares == 0);
                        held = [0; 4];
                    }
                }
            }
            prop_assert_eq!(i128::from(fund.assets), money);
            let staked: u64 = held.iter().sum();
            prop_assert!(staked <= fund.shares);
            let worth: u64 = held.iter().map(|&shares| fund.worth(shares)).sum();
            prop_assert!(worth <= fund.assets);
            // The protocol's own shares never leave.
            prop_assert!(fund.shares == 0 || fund.shares - staked >= PROTOCOL_MINIMUM);
        }
    }

    /// Whoever is first, buys little, and donates whatever he likes before the next one comes, gets no more out than he
    /// put in.
    #[test]
    fn attacker_first_depositor_with_a_donation_gains_nothing(
        initial in 0_u64..1 << 40,
        first in 1_u64..1 << 40,
        donation in 0_u64..1 << 50,
        victim in 1_u64..1 << 50,
    ) {
        let mut fund = Fund { assets: initial, shares: 0 };
        let Some(shares) = fund.stake(first) else { return Ok(()) };
        fund.assets += donation;
        let bought = fund.stake(victim);
        let out = fund.worth(shares);
        prop_assert!(out <= first + donation, "{} in, {out} out", first + donation);
        // And the victim loses at most what one share is worth, a millionth of what was donated.
        if let Some(bought) = bought {
            let lost = victim - fund.worth(bought);
            prop_assert!(lost <= 2 + (initial + first + donation) / PROTOCOL_MINIMUM, "{lost}");
        }
    }
}

#[test]
fn what_was_there_before_the_first_stake_is_not_the_stakers() {
    let mut fund = Fund { assets: 50_000_000, shares: 0 };
    assert_eq!(fund.stake(10_000_000), Some(10_000_000));
    assert_eq!((fund, fund.worth(10_000_000)), (Fund { assets: 60_000_000, shares: 60_000_000 }, 10_000_000));
    fund.assets += 6_000_000;
    assert_eq!(fund.unstake(10_000_000), 11_000_000);
    // What is left is the protocol's, and the next one buys at its price.
    assert_eq!((fund.assets, fund.shares), (55_000_000, 50_000_000));
    assert_eq!(fund.stake(1_100_000), Some(1_000_000));
}

#[test]
fn the_first_stake_makes_up_the_protocols_minimum() {
    let mut fund = Fund { assets: 400_000, shares: 0 };
    assert_eq!(fund.stake(600_000), None);
    assert_eq!(fund, Fund { assets: 400_000, shares: 0 });
    assert_eq!(fund.stake(1_000_000), Some(400_000));
    assert_eq!(fund, Fund { assets: 1_400_000, shares: 1_400_000 });
}

#[test]
fn a_wiped_out_fund_takes_stakes_again() {
    let mut fund = Fund { assets: 0, shares: 0 };
    fund.stake(100_000_000).unwrap();
    assert!(!fund.draw(MicroUsd(99_990_000)), "a ten-thousandth is left");
    assert_eq!(fund.stake(10_000), Some(100_000_000));
    assert!(fund.draw(MicroUsd(i64::MAX)));
    assert_eq!(fund, Fund::default());
    assert_eq!((fund.worth(u64::MAX), fund.unstake(5)), (0, 0));
    assert_eq!(fund.stake(3_000_000), Some(2_000_000));
}
