//! What a run is judged by.

use std::collections::{BTreeMap, BTreeSet};

use ballast::events::{BankruptcyResolved, Liquidated};
use ballast_harness::{Outcome, figures::Money};
use ballast_risk::MicroUsd;
use serde::{Deserialize, Serialize};

use crate::{health::Health, liquidators::Attempt, policies::Policy, prices::Prices, world::World};

/// Numbers of the tiers in which accounts are liquidated.
const TIERS: [u8; 3] = [2, 3, 4];

/// What came of a scenario under a policy. Money in µUSD.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunResult {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the policy.
    pub policy: String,
    /// Traders.
    pub traders: usize,
    /// Lowest price of BTC as a share of the price at the start, hundredths of a per cent.
    pub lowest: i64,
    /// Traders who were below maintenance margin at some time.
    pub breached: usize,
    /// Slots from the first breach until nobody was below maintenance margin any more; nothing if somebody still is.
    pub slots_to_safety: Option<u64>,
    /// Traders below maintenance margin in the end whom liquidators could still have dealt with.
    pub left_below: usize,
    /// Share of all traders' notional, at the prices of the start, that was taken over in tiers 2, 3 and 4: millionths.
    pub taken_by_tier: [i64; 3],
    /// The same that was taken over where bankruptcies were resolved.
    pub taken_resolved: i64,
    /// What liquidation cost the liquidated, at the marks: the sum of the next two.
    pub cost: Money,
    /// What liquidators gained of it.
    pub to_liquidators: Money,
    /// What the insurance fund got of it.
    pub to_insurance: Money,
    /// Equity of the traders at the start.
    pub equity_start: Money,
    /// Equity of the traders in the end, deficits aside.
    pub equity_all: Money,
    /// Equity of the breached in the end, deficits aside.
    pub equity_breached: Money,
    /// What the breached would have then if nobody had touched their books, deficits aside.
    pub equity_untouched: Money,
    /// Bankruptcies that were resolved.
    pub resolved: Resolved,
    /// What the insurance fund holds at the start and in the end.
    pub insurance: [Money; 2],
    /// Accounts on record as open bankruptcies in the end.
    pub open_bankruptcies: u32,
    /// Σ negative equity of all accounts in the end, which nobody has made good.
    pub bad_debt: Money,
    /// Steps of liquidations that the program accepted.
    pub steps: u64,
    /// Steps that it refused, by code: the state had changed since the liquidator looked, or its capital did not suffice.
    pub refused: BTreeMap<String, u64>,
    /// Compute units of an average step of a liquidation.
    pub average_compute_units: u64,
    /// Compute units of the dearest.
    pub largest_compute_units: u64,
    /// Σ over all vaults of what they hold less what is owed from them, without sign: native units.
    pub unaccounted: u64,
    /// How the run went.
    pub samples: Vec<Sample>,
}

/// What was made good of bankrupt accounts, and at whose expense: µUSD.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Resolved {
    /// Accounts of which a part was taken over.
    pub accounts: usize,
    /// Steps in which that happened.
    pub steps: u64,
    /// Deficit that was made good.
    pub deficit: i64,
    /// What the liquidators got on top: that and the deficit are the sum of the rest.
    pub bonus: i64,
    /// Paid by the insurance fund.
    pub insurance: i64,
    /// Cut off unsettled gains, and off claims on settled expiries.
    pub gains: i64,
    /// Lost by lenders.
    pub lenders: i64,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sample {
    /// Slots since the start.
    pub slot: u64,
    /// Traders below maintenance margin.
    pub below: usize,
    /// Cost of liquidation so far, µUSD.
    pub cost: i64,
    /// Σ negative equity, µUSD.
    pub bad_debt: i64,
    /// What insurance fund, winners and lenders have made good so far, µUSD.
    pub made_good: i64,
}

/// Counts while a run goes on.
pub struct Tally {
    traders: usize,
    equity_start: Money,
    notional: i128,
    taken: [i128; 3],
    taken_resolved: i128,
    breached: BTreeSet<usize>,
    first_breach: Option<u64>,
    last_breach: u64,
    to_liquidators: i64,
    to_insurance: i64,
    bankrupt: BTreeSet<usize>,
    resolved: Resolved,
    steps: u64,
    refused: BTreeMap<String, u64>,
    compute_units: u64,
    largest_compute_units: u64,
    samples: Vec<Sample>,
}

impl Tally {
    /// Begins to count.
    pub fn begin(world: &World, health: &Health, traders: usize) -> Self {
        let accounts = world.holders.iter().take(traders);
        Self {
            traders,
            equity_start: Money(health.equity(0..traders).0),
            notional: accounts.map(|holder| world.notional(&holder.account)).sum(),
            taken: [0; 3],
            taken_resolved: 0,
            breached: BTreeSet::new(),
            first_breach: None,
            last_breach: 0,
            to_liquidators: 0,
            to_insurance: 0,
            bankrupt: BTreeSet::new(),
            resolved: Resolved::default(),
            steps: 0,
            refused: BTreeMap::new(),
            compute_units: 0,
            largest_compute_units: 0,
            samples: Vec::new(),
        }
    }

    /// Counts a transaction of a liquidator.
    pub fn record(&mut self, world: &World, attempt: &Attempt) {
        let outcome = match &attempt.result {
            Ok(outcome) => outcome,
            Err(refusal) => {
                let code = refusal.code.map_or_else(|| refusal.error.to_string(), |code| code.to_string());
                *self.refused.entry(code).or_default() += 1;
                return;
            }
        };
        // What liquidators lose of their own books is theirs.
        let is_trader = attempt.victim < self.traders;
        let left = &world.holders[attempt.victim].account;
        let taken = if is_trader { world.notional(&attempt.before) - world.notional(left) } else { 0 };
        let Some(step) = outcome.events::<Liquidated>().pop() else {
            self.record_resolution(attempt.victim, taken, outcome);
            return;
        };
        if let Some(place) = TIERS.iter().position(|tier| *tier == step.tier) {
            self.taken[place] += taken;
        }
        self.to_liquidators += step.equity_before - step.equity - step.insurance;
        self.to_insurance += step.insurance;
        self.steps += 1;
        self.compute_units += outcome.compute_units;
        self.largest_compute_units = self.largest_compute_units.max(outcome.compute_units);
    }

    fn record_resolution(&mut self, victim: usize, taken: i128, outcome: &Outcome) {
        let event: BankruptcyResolved = outcome.event();
        self.bankrupt.insert(victim);
        self.taken_resolved += taken;
        let sums = &mut self.resolved;
        sums.accounts = self.bankrupt.len();
        sums.steps += 1;
        sums.deficit += event.deficit;
        sums.bonus += event.bonus;
        sums.insurance += event.losses.iter().map(|loss| loss.insurance).sum::<i64>();
        sums.gains += event.losses.iter().map(|loss| loss.claims + loss.gains).sum::<i64>();
        sums.lenders += event.lending_pool;
    }

    /// Notes which traders are below maintenance margin. Returns how many.
    pub fn observe(&mut self, health: &Health, world: &World, slot: u64) -> usize {
        let mut count = 0;
        for index in health.unsafe_accounts(world, self.traders) {
            self.breached.insert(index);
            count += 1;
        }
        if count > 0 {
            self.first_breach.get_or_insert(slot);
            self.last_breach = slot;
        }
        count
    }

    /// Adds a point to the chart.
    pub fn sample(&mut self, health: &Health, slot: u64, below: usize) {
        let cost = self.to_liquidators + self.to_insurance;
        let made_good = self.resolved.deficit + self.resolved.bonus;
        self.samples.push(Sample { slot, below, cost, bad_debt: health.bad_debt().0, made_good });
    }

    /// The result, once a run is over. `before` is the world at the start.
    pub fn finish(self, world: &mut World, before: &World, prices: &Prices, policy: &Policy) -> RunResult {
        let health = Health::of(world);
        let left_below = health.unsafe_accounts(world, self.traders).count();
        let since_first = self.first_breach.map_or(0, |first| self.last_breach + 1 - first);
        let share = |part: i128| i64::try_from(part * 1_000_000 / self.notional.max(1)).unwrap_or(i64::MAX);
        let untouched =
            self.breached.iter().map(|&index| world.margin_of(&before.holders[index].account).equity.gain());
        let untouched = untouched.fold(MicroUsd::ZERO, |sum, equity| sum + equity);
        world.exchange.assert_books_balance();
        let books = world.exchange.books();
        let unaccounted =
            world.exchange.vaults(&books).into_iter().map(|vault| (vault.held - vault.owed).unsigned_abs());
        RunResult {
            scenario: prices.scenario().name.to_owned(),
            policy: policy.name.to_owned(),
            traders: self.traders,
            lowest: prices.lowest(),
            breached: self.breached.len(),
            slots_to_safety: (left_below == 0).then_some(since_first),
            left_below,
            taken_by_tier: self.taken.map(share),
            taken_resolved: share(self.taken_resolved),
            cost: Money(self.to_liquidators + self.to_insurance),
            to_liquidators: Money(self.to_liquidators),
            to_insurance: Money(self.to_insurance),
            equity_start: self.equity_start,
            equity_all: Money(health.equity(0..self.traders).0),
            equity_breached: Money(health.equity(self.breached).0),
            equity_untouched: Money(untouched.0),
            resolved: self.resolved,
            insurance: [before, &*world].map(|world| world.exchange.insurance()),
            open_bankruptcies: world.exchange.bank("USDC").open_bankruptcies,
            bad_debt: Money(health.bad_debt().0),
            steps: self.steps,
            refused: self.refused,
            average_compute_units: self.compute_units / self.steps.max(1),
            largest_compute_units: self.largest_compute_units,
            unaccounted: u64::try_from(unaccounted.sum::<u128>()).unwrap_or(u64::MAX),
            samples: self.samples,
        }
    }
}
