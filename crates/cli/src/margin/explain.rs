//! The calculation of a report, step by step, with the numbers used.

use ballast_book::{
    Decimal, Report,
    report::{ExpiryReport, MarketReport, ModeReport, PositionReport, RateReport},
};

use super::text::{binding, own_mode, position_name};
use crate::screen::{Cell, STRONG, Table, exact, heading, number, percent, say, usd};

/// Writes the steps.
pub fn print(report: &Report) {
    let Some(own) = own_mode(report) else { return };
    heading("How it is calculated");
    for market in &report.markets {
        marks(market);
        scenarios(market);
        binding_scenario(market);
        charges(market);
    }
    aggregation(report, own);
    requirements(report, own);
    excess(report, own);
}

fn step(title: &str) {
    anstream::println!();
    anstream::println!("{STRONG}{title}{STRONG:#}");
}

fn marks(market: &MarketReport) {
    step(&format!("{}: marks", market.market));
    say(&format!(
        "Index S = {}. A tick is 10^-{} USD, a lot 10^-{}.",
        exact(market.price),
        market.price_decimals,
        market.quantity_decimals
    ));
    for expiry in &market.expiries {
        self::expiry(expiry);
    }
    let options: Vec<_> = market.positions.iter().filter(|position| position.volatilities.is_some()).collect();
    if !options.is_empty() {
        say("Options, Black-76 at their own volatility, and that volatility in the three rows:");
        let mut table = Table::with_headings(["option", "mark", "quantity", "value", "σ up", "σ flat", "σ down"]);
        for option in options {
            let [up, flat, down] = option.volatilities.unwrap_or_default();
            table.text([
                position_name(option),
                optional(option.mark, |mark| number(mark, 6)),
                optional(option.quantity, exact),
                usd(option.value),
                number(up, 6),
                number(flat, 6),
                number(down, 6),
            ]);
        }
        table.print();
    }
    for position in market.positions.iter().filter(|position| position.volatilities.is_none()) {
        say(&format!("{}: unsettled profit {}.", position_name(position), usd(position.value)));
    }
}

fn optional(value: Option<Decimal>, show: impl Fn(Decimal) -> String) -> String {
    value.map(show).unwrap_or_default()
}

fn expiry(expiry: &ExpiryReport) {
    let bound = if expiry.valuation == "european" { String::new() } else { format!(" ({})", expiry.valuation) };
    let fixed = if expiry.moving_forward == expiry.forward {
        String::new()
    } else {
        format!(", of which {} still moves", number(expiry.moving_forward, 6))
    };
    let volatility = optional(expiry.at_the_money, |volatility| format!("; σ at the money {}", number(volatility, 6)));
    say(&format!(
        "Expiry {}{bound}: T = {} s = {} years; F = {}{fixed}; r = {}, D = {}{volatility}.",
        expiry.expiry,
        expiry.seconds,
        number(expiry.years, 9),
        number(expiry.forward, 6),
        number(expiry.rate, 6),
        number(expiry.discount, 9),
    ));
}

fn scenarios(market: &MarketReport) {
    step(&format!("{}: scenarios", market.market));
    let core = market.matrix.core_nodes;
    say(&format!(
        "Core grid: {core} moves at equal steps from -{0} to +{0}; {1} tails. Losses of tails count by their weight.",
        percent(market.scan_range, 2),
        market.matrix.moves.len() - core
    ));
    for expiry in &market.expiries {
        let [up, down] = expiry.volatility_multipliers;
        say(&format!(
            "Expiry {}: volatility × {} up, × {} down; in a scenario a positive value counts × {}, a negative one \
             × {}, beside the discount factor.",
            expiry.expiry,
            number(up, 6),
            number(down, 6),
            number(expiry.long_factor, 9),
            number(expiry.short_factor, 9),
        ));
        if expiry.is_near {
            say("It is so near that its strikes within the scan range are scenarios of their own, at intrinsic value.");
        }
    }
}

fn binding_scenario(market: &MarketReport) {
    step(&format!("{}: binding scenario", market.market));
    if market.scan_loss.is_zero() {
        return say("No scenario loses anything.");
    }
    say(&format!("{}: loss {}.", capital(&binding(&market.binding)), usd(market.scan_loss)));
    match market.binding.row {
        "skew" => say(&format!(
            "Losses of the skew scenarios: linear {}, absolute {}.",
            usd(market.skew_losses[0]),
            usd(market.skew_losses[1])
        )),
        "basis" => say(&format!("Loss to the basis shocks of all expiries: {}.", usd(market.basis_loss))),
        _ => contributions(market),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Profits of positions in the binding scenario of the grid, and what they do not add up to.
fn contributions(market: &MarketReport) {
    let mut table = Table::with_headings(["by itself", "weighted profit"]);
    let mut sum = Sum::default();
    let row = |position: &PositionReport, profit: Decimal| [position_name(position), usd(profit)];
    for position in &market.positions {
        if let Some(profit) = position.binding_profit {
            table.text(row(position, profit));
            sum.add(profit);
        }
    }
    if !market.hedge_value.is_zero() {
        let price_move = market.binding.price_move.unwrap_or_default();
        let weight = market.binding.weight.unwrap_or_default();
        let profit = product(product(market.hedge_value, price_move), weight);
        table.text(["declared hedge".to_owned(), usd(profit)]);
        sum.add(profit);
    }
    let rest = Sum::of([market.scan_loss.negated(), sum.total().negated()]).total();
    table.text(["netting, discounts and error bounds".to_owned(), usd(rest)]);
    table.row([Cell::styled("market", STRONG), Cell::styled(usd(market.scan_loss.negated()), STRONG)]);
    table.print();
    if market.expiries.len() > 1 {
        let parts = market
            .expiries
            .iter()
            .filter_map(|expiry| expiry.binding_profit.map(|profit| format!("{} {}", expiry.expiry, usd(profit))));
        say(&format!("By expiry: {}.", parts.collect::<Vec<_>>().join(", ")));
    }
}

fn product(one: Decimal, other: Decimal) -> Decimal {
    Decimal::new(i128::from(one.product_floor(other, 6).unwrap_or_default()), 6)
}

/// A sum of amounts with at most six decimals.
#[derive(Default)]
struct Sum(i64);

impl Sum {
    fn of(amounts: impl IntoIterator<Item = Decimal>) -> Self {
        let mut sum = Self::default();
        amounts.into_iter().for_each(|amount| sum.add(amount));
        sum
    }

    fn add(&mut self, amount: Decimal) {
        self.0 = self.0.saturating_add(amount.to_integer_floor(6).unwrap_or_default());
    }

    fn total(&self) -> Decimal {
        Decimal::new(i128::from(self.0), 6)
    }
}

fn charges(market: &MarketReport) {
    step(&format!("{}: charges", market.market));
    let (charges, rates) = (&market.charges, &market.rates);
    let RateReport { naked_short_maintenance, naked_short_initial, linear_maintenance, linear_initial, .. } = rates;
    let mut table = Table::with_headings(["charge", "rate", "amount"]);
    for (name, rate, amount) in [
        ("naked short options × S, maintenance", naked_short_maintenance, charges.naked_short_maintenance),
        ("naked short options × S, initial", naked_short_initial, charges.naked_short_initial),
        ("linear notional, maintenance", linear_maintenance, charges.linear_maintenance),
        ("linear notional, initial", linear_initial, charges.linear_initial),
    ] {
        table.text([name.to_owned(), percent(*rate, 2), usd(amount)]);
    }
    table.text([
        format!("confidence, quality {} against {}", exact(market.quality), exact(rates.confidence_threshold)),
        percent(rates.confidence, 2),
        usd(charges.confidence),
    ]);
    for (name, free, slope, cap, amount) in [
        ("delta", rates.delta_free, rates.delta_slope, rates.delta_cap, charges.delta_concentration),
        ("vega", rates.vega_free, rates.vega_slope, rates.vega_cap, charges.vega_concentration),
    ] {
        table.text([
            format!("{name} beyond {} USD", exact(free)),
            format!("{} per 10 M, to {}", percent(slope, 2), percent(cap, 2)),
            usd(amount),
        ]);
    }
    table.print();
}

fn aggregation(report: &Report, own: &ModeReport) {
    step("Across markets");
    match own.mode {
        "isolated" => say("Isolated: every position is revalued alone, and the losses add up."),
        "cross" => say("Cross: every market by itself, and the losses add up."),
        _ => say("Portfolio: markets of a group in their joint scenario; groups, and markets alone in theirs, add up."),
    }
    let mut parts = Vec::new();
    for market in own.markets.iter().filter(|market| !market.joined) {
        parts.push(format!("{} {}", market.market, usd(market.scan_loss)));
    }
    if own.mode == "portfolio" {
        for group in &report.groups {
            if let Some(loss) = group.loss {
                let counted = group.contributions.iter().map(|part| format!("{} {}", part.market, usd(part.counted)));
                let counted = counted.collect::<Vec<_>>().join(" + ");
                parts.push(format!("group \"{}\" {} ({counted})", group.group, usd(loss)));
            }
        }
    }
    say(&format!("Scan loss = {} = {}.", parts.join(" + "), usd(own.scan_loss)));
}

fn requirements(report: &Report, own: &ModeReport) {
    step("Requirements");
    let early = if own.early_exercise.is_zero() { String::new() } else { format!(" + {}", usd(own.early_exercise)) };
    say(&format!(
        "Initial = {} × {} + maintenance charges {} + initial charges {}{early} = {}.",
        exact(report.factors.initial.rounded(6)),
        usd(own.scan_loss),
        usd(own.charges.maintenance),
        usd(own.charges.initial),
        usd(own.initial_requirement)
    ));
    say(&format!(
        "Maintenance = {} × {} + maintenance charges {}{early} = {}.",
        exact(report.factors.maintenance),
        usd(own.maintenance_loss),
        usd(own.charges.maintenance),
        usd(own.maintenance_requirement)
    ));
}

fn excess(report: &Report, own: &ModeReport) {
    step("Excess");
    let equity = usd(report.equity.total);
    say(&format!(
        "Initial = equity {equity} - uncounted gains {} - initial haircuts {} - requirement {} = {}.",
        usd(own.uncounted_gain),
        usd(own.initial_haircut),
        usd(own.initial_requirement),
        usd(own.initial_excess)
    ));
    say(&format!(
        "Maintenance = equity {equity} - maintenance haircuts {} - requirement {} = {}.",
        usd(own.maintenance_haircut),
        usd(own.maintenance_requirement),
        usd(own.maintenance_excess)
    ));
    say(&format!(
        "Withdrawal = initial excess {} - {} that a withdrawal may not rely on = {}.",
        usd(own.initial_excess),
        usd(own.unwithdrawable),
        usd(own.withdrawal_excess)
    ));
}
