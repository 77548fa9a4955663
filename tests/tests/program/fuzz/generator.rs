//! Draws the next step, in the light of what there is.

use std::collections::VecDeque;

use ballast_tests::dice::Dice;

use super::{
    action::{Action, FAMILIES, Step},
    actions::oracle,
    twist::Twist,
    world::World,
};

/// One step in so many has a twist.
const TWISTED: u64 = 14;

/// Draws steps.
pub struct Generator {
    dice: Dice,
    planned: VecDeque<Action>,
}

impl Generator {
    /// A generator that draws the same steps for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), planned: VecDeque::new() }
    }

    /// The next step.
    pub fn next(&mut self, world: &World) -> Step {
        let action = loop {
            match self.planned.pop_front() {
                Some(action) => break action,
                None => self.plan(world),
            }
        };
        let is_sent = !action.act().instructions(&world.cast, &world.state).is_empty();
        let twist = (is_sent && self.dice.once_in(TWISTED)).then(|| Twist::draw(&mut self.dice));
        Step { action, twist }
    }

    /// Takes note of what was done last.
    pub fn done(&mut self, step: &Step, world: &World) {
        for action in oracle::follow_up(&mut self.dice, &step.action, &world.state).into_iter().rev() {
            self.planned.push_front(action);
        }
    }

    fn plan(&mut self, world: &World) {
        let total = FAMILIES.iter().map(|family| family.weight).sum();
        let mut drawn = self.dice.roll(total);
        for family in &FAMILIES {
            if drawn < family.weight {
                self.planned.extend((family.propose)(&mut self.dice, &world.cast, &world.state, &world.ledger));
                return;
            }
            drawn -= family.weight;
        }
    }
}
