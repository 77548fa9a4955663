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
fn bankruptcies_are_made_good_to_the_unit() {
    let runs = stress("gaps", &["--scenario", "gaps-40", "--policy", "tiers-adaptive", "--policy", "whole"]);
    assert_eq!(runs.len(), 2);
    for run in &runs {
        let resolved = &run["resolved"];
        let sums = ["deficit", "bonus", "insurance", "gains", "lenders"].map(|name| number(resolved, name));
        let [deficit, bonus, insurance, gains, lenders] = sums;
        assert!(number(resolved, "accounts") > 0 && deficit > 0 && insurance > 0, "gaps leave deficits: {run}");
        assert_eq!(deficit + bonus, insurance + gains + lenders, "{run}");
        let fund = [0, 1].map(|end| run["insurance"][end].as_u64().expect("an amount"));
        assert_eq!(fund[0] + number(run, "to_insurance") - insurance, fund[1], "{run}");
        assert_eq!(number(run, "unaccounted"), 0, "{run}");
    }
}

#[test]
fn a_run_follows_from_its_seed_and_not_from_the_number_of_jobs() {
    let once = |name, seed, jobs, policies: &[&str]| {
        let options = ["--scenario", "gaps-40", "--seed", seed, "--jobs", jobs];
        stress(name, &[&options, policies].concat())
    };
    let both = ["--policy", "tiers-adaptive", "--policy", "whole"];
    let first = once("first", "7", "1", &both);
    assert_eq!(first, once("second", "7", "2", &both));
    assert_ne!(first[1..], once("third", "8", "1", &both[2..]));
}
