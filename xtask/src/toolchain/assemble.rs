//! Assembling the upstream toolchain, once, in `target/sbf-toolchain`.
//!
//! A stable rustup toolchain can neither build a standard library for sBPF nor generate its code. Debian's rustc comes
//! with the sources of its library, Debian's LLVM 23 can generate the code, and the crate registry has a linker that
//! writes the image. Every step works in a folder of a temporary name and renames it when it is complete, so a run
//! that is interrupted leaves nothing half done: the next one finds the finished folders and goes on from there.

use super::files;
use crate::apt::{ALTERNATIVE, Mirrors, Package, PrivateApt};
use crate::artifact::write_whole;
use crate::process::{capture, run};
use crate::progress::{self, Steps};
use crate::workspace::{ProgramPackage, Workspace};
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Changes whenever the steps below change in a way that a finished toolchain has to be assembled again for.
const RECIPE: &str = "recipe 1";

/// The Debian release that the compiler is taken from. A later one runs its programs as well.
const RELEASE: &str = "bookworm";

/// The compiler that the recipe is known to work with. Debian updates it, and unstable flags may change with it.
const KNOWN_RUSTC: &str = "1.96";

const LINKER_VERSION: &str = "0.2.6";

/// The packages that make up the compiler; the rest of what apt brings are libraries that it needs.
const COMPILER_PACKAGES: &[&str] = &["rustc-web", "rust-web-src", "libstd-rust-web"];

/// The upstream toolchain.
pub struct Upstream {
    folder: PathBuf,
    versions: String,
}

impl Upstream {
    /// The toolchain, if it is complete and made by this recipe.
    pub fn assembled(workspace: &Workspace) -> Option<Self> {
        let folder = workspace.target("sbf-toolchain");
        let versions = fs::read_to_string(folder.join("VERSIONS")).ok()?;
        (versions.lines().next() == Some(RECIPE)).then_some(Self { folder, versions })
    }

    /// The toolchain, after whatever is left to be done for it.
    pub fn assemble(workspace: &Workspace) -> Result<Self> {
        if let Some(toolchain) = Self::assembled(workspace) {
            return Ok(toolchain);
        }
        if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
            bail!("the upstream toolchain is put together from x86-64 Linux packages: on this machine, {ALTERNATIVE}");
        }
        progress::note("assembling the upstream sBPF toolchain in target/sbf-toolchain (once, about 1 GB)");
        let mirrors = Mirrors::of_this_machine()?;
        let assembly = Assembly { folder: workspace.target("sbf-toolchain") };
        assembly.start()?;
        let mut steps = Steps::new(6);
        assembly.step(&mut steps, "rust", "Debian's rustc and its library sources", |folder| {
            assembly.fetch_compiler(&mirrors, folder)
        })?;
        assembly.step(&mut steps, "llvm", "LLVM 23 and the libraries that it needs", |folder| {
            assembly.fetch_llvm(&mirrors, folder)
        })?;
        assembly.step(&mut steps, "rust-libraries", "libraries that rustc needs and this machine lacks", |folder| {
            assembly.link_missing_libraries(folder)
        })?;
        assembly.step(
            &mut steps,
            "linker",
            "sbpf-linker, compiled from the crate registry (takes the longest)",
            |folder| assembly.install_linker(workspace, folder),
        )?;
        assembly.step(&mut steps, "bin", "wrappers and target file", |folder| assembly.write_files(folder))?;
        steps.run("trying the pieces, and clearing up", || assembly.finish())?;
        Self::assembled(workspace).context("the toolchain is not there after it was assembled")
    }

    /// The recipe, and the name and version of everything that the toolchain consists of, one a line.
    pub fn versions(&self) -> &str {
        &self.versions
    }

    /// Compiles a program with cargo and this toolchain's compiler, standard library and linker.
    pub fn compile(&self, workspace: &Workspace, package: &ProgramPackage, build_folder: &Path) -> Result<PathBuf> {
        let library = format!("lib{}.so", package.library());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.folder.join("bin");
        let path = std::env::join_paths(std::iter::once(bin.clone()).chain(std::env::split_paths(&path)))?;
        let mut build = workspace.cargo();
        build
            .args(["build", "--release", "--locked", "--package", package.name, "--lib", "--target"])
            .arg(bin.join(format!("{}.json", files::TARGET)))
            .args(["-Zjson-target-spec", "-Zbuild-std=std,panic_abort", "--target-dir"])
            .arg(build_folder)
            .env("PATH", path)
            .env(files::IMAGE_VARIABLE, &library)
            .env("CARGO_ENCODED_RUSTFLAGS", files::rust_flags())
            // Lifts the standard library's restriction on targets it does not know.
            .env("RUSTC_BOOTSTRAP_SYNTHETIC_TARGET", "1");
        self.configure(&mut build)?;
        run(&mut build, "see the compiler's messages above")?;
        Ok(build_folder.join(files::TARGET).join("release").join(library))
    }

    /// Has cargo use this compiler, and find the sources of its standard library.
    pub fn configure(&self, build: &mut Command) -> Result<()> {
        build
            .env("RUSTC", self.folder.join("bin/rustc"))
            // Opens the unstable flags.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", library_sources(&self.folder.join("rust"))?);
        for variable in ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_TARGET_DIR"] {
            build.env_remove(variable);
        }
        Ok(())
    }
}

/// The folder that a toolchain grows in.
struct Assembly {
    folder: PathBuf,
}

impl Assembly {
    /// Keeps what an interrupted run of the same recipe finished; anything else is cleared away.
    fn start(&self) -> Result<()> {
        let record = self.path("RECIPE");
        if fs::read_to_string(&record).is_ok_and(|recorded| recorded == RECIPE) {
            return Ok(());
        }
        remove(&self.folder)?;
        fs::create_dir_all(&self.folder).context("cannot create target/sbf-toolchain")?;
        write_whole(&record, RECIPE.as_bytes())
    }

    /// Makes the folder `name`, unless an earlier run completed it.
    fn step(&self, steps: &mut Steps, name: &str, what: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let complete = self.path(name);
        if complete.exists() {
            steps.skip(what);
            return Ok(());
        }
        steps.run(what, || {
            let partial = self.path(&format!("{name}.partial"));
            remove(&partial)?;
            fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
            make(&partial)?;
            fs::rename(&partial, &complete).with_context(|| format!("cannot rename {}", partial.display()))
        })
    }

    fn fetch_compiler(&self, mirrors: &Mirrors, folder: &Path) -> Result<()> {
        let security = format!("{RELEASE}-security");
        let archives = [(mirrors.security.as_str(), security.as_str()), (mirrors.main.as_str(), RELEASE)];
        let apt = PrivateApt::set_up(&self.path("apt-rust"), &archives)?;
        // rustc-web alone: its dependencies are a C compiler and its libraries, which the machine has.
        apt.download(&["rustc-web"])?;
        apt.download_with_dependencies(&["rust-web-src", "libstd-rust-web-dev"])?;
        let packages = apt.downloaded()?;
        let (compiler, libraries): (Vec<_>, Vec<_>) =
            packages.iter().partition(|package| COMPILER_PACKAGES.iter().any(|name| package.name.starts_with(name)));
        unpack(&compiler, folder)?;
        unpack(&libraries, &folder.join("support"))?;
        add_allocator_alignment(&library_sources(folder)?)?;
        record_versions(&packages, folder)
    }

    fn fetch_llvm(&self, mirrors: &Mirrors, folder: &Path) -> Result<()> {
        let apt = PrivateApt::set_up(&self.path("apt-llvm"), &[(&mirrors.main, "sid")])?;
        apt.download_with_dependencies(&["libllvm23"])?;
        let packages = apt.downloaded()?;
        unpack(&packages.iter().collect::<Vec<_>>(), folder)?;
        record_versions(&packages, folder)
    }

    /// Links those of the unpacked libraries that the dynamic loader does not find on this machine. Only those: the
    /// machine's own C library and what fits to it must stay in use, since rustc loads macros compiled against it.
    fn link_missing_libraries(&self, folder: &Path) -> Result<()> {
        let rust = self.path("rust");
        let libraries = rust.join("usr").join(MULTIARCH);
        // Relative, so that the checkout can be moved.
        let support = ["../rust/support/usr", "../rust/support"].map(|root| Path::new(root).join(MULTIARCH));
        let search = std::env::join_paths([&libraries, folder])?;
        loop {
            let mut ldd = Command::new("ldd");
            ldd.arg(rust.join("usr/bin/rustc")).env("LD_LIBRARY_PATH", &search);
            let report = capture(&mut ldd)?;
            let missing: Vec<&str> = report.lines().filter_map(missing_library).collect();
            if missing.is_empty() {
                return Ok(());
            }
            for name in missing {
                let holds_it = |place: &&PathBuf| folder.join(place).join(name).exists();
                let Some(place) = support.iter().find(holds_it) else {
                    bail!("rustc needs the library {name}, which neither this machine nor Debian's packages have");
                };
                symlink(place.join(name), folder.join(name)).with_context(|| format!("cannot link {name}"))?;
            }
        }
    }

    fn install_linker(&self, workspace: &Workspace, folder: &Path) -> Result<()> {
        let mut install = workspace.cargo();
        install
            .args(["install", "--quiet", "--locked", "--no-track", "sbpf-linker", "--version", LINKER_VERSION])
            .arg("--root")
            .arg(folder)
            .env("CARGO_TARGET_DIR", self.path("linker-build"));
        run(&mut install, "check the network and the messages above, then run this again")?;
        fs::write(folder.join("PACKAGES"), format!("sbpf-linker {LINKER_VERSION}\n"))
            .context("cannot record the linker")
    }

    fn write_files(&self, folder: &Path) -> Result<()> {
        write_program(&folder.join("rustc"), files::RUSTC)?;
        write_program(&folder.join(files::LINKER), &files::linker())?;
        fs::write(folder.join(format!("{}.json", files::TARGET)), files::target_file())
            .context("cannot write the target file")?;
        // The linker looks for LLVM by name in this folder, and must find nothing else there.
        let only = folder.join(files::LLVM_ONLY);
        fs::create_dir(&only).context("cannot create the folder of LLVM alone")?;
        let llvm = Path::new("llvm/usr").join(MULTIARCH);
        for entry in fs::read_dir(self.folder.join(&llvm)).context("cannot read LLVM's folder")? {
            let name = entry?.file_name();
            if name.to_string_lossy().starts_with("libLLVM.so.") {
                symlink(Path::new("../..").join(&llvm).join(&name), only.join(&name)).context("cannot link LLVM")?;
            }
        }
        Ok(())
    }

    /// Runs the pieces once, removes what only the assembly needed, and writes the record that makes it complete.
    fn finish(&self) -> Result<()> {
        let rustc = capture(Command::new(self.path("bin/rustc")).arg("--version"))?;
        if !rustc.starts_with(&format!("rustc {KNOWN_RUSTC}.")) {
            progress::note(&format!(
                "Debian's compiler is now {}; this recipe is known to work with {KNOWN_RUSTC}",
                rustc.trim()
            ));
        }
        for scaffold in ["apt-rust", "apt-llvm", "linker-build"] {
            remove(&self.path(scaffold))?;
        }
        let mut versions = format!("{RECIPE}\n");
        for part in ["rust", "llvm", "linker"] {
            versions += &fs::read_to_string(self.path(part).join("PACKAGES")).context("cannot read PACKAGES")?;
        }
        write_whole(&self.path("VERSIONS"), versions.as_bytes())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Where Debian keeps the libraries of this architecture, below `/` or `/usr`.
const MULTIARCH: &str = "lib/x86_64-linux-gnu";

/// The library that a line of ldd's report says is not found.
fn missing_library(line: &str) -> Option<&str> {
    line.trim().strip_suffix("=> not found").map(str::trim)
}

fn unpack(packages: &[&Package], folder: &Path) -> Result<()> {
    packages.iter().try_for_each(|package| package.unpack(folder))
}

fn record_versions(packages: &[Package], folder: &Path) -> Result<()> {
    let list: String = packages.iter().map(|package| format!("{} {}\n", package.name, package.version)).collect();
    fs::write(folder.join("PACKAGES"), list).context("cannot record the packages")
}

/// The standard library's sources, which Debian keeps below a folder that is named for the version.
fn library_sources(rust: &Path) -> Result<PathBuf> {
    let folder = rust.join("usr/src");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let library = entry?.path().join("library");
        if library.join("std").is_dir() {
            return Ok(library);
        }
    }
    bail!("{} holds no sources of the standard library", folder.display())
}

/// The standard library has no allocator alignment for this architecture: one more line in its list of those with 8.
fn add_allocator_alignment(library: &Path) -> Result<()> {
    let path = library.join("std/src/sys/alloc/mod.rs");
    let source = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let neighbour = "    target_arch = \"xtensa\",\n";
    if source.matches(neighbour).count() != 1 {
        bail!("the standard library's allocator alignments are not where they were: {ALTERNATIVE}");
    }
    let patched = source.replace(neighbour, &format!("{neighbour}    target_arch = \"bpf\",\n"));
    write_whole(&path, patched.as_bytes())
}

fn write_program(path: &Path, script: &str) -> Result<()> {
    fs::write(path, script).with_context(|| format!("cannot write {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).context("cannot make a script executable")
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::missing_library;

    #[test]
    fn only_libraries_that_are_not_found_are_missing() {
        assert_eq!(missing_library("\tlibLLVM.so.22.1 => not found"), Some("libLLVM.so.22.1"));
        assert_eq!(missing_library("\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)"), None);
    }
}
