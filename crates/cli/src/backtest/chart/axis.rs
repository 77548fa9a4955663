//! Where an axis has its marks, and what they say.

use super::super::timestamp;

const DAY: i64 = 86_400;
/// Most marks of the time axis.
const TIME_MARKS: i64 = 7;
/// Fewest marks of the axis of amounts.
const AMOUNT_MARKS: f64 = 4.0;
/// Months between two marks, of which the first that leaves few enough is taken.
const MONTHS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];

/// A mark: where on the axis, and its label.
pub type Mark = (f64, String);

/// The distance between two marks from zero to an amount: one, two or five times a power of ten.
pub fn amount_step(largest: f64) -> f64 {
    let rough = (largest / AMOUNT_MARKS).max(1e-6);
    let power = 10_f64.powf(rough.log10().floor());
    let multiple = [5.0, 2.0].into_iter().find(|multiple| multiple * power <= rough).unwrap_or(1.0);
    multiple * power
}

/// An amount as short as its step allows: 12.5k, 800.
pub fn amount_label(amount: f64, step: f64) -> String {
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

/// Marks from one point in time to another: first days of months, or days if the time is short.
pub fn time_marks(from: i64, to: i64) -> Vec<Mark> {
    let span = (to - from).max(1);
    let months = span / (30 * DAY);
    if months < 3 {
        let step = DAY * (span / DAY / TIME_MARKS + 1);
        let first = from.div_euclid(DAY) * DAY;
        let days = (0..).map(|index| first + index * step).skip_while(|&time| time < from);
        return days.take_while(|&time| time <= to).map(|time| (time as f64, timestamp::date(time))).collect();
    }
    let step = MONTHS.into_iter().find(|&step| months / i64::from(step) <= TIME_MARKS).unwrap_or(240);
    let (year, _) = timestamp::year_and_month(from);
    let year = year - year.rem_euclid((step / 12).max(1) as i32);
    let starts = (0..).map_while(|index| timestamp::month_start(year, 1 + index * step));
    let inside = starts.skip_while(|&time| time < from).take_while(|&time| time <= to);
    let label = |time: i64| {
        if step >= 12 { timestamp::date(time)[..4].to_owned() } else { timestamp::date(time)[..7].to_owned() }
    };
    inside.map(|time| (time as f64, label(time))).collect()
}
