//! Lending cash to the pool and borrowing from it.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::instructions;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{pick_account, withdrawal_after};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::Ledger,
    state::State,
};

/// What an owner does with the pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum LendingAction {
    /// Lends cash.
    Lend { account: u8, amount: u64 },
    /// Takes shares back.
    Unlend { account: u8, shares: u64 },
    /// Borrows cash.
    Borrow { account: u8, amount: u64 },
    /// Pays back, at most all of it.
    Repay { account: u8, amount: u64 },
}

use LendingAction::{Borrow, Lend, Repay, Unlend};

/// Draws a change: of any amount, of all that is there, or of exactly what may leave the account.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let account = pick_account(dice, cast, state);
    let Some(books) = ledger.accounts.get(&cast.address(account)) else {
        return vec![Action::Lending(Lend { account, amount: 1_000_000 })];
    };
    let [shares, debt] = [books.lending_shares, books.debt].map(|held| u64::try_from(held).unwrap_or(0));
    let excess = state.account(&cast.address(account)).and_then(|it| state.withdrawal_excess(it).ok());
    let excess = excess.map_or(0, |excess| u64::try_from(excess.0).unwrap_or(0));
    let liquidity = u64::try_from(ledger.lending.liquidity()).unwrap_or(0);
    let action = match dice.roll(8) {
        0 | 1 => Lend { account, amount: dice.amount((excess / 2).max(1_000)) },
        2 if shares > 0 => Unlend { account, shares: shares.saturating_add(dice.roll(2)) },
        2 | 3 => Unlend { account, shares: dice.amount(shares.max(1_000)) },
        4 => Borrow { account, amount: excess.min(liquidity).saturating_add(dice.roll(2)) },
        5 => Borrow { account, amount: dice.amount((liquidity / 2).max(1_000)) },
        6 => Repay { account, amount: *dice.pick(&[u64::MAX, debt, debt / 2]) },
        _ => Repay { account, amount: dice.amount(debt.max(1_000)) },
    };
    vec![Action::Lending(action)]
}

impl LendingAction {
    fn account(&self) -> u8 {
        let (Lend { account, .. } | Unlend { account, .. } | Borrow { account, .. } | Repay { account, .. }) = self;
        *account
    }
}

impl Act for LendingAction {
    fn name(&self) -> &'static str {
        match self {
            Lend { .. } => "lend",
            Unlend { .. } => "unlend",
            Borrow { .. } => "borrow",
            Repay { .. } => "repay",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let (key, quote) = (cast.key(self.account()), cast.quote());
        vec![match *self {
            Lend { account, amount } => instructions::lend(key, &quote, amount, state.check(cast, &[account], [])),
            Unlend { shares, .. } => instructions::unlend(key, &quote, shares),
            Borrow { account, amount } => {
                instructions::borrow(key, &quote, amount, state.check_of_borrower(cast, account))
            }
            Repay { amount, .. } => instructions::repay(key, &quote, amount),
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        ledger.accrue_interest(done);
        let address = done.cast.address(self.account());
        match *self {
            Lend { amount, .. } => {
                let amount = i128::from(amount);
                let shares = ledger.lending.shares_for(amount);
                assert!(shares > 0, "lending: nothing was lent");
                let books = ledger.account(&address);
                books.cash -= amount;
                books.lending_shares += shares;
                assert!(books.cash >= 0, "lending: more was lent than held");
                ledger.lending.assets += amount;
                ledger.lending.shares += shares;
            }
            Unlend { shares, .. } => {
                let shares = i128::from(shares);
                let amount = ledger.lending.cash_for(shares);
                assert!(amount > 0, "lending: nothing was taken back");
                assert!(amount <= ledger.lending.liquidity(), "lending: what is lent out was paid out");
                let books = ledger.account(&address);
                books.cash += amount;
                books.lending_shares -= shares;
                assert!(books.lending_shares >= 0, "lending: more was taken back than lent");
                let pool = &mut ledger.lending;
                pool.assets -= amount;
                pool.shares -= shares;
                if pool.shares == 0 && pool.borrowed + pool.uncollected == 0 {
                    pool.insurance_due += std::mem::take(&mut pool.assets);
                }
            }
            Borrow { amount, .. } => {
                ledger.charge_interest(&address);
                let amount = i128::from(amount);
                let available = ledger.lending.liquidity();
                assert!((1..=available).contains(&amount), "lending: {amount} µUSD borrowed, {available} were there");
                let books = ledger.account(&address);
                books.cash += amount;
                books.debt += amount;
                ledger.lending.borrowed += amount;
            }
            Repay { amount, .. } => {
                ledger.charge_interest(&address);
                let books = ledger.account(&address);
                let amount = i128::from(amount).min(books.debt);
                assert!((1..=books.cash).contains(&amount), "lending: {amount} µUSD paid back of {}", books.cash);
                books.cash -= amount;
                books.debt -= amount;
                ledger.lending.borrowed -= amount;
            }
        }
    }

    fn verify(&self, _: &Ledger, done: &Done) {
        let address = done.cast.address(self.account());
        let account = done.after.account(&address).expect("the account is open");
        let least = match self {
            Lend { .. } if account.position_count > 0 || account.debt > 0 => 0,
            // A loan does not secure itself.
            Borrow { .. } => (account.debt as i64).min(account.cash.max(0)),
            _ => return,
        };
        let excess = withdrawal_after(done, &address);
        assert!(excess >= least, "lending: withdrawal excess {excess} µUSD afterwards, {least} are needed");
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.account()]
    }
}
