//! Revaluation of one market: marks, Greeks, scenario losses and charges in a single pass over its positions.
//!
//! Positions come in order: the perpetual, then expiry by expiry its claims, futures and options, the options by
//! strike with calls and puts of one strike together. Put-call parity turns every put into a call, a short forward
//! and cash, so each strike is priced once: `put = call − D·(F − K)`.
//!
//! Rounding and error: every scenario loss is rounded up, and enlarged by a bound on the error of both evaluations
//! of a difference (see `grid.rs`), so that it is never below the exact loss of the model. The bound is
//! additive in positions, and a position held alone pays it in full: netting can only lower it.

mod expiry;
mod grid;
mod input;
mod money;

pub use expiry::{ExpiryValuation, StrikeValuation};
pub use grid::Workspace;
pub use input::{ChargeRates, ExpiryInput, MarketInput};
pub use money::UnitValue;

use crate::{
    error::RiskError,
    quantity::{Lots, MicroUsd, SECONDS_PER_YEAR},
    scenario::ScenarioIndex,
};

/// Whether positions of one market offset each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netting {
    /// Every position is revalued alone and the losses add up (isolated mode).
    Alone,
    /// Positions of the market are revalued together (cross and portfolio mode).
    Together,
}

/// Net Greeks of one market, in money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Greeks {
    /// Delta × index: µUSD gained per 100 % rise of the index, to first order.
    pub delta: MicroUsd,
    /// Change of `delta` per 1 % rise of the index: gamma × index² / 100, µUSD.
    pub gamma: MicroUsd,
    /// µUSD gained per rise of all volatilities by one point (0.01 per year).
    pub vega: MicroUsd,
    /// µUSD gained per day that passes.
    pub theta: MicroUsd,
    /// µUSD gained per rise of all rates by one percentage point, the index held and forwards rising with the rate.
    pub rho: MicroUsd,
}

/// What one market contributes to an account's margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketRisk {
    /// Largest scenario loss, not negative. Netting alone: the sum over positions of each one's largest loss.
    pub scan_loss: MicroUsd,
    /// Scenario of `scan_loss`; meaningful only when positions are revalued together.
    pub binding: ScenarioIndex,
    /// Value of all options at the mark, less the pricing error bound.
    pub option_value: MicroUsd,
    /// Unsettled profit of perpetual, futures and claims.
    pub linear_profit: MicroUsd,
    /// Maintenance charges: naked short options and linear notional.
    pub maintenance_charge: MicroUsd,
    /// What initial margin charges on top of `maintenance_charge`.
    pub initial_charge: MicroUsd,
    /// Σ |quantity| × index over all positions.
    pub gross_notional: MicroUsd,
    /// Net Greeks.
    pub greeks: Greeks,
}

/// A pass over the positions of one market.
pub struct MarketPass<'a> {
    input: &'a MarketInput,
    netting: Netting,
    workspace: &'a mut Workspace,
    risk: MarketRisk,
    /// Value whose profit is proportional to the price move: perpetual, hedge and futures, µUSD.
    linear_exposure: MicroUsd,
    alone_loss: MicroUsd,
    /// Options, long or short, lots.
    option_lots: i64,
    /// Short options that nothing covers, lots.
    naked_lots: i64,
}

impl<'a> MarketPass<'a> {
    /// Starts the pass. The workspace's contents are overwritten.
    pub fn begin(input: &'a MarketInput, netting: Netting, workspace: &'a mut Workspace) -> Self {
        workspace.begin_market(input);
        let mut pass = Self {
            input,
            netting,
            workspace,
            risk: MarketRisk::default(),
            linear_exposure: MicroUsd::ZERO,
            alone_loss: MicroUsd::ZERO,
            option_lots: 0,
            naked_lots: 0,
        };
        if input.hedge_value != MicroUsd::ZERO {
            pass.add_linear(input.hedge_value);
            pass.risk.greeks.delta += input.hedge_value;
        }
        pass
    }

    /// Adds the perpetual: its mark is the index.
    ///
    /// # Errors
    /// Quantity or notional out of range.
    pub fn perpetual(&mut self, quantity: i64, ledger: i64) -> Result<(), RiskError> {
        let value = self.input.scale.value_floor(Lots::new(quantity)?.get(), self.input.price.ticks())?;
        self.risk.linear_profit += value + MicroUsd(ledger);
        self.add_linear_position(value, value)
    }

    /// Starts an expiry.
    ///
    /// # Errors
    /// [`RiskError::PriceOutOfRange`] if the forward leaves the range of prices.
    pub fn begin_expiry(&mut self, expiry: &ExpiryInput) -> Result<ExpiryValuation, RiskError> {
        let valuation = ExpiryValuation::new(self.input, expiry)?;
        self.workspace.begin_expiry(&valuation, self.input);
        Ok(valuation)
    }

    /// Adds what a settled expiry owes the holder (positive) or the holder owes it (negative).
    pub fn claim(&mut self, ledger: i64) {
        self.risk.linear_profit += MicroUsd(ledger);
    }

    /// Adds a future: its mark is the forward.
    ///
    /// # Errors
    /// Quantity or notional out of range.
    pub fn future(&mut self, expiry: &ExpiryValuation, quantity: i64, ledger: i64) -> Result<(), RiskError> {
        let quantity = Lots::new(quantity)?.get();
        let value = self.input.scale.value_floor(quantity, expiry.forward_ticks)?;
        self.risk.linear_profit += value + MicroUsd(ledger);
        let moving = self.input.scale.value_floor(quantity, expiry.moving_ticks)?;
        self.add_linear_position(value, moving)
    }

    /// Adds the options of one strike: net calls and net puts.
    ///
    /// # Errors
    /// Quantity or notional out of range.
    pub fn option(
        &mut self,
        expiry: &ExpiryValuation,
        strike: u64,
        log_strike: i64,
        calls: i64,
        puts: i64,
    ) -> Result<(), RiskError> {
        if (calls.unsigned_abs() | puts.unsigned_abs()) >> 31 != 0 {
            return Err(RiskError::QuantityOutOfRange { quantity: calls.max(puts) });
        }
        let strike = expiry.strike(strike, log_strike);
        self.workspace.add_value(expiry, &strike, calls, puts)?;
        self.count_naked_shorts(calls, puts);
        if !expiry.is_alive() {
            return Ok(());
        }
        match self.netting {
            Netting::Together => self.workspace.add_scenarios(expiry, &strike, calls, puts),
            Netting::Alone => {
                for (calls, puts) in [(calls, 0), (0, puts)] {
                    if calls != 0 || puts != 0 {
                        self.workspace.add_scenarios(expiry, &strike, calls, puts);
                        self.alone_loss += self.workspace.convert_alone(expiry, self.input);
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends an expiry: turns its sums into money.
    pub fn end_expiry(&mut self, expiry: &ExpiryValuation) {
        let (value, greeks) = self.workspace.convert_values(expiry);
        self.risk.option_value += value;
        let total = &mut self.risk.greeks;
        total.delta += greeks.delta;
        total.gamma += greeks.gamma;
        total.vega += greeks.vega;
        total.theta += greeks.theta;
        total.rho += greeks.rho;
        if self.netting == Netting::Together {
            self.workspace.convert_scenarios(expiry);
        }
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// [`RiskError::NotionalOutOfRange`] if the options together are beyond the limit.
    pub fn finish(mut self) -> Result<MarketRisk, RiskError> {
        let price = self.input.price.ticks();
        let options = self.input.scale.value_floor(self.option_lots, price)?;
        let shorts = self.input.scale.value_floor(self.naked_lots, price)?;
        self.risk.gross_notional += options;
        self.risk.maintenance_charge += self.input.charges.naked_short_maintenance.of_ceil(shorts);
        self.risk.initial_charge += self.input.charges.naked_short_initial.of_ceil(shorts);
        match self.netting {
            Netting::Alone => self.risk.scan_loss = self.alone_loss,
            Netting::Together => {
                self.workspace.add_linear(self.linear_exposure, self.input);
                let (loss, binding) = self.workspace.worst(self.input);
                self.risk.scan_loss = loss;
                self.risk.binding = binding;
            }
        }
        Ok(self.risk)
    }

    /// A perpetual or future worth `value`, of which `moving` still moves with the index.
    fn add_linear_position(&mut self, value: MicroUsd, moving: MicroUsd) -> Result<(), RiskError> {
        let notional = value.magnitude();
        self.risk.gross_notional += notional;
        self.risk.maintenance_charge += self.input.charges.linear_maintenance.of_ceil(notional);
        self.risk.initial_charge += self.input.charges.linear_initial.of_ceil(notional);
        self.risk.greeks.delta += moving;
        self.add_linear(moving);
        Ok(())
    }

    fn add_linear(&mut self, exposure: MicroUsd) {
        match self.netting {
            Netting::Together => self.linear_exposure += exposure,
            Netting::Alone => {
                self.workspace.add_linear(exposure, self.input);
                self.alone_loss += self.workspace.worst(self.input).0;
                self.workspace.clear_profits();
            }
        }
    }

    /// Counts the options of a strike, and the shorts among them that nothing of the same strike and expiry covers:
    /// opposite signs of calls and puts net, equal signs add up (docs/margin-model.md, section 3). Positions alone never net.
    fn count_naked_shorts(&mut self, calls: i64, puts: i64) {
        let shorts = if self.netting == Netting::Together && (calls < 0) != (puts < 0) {
            calls.wrapping_add(puts).min(0)
        } else {
            calls.min(0).wrapping_add(puts.min(0))
        };
        // Both counts stay below 2^37: at most 64 positions of 2^30 lots.
        self.naked_lots = self.naked_lots.wrapping_sub(shorts);
        self.option_lots = self.option_lots.wrapping_add(calls.wrapping_abs()).wrapping_add(puts.wrapping_abs());
    }
}

/// Seconds as a fraction of a year, scale 2^-31, rounded up.
pub(crate) fn years_q31(seconds: u32) -> u64 {
    (u64::from(seconds) << 31).div_ceil(SECONDS_PER_YEAR)
}
