//! The JSON against the tables of docs/backtest.md.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    prices::{daily, step},
    report,
};

const DOCUMENT: &str = include_str!("../../../../docs/backtest.md");

/// Paths of all fields of a value, elements of lists as `[]`.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                paths(field, &path, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                paths(element, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}

/// The first column of the document's tables of fields.
fn documented() -> BTreeSet<String> {
    let (_, section) = DOCUMENT.split_once("## JSON").expect("a section on the JSON");
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

#[test]
fn every_field_is_documented_and_every_documented_field_is_there() {
    let report = report(&daily("BTC", &step(100.0, 100, 70.0, 2)), &["--books", "directional"]);
    let mut found = BTreeSet::new();
    paths(&report, "", &mut found);
    // Maintenance has the fields of the initial requirement, which the document describes once.
    let initial: BTreeSet<String> = found.iter().filter(|path| path.contains(".initial.")).cloned().collect();
    for path in &initial {
        assert!(found.remove(&path.replace(".initial.", ".maintenance.")), "{path}");
    }
    assert_eq!(found, documented());
}

#[test]
fn the_report_has_the_documented_version_and_modes() {
    let report = report(&daily("BTC", &[1.0, 2.0, 3.0]), &["--books", "straddle"]);
    assert_eq!(report["version"], 1);
    let modes: Vec<&str> =
        report["results"].as_array().unwrap().iter().filter_map(|one| one["mode"].as_str()).collect();
    assert_eq!(modes, ["isolated", "cross", "portfolio"]);
}
