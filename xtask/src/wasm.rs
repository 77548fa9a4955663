//! The engine for browsers and Node: WebAssembly modules, and beside them the ES module that calls them.

mod types;

use crate::artifact::{Artifact, Fingerprint, write_whole};
use crate::process::{capture, find, run};
use crate::progress;
use crate::sources;
use crate::toolchain::{Upstream, solana_tools_installed};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const PACKAGE: &str = "ballast-risk-wasm";
const TARGET: &str = "wasm32-unknown-unknown";

/// The modules: the engine alone, for accounts, and with the calculator, which is several times as large.
const MODULES: [Module; 2] = [
    Module { file: "engine.wasm", arguments: &["--no-default-features"] },
    Module { file: "calculator.wasm", arguments: &[] },
];

/// What differs from the program's release profile. The optimisation level of the engine does not: levels for size make
/// it two (`s`) or twelve (`z`) times slower and, compressed, hardly smaller. Reading and writing JSON is a lot of code that runs once.
const PROFILE: &[&str] = &[
    "profile.release.panic=\"abort\"",
    "profile.release.strip=\"symbols\"",
    "profile.release.package.ballast-book.opt-level=\"z\"",
    "profile.release.package.serde_json.opt-level=\"z\"",
];

/// Where the schemas of books and their reports are, from which their types are made.
const SCHEMAS: &str = "crates/book/schema";

/// A WebAssembly module of the package.
struct Module {
    file: &'static str,
    /// What cargo is told beside what goes for all modules.
    arguments: &'static [&'static str],
}

impl Module {
    fn artifact(&self, workspace: &Workspace) -> Artifact {
        Artifact::new(self.path(workspace))
    }

    fn path(&self, workspace: &Workspace) -> PathBuf {
        package_folder(workspace).join(self.file)
    }

    fn build(&self, workspace: &Workspace, compiler: &Compiler, inputs: &str, force: bool) -> Result<()> {
        let Self { file, .. } = self;
        let artifact = self.artifact(workspace);
        if !force && artifact.is_current(inputs) {
            progress::note(&format!("target/wasm/{file} is current"));
        } else {
            progress::note(&format!("compiling target/wasm/{file}"));
            let started = Instant::now();
            let compiled = compiler.compile(workspace, self.arguments)?;
            let content = fs::read(&compiled)
                .with_context(|| format!("the build succeeded, but {} is not there", compiled.display()))?;
            artifact.replace(&content, inputs)?;
            progress::note(&format!("target/wasm/{file} built in {}", progress::elapsed(started.elapsed())));
        }
        progress::note(&format!(
            "target/wasm/{file}  {} bytes, {} compressed by gzip  sha256 {}",
            artifact.size()?,
            compressed_size(&self.path(workspace))?,
            artifact.digest()?
        ));
        Ok(())
    }
}

/// Builds the modules unless they are current, and puts the package around them together.
pub fn build(workspace: &Workspace, force: bool) -> Result<()> {
    let compiler = Compiler::prepare(workspace)?;
    let inputs = inputs(workspace, &compiler)?;
    for module in &MODULES {
        module.build(workspace, &compiler, &inputs, force)?;
    }
    write_package(workspace)
}

/// Puts the scripts and types in place, with the modules or before there are any.
pub fn write_package(workspace: &Workspace) -> Result<()> {
    let folder = package_folder(workspace);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    copy_scripts(workspace)?;
    write_types(workspace)
}

/// Whether the modules are there and up to date, as far as that can be told without building anything.
pub fn is_current(workspace: &Workspace) -> Result<bool> {
    let Some(compiler) = Compiler::existing(workspace) else {
        return Ok(false);
    };
    let inputs = inputs(workspace, &compiler)?;
    Ok(MODULES.iter().all(|module| module.artifact(workspace).is_current(&inputs)))
}

/// Whether the modules can be compiled here, and with what.
pub fn readiness(workspace: &Workspace, can_assemble: bool) -> (bool, String) {
    match Compiler::existing(workspace) {
        Some(Compiler::Installed) => (true, format!("rustc has the target {TARGET}")),
        Some(Compiler::Upstream(_)) => (true, "the upstream toolchain, assembled".to_owned()),
        None if solana_tools_installed() && find("rustup").is_some() => {
            (true, "rustup can add the target; the first build does it".to_owned())
        }
        None if can_assemble => (true, "the upstream toolchain, once it is assembled".to_owned()),
        None => (false, String::new()),
    }
}

/// Runs the package's tests in Node.
pub fn test(workspace: &Workspace) -> Result<()> {
    if find("node").is_none() {
        bail!("`node` is not on the PATH, and the browser engine is tested in it: install Node 20 or later");
    }
    let folder = workspace.path("crates/risk-wasm/tests");
    let mut tests: Vec<PathBuf> =
        files_in(&folder)?.into_iter().filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
    tests.sort();
    let mut node = Command::new("node");
    node.current_dir(workspace.path("")).args(["--test", "--test-reporter=spec"]).args(tests);
    run(&mut node, "see the failures above")
}

/// Which compiler makes the modules.
enum Compiler {
    /// The one that runs this command, which has the target.
    Installed,
    /// The assembled one, which compiles the standard library first.
    Upstream(Upstream),
}

impl Compiler {
    /// Picks a compiler, and makes it ready if none is yet.
    fn prepare(workspace: &Workspace) -> Result<Self> {
        if let Some(compiler) = Self::existing(workspace) {
            return Ok(compiler);
        }
        // Where Solana's tools make the image, a download from rustup takes seconds, an assembly many minutes.
        if solana_tools_installed() && find("rustup").is_some() {
            progress::note(&format!("adding the target {TARGET} to this Rust toolchain with rustup (once)"));
            match capture(Command::new("rustup").args(["target", "add", TARGET])) {
                Ok(_) => return Ok(Self::Installed),
                Err(reason) => progress::note(&format!("that did not work, so another compiler is needed: {reason:#}")),
            }
        }
        Upstream::assemble(workspace)
            .map(Self::Upstream)
            .with_context(|| format!("no compiler for {TARGET}: where rustup can, `rustup target add {TARGET}`"))
    }

    /// The compiler that a build would use, if it is there already.
    fn existing(workspace: &Workspace) -> Option<Self> {
        if has_target() { Some(Self::Installed) } else { Upstream::assembled(workspace).map(Self::Upstream) }
    }

    /// Everything about the compiler that decides what it makes of the same sources.
    fn identity(&self) -> Result<String> {
        let installed = capture(Command::new("rustc").arg("--version"))?;
        Ok(match self {
            Self::Installed => installed,
            // The linker is the installed one's.
            Self::Upstream(upstream) => installed + upstream.versions(),
        })
    }

    /// Compiles a module and returns its path in the build folder.
    fn compile(&self, workspace: &Workspace, arguments: &[&str]) -> Result<PathBuf> {
        let build_folder = workspace.target("wasm-build");
        let mut build = workspace.cargo();
        build.args(["rustc", "--release", "--locked", "--package", PACKAGE, "--lib", "--crate-type", "cdylib"]);
        build.args(arguments).args(["--target", TARGET, "--target-dir"]).arg(&build_folder);
        if let Self::Upstream(upstream) = self {
            upstream.configure(&mut build)?;
            build.arg("-Zbuild-std=std,panic_abort").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?);
        }
        build.env("CARGO_ENCODED_RUSTFLAGS", rust_flags(workspace));
        PROFILE.iter().for_each(|setting| {
            build.args(["--config", setting]);
        });
        run(&mut build, "see the compiler's messages above")?;
        Ok(build_folder.join(TARGET).join("release").join("ballast_risk_wasm.wasm"))
    }
}

fn inputs(workspace: &Workspace, compiler: &Compiler) -> Result<String> {
    let mut fingerprint = Fingerprint::new("wasm");
    fingerprint.add("compiler", compiler.identity()?.as_bytes());
    fingerprint.add("profile", PROFILE.join("\n").as_bytes());
    for module in &MODULES {
        fingerprint.add(module.file, module.arguments.join("\n").as_bytes());
    }
    sources::add_to(&mut fingerprint, workspace, PACKAGE)?;
    Ok(fingerprint.finish())
}

/// Whether the compiler that runs this command has the target's standard library.
fn has_target() -> bool {
    let libraries = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    libraries.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// The linker for WebAssembly, which rustup's compilers bring.
fn linker() -> Result<PathBuf> {
    let libraries = capture(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let linker = Path::new(libraries.trim()).with_file_name("bin").join("rust-lld");
    if !linker.is_file() {
        bail!("{} is missing, and WebAssembly is linked with it: install Rust from rustup.rs", linker.display());
    }
    Ok(linker)
}

/// Keeps this machine's folders out of the modules: the messages of panics name source files.
fn rust_flags(workspace: &Workspace) -> String {
    let mut folders = vec![(workspace.path("").to_string_lossy().trim_end_matches('/').to_owned(), ".")];
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        folders.push((home.to_string_lossy().into_owned(), "cargo"));
    } else if let Some(home) = std::env::var_os("HOME") {
        folders.push((Path::new(&home).join(".cargo").to_string_lossy().into_owned(), "cargo"));
    }
    let flags: Vec<String> =
        folders.iter().map(|(folder, name)| format!("--remap-path-prefix={folder}={name}")).collect();
    flags.join("\x1f")
}

/// Puts the scripts and types beside the modules. They are small, so whatever is there is replaced.
fn copy_scripts(workspace: &Workspace) -> Result<()> {
    for file in files_in(&workspace.path("crates/risk-wasm/js"))? {
        let name = file.file_name().context("a file has a name")?;
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        write_whole(&package_folder(workspace).join(name), &content)?;
    }
    Ok(())
}

/// Writes the types of every schema: `book.schema.json` becomes `book.d.ts`.
fn write_types(workspace: &Workspace) -> Result<()> {
    for file in files_in(&workspace.path(SCHEMAS))? {
        let name = file.file_name().context("a file has a name")?.to_string_lossy();
        let Some(stem) = name.strip_suffix(".schema.json") else {
            continue;
        };
        let schema = serde_json::from_slice(&fs::read(&file).with_context(|| format!("cannot read {name}"))?)?;
        let declarations = types::declarations(&schema).with_context(|| format!("{SCHEMAS}/{name} has no types"))?;
        let text = format!("// Made from {SCHEMAS}/{name}.\n\n{declarations}");
        write_whole(&package_folder(workspace).join(format!("{stem}.d.ts")), text.as_bytes())?;
    }
    Ok(())
}

fn compressed_size(module: &Path) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&fs::read(module).context("cannot read the module")?)?;
    Ok(encoder.finish()?.len())
}

/// The folder that holds the modules and their scripts: a package that a web client can depend on as it is.
fn package_folder(workspace: &Workspace) -> PathBuf {
    workspace.target("wasm")
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || format!("cannot read {}", folder.display());
    let entries = fs::read_dir(folder).with_context(failed)?;
    entries.map(|entry| Ok(entry.with_context(failed)?.path())).collect()
}
