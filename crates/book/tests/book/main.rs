//! The calculator against published numbers, its own identities, and mistakes that people make.

#![allow(clippy::float_arithmetic, missing_docs)]

mod american;
mod derive;
mod examples;
mod input;
mod mistakes;
mod published;
mod solver;
mod terms;
mod worked_example;

use ballast_book::{Book, Decimal, Report};
use serde_json::Value;

/// A book from JSON.
pub fn book(text: &Value) -> Book {
    ballast_book::parse(&text.to_string()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The report of a book in JSON.
pub fn report(text: &Value) -> Report {
    ballast_book::evaluate(&book(text)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What is wrong with a book in JSON.
pub fn mistake(text: &Value) -> String {
    match ballast_book::parse(&text.to_string()) {
        Err(error) => error.to_string(),
        Ok(book) => match ballast_book::evaluate(&book) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("accepted: {text}"),
        },
    }
}

/// Asserts that two amounts differ by at most `tolerance`.
#[track_caller]
pub fn assert_near(found: Decimal, expected: f64, tolerance: f64) {
    let found = found.to_f64();
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected} ± {tolerance}");
}
