//! The kinds of sets of questions, with their sizes, their clocks and the names that are stored.

use std::time::Duration;

use crate::content::course::Exam;

/// What kind of set it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Ten questions from the whole course, a clock for each.
    Traps,
    /// Two questions on a section just read, a clock for each.
    Check,
}

impl Mode {
    /// The name that is stored.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Traps => "traps",
            Self::Check => "check",
        }
    }

    /// The mode of a stored name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Traps, Self::Check].into_iter().find(|mode| mode.id() == id)
    }

    /// The name on the screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Traps => "Timed traps",
            Self::Check => "Section check",
        }
    }

    /// Questions in a set.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Traps => 10,
            Self::Check => 2,
        }
    }

    /// Time for each question: half of what the exam gives for one, or three quarters of it.
    #[must_use]
    pub fn limit(self, exam: &Exam) -> Duration {
        let seconds = u64::from(exam.seconds);
        Duration::from_secs(match self {
            Self::Traps => seconds / 2,
            Self::Check => seconds * 3 / 4,
        })
    }
}

/// The kind of set that the history names: this program's, or one that a newer program asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedMode {
    Known(Mode),
    /// Its stored name.
    Unknown(String),
}

impl NamedMode {
    /// The name that is stored.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Known(mode) => mode.id(),
            Self::Unknown(name) => name,
        }
    }

    /// The name on the screen; a kind that is unknown has only its own.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Known(mode) => mode.title(),
            Self::Unknown(name) if name.is_empty() => "unnamed",
            Self::Unknown(name) => name,
        }
    }

    /// The mode, if this program can ask such a set.
    #[must_use]
    pub fn known(&self) -> Option<Mode> {
        match self {
            Self::Known(mode) => Some(*mode),
            Self::Unknown(_) => None,
        }
    }
}

impl From<&str> for NamedMode {
    fn from(name: &str) -> Self {
        Mode::from_id(name).map_or_else(|| Self::Unknown(name.to_owned()), Self::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_exam() {
        let limits = |seconds| {
            let exam = Exam { seconds, ..Exam::default() };
            [Mode::Traps, Mode::Check].map(|mode| mode.limit(&exam).as_secs())
        };
        assert_eq!(limits(120), [60, 90]);
        assert_eq!(limits(20), [10, 15]);
    }
}
