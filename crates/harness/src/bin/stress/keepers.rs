//! The keeper who turns losses into cash of the pools, so that gains can be paid.

use ballast::SettlePnlArgs;
use ballast_client::instructions;
use ballast_risk::MicroUsd;
use ballast_state::PositionKind;

use crate::{health::Health, world::World};

/// Slots from one round to the next.
const ROUND_SLOTS: u64 = 50;
/// Accounts that are settled in a round.
const ACCOUNTS: usize = 6;

/// Settles the largest losses that cash can pay. Returns the accounts that it touched.
pub fn settle_losses(world: &mut World, health: &Health, traders: usize, slot: u64) -> Vec<usize> {
    if !slot.is_multiple_of(ROUND_SLOTS) {
        return Vec::new();
    }
    let loss = |index: &usize| health.margin(*index).components.linear_profit;
    let owes = |index: &usize| loss(index) < MicroUsd::ZERO && world.holders[*index].account.cash > 0;
    let mut losers: Vec<usize> = (0..traders).filter(owes).collect();
    losers.sort_by_key(loss);
    losers.truncate(ACCOUNTS);
    for &index in &losers {
        settle(world, index);
    }
    losers
}

fn settle(world: &mut World, index: usize) {
    let holder = world.holders[index].clone();
    let linear = [PositionKind::Perpetual, PositionKind::Future];
    for position in holder.account.positions().iter().filter(|position| linear.contains(&position.kind())) {
        let market = holder.account.markets[usize::from(position.market_slot)].market;
        let args = SettlePnlArgs { kind: position.kind, number: position.number };
        let instruction = instructions::settle_pnl(&holder.trader.key, market, args);
        // A stalled oracle is the only reason to refuse; the next round tries again.
        let _ = world.send(instruction, &[]);
    }
    world.reload(index);
}
