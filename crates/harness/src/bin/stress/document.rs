//! The document that keeps the results of a run.

use anyhow::Context;

/// Between these lines of the document stand the results; the rest is written by hand.
const BEGIN: &str = "<!-- results: written by `cargo xtask stress` -->";
const END: &str = "<!-- end of results -->";

/// The document with new results.
pub fn with_results(document: &str, accounts: usize, seed: u64, results: &str) -> anyhow::Result<String> {
    let (before, rest) = document.split_once(BEGIN).with_context(|| format!("the document has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("the document has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n\n{accounts} accounts, seed {seed}.\n{results}\n{END}{after}"))
}
