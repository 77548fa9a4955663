//! Points in time, as price files and options state them.

use time::{
    Date, OffsetDateTime, PrimitiveDateTime, format_description::well_known::Rfc3339, macros::format_description,
};

/// What [`parse`] takes, for messages.
pub const EXPECTED: &str = "a date such as 2026-01-31, a time such as 2026-01-31T08:00:00Z \
                            or 2026-01-31 08:00:00 (UTC), or Unix seconds or milliseconds";

/// From this number on a plain one counts milliseconds: as seconds it would lie after the year 5000.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Unix seconds of a date (midnight, UTC), a time, or a plain number of seconds or milliseconds.
pub fn parse(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        let seconds = if number >= MILLISECONDS_FROM { number / 1_000 } else { number };
        return (seconds > 0).then_some(seconds);
    }
    let spaced = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let date = format_description!("[year]-[month]-[day]");
    let time = if let Ok(date) = Date::parse(text, date) {
        date.midnight().assume_utc()
    } else if let Ok(time) = PrimitiveDateTime::parse(text, spaced) {
        time.assume_utc()
    } else {
        OffsetDateTime::parse(text, &Rfc3339).ok()?
    };
    Some(time.unix_timestamp()).filter(|&seconds| seconds > 0)
}

/// The date of a point in time, such as 2026-01-31.
pub fn date(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| seconds.to_string(), |time| time.date().to_string())
}

/// The year of a point in time and its month from 1 to 12.
pub fn year_and_month(seconds: i64) -> (i32, u8) {
    OffsetDateTime::from_unix_timestamp(seconds).map_or((1970, 1), |time| (time.year(), u8::from(time.month())))
}

/// Unix seconds of the first of a month, which may be counted beyond 12.
pub fn month_start(year: i32, month: u32) -> Option<i64> {
    let year = year.checked_add(i32::try_from((month.checked_sub(1)?) / 12).ok()?)?;
    let month = time::Month::try_from(((month - 1) % 12 + 1) as u8).ok()?;
    Some(Date::from_calendar_date(year, month, 1).ok()?.midnight().assume_utc().unix_timestamp())
}
