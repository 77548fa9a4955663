//! The frame of a plot: where a value lies on the page, and the axes.

use crate::{
    axis::{Mark, amount_label, amount_step},
    text,
};

/// A plot's place on the page and the values at its edges. Amounts begin at zero.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Value at the left edge and at the right one.
    pub span: (f64, f64),
    /// Amount at the upper edge.
    pub highest: f64,
}

impl Frame {
    /// Where a value lies from left to right.
    pub fn x(&self, value: f64) -> f64 {
        let (from, to) = self.span;
        self.left + self.width * (value - from) / (to - from).max(1.0)
    }

    /// Where an amount lies from top to bottom.
    pub fn y(&self, amount: f64) -> f64 {
        self.top + self.height * (1.0 - amount / self.highest)
    }

    /// Grid and labels of the amounts, with their unit above; the lower axis with its marks.
    pub fn axes(&self, unit: &str, marks: &[Mark]) -> String {
        let Self { left, top, width, height, highest, .. } = *self;
        let (right, bottom) = (left + width, top + height);
        let mut svg = text(left - 8.0, top - 12.0, "", "end", unit);
        let step = amount_step(highest);
        for mark in (0..).map(|index| f64::from(index) * step).take_while(|&amount| amount <= highest) {
            let y = self.y(mark);
            svg += &format!("<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>\n");
            svg += &text(left - 8.0, y + 4.0, "", "end", &amount_label(mark, step));
        }
        svg += &format!("<path class=\"axis\" d=\"M{left:.1} {bottom:.1}H{right:.1}\"/>\n");
        for (value, label) in marks {
            let x = self.x(*value);
            svg += &format!("<path class=\"axis\" d=\"M{x:.1} {bottom:.1}v5\"/>\n");
            svg += &text(x, bottom + 18.0, "", "middle", label);
        }
        svg
    }
}
