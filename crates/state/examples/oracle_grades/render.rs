//! The table of grades and actions as Markdown.

use ballast_state::oracle_grade::{Action, Grade};

/// Where it stands, from the crate's folder.
pub const DOCUMENT: &str = "../../docs/oracles.md";
const BEGIN: &str = "<!-- cargo run -p ballast-state --example oracle_grades -->\n";
const END: &str = "<!-- end -->\n";

/// The document with the table as the code has it; nothing if it lacks the markers.
pub fn with_table(document: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", table()))
}

fn table() -> String {
    let mut text = format!("| |{}\n|---|", Grade::ALL.map(|grade| format!(" {} |", grade.name())).concat());
    text.push_str(&"---|".repeat(Grade::ALL.len()));
    text.push('\n');
    for action in Action::ALL {
        let cells = Grade::ALL.map(|grade| format!(" {} |", action.accepts(grade).name()));
        text.push_str(&format!("| {} |{}\n", action.meaning(), cells.concat()));
    }
    text
}
