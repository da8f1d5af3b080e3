//! A moment on two clocks, and what passed between two moments.

use std::time::Duration;

use super::timer::milliseconds;

/// A moment, on two clocks of the computer that begin at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock, which stands still while the computer sleeps.
    pub mono: Duration,
    /// The boot clock, which goes on meanwhile. Where there is none, the wall clock does.
    pub boot: Duration,
}

/// Difference of the clocks up to which they count as equal.
const JITTER: Duration = Duration::from_secs(1);

/// What passed since the last settled moment. Times are in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lapse {
    /// Time that the program was awake.
    pub awake: Duration,
    /// Time that the computer slept.
    pub asleep: Duration,
    /// How far a clock was set back.
    pub set_back: Duration,
    /// The moment up to which this has been counted.
    pub until: Moment,
}

impl Lapse {
    /// What passed from `since` to `now`; nothing if no clock ran.
    pub fn between(since: Option<Moment>, now: Moment) -> Self {
        let nothing = Duration::ZERO;
        let Some(since) = since else {
            return Self { awake: nothing, asleep: nothing, set_back: nothing, until: now };
        };
        let awake = milliseconds(now.mono.saturating_sub(since.mono));
        let on_boot = now.boot.saturating_sub(since.boot);
        let asleep = milliseconds(on_boot.saturating_sub(awake));
        let asleep = if asleep > JITTER { asleep } else { nothing };
        let back = |before: Duration, after: Duration| before.saturating_sub(after);
        let set_back = back(since.mono, now.mono).max(back(since.boot, now.boot));
        let set_back = if set_back > JITTER { milliseconds(set_back) } else { nothing };
        // What is less than a millisecond stays for the next time.
        let mono = if now.mono < since.mono { now.mono } else { since.mono + awake };
        let rest = now.mono.saturating_sub(mono);
        Self {
            awake,
            asleep,
            set_back,
            until: Moment { mono, boot: now.boot.saturating_sub(rest) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(mono: u64, boot: u64) -> Moment {
        Moment { mono: Duration::from_millis(mono), boot: Duration::from_millis(boot) }
    }

    fn lapse(since: Moment, now: Moment) -> [u64; 3] {
        let lapse = Lapse::between(Some(since), now);
        [lapse.awake, lapse.asleep, lapse.set_back].map(|time| time.as_millis() as u64)
    }

    /// Behaviour 2: sleep is what the boot clock counts and the monotonic clock does not.
    #[test]
    fn sleep_is_the_difference_of_the_clocks() {
        assert_eq!(lapse(at(1_000, 5_000), at(3_000, 7_400)), [2_000, 0, 0], "jitter");
        assert_eq!(lapse(at(1_000, 5_000), at(3_000, 3_607_000)), [2_000, 3_600_000, 0]);
    }

    /// Behaviour 10: a clock that was set back counts nothing, and says so.
    #[test]
    fn a_clock_set_back_counts_nothing() {
        assert_eq!(lapse(at(9_000, 9_000), at(4_000, 10_000)), [0, 0, 5_000]);
        assert_eq!(lapse(at(9_000, 900_000), at(9_500, 100_000)), [500, 0, 800_000]);
    }

    /// Behaviour 1: time is not counted in ticks, so many short ticks lose nothing.
    #[test]
    fn parts_of_a_millisecond_are_not_lost() {
        let (mut since, mut awake) = (Moment::default(), Duration::ZERO);
        for tick in 1..=10_000_u32 {
            let time = Duration::from_micros(100) * tick;
            let lapse = Lapse::between(Some(since), Moment { mono: time, boot: time });
            (since, awake) = (lapse.until, awake + lapse.awake);
        }
        assert_eq!(awake, Duration::from_secs(1));
    }
}
