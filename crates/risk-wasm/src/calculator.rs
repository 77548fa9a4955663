//! The calculator: what `ballast margin --json` computes on the command line.

use ballast_book::BookError;
use serde::Serialize;

/// Why there is no report, in JSON.
#[derive(Serialize)]
struct Refusal<'a> {
    /// A sentence for people.
    message: String,
    /// Its parts.
    problem: &'a BookError,
}

/// The report of a book, both in JSON.
///
/// # Errors
/// An object in JSON: `message` says what is wrong, `problem` has the parts of that sentence as the fields of
/// [`BookError`].
pub fn margin(book: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let book = ballast_book::parse(&String::from_utf8_lossy(book));
    match book.and_then(|book| ballast_book::evaluate(&book)) {
        Ok(report) => Ok(json(&report)),
        Err(problem) => Err(json(&Refusal { message: problem.to_string(), problem: &problem })),
    }
}

/// Writes a structure of named fields into memory, which cannot fail.
fn json(structure: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(structure).unwrap_or_default()
}
