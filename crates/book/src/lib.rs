//! The calculator: a book of positions in human units in, its full margin report out.
//!
//! [`parse`] reads a book from JSON, [`evaluate`] computes its report, which serialises to JSON. [`requirements`]
//! computes the margins alone. Everything is computed by the engine of [`ballast_risk`], the same that runs on chain:
//! this crate converts human units to the engine's and back. The same book gives the same report natively and in
//! WebAssembly, to the last digit.
//!
//! ```
//! let book = ballast_book::parse(r#"{
//!     "account": { "cash": 20000 },
//!     "markets": [{ "name": "BTC", "price": 100000, "positions": [{ "kind": "perpetual", "quantity": "0.5" }] }]
//! }"#)?;
//! let report = ballast_book::evaluate(&book)?;
//! assert_eq!(report.modes[2].initial_requirement.to_string(), "9999.999964");
//! # Ok::<(), ballast_book::BookError>(())
//! ```

#![deny(missing_docs)]

pub mod american;
pub mod book;
mod convert;
mod decimal;
pub mod engine;
mod error;
mod prepare;
pub mod report;
#[cfg(feature = "schema")]
mod schema;
mod solve;
mod syntax;
mod time;
mod walk;

use ballast_risk::{Margin, Mode};

pub use book::Book;
pub use decimal::{Decimal, DecimalError};
pub use error::BookError;
pub use report::Report;
#[cfg(feature = "schema")]
pub use schema::{book_schema, report_schema};
pub use syntax::parse;
pub use time::Moment;

/// Computes the full report of a book, the answers to what it asks to solve included.
///
/// # Errors
/// [`BookError`] with the field that is wrong, the value given and what is accepted.
pub fn evaluate(book: &Book) -> Result<Report, BookError> {
    let prepared = prepare::prepare(book)?;
    let mut report = report::report(&prepared)?;
    report.solutions = solve::solve(book, &prepared)?;
    Ok(report)
}

/// Computes the full report of a book that is in the engine's numbers already.
///
/// # Errors
/// [`BookError`] if the engine refuses: an amount out of its range.
pub fn evaluate_engine_book(book: &engine::EngineBook) -> Result<Report, BookError> {
    report::report(book)
}

/// Computes the margins of a book in all modes, in the order of [`Mode::ALL`], and nothing else.
///
/// # Errors
/// As [`evaluate`].
pub fn requirements(book: &Book) -> Result<[Margin; 3], BookError> {
    let prepared = prepare::prepare(book)?;
    let mut workspace = walk::workspace();
    let mut margins = [Margin::default(); 3];
    for mode in Mode::ALL {
        margins[mode as usize] = walk::margin(&prepared, mode, &mut workspace, |_, _, _| ())?;
    }
    Ok(margins)
}
