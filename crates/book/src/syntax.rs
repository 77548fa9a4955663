//! Reads a book from JSON, and says where it is not one.

use crate::{
    book::Book,
    error::{BookError, Path},
};

/// Reads a book.
///
/// # Errors
/// [`BookError`] if the text is not JSON, or has fields that a book does not have, or values of the wrong kind.
pub fn parse(text: &str) -> Result<Book, BookError> {
    serde_json::from_str(text).map_err(|error| explain(text, &error))
}

/// Finds the field that an error is about, and what was probably meant.
fn explain(text: &str, error: &serde_json::Error) -> BookError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let problem = message.split(" at line ").next().unwrap_or(&message).to_owned();
    if !error.is_data() {
        let problem = format!("not JSON: {problem} at line {line}, column {column}");
        return BookError::new(&Path::ROOT, problem);
    }
    let mut place = Place::default();
    place.walk(&text.as_bytes()[..offset(text, line, column)]);
    let path = if problem.starts_with("missing field") { place.closed } else { place.last_read() };
    let hint = suggestion(&problem);
    BookError { path, problem, value: None, expected: None, hint }
}

/// Bytes before a line and column, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column).min(text.len())
}

/// For an unknown field or variant: the known one with the most similar name.
fn suggestion(problem: &str) -> Option<String> {
    let mut quoted = problem.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    if !problem.starts_with("unknown") {
        return None;
    }
    let closest = quoted.min_by_key(|known| distance(unknown, known))?;
    let is_close = distance(unknown, closest) <= unknown.len().div_ceil(2).min(4);
    is_close.then(|| format!("did you mean `{closest}`?"))
}

/// Least number of characters to insert, delete or replace to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<_> = other.chars().collect();
    let mut costs: Vec<_> = (0..=other.len()).collect();
    for (row, left) in one.chars().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = row + 1;
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = costs[column + 1];
            costs[column + 1] = replaced.min(diagonal + 1).min(costs[column] + 1);
        }
    }
    costs[other.len()]
}

/// Where in a JSON text something is.
#[derive(Default)]
struct Place {
    /// Open containers, each with the field or element that is being read.
    open: Vec<Level>,
    /// The path of the container that was closed last …
    closed: String,
    /// … and that of the last value in it, if nothing follows: an error about that one is raised behind the container.
    last_in_closed: Option<String>,
}

enum Level {
    Object(String),
    List(usize),
}

impl Place {
    /// Reads the start of a text that is JSON.
    fn walk(&mut self, text: &[u8]) {
        let mut at = 0;
        let mut is_key = false;
        while let Some(&byte) = text.get(at) {
            at += 1;
            if byte.is_ascii_whitespace() {
                continue;
            }
            self.last_in_closed = None;
            match byte {
                b'{' => {
                    self.open.push(Level::Object(String::new()));
                    is_key = true;
                }
                b'[' => self.open.push(Level::List(0)),
                b'}' | b']' => {
                    self.last_in_closed = Some(self.last_value());
                    self.open.pop();
                    self.closed = self.last_value();
                    is_key = false;
                }
                b',' => match self.open.last_mut() {
                    Some(Level::List(index)) => *index += 1,
                    _ => is_key = true,
                },
                b'"' => {
                    let start = at;
                    while text.get(at).is_some_and(|&byte| byte != b'"') {
                        at += 1 + usize::from(text[at] == b'\\');
                    }
                    if let (true, Some(Level::Object(key))) = (is_key, self.open.last_mut()) {
                        *key = String::from_utf8_lossy(&text[start..at.min(text.len())]).into_owned();
                        is_key = false;
                    }
                    at += 1;
                }
                _ => {}
            }
        }
    }

    /// Path of the value that was read last.
    fn last_value(&self) -> String {
        let mut path = String::new();
        for level in &self.open {
            match level {
                Level::Object(key) if path.is_empty() => path.push_str(key),
                Level::Object(key) => path.extend([".", key]),
                Level::List(index) => path.push_str(&format!("[{index}]")),
            }
        }
        path
    }

    /// Path of the value that an error behind the text is about.
    fn last_read(&self) -> String {
        self.last_in_closed.clone().unwrap_or_else(|| self.last_value())
    }
}
