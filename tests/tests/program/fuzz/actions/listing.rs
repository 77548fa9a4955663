//! Governance listing expiries and series.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{
    CreateExpiryArgs, CreateSeriesArgs,
    events::{ExpiryCreated, SeriesCreated},
};
use ballast_client::instructions;
use ballast_state::{ExpiryStatus, OptionKind};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::publication;
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{ExpiryTerms, Ledger, SeriesTerms},
    state::State,
};

/// What governance lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ListingAction {
    /// An expiry of a market.
    Expiry { market: u16, expires_at: i64 },
    /// A series of an expiry.
    Series { market: u16, slot: u8, number: u32, strike: u64, kind: u8 },
}

use ListingAction::{Expiry, Series};

/// Running expiries that a market is kept supplied with.
const RUNNING: usize = 2;
/// Seconds from listing to expiry.
const LIVES: [i64; 5] = [1_200, 3_600, 4 * 3_600, 86_400, 14 * 86_400];
/// Strikes, per cent of the index.
const STRIKES: [u64; 3] = [80, 100, 125];

/// Draws a chain for a market that runs out of them, or a listing that makes no sense.
pub fn propose(dice: &mut Dice, _: &Cast, state: &State, _: &Ledger) -> Vec<Action> {
    let market = *dice.pick(&state.market_numbers());
    let listed = state.market(market);
    if dice.once_in(5) {
        let strike = dice.amount(listed.price);
        let odd = Series { market, slot: dice.roll(13) as u8, number: dice.roll(9) as u32, strike, kind: 2 };
        let past = Expiry { market, expires_at: state.now - dice.roll(9) as i64 };
        return vec![Action::Listing(odd), Action::Listing(past)];
    }
    let is_running = |expires_at| expires_at > state.now;
    let running = listed.expiries.iter().filter(|it| it.status() == ExpiryStatus::Listed && is_running(it.expires_at));
    if running.count() >= RUNNING {
        return Vec::new();
    }
    let expires_at = state.now + *dice.pick(&LIVES) + dice.roll(600) as i64;
    chain(dice, state, market, expires_at)
}

/// An expiry with its surface and series.
pub fn chain(dice: &mut Dice, state: &State, market: u16, expires_at: i64) -> Vec<Action> {
    let listed = state.market(market);
    let slot = listed.expiries.iter().position(|expiry| expiry.number == 0).unwrap_or(0) as u8;
    let number = listed.last_expiry_number + 1;
    let mut actions = vec![Action::Listing(Expiry { market, expires_at })];
    actions.push(publication::surface(dice, state, market, (slot, number, expires_at)));
    for percent in STRIKES {
        for kind in [OptionKind::Call, OptionKind::Put] {
            let strike = listed.price * percent / 100;
            actions.push(Action::Listing(Series { market, slot, number, strike, kind: kind as u8 }));
        }
    }
    actions
}

impl Act for ListingAction {
    fn name(&self) -> &'static str {
        match self {
            Expiry { .. } => "create_expiry",
            Series { .. } => "create_series",
        }
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        let (exchange, governance) = (cast.exchange, cast.governance);
        vec![match *self {
            Expiry { market, expires_at } => {
                instructions::create_expiry(exchange, governance, market, CreateExpiryArgs { expires_at })
            }
            Series { market, slot, number, strike, kind } => {
                let args = CreateSeriesArgs { expiry_slot: slot, expiry_number: number, strike, kind };
                instructions::create_series(exchange, governance, market, args)
            }
        }]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        match *self {
            Expiry { market, expires_at } => {
                let event: ExpiryCreated = done.outcome.event();
                let prices_before = ledger.prices.get(&market).map_or(0, Vec::len);
                let terms = ExpiryTerms { expires_at, prices_before, settlement: None };
                let known = ledger.expiries.insert((market, event.expiry), terms);
                assert!(known.is_none(), "listing: the number of an expiry was used before");
            }
            Series { market, number, strike, .. } => {
                let event: SeriesCreated = done.outcome.event();
                let terms = SeriesTerms { expiry: number, strike };
                let known = ledger.series.insert((market, event.series), terms);
                assert!(known.is_none(), "listing: the number of a series was used before");
            }
        }
    }
}
