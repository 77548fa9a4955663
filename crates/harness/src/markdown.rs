//! Documents that commands write: sections and tables.

use std::fmt::Write;

/// Appends a heading of the second level and what stands below it.
pub fn section(text: &mut String, title: &str, introduction: &str) {
    let _ = write!(text, "\n## {title}\n\n{introduction}");
    if !introduction.is_empty() {
        text.push('\n');
    }
}

/// Appends a table whose words are left-aligned and whose numbers are right-aligned. The first column counts as words.
pub fn table(text: &mut String, titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let is_number = |column: usize| {
        rows.iter().all(|row| row[column].starts_with(|first: char| first.is_ascii_digit()) && column > 0)
    };
    let _ = writeln!(text, "| {} |", titles.join(" | "));
    let rules: Vec<&str> = (0..titles.len()).map(|column| if is_number(column) { "---:" } else { "---" }).collect();
    let _ = writeln!(text, "|{}|", rules.join("|"));
    for row in &rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}
