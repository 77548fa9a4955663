//! The plans that there are for an account, and what each earns.

use ballast::{LiquidationLeg, LiquidationPlan};
use ballast_risk::{
    Margin, MicroUsd, Ratio,
    liquidation::{LiquidationRules, StepTerms, share_freed},
    scenario::ONE_Q28,
};
use ballast_state::{
    MarginAccount, Position,
    revaluation::{self, Sources, value_scale},
};

use super::{
    Choice, FULL_SIZE, Plan, Valuer, contract_of, parts,
    resolution::{self, Takeover},
    worth_of_slices,
};

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
pub struct Candidate<'a> {
    valuer: &'a Valuer<'a>,
    account: Box<MarginAccount>,
    margin: Margin,
    rules: LiquidationRules,
    terms: StepTerms,
}

impl<'a> Candidate<'a> {
    /// Looks at an account with its margin; nothing if it may not be liquidated, or one of its markets is not known.
    pub fn look(valuer: &'a Valuer<'a>, account: &MarginAccount, margin: &Margin) -> Option<Self> {
        let rules = valuer.snapshot.exchange.parameters.liquidation_rules();
        let regime = revaluation::regime(account, valuer.snapshot).ok()?;
        let (_, terms) = rules.next_step(margin, regime, account.liquidation(), valuer.moment.slot)?;
        Some(Self { valuer, account: Box::new(*account), margin: *margin, rules, terms })
    }

    /// The terms of the next step.
    pub fn terms(&self) -> &StepTerms {
        &self.terms
    }

    /// The plans that there are, best first, scaled to `size` parts of [`FULL_SIZE`] of what the rules allow. None if the account
    /// cools down, or is bankrupt and nobody can make anything of it good. Of plans that earn the same, legs come before collateral,
    /// collateral before a slice.
    pub fn choices(&self, size: u64) -> Vec<Choice> {
        let choices =
            [self.all_legs(size), self.leg(size), self.collateral(size), self.slice(size), self.resolution(size)];
        let mut choices: Vec<Choice> = choices.into_iter().flatten().collect();
        choices.sort_by_key(|choice| std::cmp::Reverse(choice.gain));
        choices
    }

    /// The largest fraction of a bankrupt account that is made good.
    fn resolution(&self, size: u64) -> Option<Choice> {
        let Takeover { fraction, bonus, cash } =
            resolution::largest_fraction(self.valuer, &self.account, &self.margin, size)?;
        let plan = Plan::Resolution(fraction);
        Some(Choice { plan, gain: bonus, paid: MicroUsd::ZERO, proceeds: cash, turnover: cash })
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
        let paid = self.terms.price.of_ceil(value);
        let plan = Plan::Step(LiquidationPlan::Slice { fraction: fraction as u32 });
        let cash = self.account.cash.saturating_sub(self.account.liquidation_proceeds).max(0);
        let cash = MicroUsd((i128::from(cash) * i128::from(fraction) / ONE) as i64);
        Some(Choice { plan, gain: value - paid, paid, proceeds: cash - paid, turnover: paid })
    }

    /// The collateral whose sale helps, as much of it as restores the target.
    fn collateral(&self, size: u64) -> Option<Choice> {
        let balance = self.account.balances.iter().filter(|balance| balance.bank != 0).max_by_key(|it| it.amount)?;
        let (freed, value, whole) = self.without_collateral(balance.bank, balance.amount)?;
        let risen = self.rules.distance_to_target(&whole) - self.rules.distance_to_target(&self.margin);
        let shortfall = -self.rules.distance_to_target(&self.margin);
        let amount = share_of(balance.amount, shortfall, risen.max(MicroUsd(1))) * size / FULL_SIZE;
        if amount == 0 || risen <= MicroUsd::ZERO {
            return None;
        }
        // What a part frees is not in proportion where haircuts grow with the amount.
        let (freed, value) =
            if amount == balance.amount { (freed, value) } else { self.freed_by(balance.bank, amount)?.0 };
        let paid = self.rules.collateral_price(self.terms.price, value, freed);
        let plan = Plan::Step(LiquidationPlan::Collateral { bank: balance.bank, amount });
        Some(Choice { plan, gain: value - paid, paid, proceeds: -paid, turnover: paid })
    }

    /// What is freed, what it was worth, and the margin, once collateral was sold.
    fn without_collateral(&self, bank: u16, amount: u64) -> Option<(MicroUsd, MicroUsd, Margin)> {
        let ((freed, value), mut account) = self.freed_by(bank, amount)?;
        account.cash += self.rules.collateral_price(self.terms.price, value, freed).0;
        Some((freed, value, self.valuer.margin(&account)?))
    }

    /// Requirement and haircut that collateral frees as it goes, what it was worth, and the account before it is paid for.
    fn freed_by(&self, bank: u16, amount: u64) -> Option<((MicroUsd, MicroUsd), Box<MarginAccount>)> {
        let mut account = self.account.clone();
        account.debit(bank, amount).ok()?;
        let emptied = self.valuer.margin(&account)?;
        let value = (self.margin.equity - emptied.equity).gain();
        let freed = value - (self.margin.maintenance_excess - emptied.maintenance_excess);
        Some(((freed, value), account))
    }

    /// The leg that frees most requirement per notional, as much of it as the rules allow.
    fn leg(&self, size: u64) -> Option<Choice> {
        let positions = self.positions();
        let ranked = positions.iter().filter_map(|position| {
            let probe = self.probe(&[*position])?;
            let market = self.account.markets[usize::from(position.market_slot)].market;
            let notional = self.valuer.notional(market, position.quantity) * i128::from(probe.share) / ONE;
            (probe.freed > MicroUsd::ZERO)
                .then(|| (i128::from(probe.freed.0) * 1_000_000 / notional.max(1), *position, probe))
        });
        let (_, position, probe) = ranked.max_by_key(|(efficiency, ..)| *efficiency)?;
        self.largest_part(&[position], &probe, size)
    }

    /// All legs in proportion, where one could not be closed without the others: those of a spread deep in the money.
    fn all_legs(&self, size: u64) -> Option<Choice> {
        let positions = self.positions();
        if !(2..=MAX_LEGS).contains(&positions.len()) {
            return None;
        }
        let probe = self.probe(&positions)?;
        self.largest_part(&positions, &probe, size)
    }

    fn positions(&self) -> Vec<Position> {
        self.account.positions().iter().filter(|position| position.quantity != 0).copied().collect()
    }

    /// What positions do when they go whole, or the largest part for which there is cash.
    fn probe(&self, positions: &[Position]) -> Option<Probe> {
        let (share, after) = PROBES.into_iter().find_map(|share| {
            let (left, _) = self.without(&parts(positions, share))?;
            Some((share, self.valuer.margin(&left)?))
        })?;
        let freed = self.margin.maintenance_requirement - after.maintenance_requirement;
        let gained = self.rules.distance_to_target(&after) - self.rules.distance_to_target(&self.margin);
        Some(Probe { share, freed, gained })
    }

    /// As much of these positions as the rules allow, the same share of each.
    fn largest_part(&self, positions: &[Position], probe: &Probe, size: u64) -> Option<Choice> {
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
            let (left, exchanged) = self.without(&legs)?;
            let after = self.valuer.margin(&left)?;
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
                let plan = Plan::Step(LiquidationPlan::Legs { legs: legs.collect() });
                let proceeds = gain - MicroUsd(left.cash - self.account.cash);
                return Some(Choice { plan, gain, paid: MicroUsd::ZERO, proceeds, turnover: gain + exchanged });
            }
            share = share * SMALLER / 100;
        }
        None
    }

    /// What is left once lots of positions went at their marks, and the cash that changed hands for options in either direction;
    /// nothing if it takes more cash than there is.
    fn without(&self, legs: &[(Position, i64)]) -> Option<(Box<MarginAccount>, MicroUsd)> {
        let mut account = self.account.clone();
        let mut exchanged = MicroUsd::ZERO;
        for (position, lots) in legs {
            let number = self.account.markets[usize::from(position.market_slot)].market;
            let mut market = Box::new(*self.valuer.snapshot.market(number)?);
            let contract = position.contract();
            let mark = contract.mark(&market, self.valuer.moment.now).ok()?;
            let value = value_scale(&market).and_then(|scale| scale.value_floor(*lots, mark.price)).ok()?;
            account.adjust(&mut market, &contract, -lots, value.0).ok()?;
            if contract.kind.is_option() {
                account.cash += value.0;
                exchanged += MicroUsd(value.0.saturating_abs());
            }
        }
        (account.cash >= 0).then_some((account, exchanged))
    }
}

/// `amount` × min(1, part / whole), rounded down; amounts of money that are positive.
fn share_of(amount: u64, part: MicroUsd, whole: MicroUsd) -> u64 {
    if part >= whole {
        return amount;
    }
    (u128::from(amount) * part.gain().0.unsigned_abs() as u128 / whole.0.unsigned_abs().max(1) as u128) as u64
}
