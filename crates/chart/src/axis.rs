//! Where an axis of amounts has its marks, and what they say.

/// Fewest marks of the axis.
const MARKS: f64 = 4.0;

/// A mark: where on the axis, and its label.
pub type Mark = (f64, String);

/// The distance between two marks from zero to an amount: one, two or five times a power of ten.
pub(crate) fn amount_step(largest: f64) -> f64 {
    let rough = (largest / MARKS).max(1e-6);
    let power = 10_f64.powf(rough.log10().floor());
    let multiple = [5.0, 2.0].into_iter().find(|multiple| multiple * power <= rough).unwrap_or(1.0);
    multiple * power
}

/// An amount as short as its step allows: 12.5k, 800.
pub(crate) fn amount_label(amount: f64, step: f64) -> String {
    if amount == 0.0 {
        "0".to_owned()
    } else if step >= 1_000.0 {
        format!("{:.0}k", amount / 1_000.0)
    } else if amount >= 1_000.0 {
        format!("{:.1}k", amount / 1_000.0)
    } else {
        format!("{amount:.0}")
    }
}
