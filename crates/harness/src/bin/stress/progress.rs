//! What is going on, on standard error: a line that changes if someone is watching, and one for every run.

use std::io::{IsTerminal, Write};

/// Columns that the changing line is padded to.
const WIDTH: usize = 72;

/// Says what is going on.
pub struct Progress {
    is_watched: bool,
}

impl Progress {
    /// Progress on standard error.
    pub fn new() -> Self {
        Self { is_watched: std::io::stderr().is_terminal() }
    }

    /// Shows what is being done, until the next thing is.
    pub fn show(&self, what: &str) {
        if self.is_watched {
            write(&format!("\r{what:WIDTH$}"));
        }
    }

    /// Says what was done, to stay.
    pub fn done(&self, what: &str) {
        if self.is_watched {
            write("\r");
        }
        write(&format!("{what:WIDTH$}\n"));
    }
}

/// A line that cannot be written is no reason to stop.
fn write(text: &str) {
    let mut output = std::io::stderr().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
