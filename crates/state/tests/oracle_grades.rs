//! The documents show the table of grades and actions as the code has it.

use std::{fs, path::Path};

#[path = "../examples/oracle_grades/render.rs"]
mod render;

#[test]
fn the_documentation_has_the_table_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(render::DOCUMENT);
    let documented = fs::read_to_string(path).unwrap_or_default();
    assert!(
        render::with_table(&documented).as_ref() == Some(&documented),
        "docs/oracles.md is out of date: run `cargo run -p ballast-state --example oracle_grades`"
    );
}
