//! The families of actions.

pub mod account;
pub mod bankruptcy;
pub mod closing;
pub mod collateral;
pub mod expiry;
pub mod lending;
pub mod liquidation;
pub mod listing;
pub mod oracle;
pub mod ordering;
pub mod publication;
pub mod settlement;
pub mod staking;
pub mod sweeping;
pub mod trading;

use anchor_lang::prelude::Pubkey;
use ballast_state::{MarginAccount, revaluation::Purpose};
use ballast_tests::dice::Dice;

use super::{action::Done, cast::Cast, state::State};

/// An open account, or once in a while any.
fn pick_account(dice: &mut Dice, cast: &Cast, state: &State) -> u8 {
    let all: Vec<u8> = (0..cast.accounts.len() as u8).collect();
    let open: Vec<u8> = all.iter().copied().filter(|&index| state.account(&cast.address(index)).is_some()).collect();
    if open.is_empty() || dice.once_in(40) { *dice.pick(&all) } else { *dice.pick(&open) }
}

/// Asserts that an account is at initial margin after something that its owner asked for, or no worse than before and not
/// bankrupt.
fn assert_initial_margin(done: &Done, address: &Pubkey, exception: Exception) {
    let after = margin_after(done, address);
    if after.initial_excess.0 >= 0 {
        return;
    }
    let before = done.before.account(address).map(|account| done.before.margin(account, Purpose::Owner));
    let no_worse = before.and_then(Result::ok).is_some_and(|before| {
        let neither_fell =
            after.initial_excess >= before.initial_excess && after.maintenance_excess >= before.maintenance_excess;
        neither_fell && after.equity.0 >= 0
    });
    let is_allowed = exception == Exception::LessRisk && no_worse;
    assert!(is_allowed, "initial margin: excess {} µUSD after an owner's instruction", after.initial_excess.0);
}

/// The margin after an instruction of the owner, which must be one that fresh prices allow to be computed.
fn margin_after(done: &Done, address: &Pubkey) -> ballast_risk::Margin {
    let account: &MarginAccount = done.after.account(address).expect("the account is open");
    let margin = done.after.margin(account, Purpose::Owner);
    margin.unwrap_or_else(|refusal| panic!("stale check: the engine would have refused: {refusal}"))
}

/// Whether an instruction may leave an account below initial margin if it is no worse than before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exception {
    /// It may.
    LessRisk,
    /// It may not.
    None,
}
