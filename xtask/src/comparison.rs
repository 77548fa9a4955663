//! The comparison of option pricing: its own small program, and the run that measures it.

use crate::artifact::{Artifact, Fingerprint};
use crate::process::run;
use crate::progress;
use crate::sources;
use crate::toolchain::{Choice, Toolchain};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::{Context, Result};
use std::fs;

/// The comparison's program.
const COMPARISON: ProgramPackage = ProgramPackage { name: "pricing-comparison", folder: "crates/pricing-comparison" };

/// Builds the comparison's image unless it is current, measures, and writes docs/pricing-comparison.md.
pub fn compare(workspace: &Workspace) -> Result<()> {
    let image = workspace.target("comparison").join("pricing_comparison.so");
    {
        let _lock = workspace.lock_builds()?;
        build(workspace, &Artifact::new(image.clone()))?;
    }
    let mut comparison = workspace.cargo();
    comparison.args(["run", "--quiet", "--locked", "--package", COMPARISON.name, "--bin", COMPARISON.name, "--"]);
    run(comparison.arg(image), "see the messages above")
}

fn build(workspace: &Workspace, image: &Artifact) -> Result<()> {
    let toolchain = Toolchain::prepare(workspace, Choice::Auto)?;
    let mut fingerprint = Fingerprint::new("comparison");
    fingerprint.add("toolchain", toolchain.identity()?.as_bytes());
    sources::add_to(&mut fingerprint, workspace, COMPARISON.name)?;
    let inputs = fingerprint.finish();
    if image.is_current(&inputs) {
        progress::note("comparison image is current");
        return Ok(());
    }
    progress::note("compiling the comparison image");
    let compiled = toolchain.compile(workspace, &COMPARISON)?;
    let content =
        fs::read(&compiled).with_context(|| format!("the build succeeded, but {} is not there", compiled.display()))?;
    image.replace(&content, &inputs)
}
