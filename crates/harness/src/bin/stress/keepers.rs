//! The keeper who turns losses into cash of the pools, has gains seen, so that cuts fall on all of them, and keeps
//! bankruptcies on record.

use ballast::SettlePnlArgs;
use ballast_client::{CheckAccounts, instructions};
use ballast_risk::{MicroUsd, margin::Tier, waterfall};

use crate::{
    health::Health,
    world::{LINEAR, World},
};

/// Slots from one round to the next.
const ROUND_SLOTS: u64 = 50;
/// Accounts with losses, and as many with gains, that are settled in a round: this many at least …
const FEWEST: usize = 6;
/// … and one of so many.
const ONE_OF: usize = 32;

/// Makes a round if one is due. Returns the accounts that it touched.
pub fn work(world: &mut World, health: &Health, slot: u64) -> Vec<usize> {
    if !slot.is_multiple_of(ROUND_SLOTS) {
        return Vec::new();
    }
    let mut touched = settle(world, health);
    touched.extend(record(world, health));
    touched
}

/// Settles the largest losses that cash can pay, and the largest gains.
fn settle(world: &mut World, health: &Health) -> Vec<usize> {
    let profit = |index: &usize| health.margin(*index).components.linear_profit;
    let count = FEWEST.max(health.count() / ONE_OF);
    let owes = |index: &usize| profit(index) < MicroUsd::ZERO && world.holders[*index].account.cash > 0;
    let mut losers: Vec<usize> = (0..health.count()).filter(owes).collect();
    losers.sort_by_key(profit);
    let mut winners: Vec<usize> = (0..health.count()).filter(|index| profit(index) > MicroUsd::ZERO).collect();
    winners.sort_by_key(|index| -profit(index));
    let chosen: Vec<usize> = losers.into_iter().take(count).chain(winners.into_iter().take(count)).collect();
    for &index in &chosen {
        settle_all(world, index);
    }
    chosen
}

fn settle_all(world: &mut World, index: usize) {
    let holder = world.holders[index].clone();
    for position in holder.account.positions().iter().filter(|position| LINEAR.contains(&position.kind)) {
        let market = holder.account.markets[usize::from(position.market_slot)].market;
        let args = SettlePnlArgs { kind: position.kind, number: position.number };
        let instruction = instructions::settle_pnl(&holder.trader.key, market, args);
        // A stalled oracle is the only reason to refuse; the next round tries again.
        let _ = world.send(instruction, &[]);
    }
    world.reload(index);
}

/// Puts accounts on the record of open bankruptcies, and takes those off it that are none any more.
fn record(world: &mut World, health: &Health) -> Vec<usize> {
    let dust = MicroUsd(world.snapshot.exchange.parameters.dust_limit);
    let is_open = |index: usize| {
        let margin = health.margin(index);
        margin.tier() == Tier::Bankrupt && waterfall::is_open_bankruptcy(margin.equity, dust)
    };
    let is_wrong = |index: &usize| is_open(*index) != (world.holders[*index].account.is_bankrupt != 0);
    let wrong: Vec<usize> = (0..health.count()).filter(is_wrong).collect();
    for &index in &wrong {
        let holder = &world.holders[index];
        let check = CheckAccounts::of(&[&holder.account]).metas(&world.snapshot).expect("every bank is known");
        let instruction = instructions::record_bankruptcy(&holder.trader.key, &world.exchange.quote_token(), check);
        // As above.
        let _ = world.send(instruction, &[]);
        world.reload(index);
    }
    wrong
}
