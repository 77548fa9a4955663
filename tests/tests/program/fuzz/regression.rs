//! Sequences in files: one JSON document a line, the first of which says what the sequence is about.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::action::Step;

/// Environment variable that names another folder for sequences that fail.
const FOLDER_VARIABLE: &str = "BALLAST_FUZZ_REGRESSIONS";

/// The first line of a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Heading {
    /// What failed, or what the sequence shows.
    pub about: String,
    /// Seed of the sequence that it was shrunk from.
    pub seed: u64,
}

/// The sequences of the repository.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/regressions"))
}

/// Files of the repository, by name.
///
/// # Panics
/// If the folder cannot be read.
pub fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder of regressions can be read");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files
}

/// Reads a sequence.
///
/// # Panics
/// If the file is not one.
pub fn read(file: &Path) -> (Heading, Vec<Step>) {
    let text = fs::read_to_string(file).expect("the sequence can be read");
    let mut lines = text.lines();
    let heading = serde_json::from_str(lines.next().expect("a sequence has a heading")).expect("a heading");
    let steps = lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")));
    (heading, steps.collect())
}

/// Writes a sequence that failed. Returns its text and where it stands.
///
/// # Panics
/// If it cannot be written.
pub fn write(heading: &Heading, topic: &str, steps: &[Step]) -> (String, PathBuf) {
    let mut text = serde_json::to_string(heading).expect("a heading is JSON") + "\n";
    for step in steps {
        text += &(serde_json::to_string(step).expect("a step is JSON") + "\n");
    }
    let folder = env::var_os(FOLDER_VARIABLE).map_or_else(folder, PathBuf::from);
    fs::create_dir_all(&folder).expect("the folder of regressions can be made");
    let name: String = topic.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    let path = folder.join(format!("{name}-{}.jsonl", heading.seed));
    fs::write(&path, &text).expect("the sequence can be written");
    (text, path)
}
