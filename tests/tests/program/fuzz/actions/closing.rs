//! The end of a market and of a bank, from governance's decision to the removal.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{
    ExpiryArgs,
    events::{BankRemoved, MarketRemoved},
};
use ballast_client::instructions;
use ballast_state::{Expiry, ExpiryStatus, PositionKind};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{
    collateral::CollateralAction,
    expiry::ExpiryAction,
    oracle::{EVERYTHING, OracleAction},
};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Account, ContractKey, Ledger},
    state::State,
};

/// Shortest time from the decision to close a market to the settlement of its perpetual, seconds.
const NOTICE: i64 = 86_400;

/// What governance ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ClosingAction {
    /// A market, whose perpetual settles with an expiry.
    CloseMarket { market: u16, slot: u8, number: u32 },
    /// A market that holds nothing any more.
    RemoveMarket { market: u16 },
    /// A bank.
    CloseBank { bank: u16 },
    /// A bank without deposits.
    RemoveBank { bank: u16 },
}

use ClosingAction::{CloseBank, CloseMarket, RemoveBank, RemoveMarket};

/// Draws the next step towards the end of a market or a bank, or one that comes too early. Only one of each ends in a
/// sequence, so that the others go on.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    if dice.once_in(6) {
        let market = *dice.pick(&state.market_numbers());
        return vec![
            Action::Closing(RemoveMarket { market }),
            Action::Closing(CloseMarket { market, slot: 0, number: 0 }),
        ];
    }
    if dice.once_in(2) {
        towards_end_of_bank(dice, cast, state, ledger)
    } else {
        towards_end_of_market(dice, cast, state)
    }
}

fn towards_end_of_market(dice: &mut Dice, cast: &Cast, state: &State) -> Vec<Action> {
    let numbers = state.market_numbers();
    let closing = numbers.iter().copied().find(|&number| state.market(number).is_closing());
    let Some(number) = closing else {
        if numbers.len() < cast.markets.len() {
            return Vec::new();
        }
        let market = state.market(*dice.pick(&numbers));
        let late = (0..).zip(&market.expiries).find(|(_, expiry)| expiry.expires_at >= state.now + NOTICE);
        let close = |(slot, expiry): (u8, &Expiry)| {
            Action::Closing(CloseMarket { market: market.number, slot, number: expiry.number })
        };
        return late.map(close).into_iter().collect();
    };
    let market = state.market(number);
    let listed = (0_u8..).zip(&market.expiries).filter(|(_, expiry)| expiry.number != 0);
    let Some((slot, expiry)) = listed.min_by_key(|(_, expiry)| expiry.expires_at) else {
        return vec![Action::Closing(RemoveMarket { market: number })];
    };
    let of_expiry = (number, slot, expiry.number);
    let mut actions = Vec::new();
    if expiry.status() == ExpiryStatus::Listed {
        let seconds = (expiry.expires_at - state.now).max(0) as u32 + dice.roll(7_200) as u32;
        actions.push(Action::Oracle(OracleAction::Pass { seconds, slots: seconds.saturating_mul(2) }));
        actions.extend(super::oracle::round(dice, cast, state));
        actions.push(Action::Oracle(OracleAction::Refresh { targets: EVERYTHING, skip_refused: true }));
        let (market, slot, number) = of_expiry;
        actions.push(Action::Expiry(ExpiryAction::Fix { market, slot, number }));
    }
    let (market, slot, number) = of_expiry;
    for account in 0..cast.accounts.len() as u8 {
        actions.push(Action::Expiry(ExpiryAction::Settle { account, market, slot, number }));
    }
    // Debts come in before credits: once more, for who was not paid in full.
    for account in 0..cast.accounts.len() as u8 {
        actions.push(Action::Expiry(ExpiryAction::Settle { account, market, slot, number }));
    }
    actions.push(Action::Expiry(ExpiryAction::Remove { market, slot, number }));
    actions
}

fn towards_end_of_bank(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let banks: Vec<u16> = state.snapshot.banks().map(|(_, bank)| bank.number).filter(|number| *number != 1).collect();
    let closing = state.snapshot.banks().map(|(_, bank)| bank).find(|bank| bank.is_closing()).map(|bank| bank.number);
    let Some(bank) = closing else {
        // The quote token's bank never closes; and one bank of a sequence is enough.
        let bank = if dice.once_in(4) { 1 } else { *dice.pick(&banks) };
        let is_first = banks.len() + 1 == cast.banks.len();
        return if is_first { vec![Action::Closing(CloseBank { bank })] } else { Vec::new() };
    };
    let mut actions = Vec::new();
    for account in 0..cast.accounts.len() as u8 {
        let deposit = ledger.accounts.get(&cast.address(account)).and_then(|books| books.deposits.get(&bank));
        if let Some(deposit) = deposit {
            let amount = deposit.amount as u64;
            // Whoever needs the collateral puts cash in its place.
            let cash = cast.bank(1).usual * 10;
            actions.push(Action::Collateral(CollateralAction::Deposit { account, bank: 1, amount: cash }));
            actions.push(Action::Collateral(CollateralAction::Withdraw { account, bank, amount }));
        }
    }
    actions.push(Action::Closing(RemoveBank { bank }));
    actions
}

impl Act for ClosingAction {
    fn name(&self) -> &'static str {
        match self {
            CloseMarket { .. } => "close_market",
            RemoveMarket { .. } => "remove_market",
            CloseBank { .. } => "close_bank",
            RemoveBank { .. } => "remove_bank",
        }
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        let (exchange, governance) = (cast.exchange, cast.governance);
        vec![match *self {
            CloseMarket { market, slot, number } => {
                instructions::close_market(exchange, governance, market, ExpiryArgs { slot, number })
            }
            RemoveMarket { market } => instructions::remove_market(exchange, governance, &cast.quote(), market),
            CloseBank { bank } => instructions::close_bank(exchange, governance, &cast.bank(bank).mint.token),
            RemoveBank { bank } => {
                let mint = &cast.bank(bank).mint;
                let surplus = mint.account_of(&cast.key(0).owner);
                instructions::remove_bank(exchange, governance, &mint.token, surplus)
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        match *self {
            CloseMarket { market, number, .. } => {
                let before = ledger.closing.insert(market, number);
                assert!(before.is_none(), "closing: a market was closed twice");
            }
            RemoveMarket { market } => {
                let residue = ledger.pools.remove(&(market, 0)).unwrap_or(0) + ledger.fees.remove(&market).unwrap_or(0);
                ledger.insurance += residue;
                let event: MarketRemoved = done.outcome.event();
                assert_eq!(i128::from(event.residue), residue, "closing: what was left in the market");
                let left: Vec<_> = ledger.pools.keys().filter(|(of, _)| *of == market).collect();
                assert!(left.is_empty(), "closing: a market was removed with pools {left:?}");
                ledger.uncollected.remove(&market);
            }
            CloseBank { .. } => {}
            RemoveBank { .. } => {
                let surplus = done.outcome.event::<BankRemoved>().surplus;
                assert_eq!(surplus, 0, "closing: tokens that nobody deposited");
            }
        }
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        match *self {
            CloseMarket { market, slot, .. } => {
                let settles_at = done.before.market(market).expiries[usize::from(slot)].expires_at;
                assert!(settles_at >= done.before.now + NOTICE, "closing: without a day's notice");
            }
            RemoveMarket { market } => {
                let holds = |books: &Account| books.holdings.keys().any(|contract| contract.market == market);
                assert!(!ledger.accounts.values().any(holds), "closing: a market was removed that somebody holds");
                assert!(ledger.closing.contains_key(&market), "closing: a market was removed that was open");
            }
            CloseBank { bank } => assert!(bank != 1, "closing: the quote token's bank"),
            RemoveBank { bank } => {
                let holds = ledger.accounts.values().any(|books| books.deposits.contains_key(&bank));
                assert!(!holds, "closing: a bank was removed with deposits");
                let was_closing = done.before.snapshot.banks().any(|(_, it)| it.number == bank && it.is_closing());
                assert!(was_closing, "closing: a bank was removed that was open");
            }
        }
    }
}

/// Refuses what a closing market forbids: whoever trades there comes closer to nothing.
///
/// # Panics
/// If a position grew or turned.
pub fn assert_reduces(ledger: &Ledger, done: &Done, account: u8, contract: ContractKey) {
    if !done.before.market(contract.market).is_closing() || contract.kind == PositionKind::None {
        return;
    }
    let held = |books: Option<&Account>| {
        books.and_then(|books| books.holdings.get(&contract)).map_or(0, |holding| holding.quantity)
    };
    let address = done.cast.address(account);
    let before = held(ledger.accounts.get(&address));
    let on_chain = done.after.account(&address).map(|it| Account::on_chain(it, done.after));
    let after = held(on_chain.as_ref());
    let reduced = before.signum() * after.signum() >= 0 && after.abs() <= before.abs();
    assert!(reduced, "closing: {before} lots of {contract:?} became {after}");
}
