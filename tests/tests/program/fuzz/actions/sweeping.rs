//! Fees on their way into the insurance fund, which makes good what nobody bore of cuts.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::events::FeesCollected;
use ballast_client::instructions;
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::bankruptcy::draw;
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Ledger, share_floor},
    state::State,
};

/// Sweeps a market's fees.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CollectFees {
    market: u16,
}

/// Draws a market.
pub fn propose(dice: &mut Dice, _: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let uncollected = ledger.uncollected.iter().find(|(_, amount)| **amount > 0).map(|(market, _)| *market);
    let any = *dice.pick(&state.market_numbers());
    vec![Action::CollectFees(CollectFees { market: uncollected.unwrap_or(any) })]
}

impl Act for CollectFees {
    fn name(&self) -> &'static str {
        "collect_fees"
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        vec![instructions::collect_fees(cast.exchange, &cast.quote(), self.market)]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let swept = ledger.fees.remove(&self.market).unwrap_or(0);
        ledger.insurance += swept;
        let parameters = &done.before.snapshot.exchange.parameters;
        let market = done.before.market(self.market);
        let is_over =
            done.before.now - market.insurance_window_started_at >= i64::from(parameters.insurance_window_seconds);
        let drawn = if is_over { 0 } else { i128::from(market.insurance_drawn) };
        let allowed = (share_floor(parameters.insurance_draw_share, ledger.insurance + drawn) - drawn).max(0);
        let uncollected = ledger.uncollected.get(&self.market).copied().unwrap_or(0);
        let paid = uncollected.min(allowed).min(ledger.insurance);
        draw(ledger, paid);
        *ledger.uncollected.entry(self.market).or_default() -= paid;
        // Once the perpetual has settled with an expiry, that expiry's pool pays its gains.
        let settled = ledger.closing.get(&self.market).copied();
        let settled = settled.filter(|expiry| {
            ledger.expiries.get(&(self.market, *expiry)).is_some_and(|terms| terms.settlement.is_some())
        });
        *ledger.pool(self.market, settled.unwrap_or(0)) += paid;
        let event: FeesCollected = done.outcome.event();
        let reported = [event.amount, event.cuts_made_good].map(i128::from);
        assert_eq!(reported, [swept, paid], "fees: swept, and paid for cuts that nobody bore");
    }
}
