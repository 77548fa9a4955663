//! A history of prices, read from CSV and checked.

use std::{collections::HashSet, path::Path};

use super::{error::Error, settings::describe_duration, timestamp};

/// Names that the column of dates may have, in any case.
const TIME_COLUMNS: [&str; 3] = ["date", "timestamp", "time"];
/// What a line begins with that is a comment.
const COMMENT: u8 = b'#';
/// Steps between two dates that are no gap yet, in usual ones: a weekend and a holiday in a daily file.
const USUAL_STEPS: i64 = 4;

/// How far prices may go from the first one, as a factor up and down: within what the engine has ticks for.
const LARGEST_FACTOR: f64 = 100_000.0;

/// Prices of several assets over time.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Names of the assets, as in the header.
    pub assets: Vec<String>,
    /// Rows in order of time, at least two.
    pub rows: Vec<Row>,
    /// The usual time between two rows, seconds: the median.
    pub usual_step: i64,
}

/// Prices at one point in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Unix seconds.
    pub time: i64,
    /// The time as the file states it.
    pub label: String,
    /// Price of each asset, USD, finite and above zero.
    pub prices: Vec<f64>,
    /// Line in the file, counted from 1.
    line: u64,
}

impl History {
    /// Reads and checks a file; lines that begin with `#` are comments. `longest_gap` is the longest time between two
    /// rows, seconds; four times the usual one if none is given.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::TooShort`], or [`Error::Prices`] with the line and the column of the first fault.
    pub fn read(path: &Path, longest_gap: Option<i64>) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(COMMENT))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let source = Source { path, text: &text };
        let mut records = reader.records();
        let Some(header) = records.next() else {
            return Err(source.too_short("no header: expected a date column and a column per asset"));
        };
        let header = source.record(header)?;
        let assets = source.assets(&header)?;
        let mut rows: Vec<Row> = Vec::new();
        for record in records {
            let row = source.row(&source.record(record)?, &header)?;
            if let Some(before) = rows.last().filter(|before| before.time >= row.time) {
                let problem = if before.time == row.time {
                    format!("{} stands on line {} already", row.label, before.line)
                } else {
                    format!(
                        "{} comes after {} of line {}: rows go forward in time",
                        row.label, before.label, before.line
                    )
                };
                return Err(source.error(row.line, &header[0], problem));
            }
            source.check_factors(&row, rows.first().unwrap_or(&row), &assets)?;
            rows.push(row);
        }
        if rows.len() < 2 {
            return Err(source.too_short(&format!("{} rows of prices, expected at least 2", rows.len())));
        }
        let usual_step = usual_step(&rows);
        source.check_gaps(&rows, &header[0], longest_gap.unwrap_or(USUAL_STEPS * usual_step), usual_step)?;
        Ok(Self { assets, rows, usual_step })
    }

    /// The first row at or after a point in time.
    pub fn row_from(&self, time: i64) -> Option<usize> {
        let index = self.rows.partition_point(|row| row.time < time);
        (index < self.rows.len()).then_some(index)
    }
}

/// The median time between two rows.
fn usual_step(rows: &[Row]) -> i64 {
    let mut steps: Vec<i64> = rows.windows(2).map(|pair| pair[1].time - pair[0].time).collect();
    steps.sort_unstable();
    steps[steps.len() / 2]
}

/// The file under way, for messages.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, line: u64, column: &str, problem: String) -> Error {
        Error::Prices { path: self.path.to_owned(), line, column: column.to_owned(), problem }
    }

    fn too_short(&self, problem: &str) -> Error {
        Error::TooShort { path: self.path.to_owned(), problem: problem.to_owned() }
    }

    fn record(&self, record: Result<csv::StringRecord, csv::Error>) -> Result<csv::StringRecord, Error> {
        record.map_err(|fault| {
            let (line, problem) = (fault.position().map_or(0, csv::Position::line), fault.to_string());
            match fault.into_kind() {
                csv::ErrorKind::Io(source) => Error::File { path: self.path.to_owned(), source },
                _ => self.error(line, "1", problem),
            }
        })
    }

    fn assets(&self, header: &csv::StringRecord) -> Result<Vec<String>, Error> {
        let line = self.line_of(header);
        let time_column = header.get(0).unwrap_or_default();
        if !TIME_COLUMNS.iter().any(|name| name.eq_ignore_ascii_case(time_column)) {
            let problem = format!("the header is \"{time_column}\", expected {}", TIME_COLUMNS.join(", "));
            return Err(self.error(line, "1", problem));
        }
        let mut seen = HashSet::new();
        for (index, name) in header.iter().enumerate().skip(1) {
            let column = (index + 1).to_string();
            if name.is_empty() {
                return Err(self.error(line, &column, "no header, expected the name of an asset".to_owned()));
            }
            if !seen.insert(name) {
                return Err(self.error(line, &column, format!("{name} has a column already")));
            }
        }
        if seen.is_empty() {
            return Err(self.error(line, "2", "no header, expected the name of an asset".to_owned()));
        }
        Ok(header.iter().skip(1).map(str::to_owned).collect())
    }

    fn row(&self, record: &csv::StringRecord, header: &csv::StringRecord) -> Result<Row, Error> {
        let line = self.line_of(record);
        if record.len() > header.len() {
            let problem = format!("{} values, expected {} as in the header", record.len(), header.len());
            return Err(self.error(line, &(header.len() + 1).to_string(), problem));
        }
        let label = record.get(0).unwrap_or_default();
        let time = timestamp::parse(label)
            .ok_or_else(|| self.error(line, &header[0], format!("\"{label}\", expected {}", timestamp::EXPECTED)))?;
        let mut prices = Vec::with_capacity(header.len() - 1);
        for (column, name) in header.iter().enumerate().skip(1) {
            let text = record.get(column).unwrap_or_default();
            match text.parse::<f64>() {
                Ok(price) if price.is_finite() && price > 0.0 => prices.push(price),
                _ if text.is_empty() => return Err(self.error(line, name, "no price".to_owned())),
                _ => return Err(self.error(line, name, format!("\"{text}\", expected a price above zero"))),
            }
        }
        Ok(Row { time, label: label.to_owned(), prices, line })
    }

    fn check_factors(&self, row: &Row, first: &Row, assets: &[String]) -> Result<(), Error> {
        for ((&price, &before), asset) in row.prices.iter().zip(&first.prices).zip(assets) {
            if price > before * LARGEST_FACTOR || price < before / LARGEST_FACTOR {
                let problem = format!("{price} is beyond {LARGEST_FACTOR} times the first price {before}, up or down");
                return Err(self.error(row.line, asset, problem));
            }
        }
        Ok(())
    }

    /// The line that a record stands on. The reader counts comments and blank lines before it as part of it.
    fn line_of(&self, record: &csv::StringRecord) -> u64 {
        let Some(position) = record.position() else { return 0 };
        let rest = self.text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
        let lines = rest.split(|&byte| byte == b'\n');
        let is_skipped = |line: &&[u8]| line.first().is_none_or(|&first| first == COMMENT || first == b'\r');
        position.line() + lines.take_while(is_skipped).count() as u64
    }

    fn check_gaps(&self, rows: &[Row], column: &str, longest: i64, usual: i64) -> Result<(), Error> {
        for pair in rows.windows(2) {
            let step = pair[1].time - pair[0].time;
            if step > longest {
                let problem = format!(
                    "{} comes {} after {}, where {} is usual and {} is the longest that --max-gap allows",
                    pair[1].label,
                    describe_duration(step),
                    pair[0].label,
                    describe_duration(usual),
                    describe_duration(longest)
                );
                return Err(self.error(pair[1].line, column, problem));
            }
        }
        Ok(())
    }
}
