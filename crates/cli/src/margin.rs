//! `ballast margin`: the margin of a book.

mod explain;
mod text;

use std::{fmt, fs, io::Read, path::PathBuf};

use ballast_book::{Book, BookError, Report, book::LargestWithdrawal};
use clap::Args;
use serde::Serialize;

use crate::{
    live::{self, GuideEntry},
    screen::BAD,
};

/// What `ballast margin` takes.
#[derive(Args)]
pub struct Arguments {
    /// The book, a JSON file as `ballast schema` describes it; - for standard input
    #[arg(value_name = "BOOK.json", required_unless_present = "account", conflicts_with = "account")]
    book: Option<PathBuf>,
    /// The report, or the error, as one JSON document
    #[arg(long)]
    pub json: bool,
    /// Walk through the calculation with the numbers used
    #[arg(long, conflicts_with = "json")]
    explain: bool,
    /// Address of a margin account to read in place of a book
    #[arg(long, value_name = "ADDRESS", requires = "url", conflicts_with_all = ["largest_trade", "largest_withdrawal"])]
    account: Option<String>,
    /// JSON-RPC address of the node that the account is read from
    #[arg(long, value_name = "URL", requires = "account")]
    url: Option<String>,
    /// Find the largest size of a trade: JSON as in the book's solve.largest_trade
    #[arg(long, value_name = "JSON")]
    largest_trade: Option<String>,
    /// Find the largest withdrawal of cash, or of a deposit
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "cash")]
    largest_withdrawal: Option<String>,
}

/// Why there is no report.
#[derive(Debug)]
pub enum Error {
    /// A file cannot be read.
    File {
        /// Its name.
        name: String,
        /// What the system says.
        problem: std::io::Error,
    },
    /// The book is wrong.
    Book(BookError),
    /// The live account cannot be read.
    Live(live::Error),
}

/// A report in JSON; a live account's has a guide to its legs as well.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    guide: Option<&'a [GuideEntry]>,
}

/// What an error looks like in JSON.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorDetails<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ErrorDetails<'a> {
    Book {
        message: String,
        #[serde(flatten)]
        details: &'a BookError,
    },
    Other {
        message: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, problem } => write!(formatter, "cannot read {name}: {problem}"),
            Self::Book(error) => write!(formatter, "{error}"),
            Self::Live(error) => write!(formatter, "{error}"),
        }
    }
}

impl Error {
    /// Writes one message to standard error.
    pub fn print(&self, as_json: bool) {
        let message = self.to_string();
        if !as_json {
            anstream::eprintln!("{BAD}error:{BAD:#} {message}");
            return;
        }
        let error = match self {
            Self::Book(details) => ErrorDetails::Book { message, details },
            Self::File { .. } | Self::Live(_) => ErrorDetails::Other { message },
        };
        // An error has texts alone, which always become JSON.
        anstream::eprintln!("{}", serde_json::to_string(&ErrorDocument { error }).unwrap_or_default());
    }
}

impl From<BookError> for Error {
    fn from(error: BookError) -> Self {
        Self::Book(error)
    }
}

/// Computes and prints.
///
/// # Errors
/// [`Error`].
pub fn run(arguments: &Arguments) -> Result<(), Error> {
    let (description, report, guide) = match (&arguments.account, &arguments.url) {
        (Some(address), Some(url)) => {
            let (report, guide) = live::report(address, url).map_err(Error::Live)?;
            (None, report, Some(guide))
        }
        _ => {
            let mut book = ballast_book::parse(&text_of_book(arguments)?)?;
            add_questions(&mut book, arguments)?;
            let report = ballast_book::evaluate(&book)?;
            (book.description, report, None)
        }
    };
    if arguments.json {
        // A report has strings for keys and finite numbers, which always become JSON.
        let document = Document { report: &report, guide: guide.as_deref() };
        anstream::println!("{}", serde_json::to_string_pretty(&document).unwrap_or_default());
        return Ok(());
    }
    text::print(description.as_deref(), &report);
    if let Some(guide) = &guide {
        text::print_guide(guide);
    }
    if arguments.explain {
        explain::print(&report);
    }
    Ok(())
}

fn text_of_book(arguments: &Arguments) -> Result<String, Error> {
    let Some(path) = arguments.book.as_ref().filter(|path| path.as_os_str() != "-") else {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.map(|_| text).map_err(|problem| Error::File { name: "standard input".to_owned(), problem });
    };
    fs::read_to_string(path).map_err(|problem| Error::File { name: path.display().to_string(), problem })
}

fn add_questions(book: &mut Book, arguments: &Arguments) -> Result<(), Error> {
    if let Some(trade) = &arguments.largest_trade {
        // Read as part of a book, so that an error says which field of the trade is wrong.
        let asked = ballast_book::parse(&format!(r#"{{"solve": {{"largest_trade": {trade}}}}}"#))?;
        book.solve.largest_trade = asked.solve.largest_trade;
    }
    if let Some(name) = &arguments.largest_withdrawal {
        book.solve.largest_withdrawal = Some(LargestWithdrawal { of: Some(name.clone()) });
    }
    Ok(())
}
