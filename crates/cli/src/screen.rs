//! What the commands write: headings, sentences, tables.
//!
//! Colours appear on a terminal alone, and not if NO_COLOR is set: `anstream` takes them out elsewhere.

use anstyle::{AnsiColor, Style};
use ballast_book::Decimal;

/// Headings.
pub const HEADING: Style = AnsiColor::Cyan.on_default().bold();
/// What to look at.
pub const STRONG: Style = Style::new().bold();
/// Background information.
pub const FAINT: Style = Style::new().dimmed();
/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is in danger.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// Columns that sentences are wrapped to.
const WIDTH: usize = 100;

/// A heading, with an empty line before it.
pub fn heading(title: &str) {
    anstream::println!();
    anstream::println!("{HEADING}{title}{HEADING:#}");
}

/// Sentences, wrapped at spaces.
pub fn say(text: &str) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            anstream::println!("{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    anstream::println!("{line}");
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

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// A table whose columns are as wide as their widest cell: the first to the left, the others to the right.
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table that begins with faint headings.
    pub fn with_headings<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::default();
        table.row(headings.into_iter().map(|heading| Cell::styled(heading, FAINT)));
        table
    }

    /// Appends a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Appends a row of text.
    pub fn text<const COLUMNS: usize>(&mut self, cells: [String; COLUMNS]) {
        self.row(cells.map(Cell::new));
    }

    /// Writes the table.
    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::from(" ");
            for (column, (Cell { text, style }, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - text.chars().count());
                if column == 0 {
                    line.push_str(&format!(" {style}{text}{style:#}{padding}"));
                } else {
                    line.push_str(&format!("  {padding}{style}{text}{style:#}"));
                }
            }
            anstream::println!("{}", line.trim_end());
        }
    }
}

/// A number with so many decimals, and commas between thousands.
pub fn number(value: Decimal, decimals: u32) -> String {
    let text = value.rounded(decimals).to_string();
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let width = decimals as usize;
    if decimals == 0 { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction:0<width$}") }
}

/// An amount of money, to the cent.
pub fn usd(value: Decimal) -> String {
    number(value, 2)
}

/// A fraction in per cent, with so many decimals.
pub fn percent(value: Decimal, decimals: u32) -> String {
    let hundredfold = value.product_floor(Decimal::from(100), 9).unwrap_or_default();
    format!("{} %", number(Decimal::new(i128::from(hundredfold), 9), decimals))
}

/// A number with as many decimals as it has, and commas between thousands.
pub fn exact(value: Decimal) -> String {
    number(value, value.decimals())
}
