//! The command: what it refuses before it begins, and its settings.

use std::process::Command;

use ballast_keeper::{Settings, settings::CommandLine};
use ballast_network::settings;

fn refused(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ballast-keeper")).args(args).output().expect("it starts");
    assert!(!output.status.success(), "{args:?} is accepted");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_missing_is_named_before_anything_is_sent() {
    let key = ["--key", "/nowhere/key.json"];
    let cases: [(&[&str], &str); 6] = [
        (&["run"], "no network is named: give --network FILE, or --url URL and --exchange ADDRESS"),
        (&["run", "--url", "http://127.0.0.1:1"], "no exchange is named: give --exchange ADDRESS"),
        (
            &["refresh", "--url", "http://127.0.0.1:1", "--exchange", "11111111111111111111111111111111"],
            "no key is named: give --key FILE",
        ),
        (&["run", "--network", "/nowhere/network.json"], "cannot read /nowhere/network.json"),
        (&["run", "--config", "/nowhere/keeper.toml"], "the configuration makes no sense"),
        (&["run", "--roles", "sleep"], "invalid value 'sleep'"),
    ];
    for (args, expected) in cases {
        let said = refused(args);
        assert!(said.contains(expected), "{args:?} says {said}");
    }
    let network = ["refresh", "--url", "http://127.0.0.1:1", "--exchange", "11111111111111111111111111111111"];
    let said = refused(&[&network[..], &key[..]].concat());
    assert!(said.contains("cannot read the key in /nowhere/key.json"), "{said}");
}

#[test]
fn the_example_names_every_setting_at_its_default() {
    let example = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/keeper.example.toml"));
    let none = CommandLine::default();
    let read: Settings = settings::read(Some(example), "BALLAST_TEST_NOTHING_", &none).expect("the example is read");
    let defaults: Settings = settings::read(None, "BALLAST_TEST_NOTHING_", &none).expect("there are defaults");
    // What has no default is set in the example, to show how.
    let comparable = |mut it: Settings| {
        it.network = defaults.network.clone();
        it.key = None;
        it.publisher_keys.clear();
        it.roles.clear();
        it.publish.quotes = None;
        it.liquidate.relay = None;
        format!("{it:?}")
    };
    assert_eq!(comparable(read), comparable(defaults.clone()));
    let text = std::fs::read_to_string(example).expect("the example is there");
    let unknown = std::env::temp_dir().join(format!("ballast-keeper-{}.toml", std::process::id()));
    std::fs::write(&unknown, format!("colour = 1\n{text}")).expect("a file is written");
    let error = settings::read::<Settings>(Some(&unknown), "BALLAST_TEST_NOTHING_", &none).expect_err("it is unknown");
    assert!(format!("{error:#}").contains("colour"), "{error:#}");
    std::fs::remove_file(&unknown).expect("it is removed");
}
