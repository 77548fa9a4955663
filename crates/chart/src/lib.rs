//! What charts have in common: a page, text, and frames with their axes, as SVG.
//!
//! A file needs nothing else and follows the reader's choice of light or dark. Everything is computed with floating
//! point: nobody's margin depends on where a line is drawn.
#![allow(clippy::float_arithmetic)]

mod axis;
mod frame;

pub use axis::Mark;
pub use frame::Frame;

/// How text, ground, grid and axes look.
const STYLE: &str = "
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 12px; fill: #333333; }
.title { font-size: 18px; font-weight: 600; fill: #111111; }
.panel-title { font-size: 13px; font-weight: 600; fill: #111111; }
.ground { fill: #ffffff; }
.grid { stroke: #e3e3e3; stroke-width: 1; fill: none; }
.axis { stroke: #777777; stroke-width: 1; fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #c8c8c8; }
  .title, .panel-title { fill: #f2f2f2; }
  .ground { fill: #16181d; }
  .grid { stroke: #2f333b; }
  .axis { stroke: #8a8f99; }
}
";

/// A page of this size with a title that screen readers read, a style of its own beside the common one, and a content.
pub fn page((width, height): (f64, f64), title: &str, style: &str, content: &str) -> String {
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{title}</title>\n\
         <style>{STYLE}{style}</style>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n\
         {content}</svg>\n"
    )
}

/// A line of text at a point; `anchor` is start, middle or end.
pub fn text(x: f64, y: f64, class: &str, anchor: &str, content: &str) -> String {
    let content = escaped(content);
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\" text-anchor=\"{anchor}\">{content}</text>\n")
}

/// Text as XML takes it; characters that XML has no place for are left out.
pub fn escaped(text: &str) -> String {
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
