//! What a run is judged by.

use std::collections::{BTreeMap, BTreeSet};

use ballast::events::Liquidated;
use ballast_harness::figures::Money;
use serde::Serialize;

use crate::{health::Health, liquidators::Attempt, policies::Policy, scenarios::Scenario, world::World};

/// Numbers of the tiers in which accounts are liquidated.
const TIERS: [u8; 3] = [2, 3, 4];

/// What came of a scenario under a policy. Money in µUSD.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// Name of the scenario.
    pub scenario: &'static str,
    /// Name of the policy.
    pub policy: &'static str,
    /// Traders.
    pub traders: usize,
    /// Traders who were below maintenance margin at some time.
    pub breached: usize,
    /// Slots from the first breach until nobody was below maintenance margin any more; nothing if somebody still is.
    pub slots_to_safety: Option<u64>,
    /// Traders below maintenance margin in the end whom liquidators could still have dealt with.
    pub left_below: usize,
    /// Share of all traders' notional, at the prices of the start, that was taken over in tiers 2, 3 and 4: millionths.
    pub taken_by_tier: [i64; 3],
    /// What liquidation cost the liquidated, at the marks: the sum of the next two.
    pub cost: Money,
    /// What liquidators gained of it.
    pub to_liquidators: Money,
    /// What the insurance fund got of it.
    pub to_insurance: Money,
    /// What the breached had in the end.
    pub equity_left: Money,
    /// Σ negative equity in the end.
    pub bad_debt: Money,
    /// Steps of liquidations that the program accepted.
    pub steps: u64,
    /// Those that it refused, by code: the state had changed since the liquidator looked, or its capital did not suffice.
    pub refused: BTreeMap<String, u64>,
    /// Compute units of an average step.
    pub average_compute_units: u64,
    /// Compute units of the dearest step.
    pub largest_compute_units: u64,
    /// Σ over all vaults of what they hold less what is owed from them, without sign: native units.
    pub unaccounted: u64,
    /// How the run went.
    pub samples: Vec<Sample>,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    /// Slots since the start.
    pub slot: u64,
    /// Traders below maintenance margin.
    pub below: usize,
    /// Cost of liquidation so far, µUSD.
    pub cost: i64,
    /// Σ negative equity, µUSD.
    pub bad_debt: i64,
}

/// Counts while a run goes on.
pub struct Tally {
    notional: i128,
    taken: [i128; 3],
    breached: BTreeSet<usize>,
    first_breach: Option<u64>,
    last_breach: u64,
    to_liquidators: i64,
    to_insurance: i64,
    steps: u64,
    refused: BTreeMap<String, u64>,
    compute_units: u64,
    largest_compute_units: u64,
    samples: Vec<Sample>,
}

impl Tally {
    /// Begins to count.
    pub fn begin(world: &World, traders: usize) -> Self {
        let accounts = world.holders.iter().take(traders);
        Self {
            notional: accounts.map(|holder| world.notional(&holder.account)).sum(),
            taken: [0; 3],
            breached: BTreeSet::new(),
            first_breach: None,
            last_breach: 0,
            to_liquidators: 0,
            to_insurance: 0,
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
        let event: Liquidated = outcome.event();
        let taken = world.notional(&attempt.before) - world.notional(&world.holders[attempt.victim].account);
        if let Some(place) = TIERS.iter().position(|tier| *tier == event.tier) {
            self.taken[place] += taken;
        }
        self.to_liquidators += event.equity_before - event.equity - event.insurance;
        self.to_insurance += event.insurance;
        self.steps += 1;
        self.compute_units += outcome.compute_units;
        self.largest_compute_units = self.largest_compute_units.max(outcome.compute_units);
    }

    /// Notes who is below maintenance margin. Returns how many.
    pub fn observe(&mut self, health: &Health, world: &World, slot: u64) -> usize {
        let mut count = 0;
        for index in health.unsafe_accounts(world) {
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
        self.samples.push(Sample { slot, below, cost, bad_debt: health.bad_debt().0 });
    }

    /// The result, once a run is over.
    pub fn finish(self, world: &World, health: &Health, scenario: &Scenario, policy: &Policy) -> RunResult {
        let left_below = health.unsafe_accounts(world).count();
        let since_first = self.first_breach.map_or(0, |first| self.last_breach + 1 - first);
        let share = |part: i128| i64::try_from(part * 1_000_000 / self.notional.max(1)).unwrap_or(i64::MAX);
        let books = world.exchange.books();
        let unaccounted =
            world.exchange.vaults(&books).into_iter().map(|vault| (vault.held - vault.owed).unsigned_abs());
        RunResult {
            scenario: scenario.name,
            policy: policy.name,
            traders: health.count(),
            breached: self.breached.len(),
            slots_to_safety: (left_below == 0).then_some(since_first),
            left_below,
            taken_by_tier: self.taken.map(share),
            cost: Money(self.to_liquidators + self.to_insurance),
            to_liquidators: Money(self.to_liquidators),
            to_insurance: Money(self.to_insurance),
            equity_left: Money(health.equity(self.breached).0),
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
