//! From the engine's results to a report.

use ballast_risk::{
    Margin, MicroUsd, Mode, RiskError,
    margin::Tier,
    revaluation::{Charges, Greeks, GroupLoss, MarketRisk, Workspace},
    scenario::ScenarioIndex,
    value_at_risk::ValueAtRisk,
};

use super::{
    Binding, ChargeReport, Contribution, CorrelationReport, DepositReport, Equity, FactorReport, GreekReport,
    GroupReport, MarketReport, MarketShare, Matrix, ModeReport, RateReport, Report, Solutions, ValueAtRiskReport,
    figures::{fraction, money, share},
    positions,
};
use crate::{
    american,
    decimal::Decimal,
    engine::{EngineBook, EngineDeposit, EngineGroup, EngineMarket},
    error::{BookError, Path},
    walk,
};

/// The name of a mode.
fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Isolated => "isolated",
        Mode::Cross => "cross",
        Mode::Portfolio => "portfolio",
    }
}

/// A market after its pass, netting together.
struct Revalued {
    risk: MarketRisk,
    matrix: Matrix,
}

/// The whole report but the solutions.
pub(crate) fn report(prepared: &EngineBook) -> Result<Report, BookError> {
    let mut workspace = walk::workspace();
    let mut modes = Vec::with_capacity(Mode::ALL.len());
    let mut revalued = Vec::with_capacity(prepared.markets.len());
    let mut group_losses = Vec::new();
    let mut own = None;
    for mode in Mode::ALL {
        let mut shares = Vec::with_capacity(prepared.markets.len());
        let margin = walk::margin(prepared, mode, &mut workspace, |place, risk, workspace| {
            let market = &prepared.markets[place];
            shares.push(MarketShare {
                market: market.name.clone(),
                scan_loss: money(risk.scan_loss),
                joined: risk.joined,
                charges: charges(&risk.charges),
            });
            if mode == Mode::Portfolio {
                revalued.push(Revalued { risk: *risk, matrix: matrix(market, workspace) });
            }
        })?;
        if mode == Mode::Portfolio {
            group_losses = workspace.group_losses().collect();
        }
        modes.push(mode_report(mode, &margin, early_exercise(prepared, &mut workspace)?, shares));
        if mode == prepared.mode {
            own = Some(margin);
        }
    }
    let own = own.unwrap_or_default();
    let (groups, value_at_risk) = groups(prepared, &revalued, &group_losses)?;
    let markets = markets(prepared, revalued, &mut workspace)?;
    let sums = &own.components;
    Ok(Report {
        mode: mode_name(prepared.mode),
        equity: Equity {
            cash: money(sums.cash),
            collateral: money(sums.collateral),
            options: money(sums.options),
            linear_profit: money(sums.linear_profit),
            total: money(own.equity),
        },
        modes,
        groups,
        markets,
        collateral: prepared.deposits.iter().map(deposit).collect(),
        factors: FactorReport {
            initial: share(prepared.factors.initial),
            peg_surcharge: share(prepared.peg_surcharge),
            maintenance: share(prepared.factors.maintenance),
            quote_price: share(prepared.quote_price),
        },
        value_at_risk: ValueAtRiskReport {
            total: money(value_at_risk),
            deviations: fraction(i64::from(prepared.deviations.to_bits()), 28),
            horizon_seconds: prepared.horizon_seconds,
        },
        solutions: Solutions::default(),
    })
}

fn early_exercise(prepared: &EngineBook, workspace: &mut Workspace) -> Result<MicroUsd, BookError> {
    let mut total = MicroUsd::ZERO;
    for market in &prepared.markets {
        total += american::early_exercise(market, workspace).map_err(|error| BookError::risk(&Path::ROOT, error))?;
    }
    Ok(total)
}

fn mode_report(mode: Mode, margin: &Margin, early_exercise: MicroUsd, markets: Vec<MarketShare>) -> ModeReport {
    let sums = &margin.components;
    let per = |part: MicroUsd, whole: MicroUsd| {
        let scaled = i128::from(part.0) * 1_000_000;
        (whole.0 > 0).then(|| Decimal::new((scaled + i128::from(whole.0) / 2).div_euclid(i128::from(whole.0)), 6))
    };
    ModeReport {
        mode: mode_name(mode),
        tier: match margin.tier() {
            Tier::Healthy => "healthy",
            Tier::CloseOnly => "close-only",
            Tier::Partial => "partial",
            Tier::Accelerated => "accelerated",
            Tier::Bankrupt => "bankrupt",
        },
        scan_loss: money(sums.scan_loss),
        maintenance_loss: money(sums.maintenance_loss),
        charges: charges(&sums.charges),
        early_exercise: money(early_exercise),
        initial_haircut: money(sums.initial_haircut),
        maintenance_haircut: money(sums.maintenance_haircut),
        uncounted_gain: money(sums.uncounted_gain),
        unwithdrawable: money(sums.unwithdrawable),
        initial_requirement: money(margin.initial_requirement),
        maintenance_requirement: money(margin.maintenance_requirement),
        initial_excess: money(margin.initial_excess),
        maintenance_excess: money(margin.maintenance_excess),
        withdrawal_excess: money(margin.withdrawal_excess),
        gross_notional: money(sums.gross_notional),
        requirement_of_notional: per(margin.initial_requirement, sums.gross_notional),
        leverage: per(sums.gross_notional, margin.initial_requirement),
        markets,
    }
}

pub(super) fn charges(charges: &Charges) -> ChargeReport {
    ChargeReport {
        naked_short_maintenance: money(charges.naked_short_maintenance),
        naked_short_initial: money(charges.naked_short_initial),
        linear_maintenance: money(charges.linear_maintenance),
        linear_initial: money(charges.linear_initial),
        confidence: money(charges.confidence),
        delta_concentration: money(charges.delta_concentration),
        vega_concentration: money(charges.vega_concentration),
        maintenance: money(charges.maintenance()),
        initial: money(charges.initial()),
    }
}

fn rates(market: &EngineMarket) -> RateReport {
    let rates = &market.input.charges;
    let (delta, vega) = (&rates.delta_concentration, &rates.vega_concentration);
    RateReport {
        naked_short_maintenance: share(rates.naked_short_maintenance),
        naked_short_initial: share(rates.naked_short_initial),
        linear_maintenance: share(rates.linear_maintenance),
        linear_initial: share(rates.linear_initial),
        confidence_threshold: share(rates.confidence_threshold),
        confidence: share(rates.confidence_rate),
        delta_free: money(delta.free),
        delta_slope: share(delta.slope),
        delta_cap: share(delta.cap),
        vega_free: money(vega.free),
        vega_slope: share(vega.slope),
        vega_cap: share(vega.cap),
        unsettled_gain_weight: share(market.limits.weight),
        unsettled_gain_cap: money(market.limits.cap),
    }
}

pub(super) fn greeks(greeks: &Greeks) -> GreekReport {
    GreekReport {
        delta: money(greeks.delta),
        gamma: money(greeks.gamma),
        vega: money(greeks.vega),
        theta: money(greeks.theta),
        rho: money(greeks.rho),
    }
}

/// Profits of the market whose pass was the workspace's last.
fn matrix(market: &EngineMarket, workspace: &Workspace) -> Matrix {
    let input = &market.input;
    let shape = input.scenarios.shape;
    let row =
        |row: usize| (0..shape.nodes()).map(|node| workspace.profit(input, row, node).map(money)).collect::<Vec<_>>();
    Matrix {
        core_nodes: shape.core_nodes,
        moves: (0..shape.nodes()).map(|node| price_move(market, node)).collect(),
        weights: (0..shape.nodes()).map(|node| weight(market, node)).collect(),
        up: row(0),
        flat: row(1),
        down: row(2),
    }
}

/// Price move of a node, to a millionth of the price.
fn price_move(market: &EngineMarket, node: usize) -> Decimal {
    let bits = i128::from(market.input.scenarios.price_factor(node)) - (1 << 28);
    Decimal::new((bits * 1_000_000 + (1 << 27)) >> 28, 6)
}

fn weight(market: &EngineMarket, node: usize) -> Decimal {
    let core = market.input.scenarios.shape.core_nodes;
    node.checked_sub(core).map_or(Decimal::from(1), |tail| share(market.input.tail_weights[tail]))
}

/// A scenario; `market` is whose grid it belongs to, if it is one market's.
fn binding(index: ScenarioIndex, market: Option<&EngineMarket>) -> Binding {
    let is_grid = index.row < ScenarioIndex::SKEW;
    let node = usize::from(index.node);
    let of_market = market.filter(|_| is_grid);
    Binding {
        row: match index.row {
            0 => "up",
            1 => "flat",
            2 => "down",
            ScenarioIndex::SKEW => "skew",
            _ => "basis",
        },
        node: index.node,
        price_move: of_market.map(|market| price_move(market, node)),
        weight: of_market.map(|market| weight(market, node)),
    }
}

fn markets(
    prepared: &EngineBook,
    revalued: Vec<Revalued>,
    workspace: &mut Workspace,
) -> Result<Vec<MarketReport>, BookError> {
    let mut reports = Vec::with_capacity(revalued.len());
    for (place, (market, revalued)) in prepared.markets.iter().zip(revalued).enumerate() {
        let refused = |error: RiskError| {
            let root = Path::ROOT;
            BookError::risk(&root.field("markets").index(place), error)
        };
        let risk = &revalued.risk;
        reports.push(MarketReport {
            market: market.name.clone(),
            group: prepared.groups[market.group].name.clone(),
            price: market.units.price(market.input.price.ticks()),
            price_decimals: market.units.price_decimals,
            quantity_decimals: market.units.quantity_decimals,
            scan_range: price_move(market, market.input.scenarios.shape.core_nodes - 1),
            maintenance_share: share(market.input.maintenance_share),
            scan_loss: money(risk.scan_loss),
            binding: binding(risk.binding, Some(market)),
            matrix: revalued.matrix,
            skew_losses: risk.skew_losses.map(money),
            basis_loss: money(risk.basis_loss),
            charges: charges(&risk.charges),
            rates: rates(market),
            greeks: greeks(&risk.greeks),
            option_value: money(risk.option_value),
            linear_profit: money(risk.linear_profit),
            gross_notional: money(risk.gross_notional),
            hedge_value: money(market.input.hedge_value),
            quality: share(market.input.quality),
            expiries: positions::expiries(market, risk.binding, workspace).map_err(refused)?,
            positions: positions::positions(market, risk.binding, workspace).map_err(refused)?,
        });
    }
    Ok(reports)
}

fn groups(
    prepared: &EngineBook,
    revalued: &[Revalued],
    losses: &[GroupLoss],
) -> Result<(Vec<GroupReport>, MicroUsd), BookError> {
    let mut losses = losses.iter();
    let mut reports = Vec::with_capacity(prepared.groups.len());
    let mut total = MicroUsd::ZERO;
    for (place, group) in prepared.groups.iter().enumerate() {
        let members: Vec<_> =
            prepared.markets.iter().zip(revalued).filter(|(market, _)| market.group == place).collect();
        let value_at_risk = value_at_risk(prepared, group, &members)?;
        total += value_at_risk;
        // Groups with joined markets come in order.
        let is_joined = members.iter().any(|(_, revalued)| revalued.risk.joined);
        let loss = if is_joined { losses.next() } else { None };
        reports.push(GroupReport {
            group: group.name.clone(),
            window: group.engine.window,
            gain_allowance: share(group.engine.gain_allowance),
            loss: loss.map(|loss| money(loss.loss)),
            maintenance_loss: loss.map(|loss| money(loss.maintenance_loss)),
            binding: loss.map(|loss| binding(loss.binding, None)),
            contributions: loss.map_or(Vec::new(), |loss| contributions(group, &members, loss.binding)),
            value_at_risk: money(value_at_risk),
            correlations: correlations(group, &members),
        });
    }
    Ok((reports, total))
}

fn value_at_risk(
    prepared: &EngineBook,
    group: &EngineGroup,
    members: &[(&EngineMarket, &Revalued)],
) -> Result<MicroUsd, BookError> {
    let mut sum = ValueAtRisk::default();
    for (place, (market, revalued)) in members.iter().enumerate() {
        sum.add(place, &revalued.risk.greeks, market.volatility, market.volatility_of_volatility)
            .map_err(|error| BookError::risk(&Path::ROOT, error))?;
    }
    Ok(sum.finish(&group.correlations, prepared.deviations, prepared.horizon_seconds))
}

fn correlations(group: &EngineGroup, members: &[(&EngineMarket, &Revalued)]) -> Vec<CorrelationReport> {
    let name = |place: usize| members[place].0.name.clone();
    let pairs = (0..members.len()).flat_map(|one| (0..one).map(move |other| (other, one)));
    pairs
        .map(|(one, other)| CorrelationReport {
            markets: [name(one), name(other)],
            correlation: fraction(i64::from(group.correlations.get(one, other).to_bits()), 30),
        })
        .collect()
}

/// What each market adds to a joint scenario, as the engine counts it.
fn contributions(
    group: &EngineGroup,
    members: &[(&EngineMarket, &Revalued)],
    binding: ScenarioIndex,
) -> Vec<Contribution> {
    let joined = members.iter().filter(|(_, revalued)| revalued.risk.joined);
    joined
        .map(|(market, revalued)| {
            let (loss, node, counted) = contribution(group, revalued, binding);
            Contribution { market: market.name.clone(), loss: money(loss), node, counted: money(counted) }
        })
        .collect()
}

fn contribution(group: &EngineGroup, revalued: &Revalued, binding: ScenarioIndex) -> (MicroUsd, Option<u8>, MicroUsd) {
    let matrix = &revalued.matrix;
    let node = usize::from(binding.node);
    let loss_at = |row: &[Option<Decimal>], node: usize| {
        row.get(node).copied().flatten().and_then(|profit| profit.to_integer(6)).map(|profit| MicroUsd(-profit))
    };
    let row = match binding.row {
        0 => &matrix.up,
        1 => &matrix.flat,
        2 => &matrix.down,
        ScenarioIndex::SKEW => {
            let loss = revalued.risk.skew_losses[node.min(1)];
            return (loss, None, loss);
        }
        _ => return (revalued.risk.basis_loss, None, revalued.risk.basis_loss),
    };
    if node >= matrix.core_nodes {
        let loss = loss_at(row, node).unwrap_or_default();
        return (loss, Some(binding.node), loss.gain());
    }
    let window = usize::from(group.engine.window);
    let nodes = node.saturating_sub(window)..(node + window + 1).min(matrix.core_nodes);
    let worst = nodes.filter_map(|node| Some((loss_at(row, node)?, node))).max_by_key(|(loss, _)| *loss);
    let (loss, at) = worst.unwrap_or_default();
    let counted = if loss >= MicroUsd::ZERO { loss } else { group.engine.gain_allowance.of_ceil(loss) };
    (loss, Some(at as u8), counted)
}

fn deposit(deposit: &EngineDeposit) -> DepositReport {
    let input = &deposit.input;
    DepositReport {
        name: deposit.name.clone(),
        amount: Decimal::new(i128::from(input.amount), u32::from(input.token_decimals)),
        price: Decimal::new(i128::from(input.price.ticks()), u32::from(input.price_decimals)),
        initial_price: Decimal::new(i128::from(input.initial_price.ticks()), u32::from(input.price_decimals)),
        value: money(deposit.value.value),
        hedge_value: money(deposit.value.hedge_value),
        initial_haircut_share: share(input.initial_haircut),
        maintenance_haircut_share: share(input.maintenance_haircut),
        initial_haircut: money(deposit.value.initial_haircut),
        maintenance_haircut: money(deposit.value.maintenance_haircut),
    }
}
