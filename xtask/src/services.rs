//! The programs that run beside a network: keeper, relay, market maker.

use crate::process::run;
use crate::progress;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

/// Packages, which are called like their programs.
const PACKAGES: [&str; 3] = ["ballast-keeper", "ballast-relay", "ballast-market-maker"];
/// What leaves them out where they would be started.
pub const WITHOUT: &str = "--without-services";

/// Builds the programs and returns their folder.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = workspace.cargo();
    progress::note("compiling keeper, relay and market maker; the first time takes some minutes");
    build.args(["build", "--locked"]);
    build.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    run(&mut build, "see the compiler's messages above")?;
    Ok(folder(workspace))
}

/// Where the programs are once they have been built: by [`build`], or by a build of the whole workspace's tests.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target("debug")
}

/// What the local network is told, given what the user said: to start the services, built here, unless he wants none.
pub fn arguments(workspace: &Workspace, args: &[String]) -> Result<Vec<String>> {
    let (without, mut rest): (Vec<String>, Vec<String>) =
        args.iter().cloned().partition(|argument| argument == WITHOUT);
    let names_own = ["--services", "--housekeeping", "--once"];
    if without.is_empty() && !rest.iter().any(|argument| names_own.contains(&argument.as_str())) {
        rest.extend(["--services".to_owned(), build(workspace)?.display().to_string()]);
    }
    Ok(rest)
}
