//! How every trader's account stands, computed natively whenever something may have changed.

use ballast_risk::{Margin, MicroUsd, margin::Tier};

use crate::{population::holds_lots, world::World};

/// The margins of all traders.
pub struct Health {
    margins: Vec<Margin>,
    /// Who is liquidatable: below maintenance, or not yet at the target of a liquidation under way.
    open: Vec<usize>,
}

impl Health {
    /// Values all traders' accounts.
    pub fn of(world: &mut World, traders: usize) -> Self {
        let margins = (0..traders).map(|index| world.margin(index)).collect();
        let mut health = Self { margins, open: Vec::new() };
        health.sort_out(world);
        health
    }

    /// Values all accounts again.
    pub fn update_all(&mut self, world: &mut World) {
        for index in 0..self.margins.len() {
            self.margins[index] = world.margin(index);
        }
        self.sort_out(world);
    }

    /// Values some accounts again.
    pub fn update(&mut self, world: &mut World, indexes: &[usize]) {
        for &index in indexes {
            self.margins[index] = world.margin(index);
        }
        self.sort_out(world);
    }

    fn sort_out(&mut self, world: &World) {
        let is_open = |index: &usize| {
            let (margin, account) = (&self.margins[*index], &world.holders[*index].account);
            margin.maintenance_excess < MicroUsd::ZERO || account.liquidation_started_slot != 0
        };
        self.open = (0..self.margins.len()).filter(is_open).collect();
        // The deepest in distress first.
        self.open.sort_by_key(|&index| self.margins[index].maintenance_excess);
    }

    /// How many traders there are.
    pub fn count(&self) -> usize {
        self.margins.len()
    }

    /// The margin of a trader.
    pub fn margin(&self, index: usize) -> &Margin {
        &self.margins[index]
    }

    /// Who may be liquidated, the deepest in distress first.
    pub fn liquidatable(&self) -> &[usize] {
        &self.open
    }

    /// Who is below maintenance margin with positions or equity left: whom liquidators should still deal with.
    pub fn unsafe_accounts<'a>(&'a self, world: &'a World) -> impl Iterator<Item = usize> + 'a {
        let is_unsafe = |index: &usize| {
            let margin = &self.margins[*index];
            let is_below = margin.maintenance_excess < MicroUsd::ZERO;
            is_below && (margin.tier() != Tier::Bankrupt || holds_lots(&world.holders[*index].account))
        };
        (0..self.margins.len()).filter(is_unsafe)
    }

    /// Σ negative equity, as a positive amount.
    pub fn bad_debt(&self) -> MicroUsd {
        self.margins.iter().fold(MicroUsd::ZERO, |sum, margin| sum + (-margin.equity).gain())
    }

    /// Σ equity of everyone who has any.
    pub fn equity(&self, indexes: impl IntoIterator<Item = usize>) -> MicroUsd {
        indexes.into_iter().fold(MicroUsd::ZERO, |sum, index| sum + self.margins[index].equity.gain())
    }
}
