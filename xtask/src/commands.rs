//! The commands that build the program and then run something with it.

use crate::app;
use crate::idl;
use crate::image;
use crate::mutation;
use crate::process::run;
use crate::progress::Steps;
use crate::services;
use crate::toolchain::Choice;
use crate::wasm;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// Where proptest takes the seed of its random cases from.
const RANDOM_SEED: &str = "PROPTEST_RNG_SEED";

/// Builds the image, the IDL and the browser engine.
pub fn build(workspace: &Workspace, choice: Choice, force: bool) -> Result<()> {
    let _lock = workspace.lock_builds()?;
    image::build(workspace, choice, force)?;
    idl::build(workspace, force)?;
    wasm::build(workspace, force)
}

/// Builds everything, then runs every test of the workspace, then those in Node and in a browser, which start the programs that
/// the workspace's tests have built.
pub fn test(workspace: &Workspace, args: &[String]) -> Result<()> {
    build(workspace, Choice::Auto, false)?;
    {
        let _lock = workspace.lock_builds()?;
        image::build_example(workspace)?;
    }
    wasm::test(workspace)?;
    let prepared = app::prepare_tests(workspace)?;
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--locked"]).args(args);
    // Where solana-program-test looks for images.
    test.env("SBF_OUT_DIR", workspace.deploy_folder());
    if std::env::var_os(RANDOM_SEED).is_none() {
        // Properties draw the same cases every time, so that a run says something about the change and not about its luck.
        test.env(RANDOM_SEED, "1");
    }
    run(&mut test, "see the failures above")?;
    app::test(workspace, &prepared)
}

/// Every test, then the fuzzer at length, a million random books, and the mutation check.
pub fn test_fully(workspace: &Workspace, args: &[String]) -> Result<()> {
    if !args.is_empty() {
        bail!("--full runs everything; it takes no further arguments");
    }
    let mut steps = Steps::new(4);
    steps.run("every test", || test(workspace, &[]))?;
    steps.run("the fuzzer: 200,000 instructions, with a line of progress for every thousand", || {
        let mut fuzzer = workspace.cargo();
        fuzzer.args(["test", "--locked", "--workspace", "--test", "program", "--", "--nocapture"]);
        fuzzer.arg("fuzz::random").env("BALLAST_FUZZ_INSTRUCTIONS", "200000");
        run(&mut fuzzer, "see the sequence above; it was written to tests/regressions")
    })?;
    steps.run("a million random books against the reference model", || {
        let mut books = workspace.cargo();
        books.args(["test", "--release", "--locked", "--package", "ballast-risk", "--test", "model", "--"]);
        books.args(["--ignored", "--nocapture", "million_books"]);
        run(&mut books, "see the book above")
    })?;
    steps.run("the mutation check", || mutation::run_all(workspace, &[]))
}

/// Builds the image, then runs one of the harness's programs.
pub fn harness(workspace: &Workspace, program: &str, args: &[String]) -> Result<()> {
    build_image(workspace)?;
    let mut harness = workspace.cargo();
    harness.args(["run", "--locked", "--package", "ballast-harness", "--bin", program, "--"]).args(args);
    run(&mut harness, "see the messages above")
}

/// Builds the image and the services, then starts the local network.
pub fn localnet(workspace: &Workspace, args: &[String]) -> Result<()> {
    // Before minutes of building anything.
    app::install(workspace)?;
    if wants_help(args) {
        return app::localnet(workspace, args);
    }
    build_image(workspace)?;
    app::localnet(workspace, &services::arguments(workspace, args)?)
}

/// Builds everything that the dashboard needs, then serves it beside the local network.
pub fn dashboard(workspace: &Workspace, args: &[String]) -> Result<()> {
    app::install(workspace)?;
    if wants_help(args) {
        return app::dashboard(workspace, args);
    }
    build_for_browsers(workspace)?;
    app::dashboard(workspace, &services::arguments(workspace, args)?)
}

/// Builds everything, then tells the story of an exchange on the local network.
pub fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    app::install(workspace)?;
    if wants_help(args) {
        return app::demo(workspace, args);
    }
    build_for_browsers(workspace)?;
    let mut all = vec!["--services".to_owned(), services::build(workspace)?.display().to_string()];
    all.extend_from_slice(args);
    app::demo(workspace, &all)
}

fn wants_help(args: &[String]) -> bool {
    args.iter().any(|argument| argument == "--help")
}

fn build_for_browsers(workspace: &Workspace) -> Result<()> {
    {
        let _lock = workspace.lock_builds()?;
        image::build(workspace, Choice::Auto, false)?;
        wasm::build(workspace, false)?;
    }
    app::build_site(workspace)
}

/// Builds the IDL, then generates the client from it.
pub fn client(workspace: &Workspace) -> Result<()> {
    {
        let _lock = workspace.lock_builds()?;
        idl::build(workspace, false)?;
    }
    app::generate(workspace)
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
