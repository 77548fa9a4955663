//! Opening, closing and changing accounts.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::events::AccountClosed;
use ballast_client::instructions;
use ballast_risk::Mode;
use ballast_state::revaluation::Purpose;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{Exception, assert_initial_margin, pick_account};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Account, Ledger},
    state::State,
};

/// What an owner does with an account as such. Modes are numbers, of which not all exist.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AccountAction {
    /// Opens it.
    Open { account: u8, mode: u8 },
    /// Closes it.
    Close { account: u8 },
    /// Changes its mode.
    SetMode { account: u8, mode: u8 },
    /// Declares a hedge.
    DeclareHedge { account: u8, bank: u16, amount: u64 },
}

use AccountAction::{Close, DeclareHedge, Open, SetMode};

/// Draws a change; accounts that are not open yet are opened.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let account = pick_account(dice, cast, state);
    let mode = dice.roll(13) as u8 % 4;
    let all = || 0..cast.accounts.len() as u8;
    let action = match dice.roll(9) {
        0 => {
            let missing = all().find(|index| !ledger.accounts.contains_key(&cast.address(*index)));
            Open { account: if dice.once_in(4) { account } else { missing.unwrap_or(account) }, mode }
        }
        1 => {
            let is_empty = |index: &u8| {
                let books = ledger.accounts.get(&cast.address(*index));
                books.is_some_and(|books| {
                    let Account { mode, debt_index, .. } = *books;
                    *books == Account { mode, debt_index, ..Account::default() }
                })
            };
            Close { account: if dice.once_in(4) { account } else { all().find(is_empty).unwrap_or(account) } }
        }
        2..=4 => SetMode { account, mode },
        _ => {
            let deposits = ledger.accounts.get(&cast.address(account)).map(|books| &books.deposits);
            let known: Vec<u16> = deposits.into_iter().flatten().map(|(bank, _)| *bank).collect();
            let bank = if known.is_empty() || dice.once_in(6) { dice.roll(7) as u16 } else { *dice.pick(&known) };
            DeclareHedge { account, bank, amount: dice.amount(cast.bank(bank).usual / 2) }
        }
    };
    vec![Action::Account(action)]
}

impl Act for AccountAction {
    fn name(&self) -> &'static str {
        match self {
            Open { .. } => "open_account",
            Close { .. } => "close_account",
            SetMode { .. } => "set_mode",
            DeclareHedge { .. } => "declare_hedge",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        vec![match *self {
            Open { account, mode } => {
                let key = cast.key(account);
                // The builder knows only modes that exist.
                let mut opening = instructions::open_account(key, cast.payer, Mode::Isolated);
                *opening.data.last_mut().expect("an instruction has data") = mode;
                opening
            }
            Close { account } => instructions::close_account(cast.key(account), cast.key(account).owner),
            SetMode { account, mode } => {
                let mut change =
                    instructions::set_mode(cast.key(account), Mode::Isolated, state.check(cast, &[account], []));
                *change.data.last_mut().expect("an instruction has data") = mode;
                change
            }
            DeclareHedge { account, bank, amount } => {
                instructions::declare_hedge(cast.key(account), bank, amount, state.check(cast, &[account], []))
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        match *self {
            Open { account, mode } => {
                let opened = Account { mode, ..Account::default() };
                let known = ledger.accounts.insert(done.cast.address(account), opened);
                assert!(known.is_none(), "account: opened twice");
            }
            Close { account } => {
                // A twist may name the owner's account of the other exchange, which is his to close.
                if done.outcome.event::<AccountClosed>().account == done.cast.foreign.account {
                    return;
                }
                let closed = ledger.accounts.remove(&done.cast.address(account)).expect("ledger: it was open");
                let is_empty = closed.cash == 0
                    && closed.debt == 0
                    && !closed.is_bankrupt
                    && closed.lending_shares == 0
                    && closed.deposits.is_empty()
                    && closed.holdings.is_empty();
                assert!(is_empty, "account: closed with {closed:?}");
            }
            SetMode { account, mode } => ledger.account(&done.cast.address(account)).mode = mode,
            DeclareHedge { account, bank, amount } => {
                let deposit = ledger.account(&done.cast.address(account)).deposits.get_mut(&bank);
                let deposit = deposit.expect("hedge: nothing was deposited");
                deposit.hedge = i128::from(amount);
                assert!(deposit.hedge <= deposit.amount, "hedge: more than was deposited");
            }
        }
    }

    fn verify(&self, _: &Ledger, done: &Done) {
        if let SetMode { account, .. } | DeclareHedge { account, .. } = *self {
            assert_initial_margin(done, &done.cast.address(account), Exception::None, Purpose::Owner);
        }
        if let Open { mode, .. } | SetMode { mode, .. } = *self {
            assert!(Mode::from_index(mode).is_some(), "account: mode {mode} does not exist");
        }
    }

    fn accounts(&self) -> Vec<u8> {
        match *self {
            Open { .. } | Close { .. } => Vec::new(),
            SetMode { account, .. } | DeclareHedge { account, .. } => vec![account],
        }
    }
}
