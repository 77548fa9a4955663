//! What runs in Node and in browsers: the TypeScript client, the local network, the demonstration and the dashboard, one npm workspace in
//! `app`.

use crate::artifact::Fingerprint;
use crate::chromium;
use crate::process::{capture, find, run};
use crate::progress;
use crate::services;
use crate::wasm;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The oldest Node that the packages accept: Kit needs it.
const OLDEST_NODE: (u32, u32) = (20, 18);
/// Every file that decides what `npm ci` installs.
const MANIFESTS: [&str; 7] = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    "client/package.json",
    "demo/package.json",
    "localnet/package.json",
    "web/package.json",
];
/// Environment variable that has a test of the harness write what the packages take over from Rust.
const WRITE_DATA: &str = "BALLAST_WRITE_APP_DATA";
/// Environment variable that says where the services' programs are.
const PROGRAMS: &str = "BALLAST_PROGRAMS";

/// Generates the client's code from the program's interface, which must be current, and writes what the packages take
/// over from the code in Rust.
pub fn generate(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    node(workspace, &["client/codama.mjs"], "see the message above")?;
    let mut data = workspace.cargo();
    data.args(["test", "--quiet", "--workspace", "--locked", "--test", "app_data"]).env(WRITE_DATA, "1");
    run(&mut data, "see the failure above")
}

/// Checks types, lints and formatting.
pub fn check(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    npm_script(workspace, "check", "see the messages above; `npm run format` in app formats")
}

/// What tests in Node and in a browser need beside the packages.
pub struct Prepared {
    browser: PathBuf,
}

/// Installs and builds the packages, finds a browser, and checks that the generated code is what the program's interface makes.
/// The workspace's tests start the local network that is built here.
pub fn prepare_tests(workspace: &Workspace) -> Result<Prepared> {
    install(workspace)?;
    let browser = chromium::provide()?;
    node(workspace, &["client/codama.mjs", "--check"], "run `cargo xtask client`")?;
    build_site(workspace)?;
    Ok(Prepared { browser })
}

/// Runs the packages' tests, those in a browser last. The services must have been built.
pub fn test(workspace: &Workspace, prepared: &Prepared) -> Result<()> {
    npm_script(workspace, "test", "see the failures above")?;
    let mut story = npm(workspace, "test:browser");
    story.env(chromium::VARIABLE, &prepared.browser).env(PROGRAMS, services::folder(workspace));
    run(&mut story, "see the failures above; pictures are in target/dashboard")
}

/// Starts the local network in place of this process, so that Ctrl-C reaches it alone.
pub fn localnet(workspace: &Workspace, args: &[String]) -> Result<()> {
    npm_script(workspace, "build", "see the compiler's messages above")?;
    let mut command = Command::new("node");
    command.arg(folder(workspace).join("localnet/dist/main.js")).args(args);
    replace_by(command)
}

/// Builds the dashboard's site, for any network and for the local one.
pub fn build_site(workspace: &Workspace) -> Result<()> {
    npm_script(workspace, "build", "see the compiler's messages above")?;
    npm_script(workspace, "build:site", "see the messages above")
}

/// Tells the demonstration's story in place of this process.
pub fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    npm_script(workspace, "build", "see the compiler's messages above")?;
    let mut command = Command::new("node");
    command.arg(folder(workspace).join("demo/dist/main.js")).args(args);
    replace_by(command)
}

/// Serves the dashboard's site in place of this process, beside the local network, which is started unless it runs.
pub fn dashboard(workspace: &Workspace, args: &[String]) -> Result<()> {
    npm_script(workspace, "build", "see the compiler's messages above")?;
    let mut command = Command::new("node");
    command.arg(folder(workspace).join("web/dist/js/server/main.js")).args(args);
    replace_by(command)
}

#[cfg(unix)]
fn replace_by(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cannot start `node`")
}

#[cfg(not(unix))]
fn replace_by(mut command: Command) -> Result<()> {
    run(&mut command, "see the message above")
}

/// Installs the packages unless they are.
pub fn install(workspace: &Workspace) -> Result<()> {
    require_node()?;
    // The client depends on the engine's package as it is, for its types at least.
    wasm::write_package(workspace)?;
    let app = folder(workspace);
    let mut fingerprint = Fingerprint::new("npm");
    for file in MANIFESTS {
        fingerprint.add_file(file, &app.join(file))?;
    }
    let wanted = fingerprint.finish();
    let stamp = app.join("node_modules/.ballast-installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    progress::note("installing the packages of app with npm");
    let mut npm = Command::new("npm");
    // Some packages name a newer Node for the tools that they are made with; what they run on is tested here.
    npm.current_dir(&app).args(["ci", "--loglevel=error"]);
    run(&mut npm, "npm must reach its registry; see its messages above")?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The installed Node's version, if it is recent enough; otherwise what is wrong.
pub fn node_version() -> Result<String> {
    if find("node").is_none() || find("npm").is_none() {
        bail!("`node` and `npm` are not both on the PATH");
    }
    let version = capture(Command::new("node").arg("--version"))?.trim().to_owned();
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST_NODE => Ok(version),
        _ => bail!("node is {version}, which is too old"),
    }
}

fn require_node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    node_version()
        .map(|_| ())
        .with_context(|| format!("the client and the local network need Node {major}.{minor} or later, with npm"))
}

fn node(workspace: &Workspace, args: &[&str], remedy: &str) -> Result<()> {
    run(Command::new("node").current_dir(folder(workspace)).args(args), remedy)
}

fn npm_script(workspace: &Workspace, script: &str, remedy: &str) -> Result<()> {
    run(&mut npm(workspace, script), remedy)
}

fn npm(workspace: &Workspace, script: &str) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder(workspace)).args(["run", "--silent", script]);
    command
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.path("app")
}
