//! Time, prices, and refreshes that read them.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::events::PriceRefreshed;
use ballast_client::{Priced, instructions};
use ballast_harness::{Exchange, oracle::Quote};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::publication;
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    ledger::{Ledger, share_floor},
    state::State,
};

/// What happens around prices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OracleAction {
    /// Time passes, and slots.
    Pass { seconds: u32, slots: u32 },
    /// A feed publishes: price and confidence in 10^-8 USD, how long before now.
    Publish { feed: u8, price: i64, confidence: u64, age: i32, is_verified: bool },
    /// Someone refreshes these markets and banks: bit i is the bank, then the market, in the order of their numbers.
    Refresh { targets: u16, skip_refused: bool },
}

use OracleAction::{Pass, Publish, Refresh};

/// Bits of a refresh of everything.
pub const EVERYTHING: u16 = u16::MAX;

/// Draws a round: time passes, every feed publishes, somebody refreshes, publishers post.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, _: &Ledger) -> Vec<Action> {
    let mut actions = vec![Action::Oracle(pass(dice, state))];
    actions.extend(round(dice, cast, state));
    actions.push(Action::Oracle(Refresh { targets: EVERYTHING, skip_refused: true }));
    if dice.once_in(4) {
        let odd = Refresh { targets: dice.roll(256) as u16, skip_refused: dice.once_in(2) };
        actions.push(Action::Oracle(odd));
    }
    actions
}

/// A publication of every feed.
pub fn round(dice: &mut Dice, cast: &Cast, state: &State) -> Vec<Action> {
    let widest = *dice.pick(&[4, 10, 10, 20, 50, 200, 400]);
    let common = dice.between(-widest, widest);
    let feeds = cast.banks.iter().enumerate();
    feeds
        .map(|(feed, entry)| {
            let held = held_price(state, cast, feed).unwrap_or(entry.price);
            Action::Oracle(publish(dice, feed as u8, held, entry.price, common))
        })
        .collect()
}

/// What mostly follows a refresh of everything: publishers post what they see by then.
pub fn follow_up(dice: &mut Dice, action: &Action, state: &State) -> Vec<Action> {
    let is_everything = matches!(action, Action::Oracle(Refresh { targets: EVERYTHING, .. }));
    if is_everything && !dice.once_in(8) { publication::surfaces(dice, state) } else { Vec::new() }
}

fn pass(dice: &mut Dice, state: &State) -> OracleAction {
    let expiries = state.snapshot.markets().flat_map(|(_, market)| market.expiries.iter());
    let next = expiries.map(|expiry| expiry.expires_at - state.now).filter(|left| *left > 0).min();
    let seconds = match (dice.roll(24), next) {
        (0, Some(left)) => left as u64 + dice.roll(90),
        (1, Some(left)) => (left as u64).saturating_sub(dice.roll(1_800)),
        (2, _) => dice.roll(30_000),
        (3..=6, _) => dice.roll(400),
        _ => dice.roll(8),
    };
    let slots = match dice.roll(12) {
        0 => dice.roll(400),
        1 => 0,
        _ => seconds.min(20_000_000) * 5 / 2,
    };
    Pass { seconds: seconds.min(15 * 86_400) as u32, slots: slots as u32 }
}

/// The price that a feed's bank holds, 10^-8 USD; none once the bank is removed.
fn held_price(state: &State, cast: &Cast, feed: usize) -> Option<i64> {
    let address = cast.banks[feed].mint.token.bank(&cast.exchange).0;
    let bank = state.snapshot.banks().find(|(other, _)| *other == address)?.1;
    Some(i64::try_from(bank.price).unwrap_or(i64::MAX) * 100)
}

/// A feed's next price: most of the move is common to all coins. Stablecoins hardly move.
fn publish(dice: &mut Dice, feed: u8, held: i64, start: i64, common: i64) -> OracleAction {
    let is_stable = start <= 100_000_000;
    let thousandths = if is_stable { dice.between(-2, 2) } else { common + dice.between(-5, 5) };
    let moved = held / 1_000 * (1_000 + thousandths);
    // Neither to nothing nor out of range, however long the sequence.
    let price = moved.clamp(start / 12, start * 12);
    let mut confidence = price.unsigned_abs() / 2_000;
    let mut age = dice.roll(3) as i32;
    let mut quoted = price;
    let mut is_verified = true;
    match dice.roll(80) {
        0 => age = -1 - dice.roll(100) as i32,
        1 | 2 => age = 50 + dice.roll(200) as i32,
        3 | 4 => confidence = price.unsigned_abs() / (1 + dice.roll(40)),
        5 => is_verified = false,
        6 => quoted = *dice.pick(&[0, -price, i64::MAX]),
        _ => {}
    }
    Publish { feed, price: quoted, confidence, age, is_verified }
}

impl OracleAction {
    fn pairs(targets: u16, cast: &Cast, state: &State) -> Vec<Priced> {
        let banks = cast
            .banks
            .iter()
            .map(|bank| Priced { target: bank.mint.token.bank(&cast.exchange).0, oracle: bank.feed.account });
        let markets = cast.markets.iter().map(|market| Priced { target: market.address, oracle: market.feed.account });
        let all = banks.chain(markets).enumerate();
        all.filter(|(place, priced)| targets >> place & 1 == 1 && state.data(&priced.target).is_some())
            .map(|(_, priced)| priced)
            .collect()
    }
}

impl Act for OracleAction {
    fn name(&self) -> &'static str {
        match self {
            Pass { .. } => "(time passes)",
            Publish { .. } => "(an oracle publishes)",
            Refresh { .. } => "refresh",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        match *self {
            Refresh { targets, skip_refused } => {
                vec![instructions::refresh(cast.exchange, &Self::pairs(targets, cast, state), skip_refused)]
            }
            _ => Vec::new(),
        }
    }

    fn happen(&self, cast: &Cast, exchange: &mut Exchange) {
        let (now, slot) = (exchange.chain.now(), exchange.chain.slot());
        match *self {
            Pass { seconds, slots } => {
                exchange.chain.set_clock(now + i64::from(seconds), slot + u64::from(slots));
            }
            Publish { feed, price, confidence, age, is_verified } => {
                let quote =
                    Quote { confidence, is_fully_verified: is_verified, ..Quote::new(price, now - i64::from(age)) };
                let feeds = cast.banks.len();
                exchange.chain.publish(&cast.banks[usize::from(feed) % feeds].feed, &quote);
            }
            Refresh { .. } => {}
        }
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let quote = done.cast.quote().bank(&done.cast.exchange).0;
        if done.outcome.events::<PriceRefreshed>().iter().any(|refreshed| refreshed.target == quote) {
            ledger.accrue_interest(done);
        }
        for refreshed in done.outcome.events::<PriceRefreshed>() {
            let market = (1..).zip(&done.cast.markets).find(|(_, market)| market.address == refreshed.target);
            if let Some((number, _)) = market {
                let prices: &mut Vec<(i64, u64)> = ledger.prices.entry(number).or_default();
                prices.push((refreshed.publish_time, refreshed.price));
            }
        }
    }

    fn verify(&self, _: &Ledger, done: &Done) {
        let oldest = done.before.snapshot.exchange.parameters.liquidation_oracle_age;
        for refreshed in done.outcome.events::<PriceRefreshed>() {
            let age = done.before.now - refreshed.publish_time;
            assert!((0..=i64::from(oldest)).contains(&age), "refresh: a price {age} seconds old was accepted");
            let market = done.before.snapshot.markets().find(|(address, _)| *address == refreshed.target);
            let bank = done.before.snapshot.banks().find(|(address, _)| *address == refreshed.target);
            let limit = market.map(|(_, it)| it.parameters.confidence_limit);
            let limit = limit.or_else(|| bank.map(|(_, it)| it.parameters.confidence_limit));
            // The price in ticks is rounded to the nearest one, the confidence up.
            let widest = share_floor(limit.expect("the target exists"), i128::from(refreshed.price) + 1) + 1;
            let width = i128::from(refreshed.confidence);
            assert!(width <= widest, "refresh: a confidence of {width} ticks was accepted, {widest} are allowed");
            let held = market.map(|(_, it)| it.publish_time).or_else(|| bank.map(|(_, it)| it.publish_time));
            assert!(held <= Some(refreshed.publish_time), "refresh: an older price was accepted");
        }
    }
}
