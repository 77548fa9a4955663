//! The chart of a backtest: a panel for every book with its requirements and losses over time, as one SVG file.
//!
//! The file follows the reader's choice of light or dark. Colours are those of Okabe and Ito, which the colour-blind
//! tell apart ("Color universal design", 2008), lightened where the ground is dark; modes differ in line width as well,
//! so that lines that coincide all stay visible.

mod axis;
mod panel;

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
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 12px; fill: #333333; }
.title { font-size: 18px; font-weight: 600; fill: #111111; }
.panel-title { font-size: 13px; font-weight: 600; fill: #111111; }
.ground { fill: #ffffff; }
.grid { stroke: #e3e3e3; stroke-width: 1; fill: none; }
.axis { stroke: #777777; stroke-width: 1; fill: none; }
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
  text { fill: #c8c8c8; }
  .title, .panel-title { fill: #f2f2f2; }
  .ground { fill: #16181d; }
  .grid { stroke: #2f333b; }
  .axis { stroke: #8a8f99; }
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
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>Margin requirements and losses over {horizon}</title>\n\
         <style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    svg += &text(MARGIN, MARGIN + 16.0, "title", "start", "Margin requirements and realised losses");
    let subtitle =
        format!("Every date: the book opened anew, what each mode requires of it, and what it lost within {horizon}.");
    svg += &text(MARGIN, MARGIN + 38.0, "", "start", &subtitle);
    svg += &legend(MARGIN, MARGIN + 64.0, width);
    svg + &panels + "</svg>\n"
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

/// A line of text at a point; `anchor` is start, middle or end.
fn text(x: f64, y: f64, class: &str, anchor: &str, content: &str) -> String {
    let content = escaped(content);
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\" text-anchor=\"{anchor}\">{content}</text>\n")
}

/// Text as XML takes it; characters that XML has no place for are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !character.is_control()) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}
