//! How much of a bankrupt account a liquidator takes over: as much as others can make good.
//!
//! The waterfall is tried natively on copies, with the functions that the program calls.

use ballast_risk::{
    Margin, MicroUsd, Ratio,
    margin::Tier,
    scenario::ONE_Q28,
    waterfall::{self, Compensation},
};
use ballast_state::{
    Bank, ExchangeParameters, MarginAccount, Market, margin_account::MAX_MARKETS, revaluation::Sources,
};

use super::{FULL_SIZE, Valuer, holds_lots};

/// Least that a step has to earn, or, of an account without positions, to make good: µUSD.
const LEAST: MicroUsd = MicroUsd(1_000_000);
/// Steps of the search for the largest fraction.
const SEARCH_STEPS: u32 = 10;

/// A bankrupt account and those who may have to make its deficit good.
struct Resolution<'a> {
    margin: &'a Margin,
    worth: [MicroUsd; MAX_MARKETS],
    markets: [Option<&'a Market>; MAX_MARKETS],
    quote_bank: &'a Bank,
    parameters: &'a ExchangeParameters,
    now: i64,
}

/// What can be taken over of a bankrupt account.
pub struct Takeover {
    /// The fraction, scale 2^-28.
    pub fraction: u32,
    /// What it earns beyond the deficit, µUSD.
    pub bonus: MicroUsd,
    /// The cash that it brings for certain, µUSD: that of the account, and what the insurance fund pays.
    pub cash: MicroUsd,
}

/// The largest fraction, at most `size` parts of [`FULL_SIZE`], that is made good; nothing if the account is not bankrupt, or
/// nobody can make good enough of it now.
pub fn largest_fraction(valuer: &Valuer, account: &MarginAccount, margin: &Margin, size: u64) -> Option<Takeover> {
    if margin.tier() != Tier::Bankrupt {
        return None;
    }
    let snapshot = valuer.snapshot;
    let worth = snapshot.liquidation_margin(account, valuer.moment).ok()?.worth;
    let resolution = Resolution {
        margin,
        worth,
        markets: account.markets.map(|held| snapshot.market(held.market)),
        quote_bank: snapshot.bank(snapshot.exchange.quote_bank_number)?,
        parameters: &snapshot.exchange.parameters,
        now: valuer.moment.now,
    };
    let fraction = resolution.largest_covered((ONE_Q28 * size / FULL_SIZE) as u32);
    let owed = resolution.owed(fraction);
    let earned = if holds_lots(account) { owed.bonus } else { owed.deficit };
    let is_worth_it = earned >= LEAST || u64::from(fraction) == ONE_Q28;
    if fraction == 0 || !is_worth_it {
        return None;
    }
    let own = MicroUsd(Ratio::from_bits(fraction << 2).of_floor(MicroUsd(account.cash.max(0))).0);
    Some(Takeover { fraction, bonus: owed.bonus, cash: own + resolution.insured(fraction)? })
}

impl Resolution<'_> {
    fn largest_covered(&self, most: u32) -> u32 {
        if self.insured(most).is_some() {
            return most;
        }
        let (mut covered, mut uncovered) = (0, most);
        for _ in 0..SEARCH_STEPS {
            let middle = covered + (uncovered - covered) / 2;
            if self.insured(middle).is_some() {
                covered = middle;
            } else {
                uncovered = middle;
            }
        }
        covered
    }

    /// What a fraction is owed if it shrinks everything alike; lots that do not divide make it a little less.
    fn owed(&self, fraction: u32) -> Compensation {
        let share = Ratio::from_bits(fraction << 2);
        let deficit = -self.margin.equity;
        let freed = share.of_floor(self.margin.maintenance_requirement);
        let fee = Ratio::from_bits(self.parameters.liquidation_fee);
        Compensation::owed(self.margin.equity, fraction, deficit, freed, fee)
    }

    /// What the insurance fund pays of a fraction, if fund, gains and lending pool can make all of it good.
    fn insured(&self, fraction: u32) -> Option<MicroUsd> {
        let owed = self.owed(fraction).total();
        let parts = waterfall::divide(owed, &self.worth.map(|worth| -worth));
        let mut quote_bank = *self.quote_bank;
        let mut taker: Box<MarginAccount> = bytemuck::zeroed_box();
        let (mut left, mut insured) = (owed, MicroUsd::ZERO);
        for (market, part) in self.markets.iter().zip(parts).filter(|(_, part)| *part > MicroUsd::ZERO) {
            let Some(market) = market else { continue };
            let mut market = Box::new(**market);
            let insurance = market.draw_insurance(&mut quote_bank, part, self.parameters, self.now);
            let share = Ratio::from_bits(self.parameters.gain_cut_share);
            let gains = taker.take_gains(&mut market, part - insurance, share, MicroUsd::ZERO);
            left -= insurance + gains.unwrap_or_default();
            insured += insurance;
        }
        quote_bank.lending.absorb(&mut taker, left).is_ok_and(|lent| lent == left).then_some(insured)
    }
}
