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

/// How often a plan that the rules would refuse is tried smaller.
const ATTEMPTS: u32 = 6;
/// By how much, per cent.
const SMALLER: i64 = 80;

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

    /// The plan that earns most, scaled to `size` sixteenths of what the rules allow; nothing if the account cools down, or
    /// is bankrupt and nobody can make anything of it good.
    pub fn best_plan(&self, world: &mut World, size: u64) -> Option<Plan> {
        let choices =
            [self.resolution(world, size), self.slice(size), self.collateral(world, size), self.leg(world, size)];
        choices.into_iter().flatten().max_by_key(|choice| choice.gain).map(|choice| choice.plan)
    }

    /// The largest fraction of a bankrupt account that is made good.
    fn resolution(&self, world: &mut World, size: u64) -> Option<Choice> {
        let (fraction, gain) = resolutions::largest_fraction(world, &self.account, &self.margin, size)?;
        Some(Choice { plan: Plan::Resolution(fraction), gain })
    }

    /// The largest slice that may go.
    fn slice(&self, size: u64) -> Option<Choice> {
        let fraction =
            if self.terms.goes_whole && size == 16 { ONE_Q28 } else { self.terms.largest_slice() * size / 16 };
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
        let amount = share_of(balance.amount, shortfall, risen.max(MicroUsd(1))) * size / 16;
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
        if self.terms.allowance == Ratio::ZERO {
            return None;
        }
        let positions = self.account.positions().to_vec();
        let held = positions.iter().filter(|position| position.quantity != 0);
        let ranked = held.filter_map(|position| {
            let after = self.without_lots(world, position, position.quantity)?;
            let freed = self.margin.maintenance_requirement - after.maintenance_requirement;
            let market = self.account.markets[usize::from(position.market_slot)].market;
            let notional = world.notional_of(market, position.quantity).max(1);
            (freed > MicroUsd::ZERO).then(|| (i128::from(freed.0) * 1_000_000 / notional, *position, freed))
        });
        let (_, position, freed) = ranked.max_by_key(|(efficiency, ..)| *efficiency)?;
        self.largest_part(world, &position, freed, size)
    }

    fn largest_part(&self, world: &mut World, position: &Position, freed: MicroUsd, size: u64) -> Option<Choice> {
        let allowed = self.terms.allowance.of_floor(self.margin.maintenance_requirement);
        let held = position.quantity;
        let mut lots = share_of(held.unsigned_abs(), allowed, freed) as i64 * size as i64 / 16 * held.signum();
        for _ in 0..ATTEMPTS {
            if lots == 0 {
                return None;
            }
            let after = self.without_lots(world, position, lots)?;
            let freed = self.margin.maintenance_requirement - after.maintenance_requirement;
            let is_allowed = self.terms.allows_share(share_freed(&self.margin, freed)).is_ok();
            if is_allowed && self.rules.accepts(&self.margin, &after).is_ok() {
                let risen = after.maintenance_excess - self.margin.maintenance_excess;
                let cash = self.after_lots(world, position, lots)?.cash;
                let (gain, _) = self.rules.leg_reward(self.terms.bonus, freed, risen, MicroUsd(cash));
                let market = self.account.markets[usize::from(position.market_slot)].market;
                let contract = contract_of(position);
                let legs = vec![LiquidationLeg { market, contract, quantity: lots }];
                return Some(Choice { plan: Plan::Step(LiquidationPlan::Legs { legs }), gain });
            }
            lots = lots * SMALLER / 100;
        }
        None
    }

    /// The margin once lots of a position went at their mark; nothing if that takes more cash than there is.
    fn without_lots(&self, world: &mut World, position: &Position, lots: i64) -> Option<Margin> {
        let account = self.after_lots(world, position, lots)?;
        Some(world.margin_of(&account))
    }

    fn after_lots(&self, world: &World, position: &Position, lots: i64) -> Option<Box<MarginAccount>> {
        let mut account = self.account.clone();
        let number = account.markets[usize::from(position.market_slot)].market;
        let mut market = *world.snapshot.market(number)?;
        let contract = contract_of(position).find(&market).ok()?;
        let mark = contract.mark(&market, world.exchange.chain.now()).ok()?;
        let value = value_scale(&market).and_then(|scale| scale.value_floor(lots, mark.price)).ok()?;
        account.adjust(&mut market, &contract, -lots, value.0).ok()?;
        if contract.kind.is_option() {
            account.cash += value.0;
        }
        (account.cash >= 0).then_some(account)
    }
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
