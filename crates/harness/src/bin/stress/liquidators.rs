//! Liquidators: each with a capital of its own, slower than the market.

use ballast::{BallastError, LiquidationPlan, TradeLeg};
use ballast_client::{
    CheckAccounts, instructions,
    liquidation::{Candidate, FULL_SIZE, Plan, Valuer, contract_of, worth_of_slices},
};
use ballast_harness::{Outcome, Refusal};
use ballast_risk::{MicroUsd, Mode};
use ballast_state::{
    MarginAccount, Position,
    revaluation::{Purpose, Sources},
};

use crate::{
    health::Health,
    population::{DOLLAR, Population},
    scenarios::Scenario,
    world::World,
};

/// Transactions that a liquidator sends at a time: this many at least, and one for so many traders.
const ATTEMPTS: (usize, usize) = (4, 16);
/// Accounts that it looks at for each of them.
const LOOKS: usize = 3;
/// Slots from one time it sells what it took over to the next.
const UNWINDING_SLOTS: u64 = 25;
/// Most legs of a trade.
const LEGS: usize = 8;

/// What came of a transaction that a liquidator sent.
pub struct Attempt {
    /// The account's index.
    pub victim: usize,
    /// The liquidator's.
    pub liquidator: usize,
    /// The account before.
    pub before: Box<MarginAccount>,
    /// What came of it.
    pub result: Result<Outcome, Refusal>,
}

/// A liquidator.
pub struct Liquidator {
    holder: usize,
    maker: usize,
    /// Its number among the liquidators, and how many they are.
    place: (usize, usize),
    /// Transactions that it sends at a time.
    attempts: usize,
    /// Slot from which it sells again what it took over.
    sells_from: u64,
    /// What it tries of what the rules allow, of [`FULL_SIZE`]: half once that was too much, twice once it was not.
    size: u64,
    decided: Vec<(usize, Plan)>,
}

impl Liquidator {
    /// Opens the accounts of a scenario's liquidators.
    pub fn open_all(world: &mut World, population: &Population, scenario: &Scenario) -> Vec<Self> {
        let staff = &scenario.staff;
        let capital = staff.capital * population.traders as i64 / staff.count.max(1) as i64 * DOLLAR;
        let open = |index: usize| Self {
            holder: world.open(Mode::Portfolio, &[("USDC", capital.unsigned_abs())]),
            maker: population.makers[index % population.makers.len()],
            place: (index, staff.count),
            attempts: ATTEMPTS.0.max(population.traders / ATTEMPTS.1),
            sells_from: 0,
            size: FULL_SIZE,
            decided: Vec::new(),
        };
        (0..staff.count).map(open).collect()
    }

    /// Sends what it decided a reaction ago.
    pub fn send(&mut self, world: &mut World) -> Vec<Attempt> {
        let decided = std::mem::take(&mut self.decided);
        let sent = decided.into_iter().filter_map(|(victim, plan)| self.liquidate(world, victim, plan));
        let attempts: Vec<Attempt> = sent.collect();
        if attempts.iter().any(|attempt| attempt.result.as_ref().is_err_and(is_too_large)) {
            self.size = (self.size / 2).max(1);
        } else if attempts.iter().any(|attempt| attempt.result.is_ok()) {
            self.size = (2 * self.size).min(FULL_SIZE);
        }
        attempts
    }

    /// Sends a plan; nothing comes of a slice that has become worth less than nothing, against which a liquidator's
    /// transaction guards itself.
    fn liquidate(&self, world: &mut World, victim: usize, plan: Plan) -> Option<Attempt> {
        let margin = world.margin(victim);
        let is_worthless = worth_of_slices(&world.holders[victim].account, &margin) <= MicroUsd::ZERO;
        if matches!(plan, Plan::Step(LiquidationPlan::Slice { .. })) && is_worthless {
            return None;
        }
        let [account, own] = [victim, self.holder].map(|index| world.holders[index].clone());
        let touched = account.account.markets.iter().map(|held| held.market).filter(|&market| market != 0);
        let check = CheckAccounts::of(&[&account.account, &own.account]).touching(touched);
        let check = check.metas(&world.snapshot).expect("every bank is known");
        let (key, own_key, quote) = (&account.trader.key, &own.trader.key, world.exchange.quote_token());
        let is_resolution = matches!(plan, Plan::Resolution(_));
        let instruction = match plan {
            Plan::Step(plan) => instructions::liquidate(key, own_key, &quote, plan, check),
            Plan::Resolution(fraction) => instructions::resolve_bankruptcy(key, own_key, &quote, fraction, check),
        };
        let result = world.send(instruction, &[&own.trader.wallet]);
        if result.is_ok() {
            world.reload(victim);
            world.reload(self.holder);
            if is_resolution {
                // What others have left to make good.
                world.reload_prices();
            }
        }
        Some(Attempt { victim, liquidator: self.holder, before: account.account, result })
    }

    /// Sells what it took over: collateral elsewhere, once cash is scarce, and positions to a market maker at the marks; those
    /// that there is no cash to close stay for the next time. Returns what was traded, and the two accounts.
    pub fn unwind(&mut self, world: &mut World, slot: u64) -> Option<(Vec<TradeLeg>, [usize; 2])> {
        if slot < self.sells_from {
            return None;
        }
        self.sells_from = slot + UNWINDING_SLOTS;
        let margin = world.margin(self.holder).components;
        if margin.cash < margin.collateral {
            world.sell_collateral(self.holder);
        }
        let account = &world.holders[self.holder].account;
        let now = world.exchange.chain.now();
        let positions = account.positions().iter().filter(|position| position.quantity != 0);
        let leg = |position: &Position| {
            let number = account.markets[usize::from(position.market_slot)].market;
            let market = world.snapshot.market(number)?;
            let contract = contract_of(position);
            let mark = contract.find(market).ok()?.mark(market, now).ok()?;
            Some(TradeLeg { market: number, contract, quantity: -position.quantity, price: mark.price })
        };
        let legs: Vec<TradeLeg> = positions.filter_map(leg).collect();
        let mut sold = Vec::with_capacity(legs.len());
        for legs in legs.chunks(LEGS) {
            if world.trade(self.holder, self.maker, legs.to_vec()).is_ok() {
                sold.extend_from_slice(legs);
            } else {
                let alone = |leg: &&TradeLeg| world.trade(self.holder, self.maker, vec![**leg]).is_ok();
                sold.extend(legs.iter().filter(alone).copied());
            }
        }
        Some((sold, [self.holder, self.maker]))
    }

    /// Decides what to send next, as things stand: about the accounts of its own share, or, if none of them is in distress,
    /// about those of others.
    pub fn decide(&mut self, world: &mut World, health: &Health) {
        let (place, count) = self.place;
        let open = health.liquidatable(world).into_iter().filter(|&victim| victim != self.holder);
        let (mut victims, others): (Vec<usize>, Vec<usize>) = open.partition(|victim| victim % count == place);
        if victims.is_empty() {
            victims = others;
        }
        for victim in victims.into_iter().take(LOOKS * self.attempts) {
            if self.decided.len() == self.attempts {
                break;
            }
            let account = world.holders[victim].account.clone();
            let valuer = Valuer::new(&world.snapshot, world.moment(Purpose::View));
            let candidate = Candidate::look(&valuer, &account, health.margin(victim));
            let choices = candidate.map_or_else(Vec::new, |candidate| candidate.choices(self.size));
            if let Some(choice) = choices.into_iter().next() {
                self.decided.push((victim, choice.plan));
            }
        }
    }
}

/// Whether a plan was more than the liquidator's capital, or the others' who make good, sufficed for.
fn is_too_large(refusal: &Refusal) -> bool {
    [BallastError::LiquidatorBelowMargin, BallastError::LossUncovered]
        .into_iter()
        .any(|error| refusal.code == Some(u32::from(error)))
}
