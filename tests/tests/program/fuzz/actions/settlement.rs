//! Profit and loss becoming cash, and the vesting of gains.

use anchor_lang::solana_program::instruction::Instruction;
use ballast::{SettlePnlArgs, events::PnlSettled};
use ballast_client::instructions;
use ballast_state::{MarginAccount, Market, PositionKind, VestingGain};
use ballast_tests::dice::Dice;
use serde::{Deserialize, Serialize};

use super::pick_account;
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    cuts,
    ledger::{ContractKey, Ledger, value},
    state::State,
};

/// What the time at which a gain has vested may be off by: an average of two times rounds twice.
const VESTING_ROUNDING: i128 = 2;

/// Settles the perpetual, a future or a claim of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettlePnl {
    account: u8,
    market: u16,
    kind: u8,
    number: u32,
}

/// Draws a position to settle, a few times over, or one that the account does not have.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, ledger: &Ledger) -> Vec<Action> {
    let account = pick_account(dice, cast, state);
    let books = ledger.accounts.get(&cast.address(account));
    let held = books.into_iter().flat_map(|books| books.holdings.keys().copied());
    let held: Vec<ContractKey> = held.filter(|contract| dice.once_in(8) || !contract.is_option()).collect();
    let settle = |contract: ContractKey| {
        let ContractKey { market, kind, number } = contract;
        Action::SettlePnl(SettlePnl { account, market, kind: kind as u8, number })
    };
    if held.is_empty() {
        let market = *dice.pick(&state.market_numbers());
        return vec![settle(ContractKey { market, kind: PositionKind::Perpetual, number: dice.roll(2) as u32 })];
    }
    (0..=dice.roll(2)).map(|_| settle(*dice.pick(&held))).collect()
}

impl SettlePnl {
    fn contract(&self) -> ContractKey {
        ContractKey::of_leg(self.market, self.kind, self.number)
    }

    /// The pool that the position is settled against.
    fn pool(&self) -> (u16, u32) {
        (self.market, self.number)
    }

    /// Profit before, from the ledger and the mark; and what it would be where the stable price is worse for the holder.
    fn profit(&self, ledger: &Ledger, done: &Done) -> (i128, i128) {
        let address = done.cast.address(self.account);
        let holding = *ledger.accounts[&address].holdings.get(&self.contract()).expect("settled: nothing is held");
        let holding = ledger.with_funding(self.contract(), holding);
        if self.kind == PositionKind::Claim as u8 {
            return (holding.ledger, holding.ledger);
        }
        let account = done.before.account(&address).expect("the account is open");
        let market = done.before.market(self.market);
        let slot = account.market_slot(self.market).expect("the account is in the market");
        let kind = self.contract().kind;
        let index = account.find_position(slot, kind, self.number).expect("the account holds the position");
        let contract = account.positions()[index].contract();
        let mark = contract.mark(market, done.before.now).expect("settled: a contract without a mark");
        let at = |price| value(done.cast, self.market, holding.quantity, price) + holding.ledger;
        (at(mark.price), at(steady_mark(market, mark.price, holding.quantity)).max(0))
    }
}

impl Act for SettlePnl {
    fn name(&self) -> &'static str {
        "settle_pnl"
    }

    fn instructions(&self, cast: &Cast, _: &State) -> Vec<Instruction> {
        let args = SettlePnlArgs { kind: self.kind, number: self.number };
        vec![instructions::settle_pnl(cast.key(self.account), self.market, args)]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let moved = i128::from(done.outcome.event::<PnlSettled>().settled);
        *ledger.pools.entry(self.pool()).or_default() -= moved;
        let address = done.cast.address(self.account);
        ledger.account(&address).cash += moved;
        ledger.adjust(&address, self.contract(), 0, -moved);
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        let event: PnlSettled = done.outcome.event();
        let (profit, steady) = self.profit(ledger, done);
        assert_eq!(i128::from(event.profit), profit, "settled: profit");
        let address = done.cast.address(self.account);
        let pool = ledger.pools.get(&self.pool()).copied().unwrap_or(0);
        let is_claim = self.kind == PositionKind::Claim as u8;
        // A claim is final: it needs no price, and nothing of it has to vest.
        let vested = (!is_claim).then(|| Vesting::expected(self, done));
        let expected = if profit < 0 {
            -(-profit).min(ledger.accounts[&address].cash.max(0))
        } else {
            let limit = vested.as_ref().map_or(i128::MAX, |vested| vested.linear.vested.min(steady));
            profit.min(limit).min(pool)
        };
        assert_eq!(i128::from(event.settled), expected, "settled: amount; {vested:?}");
        if let Some(vested) = vested {
            vested.verify(self, done, expected.max(0));
        }
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.account]
    }
}

/// A mark that followed the stable price instead of the index, where that is worse for the holder; rounded against him.
/// The stable price itself is the one that the market holds.
fn steady_mark(market: &Market, mark: u64, quantity: i128) -> u64 {
    let (mark, index) = (u128::from(mark), u128::from(market.price));
    let stable = u128::from(market.prices.stable_price);
    let price = if quantity > 0 { (stable >> 16).clamp(1, index) } else { stable.div_ceil(1 << 16).max(index) };
    let steady = if quantity > 0 { mark * price / index } else { (mark * price).div_ceil(index) };
    u64::try_from(steady).expect("the mark is in range")
}

/// What an account's gains in a market must have become (docs/margin-model.md, section 6).
#[derive(Debug)]
struct Vesting {
    linear: Gain,
    option: Gain,
}

/// A gain, and the part of it that has vested, µUSD; when the rest has if it lasts.
#[derive(Debug)]
struct Gain {
    seen: i128,
    vested: i128,
    vests_at: i128,
}

impl Vesting {
    fn expected(settlement: &SettlePnl, done: &Done) -> Self {
        let account: &MarginAccount = done.before.account(&done.cast.address(settlement.account)).expect("it is open");
        let risk = done.before.market_risk(account, settlement.market);
        let (risk, limits) = risk.expect("settled: the engine would have refused");
        let held = &account.markets[account.market_slot(settlement.market).expect("the account is in the market")];
        let elapsed = if held.vested_at == 0 { 0 } else { done.before.now - held.vested_at };
        let warm_up = done.before.snapshot.exchange.parameters.vesting_seconds;
        // What bankruptcies cut off since is off what was seen and has vested.
        let cut = cuts::borne(done.cast, account, done.before.market(settlement.market));
        let spent = |gain: i64| (gain - cut as i64).max(0);
        let linear = VestingGain {
            seen: spent(held.linear_gain.seen),
            vested: spent(held.linear_gain.vested),
            ..held.linear_gain
        };
        let vest = |before: &VestingGain, gain: i64| {
            Gain::after(before, gain.max(0).into(), done.before.now.into(), elapsed.into(), warm_up.into())
        };
        let premium = limits.option_premium.0.max(0);
        Self {
            linear: vest(&linear, risk.linear_profit.0),
            option: vest(&held.option_gain, risk.option_value.0 - premium),
        }
    }

    /// Compares with what the account remembers, unless it left the market.
    fn verify(&self, settlement: &SettlePnl, done: &Done, paid: i128) {
        let account = done.after.account(&done.cast.address(settlement.account)).expect("it is open");
        let Some(slot) = account.market_slot(settlement.market) else { return };
        let held = &account.markets[slot];
        assert_eq!(held.vested_at, done.before.now, "vesting: brought up to now");
        self.linear.compare(&held.linear_gain, paid);
        self.option.compare(&held.option_gain, 0);
    }
}

impl Gain {
    /// What lasts vests in a straight line; what came on top begins anew, and both go on with the average of the times
    /// that they had left.
    fn after(before: &VestingGain, gain: i128, now: i128, elapsed: i128, warm_up: i128) -> Self {
        let lasting = gain.min(before.seen.into());
        let vested = lasting.min(before.vested.into());
        let left_before = i128::from(before.vests_at) - now + elapsed;
        let portion =
            if elapsed >= left_before { lasting - vested } else { (lasting - vested) * elapsed / left_before };
        let vested = vested + portion;
        let (open, fresh) = (lasting - vested, gain - lasting);
        let left = (i128::from(before.vests_at) - now).max(0);
        let left = if open + fresh == 0 { 0 } else { (open * left + fresh * warm_up) / (open + fresh) };
        Self { seen: gain, vested, vests_at: now + left }
    }

    fn compare(&self, held: &VestingGain, paid: i128) {
        assert_eq!(i128::from(held.seen), (self.seen - paid).max(0), "vesting: gain seen");
        assert_eq!(i128::from(held.vested), (self.vested - paid).max(0), "vesting: vested");
        let off = (i128::from(held.vests_at) - self.vests_at).abs();
        let matters = self.vested < self.seen;
        assert!(!matters || off <= VESTING_ROUNDING, "vesting: time is off by {off} seconds");
    }
}
