//! The comparison of option pricing: its own small program, and the run that measures it.

use crate::artifact::Artifact;
use crate::image;
use crate::process::run;
use crate::toolchain::{Choice, Toolchain};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::Result;

/// The comparison's program.
const COMPARISON: ProgramPackage = ProgramPackage { name: "pricing-comparison", folder: "crates/pricing-comparison" };

/// Builds the comparison's image unless it is current, measures, and writes docs/pricing-comparison.md.
pub fn compare(workspace: &Workspace) -> Result<()> {
    let image = workspace.target("comparison").join("pricing_comparison.so");
    {
        let _lock = workspace.lock_builds()?;
        let toolchain = Toolchain::prepare(workspace, Choice::Auto)?;
        image::build_package(workspace, &toolchain, &COMPARISON, &Artifact::new(image.clone()), false)?;
    }
    let mut comparison = workspace.cargo();
    comparison.args(["run", "--quiet", "--locked", "--package", COMPARISON.name, "--bin", COMPARISON.name, "--"]);
    run(comparison.arg(image), "see the messages above")
}
