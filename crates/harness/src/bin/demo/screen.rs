//! What the demonstration writes: headings, sentences, tables and bars.

use anstyle::{AnsiColor, Style};

/// Headings.
pub const HEADING: Style = AnsiColor::Cyan.on_default().bold();
/// What to look at.
pub const STRONG: Style = Style::new().bold();
/// Background information.
pub const FAINT: Style = Style::new().dimmed();
/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What needs attention.
pub const WARNING: Style = AnsiColor::Yellow.on_default();
/// What was refused or is in danger.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// Columns that sentences are wrapped to.
const WIDTH: usize = 104;
/// Cells of a bar.
const BAR: i64 = 20;

/// Where the text goes: nowhere if the numbers are asked for as JSON.
pub struct Screen {
    silent: bool,
}

impl Screen {
    /// A screen that shows nothing if `silent`.
    pub fn new(silent: bool) -> Self {
        Self { silent }
    }

    /// A line as it is.
    pub fn line(&self, line: &str) {
        if !self.silent {
            anstream::println!("{line}");
        }
    }

    /// An empty line.
    pub fn blank(&self) {
        self.line("");
    }

    /// A section's heading.
    pub fn heading(&self, number: u32, title: &str) {
        if number > 1 {
            self.blank();
        }
        self.line(&format!("{HEADING}{number}. {title}{HEADING:#}"));
        self.blank();
    }

    /// Sentences, wrapped at spaces, not at no-break spaces.
    pub fn say(&self, text: &str) {
        self.wrap("", "", text, Style::new());
    }

    /// An item of a list, wrapped.
    pub fn item(&self, text: &str) {
        self.wrap("  - ", "    ", text, Style::new());
    }

    /// Something quoted, in a style of its own, wrapped.
    pub fn quote(&self, text: &str, style: Style) {
        self.wrap("    ", "    ", text, style);
    }

    fn wrap(&self, first: &str, rest: &str, text: &str, style: Style) {
        let mut line = String::from(first);
        let mut is_empty = true;
        for word in text.split(' ') {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.wrapped(&line, style);
                line = String::from(rest);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.wrapped(&line, style);
    }

    fn wrapped(&self, line: &str, style: Style) {
        self.line(&format!("{style}{}{style:#}", line.replace('\u{a0}', " ")));
    }
}

/// A cell of a table.
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self::styled(text, Style::new())
    }

    /// Text in a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// A table whose columns are as wide as their widest cell: the first to the left, the others to the right.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Appends a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Appends a row of column titles.
    pub fn titles(&mut self, titles: &[&str]) {
        self.row(titles.iter().map(|title| Cell::styled(*title, STRONG)));
    }

    /// Writes the table.
    pub fn print(&self, screen: &Screen) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width_of = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width_of).collect();
        for row in &self.rows {
            let mut line = String::from(" ");
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let Cell { text, style } = cell;
                let padding = " ".repeat(width - text.chars().count());
                let (before, after) = if column == 0 { ("", padding.as_str()) } else { (padding.as_str(), "") };
                line.push_str(&format!(" {before}{style}{text}{style:#}{after} "));
            }
            screen.line(line.trim_end());
        }
    }
}

/// A bar that is full at 10,000 basis points.
pub fn bar(basis_points: i64) -> String {
    let filled = (basis_points * BAR / 10_000).clamp(0, BAR);
    let cells = |count: i64, cell: &str| cell.repeat(usize::try_from(count).unwrap_or(0));
    format!("[{}{}]", cells(filled, "#"), cells(BAR - filled, "."))
}
