//! Runs every pricing method over the vectors, in the virtual machine, and writes docs/pricing-comparison.md.
//!
//! `cargo xtask compare` builds the image and runs this. Floats state errors only; nothing here is part of the product.

#![allow(clippy::float_arithmetic)]

mod document;
mod machine;
mod methods;
mod statistics;
mod vectors;

use std::{env, fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

/// Where the document stands, from the root of the repository.
const DOCUMENT: &str = "docs/pricing-comparison.md";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let image = env::args_os().nth(1).map(PathBuf::from).context("expected the path of the program's image")?;
    let image = fs::read(&image).with_context(|| format!("cannot read {}", image.display()))?;
    let mut machine = machine::Machine::start(&image)?;
    let options = vectors::options();
    let results = methods::COMPARED
        .iter()
        .map(|compared| statistics::measure(&mut machine, compared, &options))
        .collect::<Result<Vec<_>>>()?;
    let text = document::render(&results, options.len(), image.len());
    print!("{text}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(DOCUMENT);
    fs::write(path, text).with_context(|| format!("{DOCUMENT} cannot be written"))?;
    eprintln!("{DOCUMENT} written");
    Ok(())
}
