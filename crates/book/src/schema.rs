//! The JSON Schema of books and reports.

use schemars::{Schema, schema_for};

use crate::{book::Book, report::Report};

/// The schema of books: draft 2020-12.
pub fn book_schema() -> Schema {
    schema_for!(Book)
}

/// The schema of reports: draft 2020-12.
pub fn report_schema() -> Schema {
    schema_for!(Report)
}
