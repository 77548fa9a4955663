//! The lending pool: whatever is lent, borrowed and paid back, not a unit is lost, and rounding favours who stays.

#![allow(missing_docs)]

use ballast_risk::lending::{INDEX_ONE, LendingRules};
use ballast_state::{Bank, ExchangeParameters, MarginAccount, lending::LendingRefusal};
use bytemuck::Zeroable;
use proptest::prelude::*;

const DOLLAR: u64 = 1_000_000;
const DAY: i64 = 86_400;
/// What every account starts with.
const CASH: i64 = 1_000_000 * DOLLAR as i64;

fn rules() -> LendingRules {
    ExchangeParameters::defaults().lending_rules()
}

/// A quote bank whose pool has begun, and accounts with cash.
fn with_accounts<const N: usize>() -> (Box<Bank>, Vec<MarginAccount>) {
    let mut bank: Box<Bank> = Box::new(Zeroable::zeroed());
    bank.accrue_interest(&rules(), 1_000);
    assert_eq!((bank.lending.index, bank.lending.accrued_at), (INDEX_ONE, 1_000));
    let account = MarginAccount { cash: CASH, ..Zeroable::zeroed() };
    (bank, vec![account; N])
}

/// Tokens of the accounts, the pool and the insurance fund.
fn tokens(bank: &Bank, accounts: &[MarginAccount]) -> i128 {
    let cash: i128 = accounts.iter().map(|account| i128::from(account.cash)).sum();
    cash + i128::from(bank.lending.liquidity()) + i128::from(bank.insurance)
}

fn assert_consistent(bank: &Bank, accounts: &[MarginAccount]) {
    let pool = &bank.lending;
    assert_eq!(tokens(bank, accounts), accounts.len() as i128 * i128::from(CASH));
    assert_eq!(pool.borrowed, accounts.iter().map(|account| account.debt).sum::<u64>());
    assert_eq!(pool.shares, accounts.iter().map(|account| account.lending_shares).sum::<u64>());
    assert!(pool.assets + pool.insurance_due >= pool.owed(), "{pool:?}");
    let debts: u64 = accounts.iter().filter_map(|account| account.debt_at(pool.index)).sum();
    assert!(debts >= pool.owed(), "{debts} of debts, {pool:?}");
    assert!(accounts.iter().all(|account| account.cash >= 0));
}

#[derive(Clone, Debug)]
enum Step {
    Lend(usize, u64),
    Unlend(usize, u64),
    Borrow(usize, u64),
    Repay(usize, u64),
    PassDebt(usize, u64),
    PassTime(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let amount = || prop_oneof![1..10_u64, 1..1_000_000_u64, 1..1_000_000_000_000_u64];
    let time = prop_oneof![0..10_i64, 1..DAY, DAY..100 * DAY];
    prop_oneof![
        (0..4_usize, amount()).prop_map(|(who, amount)| Step::Lend(who, amount)),
        (0..4_usize, amount()).prop_map(|(who, amount)| Step::Unlend(who, amount)),
        (0..4_usize, amount()).prop_map(|(who, amount)| Step::Borrow(who, amount)),
        (0..4_usize, amount()).prop_map(|(who, amount)| Step::Repay(who, amount)),
        (0..4_usize, amount()).prop_map(|(who, amount)| Step::PassDebt(who, amount)),
        time.prop_map(Step::PassTime),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_a_share_never_loses(steps in prop::collection::vec(step(), 1..120)) {
        let (mut bank, mut accounts) = with_accounts::<4>();
        let mut now = 1_000;
        let mut price = (DOLLAR, DOLLAR);
        for step in steps {
            // A refusal leaves books half changed that the program would throw away.
            let (bank_before, accounts_before) = (*bank, accounts.clone());
            bank.accrue_interest(&rules(), now);
            let pool = &mut bank.lending;
            let outcome = match step {
                Step::Lend(who, amount) => pool.lend(&mut accounts[who], amount),
                Step::Unlend(who, shares) => pool.unlend(&mut accounts[who], shares),
                Step::Borrow(who, amount) => pool.borrow(&mut accounts[who], amount),
                Step::Repay(who, amount) => pool.repay(&mut accounts[who], amount),
                Step::PassDebt(who, part) => {
                    let (from, others) = accounts[who..].split_first_mut().expect("there are four");
                    match others.first_mut() {
                        Some(to) => pool
                            .charge(from)
                            .and_then(|_| pool.charge(to))
                            .and_then(|_| from.pass_debt(to, part.min(from.debt)).map(|()| 0)),
                        None => Ok(0),
                    }
                }
                Step::PassTime(seconds) => {
                    now += seconds;
                    bank.accrue_interest(&rules(), now);
                    Ok(0)
                }
            };
            if outcome.is_err() {
                (*bank, accounts) = (bank_before, accounts_before);
            }
            assert_consistent(&bank, &accounts);
            let pool = bank.lending;
            let next = (pool.assets + DOLLAR, pool.shares + DOLLAR);
            if pool.shares > 0 {
                // next.0 / next.1 ≥ price.0 / price.1
                prop_assert!(u128::from(next.0) * u128::from(price.1) >= u128::from(price.0) * u128::from(next.1));
            }
            price = next;
        }
        // Everybody pays back: nothing that the pool counts on is missing.
        bank.accrue_interest(&rules(), now);
        for account in &mut accounts {
            account.cash = CASH * 1_000;
            let debt = bank.lending.charge(account).expect("the debt is in range");
            let paid = bank.lending.repay(account, u64::MAX);
            prop_assert_eq!(paid, if debt > 0 { Ok(debt) } else { Err(LendingRefusal::Nothing) });
        }
        prop_assert_eq!((bank.lending.borrowed, bank.lending.uncollected), (0, 0));
    }
}

#[test]
fn interest_goes_to_lenders_and_insurance() {
    let (mut bank, mut accounts) = with_accounts::<2>();
    let [lender, borrower] = accounts.get_disjoint_mut([0, 1]).expect("there are two");
    bank.lending.lend(lender, 1_000 * DOLLAR).expect("it lends");
    bank.lending.borrow(borrower, 700 * DOLLAR).expect("it borrows");
    let mut now = 1_000;
    for _ in 0..365 {
        now += DAY;
        bank.accrue_interest(&rules(), now);
    }
    let debt = bank.lending.charge(borrower).expect("the debt is in range");
    // 8.9 % at 70 % lent out, a little more as interest adds to that, compounded by the day.
    assert!(debt > 764 * DOLLAR && debt < 772 * DOLLAR, "{debt}");
    bank.lending.repay(borrower, u64::MAX).expect("it pays back");
    let interest = debt - 700 * DOLLAR;
    let got = bank.lending.unlend(lender, lender.lending_shares).expect("it leaves") - 1_000 * DOLLAR;
    bank.accrue_interest(&rules(), now);
    assert_eq!(bank.insurance, interest - got);
    // A fifth is the insurance fund's, and what the virtual shares earned.
    let part = got as f64 / interest as f64;
    assert!(part > 0.798 && part < 0.8, "{part}");
    assert_consistent(&bank, &accounts);
    assert_eq!((bank.lending.assets, bank.lending.shares, bank.lending.insurance_due), (0, 0, 0));
}

#[test]
fn interest_after_a_halt_ends_at_the_catch_up() {
    let debt_after = |seconds: i64| {
        let (mut bank, mut accounts) = with_accounts::<1>();
        bank.lending.lend(&mut accounts[0], 1_000 * DOLLAR).expect("it lends");
        bank.lending.borrow(&mut accounts[0], 900 * DOLLAR).expect("it borrows");
        bank.accrue_interest(&rules(), 1_000 + seconds);
        assert_eq!(bank.lending.accrued_at, 1_000 + seconds.max(0));
        bank.lending.charge(&mut accounts[0]).expect("the debt is in range")
    };
    let longest = i64::from(rules().catch_up_seconds);
    assert!(debt_after(longest / 2) < debt_after(longest));
    assert_eq!(debt_after(longest), debt_after(100 * longest));
    assert_eq!(debt_after(0), debt_after(-100), "a clock that goes back charges nothing");
}

#[test]
fn interest_hardly_depends_on_how_often_it_accrues() {
    let debt_after = |steps: i64| {
        let (mut bank, mut accounts) = with_accounts::<1>();
        bank.lending.lend(&mut accounts[0], 1_000 * DOLLAR).expect("it lends");
        bank.lending.borrow(&mut accounts[0], 500 * DOLLAR).expect("it borrows");
        for step in 1..=steps {
            bank.accrue_interest(&rules(), 1_000 + step * (3_600 / steps));
        }
        assert_consistent(&bank, &accounts);
        bank.lending.charge(&mut accounts[0]).expect("the debt is in range")
    };
    assert!(debt_after(3_600).abs_diff(debt_after(1)) < 10);
}

#[test]
fn the_pool_lends_only_what_it_has() {
    let (mut bank, mut accounts) = with_accounts::<2>();
    let [lender, borrower] = accounts.get_disjoint_mut([0, 1]).expect("there are two");
    let illiquid = |available, asked| Err(LendingRefusal::Illiquid { available, asked });
    assert_eq!(bank.lending.borrow(borrower, 1), illiquid(0, 1));
    bank.lending.lend(lender, 100 * DOLLAR).expect("it lends");
    assert_eq!(bank.lending.borrow(borrower, 100 * DOLLAR + 1), illiquid(100 * DOLLAR, 100 * DOLLAR + 1));
    bank.lending.borrow(borrower, 60 * DOLLAR).expect("it borrows");
    assert_eq!(bank.lending.unlend(&mut lender.clone(), 41 * DOLLAR), illiquid(40 * DOLLAR, 41 * DOLLAR));
    bank.lending.unlend(lender, 40 * DOLLAR).expect("so much is there");
    assert_eq!(bank.lending.borrow(borrower, 0), Err(LendingRefusal::Nothing));
    assert_eq!(bank.lending.repay(lender, 1), Err(LendingRefusal::Nothing), "the lender owes nothing");
}

/// The first lender lends one unit and makes it dear, so that rounding takes what the next one pays in.
#[test]
fn attack_first_lender_inflates_the_share() {
    let (mut bank, mut accounts) = with_accounts::<2>();
    let [attacker, victim] = accounts.get_disjoint_mut([0, 1]).expect("there are two");
    bank.lending.lend(attacker, 1).expect("it lends");
    // As many rounding gains as the attacker can make: each lends an amount of which a part buys no share.
    for _ in 0..1_000 {
        let shares = bank.lending.lend(attacker, 3).expect("it lends");
        if shares > 1 {
            bank.lending.unlend(attacker, shares - 1).expect("it takes back");
        }
    }
    let shares = bank.lending.lend(victim, 10 * DOLLAR).expect("it lends");
    let back = bank.lending.unlend(victim, shares).expect("it takes back");
    assert!(10 * DOLLAR - back <= 20, "{back}");
    let held = attacker.lending_shares;
    bank.lending.unlend(attacker, held).expect("it leaves");
    assert!(attacker.cash <= CASH, "the attacker gains nothing");
}
