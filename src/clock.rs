//! The only file that asks the operating system for the time.
//!
//! Everything else takes a [`Now`] as an argument, so that a run on scripted keys and a run at a
//! desk are the same program.

use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, Local, TimeDelta};

/// An instant on three clocks: the wall clock for records and dates, the monotonic clock for
/// countdowns and motion, and the boot clock, which tells by how much the computer slept. None is
/// derived from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub wall: DateTime<FixedOffset>,
    /// Since the program started.
    pub elapsed: Duration,
    /// Since the computer started, its sleep included; where no clock counts that, `elapsed` again.
    pub boot: Duration,
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
        Self::Scripted(Now { wall, elapsed: Duration::ZERO, boot: Duration::ZERO })
    }

    /// The time now.
    #[must_use]
    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> Now {
        match self {
            Self::System { started } => {
                let elapsed = started.elapsed();
                let boot = since_boot().unwrap_or(elapsed);
                Now { wall: Local::now().fixed_offset(), elapsed, boot }
            }
            Self::Scripted(now) => *now,
        }
    }

    /// Moves a scripted clock; the machine's clocks cannot be moved.
    pub fn pass(&mut self, by: Duration) {
        if let Self::Scripted(now) = self {
            now.elapsed += by;
            now.boot += by;
            now.wall += TimeDelta::from_std(by).unwrap_or_else(|_| TimeDelta::zero());
        }
    }
}

/// Time since the computer started, its sleep included.
#[cfg(target_os = "linux")]
fn since_boot() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).ok()?);
    Some(seconds + Duration::from_nanos(u64::try_from(time.tv_nsec).ok()?))
}

/// No clock of this system counts that.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    None
}

/// Lets time pass for real: for another process that is about to let go of something, never for a run.
#[allow(clippy::disallowed_methods)] // a file's lock has no deadline to wait for
pub fn rest(span: Duration) {
    std::thread::sleep(span);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_clock_goes_on_with_the_monotonic_one() {
        let clock = Clock::system();
        let before = clock.now();
        rest(Duration::from_millis(30));
        let after = clock.now();
        let awake = after.elapsed.checked_sub(before.elapsed).unwrap();
        let on_boot = after.boot.checked_sub(before.boot).unwrap();
        assert!(awake >= Duration::from_millis(30));
        assert!(on_boot.abs_diff(awake) < Duration::from_millis(20), "{on_boot:?} {awake:?}");
        assert!(before.boot >= before.elapsed);
    }

    #[test]
    fn the_clocks_of_a_script_advance_alike() {
        let wall = DateTime::parse_from_rfc3339("2026-11-23T18:00:00+01:00").unwrap();
        let mut clock = Clock::scripted(wall);
        clock.pass(Duration::from_secs(90));
        let now = clock.now();
        assert_eq!((now.elapsed.as_secs(), now.boot.as_secs()), (90, 90));
        assert_eq!((now.wall - wall).num_seconds(), 90);
    }
}
