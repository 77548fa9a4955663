//! What a liquidator can do with an account, and what it chooses: what earns it most.
//!
//! Everything is computed natively on copies, with the engine's own rules.

use ballast::{LiquidationLeg, LiquidationPlan};
use ballast_risk::{
    Margin, MicroUsd, Ratio,
    liquidation::{LiquidationRules, StepTerms, share_freed},
    scenario::ONE_Q28,
};
use ballast_state::{
    Contract, MarginAccount, Position,
    revaluation::{self, Sources, value_scale},
};

use crate::{resolutions, world::World};

/// What stands for as much as the rules allow.
pub const FULL_SIZE: u64 = 256;
/// How often a plan that the rules would refuse is tried smaller.
const ATTEMPTS: u32 = 6;
/// By how much, per cent.
const SMALLER: u64 = 80;
/// Most legs of a plan.
const MAX_LEGS: usize = 8;
/// The whole, in the scale of shares.
const ONE: i128 = ONE_Q28 as i128;
/// Shares of positions that are tried, the largest for which there is cash.
const PROBES: [u64; 4] = [ONE_Q28, ONE_Q28 / 4, ONE_Q28 / 16, ONE_Q28 / 64];

/// What a liquidator may do with an account.
#[derive(Clone)]
pub enum Plan {
    /// A step of a liquidation.
    Step(LiquidationPlan),
    /// Takes over a fraction (scale 2^-28) of a bankrupt account.
    Resolution(u32),
}

/// A plan and what the liquidator gains by it at the marks, µUSD.
struct Choice {
    plan: Plan,
    gain: MicroUsd,
}

/// What a share of some positions does when it goes.
struct Probe {
    /// The share, scale 2^-28.
    share: u64,
    /// Maintenance requirement that it frees.
    freed: MicroUsd,
    /// What it brings the account nearer to its target.
    gained: MicroUsd,
}

/// An account that may be liquidated, as a liquidator sees it.
pub struct Candidate {
    account: Box<MarginAccount>,
    margin: Margin,
    rules: LiquidationRules,
    terms: StepTerms,
}

impl Candidate {
    /// Looks at an account; nothing if it may not be liquidated.
    pub fn look(world: &World, account: &MarginAccount, margin: &Margin) -> Option<Self> {
        let rules = world.snapshot.exchange.parameters.liquidation_rules();
        let regime = revaluation::regime(account, &world.snapshot).expect("every market is known");
        let (_, terms) = rules.next_step(margin, regime, account.liquidation(), world.exchange.chain.slot())?;
        Some(Self { account: Box::new(*account), margin: *margin, rules, terms })
    }

    /// The plan that earns most, scaled to `size` parts of [`FULL_SIZE`] of what the rules allow; nothing if the account cools
    /// down, or is bankrupt and nobody can make anything of it good.
    pub fn best_plan(&self, world: &mut World, size: u64) -> Option<Plan> {
        let choices = [
            self.resolution(world, size),
            self.slice(size),
            self.collateral(world, size),
            self.leg(world, size),
            self.all_legs(world, size),
        ];
        choices.into_iter().flatten().max_by_key(|choice| choice.gain).map(|choice| choice.plan)
    }

    /// The largest fraction of a bankrupt account that is made good.
    fn resolution(&self, world: &mut World, size: u64) -> Option<Choice> {
        let (fraction, gain) = resolutions::largest_fraction(world, &self.account, &self.margin, size)?;
        Some(Choice { plan: Plan::Resolution(fraction), gain })
    }

    /// The largest slice that may go.
    fn slice(&self, size: u64) -> Option<Choice> {
        let fraction = if self.terms.goes_whole && size == FULL_SIZE {
            ONE_Q28
        } else {
            self.terms.largest_slice() * size / FULL_SIZE
        };
        let worth = worth_of_slices(&self.account, &self.margin);
        // Nobody wants a part of what is worth less than nothing.
        let is_wanted = worth > MicroUsd::ZERO && fraction > 0;
        if !is_wanted || (self.terms.allowance == Ratio::ZERO && fraction != ONE_Q28) {
            return None;
        }
        let value = Ratio::from_bits((fraction << 2) as u32).of_floor(worth);
        let gain = value - self.terms.price.of_ceil(value);
        Some(Choice { plan: Plan::Step(LiquidationPlan::Slice { fraction: fraction as u32 }), gain })
    }

    /// The collateral whose sale helps, as much of it as restores the target.
    fn collateral(&self, world: &mut World, size: u64) -> Option<Choice> {
        let balance = self.account.balances.iter().filter(|balance| balance.bank != 0).max_by_key(|it| it.amount)?;
        let (freed, value, whole) = self.without_collateral(world, balance.bank, balance.amount)?;
        let risen = self.rules.distance_to_target(&whole) - self.rules.distance_to_target(&self.margin);
        let shortfall = -self.rules.distance_to_target(&self.margin);
        let amount = share_of(balance.amount, shortfall, risen.max(MicroUsd(1))) * size / FULL_SIZE;
        let paid = self.rules.collateral_price(self.terms.price, value, freed);
        let gain =
            MicroUsd((i128::from((value - paid).0) * i128::from(amount) / i128::from(balance.amount.max(1))) as i64);
        let plan = Plan::Step(LiquidationPlan::Collateral { bank: balance.bank, amount });
        (amount > 0 && risen > MicroUsd::ZERO).then_some(Choice { plan, gain })
    }

    /// What is freed, what it was worth, and the margin, once collateral was sold.
    fn without_collateral(&self, world: &mut World, bank: u16, amount: u64) -> Option<(MicroUsd, MicroUsd, Margin)> {
        let mut account = self.account.clone();
        account.debit(bank, amount).ok()?;
        let emptied = world.margin_of(&account);
        let value = (self.margin.equity - emptied.equity).gain();
        let freed = value - (self.margin.maintenance_excess - emptied.maintenance_excess);
        account.cash += self.rules.collateral_price(self.terms.price, value, freed).0;
        Some((freed, value, world.margin_of(&account)))
    }

    /// The leg that frees most requirement per notional, as much of it as the rules allow.
    fn leg(&self, world: &mut World, size: u64) -> Option<Choice> {
        let positions = self.positions();
        let ranked = positions.iter().filter_map(|position| {
            let probe = self.probe(world, &[*position])?;
            let market = self.account.markets[usize::from(position.market_slot)].market;
            let notional = world.notional_of(market, position.quantity) * i128::from(probe.share) / ONE;
            (probe.freed > MicroUsd::ZERO)
                .then(|| (i128::from(probe.freed.0) * 1_000_000 / notional.max(1), *position, probe))
        });
        let (_, position, probe) = ranked.max_by_key(|(efficiency, ..)| *efficiency)?;
        self.largest_part(world, &[position], &probe, size)
    }

    /// All legs in proportion, where one could not be closed without the others: those of a spread deep in the money.
    fn all_legs(&self, world: &mut World, size: u64) -> Option<Choice> {
        let positions = self.positions();
        if !(2..=MAX_LEGS).contains(&positions.len()) {
            return None;
        }
        let probe = self.probe(world, &positions)?;
        self.largest_part(world, &positions, &probe, size)
    }

    fn positions(&self) -> Vec<Position> {
        self.account.positions().iter().filter(|position| position.quantity != 0).copied().collect()
    }

    /// What positions do when they go whole, or the largest part for which there is cash.
    fn probe(&self, world: &mut World, positions: &[Position]) -> Option<Probe> {
        let (share, after) = PROBES.into_iter().find_map(|share| {
            let left = self.without(world, &parts(positions, share))?;
            Some((share, world.margin_of(&left)))
        })?;
        let freed = self.margin.maintenance_requirement - after.maintenance_requirement;
        let gained = self.rules.distance_to_target(&after) - self.rules.distance_to_target(&self.margin);
        Some(Probe { share, freed, gained })
    }

    /// As much of these positions as the rules allow, the same share of each.
    fn largest_part(&self, world: &mut World, positions: &[Position], probe: &Probe, size: u64) -> Option<Choice> {
        let is_useful = probe.gained > MicroUsd::ZERO && self.terms.allowance > Ratio::ZERO;
        if !is_useful {
            return None;
        }
        let allowed = self.terms.allowance.of_floor(self.margin.maintenance_requirement);
        let tolerance = self.rules.tolerance.of_floor(self.margin.equity - self.margin.maintenance_excess);
        // The middle of what is tolerated: prices move until the transaction lands.
        let needed = MicroUsd(tolerance.0 / 2) - self.rules.distance_to_target(&self.margin);
        let within_pace = share_of(probe.share, allowed, probe.freed.max(MicroUsd(1)));
        let mut share = within_pace.min(share_of(probe.share, needed, probe.gained)) * size / FULL_SIZE;
        for _ in 0..ATTEMPTS {
            let legs = parts(positions, share);
            if legs.is_empty() {
                return None;
            }
            let left = self.without(world, &legs)?;
            let after = world.margin_of(&left);
            let freed = self.margin.maintenance_requirement - after.maintenance_requirement;
            let is_allowed = self.terms.allows_share(share_freed(&self.margin, freed)).is_ok();
            if is_allowed && self.rules.accepts(&self.margin, &after).is_ok() {
                let risen = after.maintenance_excess - self.margin.maintenance_excess;
                let (gain, _) = self.rules.leg_reward(self.terms.bonus, freed, risen, MicroUsd(left.cash));
                let legs = legs.iter().map(|(position, lots)| LiquidationLeg {
                    market: self.account.markets[usize::from(position.market_slot)].market,
                    contract: contract_of(position),
                    quantity: *lots,
                });
                return Some(Choice { plan: Plan::Step(LiquidationPlan::Legs { legs: legs.collect() }), gain });
            }
            share = share * SMALLER / 100;
        }
        None
    }

    /// What is left once lots of positions went at their marks; nothing if that takes more cash than there is.
    fn without(&self, world: &World, legs: &[(Position, i64)]) -> Option<Box<MarginAccount>> {
        let mut account = self.account.clone();
        for (position, lots) in legs {
            let number = self.account.markets[usize::from(position.market_slot)].market;
            let mut market = Box::new(*world.snapshot.market(number)?);
            let contract = contract_of(position).find(&market).ok()?;
            let mark = contract.mark(&market, world.exchange.chain.now()).ok()?;
            let value = value_scale(&market).and_then(|scale| scale.value_floor(*lots, mark.price)).ok()?;
            account.adjust(&mut market, &contract, -lots, value.0).ok()?;
            if contract.kind.is_option() {
                account.cash += value.0;
            }
        }
        (account.cash >= 0).then_some(account)
    }
}

/// The same share (scale 2^-28) of every position, in whole lots rounded down.
fn parts(positions: &[Position], share: u64) -> Vec<(Position, i64)> {
    let part = |position: &Position| (i128::from(position.quantity) * i128::from(share) / ONE) as i64;
    positions.iter().map(|position| (*position, part(position))).filter(|(_, lots)| *lots != 0).collect()
}

/// What slices are parts of: the equity less the cash that earlier slices brought, which stays with the account.
pub fn worth_of_slices(account: &MarginAccount, margin: &Margin) -> MicroUsd {
    margin.equity - MicroUsd(account.liquidation_proceeds)
}

/// How a fill refers to the contract of a position.
pub fn contract_of(position: &Position) -> Contract {
    let slot = if position.kind().is_option() { position.series_slot } else { position.expiry_slot };
    Contract { kind: position.kind, slot, number: position.number }
}

/// `amount` × min(1, part / whole), rounded down; amounts of money that are positive.
fn share_of(amount: u64, part: MicroUsd, whole: MicroUsd) -> u64 {
    if part >= whole {
        return amount;
    }
    (u128::from(amount) * part.gain().0.unsigned_abs() as u128 / whole.0.unsigned_abs().max(1) as u128) as u64
}
