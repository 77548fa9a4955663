//! What a person sees while they wait. All of it goes to standard error, so that standard output stays a command's own.

use anyhow::Result;
use std::env;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

const BOLD: &str = "1";
const GREEN: &str = "32";
const RED: &str = "1;31";

/// A sequence of steps, numbered for the reader.
pub struct Steps {
    total: usize,
    next: usize,
}

impl Steps {
    /// Announces `total` steps.
    pub fn new(total: usize) -> Self {
        Self { total, next: 1 }
    }

    /// Runs one step, and says how long it took.
    pub fn run<T>(&mut self, what: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        self.announce(what);
        let started = Instant::now();
        let result = step()?;
        eprintln!("      {} in {}", paint(GREEN, "done"), elapsed(started.elapsed()));
        Ok(result)
    }

    /// Passes over a step that an earlier run finished.
    pub fn skip(&mut self, what: &str) {
        self.announce(what);
        eprintln!("      already done");
    }

    fn announce(&mut self, what: &str) {
        let position = format!("[{}/{}]", self.next, self.total);
        self.next += 1;
        eprintln!("{} {what}", paint(BOLD, &position));
    }
}

/// Tells the reader something.
pub fn note(message: &str) {
    eprintln!("{} {message}", paint(BOLD, "xtask:"));
}

/// Tells the reader what went wrong.
pub fn error(message: &str) {
    eprintln!("{} {message}", paint(RED, "error:"));
}

/// A duration as people say it.
pub fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{}.{} s", seconds, duration.subsec_millis() / 100)
    }
}

fn paint(code: &str, text: &str) -> String {
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain || !stderr().is_terminal() { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
}
