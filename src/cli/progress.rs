//! How far long work has come, on standard error and only for somebody who looks: a bar where that is
//! a terminal, nothing where it is a file or a pipe.

use std::time::Duration;

use super::print;
use crate::clock::Clock;

/// Work that is over before this needs no bar.
const SILENT: Duration = Duration::from_millis(700);
const BETWEEN: Duration = Duration::from_millis(100);
const CELLS: usize = 30;

/// A bar that is there from when the work turns out to be long until it is done.
pub struct Progress {
    clock: Clock,
    /// When it may be drawn next; `None` where nobody would see it.
    next: Option<Duration>,
    is_drawn: bool,
}

impl Progress {
    #[must_use]
    pub fn new() -> Self {
        let next = print::is_watched().then_some(SILENT);
        Self { clock: Clock::system(), next, is_drawn: false }
    }

    /// So much of the whole is done.
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
    /// Leaves the line empty for what comes next.
    fn drop(&mut self) {
        if self.is_drawn {
            print::over(&" ".repeat(bar(0, 1).chars().count()));
            print::over("");
        }
    }
}

/// The bar, always as wide.
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
