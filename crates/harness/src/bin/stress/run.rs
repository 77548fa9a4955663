//! One crash under one policy, slot by slot.

use crate::{
    health::Health,
    keepers,
    liquidators::Liquidator,
    policies::Policy,
    population::Population,
    prices::Prices,
    progress::Progress,
    results::{RunResult, Tally},
    scenarios::Scenario,
    world::World,
};

/// Slots between two samples of the chart.
const SAMPLE_SLOTS: u64 = 10;
/// Slots without anyone below maintenance margin, once prices stand, after which a run is over.
const QUIET_SLOTS: u64 = 200;
/// Milliseconds of a slot.
const SLOT_MILLISECONDS: u64 = 400;

/// Runs a scenario under a policy.
pub fn run(population: &Population, scenario: &Scenario, policy: &Policy, seed: u64, progress: &Progress) -> RunResult {
    let mut world = population.world.clone();
    policy.apply(&mut world);
    let mut liquidators = Liquidator::open_all(&mut world, population, scenario);
    let mut prices = Prices::new(scenario, seed, &world, population.traders);
    let mut health = Health::of(&mut world);
    let mut tally = Tally::begin(&world, &health, population.traders);
    let (start_time, start_slot) = (world.exchange.chain.now(), world.exchange.chain.slot());
    let mut quiet = 0;
    for slot in 1..=scenario.horizon() {
        world.exchange.chain.set_clock(start_time + (slot * SLOT_MILLISECONDS / 1_000) as i64, start_slot + slot);
        if prices.advance(&mut world, slot) {
            health.update_all(&mut world);
        }
        let touched = keepers::work(&mut world, &health, slot);
        health.update(&mut world, touched);
        if scenario.is_staffed(slot) {
            act(&mut world, &mut liquidators, &mut health, &mut tally, &mut prices, slot);
        }
        let left = tally.observe(&health, &world, slot);
        if slot.is_multiple_of(SAMPLE_SLOTS) {
            tally.sample(&health, slot, left);
            progress
                .show(&format!("{} {}: slot {slot}, {left} accounts below maintenance", scenario.name, policy.name));
        }
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if slot >= scenario.ends_at() && quiet >= QUIET_SLOTS {
            break;
        }
    }
    tally.finish(&mut world, &population.world, &prices, policy)
}

/// Every liquidator whose reaction time is over sends what it decided, sells what it took over, and decides anew.
fn act(
    world: &mut World,
    liquidators: &mut [Liquidator],
    health: &mut Health,
    tally: &mut Tally,
    prices: &mut Prices,
    slot: u64,
) {
    let reaction = prices.scenario().staff.reaction;
    for (index, liquidator) in liquidators.iter_mut().enumerate() {
        if slot % reaction != index as u64 % reaction {
            continue;
        }
        for attempt in liquidator.send(world) {
            tally.record(world, &attempt);
            health.update(world, [attempt.victim, attempt.liquidator]);
        }
        if let Some((sold, touched)) = liquidator.unwind(world, slot) {
            prices.absorb(world, &sold);
            health.update(world, touched);
        }
        liquidator.decide(world, health);
    }
}
