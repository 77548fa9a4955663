//! The panel of one book.

use std::fmt::Write;

use ballast_chart::{Frame, escaped, text};
use ballast_risk::{MicroUsd, Mode};

use super::{
    super::{
        history::History,
        replay::{BookResult, Observation},
        report::mode_name,
        statistics::{Kind, dollars},
        table::grouped,
    },
    axis,
};

/// Space left of, above, right of and below the plot.
const INSETS: (f64, f64, f64, f64) = (52.0, 30.0, 18.0, 34.0);
/// Space above the highest value, as a share of it.
const HEADROOM: f64 = 1.08;

/// Isolated requirements this many times above everything else are left out: nothing else could be read beside them.
const OUT_OF_PROPORTION: f64 = 5.0;

/// One book on its way into a picture.
pub struct Panel<'a> {
    result: &'a BookResult,
    history: &'a History,
    title: String,
    frame: Frame,
    times: (i64, i64),
    /// The modes that are drawn.
    modes: &'static [Mode],
}

impl<'a> Panel<'a> {
    /// A panel with its upper left corner and its size.
    pub fn new(result: &'a BookResult, history: &'a History, corner: (f64, f64), size: (f64, f64)) -> Self {
        let (left, top, right, bottom) = INSETS;
        let observations = &result.observations;
        let time = |observation: Option<&Observation>| observation.map_or(0, |seen| history.rows[seen.opened].time);
        let highest_of =
            |value: fn(&Observation) -> MicroUsd| observations.iter().map(value).max().map_or(0.0, dollars);
        let isolated = highest_of(|seen| seen.initial[Mode::Isolated as usize]);
        let others = highest_of(|seen| seen.initial[Mode::Cross as usize].max(seen.loss));
        let (highest, modes) = if isolated > OUT_OF_PROPORTION * others {
            (others, &[Mode::Cross, Mode::Portfolio][..])
        } else {
            (isolated.max(others), &Mode::ALL[..])
        };
        let times = (time(observations.first()), time(observations.last()));
        Self {
            result,
            history,
            title: result.book.title(&history.assets),
            frame: Frame {
                left: corner.0 + left,
                top: corner.1 + top,
                width: size.0 - left - right,
                height: size.1 - top - bottom,
                span: (times.0 as f64, times.1 as f64),
                highest: highest.max(1.0) * HEADROOM,
            },
            times,
            modes,
        }
    }

    /// The panel as SVG.
    pub fn render(&self) -> String {
        let Frame { left, top, width, .. } = self.frame;
        let mut svg = String::from("<g class=\"panel\">\n");
        svg += &text(left, top - 12.0, "panel-title", "start", &self.title);
        if !self.modes.contains(&Mode::Isolated) {
            svg += &text(left + width, top - 12.0, "", "end", &self.isolated_range());
        }
        svg += &self.frame.axes("USD", &axis::time_marks(self.times.0, self.times.1));
        svg += &self.losses();
        for kind in [Kind::Initial, Kind::Maintenance] {
            for &mode in self.modes {
                svg += &self.line(mode, kind);
            }
        }
        svg += &self.exceedances();
        svg + "</g>\n"
    }

    /// What stands in place of isolated requirements that are out of proportion.
    fn isolated_range(&self) -> String {
        let amounts = || self.result.observations.iter().map(|seen| seen.initial[Mode::Isolated as usize]);
        let (low, high) = (amounts().min().unwrap_or_default(), amounts().max().unwrap_or_default());
        format!("isolated {} to {}, not drawn", grouped(dollars(low)), grouped(dollars(high)))
    }

    fn x_of(&self, observation: &Observation) -> f64 {
        self.frame.x(self.history.rows[observation.opened].time as f64)
    }

    /// Groups of observations that share a pixel, with its place.
    fn columns(&self) -> impl Iterator<Item = (f64, &'a [Observation])> {
        let column = |observation: &Observation| self.x_of(observation).round();
        let groups = self.result.observations.chunk_by(move |one, other| column(one) == column(other));
        groups.map(|group| (self.x_of(&group[0]), group))
    }

    /// A bar for every loss, the deepest of those that share a pixel; gains have none.
    fn losses(&self) -> String {
        let mut path = String::new();
        for (x, group) in self.columns() {
            let loss = group.iter().map(|observation| dollars(observation.loss)).fold(0.0, f64::max);
            let (from, to) = (self.frame.y(0.0), self.frame.y(loss));
            if from - to >= 0.1 {
                append(&mut path, format_args!("M{x:.1} {from:.1}V{to:.1}"));
            }
        }
        let spacing = self.frame.width / self.result.observations.len().max(1) as f64;
        format!("<path class=\"loss\" stroke-width=\"{:.1}\" d=\"{path}\"/>\n", (spacing * 0.6).clamp(1.0, 6.0))
    }

    /// A requirement over time; where dates share a pixel, from the lowest to the highest of theirs.
    fn line(&self, mode: Mode, kind: Kind) -> String {
        let mut path = String::new();
        // The last point, and whether it is still to be written: of a flat stretch only both ends are.
        let mut last: Option<(f64, String, bool)> = None;
        for (x, group) in self.columns() {
            let amounts = || group.iter().map(|observation| dollars(kind.of(observation, mode)));
            let (low, high) = amounts().fold((f64::INFINITY, 0.0), |(low, high), x| (low.min(x), x.max(high)));
            let (low, high) = (format!("{:.1}", self.frame.y(low)), format!("{:.1}", self.frame.y(high)));
            match last.take() {
                None => append(&mut path, format_args!("M{x:.1} {low}")),
                Some((_, y, _)) if y == low && y == high => {
                    last = Some((x, y, true));
                    continue;
                }
                Some((before, _, is_pending)) => {
                    if is_pending {
                        append(&mut path, format_args!("H{before:.1}"));
                    }
                    append(&mut path, format_args!("L{x:.1} {low}"));
                }
            }
            if low != high {
                append(&mut path, format_args!("V{high}"));
            }
            last = Some((x, high, false));
        }
        if let Some((x, _, true)) = last {
            append(&mut path, format_args!("H{x:.1}"));
        }
        let kind = if kind == Kind::Initial { "initial" } else { "maintenance" };
        format!("<path class=\"{kind} {}\" d=\"{path}\"/>\n", mode_name(mode))
    }

    /// A mark for every loss beyond a requirement: of the strictest mode that it went beyond, filled if that was the
    /// initial requirement.
    fn exceedances(&self) -> String {
        let mut svg = String::new();
        for observation in &self.result.observations {
            let beyond = |kind: Kind| Mode::ALL.into_iter().find(|&mode| observation.loss > kind.of(observation, mode));
            let (class, mode) = match (beyond(Kind::Initial), beyond(Kind::Maintenance)) {
                (Some(mode), _) => ("exceedance beyond-initial", mode),
                (None, Some(mode)) => ("exceedance", mode),
                (None, None) => continue,
            };
            let (x, y) = (self.x_of(observation), self.frame.y(dollars(observation.loss)));
            let date = &self.history.rows[observation.opened].label;
            let tip = escaped(&format!("{date}: loss {:.0} USD", dollars(observation.loss)));
            append(
                &mut svg,
                format_args!(
                    "<circle class=\"{class} {}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{tip}</title></circle>\n",
                    mode_name(mode)
                ),
            );
        }
        svg
    }
}

/// Appends to a text, which cannot fail.
fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}
