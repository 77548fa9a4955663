//! American exercise: a bound that margin can rely on, and a binomial tree to see how close it is.
//!
//! An American call on a spot price whose forward lies between S and F is worth at most the undiscounted Black value on
//! max(S, F), a put at most that on min(S, F): what is paid out at exercise is a submartingale there, and waiting costs
//! no discount. Short American options are margined at that bound. Long ones are valued at the higher of intrinsic and
//! European value; in scenarios they count at their European value, and what exercise adds to that counts in no excess.
//!
//! The tree is that of Cox, Ross and Rubinstein, "Option pricing: a simplified approach" (1979), section 5, with early
//! exercise at every node. It is shown and never charged.
#![allow(clippy::float_arithmetic, reason = "the tree is a reference for people, outside the engine")]

use ballast_risk::{
    MicroUsd, RiskError,
    revaluation::{Netting, Workspace},
};

use crate::{
    book::Exercise,
    engine::{EngineMarket, OptionLeg},
    walk,
};

/// An option on a spot price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TreeOption {
    /// Whether it is a call.
    pub is_call: bool,
    /// Spot price.
    pub spot: f64,
    /// Strike.
    pub strike: f64,
    /// Volatility per year.
    pub volatility: f64,
    /// Interest rate per year, continuously compounded.
    pub rate: f64,
    /// Cost of carry per year: ln(forward / spot) / years. The rate less any yield.
    pub carry: f64,
    /// Years to expiry.
    pub years: f64,
}

impl TreeOption {
    fn payoff(&self, price: f64) -> f64 {
        let gain = if self.is_call { price - self.strike } else { self.strike - price };
        if gain > 0.0 { gain } else { 0.0 }
    }

    /// Value with early exercise, by a binomial tree of `steps` steps; of at least as many as keep its probabilities
    /// between 0 and 1.
    pub fn american(&self, steps: usize) -> f64 {
        self.tree(steps, true)
    }

    /// Value without early exercise by the same tree.
    pub fn european(&self, steps: usize) -> f64 {
        self.tree(steps, false)
    }

    fn tree(&self, steps: usize, is_american: bool) -> f64 {
        if self.years <= 0.0 || self.volatility <= 0.0 {
            return self.payoff(self.spot);
        }
        // The up move exceeds the drift of a step from (carry/volatility)²·years steps on.
        let least = (self.carry / self.volatility) * (self.carry / self.volatility) * self.years;
        let steps = steps.max(libm::ceil(least).clamp(0.0, 20_000.0) as usize + 1);
        let step = self.years / steps as f64;
        let up = libm::exp(self.volatility * libm::sqrt(step));
        let down = 1.0 / up;
        let probability = (libm::exp(self.carry * step) - down) / (up - down);
        let discount = libm::exp(-self.rate * step);
        let (rise, fall) = (discount * probability, discount * (1.0 - probability));
        // Prices at the end, from the lowest: spot·down^steps, each up² above the one before.
        let square = up * up;
        let mut lowest = self.spot * libm::exp(-self.volatility * libm::sqrt(step) * steps as f64);
        let prices = |lowest: f64| core::iter::successors(Some(lowest), move |price| Some(price * square));
        let mut values: Vec<f64> = prices(lowest).take(steps + 1).map(|price| self.payoff(price)).collect();
        for level in (0..steps).rev() {
            lowest *= up;
            for (node, price) in (0..=level).zip(prices(lowest)) {
                let held = rise * values[node + 1] + fall * values[node];
                let exercised = self.payoff(price);
                values[node] = if is_american && exercised > held { exercised } else { held };
            }
        }
        values[0]
    }
}

/// What exercising the market's long American options now would add to their European values, µUSD.
pub(crate) fn early_exercise(market: &EngineMarket, workspace: &mut Workspace) -> Result<MicroUsd, RiskError> {
    let mut total = MicroUsd::ZERO;
    for expiry in &market.expiries {
        for strike in &expiry.strikes {
            for (leg, is_call) in [(strike.call, true), (strike.put, false)] {
                let Some(leg) = leg.filter(|leg| leg.exercise == Exercise::American && leg.lots > 0) else { continue };
                total += gain_of_exercise(market, &leg, is_call, strike.strike, workspace)?;
            }
        }
    }
    Ok(total)
}

fn gain_of_exercise(
    market: &EngineMarket,
    leg: &OptionLeg,
    is_call: bool,
    strike: u64,
    workspace: &mut Workspace,
) -> Result<MicroUsd, RiskError> {
    let index = market.input.price.ticks();
    let intrinsic = if is_call { index.saturating_sub(strike) } else { strike.saturating_sub(index) };
    let exercised = market.input.scale.value_floor(leg.lots, intrinsic)?;
    // Its group keeps what other markets were joined with: a market alone never joins.
    let alone = market.only(|position| position == leg.position);
    let held = walk::market_risk(&alone, Netting::Together, None, workspace)?.option_value;
    Ok((exercised - held).gain())
}
