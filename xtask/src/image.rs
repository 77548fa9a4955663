//! The images of programs.

use crate::artifact::{Artifact, Fingerprint};
use crate::progress;
use crate::sources;
use crate::toolchain::{Choice, Toolchain};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::{Context, Result};
use std::fs;
use std::time::Instant;

/// Builds the image unless it is current.
pub fn build(workspace: &Workspace, choice: Choice, force: bool) -> Result<()> {
    let toolchain = Toolchain::prepare(workspace, choice)?;
    let image = Artifact::new(workspace.image());
    build_package(workspace, &toolchain, &ProgramPackage::PRODUCT, &image, force)?;
    progress::note(&format!("target/deploy/ballast.so  {} bytes  sha256 {}", image.size()?, image.digest()?));
    Ok(())
}

/// Builds the image of the example that calls the program, which only tests need, unless it is current.
pub fn build_example(workspace: &Workspace) -> Result<()> {
    let toolchain = Toolchain::prepare(workspace, Choice::Auto)?;
    let image = Artifact::new(workspace.deploy_folder().join("example_desk.so"));
    build_package(workspace, &toolchain, &ProgramPackage::EXAMPLE, &image, false)
}

/// Builds a package's image unless it is current.
pub fn build_package(
    workspace: &Workspace,
    toolchain: &Toolchain,
    package: &ProgramPackage,
    image: &Artifact,
    force: bool,
) -> Result<()> {
    let inputs = inputs(workspace, toolchain, package)?;
    let name = package.name;
    if !force && image.is_current(&inputs) {
        progress::note(&format!("image of {name} is current"));
        return Ok(());
    }
    progress::note(&format!("compiling the image of {name}"));
    let started = Instant::now();
    let compiled = toolchain.compile(workspace, package)?;
    let content =
        fs::read(&compiled).with_context(|| format!("the build succeeded, but {} is not there", compiled.display()))?;
    image.replace(&content, &inputs)?;
    progress::note(&format!("image of {name} built in {}", progress::elapsed(started.elapsed())));
    Ok(())
}

/// Whether the image is there and up to date, as far as that can be told without building anything.
pub fn is_current(workspace: &Workspace) -> Result<bool> {
    let Some(toolchain) = Toolchain::existing(workspace) else {
        return Ok(false);
    };
    Ok(Artifact::new(workspace.image()).is_current(&inputs(workspace, &toolchain, &ProgramPackage::PRODUCT)?))
}

fn inputs(workspace: &Workspace, toolchain: &Toolchain, package: &ProgramPackage) -> Result<String> {
    let mut fingerprint = Fingerprint::new("image");
    fingerprint.add("toolchain", toolchain.identity()?.as_bytes());
    sources::add_to(&mut fingerprint, workspace, package.name)?;
    Ok(fingerprint.finish())
}
