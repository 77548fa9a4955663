//! `lend`, `unlend`, `borrow` and `repay`: the lending pool.

use anchor_lang::{prelude::AccountMeta, solana_program::instruction::Instruction};
use ballast::{
    BallastError, LiquidationPlan,
    events::{DebtChanged, LendingChanged, Liquidated},
};
use ballast_client::{CheckAccounts, instructions};
use ballast_harness::{Exchange, Trader, oracle::USD};
use ballast_risk::Mode;
use ballast_state::Contract;
use ballast_tests::{assert_refused, standard, substitute};

/// One bitcoin in native units, and in lots of the seeded market.
const BITCOIN: (u64, i64) = (100_000_000, 100_000);
/// One µUSD-dollar.
const DOLLAR: u64 = 1_000_000;

/// A lender who put 100,000 dollars into the pool, and a borrower with a bitcoin worth as much.
fn with_pool() -> (Exchange, Trader, Trader) {
    let mut exchange = standard();
    let lender = exchange.trader(Mode::Portfolio, &[("USDC", 150_000 * DOLLAR)]);
    let borrower = exchange.trader(Mode::Portfolio, &[("BTC", BITCOIN.0)]);
    // A token account for what the borrower withdraws.
    exchange.fund(&borrower, "USDC", 1);
    exchange.lend(&lender, 100_000 * DOLLAR).expect("cash is lent");
    (exchange, lender, borrower)
}

fn excesses(exchange: &mut Exchange, trader: &Trader) -> (i64, i64) {
    let own = exchange.assess(trader).modes[Mode::Portfolio as usize];
    (own.withdrawal_excess, own.maintenance_excess)
}

#[test]
fn lend_turns_cash_into_shares_and_unlend_back() {
    let mut exchange = standard();
    let lender = exchange.trader(Mode::Portfolio, &[("USDC", 1_000 * DOLLAR)]);
    let lent: LendingChanged = exchange.lend(&lender, 600 * DOLLAR).expect("cash is lent").event();
    assert_eq!((lent.cash_before, lent.cash), (1_000_000_000, 400_000_000));
    assert_eq!((lent.shares_before, lent.shares, lent.pool_shares), (0, 600 * DOLLAR, 600 * DOLLAR));
    assert_eq!(lent.pool_assets, 600 * DOLLAR);
    exchange.assert_books_balance();
    let back: LendingChanged = exchange.unlend(&lender, 200 * DOLLAR).expect("nothing is lent on").event();
    assert_eq!((back.cash, back.shares, back.pool_assets), (600_000_000, 400 * DOLLAR, 400 * DOLLAR));
    exchange.unlend(&lender, 400 * DOLLAR).expect("nothing is lent on");
    assert_eq!(exchange.account(&lender).cash, 1_000_000_000);
    exchange.assert_books_balance();
}

#[test]
fn lend_and_unlend_refuse_nothing_and_more_than_there_is() {
    let (mut exchange, lender, borrower) = with_pool();
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.lend(&lender, 0));
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.unlend(&lender, 0));
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.lend(&lender, 50_000 * DOLLAR + 1)
    });
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.unlend(&lender, 100_000 * DOLLAR + 1)
    });
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| exchange.lend(&borrower, u64::MAX));
    exchange.borrow(&borrower, 70_000 * DOLLAR).expect("the bitcoin secures it");
    assert_refused(&mut exchange, BallastError::PoolIlliquid, |exchange| exchange.unlend(&lender, 30_001 * DOLLAR));
    exchange.unlend(&lender, 30_000 * DOLLAR).expect("so much is there");
    exchange.assert_books_balance();
}

#[test]
fn lend_takes_no_more_than_a_withdrawal_could() {
    let (mut exchange, lender, _) = with_pool();
    let other = exchange.trader(Mode::Portfolio, &[("USDC", 500_000 * DOLLAR)]);
    exchange.buy(&lender, &other, "BTC", Contract::PERPETUAL, BITCOIN.1);
    let (excess, _) = excesses(&mut exchange, &lender);
    assert!(excess > 0 && excess < 50_000 * DOLLAR as i64);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.lend(&lender, excess as u64 + 1)
    });
    exchange.lend(&lender, excess as u64).expect("the excess may be lent");
    assert_eq!(excesses(&mut exchange, &lender).0, 0, "shares count for nothing");
}

#[test]
fn borrow_is_bounded_by_the_borrowing_power() {
    let (mut exchange, _, borrower) = with_pool();
    let (power, _) = excesses(&mut exchange, &borrower);
    assert!(power > 84_000 * DOLLAR as i64 && power < 85_000 * DOLLAR as i64, "{power}");
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.borrow(&borrower, power as u64 + 1)
    });
    let half = power as u64 / 2;
    let changed: DebtChanged = exchange.borrow(&borrower, half).expect("the bitcoin secures it").event();
    assert_eq!((changed.cash, changed.debt_before, changed.debt, changed.pool_borrowed), (half as i64, 0, half, half));
    // Cash that was borrowed does not secure the next loan.
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.borrow(&borrower, power as u64 - half + 1)
    });
    exchange.borrow(&borrower, power as u64 - half).expect("the bitcoin secures it");
    exchange.assert_books_balance();
    exchange.withdraw(&borrower, "USDC", power as u64).expect("the loan may leave");
    assert_eq!(excesses(&mut exchange, &borrower).0, 0);
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&borrower, "BTC", 1)
    });
    assert_eq!(exchange.assess(&borrower).cash, -power);
    exchange.assert_books_balance();
}

#[test]
fn borrow_refuses_nothing_and_more_than_the_pool_has() {
    let (mut exchange, _, borrower) = with_pool();
    exchange.fund(&borrower, "BTC", BITCOIN.0);
    exchange.deposit(&borrower, "BTC", BITCOIN.0).expect("the deposit is accepted");
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.borrow(&borrower, 0));
    for amount in [100_000 * DOLLAR + 1, u64::MAX] {
        assert_refused(&mut exchange, BallastError::PoolIlliquid, |exchange| exchange.borrow(&borrower, amount));
    }
    exchange.borrow(&borrower, 100_000 * DOLLAR).expect("all of it may be lent");
    exchange.assert_books_balance();
}

#[test]
fn borrow_pays_the_premium_of_a_trade() {
    let (mut exchange, lender, borrower) = with_pool();
    let expiry = exchange.list_chain("BTC", 30, &[100_000]);
    let call = exchange.option(&expiry, 100_000, ballast_state::OptionKind::Call);
    let leg = exchange.leg_at_mark("BTC", call, BITCOIN.1);
    assert_refused(&mut exchange, BallastError::InsufficientCash, |exchange| {
        exchange.trade(&borrower, &lender, &[leg])
    });
    exchange.borrow(&borrower, 10_000 * DOLLAR).expect("the bitcoin secures it");
    exchange.trade(&borrower, &lender, &[leg]).expect("the loan pays the premium");
    exchange.assert_books_balance();
}

#[test]
fn interest_accrues_with_time_and_is_shared() {
    let (mut exchange, lender, borrower) = with_pool();
    exchange.borrow(&borrower, 70_000 * DOLLAR).expect("the bitcoin secures it");
    let before = exchange.assess(&borrower).equity;
    for _ in 0..10 {
        exchange.pass_time(8_640);
        exchange.assert_books_balance();
    }
    // A day at 8.875 % a year, of 70,000.
    let interest = before - exchange.assess(&borrower).equity;
    assert!((interest - 17_020_548).abs() < 10_000, "{interest}");
    assert_eq!(exchange.account(&borrower).debt, 70_000 * DOLLAR, "the account follows when it is charged");
    assert_eq!(exchange.assess(&borrower), exchange.preview(&borrower));
    exchange.fund(&borrower, "USDC", 100 * DOLLAR);
    exchange.deposit(&borrower, "USDC", 100 * DOLLAR).expect("the deposit is accepted");
    let repaid: DebtChanged = exchange.repay(&borrower, u64::MAX).expect("all is paid back").event();
    assert_eq!((repaid.debt_before, repaid.debt, repaid.pool_borrowed), (70_000 * DOLLAR, 0, 0));
    assert_eq!(repaid.cash_before - repaid.cash - 70_000 * DOLLAR as i64, interest);
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.repay(&borrower, u64::MAX));
    let cash = exchange.account(&lender).cash;
    exchange.unlend(&lender, exchange.account(&lender).lending_shares).expect("the lender leaves");
    let earned = exchange.account(&lender).cash - cash - 100_000 * DOLLAR as i64;
    assert!((earned - interest * 4 / 5).abs() < 1_000, "{earned} of {interest}");
    exchange.pass_time(1);
    assert_eq!(exchange.bank("USDC").insurance as i64, interest - earned);
    exchange.assert_books_balance();
}

#[test]
fn repay_takes_cash_and_not_more_than_the_debt() {
    let (mut exchange, lender, borrower) = with_pool();
    exchange.borrow(&borrower, 1_000 * DOLLAR).expect("the bitcoin secures it");
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.repay(&borrower, 0));
    assert_refused(&mut exchange, BallastError::ZeroAmount, |exchange| exchange.repay(&lender, DOLLAR));
    exchange.withdraw(&borrower, "USDC", 600 * DOLLAR).expect("the loan may leave");
    assert_refused(&mut exchange, BallastError::InsufficientBalance, |exchange| {
        exchange.repay(&borrower, 400 * DOLLAR + 1)
    });
    exchange.repay(&borrower, 400 * DOLLAR).expect("cash pays a part");
    assert_eq!((exchange.account(&borrower).cash, exchange.account(&borrower).debt), (0, 600 * DOLLAR));
    exchange.assert_books_balance();
}

#[test]
fn debt_is_liquidated_with_the_collateral() {
    let (mut exchange, _, borrower) = with_pool();
    let liquidator = exchange.trader(Mode::Portfolio, &[("USDC", 200_000 * DOLLAR)]);
    exchange.borrow(&borrower, 80_000 * DOLLAR).expect("the bitcoin secures it");
    exchange.withdraw(&borrower, "USDC", 80_000 * DOLLAR).expect("the loan may leave");
    let fraction = (1 << 28) / 20;
    let slice = LiquidationPlan::Slice { fraction };
    assert_refused(&mut exchange, BallastError::NotLiquidatable, |exchange| {
        exchange.liquidate(&borrower, &liquidator, slice.clone())
    });
    exchange.set_price("BTC", 90_500 * USD);
    exchange.pass_time(60);
    assert!(excesses(&mut exchange, &borrower).1 < 0);
    let event: Liquidated = exchange.liquidate(&borrower, &liquidator, slice).expect("a slice is taken").event();
    assert!(event.paid > 0 && event.maintenance_excess > event.maintenance_excess_before);
    let [victim, taker] = [&borrower, &liquidator].map(|trader| exchange.account(trader));
    // A twentieth of the debt with its interest, rounded towards the account.
    assert_eq!(taker.debt, ((victim.debt + taker.debt) * u64::from(fraction)) >> 28);
    assert!(taker.debt > 4_000 * DOLLAR && taker.debt_index == victim.debt_index);
    assert_eq!(victim.cash, event.paid);
    exchange.assert_books_balance();
}

#[test]
fn account_with_a_debt_or_shares_stays_open() {
    let (mut exchange, lender, borrower) = with_pool();
    exchange.withdraw(&lender, "USDC", 50_000 * DOLLAR).expect("nothing is required of a lender");
    assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_account(&lender));
    exchange.borrow(&borrower, 1_000 * DOLLAR).expect("the bitcoin secures it");
    exchange.withdraw(&borrower, "USDC", 1_000 * DOLLAR).expect("the loan may leave");
    assert_refused(&mut exchange, BallastError::AccountNotEmpty, |exchange| exchange.close_account(&borrower));
    exchange.unlend(&lender, 99_000 * DOLLAR).expect("so much is there");
    exchange.assert_books_balance();
}

#[test]
fn attacker_hides_a_debt_from_the_check() {
    let (mut exchange, _, attacker) = with_pool();
    exchange.borrow(&attacker, 80_000 * DOLLAR).expect("the bitcoin secures it");
    exchange.withdraw(&attacker, "USDC", 80_000 * DOLLAR).expect("the loan may leave");
    let (token, destination) = exchange.wallet_account(&attacker, "BTC");
    for keep in ["BTC", "USDC"] {
        let bank = exchange.collateral(keep).mint.token.bank(&exchange.address).0;
        let check = vec![AccountMeta::new_readonly(bank, false)];
        let instruction = instructions::withdraw(&attacker.key, &token, destination, BITCOIN.0 / 2, check);
        assert_refused(&mut exchange, BallastError::MissingBank, |exchange| {
            exchange.chain.send(&[instruction], &[&attacker.wallet])
        });
    }
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| {
        exchange.withdraw(&attacker, "BTC", BITCOIN.0)
    });
}

#[test]
fn attacker_borrows_against_gains_that_have_not_vested() {
    let (mut exchange, lender, _) = with_pool();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 21_000 * DOLLAR)]);
    exchange.buy(&attacker, &lender, "BTC", Contract::PERPETUAL, BITCOIN.1);
    exchange.set_price("BTC", 120_000 * USD);
    exchange.refresh_all();
    let own = exchange.assess(&attacker).modes[Mode::Portfolio as usize];
    assert!(own.initial_excess > 0 && own.withdrawal_excess < 0, "{own:?}");
    assert_refused(&mut exchange, BallastError::BelowWithdrawalExcess, |exchange| exchange.borrow(&attacker, 1));
}

#[test]
fn attacker_borrows_for_somebody_else_or_from_another_bank() {
    let (mut exchange, _, borrower) = with_pool();
    let attacker = exchange.chain.wallet();
    let quote = exchange.quote_token();
    let check = exchange.check(CheckAccounts::of(&[&exchange.account(&borrower)]).borrowing());
    let instruction = instructions::borrow(&borrower.key, &quote, DOLLAR, check.clone());
    let stolen = substitute(instruction.clone(), borrower.owner(), solana_signer::Signer::pubkey(&attacker));
    assert_refused(&mut exchange, BallastError::NotOwner, |exchange| exchange.chain.send(&[stolen], &[&attacker]));
    let other = exchange.collateral("PYUSD").mint.token.bank(&exchange.address).0;
    let elsewhere = substitute(instruction, quote.bank(&exchange.address).0, other);
    assert_refused(&mut exchange, BallastError::QuoteBank, |exchange| {
        exchange.chain.send(&[elsewhere], &[&borrower.wallet])
    });
}

/// The first lender lends one unit, and sends tokens straight into the vault to make that unit dear.
#[test]
fn attacker_donates_to_the_pool_to_round_the_next_lender_down() {
    let mut exchange = standard();
    let attacker = exchange.trader(Mode::Portfolio, &[("USDC", 1)]);
    let victim = exchange.trader(Mode::Portfolio, &[("USDC", 1_000 * DOLLAR)]);
    exchange.lend(&attacker, 1).expect("one unit is lent");
    exchange.fund(&attacker, "USDC", 10_000 * DOLLAR);
    let (token, source) = exchange.wallet_account(&attacker, "USDC");
    let vault = token.bank(&exchange.address).1;
    // The token program's `Transfer`.
    let data = [vec![3], (10_000 * DOLLAR).to_le_bytes().to_vec()].concat();
    let metas = vec![
        AccountMeta::new(source, false),
        AccountMeta::new(vault, false),
        AccountMeta::new_readonly(attacker.owner(), true),
    ];
    let donation = Instruction { program_id: token.program, accounts: metas, data };
    exchange.chain.send(&[donation], &[&attacker.wallet]).expect("anyone may send tokens to a vault");
    exchange.lend(&victim, 1_000 * DOLLAR).expect("cash is lent");
    let shares = exchange.account(&victim).lending_shares;
    assert_eq!(shares, 1_000 * DOLLAR, "what is in the vault sets no price");
    exchange.unlend(&victim, shares).expect("nothing is lent on");
    assert_eq!(exchange.account(&victim).cash, 1_000 * DOLLAR as i64);
    exchange.unlend(&attacker, 1).expect("nothing is lent on");
    assert_eq!(exchange.account(&attacker).cash, 1);
}
