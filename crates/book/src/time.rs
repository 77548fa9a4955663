//! Moments: RFC 3339 timestamps and Unix seconds.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use crate::decimal::shortened;

/// A moment, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Unix seconds.
    pub unix_seconds: i64,
}

impl Moment {
    /// Reads Unix seconds, or a timestamp such as `2026-11-27T08:00:00Z`; fractions of a second are cut off.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(unix_seconds) = text.parse() {
            return Some(Self { unix_seconds });
        }
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let mut date = date.splitn(3, '-').map(number);
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let zone_at = time.find(['Z', 'z', '+', '-'])?;
        let (time, zone) = time.split_at(zone_at);
        let mut parts = time.split('.').next()?.split(':').map(number);
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let offset = match zone.as_bytes().first()? {
            b'Z' | b'z' if zone.len() == 1 => 0,
            sign @ (b'+' | b'-') => {
                let (hours, minutes) = zone.get(1..)?.split_once(':')?;
                let offset = number(hours)? * 3_600 + number(minutes)? * 60;
                if *sign == b'-' { -offset } else { offset }
            }
            _ => return None,
        };
        let is_valid = parts.next().is_none()
            && (1..=9_999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 61;
        let days = days_since_epoch(year, month, day);
        is_valid.then_some(Self { unix_seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset })
    }
}

fn number(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, in the proleptic Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let past_years = year - 1;
    let leap_days = past_years / 4 - past_years / 100 + past_years / 400;
    let before_year = past_years * 365 + leap_days - 719_162;
    before_year + (1..month).map(|past| days_of(year, past)).sum::<i64>() + day - 1
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        Self::parse(text.trim_matches('"')).ok_or_else(|| {
            D::Error::custom(format_args!(
                "expected a timestamp such as \"2026-11-27T08:00:00Z\" or Unix seconds, got {}",
                shortened(text)
            ))
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A timestamp as in RFC 3339, such as \"2026-11-27T08:00:00Z\", or Unix seconds.",
            "anyOf": [
                { "type": "integer" },
                { "type": "string", "format": "date-time" },
                { "type": "string", "pattern": "^[0-9]+$" }
            ]
        })
    }
}
