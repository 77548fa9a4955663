//! Where things are.

use crate::progress;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package whose image and IDL are built.
pub const PROGRAM: &str = "ballast";

/// A package that builds into a program image.
pub struct ProgramPackage {
    /// Its name.
    pub name: &'static str,
    /// Its folder in the checkout.
    pub folder: &'static str,
}

impl ProgramPackage {
    /// The product.
    pub const PRODUCT: Self = Self { name: PROGRAM, folder: "programs/ballast" };
    /// The example of a program that calls it.
    pub const EXAMPLE: Self = Self { name: "example-desk", folder: "programs/example-desk" };

    /// What the compiler calls its library.
    pub fn library(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// The checkout that the commands work on.
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout from the folder that cargo names, or else from the current one.
    pub fn locate() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(folder) => PathBuf::from(folder),
            None => env::current_dir().context("cannot read the current folder")?,
        };
        match start.ancestors().find(|folder| folder.join("Cargo.lock").is_file()) {
            Some(root) => Ok(Self { root: root.to_owned() }),
            None => bail!("no Cargo.lock above {}: run this inside the checkout", start.display()),
        }
    }

    /// A copy of the checkout's sources, with this root.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// A path inside the checkout.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A path inside the folder of build results. It is always the checkout's own `target`, because tests and
    /// documents name the image's place there.
    pub fn target(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// The folder of the program's image.
    pub fn deploy_folder(&self) -> PathBuf {
        self.target("deploy")
    }

    /// The program's image.
    pub fn image(&self) -> PathBuf {
        self.deploy_folder().join(format!("{PROGRAM}.so"))
    }

    /// The program's interface description.
    pub fn idl(&self) -> PathBuf {
        self.target("idl").join(format!("{PROGRAM}.json"))
    }

    /// The cargo that runs this command, in the checkout's root.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        // cargo adds its own libraries' folders for a program that it runs; they are not meant for the next cargo.
        command.env_remove("LD_LIBRARY_PATH");
        // Nor are xtask's own name and version, whose change some build scripts take for a reason to run again: without
        // them a plain `cargo test` shares what `cargo xtask test` has compiled.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Keeps other runs from building at the same time, until the returned file is dropped.
    pub fn lock_builds(&self) -> Result<File> {
        let path = self.target("xtask.lock");
        fs::create_dir_all(self.target("")).context("cannot create the folder target")?;
        let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => progress::note("waiting for another `cargo xtask` to finish building"),
            Err(TryLockError::Error(_)) => {}
        }
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }
}
