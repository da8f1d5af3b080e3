//! Where a set stands as a whole.

use super::slot::SlotNo;

/// Phase of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Drawn, and not begun.
    Drawn,
    /// The learner is at work.
    Running(View),
    /// The clock stands still and the questions are hidden; the set goes on where it was.
    Paused(View),
    /// The clock of the set ran out. All that was marked counts.
    TimeUp,
    /// The result is on the screen.
    Submitted(Ending),
    /// The learner has left the result; nothing changes any more.
    Reviewed(Ending),
    /// The learner abandoned the set. Its answers stay evidence.
    GivenUp,
}

/// What a running set shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A question, or its explanation if it is answered and feedback comes at once.
    Question(SlotNo),
    /// The overview of all questions before the set is submitted.
    Overview {
        /// The question that the learner came from.
        from: SlotNo,
    },
}

impl View {
    /// The question on the screen, or the one that the learner came from.
    #[must_use]
    pub const fn slot(self) -> SlotNo {
        match self {
            Self::Question(slot) | Self::Overview { from: slot } => slot,
        }
    }
}

/// Why a set ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The learner answered the last question, or submitted the set.
    Learner,
    /// The clock of the set ran out.
    TimeUp,
    /// The questions that were left are no longer in the course.
    NothingLeft,
}
