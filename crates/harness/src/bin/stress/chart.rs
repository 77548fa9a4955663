//! The chart: for every scenario who is below maintenance margin over time, what liquidation has cost, the bad debt, and
//! what others have made good, a line for every policy.
//!
//! Colours are those of Okabe and Ito, which the colour-blind tell apart ("Color universal design", 2008); lines that
//! coincide stay visible by their widths.
#![allow(clippy::float_arithmetic)]

use ballast_chart::{Frame, Mark, page, text};

use crate::{
    policies,
    results::{RunResult, Sample},
    scenarios::MINUTE,
};

/// Width and height of a panel with its axes.
const PANEL: (f64, f64) = (430.0, 230.0);
/// Space left of, above, right of and below a plot.
const INSETS: (f64, f64, f64, f64) = (52.0, 34.0, 18.0, 34.0);
/// Space around everything.
const MARGIN: f64 = 20.0;
/// Height of titles and legend.
const HEADER: f64 = 84.0;
/// Space above the highest value, as a share of it.
const HEADROOM: f64 = 1.08;
/// Least that the axis of amounts reaches.
const LEAST: f64 = 5.0;
/// Most marks of the time axis.
const MARKS: u64 = 6;

const STYLE: &str = "
.line { fill: none; stroke-linejoin: round; }
.policy-0 { stroke: #d55e00; stroke-width: 1.2; }
.policy-1 { stroke: #0072b2; stroke-width: 2; }
.policy-2 { stroke: #009e73; stroke-width: 2.8; }
.policy-3 { stroke: #e69f00; stroke-width: 3.6; }
@media (prefers-color-scheme: dark) {
  .policy-1 { stroke: #56b4e9; }
}
";

/// What a column of panels shows.
struct Column {
    title: &'static str,
    unit: &'static str,
    value: fn(&Sample) -> f64,
}

const COLUMNS: [Column; 4] = [
    Column { title: "accounts below maintenance margin", unit: "", value: |sample| sample.below as f64 },
    Column { title: "cost of liquidation so far", unit: "USD", value: |sample| sample.cost as f64 / 1e6 },
    Column { title: "bad debt", unit: "USD", value: |sample| sample.bad_debt as f64 / 1e6 },
    Column { title: "made good by others so far", unit: "USD", value: |sample| sample.made_good as f64 / 1e6 },
];

/// Draws all runs; those of one scenario follow each other.
pub fn render(runs: &[RunResult]) -> String {
    let mut svg = text(MARGIN, MARGIN + 16.0, "title", "start", "Crashes and how accounts were liquidated");
    svg += &legend();
    let mut top = MARGIN + HEADER;
    for scenario in runs.chunk_by(|one, other| one.scenario == other.scenario) {
        for (place, column) in COLUMNS.iter().enumerate() {
            svg += &panel(scenario, column, (MARGIN + PANEL.0 * place as f64, top));
        }
        top += PANEL.1;
    }
    let size = (2.0 * MARGIN + PANEL.0 * COLUMNS.len() as f64, top + MARGIN);
    page(
        size,
        "Accounts below maintenance margin, cost of liquidation, bad debt and what others made good over time",
        STYLE,
        &svg,
    )
}

/// Draws the widest lines first.
fn policies() -> impl Iterator<Item = (usize, &'static str)> {
    policies::ALL.iter().map(|policy| policy.name).enumerate().rev()
}

fn legend() -> String {
    let mut svg = String::from("<g class=\"legend\">\n");
    let (mut x, y) = (MARGIN, MARGIN + 44.0);
    for (index, policy) in policies() {
        svg += &format!("<path class=\"line policy-{index}\" d=\"M{x} {y}h24\"/>\n");
        svg += &text(x + 30.0, y + 4.0, "", "start", policy);
        x += 150.0;
    }
    svg + "</g>\n"
}

fn panel(runs: &[RunResult], column: &Column, corner: (f64, f64)) -> String {
    let samples = || runs.iter().flat_map(|run| &run.samples);
    let last = samples().map(|sample| sample.slot).max().unwrap_or(0);
    let highest = samples().map(column.value).fold(0.0, f64::max);
    let (left, top, right, bottom) = INSETS;
    let frame = Frame {
        left: corner.0 + left,
        top: corner.1 + top,
        width: PANEL.0 - left - right,
        height: PANEL.1 - top - bottom,
        span: (0.0, last as f64),
        highest: highest.max(LEAST) * HEADROOM,
    };
    let title = format!("{}: {}", runs[0].scenario, column.title);
    let mut svg = String::from("<g class=\"panel\">\n");
    svg += &text(frame.left, frame.top - 14.0, "panel-title", "start", &title);
    svg += &frame.axes(column.unit, &time_marks(last));
    for (index, policy) in policies() {
        if let Some(run) = runs.iter().find(|run| run.policy == policy) {
            svg += &line(&frame, &run.samples, column, index);
        }
    }
    svg + "</g>\n"
}

/// Marks at whole minutes, few enough to be read.
fn time_marks(last: u64) -> Vec<Mark> {
    let minutes = last / MINUTE;
    let step = minutes / MARKS + 1;
    (0..=minutes).step_by(step as usize).map(|minute| ((minute * MINUTE) as f64, format!("{minute} min"))).collect()
}

fn line(frame: &Frame, samples: &[Sample], column: &Column, index: usize) -> String {
    let points = samples.iter().map(|sample| {
        let (x, y) = (frame.x(sample.slot as f64), frame.y((column.value)(sample)));
        format!("{x:.1} {y:.1}")
    });
    let path = points.collect::<Vec<_>>().join("L");
    format!("<path class=\"line policy-{index}\" d=\"M{path}\"/>\n")
}
