//! What a trade turns over, and the fees for it.

use anchor_lang::prelude::*;
use ballast_risk::{
    MicroUsd, Ratio,
    fees::{FeeRates, Fees, RebateRules},
};
use ballast_state::{Exchange, Market, TradeLeg, contract::Mark};

use crate::fill;

/// Which account of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The first.
    Taker,
    /// The second.
    Maker,
}

/// Sums over the legs of a trade.
pub(super) struct Turnover {
    /// Fees on notional and premium.
    fees: Fees,
    /// Value that the taker hands over against the marks; negative: receives.
    handed_over: MicroUsd,
    /// The markets of the legs, each once.
    markets: Vec<MarketTurnover>,
    /// Most of an option's premium that its fee may be.
    premium_cap: Ratio,
    /// Rules of rebates.
    pub rebates: RebateRules,
    /// What the legs cost the taker.
    pub value: MicroUsd,
}

/// What the legs in one market add up to.
struct MarketTurnover {
    number: u16,
    rates: FeeRates,
    /// Delta that the taker gains and the maker loses, µUSD per rise of the index by 100 %.
    delta: MicroUsd,
}

impl Turnover {
    /// Nothing yet.
    pub fn new(exchange: &Exchange) -> Self {
        Self {
            fees: Fees::default(),
            handed_over: MicroUsd::ZERO,
            markets: Vec::new(),
            premium_cap: Ratio::from_bits(exchange.parameters.premium_fee_cap),
            rebates: exchange.parameters.rebate_rules(),
            value: MicroUsd::ZERO,
        }
    }

    /// Adds a leg filled for `value`; `is_premium` says whether that was paid in cash.
    pub fn add(
        &mut self,
        market: &Market,
        leg: &TradeLeg,
        mark: &Mark,
        value: MicroUsd,
        is_premium: bool,
    ) -> Result<()> {
        self.value += value;
        self.handed_over += value - fill::value(market, leg.quantity, mark.price)?;
        let rates = market.parameters.fee_rates(self.premium_cap);
        // A short position's value is rounded up in magnitude.
        let notional = fill::value(market, -leg.quantity.abs(), market.price)?.magnitude();
        self.fees += rates.of_fill(notional, is_premium.then_some(value.magnitude()));
        let lots = if mark.delta < 0 { -leg.quantity } else { leg.quantity };
        let delta = fill::value(market, lots, mark.delta.unsigned_abs())?;
        match self.markets.iter_mut().find(|other| other.number == market.number) {
            Some(same) => same.delta += delta,
            None => self.markets.push(MarketTurnover { number: market.number, rates, delta }),
        }
        Ok(())
    }

    /// Fee of one account, the surcharge left out.
    pub fn fee(&self, role: Role) -> MicroUsd {
        match role {
            Role::Taker => self.fees.taker,
            Role::Maker => self.fees.maker,
        }
    }

    /// Surcharge of one account for a market in which its net delta is `delta` after the trade.
    pub fn surcharge(&self, role: Role, market: u16, delta: MicroUsd) -> MicroUsd {
        self.markets.iter().find(|turned_over| turned_over.number == market).map_or(MicroUsd::ZERO, |turned_over| {
            let before = match role {
                Role::Taker => delta - turned_over.delta,
                Role::Maker => delta + turned_over.delta,
            };
            turned_over.rates.surcharge(before, delta)
        })
    }

    /// Value that one account hands over against the marks; negative: receives.
    pub fn handed_over_by(&self, role: Role) -> MicroUsd {
        match role {
            Role::Taker => self.handed_over,
            Role::Maker => -self.handed_over,
        }
    }
}
