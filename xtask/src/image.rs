//! The program's image.

use crate::artifact::{Artifact, Fingerprint};
use crate::progress;
use crate::sources;
use crate::toolchain::{Choice, Toolchain};
use crate::workspace::{PROGRAM, ProgramPackage, Workspace};
use anyhow::{Context, Result};
use std::fs;
use std::time::Instant;

/// Builds the image unless it is current.
pub fn build(workspace: &Workspace, choice: Choice, force: bool) -> Result<()> {
    let toolchain = Toolchain::prepare(workspace, choice)?;
    let inputs = inputs(workspace, &toolchain)?;
    let image = Artifact::new(workspace.image());
    if !force && image.is_current(&inputs) {
        progress::note("program image is current");
    } else {
        progress::note("compiling the program image");
        let started = Instant::now();
        let compiled = toolchain.compile(workspace, &ProgramPackage::PRODUCT)?;
        let content = fs::read(&compiled)
            .with_context(|| format!("the build succeeded, but {} is not there", compiled.display()))?;
        image.replace(&content, &inputs)?;
        progress::note(&format!("program image built in {}", progress::elapsed(started.elapsed())));
    }
    progress::note(&format!("target/deploy/ballast.so  {} bytes  sha256 {}", image.size()?, image.digest()?));
    Ok(())
}

/// Whether the image is there and up to date, as far as that can be told without building anything.
pub fn is_current(workspace: &Workspace) -> Result<bool> {
    let Some(toolchain) = Toolchain::existing(workspace) else {
        return Ok(false);
    };
    Ok(Artifact::new(workspace.image()).is_current(&inputs(workspace, &toolchain)?))
}

fn inputs(workspace: &Workspace, toolchain: &Toolchain) -> Result<String> {
    let mut fingerprint = Fingerprint::new("image");
    fingerprint.add("toolchain", toolchain.identity()?.as_bytes());
    sources::add_to(&mut fingerprint, workspace, PROGRAM)?;
    Ok(fingerprint.finish())
}
