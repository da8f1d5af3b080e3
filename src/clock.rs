//! The only file that asks the operating system for the time.
//!
//! Everything else takes a [`Now`] as an argument, so that a run on scripted keys and a run at a
//! desk are the same program.

use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, Local, TimeDelta};

/// An instant on both clocks: the wall clock for records and dates, the monotonic clock for
/// countdowns and motion. Neither is derived from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub wall: DateTime<FixedOffset>,
    /// Since the program started.
    pub elapsed: Duration,
}

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clocks.
    System { started: Instant },
    /// Clocks that stand still until told to move: `--keys`, tests.
    Scripted(Now),
}

impl Clock {
    /// The machine's clocks, counting from this call.
    #[must_use]
    #[allow(clippy::disallowed_methods)]
    pub fn system() -> Self {
        Self::System { started: Instant::now() }
    }

    /// Clocks that stand at `wall`.
    #[must_use]
    pub fn scripted(wall: DateTime<FixedOffset>) -> Self {
        Self::Scripted(Now { wall, elapsed: Duration::ZERO })
    }

    /// The time now.
    #[must_use]
    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> Now {
        match self {
            Self::System { started } => {
                Now { wall: Local::now().fixed_offset(), elapsed: started.elapsed() }
            }
            Self::Scripted(now) => *now,
        }
    }

    /// Moves a scripted clock; the machine's clocks cannot be moved.
    pub fn pass(&mut self, by: Duration) {
        if let Self::Scripted(now) = self {
            now.elapsed += by;
            now.wall += TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::zero());
        }
    }
}

/// Lets time pass for real: for another process that is about to let go of something, never for a run.
#[allow(clippy::disallowed_methods)] // a file's lock has no deadline to wait for
pub fn rest(span: Duration) {
    std::thread::sleep(span);
}
