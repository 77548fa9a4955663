//! The JSON Schema of books and reports.

use schemars::{Schema, generate::SchemaSettings, schema_for};

use crate::{book::Book, report::Report};

/// The schema of books: draft 2020-12.
pub fn book_schema() -> Schema {
    schema_for!(Book)
}

/// The schema of reports, as they are written: draft 2020-12.
pub fn report_schema() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>()
}
