//! Revaluation of one market: marks, Greeks, scenario losses and charges in a single pass over its positions.
//!
//! Positions come in order: the perpetual, then expiry by expiry its claims, futures and options, the options by
//! strike with calls and puts of one strike together. Put-call parity turns every put into a call, a short forward
//! and cash, so each strike is priced once: `put = call − D·(F − K)`.
//!
//! Rounding and error: every scenario loss is rounded up, and enlarged by a bound on the error of both evaluations
//! of a difference (see `grid.rs`), so that it is never below the exact loss of the model. The bound is
//! additive in positions, and a position held alone pays it in full: netting can only lower it.

mod charges;
mod expiry;
mod grid;
mod input;
mod joint;
mod money;
mod near;
mod skew;

pub use charges::Charges;
pub use expiry::{ExpiryValuation, OptionPrices, StrikeValuation};
pub use grid::Workspace;
pub use input::{ChargeRates, ConcentrationRate, ExpiryInput, MarketInput};
pub use joint::{Group, GroupLoss};
pub use money::UnitValue;

use crate::{
    error::RiskError,
    quantity::{Lots, MicroUsd, Ratio, SECONDS_PER_YEAR},
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
    /// Losses in the two skew scenarios, linear and absolute; zero when positions are revalued alone.
    pub skew_losses: [MicroUsd; 2],
    /// Loss to the basis shocks of all expiries; zero when positions are revalued alone.
    pub basis_loss: MicroUsd,
    /// Whether the market was joined to its group, whose loss then takes the place of `scan_loss`.
    pub joined: bool,
    /// Part of the maintenance factor that applies while a rise of the scan range is being phased in.
    pub maintenance_share: Ratio,
    /// Value of all options at the mark, less the pricing error bound.
    pub option_value: MicroUsd,
    /// Unsettled profit of perpetual, futures and claims.
    pub linear_profit: MicroUsd,
    /// What is charged beside the scan loss.
    pub charges: Charges,
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
    /// The expiry's future among it.
    expiry_exposure: MicroUsd,
    alone_loss: MicroUsd,
    /// Options, long or short, lots.
    option_lots: i64,
    /// The expiry's among them.
    expiry_lots: i64,
    /// Short options that nothing covers, lots.
    naked_lots: i64,
    /// Delta, USD, and vega, USD per 1.00 of volatility, on which concentration is charged: net, or of every position
    /// alone.
    exposure: Exposure,
}

/// What a concentration charge is on, µUSD.
#[derive(Clone, Copy, Debug, Default)]
struct Exposure {
    delta: MicroUsd,
    vega: MicroUsd,
}

impl<'a> MarketPass<'a> {
    /// Starts the pass.
    pub fn begin(input: &'a MarketInput, netting: Netting, workspace: &'a mut Workspace) -> Self {
        workspace.begin_market(input);
        let mut pass = Self {
            input,
            netting,
            workspace,
            risk: MarketRisk { maintenance_share: input.maintenance_share, ..MarketRisk::default() },
            linear_exposure: MicroUsd::ZERO,
            expiry_exposure: MicroUsd::ZERO,
            alone_loss: MicroUsd::ZERO,
            option_lots: 0,
            expiry_lots: 0,
            naked_lots: 0,
            exposure: Exposure::default(),
        };
        if input.hedge_value != MicroUsd::ZERO {
            pass.add_delta(input.hedge_value);
            pass.add_linear(input.hedge_value);
        }
        pass
    }

    /// Adds the perpetual: its mark is the index and the perpetual's basis.
    ///
    /// # Errors
    /// Quantity or notional out of range.
    pub fn perpetual(&mut self, quantity: i64, ledger: i64) -> Result<(), RiskError> {
        let value = self.input.scale.value_floor(Lots::new(quantity)?.get(), self.input.price.ticks())?;
        self.risk.linear_profit += value + self.basis_of(value) + MicroUsd(ledger);
        self.add_position(value, value, self.input.quality);
        self.add_linear(value);
        Ok(())
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
        self.add_position(value, moving, expiry.quality);
        match self.netting {
            Netting::Together => {
                self.expiry_exposure += moving;
                self.linear_exposure += moving;
            }
            Netting::Alone => {
                let basis = self.workspace.linear_basis_loss(expiry, moving, self.input);
                self.add_alone(moving, MicroUsd(basis));
            }
        }
        Ok(())
    }

    /// Adds the options of one strike: net calls and net puts. Strikes of an expiry come in rising order.
    ///
    /// # Errors
    /// Quantity or notional out of range.
    #[inline(always)]
    pub fn option(
        &mut self,
        expiry: &ExpiryValuation,
        strike: &StrikeValuation,
        calls: i64,
        puts: i64,
    ) -> Result<(), RiskError> {
        if (calls.unsigned_abs() | puts.unsigned_abs()) >> 31 != 0 {
            return Err(RiskError::QuantityOutOfRange { quantity: calls.max(puts) });
        }
        self.count_naked_shorts(calls, puts);
        match self.netting {
            Netting::Together => self.workspace.add_option(expiry, strike, calls, puts),
            Netting::Alone => self.add_options_alone(expiry, strike, calls, puts),
        }
    }

    fn add_options_alone(
        &mut self,
        expiry: &ExpiryValuation,
        strike: &StrikeValuation,
        calls: i64,
        puts: i64,
    ) -> Result<(), RiskError> {
        for (calls, puts) in [(calls, 0), (0, puts)] {
            if calls == 0 && puts == 0 {
                continue;
            }
            let before = self.workspace.sums;
            self.workspace.add_option(expiry, strike, calls, puts)?;
            if expiry.is_alive() {
                let (delta, vega) = expiry.exposure_bounds(&self.workspace.sums, &before);
                self.exposure.delta += delta;
                self.exposure.vega += vega;
                self.alone_loss += self.workspace.convert_alone(expiry, self.input);
            }
        }
        Ok(())
    }

    /// Ends an expiry: turns its sums into money.
    ///
    /// # Errors
    /// [`RiskError::NotionalOutOfRange`] if its options together are beyond the limit.
    pub fn end_expiry(&mut self, expiry: &ExpiryValuation) -> Result<(), RiskError> {
        if self.netting == Netting::Together {
            self.workspace.convert_scenarios(expiry, self.expiry_exposure, self.input);
        }
        let (value, greeks, vega) = self.workspace.convert_values(expiry);
        if self.netting == Netting::Together {
            self.exposure.delta += greeks.delta;
            self.exposure.vega += vega;
        }
        self.risk.option_value += value;
        let total = &mut self.risk.greeks;
        total.delta += greeks.delta;
        total.gamma += greeks.gamma;
        total.vega += greeks.vega;
        total.theta += greeks.theta;
        total.rho += greeks.rho;
        if self.expiry_lots != 0 && Charges::is_uncertain(expiry.quality, self.input) {
            let notional = self.input.scale.value_floor(self.expiry_lots, self.input.price.ticks())?;
            self.risk.charges.add_confidence(notional, expiry.quality, self.input);
        }
        self.option_lots = self.option_lots.wrapping_add(self.expiry_lots);
        self.expiry_lots = 0;
        self.expiry_exposure = MicroUsd::ZERO;
        Ok(())
    }

    /// Ends the pass, and joins the market to its group if it has one.
    ///
    /// # Errors
    /// [`RiskError::NotionalOutOfRange`] if the options together are beyond the limit,
    /// [`RiskError::ParameterOutOfRange`] if more than 64 strikes, or 12 expiries, are near expiry.
    pub fn finish(mut self, group: Option<&Group>) -> Result<MarketRisk, RiskError> {
        let price = self.input.price.ticks();
        let options = self.input.scale.value_floor(self.option_lots, price)?;
        let shorts = self.input.scale.value_floor(self.naked_lots, price)?;
        self.risk.gross_notional += options;
        let charges = &mut self.risk.charges;
        charges.set_naked_shorts(shorts, self.input);
        charges.delta_concentration = self.input.charges.delta_concentration.charge(self.exposure.delta);
        charges.vega_concentration = self.input.charges.vega_concentration.charge(self.exposure.vega);
        match self.netting {
            Netting::Alone => self.risk.scan_loss = self.alone_loss,
            Netting::Together => {
                let workspace = self.workspace;
                workspace.add_linear(self.linear_exposure, self.input);
                workspace.near.require_complete()?;
                workspace.near.apply(&mut workspace.profits, &self.input.scenarios.cells);
                (self.risk.scan_loss, self.risk.binding) = workspace.worst(self.input);
                self.risk.skew_losses = workspace.skew_losses.map(MicroUsd);
                self.risk.basis_loss = MicroUsd(workspace.basis_loss);
                if let Some(group) = group {
                    self.risk.joined = true;
                    workspace.join(group, self.input, &self.risk);
                }
            }
        }
        Ok(self.risk)
    }

    /// Notional, charges and delta of a perpetual or future worth `value`, of which `moving` still moves with the index.
    fn add_position(&mut self, value: MicroUsd, moving: MicroUsd, quality: Ratio) {
        let notional = value.magnitude();
        self.risk.gross_notional += notional;
        self.risk.charges.add_linear(notional, quality, self.input);
        self.add_delta(moving);
    }

    fn add_delta(&mut self, value: MicroUsd) {
        self.risk.greeks.delta += value;
        self.exposure.delta += if self.netting == Netting::Alone { value.magnitude() } else { value };
    }

    fn add_linear(&mut self, exposure: MicroUsd) {
        match self.netting {
            Netting::Together => self.linear_exposure += exposure,
            Netting::Alone => self.add_alone(exposure, MicroUsd::ZERO),
        }
    }

    /// Adds the loss of a linear position alone: in its worst scenario, or to the basis shock.
    fn add_alone(&mut self, exposure: MicroUsd, basis_loss: MicroUsd) {
        self.workspace.add_linear(exposure, self.input);
        self.alone_loss += self.workspace.worst(self.input).0.max(basis_loss);
        self.workspace.clear_market();
    }

    /// What the perpetual's basis adds to a value at the index, rounded down.
    fn basis_of(&self, value: MicroUsd) -> MicroUsd {
        let bits = self.input.perpetual_basis.to_bits();
        let share = Ratio::from_bits(bits.unsigned_abs());
        if bits < 0 { -share.of_ceil(value) } else { share.of_floor(value) }
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
        self.expiry_lots = self.expiry_lots.wrapping_add(calls.wrapping_abs()).wrapping_add(puts.wrapping_abs());
    }
}

/// Seconds as a fraction of a year, scale 2^-31, rounded up.
pub(crate) fn years_q31(seconds: u32) -> u64 {
    (u64::from(seconds) << 31).div_ceil(SECONDS_PER_YEAR)
}
