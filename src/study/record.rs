//! The records of the study history: what the learner did, stamped when it was done.
//!
//! Records are only ever appended. Whether an answer was right, and which version of the item was
//! answered, is decided when it is given and never judged again; everything else (what has been
//! read, how a session went) is a projection that can be rebuilt from them.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use super::id::{ItemId, LabId, LessonId, ScenarioId, Seed, SessionId, Version};
use super::mode::NamedMode;
use super::reading::Anchor;
use crate::content::course::Question;

/// Declares the kinds of record with their stored names, and the list of all.
macro_rules! kinds {
    ($($kind:ident = $name:literal,)*) => {
        /// What kind of thing was done. A kind that is added raises the format of the file: see
        /// `store/migration.rs`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// Every kind that this program knows.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The name that is stored.
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
}

impl Kind {
    /// The kind of a stored name; `None`: a newer program wrote it.
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
    pub activity: Activity,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// The reader moved. `reached` is the share of the lesson seen so far, in thousandths.
    Position { lesson: LessonId, place: Anchor, reached: u16 },
    /// A prediction was made before the text was read.
    Prediction { lesson: LessonId, item: ItemId, version: Version, choice: u8, correct: bool },
    /// A set of questions was drawn.
    SessionStarted(SessionStart),
    /// How a question that is being asked stands: when it is shown, every five seconds and at each
    /// key.
    Countdown(Standing),
    /// A question was answered, or its time ran out: what was chosen by then is the answer.
    Answer(Answer),
    /// The learner saw the summary, or gave the session up.
    SessionEnded { session: SessionId },
    /// Before a run the learner said what will happen: `lab#1` is a lab's first bet.
    Bet { item: ItemId, version: Version, seed: Seed, choice: u8, correct: bool },
    /// An incident's goal was reached, with so many settings changed.
    Repair { incident: LabId, version: Version, changes: u8 },
}

/// The draw of a session, complete enough to resume it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionStart {
    /// Names the session in later records.
    pub session: SessionId,
    pub mode: NamedMode,
    /// Of the draw and of every shuffle of options.
    pub seed: Seed,
    /// Question ids in the order asked.
    pub items: Vec<ItemId>,
    /// Time for each question, in milliseconds.
    pub limit_ms: u32,
}

/// A question between being shown and being answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub session: SessionId,
    /// Which question of the session, from 0.
    pub question: u16,
    pub left_ms: u32,
    /// The question and its version, which the choice is of; empty and 0 in records from before
    /// the choice was kept.
    pub item: ItemId,
    pub version: Version,
    /// The author's option numbers that are chosen and not confirmed.
    pub chosen: Vec<u8>,
}

impl Standing {
    /// What was chosen, if it is a choice of this question as it is now.
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
    /// Which question of the session, from 0.
    pub question: u16,
    pub item: ItemId,
    pub version: Version,
    /// The lesson that teaches it, for counting.
    pub lesson: LessonId,
    pub seed: Seed,
    /// The author's option numbers in the order they were shown.
    pub shown: Vec<u8>,
    /// The author's option numbers that were chosen; empty when time ran out before any was.
    pub choice: Vec<u8>,
    pub correct: bool,
    /// 1 guess, 2 fairly sure, 3 certain; not asked, not told: `None`.
    pub certainty: Option<u8>,
    pub elapsed_ms: u32,
}

impl Activity {
    /// Its kind.
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
        }
    }

    /// Whether losing it to a power cut would lose work: such records wait for the disk, the
    /// others survive a killed process but not a killed machine.
    #[must_use]
    pub fn is_work(&self) -> bool {
        !matches!(self, Self::Position { .. } | Self::Countdown(_))
    }
}
