//! The stress test in small.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

/// Runs the stress test on sixty accounts with these options and returns the runs of its JSON document.
fn stress(name: &str, options: &[&str]) -> Vec<Value> {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("stress-{name}.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_stress"))
        .args(["--accounts", "60", "--json"])
        .arg(&file)
        .args(options)
        .output()
        .expect("the stress test can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&file).expect("the stress test wrote its results");
    let document: Value = serde_json::from_str(&text).expect("the results are JSON");
    document["runs"].as_array().expect("a list of runs").clone()
}

fn number(run: &Value, name: &str) -> u64 {
    run[name].as_u64().unwrap_or_else(|| panic!("{name} in {run}"))
}

#[test]
fn a_crash_leaves_nobody_below_maintenance_and_no_unit_unaccounted() {
    let runs = stress("fall", &["--scenario", "fall-20"]);
    assert_eq!(runs.len(), 4, "a run for every policy");
    for run in &runs {
        assert!(number(run, "breached") > 0 && number(run, "steps") > 0, "the crash breaks somebody: {run}");
        assert_eq!((number(run, "left_below"), number(run, "unaccounted")), (0, 0), "{run}");
        assert!(run["slots_to_safety"].is_u64(), "{run}");
    }
}

#[test]
fn a_run_follows_from_its_seed() {
    let once = |name, seed| stress(name, &["--scenario", "gaps-40", "--policy", "tiers-adaptive", "--seed", seed]);
    let first = once("first", "7");
    assert_eq!(first, once("second", "7"));
    assert_ne!(first, once("third", "8"));
}
