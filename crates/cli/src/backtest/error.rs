//! What can go wrong in a backtest.

use std::{fmt, io, path::PathBuf};

use ballast_book::BookError;

use super::template::TemplateError;

/// Why there is no backtest. Its text says what was expected and what came.
#[derive(Debug)]
pub enum Error {
    /// A file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The price file is at fault.
    Prices {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// Column as the header names it, or its number where there is no name.
        column: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// The price file is too short.
    TooShort {
        /// The file.
        path: PathBuf,
        /// What there is too little of.
        problem: String,
    },
    /// At no date within the limits are books opened.
    NoDates {
        /// The limits, and what there is instead.
        problem: String,
    },
    /// An option of the command line is at fault.
    Option {
        /// The option.
        name: &'static str,
        /// Its value.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// The engine refused a book.
    Engine {
        /// Book and assets.
        book: String,
        /// When it was opened, as in the file.
        date: String,
        /// Why.
        source: Box<BookError>,
    },
    /// A book is at fault.
    Book {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: TemplateError,
    },
    /// The report cannot be turned into JSON.
    Json(serde_json::Error),
    /// Standard output cannot be written to.
    Output(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, source } => write!(formatter, "{}: {source}", path.display()),
            Self::Prices { path, line, column, problem } => {
                write!(formatter, "{}, line {line}, column {column}: {problem}", path.display())
            }
            Self::TooShort { path, problem } => write!(formatter, "{}: {problem}", path.display()),
            Self::NoDates { problem } => formatter.write_str(problem),
            Self::Option { name, value, expected } => write!(formatter, "{name} is \"{value}\", expected {expected}"),
            Self::Engine { book, date, source } => write!(formatter, "{book}, opened {date}: {source}"),
            Self::Book { path, source } => write!(formatter, "{}: {source}", path.display()),
            Self::Json(source) => write!(formatter, "the report cannot be written as JSON: {source}"),
            Self::Output(source) => write!(formatter, "standard output: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } | Self::Output(source) => Some(source),
            Self::Engine { source, .. } => Some(source),
            Self::Book { source, .. } => Some(source),
            Self::Json(source) => Some(source),
            Self::Prices { .. } | Self::TooShort { .. } | Self::NoDates { .. } | Self::Option { .. } => None,
        }
    }
}
