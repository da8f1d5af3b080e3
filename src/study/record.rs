//! Records of the study history: what the learner did, stamped at the time.
//!
//! Records are append-only. Whether an answer was right, and which version of the item it answers,
//! is decided when it is given and never judged again. Everything else (reading progress, session
//! results) is a projection that can be rebuilt from the records.

mod set;

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use super::day::StudyDay;
use super::evidence::{Certainty, Evidence, Subject};
use super::id::{ItemId, LabId, LessonId, ScenarioId, Seed, SessionId, Version};
use super::mode::NamedMode;
use super::plan::Plan;
use super::reading::Anchor;
use crate::content::course::Question;

pub use self::set::{Drawn, How, Step};

/// Declares the kinds of record with their stored names, and the list of all kinds.
macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// Kind of record. Adding one raises the format of the file: see `store/migration.rs`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// Every kind this program knows.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The stored name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    Position = "position",
    Prediction = "prediction",
    SessionStarted = "session-started",
    Countdown = "countdown",
    Answer = "answer",
    SessionEnded = "session-ended",
    Bet = "bet",
    Repair = "repair",
    Undone = "undone",
    Suspended = "suspended",
    Buried = "buried",
    Redriven = "redriven",
    Planned = "plan",
    Reported = "reported",
    Begun = "begun",
    Passed = "passed",
    Slept = "slept",
    SetBack = "set-back",
    Selected = "select",
    Struck = "strike",
    Flagged = "flag",
    Rated = "certainty",
    Moved = "moved",
    Explained = "explained",
    Paused = "paused",
    Resumed = "resumed",
    TimeUp = "time-up",
    Gone = "gone",
    Edited = "edited",
    Submitted = "submitted",
    Reviewed = "reviewed",
    GivenUp = "given-up",
}

impl Kind {
    /// Finds a kind by its stored name; `None` if a newer program wrote it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// One thing the learner did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub scenario: ScenarioId,
    pub at: DateTime<FixedOffset>,
    /// Study day at the time, by the learner's rollover of then.
    pub day: StudyDay,
    pub activity: Activity,
}

/// What the learner did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// The reader moved. `reached` is the share of the lesson seen so far, in thousandths.
    Position { lesson: LessonId, place: Anchor, reached: u16 },
    /// The learner made a prediction before reading the text.
    Prediction {
        lesson: LessonId,
        item: ItemId,
        version: Version,
        choice: u8,
        correct: bool,
        evidence: Option<Evidence>,
    },
    /// A set of questions was drawn.
    SessionStarted(SessionStart),
    /// State of the current question, stored when it is shown, every five seconds and at each key.
    Countdown(Standing),
    /// The learner answered a question, or its time ran out; the choice at that moment is the
    /// answer.
    Answer(Answer),
    /// The learner saw the summary or abandoned the session.
    SessionEnded { session: SessionId },
    /// The learner bet on a run's outcome; `lab#1` is a lab's first bet.
    Bet {
        item: ItemId,
        version: Version,
        seed: Seed,
        choice: u8,
        correct: bool,
        evidence: Option<Evidence>,
    },
    /// The learner reached an incident's goal with this many settings changed.
    Repair { incident: LabId, version: Version, changes: u8 },
    /// Something else happened in a set.
    Step { session: SessionId, step: Step },
    /// The learner took back the latest answer to a question of a session. It counts as never given.
    Undone { session: SessionId, question: u16 },
    /// The learner put a question aside for good, or took it up again.
    Suspended { item: ItemId, is_suspended: bool },
    /// The learner put a question aside for the rest of the study day.
    Buried { item: ItemId },
    /// The learner gave a dead-lettered subject another try.
    Redriven { subject: Subject },
    /// The learner set the exam's date, the minutes a day, or the end of the study day.
    Planned(Plan),
    /// The learner reported a question.
    Reported(Report),
}

/// A question that the learner finds fault with, as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub item: ItemId,
    pub version: Version,
    pub seed: Seed,
    /// The author's numbers of the chosen options.
    pub choice: Vec<u8>,
    /// What the learner says of it.
    pub words: String,
}

/// The draw of a session, complete enough to resume it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionStart {
    /// Identifies the session in later records.
    pub session: SessionId,
    pub mode: NamedMode,
    /// Seed of the draw and of every shuffle of options.
    pub seed: Seed,
    /// Question ids in the order asked.
    pub items: Vec<ItemId>,
    /// Time per question, in milliseconds, of a set from before draws were stored whole; 0 since.
    pub limit_ms: u32,
    /// The rest of the draw; `None` of a set from before it was stored.
    pub drawn: Option<Drawn>,
}

/// State of a question between being shown and being answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub session: SessionId,
    /// Index of the question in the session, from 0.
    pub question: u16,
    pub left_ms: u32,
    /// The question and version that the choice belongs to; empty and 0 in records from before
    /// choices were stored.
    pub item: ItemId,
    pub version: Version,
    /// Chosen but unconfirmed options, by the author's numbers.
    pub chosen: Vec<u8>,
}

impl Standing {
    /// Returns the choice, if it belongs to the current version of this question.
    #[must_use]
    pub fn chosen_of(&self, question: &Question) -> BTreeSet<u8> {
        if self.item != question.id || self.version.0 != question.version {
            return BTreeSet::new();
        }
        let options = question.options.len();
        let known = self.chosen.iter().copied().filter(|option| usize::from(*option) < options);
        known.take(usize::from(question.choose)).collect()
    }
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub session: SessionId,
    /// Index of the question in the session, from 0.
    pub question: u16,
    pub item: ItemId,
    pub version: Version,
    /// The lesson that teaches it, for counting.
    pub lesson: LessonId,
    pub seed: Seed,
    /// The author's option numbers in the order shown.
    pub shown: Vec<u8>,
    /// The author's numbers of the chosen options; empty if time ran out before any choice.
    pub choice: Vec<u8>,
    pub correct: bool,
    /// `None` if the learner did not say.
    pub certainty: Option<Certainty>,
    pub elapsed_ms: u32,
    /// Whether the learner had never answered this question before; unknown of old records.
    pub is_first: Option<bool>,
    /// Whether it took more than one and a half times the learner's median.
    pub slow: bool,
    /// How it came about; unknown of old records.
    pub how: Option<How>,
    /// What it says of concepts and misconceptions; unknown of old records.
    pub evidence: Option<Evidence>,
}

impl Activity {
    /// Kind of the activity.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Position { .. } => Kind::Position,
            Self::Prediction { .. } => Kind::Prediction,
            Self::SessionStarted(_) => Kind::SessionStarted,
            Self::Countdown(_) => Kind::Countdown,
            Self::Answer(_) => Kind::Answer,
            Self::SessionEnded { .. } => Kind::SessionEnded,
            Self::Bet { .. } => Kind::Bet,
            Self::Repair { .. } => Kind::Repair,
            Self::Step { step, .. } => step.kind(),
            Self::Undone { .. } => Kind::Undone,
            Self::Suspended { .. } => Kind::Suspended,
            Self::Buried { .. } => Kind::Buried,
            Self::Redriven { .. } => Kind::Redriven,
            Self::Planned(_) => Kind::Planned,
            Self::Reported(_) => Kind::Reported,
        }
    }

    /// Whether a power cut could lose the learner's work. Such records wait for the disk; the
    /// others survive a killed process but not a killed machine.
    #[must_use]
    pub fn is_work(&self) -> bool {
        match self {
            Self::Position { .. } | Self::Countdown(_) => false,
            Self::Step { step, .. } => step.is_work(),
            _ => true,
        }
    }
}
