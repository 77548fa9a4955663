//! Deposits and withdrawals.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::instructions;
use ballast_state::revaluation::Purpose;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{margin_after, pick_account};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Account, Ledger},
    state::State,
};

/// A transfer between an owner's wallet and a vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum CollateralAction {
    /// Into the vault.
    Deposit { account: u8, bank: u16, amount: u64 },
    /// Out of it.
    Withdraw { account: u8, bank: u16, amount: u64 },
}

use CollateralAction::{Deposit, Withdraw};

/// Draws a transfer: of any amount, of all that is there, or of exactly what may leave the account.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let account = pick_account(dice, cast, state);
    let bank = 1 + dice.roll(cast.banks.len() as u64) as u16;
    let usual = cast.bank(bank).usual;
    let action = if dice.once_in(3) {
        Deposit { account, bank, amount: dice.amount(usual) }
    } else {
        let books = ledger.accounts.get(&cast.address(account));
        let known: Vec<u16> = books.into_iter().flat_map(|books| books.deposits.keys().copied()).collect();
        let bank = match dice.roll(4) {
            0 => bank,
            1 if !known.is_empty() => *dice.pick(&known),
            _ => 1,
        };
        let held = u64::try_from(books.map_or(0, |books| held(books, bank))).unwrap_or(0);
        // What may leave the account is known in quote tokens.
        let amount = match dice.roll(6) {
            0 => held.saturating_add(dice.roll(2)),
            1..=3 if bank == 1 => withdrawable(cast, state, account).min(held).saturating_add(dice.roll(2)),
            _ => dice.amount(held.min(usual)),
        };
        Withdraw { account, bank, amount }
    };
    vec![Action::Collateral(action)]
}

fn withdrawable(cast: &Cast, state: &State, account: u8) -> u64 {
    let margin = state.account(&cast.address(account)).and_then(|it| state.margin(it, Purpose::Owner).ok());
    margin.map_or(0, |margin| u64::try_from(margin.withdrawal_excess.0).unwrap_or(0))
}

/// What an account holds in a bank; of the quote token, its cash.
fn held(account: &Account, bank: u16) -> i128 {
    if bank == 1 { account.cash } else { account.deposits.get(&bank).map_or(0, |deposit| deposit.amount) }
}

impl CollateralAction {
    fn parts(&self) -> (u8, u16, u64) {
        let (Deposit { account, bank, amount } | Withdraw { account, bank, amount }) = self;
        (*account, *bank, *amount)
    }
}

impl Act for CollateralAction {
    fn name(&self) -> &'static str {
        match self {
            Deposit { .. } => "deposit",
            Withdraw { .. } => "withdraw",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let (account, bank, amount) = self.parts();
        let (key, mint) = (cast.key(account), &cast.bank(bank).mint);
        let in_wallet = mint.account_of(&key.owner);
        vec![match self {
            Deposit { .. } => instructions::deposit(key, &mint.token, in_wallet, amount),
            Withdraw { .. } => {
                let check = state.check(cast, &[account], []);
                instructions::withdraw(key, &mint.token, in_wallet, amount, check)
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let (account, bank, amount) = self.parts();
        let key = done.cast.key(account);
        let amount = match self {
            Deposit { .. } => i128::from(amount),
            Withdraw { .. } => -i128::from(amount),
        };
        let books = ledger.account(&key.address());
        if bank == 1 {
            books.cash += amount;
        } else {
            books.move_deposit(bank, amount);
        }
        assert!(held(books, bank) >= 0, "collateral: more was withdrawn than held");
        *ledger.wallets.entry((key.owner, bank)).or_default() -= amount;
    }

    fn verify(&self, _: &Ledger, done: &Done) {
        let (account, bank, amount) = self.parts();
        assert!(amount > 0, "collateral: nothing was moved");
        let is_closing = done.before.snapshot.banks().any(|(_, it)| it.number == bank && it.is_closing());
        assert!(!is_closing || matches!(self, Withdraw { .. }), "collateral: a deposit in a bank that closes");
        let address = done.cast.address(account);
        let has_positions =
            done.after.account(&address).is_some_and(|account| account.position_count > 0 || account.debt > 0);
        if matches!(self, Withdraw { .. }) && has_positions {
            let excess = margin_after(done, &address).withdrawal_excess.0;
            assert!(excess >= 0, "withdrawal: excess {excess} µUSD afterwards");
        }
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.parts().0]
    }
}
