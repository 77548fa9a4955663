//! Trades of one or more legs.

use std::collections::BTreeMap;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{TradeArgs, TradeLeg, events::Traded};
use ballast_client::instructions;
use ballast_state::{Contract, Expiry, Market, PositionKind, revaluation::Purpose};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::{Exception, assert_initial_margin, closing, margin_after, pick_account, withdrawal_after};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    doubt::{Doubt, Held},
    fees::Charge,
    ledger::{ContractKey, Ledger, share_floor, value},
    state::State,
};

/// One contract passing between two accounts, as an instruction names it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Leg {
    /// Number of the market.
    pub market: u16,
    /// Kind of the contract.
    pub kind: u8,
    /// Slot of its expiry or series.
    pub slot: u8,
    /// Number of its expiry or series.
    pub number: u32,
    /// Lots.
    pub quantity: i64,
    /// Ticks; of no meaning in a liquidation.
    #[serde(default)]
    pub price: u64,
}

impl Leg {
    /// The contract.
    pub fn contract(&self) -> Contract {
        Contract { kind: self.kind, slot: self.slot, number: self.number }
    }

    /// What it is.
    ///
    /// # Panics
    /// If it is nothing that can be traded.
    pub fn contract_kind(&self) -> PositionKind {
        let kinds = [PositionKind::Perpetual, PositionKind::Future, PositionKind::Call, PositionKind::Put];
        *kinds.iter().find(|kind| **kind as u8 == self.kind).expect("a contract that can be traded")
    }

    /// The contract in the ledger.
    pub fn key(&self) -> ContractKey {
        ContractKey::of_leg(self.market, self.kind, self.number)
    }
}

/// A trade; the first account buys what is positive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trade {
    pub(super) first: u8,
    pub(super) second: u8,
    pub(super) legs: Vec<Leg>,
    /// Whether rebates are claimed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) claims_rebates: bool,
}

/// Draws a trade: mostly near the marks and of a size that the poorer account might carry, with one leg that makes no
/// sense now and then.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let first = pick_account(dice, cast, state);
    let mut second = pick_account(dice, cast, state);
    if second == first && !dice.once_in(10) {
        second = (first + 1) % cast.accounts.len() as u8;
    }
    let count = if dice.once_in(100) { dice.roll(2) * 9 } else { 1 + dice.roll(8).min(dice.roll(8)).min(dice.roll(8)) };
    let affordable = [first, second].map(|account| excess(cast, state, account)).into_iter().min().unwrap_or(0);
    let mut legs: Vec<Leg> =
        (0..count).map(|_| propose_leg(dice, cast, state, ledger, (first, affordable / count.cast_signed()))).collect();
    if dice.once_in(8) && !legs.is_empty() {
        let odd = dice.roll(legs.len() as u64) as usize;
        legs[odd] = odd_leg(dice, state, legs[odd]);
    }
    vec![Action::Trade(Trade { first, second, legs, claims_rebates: dice.once_in(2) })]
}

/// Initial excess of an account, µUSD; nothing if it has none.
fn excess(cast: &Cast, state: &State, account: u8) -> i64 {
    let margin = state.account(&cast.address(account)).and_then(|it| state.margin(it, Purpose::Owner).ok());
    margin.map_or(0, |margin| margin.initial_excess.0.max(0))
}

fn propose_leg(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger, (first, budget): (u8, i64)) -> Leg {
    let market = *dice.pick(&state.market_numbers());
    let listed = state.market(market);
    let contract = propose_contract(dice, state, listed);
    let key = ContractKey::of_leg(market, contract.kind, contract.number);
    let books = ledger.accounts.get(&cast.address(first));
    let held = books.and_then(|books| books.holdings.get(&key)).map_or(0, |holding| holding.quantity as i64);
    // What an excess carries of lots whose requirement is about a fifth of the index; up to half as much again.
    let lot = value(cast, market, 1_000, listed.price).max(1);
    let affordable = i128::from(budget) * 1_000 * 5 / lot;
    let size = (affordable * 3 / 2).clamp(1, i128::from(cast.market(market).usual)) as i64;
    let quantity = match dice.roll(8) {
        0 | 1 if held != 0 => -held,
        2 if held.abs() > 1 => -held / 2,
        3 => dice.between(-size, size) / 50,
        _ => dice.between(-size, size),
    };
    let quantity = if quantity == 0 { 1 } else { quantity };
    let mark = state.mark(market, &contract).map_or(1, |mark| mark.price);
    // Up to half a per cent of the index off the mark, a third of the time.
    let off = if dice.once_in(3) { dice.between(0, listed.price as i64 / 100) - listed.price as i64 / 200 } else { 0 };
    let price = mark.saturating_add_signed(off);
    Leg { market, kind: contract.kind, slot: contract.slot, number: contract.number, quantity, price }
}

/// Puts something into a leg that should not be there.
fn odd_leg(dice: &mut Dice, state: &State, leg: Leg) -> Leg {
    let index = state.market(leg.market).price;
    match dice.roll(6) {
        0 => Leg { quantity: *dice.pick(&[i64::MIN, i64::MAX, 0, 1 << 30, -(1 << 31)]), ..leg },
        1 => Leg { price: *dice.pick(&[0, u64::MAX]), ..leg },
        2 => Leg { price: leg.price + index / 8, ..leg },
        3 => Leg { number: dice.roll(9) as u32, ..leg },
        4 => Leg { slot: dice.roll(140) as u8, ..leg },
        _ => Leg { kind: dice.roll(8) as u8, ..leg },
    }
}

/// A contract of a market: the perpetual, a future or an option; rarely one that has expired.
fn propose_contract(dice: &mut Dice, state: &State, market: &Market) -> Contract {
    let past = dice.once_in(30);
    let is_running = |expiry: &Expiry| expiry.number != 0 && (past || expiry.expires_at > state.now);
    let expiries: Vec<(u8, u32)> =
        (0..).zip(&market.expiries).filter(|(_, it)| is_running(it)).map(|(slot, it)| (slot, it.number)).collect();
    let series: Vec<Contract> = (0..)
        .zip(&market.series)
        .filter(|(_, series)| series.number != 0 && is_running(&market.expiries[usize::from(series.expiry_slot)]))
        .map(|(slot, series)| Contract::option(slot, series))
        .collect();
    match dice.roll(10) {
        0..=3 => Contract::PERPETUAL,
        4 | 5 if !expiries.is_empty() => {
            let (slot, number) = *dice.pick(&expiries);
            Contract::future(slot, number)
        }
        _ if !series.is_empty() => *dice.pick(&series),
        _ => Contract::PERPETUAL,
    }
}

impl Trade {
    /// What the trade charged both accounts. The ledger is as it was before.
    fn charges(&self, ledger: &Ledger, done: &Done) -> [Charge; 2] {
        let event: Traded = done.outcome.event();
        let taker = (self.first, 1, event.first_fee, event.first_rebate);
        let maker = (self.second, -1, event.second_fee, event.second_rebate);
        [taker, maker].map(|(account, sign, fee, rebate)| {
            let address = done.cast.address(account);
            let purpose = self.purpose(ledger, &address, sign);
            Charge { address, sign, fee: fee.into(), rebate: rebate.into(), purpose }
        })
    }

    /// What the program checks an account for: whoever only reduces is judged more leniently where a price is doubtful.
    fn purpose(&self, ledger: &Ledger, address: &Pubkey, direction: i128) -> Purpose {
        let all_reduce = self.reductions(ledger, address, direction).into_iter().all(|reduces| reduces);
        if all_reduce { Purpose::Reduction } else { Purpose::Owner }
    }

    /// Whether each leg brings the position of an account closer to nothing; `direction` is one for who buys.
    fn reductions(&self, ledger: &Ledger, address: &Pubkey, direction: i128) -> Vec<bool> {
        let mut held: BTreeMap<ContractKey, i128> = BTreeMap::new();
        let start = |key| ledger.accounts[address].holdings.get(&key).map_or(0, |holding| holding.quantity);
        let reduces = |leg: &Leg| {
            let quantity = held.entry(leg.key()).or_insert_with(|| start(leg.key()));
            let before = *quantity;
            *quantity += direction * i128::from(leg.quantity);
            quantity.abs() < before.abs() && quantity.signum() * before.signum() >= 0
        };
        self.legs.iter().map(reduces).collect()
    }
}

/// Whether the index of a leg, or the surface of an option, is not fresh. At one that is older still nothing is traded.
fn is_degraded(leg: &Leg, state: &State) -> bool {
    let parameters = &state.snapshot.exchange.parameters;
    let market = state.market(leg.market);
    let (age, oldest) = (state.now - market.publish_time, i64::from(parameters.liquidation_oracle_age));
    let slots = state.slot - market.refreshed_slot;
    assert!(age <= oldest, "stale price: traded at one of {age} seconds");
    assert!(slots <= u64::from(parameters.mark_age_slots), "stale price: traded at one of {slots} slots");
    let is_linear = leg.kind == PositionKind::Future as u8 || leg.kind == PositionKind::Perpetual as u8;
    let is_old_surface = !is_linear && {
        let series = market.series(leg.slot, leg.number).expect("trade: an option that is not listed");
        let posted_at = market.expiries[usize::from(series.expiry_slot)].posted_at;
        assert!(posted_at > 0, "stale surface: an option was traded without one");
        state.now - posted_at > i64::from(parameters.surface_age)
    };
    let is_doubtful = Held::of_market(market).doubt(state.now, oldest) != Doubt::None;
    is_old_surface || is_doubtful || age > i64::from(parameters.trade_oracle_age)
}

impl Act for Trade {
    fn name(&self) -> &'static str {
        "trade"
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let touched = self.legs.iter().map(|leg| leg.market);
        let check = state.check(cast, &[self.first, self.second], touched);
        let legs = self.legs.iter().map(|leg| TradeLeg {
            market: leg.market,
            contract: leg.contract(),
            quantity: leg.quantity,
            price: leg.price,
        });
        let maximum_fees = instructions::ANY_FEES;
        let args = TradeArgs { legs: legs.collect(), claims_rebates: self.claims_rebates, maximum_fees };
        vec![instructions::trade_with(cast.key(self.first), cast.key(self.second), args, check)]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let (first, second) = (done.cast.address(self.first), done.cast.address(self.second));
        let charges = self.charges(ledger, done);
        for leg in &self.legs {
            let quantity = i128::from(leg.quantity);
            let value = value(done.cast, leg.market, quantity, leg.price);
            ledger.fill(&first, &second, leg.key(), quantity, value);
        }
        for charge in charges {
            charge.book(ledger, done, self.legs[0].market);
        }
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        let (first, second) = (done.cast.address(self.first), done.cast.address(self.second));
        assert!(first != second, "trade: an account traded with itself");
        assert!((1..=8).contains(&self.legs.len()), "trade: {} legs", self.legs.len());
        let mut handed_over = 0;
        for leg in &self.legs {
            assert!(leg.quantity != 0, "trade: a leg without lots");
            let mark = done.before.mark(leg.market, &leg.contract()).expect("trade: a contract without a mark");
            let market = done.before.market(leg.market);
            let band = share_floor(market.parameters.band_price, i128::from(market.price))
                + share_floor(market.parameters.band_volatility, i128::from(mark.vega));
            let distance = i128::from(leg.price.abs_diff(mark.price));
            assert!(distance <= band, "band: {distance} ticks from the mark, {band} are allowed");
            let at = |price| value(done.cast, leg.market, i128::from(leg.quantity), price);
            handed_over += at(leg.price) - at(mark.price);
        }
        let must_reduce = self.legs.iter().any(|leg| is_degraded(leg, done.before));
        for (address, paid) in [(first, handed_over), (second, -handed_over)] {
            let direction = if address == first { 1 } else { -1 };
            let reduces = self.reductions(ledger, &address, direction);
            let purpose = self.purpose(ledger, &address, direction);
            assert_initial_margin(done, &address, Exception::LessRisk, purpose);
            for (leg, reduces) in self.legs.iter().zip(reduces) {
                assert!(reduces || !is_degraded(leg, done.before), "doubt: {leg:?} opens at a price that is not fresh");
            }
            if must_reduce {
                let after = margin_after(done, &address, purpose);
                let account = done.before.account(&address).expect("the account is open");
                let before = done.before.margin(account, purpose).expect("doubt: the engine refuses");
                let falls = after.initial_excess < before.initial_excess
                    || after.maintenance_excess < before.maintenance_excess
                    || after.equity.0 < 0;
                assert!(!falls, "doubt: an excess fell in a trade at a price that is not fresh");
            }
            if paid > 0 && withdrawal_after(done, &address) < 0 {
                let account = done.before.account(&address).expect("the account is open");
                let excess = done.before.withdrawal_excess(account).expect("handover: the engine refuses");
                let excess = i128::from(excess.0);
                assert!(excess >= paid, "handover: {paid} µUSD against the mark, excess was {excess}");
            }
        }
        for leg in &self.legs {
            for account in [self.first, self.second] {
                closing::assert_reduces(ledger, done, account, leg.key());
            }
        }
        for charge in self.charges(ledger, done) {
            charge.verify(ledger, done, &self.legs, self.claims_rebates);
        }
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.first, self.second]
    }
}
