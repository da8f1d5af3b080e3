//! The learner's progress: projections of the records, small enough to load at every start.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::day::StudyDay;
use super::evidence::Subject;
use super::id::{ItemId, Seed, SessionId, Version};
use super::mode::{Mode, NamedMode};
use super::plan::Plan;
use super::profile::Profile;
use super::reading::Anchor;
use super::record::{Answer, Standing};
use super::schedule::Scheduled;
use crate::content::course::ScenarioEntry;

/// Everything the home screen shows from the history of one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Progress by lesson id.
    pub lessons: BTreeMap<String, LessonProgress>,
    /// The lesson read last.
    pub latest_lesson: Option<String>,
    /// Questions answered at least once, by the lesson that teaches them.
    pub questions: BTreeMap<String, QuestionProgress>,
    /// The latest unfinished session that no other window holds.
    pub open: Option<OpenSession>,
    /// The latest unfinished session that another window holds.
    pub elsewhere: Option<Elsewhere>,
    /// The latest sessions, newest first.
    pub sessions: Vec<SessionSummary>,
    /// Days with at least one answer, within the last seven days.
    pub days: BTreeMap<NaiveDate, Score>,
    /// Number of sessions ever started; part of the next session's seed.
    pub sessions_begun: u64,
    /// The latest placement of each bet, by lab and number.
    pub bets: BTreeMap<String, Predicted>,
    /// Repaired incidents, with the fewest settings changed.
    pub repairs: BTreeMap<String, u8>,
    /// What the learner plans.
    pub plan: Plan,
    /// Concepts and misconceptions with evidence.
    pub subjects: BTreeMap<Subject, Scheduled>,
    /// What the evidence says of misconceptions.
    pub profile: Profile,
    /// Questions put aside, and until when.
    pub aside: BTreeMap<ItemId, Aside>,
    /// Median time of the latest answers, in milliseconds.
    pub median_ms: Option<u32>,
}

impl Progress {
    /// Number of a scenario's sections read to the end.
    #[must_use]
    pub fn sections_read(&self, scenario: &ScenarioEntry) -> usize {
        let begun = scenario.lessons.iter().filter_map(|entry| self.lessons.get(&entry.id));
        begun.filter(|progress| progress.is_read()).count()
    }

    /// Number of questions known (see [`KNOWN_FROM`]).
    #[must_use]
    pub fn known(&self) -> u32 {
        self.questions.values().map(|questions| questions.known).sum()
    }
}

/// Reading progress of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonProgress {
    pub place: Anchor,
    /// Largest share seen, in thousandths of the lesson's words.
    pub reached: u16,
}

impl LessonProgress {
    /// Whether the end has been on the screen.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.reached >= 1000
    }
}

/// Formats the remaining reading time of a lesson, the same on every screen.
#[must_use]
pub fn minutes_left(minutes: u8, reached: u16) -> String {
    let left = u32::from(minutes) * 1000_u32.saturating_sub(u32::from(reached));
    match (left, (left + 500) / 1000) {
        (0, _) => "read".to_owned(),
        (_, 0) => "< 1 min left".to_owned(),
        (_, minutes) => format!("{minutes} min left"),
    }
}

/// Question progress of a lesson.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuestionProgress {
    pub answered: u32,
    /// Of those, how many were right the last time.
    pub right: u32,
    /// Of those, how many were right the last [`KNOWN_FROM`] times.
    pub known: u32,
}

/// Correct answers in a row from which a question counts as known; one may be luck.
pub const KNOWN_FROM: u32 = 2;

/// Number of answers, and how many were right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    pub right: u32,
    pub of: u32,
}

impl Score {
    /// Counts one more answer.
    pub fn add(&mut self, right: bool) {
        self.of += 1;
        self.right += u32::from(right);
    }

    /// Percentage of right answers, rounded; 0 without answers.
    #[must_use]
    pub fn percent(self) -> u32 {
        (self.right * 100 + self.of / 2).checked_div(self.of).unwrap_or(0)
    }
}

/// A session that can be resumed: the draw, the answers and the clock as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    pub id: SessionId,
    pub mode: Mode,
    pub seed: Seed,
    pub items: Vec<ItemId>,
    pub limit_ms: u32,
    pub answers: Vec<Answer>,
    /// Time left for the current question.
    pub left_ms: u32,
    /// Last stored state of that question.
    pub standing: Option<Standing>,
}

/// A session open in another window.
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

/// A line of the session list.
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

/// What the history knows about one question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemProgress {
    pub answered: u32,
    /// Whether the last answer was right.
    pub right: bool,
    /// Rank of the last answer: larger is more recent.
    pub latest: i64,
}

/// How a question is put aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aside {
    /// For good.
    pub is_suspended: bool,
    /// For this study day.
    pub buried: Option<StudyDay>,
}

impl Aside {
    /// Whether the question is not to be asked on that day. Suspending outlasts burying.
    #[must_use]
    pub fn rests_on(&self, day: StudyDay) -> bool {
        self.is_suspended || self.buried == Some(day)
    }
}

/// A prediction made before the text was read.
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
