//! Keys, from the files that Solana's command line writes.

use std::path::Path;

use anyhow::{Result, anyhow};
use solana_keypair::{Keypair, read_keypair_file};

/// Reads a key.
///
/// # Errors
/// If the file cannot be read or holds no key; the message does not show what it holds.
pub fn read(file: &Path) -> Result<Keypair> {
    read_keypair_file(file).map_err(|error| anyhow!("cannot read the key in {}: {error}", file.display()))
}
