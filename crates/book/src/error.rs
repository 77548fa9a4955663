//! What is wrong with a book: where, what came, what was expected.

use core::fmt;

use ballast_risk::RiskError;
use serde::Serialize;

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookError {
    /// Where in the book, as a path such as `markets[0].price`; empty for the book as a whole.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// The value given, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is accepted, where it is a range or a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl BookError {
    /// An error without a value.
    pub(crate) fn new(path: &Path, problem: impl Into<String>) -> Self {
        Self { path: path.to_string(), problem: problem.into(), value: None, expected: None, hint: None }
    }

    /// A value that is not accepted.
    pub(crate) fn value(
        path: &Path,
        value: impl fmt::Display,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        let value = crate::decimal::shortened(&value.to_string());
        Self { value: Some(value), expected: Some(expected.into()), ..Self::new(path, problem) }
    }

    /// What the engine refused.
    pub(crate) fn risk(path: &Path, error: RiskError) -> Self {
        Self::new(path, error.to_string())
    }

    /// Adds what was probably meant.
    pub(crate) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

impl fmt::Display for BookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        if let Some(value) = &self.value {
            write!(formatter, "{value} ")?;
        }
        write!(formatter, "{}", self.problem)?;
        if let Some(expected) = &self.expected {
            write!(formatter, ", expected {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(formatter, "; {hint}")?;
        }
        Ok(())
    }
}

impl core::error::Error for BookError {}

/// A place in a book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The book.
    pub const ROOT: Path<'static> = Path { parent: None, segment: Segment::Root };

    /// A field of an object.
    pub fn field(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Field(name) }
    }

    /// An element of a list.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(formatter)?;
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Field(name) if matches!(parent.segment, Segment::Root) => write!(formatter, "{name}"),
            Segment::Field(name) => write!(formatter, ".{name}"),
            Segment::Index(index) => write!(formatter, "[{index}]"),
        }
    }
}
