//! What a set adds to the records: its whole draw, its events, and how its answers came about.

use std::time::Duration;

use super::Kind;
use crate::study::attempt::event::Event;
use crate::study::attempt::slot::{Choice, DrawnItem, Marks};
use crate::study::attempt::timer::Timer;

/// What a draw has beyond its mode and its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    pub timer: Timer,
    /// Time limit of the whole set, in whole milliseconds.
    pub limit: Option<Duration>,
    pub items: Vec<DrawnItem>,
}

/// An event of a set that has no record of its own: any but an answer and its undoing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step(Event);

impl Step {
    /// The step of an event; `None` of an answer and its undoing, which are records of their own.
    #[must_use]
    pub fn new(event: Event) -> Option<Self> {
        let is_own = matches!(event, Event::Answered { .. } | Event::Undone { .. });
        (!is_own).then_some(Self(event))
    }

    /// What happened.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.0
    }

    /// The kind of its record.
    pub(super) fn kind(&self) -> Kind {
        match &self.0 {
            Event::Begun => Kind::Begun,
            Event::Passed { .. } => Kind::Passed,
            Event::Slept { .. } => Kind::Slept,
            Event::SetBack { .. } => Kind::SetBack,
            Event::Selected { .. } => Kind::Selected,
            Event::Struck { .. } => Kind::Struck,
            Event::Flagged { .. } => Kind::Flagged,
            Event::Rated { .. } => Kind::Rated,
            Event::Moved { .. } => Kind::Moved,
            Event::Explained { .. } => Kind::Explained,
            Event::Paused { .. } => Kind::Paused,
            Event::Resumed => Kind::Resumed,
            Event::TimeUp => Kind::TimeUp,
            Event::Gone { .. } => Kind::Gone,
            Event::Edited { .. } => Kind::Edited,
            Event::Submitted { .. } => Kind::Submitted,
            Event::Reviewed => Kind::Reviewed,
            Event::GivenUp => Kind::GivenUp,
            Event::Answered { .. } => Kind::Answer,
            Event::Undone { .. } => Kind::Undone,
        }
    }

    /// Whether a power cut could lose what cannot be done again.
    pub(super) fn is_work(&self) -> bool {
        matches!(self.kind(), Kind::TimeUp | Kind::Submitted | Kind::GivenUp)
    }
}

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The learner confirmed it.
    Confirmed,
    /// The set ended, and what was marked counts.
    Kept,
    /// The question's time was up.
    TimedOut,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Kept, Self::TimedOut];

    /// The name that is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Kept => "kept",
            Self::TimedOut => "timed-out",
        }
    }

    /// How this choice came about.
    #[must_use]
    pub const fn of(choice: &Choice) -> Self {
        match choice {
            Choice::Confirmed(_) => Self::Confirmed,
            Choice::Kept(_) => Self::Kept,
            Choice::TimedOut(_) => Self::TimedOut,
        }
    }

    /// The choice of these marks; `None` if it needs some and there are none.
    #[must_use]
    pub fn choice(self, marks: Option<Marks>) -> Option<Choice> {
        match self {
            Self::Confirmed => marks.map(Choice::Confirmed),
            Self::Kept => marks.map(Choice::Kept),
            Self::TimedOut => Some(Choice::TimedOut(marks)),
        }
    }
}
