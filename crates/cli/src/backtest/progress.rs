//! A progress bar on standard error, for work that takes longer than a moment, and only if someone is watching.

use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Fewer steps than this are over before a bar could be read.
const SHORT: usize = 10_000;
/// Characters of the bar.
const WIDTH: usize = 40;

/// Counts steps of several threads and shows them.
pub struct Progress {
    done: AtomicUsize,
    total: usize,
    shown: bool,
}

impl Progress {
    /// A bar for so many steps.
    pub fn new(total: usize) -> Self {
        Self { done: AtomicUsize::new(0), total, shown: total >= SHORT && std::io::stderr().is_terminal() }
    }

    /// One more step.
    pub fn advance(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.shown && done.is_multiple_of(SHORT / 10) {
            let filled = WIDTH * done.min(self.total) / self.total;
            let bar: String = (0..WIDTH).map(|place| if place < filled { '█' } else { '·' }).collect();
            write(&format!("\r{bar} {:3} %", 100 * done.min(self.total) / self.total));
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if self.shown {
            write(&format!("\r{:1$}\r", "", WIDTH + 6));
        }
    }
}

/// A bar that cannot be written is no reason to stop.
fn write(text: &str) {
    let mut output = std::io::stderr().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
