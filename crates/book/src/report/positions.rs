//! Expiries and positions by themselves.

use ballast_risk::{
    MicroUsd, RiskError,
    revaluation::{ExpiryValuation, MarketRisk, Netting, Workspace},
    scenario::{ONE_Q28, ScenarioIndex},
};

use super::{
    AmericanReport, ExpiryReport, GreekReport, PositionReport,
    build::greeks,
    figures::{fraction, money, share},
};
use crate::{
    american::TreeOption,
    book::Exercise,
    decimal::Decimal,
    engine::{EngineExpiry, EngineMarket, OptionLeg, Strike, Valuation},
    walk::{self, Smile},
};

/// Steps of the binomial tree that American options are shown with.
const TREE_STEPS: usize = 500;

/// What part of a market is worth and risks by itself, and its profit in a scenario of the grid.
fn alone(
    market: &EngineMarket,
    binding: ScenarioIndex,
    workspace: &mut Workspace,
    keep: impl Fn(usize) -> bool,
) -> Result<(MarketRisk, Option<Decimal>), RiskError> {
    let part = market.only(keep);
    let risk = walk::market_risk(&part, Netting::Together, None, workspace)?;
    let is_grid = binding.row < ScenarioIndex::SKEW;
    let profit = workspace.profit(&part.input, usize::from(binding.row), usize::from(binding.node));
    Ok((risk, profit.filter(|_| is_grid).map(money)))
}

/// The expiries with positions.
pub(super) fn expiries(
    market: &EngineMarket,
    binding: ScenarioIndex,
    workspace: &mut Workspace,
) -> Result<Vec<ExpiryReport>, RiskError> {
    market.expiries.iter().map(|expiry| expiry_report(market, expiry, binding, workspace)).collect()
}

fn expiry_report(
    market: &EngineMarket,
    expiry: &EngineExpiry,
    binding: ScenarioIndex,
    workspace: &mut Workspace,
) -> Result<ExpiryReport, RiskError> {
    let valuation = ExpiryValuation::new(&market.input, &expiry.input)?;
    let members: Vec<_> = positions_of(expiry).collect();
    let (_, binding_profit) = alone(market, binding, workspace, |position| members.contains(&position))?;
    let of_discount = |factor: u64| {
        let quotient = i128::from(factor) * 1_000_000_000 / i128::from(valuation.discount.max(1));
        Decimal::new(quotient, 9)
    };
    let scenarios = &market.input.scenarios;
    let core = scenarios.shape.core_nodes;
    let highest = u64::from(scenarios.price_factor(core - 1));
    let limit = highest.saturating_sub(ONE_Q28) / (core as u64 - 1);
    let has_options = !expiry.strikes.is_empty();
    Ok(ExpiryReport {
        expiry: expiry.name.clone(),
        valuation: match expiry.valuation {
            Valuation::European => "european",
            Valuation::CallBound => "call bound",
            Valuation::PutBound => "put bound",
        },
        seconds: expiry.input.seconds,
        years: fraction(valuation.years as i64, 31),
        forward: price(market, &valuation, valuation.forward),
        moving_forward: price(market, &valuation, valuation.moving),
        rate: fraction(i64::from(expiry.input.rate.to_bits()), 30),
        discount: fraction(valuation.discount as i64, 31),
        long_factor: of_discount(of_unit(&valuation, valuation.long_unit)),
        short_factor: of_discount(of_unit(&valuation, valuation.short_unit)),
        at_the_money: (valuation.sqrt_time > 0).then(|| volatility(&valuation, valuation.at_the_money)),
        volatility_multipliers: [
            fraction(valuation.multipliers.0 as i64, 28),
            fraction(valuation.multipliers.1 as i64, 28),
        ],
        is_near: has_options && valuation.is_alive() && valuation.at_the_money < limit,
        quality: share(expiry.input.quality),
        binding_profit,
    })
}

/// The factor of a unit, Q31, from that of the discounted unit.
fn of_unit(valuation: &ExpiryValuation, unit: ballast_risk::revaluation::UnitValue) -> u64 {
    let one = &valuation.unit;
    let shift = unit.shift - one.shift;
    let scaled = u128::from(unit.mantissa) * u128::from(valuation.discount);
    let scaled = if shift >= 0 { scaled >> shift.min(127) } else { scaled << (-shift).min(31) };
    (scaled / u128::from(one.mantissa.max(1))) as u64
}

fn positions_of(expiry: &EngineExpiry) -> impl Iterator<Item = usize> {
    let claims = expiry.claims.iter().map(|(position, _)| *position);
    let options = expiry.strikes.iter().flat_map(Strike::legs).map(|leg| leg.position);
    claims.chain(expiry.future.map(|future| future.position)).chain(options)
}

/// A mantissa of the expiry's prices as a price.
fn price(market: &EngineMarket, valuation: &ExpiryValuation, mantissa: u64) -> Decimal {
    let decimals = market.units.price_decimals.saturating_add(6).min(18);
    let ten = 10_i128.pow(decimals - market.units.price_decimals);
    let scaled = i128::from(mantissa) * ten;
    let exponent = valuation.exponent;
    let rounded = if exponent >= 0 {
        scaled << exponent.min(40)
    } else {
        (scaled + (1_i128 << (-exponent - 1).min(100))) >> (-exponent).min(101)
    };
    Decimal::new(rounded, decimals)
}

/// A deviation as volatility per year.
fn volatility(valuation: &ExpiryValuation, deviation: u64) -> Decimal {
    let quotient = i128::from(deviation) * 1_000_000_000 / i128::from(valuation.sqrt_time.max(1));
    Decimal::new(quotient, 9)
}

/// All positions of a market, in the order of the book.
pub(super) fn positions(
    market: &EngineMarket,
    binding: ScenarioIndex,
    workspace: &mut Workspace,
) -> Result<Vec<PositionReport>, RiskError> {
    let mut reports = Vec::new();
    if let Some(perpetual) = &market.perpetual {
        let mut report = linear(market, perpetual.position, perpetual.lots, "perpetual", binding, workspace)?;
        let basis = i128::from(market.input.perpetual_basis.to_bits());
        let ticks = i128::from(market.input.price.ticks());
        let decimals = market.units.price_decimals;
        let mark = (ticks * ((1 << 30) + basis) * 1_000) >> 30;
        report.mark = Some(Decimal::new(mark, decimals + 3));
        reports.push(report);
    }
    for expiry in &market.expiries {
        let valuation = ExpiryValuation::new(&market.input, &expiry.input)?;
        for (position, amount) in &expiry.claims {
            reports.push(PositionReport {
                value: money(MicroUsd(*amount)),
                expiry: Some(expiry.name.clone()),
                ..unvalued(*position, "claim")
            });
        }
        if let Some(future) = &expiry.future {
            let mut report = linear(market, future.position, future.lots, "future", binding, workspace)?;
            report.expiry = Some(expiry.name.clone());
            report.mark = Some(market.units.price(valuation.forward_ticks));
            reports.push(report);
        }
        let smile = Smile::new(market, expiry, &valuation)?;
        for strike in &expiry.strikes {
            for (leg, is_call) in [(strike.call, true), (strike.put, false)] {
                let Some(leg) = leg else { continue };
                let context = OptionContext { market, expiry, valuation: &valuation, smile: &smile, strike, is_call };
                reports.push(context.report(&leg, binding, workspace)?);
            }
        }
    }
    reports.sort_by_key(|report| report.position);
    Ok(reports)
}

fn unvalued(position: usize, kind: &'static str) -> PositionReport {
    let zero = Decimal::default();
    PositionReport {
        position,
        kind,
        expiry: None,
        strike: None,
        quantity: None,
        mark: None,
        value: zero,
        volatilities: None,
        greeks: GreekReport { delta: zero, gamma: zero, vega: zero, theta: zero, rho: zero },
        scan_loss: zero,
        binding_profit: None,
        american: None,
    }
}

fn linear(
    market: &EngineMarket,
    position: usize,
    lots: i64,
    kind: &'static str,
    binding: ScenarioIndex,
    workspace: &mut Workspace,
) -> Result<PositionReport, RiskError> {
    let (risk, binding_profit) = alone(market, binding, workspace, |other| other == position)?;
    Ok(PositionReport {
        quantity: Some(market.units.quantity(lots)),
        value: money(risk.linear_profit),
        greeks: greeks(&risk.greeks),
        scan_loss: money(risk.scan_loss),
        binding_profit,
        ..unvalued(position, kind)
    })
}

/// An option's surroundings.
struct OptionContext<'a> {
    market: &'a EngineMarket,
    expiry: &'a EngineExpiry,
    valuation: &'a ExpiryValuation,
    smile: &'a Smile,
    strike: &'a Strike,
    is_call: bool,
}

impl OptionContext<'_> {
    fn report(
        &self,
        leg: &OptionLeg,
        binding: ScenarioIndex,
        workspace: &mut Workspace,
    ) -> Result<PositionReport, RiskError> {
        let market = self.market;
        let (risk, binding_profit) = alone(market, binding, workspace, |other| other == leg.position)?;
        let strike = self.smile.strike(self.valuation, self.strike);
        let rows = self.valuation.row_deviations(strike.deviation);
        Ok(PositionReport {
            expiry: Some(self.expiry.name.clone()),
            strike: Some(market.units.price(self.strike.strike)),
            quantity: Some(market.units.quantity(leg.lots)),
            mark: Some(self.unit_value(risk.option_value, leg.lots)),
            value: money(risk.option_value),
            volatilities: self
                .valuation
                .is_alive()
                .then(|| rows.map(|deviation| volatility(self.valuation, deviation))),
            greeks: greeks(&risk.greeks),
            scan_loss: money(risk.scan_loss),
            binding_profit,
            american: match leg.exercise {
                Exercise::European => None,
                Exercise::American => Some(self.american(strike.deviation, workspace)?),
            },
            ..unvalued(leg.position, if self.is_call { "call" } else { "put" })
        })
    }

    /// A value of so many lots as the price of one contract.
    fn unit_value(&self, value: MicroUsd, lots: i64) -> Decimal {
        let decimals = self.market.units.quantity_decimals;
        let scaled = i128::from(value.0) * 10_i128.pow(decimals) * 1_000;
        Decimal::new(scaled.div_euclid(i128::from(lots.max(1).max(lots.abs()))) * i128::from(lots.signum()), 9)
    }

    /// What one contract is worth in each of the ways that an American option is looked at.
    #[allow(clippy::float_arithmetic, reason = "the tree is a reference for people, outside the engine")]
    fn american(&self, deviation: u64, workspace: &mut Workspace) -> Result<AmericanReport, RiskError> {
        let market = self.market;
        let one = 10_i64.pow(market.units.quantity_decimals);
        let leg = OptionLeg { position: 0, lots: one, exercise: Exercise::European };
        let (call, put) = if self.is_call { (Some(leg), None) } else { (None, Some(leg)) };
        let mut value_of = |valuation: Valuation| -> Result<Decimal, RiskError> {
            let strike = Strike { call, put, ..*self.strike };
            let input = crate::prepare::bound_input(&self.expiry.listed, valuation);
            let expiry = EngineExpiry {
                valuation,
                input,
                claims: Vec::new(),
                future: None,
                strikes: vec![strike],
                ..self.expiry.clone()
            };
            let single = EngineMarket { perpetual: None, expiries: vec![expiry], ..market.clone() };
            let single = single.only(|_| true);
            walk::market_risk(&single, Netting::Together, None, workspace).map(|risk| money(risk.option_value))
        };
        let european = value_of(Valuation::European)?;
        let bound = value_of(if self.is_call { Valuation::CallBound } else { Valuation::PutBound })?;
        let (index, strike) = (market.input.price.ticks(), self.strike.strike);
        let intrinsic = if self.is_call { index.saturating_sub(strike) } else { strike.saturating_sub(index) };
        let years = f64::from(self.expiry.listed.seconds) / ballast_risk::quantity::SECONDS_PER_YEAR as f64;
        let bits = |bits: i32| f64::from(bits) / f64::from(1_u32 << 30);
        let option = TreeOption {
            is_call: self.is_call,
            spot: market.units.price(index).to_f64(),
            strike: market.units.price(strike).to_f64(),
            volatility: deviation as f64 / self.valuation.sqrt_time.max(1) as f64,
            rate: bits(self.expiry.listed.rate.to_bits().max(0)),
            carry: if years > 0.0 { bits(self.expiry.listed.basis.to_bits()) / years } else { 0.0 },
            years,
        };
        Ok(AmericanReport {
            european,
            intrinsic: market.units.price(intrinsic),
            bound,
            tree: Decimal::from_f64(option.american(TREE_STEPS), 6),
            tree_steps: TREE_STEPS,
        })
    }
}
