//! Finds the program image.

use std::{env, fs, path::PathBuf};

/// Environment variable that names another image than the one `cargo xtask build` makes.
pub const IMAGE_VARIABLE: &str = "BALLAST_IMAGE";

/// Path of the program image.
pub fn path() -> PathBuf {
    env::var_os(IMAGE_VARIABLE).map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/ballast.so")),
        PathBuf::from,
    )
}

/// The image of the example that calls the program.
///
/// # Panics
/// If there is none.
pub fn read_example() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/deploy/example_desk.so");
    fs::read(path)
        .unwrap_or_else(|error| panic!("no image at {path}: {error}; run `cargo xtask test`, which builds it"))
}

/// The program image.
///
/// # Panics
/// If there is none.
pub fn read() -> Vec<u8> {
    let path = path();
    fs::read(&path).unwrap_or_else(|error| {
        panic!("no program image at {}: {error}; run `cargo xtask build` first", path.display())
    })
}
