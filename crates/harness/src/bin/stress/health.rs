//! How every account stands, computed natively whenever something may have changed.

use ballast_client::liquidation::holds_lots;
use ballast_risk::{Margin, MicroUsd, margin::Tier};

use crate::world::World;

/// The margins of everyone with an account: traders come first.
pub struct Health {
    margins: Vec<Margin>,
}

impl Health {
    /// Values all accounts.
    pub fn of(world: &mut World) -> Self {
        let margins = (0..world.holders.len()).map(|index| world.margin(index)).collect();
        Self { margins }
    }

    /// Values all accounts again.
    pub fn update_all(&mut self, world: &mut World) {
        *self = Self::of(world);
    }

    /// Values some accounts again.
    pub fn update(&mut self, world: &mut World, indexes: impl IntoIterator<Item = usize>) {
        for index in indexes {
            self.margins[index] = world.margin(index);
        }
    }

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.margins.len()
    }

    /// The margin of an account.
    pub fn margin(&self, index: usize) -> &Margin {
        &self.margins[index]
    }

    /// Who is liquidatable, below maintenance or not yet at the target of a liquidation under way: the deepest in distress
    /// first, but whoever is bankrupt last.
    pub fn liquidatable(&self, world: &World) -> Vec<usize> {
        let is_open = |index: &usize| {
            let is_below = self.margins[*index].maintenance_excess < MicroUsd::ZERO;
            is_below || world.holders[*index].account.liquidation_started_slot != 0
        };
        let mut open: Vec<usize> = (0..self.margins.len()).filter(is_open).collect();
        open.sort_by_key(|&index| {
            let margin = &self.margins[index];
            (margin.tier() == Tier::Bankrupt, margin.maintenance_excess)
        });
        open
    }

    /// Who of the first `count` is below maintenance margin with positions or equity left: whom liquidators should still deal
    /// with.
    pub fn unsafe_accounts<'a>(&'a self, world: &'a World, count: usize) -> impl Iterator<Item = usize> + 'a {
        let is_unsafe = |index: &usize| {
            let margin = &self.margins[*index];
            let is_below = margin.maintenance_excess < MicroUsd::ZERO;
            is_below && (margin.tier() != Tier::Bankrupt || holds_lots(&world.holders[*index].account))
        };
        (0..count).filter(is_unsafe)
    }

    /// Σ negative equity of all accounts, as a positive amount.
    pub fn bad_debt(&self) -> MicroUsd {
        self.margins.iter().fold(MicroUsd::ZERO, |sum, margin| sum + (-margin.equity).gain())
    }

    /// Σ equity of everyone who has any.
    pub fn equity(&self, indexes: impl IntoIterator<Item = usize>) -> MicroUsd {
        indexes.into_iter().fold(MicroUsd::ZERO, |sum, index| sum + self.margins[index].equity.gain())
    }
}
