//! Where the time axis has its marks, and what they say.

use ballast_chart::Mark;

use super::super::timestamp;

const DAY: i64 = 86_400;
/// Most marks of the time axis.
const TIME_MARKS: i64 = 7;
/// Months between two marks, of which the first that leaves few enough is taken.
const MONTHS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];

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
