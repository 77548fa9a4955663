//! Twists: what an attacker, or a client's mistake, changes in a transaction.

use anchor_lang::{Discriminator, prelude::Pubkey, solana_program::instruction::Instruction};
use ballast_state::{Bank, Exchange, MarginAccount, Market};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{cast::Cast, state::State};

/// A change of one account of an instruction, by its place; places beyond the last begin anew.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Twist {
    /// Someone who must sign does not.
    Unsigned(u8),
    /// A stranger signs in the place of someone who must sign.
    Stranger(u8),
    /// Another exchange's account of the same kind is passed, or an account of another kind.
    Foreign(u8),
    /// An account is left out.
    LeftOut(u8),
    /// An account is passed once more, at the end.
    Repeated(u8),
    /// An account is passed as read-only.
    ReadOnly(u8),
}

impl Twist {
    /// Draws a twist.
    pub fn draw(dice: &mut Dice) -> Self {
        let place = dice.roll(24) as u8;
        match dice.roll(6) {
            0 => Self::Unsigned(place),
            1 => Self::Stranger(place),
            2 => Self::Foreign(place),
            3 => Self::LeftOut(place),
            4 => Self::Repeated(place),
            _ => Self::ReadOnly(place),
        }
    }

    /// Applies the twist. Returns whether the program must refuse what comes of it: a signature is missing.
    ///
    /// Any other twist may happen not to matter, as when an account is left out that nothing needed. Then the action
    /// must have its usual effect, which the ledger knows.
    pub fn apply(self, instruction: &mut Instruction, cast: &Cast, state: &State, payer: &Pubkey) -> bool {
        let metas = &mut instruction.accounts;
        let signers: Vec<usize> =
            (0..metas.len()).filter(|&place| metas[place].is_signer && metas[place].pubkey != *payer).collect();
        let signer = |place: u8| signers.get(usize::from(place) % signers.len().max(1)).copied();
        let count = metas.len();
        let at = |place: u8| usize::from(place) % count;
        match self {
            Self::Unsigned(place) => {
                let Some(signer) = signer(place) else { return false };
                // One wallet may own both sides of a trade: its other signature would do for the network.
                let key = metas[signer].pubkey;
                metas.iter_mut().filter(|meta| meta.pubkey == key).for_each(|meta| meta.is_signer = false);
                return true;
            }
            Self::Stranger(place) => {
                let Some(signer) = signer(place) else { return false };
                metas[signer].pubkey = cast.stranger();
                return true;
            }
            // Nobody can sign for an account of the program.
            Self::Foreign(place) if metas[at(place)].is_signer => {}
            Self::Foreign(place) => metas[at(place)].pubkey = twin(cast, state.data(&metas[at(place)].pubkey)),
            Self::LeftOut(place) => drop(metas.remove(at(place))),
            Self::Repeated(place) => metas.push(metas[at(place)].clone()),
            Self::ReadOnly(place) => metas[at(place)].is_writable = false,
        }
        false
    }
}

/// The other exchange's account of the same kind; its market in the place of anything that is not the program's.
fn twin(cast: &Cast, data: Option<&[u8]>) -> Pubkey {
    let is = |discriminator: &[u8]| data.is_some_and(|data| data.starts_with(discriminator));
    if is(Market::DISCRIMINATOR) {
        cast.foreign.market
    } else if is(MarginAccount::DISCRIMINATOR) {
        cast.foreign.account
    } else if is(Exchange::DISCRIMINATOR) {
        cast.foreign.exchange
    } else if is(Bank::DISCRIMINATOR) {
        cast.foreign.bank
    } else {
        cast.foreign.market
    }
}
