//! A report as text.

use ballast_book::{
    Decimal, Report,
    report::{Binding, DepositReport, GroupReport, MarketReport, Matrix, ModeReport, PositionReport, Solutions},
};

use crate::live::GuideEntry;
use crate::screen::{BAD, Cell, GOOD, STRONG, Table, exact, heading, number, percent, say, usd};

/// Writes the whole report.
pub fn print(description: Option<&str>, report: &Report) {
    if let Some(description) = description {
        say(description);
    }
    summary(report);
    modes(report);
    for market in &report.markets {
        self::market(market);
    }
    for group in report.groups.iter().filter(|group| group.loss.is_some()) {
        self::group(group);
    }
    if !report.collateral.is_empty() {
        collateral(&report.collateral);
    }
    value_at_risk(report);
    solutions(&report.solutions);
}

/// Writes the guide to an account's legs.
pub fn print_guide(guide: &[GuideEntry]) {
    heading("What closing an eighth of a position frees, best first (USD)");
    if guide.is_empty() {
        return say("No position can be closed that lowers the maintenance requirement.");
    }
    let headings = ["position", "quantity", "requirement freed", "cost", "freed per dollar"];
    let mut table = Table::with_headings(headings);
    for entry in guide {
        table.text([
            format!("{} {}", entry.market, entry.contract),
            exact(entry.quantity),
            usd(entry.freed),
            usd(entry.cost),
            number(entry.freed_per_dollar, 2),
        ]);
    }
    table.print();
}

/// The mode that the account is in.
pub fn own_mode(report: &Report) -> Option<&ModeReport> {
    report.modes.iter().find(|mode| mode.mode == report.mode)
}

fn excess(value: Decimal) -> Cell {
    Cell::styled(usd(value), if value.is_negative() { BAD } else { GOOD })
}

fn summary(report: &Report) {
    let Some(own) = own_mode(report) else { return };
    heading(&format!("Margin in {} mode: {}", report.mode, own.tier));
    let mut table = Table::default();
    let equity = &report.equity;
    for (name, amount) in [
        ("cash", equity.cash),
        ("collateral", equity.collateral),
        ("options", equity.options),
        ("unsettled profit", equity.linear_profit),
    ] {
        if !amount.is_zero() {
            table.text([format!("  {name}"), usd(amount)]);
        }
    }
    table.row([Cell::styled("equity, USD", STRONG), Cell::styled(usd(equity.total), STRONG)]);
    table.text(["initial requirement".to_owned(), usd(own.initial_requirement)]);
    table.text(["maintenance requirement".to_owned(), usd(own.maintenance_requirement)]);
    table.row(["initial excess".into(), excess(own.initial_excess)]);
    table.row(["maintenance excess".into(), excess(own.maintenance_excess)]);
    table.row(["withdrawal excess".into(), excess(own.withdrawal_excess)]);
    table.print();
    for market in &report.markets {
        say(&format!("{}: binding scenario {}.", market.market, binding(&market.binding)));
    }
}

/// A scenario in words.
pub fn binding(binding: &Binding) -> String {
    let node = binding.node;
    let weight = binding.weight.filter(|weight| *weight != Decimal::from(1));
    let weight = weight.map_or(String::new(), |weight| format!(", weight {}", exact(weight)));
    match (binding.row, binding.price_move) {
        ("skew", _) => format!("skew, {}", if node == 0 { "linear" } else { "absolute" }),
        ("basis", _) => "basis".to_owned(),
        (row, Some(price_move)) => format!("price {}, volatility {row}{weight} (node {node})", signed(price_move)),
        (row, None) => format!("volatility {row}, node {node}"),
    }
}

/// A price move in per cent, with its sign.
fn signed(price_move: Decimal) -> String {
    let sign = if price_move.is_negative() || price_move.is_zero() { "" } else { "+" };
    let decimals = price_move.decimals().saturating_sub(2).min(4);
    format!("{sign}{}", percent(price_move, decimals))
}

fn modes(report: &Report) {
    heading("Every term, by mode (USD)");
    let mut table = Table::default();
    let headings = report.modes.iter().map(|mode| {
        let is_own = mode.mode == report.mode;
        Cell::styled(mode.mode, if is_own { STRONG } else { crate::screen::FAINT })
    });
    table.row(std::iter::once(Cell::new("")).chain(headings));
    let mut row = |name: &str, value: fn(&ModeReport) -> Decimal, is_optional: bool| {
        if !is_optional || report.modes.iter().any(|mode| !value(mode).is_zero()) {
            let cells = report.modes.iter().map(|mode| Cell::new(usd(value(mode))));
            table.row(std::iter::once(Cell::new(name)).chain(cells));
        }
    };
    row("scan loss", |mode| mode.scan_loss, false);
    row("scan loss that maintenance counts", |mode| mode.maintenance_loss, false);
    row("naked short options, maintenance", |mode| mode.charges.naked_short_maintenance, false);
    row("naked short options, initial", |mode| mode.charges.naked_short_initial, false);
    row("linear notional, maintenance", |mode| mode.charges.linear_maintenance, false);
    row("linear notional, initial", |mode| mode.charges.linear_initial, false);
    row("confidence", |mode| mode.charges.confidence, false);
    row("delta concentration", |mode| mode.charges.delta_concentration, false);
    row("vega concentration", |mode| mode.charges.vega_concentration, false);
    row("early exercise", |mode| mode.early_exercise, true);
    row("initial requirement", |mode| mode.initial_requirement, false);
    row("maintenance requirement", |mode| mode.maintenance_requirement, false);
    row("initial haircuts", |mode| mode.initial_haircut, false);
    row("maintenance haircuts", |mode| mode.maintenance_haircut, false);
    row("uncounted gains", |mode| mode.uncounted_gain, false);
    row("not to be withdrawn beyond that", |mode| mode.unwithdrawable, false);
    row("initial excess", |mode| mode.initial_excess, false);
    row("maintenance excess", |mode| mode.maintenance_excess, false);
    row("withdrawal excess", |mode| mode.withdrawal_excess, false);
    row("gross notional", |mode| mode.gross_notional, false);
    let optional = |name: &str, value: fn(&ModeReport) -> Option<String>| {
        let cells = report.modes.iter().map(|mode| Cell::new(value(mode).unwrap_or_else(|| "-".to_owned())));
        std::iter::once(Cell::new(name)).chain(cells).collect::<Vec<_>>()
    };
    table.row(optional("requirement / notional", |mode| mode.requirement_of_notional.map(|share| percent(share, 2))));
    table.row(optional("leverage", |mode| mode.leverage.map(|leverage| format!("{} x", number(leverage, 2)))));
    table.print();
    let factors = &report.factors;
    let surcharge = if factors.peg_surcharge.is_zero() {
        String::new()
    } else {
        format!(
            ", {} of it because the quote token is worth {}",
            exact(factors.peg_surcharge.rounded(6)),
            exact(factors.quote_price)
        )
    };
    say(&format!(
        "Initial factor {}{surcharge}; maintenance factor {}.",
        exact(factors.initial.rounded(6)),
        exact(factors.maintenance)
    ));
}

fn market(market: &MarketReport) {
    heading(&format!("{} at {} (group \"{}\")", market.market, exact(market.price), market.group));
    positions(&market.positions);
    let greeks = &market.greeks;
    say(&format!(
        "Greeks, USD: delta {}, gamma {} per 1 %, vega {} per point, theta {} a day, rho {} per point.",
        usd(greeks.delta),
        usd(greeks.gamma),
        usd(greeks.vega),
        usd(greeks.theta),
        usd(greeks.rho)
    ));
    anstream::println!();
    matrix(market);
    say(&format!(
        "Skew: linear {}, absolute {}. Basis: {}. Scan loss: {}, {}.",
        usd(market.skew_losses[0]),
        usd(market.skew_losses[1]),
        usd(market.basis_loss),
        usd(market.scan_loss),
        binding(&market.binding)
    ));
}

fn positions(positions: &[PositionReport]) {
    if positions.is_empty() {
        return say("No positions.");
    }
    let mut table = Table::with_headings(["position", "quantity", "mark", "value", "delta", "vega", "loss alone"]);
    for position in positions {
        let of_optional = |value: Option<Decimal>, show: fn(Decimal) -> String| value.map(show).unwrap_or_default();
        table.text([
            position_name(position),
            of_optional(position.quantity, exact),
            of_optional(position.mark, usd),
            usd(position.value),
            usd(position.greeks.delta),
            usd(position.greeks.vega),
            usd(position.scan_loss),
        ]);
    }
    table.print();
    for position in positions {
        if let Some(american) = &position.american {
            say(&format!(
                "American {}: bound {}, tree of {} steps {}, European {}, intrinsic {}.",
                position_name(position),
                number(american.bound, 4),
                american.tree_steps,
                number(american.tree, 4),
                number(american.european, 4),
                number(american.intrinsic, 4)
            ));
        }
    }
}

/// A position in words.
pub fn position_name(position: &PositionReport) -> String {
    let strike = position.strike.map(exact);
    let parts = [position.expiry.clone(), strike].into_iter().flatten();
    parts.fold(position.kind.to_owned(), |name, part| format!("{name} {part}"))
}

/// Row and node of the greatest loss, the first of equal ones; nothing if no cell loses.
fn worst_cell(rows: [&Vec<Option<Decimal>>; 3]) -> Option<(usize, usize)> {
    let cells = rows.into_iter().enumerate().flat_map(|(row, profits)| {
        let profit = |profit: &Option<Decimal>| profit.and_then(|profit| profit.to_integer(6));
        profits.iter().enumerate().filter_map(move |(node, cell)| Some((profit(cell)?, (row, node))))
    });
    cells.filter(|(profit, _)| *profit < 0).min_by_key(|(profit, _)| *profit).map(|(_, place)| place)
}

fn matrix(market: &MarketReport) {
    let Matrix { moves, weights, up, flat, down, .. } = &market.matrix;
    let mut table = Table::with_headings(["node", "price", "weight", "volatility up", "flat", "down"]);
    let worst = worst_cell([up, flat, down]);
    for (node, (price_move, weight)) in moves.iter().zip(weights).enumerate() {
        let cell = |row: usize, profits: &[Option<Decimal>]| match profits.get(node).copied().flatten() {
            None => Cell::new("·  "),
            Some(profit) if worst == Some((row, node)) => Cell::styled(format!("► {}", usd(profit)), BAD),
            Some(profit) => Cell::new(usd(profit)),
        };
        let weight = if *weight == Decimal::from(1) { String::new() } else { exact(*weight) };
        table.row([
            node.to_string().into(),
            signed(*price_move).into(),
            weight.into(),
            cell(0, up),
            cell(1, flat),
            cell(2, down),
        ]);
    }
    table.print();
}

fn group(group: &GroupReport) {
    heading(&format!("Group \"{}\" in portfolio mode", group.group));
    let loss = group.loss.map(usd).unwrap_or_default();
    let binding = group.binding.as_ref().map(self::binding).unwrap_or_default();
    say(&format!(
        "Joint loss {loss}: {binding}; window of {} nodes to each side, gain allowance {}.",
        group.window,
        percent(group.gain_allowance, 0)
    ));
    let mut table = Table::with_headings(["market", "node", "loss", "counted"]);
    for contribution in &group.contributions {
        let node = contribution.node.map(|node| node.to_string()).unwrap_or_default();
        table.text([contribution.market.clone(), node, usd(contribution.loss), usd(contribution.counted)]);
    }
    table.print();
}

fn collateral(deposits: &[DepositReport]) {
    heading("Collateral");
    let headings = ["token", "amount", "price", "value", "as hedge", "initial haircut", "maintenance haircut"];
    let mut table = Table::with_headings(headings);
    for deposit in deposits {
        let haircut = |share: Decimal, amount: Decimal| format!("{} = {}", percent(share, 2), usd(amount));
        table.text([
            deposit.name.clone(),
            exact(deposit.amount),
            exact(deposit.price),
            usd(deposit.value),
            usd(deposit.hedge_value),
            haircut(deposit.initial_haircut_share, deposit.initial_haircut),
            haircut(deposit.maintenance_haircut_share, deposit.maintenance_haircut),
        ]);
    }
    table.print();
}

fn value_at_risk(report: &Report) {
    let risk = &report.value_at_risk;
    heading("Value at risk");
    say(&format!(
        "{} USD at {} standard deviations over {} hours, for comparison: it enters no requirement.",
        usd(risk.total),
        number(risk.deviations, 2),
        number(Decimal::new(i128::from(risk.horizon_seconds) * 100 / 3_600, 2), 1)
    ));
}

fn solutions(solutions: &Solutions) {
    if solutions.is_empty() {
        return;
    }
    heading("Solved");
    if let Some(trade) = &solutions.largest_trade {
        say(&format!(
            "Largest trade: {} at {}, limited by {}; initial excess afterwards {}.",
            exact(trade.quantity),
            exact(trade.price),
            trade.limited_by,
            usd(trade.initial_excess)
        ));
    }
    if let Some(withdrawal) = &solutions.largest_withdrawal {
        say(&format!(
            "Largest withdrawal: {} of {}, limited by {}; withdrawal excess afterwards {}.",
            exact(withdrawal.amount),
            withdrawal.of,
            withdrawal.limited_by,
            usd(withdrawal.withdrawal_excess)
        ));
    }
}
