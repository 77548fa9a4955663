//! The report as a table for a terminal.

use super::{
    report::{ModeResult, Report},
    settings::describe_duration,
    statistics::{Exceedances, Requirement},
};

/// Width of the column of books.
const BOOK_WIDTH: usize = 22;

/// The table, with what it is about above it and how to read it below.
pub fn render(report: &Report) -> String {
    let settings = &report.settings;
    let dates = report.results.first().map_or(0, |result| result.dates);
    let mut text = format!(
        "{}: {dates} dates from {} to {}, losses over {}, legs of standard books {} USD\n\n",
        report.prices.file,
        settings.first,
        settings.last,
        describe_duration(settings.horizon_seconds),
        grouped(f64::from(settings.notional)),
    );
    text += &format!(
        "{:BOOK_WIDTH$} {:<9}  {:^49}  {:^22}  {:^22}\n",
        "", "", "initial requirement", "loss beyond initial", "loss beyond maintenance"
    );
    text += &format!(
        "{:BOOK_WIDTH$} {:<9}  {:>9} {:>9} {:>8} {:>10} {:>9}  {:>5} {:>7} {:>8}  {:>5} {:>7} {:>8}\n",
        "book",
        "mode",
        "average",
        "largest",
        "of gross",
        "daily rise",
        "peak/low",
        "times",
        "share",
        "worst",
        "times",
        "share",
        "worst"
    );
    let mut previous = String::new();
    for result in &report.results {
        let book = format!("{} {}", result.assets.join("/"), result.book);
        let shown = if book == previous { "" } else { &book };
        text += &line(shown, result);
        previous.clone_from(&book);
    }
    text += &footer(report);
    text
}

fn line(book: &str, result: &ModeResult) -> String {
    let Requirement { average, largest, efficiency, largest_daily_rise, peak_to_trough, .. } = &result.initial;
    let rise = largest_daily_rise.as_ref().map_or_else(|| "-".to_owned(), |rise| per_cent(rise.share, 1));
    format!(
        "{book:BOOK_WIDTH$} {:<9}  {:>9} {:>9} {:>8} {rise:>10} {peak_to_trough:>9.2}  {}  {}\n",
        result.mode,
        grouped(*average),
        grouped(*largest),
        per_cent(*efficiency, 1),
        exceedances(&result.initial.exceedances),
        exceedances(&result.maintenance.exceedances),
    )
}

fn exceedances(exceedances: &Exceedances) -> String {
    let worst = exceedances.worst.as_ref().map_or_else(|| "-".to_owned(), |worst| per_cent(worst.excess_share, 1));
    format!("{:>5} {:>7} {worst:>8}", exceedances.count, per_cent(exceedances.share, 2))
}

fn footer(report: &Report) -> String {
    let expected = report.results.first().map_or(0.0, |result| result.initial.exceedances.expected);
    let target = per_cent(report.settings.target, 1);
    format!(
        "\nRequirements in USD. Daily rise: the largest from a date to the next day. Worst: how far the deepest loss\n\
         went beyond the requirement, as a share of it. A requirement that holds on {target} of dates is exceeded\n\
         {expected:.1} times on average.\n"
    )
}

fn per_cent(share: f64, decimals: usize) -> String {
    format!("{:.decimals$} %", share * 100.0)
}

/// A number without decimals, in groups of three digits.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}
