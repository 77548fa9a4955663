//! Writes the table of grades and actions into docs/oracles.md, between its markers.

use std::{fs, io, path::Path};

mod render;

fn main() -> io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(render::DOCUMENT);
    let document = fs::read_to_string(&path)?;
    let updated = render::with_table(&document).ok_or_else(|| io::Error::other("docs/oracles.md lacks its markers"))?;
    fs::write(path, updated)
}
