//! The benchmark: what every instruction and every kind of margin check costs in compute units, measured on the
//! program's real image and written to docs/compute-units.md.
//!
//! The document holds nothing but what follows from the image, so that `--check` can compare it to the byte.

mod checks;
mod document;
mod instructions;
mod largest;
mod matches;
mod measurements;
mod stages;

use std::{env, fs, panic, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;

use crate::measurements::Measurements;

/// Where the document stands, from the root of the repository.
const DOCUMENT: &str = "docs/compute-units.md";

/// Measures compute units on the real program image, prints them, and writes docs/compute-units.md.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Options {
    /// Write nothing; fail if docs/compute-units.md is not what was measured
    #[arg(long)]
    check: bool,
    /// Print the measurements as one JSON document instead of tables
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // The harness panics where a test would fail; whoever runs the benchmark is better served by the message alone.
    panic::set_hook(Box::new(|panic| complain(panic.payload_as_str().unwrap_or("the harness gave up"))));
    match panic::catch_unwind(|| run(&options)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let measurements = Measurements::take();
    let document = document::render(&measurements);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&measurements)?);
    } else {
        print!("{document}");
    }
    let broken = measurements.broken_promises();
    for promise in &broken {
        complain(promise);
    }
    let is_kept = if options.check { is_current(&document)? } else { write(&document)? };
    Ok(if is_kept && broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn path() -> PathBuf {
    // Set by `cargo run`, so that a copy of the repository is compared with its own document.
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.join("../..").join(DOCUMENT)
}

fn write(document: &str) -> anyhow::Result<bool> {
    fs::write(path(), document).with_context(|| format!("{DOCUMENT} cannot be written"))?;
    eprintln!("{DOCUMENT} written");
    Ok(true)
}

/// Whether the document that stands in the repository is this one; shows the lines that differ.
fn is_current(document: &str) -> anyhow::Result<bool> {
    let found = fs::read_to_string(path())
        .with_context(|| format!("{DOCUMENT} cannot be read; `cargo xtask bench` writes it"))?;
    if found == document {
        eprintln!("{DOCUMENT} is up to date");
        return Ok(true);
    }
    for (old, new) in found.lines().zip(document.lines()).filter(|(old, new)| old != new) {
        eprintln!("- {old}\n+ {new}");
    }
    let lines = [found.lines().count(), document.lines().count()];
    if lines[0] != lines[1] {
        eprintln!("{} lines stand there, {} were measured", lines[0], lines[1]);
    }
    complain(&format!(
        "{DOCUMENT} is out of date: run `cargo xtask bench` and commit what `git diff {DOCUMENT}` shows"
    ));
    Ok(false)
}

fn complain(message: &str) {
    eprintln!("error: {message}");
}
