use ballast_risk::parameters::BankClass;
use bytemuck::Zeroable;

use super::*;
use crate::BankParameters;

const DAY: i64 = 86_400;
const RULES: OutflowRules = OutflowRules { window_seconds: 86_400, floor: 0 };
const MILLION: u64 = 1_000_000;

/// A bank with a limit of a quarter of its vault, and that vault.
fn bank() -> (Bank, u64) {
    let mut bank = Bank::zeroed();
    bank.parameters = BankParameters::defaults(BankClass::Stablecoin);
    (bank, MILLION)
}

fn withdraw(bank: &mut Bank, vault: &mut u64, amount: u64, now: i64) -> Result<(), OutflowLimit> {
    bank.record_outflow(amount, *vault, now, &RULES)?;
    *vault -= amount;
    Ok(())
}

fn deposit(bank: &mut Bank, vault: &mut u64, amount: u64, now: i64) {
    bank.record_inflow(amount, now, &RULES);
    *vault += amount;
}

#[test]
fn a_quarter_leaves_at_once_and_the_rest_as_the_window_passes() {
    let (mut bank, mut vault) = bank();
    assert_eq!(withdraw(&mut bank, &mut vault, 250_001, 0), Err(OutflowLimit { limit: 250_000, outflow: 250_001 }));
    withdraw(&mut bank, &mut vault, 150_000, 0).unwrap();
    withdraw(&mut bank, &mut vault, 100_000, 10).unwrap();
    assert!(withdraw(&mut bank, &mut vault, 1_000, 20).is_err());
    // Half a window later half of it is forgotten, but what is left counts as the vault more and more.
    let limit = withdraw(&mut bank, &mut vault, MILLION, 20 + DAY / 2).unwrap_err().limit;
    assert!((218_000..220_000).contains(&limit), "{limit}");
    assert_eq!(withdraw(&mut bank, &mut vault, 187_501, 20 + DAY).unwrap_err().limit, 187_500);
    withdraw(&mut bank, &mut vault, 187_500, 20 + DAY).unwrap();
}

#[test]
fn in_any_window_at_most_twice_the_share_leaves() {
    let (mut bank, mut vault) = bank();
    let mut left = Vec::new();
    for minute in 0..3 * 1_440_i64 {
        let now = minute * 60;
        let held = vault;
        // As much as goes, found by halving.
        let (mut low, mut high) = (0, held);
        while low < high {
            let middle = (low + high).div_ceil(2);
            let mut probe = bank;
            if probe.record_outflow(middle, held, now, &RULES).is_ok() { low = middle } else { high = middle - 1 }
        }
        withdraw(&mut bank, &mut vault, low, now).unwrap();
        left.push(low);
    }
    for window in left.windows(1_440) {
        assert!(window.iter().sum::<u64>() <= MILLION / 2);
    }
}

#[test]
fn attacker_deposits_and_withdraws_to_use_up_what_others_may_withdraw() {
    let (mut bank, mut vault) = bank();
    for second in 0..1_000 {
        deposit(&mut bank, &mut vault, 10 * MILLION, second);
        withdraw(&mut bank, &mut vault, 10 * MILLION, second).unwrap();
    }
    withdraw(&mut bank, &mut vault, 250_000, 1_000).expect("all of it is left to the others");
    // Nor does a deposit of an hour take more than an hour's share of itself along.
    let (mut bank, mut vault) = self::bank();
    deposit(&mut bank, &mut vault, 24 * 1_000, 0);
    withdraw(&mut bank, &mut vault, 24 * 1_000, 3_600).unwrap();
    assert_eq!(bank.outflow, 1_000);
}

#[test]
fn attacker_widens_the_limit_with_tokens_that_leave_again() {
    let (mut bank, mut vault) = bank();
    deposit(&mut bank, &mut vault, 99 * MILLION, 0);
    let refusal = withdraw(&mut bank, &mut vault, 99 * MILLION + 250_001, 0).unwrap_err();
    assert_eq!(refusal, OutflowLimit { limit: 250_000, outflow: 250_001 });
    // A deposit after withdrawals gives back what they took, and no more.
    withdraw(&mut bank, &mut vault, 99 * MILLION + 250_000, 0).unwrap();
    deposit(&mut bank, &mut vault, 250_000, 0);
    assert_eq!(withdraw(&mut bank, &mut vault, MILLION, 0).unwrap_err().limit, 250_000);
}

#[test]
fn a_share_of_one_never_refuses() {
    let (mut bank, mut vault) = bank();
    bank.parameters.outflow_share = 1 << 30;
    withdraw(&mut bank, &mut vault, 300_000, 0).unwrap();
    deposit(&mut bank, &mut vault, 7, 3);
    withdraw(&mut bank, &mut vault, 700_007, 9).unwrap();
    assert_eq!(vault, 0);
}

#[test]
fn a_floor_in_dollars_lets_a_small_bank_empty() {
    let (mut bank, _) = bank();
    (bank.price, bank.price_decimals, bank.token_decimals) = (50_000_000, 6, 9);
    assert_eq!(bank.native_units(1_000_000_000), 20_000_000_000, "1,000 USD are 20 tokens of 50");
    let rules = OutflowRules { floor: 1_000_000_000, ..RULES };
    bank.record_outflow(20_000_000_000, 20_000_000_000, 0, &rules).unwrap();
    (bank.price, bank.outflow) = (0, 0);
    assert_eq!(bank.native_units(1_000_000_000), 0);
    assert!(bank.record_outflow(2, 4, 0, &rules).is_err(), "without a price only the share counts");
    // Numbers at the ends of their ranges.
    (bank.price, bank.price_decimals, bank.token_decimals) = (1, 12, 13);
    assert_eq!(bank.native_units(10_000_000_000_000), i64::MAX, "ten million USD");
    bank.outflow = i64::MAX;
    bank.record_outflow(u64::MAX, u64::MAX, 0, &RULES).unwrap_err();
    bank.outflow = i64::MIN;
    bank.record_inflow(u64::MAX, 0, &RULES);
    assert_eq!(bank.outflow, i64::MIN);
}
