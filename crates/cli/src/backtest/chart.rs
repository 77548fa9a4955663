//! The chart of a backtest: a panel for every book with its requirements and losses over time, as one SVG file.
//!
//! The file follows the reader's choice of light or dark. Colours are those of Okabe and Ito, which the colour-blind
//! tell apart ("Color universal design", 2008), lightened where the ground is dark; modes differ in line width as well,
//! so that lines that coincide all stay visible.

mod axis;
mod panel;

use ballast_chart::text;
use ballast_risk::Mode;

use super::{
    history::History,
    replay::BookResult,
    report::mode_name,
    settings::{Settings, describe_duration},
};
use panel::Panel;

/// Width of a panel with its axes, by the number of columns.
const PANEL_WIDTHS: [f64; 3] = [760.0, 560.0, 460.0];
/// Height of a panel with its axes.
const PANEL_HEIGHT: f64 = 270.0;
/// Space around everything.
const MARGIN: f64 = 20.0;
/// Height of titles and legend.
const HEADER: f64 = 112.0;

const STYLE: &str = "
.loss { stroke: #9a9a9a; fill: none; }
.initial, .maintenance { fill: none; stroke-linejoin: round; }
.initial.isolated { stroke-width: 3.6; }
.initial.cross { stroke-width: 2.2; }
.initial.portfolio { stroke-width: 1.1; }
.maintenance { stroke-width: 1; stroke-dasharray: 2 3; }
.isolated { stroke: #e69f00; }
.cross { stroke: #0072b2; }
.portfolio { stroke: #111111; }
.exceedance { stroke-width: 1.8; fill: #ffffff; }
.exceedance.beyond-initial { stroke: #ffffff; stroke-width: 1; }
.beyond-initial.isolated { fill: #e69f00; }
.beyond-initial.cross { fill: #0072b2; }
.beyond-initial.portfolio { fill: #111111; }
@media (prefers-color-scheme: dark) {
  .loss { stroke: #7d828c; }
  .cross { stroke: #56b4e9; }
  .portfolio { stroke: #f2f2f2; }
  .exceedance { fill: #16181d; }
  .exceedance.beyond-initial { stroke: #16181d; }
  .beyond-initial.cross { fill: #56b4e9; }
  .beyond-initial.portfolio { fill: #f2f2f2; }
}
";

/// Draws all books: those of a kind side by side.
pub fn render(history: &History, settings: &Settings, results: &[BookResult]) -> String {
    let kinds = || results.chunk_by(|one, other| one.book.name == other.book.name);
    let columns = kinds().map(<[BookResult]>::len).max().unwrap_or(1).min(PANEL_WIDTHS.len());
    let panel_width = PANEL_WIDTHS[columns - 1];
    let mut panels = String::new();
    let mut top = MARGIN + HEADER;
    for row in kinds().flat_map(|kind| kind.chunks(columns)) {
        for (column, result) in row.iter().enumerate() {
            let corner = (MARGIN + panel_width * column as f64, top);
            panels += &Panel::new(result, history, corner, (panel_width, PANEL_HEIGHT)).render();
        }
        top += PANEL_HEIGHT;
    }
    let (width, height) = (2.0 * MARGIN + panel_width * columns as f64, top + MARGIN);
    let horizon = describe_duration(settings.horizon);
    let mut svg = String::new();
    svg += &text(MARGIN, MARGIN + 16.0, "title", "start", "Margin requirements and realised losses");
    let subtitle =
        format!("Every date: the book opened anew, what each mode requires of it, and what it lost within {horizon}.");
    svg += &text(MARGIN, MARGIN + 38.0, "", "start", &subtitle);
    svg += &legend(MARGIN, MARGIN + 64.0, width);
    svg += &panels;
    ballast_chart::page((width, height), &format!("Margin requirements and losses over {horizon}"), STYLE, &svg)
}

/// Explains lines, bars and marks: in one row, or in two on a narrow page.
fn legend(left: f64, top: f64, width: f64) -> String {
    let mut svg = String::from("<g class=\"legend\">\n");
    let (mut x, mut y) = (left, top);
    for mode in Mode::ALL {
        let name = mode_name(mode);
        svg += &format!("<path class=\"initial {name}\" d=\"M{x} {y}h24\"/>\n");
        svg += &text(x + 30.0, y + 4.0, "", "start", &format!("initial, {name}"));
        x += 142.0;
    }
    svg += &format!("<path class=\"maintenance cross\" d=\"M{x} {y}h24\"/>\n");
    svg += &text(x + 30.0, y + 4.0, "", "start", "maintenance, same colours");
    if width < 1_300.0 {
        (x, y) = (left, y + 22.0);
    } else {
        x += 220.0;
    }
    svg += &format!("<path class=\"loss\" stroke-width=\"2\" d=\"M{x} {}v-12m5 12v-7m5 7v-10\"/>\n", y + 6.0);
    svg += &text(x + 20.0, y + 4.0, "", "start", "loss");
    x += 72.0;
    svg += &format!("<circle class=\"exceedance beyond-initial cross\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>\n");
    svg += &text(x + 10.0, y + 4.0, "", "start", "beyond initial");
    x += 118.0;
    svg += &format!("<circle class=\"exceedance cross\" cx=\"{x}\" cy=\"{y}\" r=\"4\"/>\n");
    svg += &text(x + 10.0, y + 4.0, "", "start", "beyond maintenance only (colour: strictest mode exceeded)");
    svg + "</g>\n"
}
