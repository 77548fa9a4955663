//! The table of section 2: portfolios side by side.

use anstyle::Style;

use crate::{
    figures,
    portfolios::Portfolio,
    screen::{Cell, FAINT, GOOD, STRONG, Screen, Table},
};

/// The margin modes, most demanding first, as in a report.
const MODES: [&str; 3] = ["isolated", "cross", "portfolio"];

/// Prints the table and how to read it.
pub fn print(screen: &Screen, portfolios: &[Portfolio]) {
    let mut table = Table::default();
    let mut titles = vec!["USD unless marked"];
    titles.extend(portfolios.iter().map(|portfolio| portfolio.name));
    table.titles(&titles);

    row(&mut table, portfolios, "gross notional", Style::new(), |book| book.gross_notional.to_string());
    by_mode(&mut table, portfolios, "initial requirement", |book, mode| book.initial_requirement[mode].to_string());
    row(&mut table, portfolios, "saved against isolated", GOOD, |book| figures::percent(book.saving_basis_points));
    by_mode(&mut table, portfolios, "requirement / notional", |book, mode| {
        figures::percent(book.requirement_basis_points[mode])
    });
    by_mode(&mut table, portfolios, "notional / requirement", |book, mode| {
        figures::multiple(book.leverage_hundredths[mode])
    });
    row(&mut table, portfolios, "delta", Style::new(), |book| book.delta.to_string());
    row(&mut table, portfolios, "gamma", Style::new(), |book| book.gamma.to_string());
    row(&mut table, portfolios, "vega", Style::new(), |book| book.vega.to_string());
    row(&mut table, portfolios, "theta", Style::new(), |book| book.theta.to_string());
    // Price, volatility and, for an extreme move, the weight: a line each.
    for (line, name) in ["worst case", "", ""].into_iter().enumerate() {
        row(&mut table, portfolios, name, Style::new(), |book| {
            book.binding_scenario.split(", ").nth(line).unwrap_or_default().to_owned()
        });
    }
    row(&mut table, portfolios, "check, compute units at most", FAINT, |book| figures::whole(book.check_limit));
    row(&mut table, portfolios, "report of all modes, compute units", FAINT, |book| figures::whole(book.assess_units));
    row(&mut table, portfolios, "trade (both accounts), compute units", FAINT, |book| {
        let units: Vec<String> = book.trade_units.iter().map(|&units| figures::whole(units)).collect();
        units.join(" + ")
    });
    table.print(screen);

    screen.blank();
    screen.say(
        "Isolated margins every position alone, cross nets positions of one market, portfolio nets across \
         markets as well. Delta is the value of the coin that would move alike, gamma its change per 1 % rise of the \
         index, vega the gain per volatility point, theta the gain per day. The worst case is the one of the \
         scenarios that decides the requirement; of the loss in an extreme move only a part counts.",
    );
    screen.say(
        "Books in a single market ask for the same in cross and portfolio mode. In several, the joint scenario moves all \
         markets of a group together, give or take a window, and a gain in one offsets a part of the loss in another.",
    );
}

fn row(table: &mut Table, portfolios: &[Portfolio], name: &str, style: Style, text: impl Fn(&Portfolio) -> String) {
    let cells = portfolios.iter().map(|portfolio| Cell::styled(text(portfolio), style));
    table.row([Cell::styled(name, style)].into_iter().chain(cells));
}

fn by_mode(table: &mut Table, portfolios: &[Portfolio], name: &str, text: impl Fn(&Portfolio, usize) -> String) {
    for (mode, mode_name) in MODES.into_iter().enumerate() {
        let style = if mode_name == "portfolio" { STRONG } else { Style::new() };
        let cells = portfolios.iter().map(|portfolio| Cell::styled(text(portfolio, mode), style));
        table.row([Cell::styled(format!("{name}, {mode_name}"), style)].into_iter().chain(cells));
    }
}
