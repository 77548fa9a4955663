//! Computes the numeric tables of `ballast-risk` with 72-digit arithmetic.
//!
//! `cargo run -p table-generator` writes them to `crates/risk/tables`; with `--check` it writes nothing and fails if a
//! file there differs. The engine itself only embeds the files: nothing is computed when it is built.

mod polynomial;
mod real;
mod tables;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [] => write(),
        [flag] if flag == "--check" => check(),
        _ => Err("usage: table-generator [--check]".to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../risk/tables")
}

/// Writes every table.
fn write() -> Result<(), String> {
    for table in tables::all() {
        let path = folder().join(table.file_name);
        std::fs::write(&path, &table.bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{} ({} bytes)", table.file_name, table.bytes.len());
    }
    Ok(())
}

/// Compares every table with its file.
fn check() -> Result<(), String> {
    for table in tables::all() {
        let path = folder().join(table.file_name);
        let stored = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if stored != table.bytes {
            return Err(format!("{} differs from its definition", path.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_in_the_repository_are_what_the_definitions_give() {
        super::check().unwrap();
    }
}
