//! Progress of long work: a bar on standard error if that is a terminal, nothing if it is a file or
//! a pipe.

use std::time::Duration;

use super::print;
use crate::clock::Clock;

/// Work shorter than this gets no bar.
const SILENT: Duration = Duration::from_millis(700);
const BETWEEN: Duration = Duration::from_millis(100);
const CELLS: usize = 30;

/// A progress bar, shown from the moment the work turns out to be long until it is done.
pub struct Progress {
    clock: Clock,
    /// When the bar may be drawn next; `None` if standard error is not a terminal.
    next: Option<Duration>,
    is_drawn: bool,
}

impl Progress {
    /// Starts the clock; draws nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let next = print::is_watched().then_some(SILENT);
        Self { clock: Clock::system(), next, is_drawn: false }
    }

    /// Shows that `done` of `whole` is complete.
    pub fn show(&mut self, done: u64, whole: u64) {
        let now = self.clock.now().elapsed;
        if self.next.is_some_and(|next| now >= next) {
            self.next = Some(now + BETWEEN);
            self.is_drawn = true;
            print::over(&bar(done, whole));
        }
    }
}

impl Drop for Progress {
    /// Clears the line for the next output.
    fn drop(&mut self) {
        if self.is_drawn {
            print::over(&" ".repeat(bar(0, 1).chars().count()));
            print::over("");
        }
    }
}

/// Draws the bar, always at the same width.
fn bar(done: u64, whole: u64) -> String {
    let whole = whole.max(1);
    let done = done.min(whole);
    let part = |of: usize| (u128::from(done) * of as u128 / u128::from(whole)) as usize;
    let full = part(CELLS);
    format!("[{}{}] {:>3} %, ctrl-c ends it", "#".repeat(full), "-".repeat(CELLS - full), part(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_always_as_wide_and_never_more_than_full() {
        assert_eq!(bar(0, 10), "[------------------------------]   0 %, ctrl-c ends it");
        assert_eq!(bar(5, 10), "[###############---------------]  50 %, ctrl-c ends it");
        assert_eq!(bar(u64::MAX, u64::MAX), bar(9, 3));
        assert_eq!(bar(0, 0).len(), bar(1, 1).len());
    }
}
