//! A private apt: it reads packages from the mirrors that the machine is configured for, checks their signatures
//! with the machine's keys, and unpacks them into a folder. It needs no root and installs nothing.

use crate::process::{capture, find, run};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The keys that Debian signs its archives with.
pub const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What to do where the upstream toolchain cannot be assembled.
pub const ALTERNATIVE: &str = "install Solana's tools, which bring `cargo build-sbf`, and run this again";

/// The addresses of Debian's archives, as the machine's own apt configuration names them.
pub struct Mirrors {
    /// The main archive.
    pub main: String,
    /// The archive of security updates.
    pub security: String,
}

impl Mirrors {
    /// Reads the machine's apt configuration; `DEBIAN_MIRROR` and `DEBIAN_SECURITY_MIRROR` take precedence.
    pub fn of_this_machine() -> Result<Self> {
        for tool in ["apt-get", "apt-cache", "dpkg", "dpkg-deb"] {
            if find(tool).is_none() {
                bail!(
                    "`{tool}` is missing, and the upstream toolchain is assembled from Debian packages: {ALTERNATIVE}"
                );
            }
        }
        if !Path::new(KEYRING).is_file() {
            bail!(
                "{KEYRING} is missing, and without Debian's keys no package can be checked: install the package \
                 debian-archive-keyring, or {ALTERNATIVE}"
            );
        }
        let mut targets = Command::new("apt-get");
        targets.args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
        let configured = capture(&mut targets)?;
        let address = |variable: &str, archive: &str| {
            env::var(variable).ok().or_else(|| repository(&configured, archive)).with_context(|| {
                format!(
                    "this machine's apt configuration names no archive that ends in /{archive}: set {variable} to the \
                     address of a mirror, or {ALTERNATIVE}"
                )
            })
        };
        Ok(Self {
            main: address("DEBIAN_MIRROR", "debian")?,
            security: address("DEBIAN_SECURITY_MIRROR", "debian-security")?,
        })
    }
}

/// The first of the repositories (one address a line) whose last path segment is the archive's name.
fn repository(configured: &str, archive: &str) -> Option<String> {
    let is_archive = |address: &&str| address.trim_end_matches('/').rsplit('/').next() == Some(archive);
    configured.lines().map(str::trim).find(is_archive).map(str::to_owned)
}

/// An apt with its own sources and lists, which believes that nothing is installed.
pub struct PrivateApt {
    folder: PathBuf,
}

impl PrivateApt {
    /// Sets up an apt in `folder` for archives given as (address, suite), and reads their indexes.
    pub fn set_up(folder: &Path, archives: &[(&str, &str)]) -> Result<Self> {
        let apt = Self { folder: folder.to_owned() };
        for part in ["lists/partial", "cache/archives/partial", "preferences.d"] {
            fs::create_dir_all(folder.join(part)).context("cannot create apt's folders")?;
        }
        let sources: String = archives
            .iter()
            .map(|(address, suite)| format!("deb [signed-by={KEYRING}] {address} {suite} main\n"))
            .collect();
        fs::write(folder.join("sources.list"), sources).context("cannot write apt's sources")?;
        fs::write(folder.join("status"), "").context("cannot write apt's status")?;
        run(
            apt.command("apt-get").arg("update"),
            &format!("check the network and this machine's mirrors, then run this again; or {ALTERNATIVE}"),
        )?;
        // What an interrupted run downloaded is used again, unless the archive has a newer version by now.
        run(apt.command("apt-get").arg("autoclean"), "remove target/sbf-toolchain and run this again")?;
        Ok(apt)
    }

    /// Downloads packages with everything that they depend on.
    pub fn download_with_dependencies(&self, packages: &[&str]) -> Result<()> {
        let mut install = self.command("apt-get");
        install.args(["--download-only", "--no-install-recommends", "--yes", "install"]).args(packages);
        run(&mut install, &missing(packages))
    }

    /// Downloads packages alone.
    pub fn download(&self, packages: &[&str]) -> Result<()> {
        let mut download = self.command("apt-get");
        download.arg("download").args(packages).current_dir(self.archives());
        run(&mut download, &missing(packages))
    }

    /// The downloaded packages.
    pub fn downloaded(&self) -> Result<Vec<Package>> {
        let mut packages = Vec::new();
        for entry in fs::read_dir(self.archives()).context("cannot read apt's archives")? {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "deb") {
                packages.push(Package::read(file)?);
            }
        }
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(packages)
    }

    fn archives(&self) -> PathBuf {
        self.folder.join("cache/archives")
    }

    fn command(&self, program: &str) -> Command {
        let folder = self.folder.display();
        let mut command = Command::new(program);
        command.arg("-qq");
        for option in [
            format!("Dir::Etc::sourcelist={folder}/sources.list"),
            "Dir::Etc::sourceparts=-".to_owned(),
            format!("Dir::Etc::preferences={folder}/preferences"),
            format!("Dir::Etc::preferencesparts={folder}/preferences.d"),
            format!("Dir::State::lists={folder}/lists"),
            format!("Dir::State::status={folder}/status"),
            format!("Dir::State::extended_states={folder}/extended_states"),
            format!("Dir::Cache={folder}/cache"),
            "Debug::NoLocking=1".to_owned(),
            "APT::Sandbox::User=".to_owned(),
            "APT::Architecture=amd64".to_owned(),
            "APT::Architectures=amd64".to_owned(),
            "APT::Default-Release=".to_owned(),
            // A machine may be configured to be careless; this must not be.
            "APT::Get::AllowUnauthenticated=false".to_owned(),
            "Acquire::AllowInsecureRepositories=false".to_owned(),
            "Acquire::AllowWeakRepositories=false".to_owned(),
            "Acquire::Retries=3".to_owned(),
            // An index that could not be read is otherwise only a warning.
            "APT::Update::Error-Mode=any".to_owned(),
        ] {
            command.arg(format!("-o{option}"));
        }
        command
    }
}

fn missing(packages: &[&str]) -> String {
    format!(
        "the archive no longer has {}, or the download broke off. Run this again; if it fails the same way, \
         {ALTERNATIVE}",
        packages.join(", ")
    )
}

/// A downloaded package.
pub struct Package {
    /// The package's name.
    pub name: String,
    /// The package's version.
    pub version: String,
    file: PathBuf,
}

impl Package {
    fn read(file: PathBuf) -> Result<Self> {
        let field = |name: &str| -> Result<String> {
            let mut dpkg = Command::new("dpkg-deb");
            dpkg.arg("--field").arg(&file).arg(name);
            Ok(capture(&mut dpkg)?.trim().to_owned())
        };
        Ok(Self { name: field("Package")?, version: field("Version")?, file })
    }

    /// Unpacks the package's files into a folder.
    pub fn unpack(&self, folder: &Path) -> Result<()> {
        let mut dpkg = Command::new("dpkg-deb");
        capture(dpkg.arg("--extract").arg(&self.file).arg(folder)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn an_archive_is_recognised_by_its_last_path_segment() {
        let configured = "http://a.example/mirror/debian-security/\nhttp://a.example/debian\n";
        assert_eq!(repository(configured, "debian").as_deref(), Some("http://a.example/debian"));
        assert_eq!(
            repository(configured, "debian-security").as_deref(),
            Some("http://a.example/mirror/debian-security/")
        );
        assert_eq!(repository("http://a.example/ubuntu\n", "debian"), None);
    }
}
