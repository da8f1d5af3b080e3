//! What the history says about the learner: projections of the records, small enough to load at
//! every start.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::id::{ItemId, Seed, SessionId, Version};
use super::mode::{Mode, NamedMode};
use super::reading::Anchor;
use super::record::{Answer, Standing};

/// All that the home screen tells of the history of one scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// By lesson id.
    pub lessons: BTreeMap<String, LessonProgress>,
    /// The lesson that was read last.
    pub latest_lesson: Option<String>,
    /// Questions answered at least once, by the lesson that teaches them.
    pub questions: BTreeMap<String, QuestionProgress>,
    /// The latest session that was begun and not ended, and that no other window has.
    pub open: Option<OpenSession>,
    /// The latest that another window has.
    pub elsewhere: Option<Elsewhere>,
    /// The latest sessions, newest first.
    pub sessions: Vec<SessionSummary>,
    /// Days with at least one answer, the last seven days only.
    pub days: BTreeMap<NaiveDate, Score>,
    /// Sessions ever begun; part of the next session's seed.
    pub sessions_begun: u64,
    /// The last time each bet was made, by lab and number.
    pub bets: BTreeMap<String, Predicted>,
    /// Incidents that were repaired, with the fewest settings it took.
    pub repairs: BTreeMap<String, u8>,
}

/// How far a lesson has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonProgress {
    pub place: Anchor,
    /// The largest share seen, in thousandths of its words.
    pub reached: u16,
}

impl LessonProgress {
    /// Whether the end has been on the screen.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.reached >= 1000
    }
}

/// How long a lesson of so many minutes still takes: the one figure that every screen says.
#[must_use]
pub fn minutes_left(minutes: u8, reached: u16) -> String {
    let left = u32::from(minutes) * 1000_u32.saturating_sub(u32::from(reached));
    match (left, (left + 500) / 1000) {
        (0, _) => "read".to_owned(),
        (_, 0) => "< 1 min left".to_owned(),
        (_, minutes) => format!("{minutes} min left"),
    }
}

/// How the questions of a lesson stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuestionProgress {
    pub answered: u32,
    /// Of those, how many were right the last time.
    pub right: u32,
    /// Of those, how many were right the last [`KNOWN_FROM`] times.
    pub known: u32,
}

/// A question is known when it was right so often running: once may be luck.
pub const KNOWN_FROM: u32 = 2;

/// So many answers, so many of them right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    pub right: u32,
    pub of: u32,
}

impl Score {
    /// Counts one more.
    pub fn add(&mut self, right: bool) {
        self.of += 1;
        self.right += u32::from(right);
    }

    /// In hundredths, rounded; nothing of nothing is 0.
    #[must_use]
    pub fn percent(self) -> u32 {
        (self.right * 100 + self.of / 2).checked_div(self.of).unwrap_or(0)
    }
}

/// A session that can be resumed: the draw, what was answered, and the clock as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    pub id: SessionId,
    pub mode: Mode,
    pub seed: Seed,
    pub items: Vec<ItemId>,
    pub limit_ms: u32,
    pub answers: Vec<Answer>,
    /// What is left of the time for the question that is next.
    pub left_ms: u32,
    /// How that question stood when it was last stored.
    pub standing: Option<Standing>,
}

/// A session that is on the screen of another window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub id: SessionId,
    pub mode: NamedMode,
    pub answered: u32,
    pub planned: u32,
}

impl Elsewhere {
    /// `Timed traps is open in another window, at 3 of 10`
    #[must_use]
    pub fn told(&self) -> String {
        let at = (self.answered + 1).min(self.planned);
        format!("{} is open in another window, at {at} of {}", self.mode.title(), self.planned)
    }
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    pub id: SessionId,
    pub mode: NamedMode,
    pub started: DateTime<FixedOffset>,
    pub ended: Option<DateTime<FixedOffset>>,
    pub planned: u32,
    pub marks: Score,
    /// Time spent on the questions, in milliseconds.
    pub spent_ms: u64,
}

/// What is known of one question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemProgress {
    pub answered: u32,
    /// Whether the last answer was right.
    pub right: bool,
    /// The order of last answers: larger is more recent.
    pub latest: i64,
}

/// What was predicted before a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predicted {
    pub version: Version,
    pub choice: u8,
    pub correct: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_left_are_rounded_and_never_none_while_something_is_left() {
        for (minutes, reached, said) in [
            (5, 0, "5 min left"),
            (5, 290, "4 min left"),
            (5, 900, "1 min left"),
            (5, 950, "< 1 min left"),
            (5, 999, "< 1 min left"),
            (5, 1000, "read"),
            (5, u16::MAX, "read"),
        ] {
            assert_eq!(minutes_left(minutes, reached), said, "{reached}");
        }
    }
}
