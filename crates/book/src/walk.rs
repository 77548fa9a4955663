//! Walks a prepared book through the engine.

use ballast_risk::{
    Margin, MicroUsd, Mode, RiskError,
    margin::MarginCalculation,
    revaluation::{ExpiryValuation, Group, MarketPass, MarketRisk, Netting, StrikeValuation, Workspace},
};
use bytemuck::Zeroable;

use crate::{
    american,
    engine::{EngineBook, EngineExpiry, EngineMarket, Strike, Valuation},
    error::{BookError, Path},
};

/// Scratch memory of the engine.
pub(crate) fn workspace() -> Box<Workspace> {
    Box::new(Workspace::zeroed())
}

/// One market.
pub(crate) fn market_risk(
    market: &EngineMarket,
    netting: Netting,
    group: Option<&Group>,
    workspace: &mut Workspace,
) -> Result<MarketRisk, RiskError> {
    let mut pass = MarketPass::begin(&market.input, netting, workspace);
    if let Some(perpetual) = &market.perpetual {
        pass.perpetual(perpetual.lots, perpetual.ledger)?;
    }
    for expiry in &market.expiries {
        let valuation = pass.begin_expiry(&expiry.input)?;
        for (_, amount) in &expiry.claims {
            pass.claim(*amount);
        }
        if let Some(future) = &expiry.future {
            pass.future(&valuation, future.lots, future.ledger)?;
        }
        let smile = Smile::new(market, expiry, &valuation)?;
        for strike in &expiry.strikes {
            let (calls, puts) = strike.lots();
            pass.option(&valuation, &smile.strike(&valuation, strike), calls, puts)?;
        }
        pass.end_expiry(&valuation)?;
    }
    pass.finish(group)
}

/// Where the volatilities of an expiry's strikes come from.
pub(crate) struct Smile(ExpiryValuation);

impl Smile {
    pub fn new(market: &EngineMarket, expiry: &EngineExpiry, valuation: &ExpiryValuation) -> Result<Self, RiskError> {
        Ok(Self(match expiry.valuation {
            Valuation::European => *valuation,
            Valuation::CallBound | Valuation::PutBound => ExpiryValuation::new(&market.input, &expiry.listed)?,
        }))
    }

    /// A strike at its own volatility, or at that of the listed expiry's smile.
    pub fn strike(&self, valuation: &ExpiryValuation, strike: &Strike) -> StrikeValuation {
        match strike.volatility {
            Some(volatility) if valuation.is_alive() => {
                valuation.strike_with_volatility(strike.strike, strike.log_strike, volatility)
            }
            _ => {
                let deviation = self.0.strike(strike.strike, strike.log_strike).deviation;
                StrikeValuation { deviation, ..valuation.strike(strike.strike, strike.log_strike) }
            }
        }
    }
}

/// The group that a market is joined to: none alone in its group, which offsets nothing.
pub(crate) fn joined<'a>(prepared: &'a EngineBook, market: &EngineMarket, mode: Mode) -> Option<&'a Group> {
    let members = prepared.markets.iter().filter(|other| other.group == market.group && other.has_positions());
    (mode == Mode::Portfolio && members.count() > 1).then(|| &prepared.groups[market.group].engine)
}

/// The margin of the whole book in one mode. `visit` sees each market after its pass.
pub(crate) fn margin(
    prepared: &EngineBook,
    mode: Mode,
    workspace: &mut Workspace,
    mut visit: impl FnMut(usize, &MarketRisk, &Workspace),
) -> Result<Margin, BookError> {
    let mut calculation = MarginCalculation::begin(prepared.factors, prepared.cash, workspace);
    for deposit in &prepared.deposits {
        calculation.add_collateral(&deposit.value);
    }
    let mut early_exercise = MicroUsd::ZERO;
    for (place, market) in prepared.markets.iter().enumerate() {
        let group = joined(prepared, market, mode);
        let refused = |error| {
            let root = Path::ROOT;
            BookError::risk(&root.field("markets").index(place), error)
        };
        let risk = market_risk(market, mode.netting(), group, workspace).map_err(refused)?;
        visit(place, &risk, workspace);
        calculation.add_market(&risk, &market.limits);
        early_exercise += american::early_exercise(market, workspace).map_err(refused)?;
    }
    let mut margin = calculation.finish(workspace);
    // Value that early exercise adds to long options: a scenario may take all of it away, so it counts in no excess.
    margin.components.options += early_exercise;
    margin.equity += early_exercise;
    margin.initial_requirement += early_exercise;
    margin.maintenance_requirement += early_exercise;
    Ok(margin)
}
