//! What this machine has, what it lacks, and how to get it.

use crate::app;
use crate::apt::{KEYRING, Mirrors};
use crate::chromium;
use crate::image;
use crate::process::{capture, find};
use crate::toolchain::{Toolchain, Upstream, solana_tools_installed};
use crate::wasm;
use crate::workspace::Workspace;
use anyhow::Result;
use serde_json::json;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The oldest compiler that the workspace's packages accept.
const OLDEST_RUSTC: (u32, u32) = (1, 95);

/// What the toolchain, the test rig's dependencies and the build results take together.
const DISK_GIB: u64 = 8;

/// Whether the project can do without something.
#[derive(Clone, Copy, PartialEq)]
enum Need {
    Required,
    Optional,
}

/// One thing that was looked for.
struct Finding {
    name: &'static str,
    need: Need,
    present: bool,
    detail: String,
    remedy: &'static str,
}

/// Prints the findings; fails if something required is missing.
pub fn run(workspace: &Workspace, as_json: bool) -> Result<ExitCode> {
    let mut findings = rust_tools();
    findings.extend(build_tools());
    findings.extend(compilers(workspace));
    findings.push(disk(workspace));
    findings.push(image_state(workspace));
    findings.push(browser_engine_state(workspace));

    let complete = findings.iter().all(|finding| finding.present || finding.need == Need::Optional);
    if as_json {
        print_json(&findings, complete)?;
    } else {
        findings.iter().for_each(print_line);
        println!("{}", if complete { "\nEverything required is here." } else { "\nSomething required is missing." });
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rust_tools() -> Vec<Finding> {
    let rustc = version("rustc", &["--version"]);
    let recent = rustc.as_deref().and_then(release).is_some_and(|found| found >= OLDEST_RUSTC);
    let mut findings = vec![Finding {
        name: "rustc 1.95 or later",
        need: Need::Required,
        present: recent,
        detail: rustc.unwrap_or_default(),
        remedy: "install Rust from rustup.rs, then `rustup update stable`",
    }];
    for (name, program, remedy) in [
        ("cargo", "cargo", "comes with rustc from rustup.rs"),
        ("clippy", "cargo-clippy", "rustup component add clippy"),
        ("rustfmt", "rustfmt", "rustup component add rustfmt"),
    ] {
        findings.push(tool(name, program, &["--version"], Need::Required, remedy));
    }
    findings
}

/// The tools beside Rust that the dependencies' build scripts run: a C compiler for the cryptography and compression
/// libraries, and perl and make for OpenSSL, which the tests' validator runtime compiles from its sources.
fn build_tools() -> Vec<Finding> {
    vec![
        tool("C compiler", "cc", &["--version"], Need::Required, "apt-get install gcc libc6-dev"),
        tool("make", "make", &["--version"], Need::Required, "apt-get install make"),
        tool(
            "perl with its standard modules",
            "perl",
            &["-MFindBin", "-MIPC::Cmd", "-e", "print qq(perl $^V)"],
            Need::Required,
            "apt-get install perl",
        ),
        node(),
        browser(),
        tool("anchor", "anchor", &["--version"], Need::Optional, "only to deploy: anchor-lang.com/docs/installation"),
    ]
}

/// The browser engine and the client are tested in Node, and the local network runs in it.
fn node() -> Finding {
    let (present, detail) = match app::node_version() {
        Ok(version) => (true, version),
        Err(reason) => (false, reason.to_string()),
    };
    let remedy = "the client and the local network run in it: nodejs.org, version 20.18 or later";
    Finding { name: "node and npm", need: Need::Required, present, detail, remedy }
}

/// The dashboard is tested in a browser.
fn browser() -> Finding {
    let path = chromium::installed();
    let detail = match &path {
        Some(path) => path.display().to_string(),
        None => "for the dashboard's tests; `cargo xtask test` installs it when root runs it on Debian".to_owned(),
    };
    Finding { name: "Chromium", need: Need::Optional, present: path.is_some(), detail, remedy: chromium::REMEDY }
}

/// The image needs one of two toolchains, and the browser engine a compiler for WebAssembly.
fn compilers(workspace: &Workspace) -> Vec<Finding> {
    let solana = solana_tools_installed();
    let assembled = Upstream::assembled(workspace);
    let mirrors = Mirrors::of_this_machine();
    let can_assemble =
        cfg!(all(target_arch = "x86_64", target_os = "linux")) && mirrors.is_ok() && find("ldd").is_some();
    let upstream = match (&assembled, &mirrors) {
        (Some(toolchain), _) => format!("assembled, {} parts", toolchain.versions().lines().count().saturating_sub(1)),
        (None, Ok(_)) if can_assemble => "can be assembled; the first build does it".to_owned(),
        (None, Ok(_)) => "this is not an x86-64 Linux".to_owned(),
        (None, Err(reason)) => reason.to_string(),
    };
    let (can_compile_wasm, wasm_compiler) = wasm::readiness(workspace, can_assemble);
    vec![
        tool("Solana's tools", "cargo-build-sbf", &["--version"], Need::Optional, "solana.com/docs/intro/installation"),
        Finding {
            name: "Debian archive keys",
            need: Need::Optional,
            present: Path::new(KEYRING).is_file(),
            detail: "to check the upstream toolchain's packages".to_owned(),
            remedy: "on Debian: apt-get install debian-archive-keyring",
        },
        Finding {
            name: "upstream toolchain",
            need: if solana { Need::Optional } else { Need::Required },
            present: assembled.is_some() || can_assemble,
            detail: upstream,
            remedy: "use a Debian machine, or install Solana's tools",
        },
        Finding {
            name: "compiler for WebAssembly",
            need: Need::Required,
            present: can_compile_wasm,
            detail: wasm_compiler,
            remedy: "rustup target add wasm32-unknown-unknown",
        },
    ]
}

fn disk(workspace: &Workspace) -> Finding {
    let mut df = Command::new("df");
    df.args(["-Pk"]).arg(workspace.path(""));
    let free = capture(&mut df).ok().and_then(|report| {
        let kibibytes: u64 = report.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
        Some(kibibytes / (1 << 20))
    });
    Finding {
        name: "disk space",
        need: Need::Required,
        // What cannot be measured is not a reason to stop anyone.
        present: free.is_none_or(|gibibytes| gibibytes >= DISK_GIB) || workspace.image().exists(),
        detail: free.map_or("not known".to_owned(), |gibibytes| format!("{gibibytes} GiB free")),
        remedy: "a first build and test take about 8 GiB",
    }
}

fn image_state(workspace: &Workspace) -> Finding {
    let current = image::is_current(workspace);
    let detail = match (&current, Toolchain::existing(workspace), workspace.image().exists()) {
        (Ok(true), ..) => "target/deploy/ballast.so is current".to_owned(),
        (Ok(false), Some(_), true) => "target/deploy/ballast.so is out of date".to_owned(),
        (Ok(false), ..) => "not built".to_owned(),
        (Err(reason), ..) => format!("{reason:#}"),
    };
    Finding {
        name: "program image",
        need: Need::Optional,
        present: current.unwrap_or(false),
        detail,
        remedy: "cargo xtask build",
    }
}

fn browser_engine_state(workspace: &Workspace) -> Finding {
    let current = wasm::is_current(workspace);
    let detail = match &current {
        Ok(true) => "target/wasm is current".to_owned(),
        Ok(false) => "not built, or out of date".to_owned(),
        Err(reason) => format!("{reason:#}"),
    };
    Finding {
        name: "browser engine",
        need: Need::Optional,
        present: current.unwrap_or(false),
        detail,
        remedy: "cargo xtask build",
    }
}

fn tool(name: &'static str, program: &str, args: &[&str], need: Need, remedy: &'static str) -> Finding {
    let version = version(program, args);
    Finding { name, need, present: version.is_some(), detail: version.unwrap_or_default(), remedy }
}

/// The first line of what a program says about itself, if it is there and works.
fn version(program: &str, args: &[&str]) -> Option<String> {
    find(program)?;
    let said = capture(Command::new(program).args(args)).ok()?;
    Some(said.lines().next().unwrap_or_default().to_owned())
}

/// The major and minor number of `rustc 1.95.0 (…)`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn print_line(finding: &Finding) {
    let state = match (finding.present, finding.need) {
        (true, _) => "ok",
        (false, Need::Required) => "MISSING",
        (false, Need::Optional) => "absent",
    };
    println!("{state:8} {:32} {}", finding.name, finding.detail);
    if !finding.present {
        println!("{:8} {:32} -> {}", "", "", finding.remedy);
    }
}

fn print_json(findings: &[Finding], complete: bool) -> Result<()> {
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "name": finding.name,
                "required": finding.need == Need::Required,
                "present": finding.present,
                "detail": finding.detail,
                "remedy": finding.remedy,
            })
        })
        .collect();
    println!("{}", serde_json::to_string_pretty(&json!({ "complete": complete, "findings": list }))?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn the_release_is_read_from_what_rustc_says() {
        assert_eq!(release("rustc 1.95.0 (59807616e 2026-04-14)"), Some((1, 95)));
        assert_eq!(release("rustc 1.100.0-nightly"), Some((1, 100)));
        assert_eq!(release("nonsense"), None);
    }
}
