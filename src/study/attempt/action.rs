//! What the learner can do to a set.

use super::item::OptionId;
use super::slot::SlotNo;
use crate::study::evidence::Certainty;

/// An action of the learner. Those that name no question concern the one on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begins a set that was drawn.
    Begin,
    /// Marks an option, or takes its mark back. Where one option is wanted, the mark moves.
    Toggle(OptionId),
    /// Rules an option out, or lets it back in.
    Strike(OptionId),
    /// Flags the question, or takes the flag away.
    Flag,
    /// Says how sure the learner is, or takes that back.
    Rate(Option<Certainty>),
    /// Gives the marked options as the answer.
    Confirm,
    /// Goes on from an explanation, from the overview back to the question, and from the notice that
    /// time is up to the result.
    GoOn,
    /// Leaves any explanation, read or not: bound to another key than [`Self::GoOn`].
    Acknowledge,
    /// The screen says that the end of the explanation is, or was, on it.
    ReachEnd,
    /// Goes to the next question, answered or not.
    Next,
    /// Goes to the question before.
    Previous,
    /// Goes to a question.
    GoTo(SlotNo),
    /// Stops the clock and hides the question; also when the learner leaves the screen.
    Pause,
    /// Goes on after a pause.
    Resume,
    /// Opens the overview, from which the set can be submitted.
    Overview,
    /// Submits the set from the overview: bound to another key than [`Self::Overview`].
    Submit,
    /// Abandons the set.
    GiveUp,
    /// Takes back the answer confirmed last, also from the result.
    Undo,
    /// Leaves the result.
    Close,
}

impl Action {
    /// Whether it would answer or continue, so that a key pressed too late would do harm.
    #[must_use]
    pub const fn answers_or_continues(self) -> bool {
        match self {
            Self::Toggle(_)
            | Self::Confirm
            | Self::GoOn
            | Self::Acknowledge
            | Self::Next
            | Self::Resume
            | Self::Submit => true,
            Self::Begin
            | Self::Strike(_)
            | Self::Flag
            | Self::Rate(_)
            | Self::ReachEnd
            | Self::Previous
            | Self::GoTo(_)
            | Self::Pause
            | Self::Overview
            | Self::GiveUp
            | Self::Undo
            | Self::Close => false,
        }
    }

    /// Whether it would leave an explanation forward, or submit the set.
    #[must_use]
    pub const fn leaves(self) -> bool {
        matches!(self, Self::GoOn | Self::Acknowledge | Self::Next | Self::Submit)
    }
}
