//! Publishers posting surfaces and bases.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::PostSurfaceArgs;
use ballast_client::instructions;
use ballast_harness::surfaces::Smile;
use ballast_state::ExpiryStatus;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use crate::fuzz::{
    action::{Act, Action},
    cast::Cast,
    ledger::Ledger,
    state::State,
};

/// What publishers post, in the units in which it is posted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PublicationAction {
    /// A surface of an expiry.
    Surface { market: u16, slot: u8, number: u32, theta: u32, rho: i32, psi: u32, basis: i32, rate: i32 },
    /// The basis of a perpetual.
    Basis { market: u16, basis: i32 },
}

use PublicationAction::{Basis, Surface};

/// Volatility per year of each market, per cent.
const VOLATILITIES: [u32; 3] = [50, 65, 80];

/// Draws a basis, small or out of bounds.
pub fn propose(dice: &mut Dice, _: &Cast, state: &State, _: &Ledger) -> Vec<Action> {
    let market = *dice.pick(&state.market_numbers());
    let held = state.market(market).perpetual_basis;
    let basis = match dice.roll(8) {
        0 => *dice.pick(&[i32::MIN, i32::MAX, 1 << 29]),
        _ => held / 2 + dice.between(-(1 << 20), 1 << 20) as i32,
    };
    vec![Action::Publication(Basis { market, basis })]
}

/// The surfaces of all running expiries, the nearest first: variance falls as time passes, so that calendar order holds
/// at every step.
pub fn surfaces(dice: &mut Dice, state: &State) -> Vec<Action> {
    let mut actions = Vec::new();
    for (_, market) in state.snapshot.markets() {
        let mut running: Vec<(u8, u32, i64)> = (0..)
            .zip(&market.expiries)
            .filter(|(_, expiry)| expiry.status() == ExpiryStatus::Listed && expiry.expires_at > state.now)
            .map(|(slot, expiry)| (slot, expiry.number, expiry.expires_at))
            .collect();
        running.sort_unstable_by_key(|(.., expires_at)| *expires_at);
        actions.extend(running.into_iter().map(|expiry| surface(dice, state, market.number, expiry)));
    }
    actions
}

/// The surface of an expiry: the market's usual one, sometimes with a shift, rarely one that nobody should accept.
#[allow(clippy::float_arithmetic, reason = "smiles are stated in real numbers, and fitted off chain")]
pub fn surface(dice: &mut Dice, state: &State, market: u16, (slot, number, expires_at): (u8, u32, i64)) -> Action {
    let usual = VOLATILITIES[usize::from(market - 1) % VOLATILITIES.len()];
    let volatility = if dice.once_in(30) { usual - 5 + dice.roll(10) as u32 } else { usual };
    let smile = Smile::new(f64::from(volatility) / 100.0);
    let fit = smile.surface((expires_at - state.now).max(1));
    let (mut theta, mut psi) = (fit.theta, fit.psi);
    if dice.once_in(40) {
        theta = theta.saturating_mul(1 + dice.roll(90) as u32);
        psi = psi.wrapping_mul(1 + dice.roll(90) as u32);
    }
    Action::Publication(Surface { market, slot, number, theta, rho: fit.rho, psi, basis: fit.basis, rate: fit.rate })
}

impl Act for PublicationAction {
    fn name(&self) -> &'static str {
        match self {
            Surface { .. } => "post_surface",
            Basis { .. } => "post_perpetual_basis",
        }
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        let publishers = &cast.publishers[..2];
        vec![match *self {
            Surface { market, slot, number, theta, rho, psi, basis, rate } => {
                let args = PostSurfaceArgs { expiry_slot: slot, expiry_number: number, theta, rho, psi, basis, rate };
                instructions::post_surface(cast.exchange, publishers, market, args)
            }
            Basis { market, basis } => instructions::post_perpetual_basis(cast.exchange, publishers, market, basis),
        }]
    }
}
