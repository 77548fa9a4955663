//! The commands that build the program and then run something with it.

use crate::idl;
use crate::image;
use crate::process::run;
use crate::toolchain::Choice;
use crate::wasm;
use crate::workspace::Workspace;
use anyhow::Result;

/// Where proptest takes the seed of its random cases from.
const RANDOM_SEED: &str = "PROPTEST_RNG_SEED";

/// Builds the image, the IDL and the browser engine.
pub fn build(workspace: &Workspace, choice: Choice, force: bool) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    image::build(workspace, choice, force)?;
    idl::build(workspace, force)?;
    wasm::build(workspace, force)
}

/// Builds the image and the browser engine, then runs the engine's tests in Node and every test of the workspace.
pub fn test(workspace: &Workspace, args: &[String]) -> Result<()> {
    build_image(workspace)?;
    build_browser_engine(workspace)?;
    wasm::test(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--locked"]).args(args);
    // Where solana-program-test looks for images.
    test.env("SBF_OUT_DIR", workspace.deploy_folder());
    if std::env::var_os(RANDOM_SEED).is_none() {
        // Properties draw the same cases every time, so that a run says something about the change and not about its luck.
        test.env(RANDOM_SEED, "1");
    }
    run(&mut test, "see the failures above")
}

/// Builds the image, then runs one of the harness's programs.
pub fn harness(workspace: &Workspace, program: &str, args: &[String]) -> Result<()> {
    build_image(workspace)?;
    let mut harness = workspace.cargo();
    harness.args(["run", "--quiet", "--locked", "--package", "ballast-harness", "--bin", program, "--"]).args(args);
    run(&mut harness, "see the messages above")
}

/// Tries the properties of the engine's arithmetic: all of them, or those that the arguments name.
pub fn prove(workspace: &Workspace, args: &[String]) -> Result<()> {
    let mut proofs = workspace.cargo();
    proofs.args(["run", "--quiet", "--release", "--locked", "--package", "ballast-proofs", "--"]).args(args);
    run(&mut proofs, "see the counterexample above")
}

fn build_image(workspace: &Workspace) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    image::build(workspace, Choice::Auto, false)
}

fn build_browser_engine(workspace: &Workspace) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    wasm::build(workspace, false)
}
