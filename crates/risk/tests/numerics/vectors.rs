//! The CSV files of `tests/vectors`, computed with 50 digits (mpmath), and rows of them by column name.

use std::collections::HashMap;

/// One row: column name to text.
pub struct Row(HashMap<String, String>);

impl Row {
    pub fn text(&self, column: &str) -> &str {
        &self.0[column]
    }

    pub fn real(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap()
    }

    pub fn integer(&self, column: &str) -> i64 {
        self.text(column).parse().unwrap()
    }

    pub fn unsigned(&self, column: &str) -> u64 {
        self.text(column).parse().unwrap()
    }
}

/// All rows of a file with a header line.
pub fn read(csv: &str) -> Vec<Row> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let cells = line.split(',').map(str::to_owned);
            Row(names.iter().map(|name| name.to_string()).zip(cells).collect())
        })
        .collect()
}
