//! Results that are built again only when what goes into them has changed.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// A digest over everything that decides what a result will be.
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts a digest for one kind of result.
    pub fn new(kind: &str) -> Self {
        let mut fingerprint = Self(Sha256::new());
        fingerprint.add(kind, b"");
        fingerprint
    }

    /// Adds a named piece. Lengths are part of the digest, so that pieces cannot run into each other.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// Adds a file under the given name.
    pub fn add_file(&mut self, name: &str, path: &Path) -> Result<()> {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.add(name, &content);
        Ok(())
    }

    /// The digest.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// A file that is built, with a stamp beside it that records from what.
pub struct Artifact {
    path: PathBuf,
}

impl Artifact {
    /// The artifact at a path, whether it exists yet or not.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether the file was built from these inputs and is still as it was built.
    pub fn is_current(&self, inputs: &str) -> bool {
        let recorded = fs::read_to_string(self.stamp()).ok();
        recorded.is_some_and(|stamp| self.digest().is_ok_and(|output| stamp == stamp_text(inputs, &output)))
    }

    /// Puts a new content in place and records what it was built from. The stamp comes last: a run that is killed
    /// in between leaves a file that counts as out of date.
    pub fn replace(&self, content: &[u8], inputs: &str) -> Result<()> {
        let folder = self.path.parent().context("an artifact lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        write_whole(&self.path, content)?;
        write_whole(&self.stamp(), stamp_text(inputs, &self.digest()?).as_bytes())
    }

    /// The SHA-256 of the file.
    pub fn digest(&self) -> Result<String> {
        Ok(hex(&Sha256::digest(self.read()?)))
    }

    /// The size of the file in bytes.
    pub fn size(&self) -> Result<usize> {
        Ok(self.read()?.len())
    }

    fn read(&self) -> Result<Vec<u8>> {
        fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))
    }

    fn stamp(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".stamp");
        PathBuf::from(name)
    }
}

/// Writes a file so that it is either the old or the new content, whenever the run is interrupted.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let failed = || format!("cannot write {}", path.display());
    fs::write(&partial, content).with_context(failed)?;
    fs::rename(&partial, path).with_context(failed)
}

fn stamp_text(inputs: &str, output: &str) -> String {
    format!("inputs {inputs}\noutput {output}\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> Artifact {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Artifact::new(folder.join("result"))
    }

    #[test]
    fn an_artifact_is_current_for_its_own_inputs_only() {
        let artifact = scratch("inputs");
        assert!(!artifact.is_current("a"));
        artifact.replace(b"built", "a").unwrap();
        assert!(artifact.is_current("a"));
        assert!(!artifact.is_current("b"));
    }

    #[test]
    fn a_changed_or_missing_file_is_not_current() {
        let artifact = scratch("changed");
        artifact.replace(b"built", "a").unwrap();
        fs::write(&artifact.path, b"touched").unwrap();
        assert!(!artifact.is_current("a"));
        fs::remove_file(&artifact.path).unwrap();
        assert!(!artifact.is_current("a"));
    }

    #[test]
    fn pieces_do_not_run_into_each_other() {
        let digest = |pieces: &[(&str, &str)]| {
            let mut fingerprint = Fingerprint::new("test");
            pieces.iter().for_each(|(name, content)| fingerprint.add(name, content.as_bytes()));
            fingerprint.finish()
        };
        assert_ne!(digest(&[("a", "bc")]), digest(&[("ab", "c")]));
        assert_ne!(digest(&[("a", ""), ("b", "")]), digest(&[("a", "b")]));
    }
}
