//! What happened to a set: the facts that are stored, and from which it is resumed.

use std::time::Duration;

use super::item::OptionId;
use super::phase::{Ending, View};
use super::slot::{Answer, Choice, DrawnItem, Marks, SlotNo};
use crate::study::evidence::Certainty;

/// Why a set was paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    /// The learner paused it, or left it.
    Learner,
    /// The computer slept while a question's clock ran.
    Sleep,
}

/// A change of a set after its draw. Times are in whole milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The first question came on the screen.
    Begun,
    /// Time passed on what is on the screen.
    Passed {
        time: Duration,
    },
    /// The computer slept; `counted` says whether the clock of the set went on meanwhile.
    Slept {
        time: Duration,
        counted: bool,
    },
    /// A clock of the computer was set back this far; no time was counted for it.
    SetBack {
        by: Duration,
    },
    /// All options that are now marked; `None` if the last mark was taken back.
    Selected {
        slot: SlotNo,
        marks: Option<Marks>,
    },
    /// An option was ruled out, or not any more.
    Struck {
        slot: SlotNo,
        option: OptionId,
        on: bool,
    },
    Flagged {
        slot: SlotNo,
        on: bool,
    },
    Rated {
        slot: SlotNo,
        certainty: Option<Certainty>,
    },
    /// The slot was answered: by the learner, by its clock, or by the end of the set.
    Answered {
        slot: SlotNo,
        answer: Answer,
    },
    /// The learner moved to a question or to the overview.
    Moved {
        to: View,
    },
    /// The end of the slot's explanation was on the screen.
    Explained {
        slot: SlotNo,
    },
    Paused {
        cause: PauseCause,
    },
    Resumed,
    /// The clock of the set ran out.
    TimeUp,
    /// The course no longer has the item.
    Gone {
        slot: SlotNo,
    },
    /// The item was edited since the draw. An open slot asks the new one from the start; an answered
    /// one keeps the old one as long as it keeps the answer.
    Edited {
        slot: SlotNo,
        item: DrawnItem,
    },
    /// The answer of the slot was taken back. If the learner had confirmed it, so is the submission;
    /// one that only the end of the set gave becomes an open choice again.
    Undone {
        slot: SlotNo,
    },
    Submitted {
        ending: Ending,
    },
    Reviewed,
    GivenUp,
}

impl Event {
    /// The name that is stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Passed { .. } => "passed",
            Self::Slept { .. } => "slept",
            Self::SetBack { .. } => "set-back",
            Self::Selected { .. } => "select",
            Self::Struck { .. } => "strike",
            Self::Flagged { .. } => "flag",
            Self::Rated { .. } => "certainty",
            Self::Answered { .. } => "answer",
            Self::Moved { .. } => "moved",
            Self::Explained { .. } => "explained",
            Self::Paused { .. } => "paused",
            Self::Resumed => "resumed",
            Self::TimeUp => "time-up",
            Self::Gone { .. } => "gone",
            Self::Edited { .. } => "edited",
            Self::Undone { .. } => "undone",
            Self::Submitted { .. } => "submitted",
            Self::Reviewed => "reviewed",
            Self::GivenUp => "given-up",
        }
    }

    /// Whether it came by itself, so that the learner may press a key that was meant for what was on
    /// the screen before.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        match self {
            Self::Answered { answer, .. } => {
                matches!(answer.choice, Choice::TimedOut(_))
            }
            Self::Paused { cause } => *cause == PauseCause::Sleep,
            Self::TimeUp => true,
            Self::Begun
            | Self::Passed { .. }
            | Self::Slept { .. }
            | Self::SetBack { .. }
            | Self::Selected { .. }
            | Self::Struck { .. }
            | Self::Flagged { .. }
            | Self::Rated { .. }
            | Self::Moved { .. }
            | Self::Explained { .. }
            | Self::Resumed
            | Self::Gone { .. }
            | Self::Edited { .. }
            | Self::Undone { .. }
            | Self::Submitted { .. }
            | Self::Reviewed
            | Self::GivenUp => false,
        }
    }
}
