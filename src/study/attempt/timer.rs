//! How much time a learner wants, and the limits that follow from it.

use std::time::Duration;

/// The learner's setting of the clock. It is stamped on a set at the draw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// The limits as they are.
    #[default]
    Normal,
    /// Half as much time again.
    Longer,
    /// Twice the time.
    Double,
    /// The limits as they are, but no clock on the screen.
    Hidden,
    /// No limits.
    Off,
}

/// Time that even the shortest question has.
const LEAST: Duration = Duration::from_secs(60);
/// Time to think, added to the reading time.
const THINKING: Duration = Duration::from_secs(25);
/// Words that a careful reader takes in within a minute.
const WORDS_A_MINUTE: u32 = 200;

impl Timer {
    /// Every setting.
    pub const ALL: [Self; 5] = [Self::Normal, Self::Longer, Self::Double, Self::Hidden, Self::Off];

    /// The name that is stored.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Normal => "1",
            Self::Longer => "1.5",
            Self::Double => "2",
            Self::Hidden => "hidden",
            Self::Off => "off",
        }
    }

    /// The setting of a stored name; `None` if a newer program wrote it.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|timer| timer.id() == id)
    }

    /// The limit that this setting makes of another, to the millisecond; `None` without a limit.
    #[must_use]
    pub fn stretch(self, limit: Duration) -> Option<Duration> {
        let halves = match self {
            Self::Normal | Self::Hidden => 2,
            Self::Longer => 3,
            Self::Double => 4,
            Self::Off => return None,
        };
        Some(milliseconds(limit.saturating_mul(halves) / 2))
    }
}

/// Time for a question whose stem and options have this many words.
#[must_use]
pub fn reading_limit(words: u16) -> Duration {
    (Duration::from_secs(60) * u32::from(words) / WORDS_A_MINUTE + THINKING).max(LEAST)
}

/// Rounds down to whole milliseconds, the unit of all stored times.
#[must_use]
pub fn milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock leaves time to read: 60 s at least, and 25 s beside 200 words a minute.
    #[test]
    fn a_long_question_has_a_longer_clock() {
        let limit = |words| reading_limit(words).as_millis();
        assert_eq!([0, 116, 117, 200].map(limit), [60_000, 60_000, 60_100, 85_000]);
    }

    #[test]
    fn the_setting_stretches_every_limit() {
        let limits = Timer::ALL.map(|timer| timer.stretch(Duration::from_secs(61)));
        let seconds = limits.map(|limit| limit.map(|limit| limit.as_secs_f64()));
        assert_eq!(seconds, [Some(61.0), Some(91.5), Some(122.0), Some(61.0), None]);
        assert!(Timer::ALL.iter().all(|timer| Timer::from_id(timer.id()) == Some(*timer)));
    }
}
