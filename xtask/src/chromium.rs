//! The browser that the dashboard's story runs in: Debian's Chromium, or another one that is named.

use crate::process::{capture, find, run};
use crate::progress;
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Environment variable that names a Chromium, or a browser of its family.
pub const VARIABLE: &str = "BALLAST_CHROMIUM";
/// What to do where there is none.
pub const REMEDY: &str = "apt-get install chromium, or name one in BALLAST_CHROMIUM";

/// Where Chromium is, if it is.
pub fn installed() -> Option<PathBuf> {
    let named = env::var_os(VARIABLE).map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find))
}

/// Where Chromium is; on a Debian machine, root has it installed from the machine's own mirrors first.
pub fn provide() -> Result<PathBuf> {
    if let Some(path) = installed() {
        return Ok(path);
    }
    if find("apt-get").is_none() || !is_root() {
        bail!("the dashboard is tested in Chromium, and there is none: {REMEDY}");
    }
    progress::note("installing Chromium with apt-get, for the dashboard's tests");
    for args in [&["update"][..], &["install", "--yes", "--no-install-recommends", "chromium"][..]] {
        let mut apt = Command::new("apt-get");
        apt.arg("-qq").args(args).env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut apt, REMEDY)?;
    }
    match installed() {
        Some(path) => Ok(path),
        None => bail!("apt-get installed chromium, and there is still none on the PATH: {REMEDY}"),
    }
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
