//! Liquidations, of legs, slices and collateral.

use std::collections::BTreeMap;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{LiquidationLeg, LiquidationPlan, events::Liquidated};
use ballast_client::instructions;
use ballast_risk::{Margin, MicroUsd, revaluation::Workspace};
use ballast_state::{
    Bank, MarginAccount, Market,
    revaluation::{self, Purpose, Sources},
};
use ballast_tests::dice::Dice;
use bytemuck::Zeroable;
use serde::{Deserialize, Serialize};

use super::{pick_account, trading::Leg};
use crate::fuzz::{
    action::{Act, Action, Done},
    cast::Cast,
    doubt::Held,
    ledger::{Account, Ledger, Liquidation, share_ceil, share_floor, value},
    pool::debt_at,
    state::State,
    terms::{Opening, Terms},
};

/// The whole, in the scale of slices.
pub const WHOLE: u32 = 1 << 28;

/// A liquidation step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Liquidate {
    victim: u8,
    liquidator: u8,
    plan: Plan,
}

/// What a liquidator takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Plan {
    /// Positions or parts of them.
    Legs(Vec<Leg>),
    /// A share of everything, scale 2^-28.
    Slice(u32),
    /// Native units of a deposit.
    Collateral { bank: u16, amount: u64 },
}

/// Draws steps against the weakest account, or any.
pub fn propose(dice: &mut Dice, cast: &Cast, state: &State, _: &Ledger) -> Vec<Action> {
    let excess = |account: &MarginAccount| state.margin(account, Purpose::Liquidation).ok();
    let all = (0..cast.accounts.len() as u8).filter_map(|index| {
        let account = state.account(&cast.address(index))?;
        Some((index, excess(account)?.maintenance_excess))
    });
    let mut by_excess: Vec<_> = all.collect();
    by_excess.sort_unstable_by_key(|(_, excess)| *excess);
    let weak: Vec<u8> = by_excess.iter().filter(|(_, excess)| excess.0 < 0).map(|(index, _)| *index).collect();
    if weak.is_empty() && !dice.once_in(10) {
        return Vec::new();
    }
    let victim = match by_excess.first() {
        Some((weakest, _)) if weak.is_empty() => *weakest,
        Some(_) if !dice.once_in(12) => *dice.pick(&weak),
        _ => pick_account(dice, cast, state),
    };
    // Whoever has most can carry most.
    let strongest = by_excess.last().map_or(0, |(index, _)| *index);
    let strongest_or_any = if dice.once_in(2) { strongest } else { pick_account(dice, cast, state) };
    let owner = cast.key(victim).owner;
    let sibling = (0..cast.accounts.len() as u8).find(|&index| index != victim && cast.key(index).owner == owner);
    let liquidator = if dice.once_in(4) { sibling.unwrap_or(strongest_or_any) } else { strongest_or_any };
    let plan = propose_plan(dice, cast, state, victim);
    vec![Action::Liquidate(Liquidate { victim, liquidator, plan })]
}

fn propose_plan(dice: &mut Dice, cast: &Cast, state: &State, victim: u8) -> Plan {
    let Some(account) = state.account(&cast.address(victim)) else { return Plan::Slice(WHOLE) };
    let deposits: Vec<(u16, u64)> =
        account.balances.iter().filter(|it| it.bank != 0).map(|it| (it.bank, it.amount)).collect();
    if !deposits.is_empty() && dice.once_in(4) {
        let (bank, held) = *dice.pick(&deposits);
        let amount = if dice.once_in(12) { dice.amount(held) } else { held >> dice.roll(12) };
        return Plan::Collateral { bank: if dice.once_in(40) { bank + 1 } else { bank }, amount };
    }
    if account.position_count == 0 || dice.once_in(2) {
        let fraction = match dice.roll(8) {
            0 => *dice.pick(&[0, 1, WHOLE, WHOLE + 1, u32::MAX]),
            1 | 2 => 1 << (12 + dice.roll(17)),
            _ => largest_slice(state, account).saturating_add(dice.roll(2) as u32),
        };
        return Plan::Slice(fraction);
    }
    let count = if dice.once_in(60) { 9 } else { 1 + dice.roll(4).min(dice.roll(4)) };
    let mut legs: Vec<Leg> = (0..count).map(|_| propose_leg(dice, account)).collect();
    if dice.once_in(10) {
        let held = legs[0].quantity;
        legs[0].quantity = *dice.pick(&[0, -held, held.saturating_mul(2)]);
    }
    Plan::Legs(legs)
}

fn propose_leg(dice: &mut Dice, account: &MarginAccount) -> Leg {
    let position = *dice.pick(account.positions());
    let slot = if position.kind().is_option() { position.series_slot } else { position.expiry_slot };
    let part = position.quantity / dice.between(1, 6);
    let quantity = if part == 0 { position.quantity } else { part };
    Leg {
        market: account.markets[usize::from(position.market_slot)].market,
        kind: position.kind,
        slot,
        number: position.number,
        quantity,
        price: 0,
    }
}

/// The largest slice that may go at once, as a client computes it.
fn largest_slice(state: &State, account: &MarginAccount) -> u32 {
    state.liquidation_terms(account).map_or(WHOLE, |terms| terms.largest_slice() as u32)
}

/// A share of an amount, scale 2^-28, rounded towards zero.
fn part(amount: i128, fraction: u32) -> i128 {
    amount * i128::from(fraction) / i128::from(WHOLE)
}

impl Liquidate {
    /// What the step starts from: the victim's margin before, and its volatility regime, the largest of its markets.
    fn opening<'a>(&self, ledger: &Ledger, done: &'a Done, margin: &'a Margin) -> Opening<'a> {
        let holdings = &ledger.accounts[&done.cast.address(self.victim)].holdings;
        let regimes = holdings.keys().map(|contract| done.before.market(contract.market).prices.realised().regime());
        let regime = regimes.max().map_or(1 << 30, |regime| regime.to_bits());
        Opening { parameters: &done.before.snapshot.exchange.parameters, margin, regime, slot: done.before.slot }
    }

    /// What the victim's checks are for.
    fn purpose(&self) -> Purpose {
        match self.plan {
            Plan::Legs(_) => Purpose::Closing,
            Plan::Slice(_) | Plan::Collateral { .. } => Purpose::Liquidation,
        }
    }

    /// Whether nothing less could be closed.
    fn is_smallest(&self) -> bool {
        matches!(&self.plan, Plan::Legs(legs) if legs.len() == 1 && legs[0].quantity.abs() == 1)
    }

    /// Share of the account that the step took, scale 2^-30: of legs, that of the maintenance requirement, rounded up.
    fn share(&self, event: &Liquidated) -> i128 {
        match self.plan {
            Plan::Slice(fraction) => i128::from(fraction) << 2,
            Plan::Collateral { .. } => 0,
            Plan::Legs(_) => {
                let (before, after) = (i128::from(event.requirement_before), i128::from(event.requirement));
                let most = i128::from(u32::MAX);
                let freed = (before - after).max(0) << 30;
                if freed > 0 && before <= 0 { most } else { (freed + before - 1).div_euclid(before.max(1)).min(most) }
            }
        }
    }

    /// Enters the legs; the liquidator takes them over at their marks.
    fn book_legs(&self, legs: &[Leg], terms: &Terms, ledger: &mut Ledger, done: &Done) {
        let (victim, liquidator) = (done.cast.address(self.victim), done.cast.address(self.liquidator));
        for leg in legs {
            let mark = done.before.mark(leg.market, &leg.contract()).expect("liquidation: a contract without a mark");
            let quantity = i128::from(leg.quantity);
            let held = ledger.accounts[&victim].holdings.get(&leg.key()).map_or(0, |holding| holding.quantity);
            let is_part = quantity != 0 && quantity.signum() == held.signum() && quantity.abs() <= held.abs();
            assert!(is_part, "liquidation: a leg of {quantity} lots where {held} were held");
            let value = value(done.cast, leg.market, quantity, mark.price);
            ledger.fill(&liquidator, &victim, leg.key(), quantity, value);
        }
        let event: Liquidated = done.outcome.event();
        let parameters = &done.before.snapshot.exchange.parameters;
        let freed = i128::from(event.requirement_before - event.requirement).max(0);
        let cash = ledger.accounts[&victim].cash;
        assert!(cash >= 0, "liquidation: legs cost {} µUSD more than there was", -cash);
        let charged = i128::from(event.reward) + i128::from(event.insurance);
        let risen = i128::from(event.maintenance_excess - event.maintenance_excess_before) + charged;
        let fee = share_floor(terms.bonus, freed).min(risen.max(0) / 2).min(cash);
        let insurance = share_ceil(parameters.insurance_share, fee).min(fee);
        let expected = (fee - insurance, insurance);
        assert_eq!((event.reward.into(), event.insurance.into()), expected, "liquidation: reward and insurance");
        ledger.account(&victim).cash -= fee;
        ledger.account(&liquidator).cash += fee - insurance;
        ledger.insurance += insurance;
    }

    /// Enters a slice of everything, and what is paid for it.
    fn book_slice(
        &self,
        fraction: u32,
        (liquidation, terms): (&mut Liquidation, &Terms),
        ledger: &mut Ledger,
        done: &Done,
    ) {
        let (victim, liquidator) = (done.cast.address(self.victim), done.cast.address(self.liquidator));
        pass_share(ledger, (&victim, &liquidator), fraction, liquidation.proceeds);

        let event: Liquidated = done.outcome.event();
        let paid = i128::from(event.paid);
        let worth = (i128::from(event.equity_before) - (i128::from(event.equity) - paid)).max(0);
        assert_eq!(paid, share_ceil(terms.price, worth), "liquidation: price of a slice worth {worth} µUSD");
        ledger.account(&victim).cash += paid;
        ledger.account(&liquidator).cash -= paid;
        liquidation.proceeds += paid;
    }
}

impl Liquidate {
    /// Enters collateral, and what is paid for it: at most half of what the sale frees is the liquidator's.
    fn book_collateral(
        &self,
        (bank, amount): (u16, u64),
        (liquidation, terms): (&mut Liquidation, &Terms),
        ledger: &mut Ledger,
        done: &Done,
    ) {
        let (victim, liquidator) = (done.cast.address(self.victim), done.cast.address(self.liquidator));
        let held = ledger.accounts[&victim].deposits.get(&bank).map_or(0, |deposit| deposit.amount);
        assert!((1..=held).contains(&i128::from(amount)), "liquidation: {amount} units of {held} were bought");
        let event: Liquidated = done.outcome.event();
        assert_eq!((event.bank, event.collateral), (bank, amount), "liquidation: collateral");
        let paid = i128::from(event.paid);
        let fall = |before: i64, after: i64| i128::from(before) - (i128::from(after) - paid);
        let worth = fall(event.equity_before, event.equity).max(0);
        let freed = worth - fall(event.maintenance_excess_before, event.maintenance_excess);
        let expected = share_ceil(terms.price, worth).max(worth - freed.max(0) / 2).max(0);
        assert_eq!(paid, expected, "liquidation: price of collateral worth {worth} µUSD");
        for (address, sign) in [(victim, -1), (liquidator, 1)] {
            let account = ledger.account(&address);
            account.move_deposit(bank, sign * i128::from(amount));
            account.cash -= sign * paid;
        }
        liquidation.proceeds += paid;
    }
}

impl Act for Liquidate {
    fn name(&self) -> &'static str {
        match self.plan {
            Plan::Legs(_) => "liquidate legs",
            Plan::Slice(_) => "liquidate a slice",
            Plan::Collateral { .. } => "liquidate collateral",
        }
    }

    fn instructions(&self, cast: &Cast, state: &State) -> Vec<Instruction> {
        let held = state.account(&cast.address(self.victim)).map(|account| account.markets.map(|held| held.market));
        let touched = held.into_iter().flatten().filter(|&market| market != 0);
        let check = state.check(cast, &[self.victim, self.liquidator], touched);
        let plan = match &self.plan {
            Plan::Slice(fraction) => LiquidationPlan::Slice { fraction: *fraction },
            Plan::Collateral { bank, amount } => LiquidationPlan::Collateral { bank: *bank, amount: *amount },
            Plan::Legs(legs) => LiquidationPlan::Legs {
                legs: legs
                    .iter()
                    .map(|leg| LiquidationLeg { market: leg.market, contract: leg.contract(), quantity: leg.quantity })
                    .collect(),
            },
        };
        vec![instructions::liquidate(cast.key(self.victim), cast.key(self.liquidator), &cast.quote(), plan, check)]
    }

    fn book(&self, ledger: &mut Ledger, done: &Done) {
        let event: Liquidated = done.outcome.event();
        let before = margin_before(ledger, done, &done.cast.address(self.victim), self.purpose());
        ledger.accrue_interest(done);
        for account in [self.victim, self.liquidator] {
            ledger.charge_interest(&done.cast.address(account));
        }
        let opening = self.opening(ledger, done, &before);
        let (mut liquidation, _) = opening.join(ledger.accounts[&done.cast.address(self.victim)].liquidation);
        let terms = opening.terms(&liquidation);
        match &self.plan {
            Plan::Legs(legs) => self.book_legs(legs, &terms, ledger, done),
            Plan::Slice(fraction) => self.book_slice(*fraction, (&mut liquidation, &terms), ledger, done),
            Plan::Collateral { bank, amount } => {
                self.book_collateral((*bank, *amount), (&mut liquidation, &terms), ledger, done);
            }
        }
        liquidation.taken = (liquidation.taken + self.share(&event)).min(u32::MAX.into());
        let parameters = &done.before.snapshot.exchange.parameters;
        let required = i128::from(event.equity) - i128::from(event.maintenance_excess);
        let target = share_ceil(parameters.liquidation_buffer, required);
        let is_reached = i128::from(event.maintenance_excess) >= target;
        let kept = if is_reached { Liquidation::default() } else { liquidation };
        ledger.account(&done.cast.address(self.victim)).liquidation = kept;
    }

    fn verify(&self, ledger: &Ledger, done: &Done) {
        let (victim, liquidator) = (done.cast.key(self.victim), done.cast.key(self.liquidator));
        assert!(victim.owner != liquidator.owner, "liquidation: of an own account");
        let before = margin_before(ledger, done, &done.cast.address(self.victim), self.purpose());
        let after = margin(done.after, &victim.address(), self.purpose());
        let event: Liquidated = done.outcome.event();
        let reported = [event.equity_before, event.maintenance_excess_before, event.requirement_before];
        let computed = [before.equity, before.maintenance_excess, before.maintenance_requirement].map(|it| it.0);
        assert_eq!(reported, computed, "liquidation: equity, excess and requirement before");
        let reported = [event.equity, event.maintenance_excess, event.requirement];
        let computed = [after.equity, after.maintenance_excess, after.maintenance_requirement].map(|it| it.0);
        assert_eq!(reported, computed, "liquidation: equity, excess and requirement after");

        let opening = self.opening(ledger, done, &before);
        let (liquidation, goes_on) = opening.join(ledger.accounts[&victim.address()].liquidation);
        let terms = opening.terms(&liquidation);
        let reported = (event.tier, i128::from(event.close_factor), event.regime);
        assert_eq!(reported, (terms.tier, terms.close_factor, opening.regime), "liquidation: tier, pace and regime");
        let may_go_on = goes_on && opening.shortfall() > 0;
        assert!(before.maintenance_excess.0 < 0 || may_go_on, "liquidation: of a healthy account");
        let undisputed = favourable_margin(done, &victim.address());
        let interest = margin(done.before, &victim.address(), self.purpose()).equity - before.equity;
        let left = undisputed.map_or(-1, |margin| (margin.maintenance_excess - interest).0);
        assert!(left < 0, "dispute: liquidated with {left} µUSD at the prices that favour the account");
        let is_whole = matches!(self.plan, Plan::Slice(WHOLE));
        if !(is_whole && terms.goes_whole) {
            let share = self.share(&event).min(1 << 30);
            let is_first_lot = self.is_smallest() && terms.allowance >= terms.close_factor;
            let is_in_time = is_first_lot || share <= terms.allowance;
            let needs_allowance = !matches!(self.plan, Plan::Collateral { .. });
            let is_in_time = is_in_time && (terms.allowance >= 4 || !needs_allowance);
            assert!(is_in_time, "close factor: a share of {share} on terms {terms:?}");
            if let Plan::Slice(fraction) = self.plan {
                let is_needed = i128::from(fraction) <= terms.restoring_slice;
                assert!(is_needed, "liquidation: a slice of {fraction} on terms {terms:?}");
            }
            let rise = after.maintenance_excess.0 - before.maintenance_excess.0;
            assert!(rise > 0, "liquidation: maintenance excess changed by {rise} µUSD");
            let required = i128::from(before.equity.0) - i128::from(before.maintenance_excess.0);
            let tolerance = share_floor(opening.parameters.liquidation_tolerance, required);
            let beyond = -Opening { margin: &after, ..opening }.shortfall();
            let is_enough = beyond <= tolerance || self.is_smallest();
            assert!(is_enough, "liquidation: {beyond} µUSD beyond the target, {tolerance} are tolerated");
        }
        let taker = margin(done.after, &liquidator.address(), Purpose::Liquidation);
        assert!(taker.initial_excess.0 >= 0, "liquidation: the liquidator is below initial margin");
        let owes_cash = done.after.account(&liquidator.address()).is_some_and(|account| account.cash < 0);
        assert!(!owes_cash, "liquidation: the liquidator owes cash");
    }

    fn accounts(&self) -> Vec<u8> {
        vec![self.victim, self.liquidator]
    }
}

/// Passes a fraction (scale 2^-28) of every holding, deposit, of the debt and of the cash beyond these proceeds.
pub fn pass_share(ledger: &mut Ledger, (victim, liquidator): (&Pubkey, &Pubkey), fraction: u32, proceeds: i128) {
    assert!((1..=WHOLE).contains(&fraction), "liquidation: a slice of {fraction}");
    let Account { cash, debt, deposits, holdings, .. } = ledger.accounts[victim].clone();
    for (contract, holding) in holdings {
        ledger.bring_funding(victim, contract);
        let holding = ledger.accounts[victim].holdings.get(&contract).copied().unwrap_or(holding);
        let (quantity, profit) = (part(holding.quantity, fraction), part(holding.ledger, fraction));
        if quantity != 0 || profit != 0 {
            ledger.adjust(victim, contract, -quantity, -profit);
            ledger.adjust(liquidator, contract, quantity, profit);
        }
    }
    let mut pass = |change: &dyn Fn(&mut Account, i128)| {
        change(ledger.account(victim), -1);
        change(ledger.account(liquidator), 1);
    };
    for (bank, deposit) in deposits {
        let amount = part(deposit.amount, fraction);
        pass(&|account, sign| account.move_deposit(bank, sign * amount));
    }
    let cash = part((cash - proceeds).max(0), fraction);
    pass(&|account, sign| account.cash += sign * cash);
    let debt = part(debt, fraction);
    pass(&|account, sign| account.debt += sign * debt);
}

/// An account's margin before, less the interest that the step charges first.
pub fn margin_before(ledger: &Ledger, done: &Done, address: &Pubkey, purpose: Purpose) -> Margin {
    let before = margin(done.before, address, purpose);
    let account = &ledger.accounts[address];
    let mut charged = ledger.clone();
    charged.accrue_interest(done);
    let interest = debt_at(account, charged.lending.index) - debt_at(account, ledger.lending.index);
    let interest = MicroUsd(interest as i64);
    Margin {
        equity: before.equity - interest,
        initial_excess: before.initial_excess - interest,
        maintenance_excess: before.maintenance_excess - interest,
        withdrawal_excess: before.withdrawal_excess - interest,
        ..before
    }
}

/// An account's margin, which the engine must be able to compute.
pub fn margin(state: &State, address: &Pubkey, purpose: Purpose) -> Margin {
    let margin = state.margin(state.account(address).expect("the account is open"), purpose);
    margin.unwrap_or_else(|refusal| panic!("stale check: the engine would have refused: {refusal}"))
}

/// An account's margin before at the prices that favour it, if any of its prices was in dispute. Nothing either while an
/// average is under way, into which the copies of the accounts would put those prices as well.
pub fn favourable_margin(done: &Done, address: &Pubkey) -> Option<Margin> {
    let state = done.before;
    let account = state.account(address).expect("the account is open");
    let report = state.report(account).expect("dispute: the engine refuses");
    let mut favourable = Favourable { state, markets: BTreeMap::new(), banks: BTreeMap::new() };
    for held in account.markets.iter().filter(|held| held.position_count > 0) {
        let market = state.market(held.market);
        if market.expiries.iter().any(|it| it.number != 0 && it.averaging_begins_at() <= state.now) {
            return None;
        }
        let price = Held::of_market(market);
        if price.is_disputed(state, report.equity) {
            let delta = report.markets.iter().find(|it| it.market == held.market).map_or(0, |it| it.delta);
            let price = price.bounds()[usize::from(delta > 0)] as u64;
            favourable.markets.insert(held.market, Box::new(Market { price, ..*market }));
        }
    }
    for balance in account.balances.iter().filter(|balance| balance.bank != 0) {
        let bank = state.snapshot.bank(balance.bank).expect("the bank exists");
        let price = Held::of_bank(bank);
        if price.is_disputed(state, report.equity) {
            let price = price.bounds()[1] as u64;
            favourable.banks.insert(balance.bank, Box::new(Bank { price, ..*bank }));
        }
    }
    if favourable.markets.is_empty() && favourable.banks.is_empty() {
        return None;
    }
    let (moment, mut workspace) = (state.moment(Purpose::View), Workspace::zeroed());
    let exchange = &state.snapshot.exchange;
    let margin = revaluation::margin(account, exchange, &favourable, moment, account.mode(), &mut workspace);
    Some(margin.expect("dispute: the engine refuses"))
}

/// The accounts with some prices replaced.
struct Favourable<'a> {
    state: &'a State,
    markets: BTreeMap<u16, Box<Market>>,
    banks: BTreeMap<u16, Box<Bank>>,
}

impl Sources for Favourable<'_> {
    fn market(&self, number: u16) -> Option<&Market> {
        self.markets.get(&number).map(Box::as_ref).or_else(|| self.state.snapshot.market(number))
    }

    fn bank(&self, number: u16) -> Option<&Bank> {
        self.banks.get(&number).map(Box::as_ref).or_else(|| self.state.snapshot.bank(number))
    }
}
