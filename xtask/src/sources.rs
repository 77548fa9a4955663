//! The sources that go into a build: a package and the workspace's packages that it depends on.

use crate::artifact::Fingerprint;
use crate::process::capture;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of a package that the compiler never sees.
const NOT_BUILT: &[&str] = &["tests", "benches", "examples", "target", "js"];

/// Adds every source file of a package, the dependency versions and the build profile to a fingerprint.
pub fn add_to(fingerprint: &mut Fingerprint, workspace: &Workspace, package: &str) -> Result<()> {
    for file in ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"] {
        fingerprint.add_file(file, &workspace.path(file))?;
    }
    let root = workspace.path("");
    for folder in package_folders(workspace, package)? {
        for file in files_below(&folder)? {
            let name = file.strip_prefix(&root).unwrap_or(&file);
            fingerprint.add_file(&name.to_string_lossy(), &file)?;
        }
    }
    Ok(())
}

/// The folders of a package and of the path dependencies that it builds with.
fn package_folders(workspace: &Workspace, package: &str) -> Result<BTreeSet<PathBuf>> {
    let mut metadata = workspace.cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&capture(&mut metadata)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    path_dependencies(packages, package)
}

fn path_dependencies(packages: &[Value], root: &str) -> Result<BTreeSet<PathBuf>> {
    let folder_of = |package: &Value| -> Option<PathBuf> {
        Some(Path::new(package["manifest_path"].as_str()?).parent()?.to_owned())
    };
    let start = packages
        .iter()
        .find(|package| package["name"] == root)
        .and_then(folder_of)
        .with_context(|| format!("the workspace has no package `{root}`"))?;

    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(folder) = open.pop() {
        if !found.insert(folder.clone()) {
            continue;
        }
        let package = packages.iter().find(|package| folder_of(package).as_ref() == Some(&folder));
        let dependencies = package.and_then(|package| package["dependencies"].as_array());
        for dependency in dependencies.into_iter().flatten() {
            if dependency["kind"] != "dev" {
                open.extend(dependency["path"].as_str().map(PathBuf::from));
            }
        }
    }
    Ok(found)
}

/// Every file of a package, in a fixed order.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        let entries = fs::read_dir(&current).with_context(|| format!("cannot read {}", current.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let left_out = name.starts_with('.') || (current == folder && NOT_BUILT.contains(&&*name));
            if left_out {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}
