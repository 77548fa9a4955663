//! Feeds books to the engine.

use ballast_risk::{
    Margin, MicroUsd, Mode, Price, Ratio, RiskError, SignedRatio,
    collateral::{CollateralInput, CollateralValue},
    margin::{GainLimits, MarginCalculation, MarginFactors, PegProtection},
    num,
    quantity::{Multiple, ValueScale},
    revaluation::{
        ChargeRates, ConcentrationRate, ExpiryInput, Group, MarketInput, MarketPass, MarketRisk, Netting, Workspace,
    },
    scenario::{BasisShock, CellMask, Discounts, ScenarioDefinition, ScenarioSet, SkewShock, VolatilityShock},
    surface::EssviSlice,
};
use bytemuck::Zeroable;

use crate::book::{Account, Concentration, Deposit, Expiry, Kind, Leg, Market};

/// What the engine makes of one market.
pub struct Revalued {
    pub risk: MarketRisk,
    /// Losses by row and node, µUSD, tails weighted; nothing where the cell does not exist.
    pub cells: Vec<Vec<Option<i64>>>,
}

fn ratio(bits: u32) -> Ratio {
    Ratio::from_bits(bits)
}

impl Market {
    pub fn input(&self) -> MarketInput {
        let (core, nodes) = (usize::from(self.core_nodes), self.price_factors.len());
        let tails: Vec<Multiple> = self.price_factors[core..].iter().map(|&bits| Multiple::from_bits(bits)).collect();
        let scenarios = ScenarioSet::new(&ScenarioDefinition {
            core_nodes: self.core_nodes,
            scan_range: ratio(self.scan_range),
            tails: &tails,
            cells: CellMask(self.mask),
            basis_down: ratio(self.basis.down),
            basis_up: ratio(self.basis.up),
        })
        .expect("scenarios within bounds");
        assert_eq!(scenarios.shape.nodes(), nodes);
        let mut tail_weights = [Ratio::ZERO; 8];
        for (weight, &bits) in tail_weights.iter_mut().zip(&self.tail_weights) {
            *weight = ratio(bits);
        }
        let (shock, skew, discount) = (&self.volatility, &self.skew, &self.discount);
        MarketInput {
            price: Price::new(self.price).expect("a price"),
            log_price: num::ln_q40(self.price),
            scale: ValueScale::new(self.price_decimals, self.quantity_decimals).expect("decimals"),
            perpetual_basis: SignedRatio::from_bits(self.perpetual_basis),
            scenarios,
            tail_weights,
            volatility: VolatilityShock {
                up: ratio(shock.up),
                down: ratio(shock.down),
                up_shift: ratio(shock.up_shift),
                down_shift: ratio(shock.down_shift),
                up_floor: ratio(shock.up_floor),
                exponent_near: ratio(shock.exponent_near),
                exponent_far: ratio(shock.exponent_far),
                floor_seconds: shock.floor_seconds,
            },
            skew: SkewShock {
                linear: skew.linear,
                absolute: skew.absolute,
                discounted: skew.discounted,
                base: ratio(skew.base),
                scale: ratio(skew.scale_cap),
                width_floor: ratio(skew.least_log_strike),
                width: Multiple::from_bits(skew.width),
                volatility: ratio(skew.volatility_static),
                volatility_per_root: ratio(skew.volatility_scale),
            },
            basis: BasisShock { add: ratio(self.basis.add), per_year: ratio(self.basis.multiple) },
            discounts: Discounts {
                base_long: ratio(discount.long_base),
                base_short: ratio(discount.short_base),
                rate_long: ratio(discount.long_rate),
                rate_short: ratio(discount.short_rate),
                add_long: ratio(discount.long_add),
                add_short: ratio(discount.short_add),
            },
            charges: ChargeRates {
                naked_short_maintenance: ratio(self.charges.naked_short_maintenance),
                naked_short_initial: ratio(self.charges.naked_short_initial),
                linear_maintenance: ratio(self.charges.linear_maintenance),
                linear_initial: ratio(self.charges.linear_initial),
                confidence_threshold: ratio(self.charges.confidence_threshold),
                confidence_rate: ratio(self.charges.confidence_rate),
                delta_concentration: concentration(&self.charges.concentration_delta),
                vega_concentration: concentration(&self.charges.concentration_vega),
            },
            quality: ratio(self.quality),
            maintenance_share: ratio(self.maintenance_share),
            hedge_value: MicroUsd(self.hedge_value),
        }
    }

    fn limits(&self) -> GainLimits {
        GainLimits {
            weight: ratio(self.gain_weight),
            cap: MicroUsd(self.gain_cap),
            option_premium: MicroUsd(self.option_premium),
            vested_option_gain: MicroUsd(self.vested_option_gain),
        }
    }

    /// Losses of the market's book.
    pub fn revalued(&self, netting: Netting) -> Revalued {
        let mut workspace = Workspace::zeroed();
        let input = self.input();
        let risk = self.pass(&input, netting, None, &mut workspace).expect("a book within the engine's range");
        let cells = (0..3)
            .map(|row| {
                let loss = |node: usize| workspace.profit(&input, row, node).map(|profit| -profit.0);
                (0..self.price_factors.len()).map(loss).collect()
            })
            .collect();
        Revalued { risk, cells }
    }

    pub fn risk(&self, netting: Netting) -> MarketRisk {
        self.revalued(netting).risk
    }

    /// Why the engine does not take the book, if it does not.
    pub fn refusal(&self, netting: Netting) -> Option<RiskError> {
        self.pass(&self.input(), netting, None, &mut Workspace::zeroed()).err()
    }

    fn pass(
        &self,
        input: &MarketInput,
        netting: Netting,
        group: Option<&Group>,
        workspace: &mut Workspace,
    ) -> Result<MarketRisk, RiskError> {
        let mut pass = MarketPass::begin(input, netting, workspace);
        for leg in self.legs.iter().filter(|leg| leg.kind == Kind::Perpetual) {
            pass.perpetual(leg.lots, leg.ledger)?;
        }
        for (index, expiry) in self.expiries.iter().enumerate() {
            let legs: Vec<&Leg> =
                self.legs.iter().filter(|leg| leg.kind != Kind::Perpetual && leg.expiry == index).collect();
            if legs.is_empty() {
                continue;
            }
            let valuation = pass.begin_expiry(&expiry.input())?;
            for leg in legs.iter().filter(|leg| leg.kind == Kind::Future) {
                pass.future(&valuation, leg.lots, leg.ledger)?;
            }
            let mut strikes: Vec<u64> = legs.iter().filter(|leg| leg.is_option()).map(|leg| leg.strike).collect();
            strikes.sort_unstable();
            strikes.dedup();
            for strike in strikes {
                let lots = |kind: Kind| {
                    legs.iter().filter(|leg| leg.kind == kind && leg.strike == strike).map(|leg| leg.lots).sum()
                };
                let marked = legs.iter().find(|leg| leg.strike == strike).map_or(0, |leg| leg.volatility);
                let log_strike = num::ln_q40(strike);
                let option = match marked {
                    0 => valuation.strike(strike, log_strike),
                    bits => valuation.strike_with_volatility(strike, log_strike, Multiple::from_bits(bits)),
                };
                pass.option(&valuation, &option, lots(Kind::Call), lots(Kind::Put))?;
            }
            pass.end_expiry(&valuation)?;
        }
        pass.finish(group)
    }
}

fn concentration(rate: &Concentration) -> ConcentrationRate {
    ConcentrationRate { free: MicroUsd(rate.free), slope: ratio(rate.slope), cap: ratio(rate.cap) }
}

impl Expiry {
    pub fn slice(&self) -> EssviSlice {
        EssviSlice { theta_q40: self.theta, rho_q29: self.rho, psi_q40: self.psi }
    }

    pub fn input(&self) -> ExpiryInput {
        ExpiryInput {
            seconds: self.seconds,
            basis: SignedRatio::from_bits(self.basis),
            rate: SignedRatio::from_bits(self.rate),
            surface: self.slice().to_raw().expect("an accepted surface"),
            surface_sqrt_time: num::sqrt_years_q28(self.surface_seconds),
            widening: ratio(self.widening),
            quality: ratio(self.quality),
            average: self.average,
            fixed_share: self.fixed_share,
        }
    }
}

impl Account {
    /// The margin in one mode.
    pub fn margin(&self, mode: Mode) -> Margin {
        let mut workspace = Workspace::zeroed();
        let factors = &self.factors;
        let peg =
            PegProtection { threshold: ratio(factors.peg_threshold), factor: Multiple::from_bits(factors.peg_factor) };
        let initial = factors.initial + peg.surcharge(ratio(factors.quote_price)).to_bits();
        let factors = MarginFactors { maintenance: ratio(factors.maintenance), initial: ratio(initial) };
        let mut calculation = MarginCalculation::begin(factors, MicroUsd(self.cash), &mut workspace);
        for market in &self.markets {
            let group = self.groups[usize::from(market.group)];
            let group =
                Group { index: market.group, window: group.window, gain_allowance: ratio(group.gain_allowance) };
            let group = (mode == Mode::Portfolio).then_some(&group);
            let risk = market.pass(&market.input(), mode.netting(), group, &mut workspace).expect("a book in range");
            calculation.add_market(&risk, &market.limits());
        }
        for deposit in &self.collateral {
            calculation.add_collateral(&deposit.value().expect("collateral in range"));
        }
        calculation.finish(&workspace)
    }
}

impl Deposit {
    pub fn value(&self) -> Result<CollateralValue, RiskError> {
        let price = Price::new(self.price)?;
        let maintenance = u64::from(self.maintenance_share) * u64::from(self.liquidity_haircut);
        CollateralInput {
            amount: self.amount,
            hedge: self.hedge,
            price,
            price_decimals: self.price_decimals,
            token_decimals: self.token_decimals,
            initial_price: Price::new(self.stable_price)?.min(price),
            initial_haircut: ratio(self.initial_haircut),
            maintenance_haircut: ratio(self.maintenance_haircut),
            initial_liquidity_haircut: ratio(self.liquidity_haircut),
            maintenance_liquidity_haircut: ratio(maintenance.div_ceil(1 << 30) as u32),
            stale: self.stale,
        }
        .value()
    }
}
