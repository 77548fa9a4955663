//! What a backtest is asked to do: the options, checked against the history.

use ballast_book::book::Preset;

use super::{Arguments, books, error::Error, history::History, template::Template, timestamp};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
const MINUTE: i64 = 60;
/// Longest horizon, seconds: well before the first expiry of a standard book.
const LONGEST_HORIZON: i64 = 14 * DAY;
/// Range of the size of a leg, USD: small enough to be free of concentration charges, which have thresholds in USD.
const NOTIONALS: std::ops::RangeInclusive<u32> = 1_000..=500_000;

/// The checked options.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a loss runs, seconds.
    pub horizon: i64,
    /// First point in time at which books are opened.
    pub start: i64,
    /// Last one.
    pub end: i64,
    /// Size of each leg, USD.
    pub notional: u32,
    /// Share of dates at which a requirement should hold, between 0 and 1 exclusive.
    pub target: f64,
    /// Class of every asset of the history.
    pub classes: Vec<Preset>,
    /// Books to replay.
    pub books: Vec<Template>,
}

impl Settings {
    /// Checks the options.
    ///
    /// # Errors
    /// [`Error::Option`].
    pub fn new(arguments: &Arguments, history: &History) -> Result<Self, Error> {
        let horizon = duration("--horizon", &arguments.horizon)?;
        if horizon > LONGEST_HORIZON {
            return Err(option("--horizon", &arguments.horizon, "at most 14d"));
        }
        if !NOTIONALS.contains(&arguments.notional) {
            return Err(option("--notional", &arguments.notional.to_string(), "1000 to 500000"));
        }
        if !(arguments.target > 0.0 && arguments.target < 1.0) {
            return Err(option("--target", &arguments.target.to_string(), "a share between 0 and 1"));
        }
        let point = |name, text: &Option<String>, otherwise| match text {
            Some(text) => timestamp::parse(text).ok_or_else(|| option(name, text, timestamp::EXPECTED)),
            None => Ok(otherwise),
        };
        let mut classes: Vec<Preset> = history.assets.iter().map(|asset| usual_class(asset)).collect();
        for text in &arguments.classes {
            let (asset, class) = class_of(text, &history.assets)?;
            classes[asset] = class;
        }
        let mut settings = Self {
            horizon,
            start: point("--start", &arguments.start, i64::MIN)?,
            end: point("--end", &arguments.end, i64::MAX)?,
            notional: arguments.notional,
            target: arguments.target,
            classes,
            books: Vec::new(),
        };
        if let Some(path) = &arguments.book {
            settings.books.push(Template::read(path, &history.assets, horizon)?);
        }
        if arguments.book.is_none() || !arguments.books.is_empty() {
            settings.add_standard_books(arguments, history)?;
        }
        Ok(settings)
    }

    fn add_standard_books(&mut self, arguments: &Arguments, history: &History) -> Result<(), Error> {
        let assets: Vec<_> = chosen_assets(&arguments.assets, &history.assets)?
            .into_iter()
            .map(|asset| (history.assets[asset].as_str(), self.classes[asset]))
            .collect();
        let before = self.books.len();
        for standard in chosen_books(&arguments.books)? {
            for book in standard.on_assets(&assets, self.notional) {
                let template = Template::new(standard.name, standard.holding, book, &history.assets, self.horizon);
                let failed = |source| Error::Book { path: standard.name.into(), source };
                self.books.push(template.map_err(failed)?);
            }
        }
        if self.books.len() == before {
            return Err(option("--books", &arguments.books.join(","), "a book of one asset, or two assets for a pair"));
        }
        Ok(())
    }
}

fn option(name: &'static str, value: &str, expected: &str) -> Error {
    Error::Option { name, value: value.to_owned(), expected: expected.to_owned() }
}

/// Seconds of a time such as 1d, 12h or 30m, above zero.
///
/// # Errors
/// [`Error::Option`] with the option's name.
pub fn duration(name: &'static str, text: &str) -> Result<i64, Error> {
    let unit = match text.chars().last() {
        Some('d') => DAY,
        Some('h') => HOUR,
        Some('m') => MINUTE,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|digits| digits.parse::<i64>().ok());
    number
        .and_then(|number| number.checked_mul(unit))
        .filter(|&seconds| seconds > 0)
        .ok_or_else(|| option(name, text, "a whole number and d, h or m, such as 1d"))
}

/// A time in the largest unit that divides it: 1 day, 36 hours.
pub fn describe_duration(seconds: i64) -> String {
    let (number, unit) = match seconds {
        seconds if seconds % DAY == 0 => (seconds / DAY, "day"),
        seconds if seconds % HOUR == 0 => (seconds / HOUR, "hour"),
        seconds if seconds % MINUTE == 0 => (seconds / MINUTE, "minute"),
        seconds => (seconds, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// The name of a class in options and reports.
pub fn class_name(class: Preset) -> &'static str {
    match class {
        Preset::Major => "major",
        Preset::Volatile => "volatile",
        Preset::Small => "small",
    }
}

fn usual_class(asset: &str) -> Preset {
    if ["BTC", "ETH"].iter().any(|major| major.eq_ignore_ascii_case(asset)) { Preset::Major } else { Preset::Volatile }
}

fn class_of(text: &str, assets: &[String]) -> Result<(usize, Preset), Error> {
    let fault = || option("--class", text, "ASSET=major, ASSET=volatile or ASSET=small with an asset of the file");
    let (asset, class) = text.split_once('=').ok_or_else(fault)?;
    let asset = assets.iter().position(|name| name == asset).ok_or_else(fault)?;
    let class = [Preset::Major, Preset::Volatile, Preset::Small]
        .into_iter()
        .find(|&candidate| class_name(candidate) == class)
        .ok_or_else(fault)?;
    Ok((asset, class))
}

fn chosen_assets(names: &[String], assets: &[String]) -> Result<Vec<usize>, Error> {
    if names.is_empty() {
        return Ok((0..assets.len()).collect());
    }
    require_different("--assets", names)?;
    let position = |name: &String| {
        let expected = || format!("one of {}", assets.join(", "));
        assets.iter().position(|asset| asset == name).ok_or_else(|| option("--assets", name, &expected()))
    };
    names.iter().map(position).collect()
}

fn chosen_books(names: &[String]) -> Result<Vec<&'static books::StandardBook>, Error> {
    if names.is_empty() {
        return Ok(books::STANDARD.iter().collect());
    }
    require_different("--books", names)?;
    let find = |name: &String| {
        books::STANDARD.iter().find(|book| book.name == name).ok_or_else(|| {
            let known: Vec<&str> = books::STANDARD.iter().map(|book| book.name).collect();
            option("--books", name, &format!("one of {}", known.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

fn require_different(option_name: &'static str, names: &[String]) -> Result<(), Error> {
    match names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
        Some((_, name)) => Err(option(option_name, name, "each name once")),
        None => Ok(()),
    }
}
