//! The commands that build the program and then run something with it.

use crate::idl;
use crate::image;
use crate::process::run;
use crate::toolchain::Choice;
use crate::workspace::Workspace;
use anyhow::Result;

/// Builds the image and the IDL.
pub fn build(workspace: &Workspace, choice: Choice, force: bool) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    image::build(workspace, choice, force)?;
    idl::build(workspace, force)
}

/// Builds the image, then runs every test of the workspace.
pub fn test(workspace: &Workspace, args: &[String]) -> Result<()> {
    build_image(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--locked"]).args(args);
    // Where solana-program-test looks for images.
    test.env("SBF_OUT_DIR", workspace.deploy_folder());
    run(&mut test, "see the failures above")
}

/// Builds the image, then runs one of the harness's programs.
pub fn harness(workspace: &Workspace, program: &str, args: &[String]) -> Result<()> {
    build_image(workspace)?;
    let mut harness = workspace.cargo();
    harness.args(["run", "--quiet", "--locked", "--package", "ballast-harness", "--bin", program, "--"]).args(args);
    run(&mut harness, "see the messages above")
}

fn build_image(workspace: &Workspace) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    image::build(workspace, Choice::Auto, false)
}
