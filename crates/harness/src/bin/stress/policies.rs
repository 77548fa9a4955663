//! Ways to liquidate that are compared: the same program with other parameters.

use ballast_risk::parameters::exchange::{CLOSE_FACTOR, CLOSE_FACTOR_FLOOR, LIQUIDATION_COOLDOWN_SLOTS};
use ballast_state::{Exchange, ExchangeParameters};

use crate::world::World;

/// A way to liquidate.
#[derive(Clone, Copy)]
pub struct Policy {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it does, in words.
    pub what: &'static str,
    change: fn(&mut ExchangeParameters),
}

/// All policies.
pub const ALL: [Policy; 4] = [
    Policy {
        name: "tiers-adaptive",
        what: "the default parameters: close factor, cool-down and price follow the volatility regime",
        change: |_| (),
    },
    Policy {
        name: "tiers-fixed",
        what: "the same, with both realised variances of one time constant, so that the regime is always 1",
        change: fix_regime,
    },
    Policy {
        name: "to-target",
        what: "close factor of 100 % and no cool-down: one step restores the target",
        change: |parameters| {
            fix_regime(parameters);
            lift_close_factor(parameters);
        },
    },
    Policy {
        name: "whole",
        what: "as to-target, and every account counts as dust, so that one step takes it whole",
        change: |parameters| {
            fix_regime(parameters);
            lift_close_factor(parameters);
            parameters.dust_limit = i64::MAX;
        },
    },
];

/// The regime compares the fast variance with the slow one. Requirements follow the larger of both, which is the fast one
/// in a crash, so this changes nothing else.
fn fix_regime(parameters: &mut ExchangeParameters) {
    parameters.variance_slow_seconds = parameters.variance_fast_seconds;
}

fn lift_close_factor(parameters: &mut ExchangeParameters) {
    parameters.close_factor = CLOSE_FACTOR.highest as u32;
    parameters.close_factor_floor = CLOSE_FACTOR_FLOOR.highest as u32;
    parameters.liquidation_cooldown_slots = LIQUIDATION_COOLDOWN_SLOTS.lowest as u32;
}

impl Policy {
    /// Writes the policy's parameters into the exchange. No instruction changes parameters yet, and opening the same
    /// thousand accounts for every policy would only take longer.
    pub fn apply(&self, world: &mut World) {
        let address = world.exchange.address;
        let mut data = world.exchange.chain.data(&address);
        let body = &mut data[8..];
        let mut exchange: Box<Exchange> = bytemuck::zeroed_box();
        bytemuck::bytes_of_mut(&mut *exchange).copy_from_slice(body);
        (self.change)(&mut exchange.parameters);
        body.copy_from_slice(bytemuck::bytes_of(&*exchange));
        world.exchange.chain.set_account(address, ballast::ID, data.clone());
        world.snapshot.read(address, &data).expect("the exchange can be read");
    }
}
