//! A question of a set, and all that the learner did to it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::item::OptionId;
use crate::study::evidence::Certainty;
use crate::study::id::{ItemId, Version};

/// Index of a question in its set, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotNo(pub u16);

impl SlotNo {
    /// The index.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A question as it was drawn. All of it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnItem {
    pub item: ItemId,
    pub version: Version,
    /// How many options the learner has to choose.
    pub choose: u8,
    /// The options in the order shown.
    pub shown: Vec<OptionId>,
    /// The right options. They are stamped here, so that no later edit judges an answer again.
    pub key: BTreeSet<OptionId>,
    /// Time limit, in whole milliseconds; `None` if the question has no clock of its own.
    pub limit: Option<Duration>,
    /// Whether the learner had never answered the item before the draw.
    pub is_first: bool,
}

impl DrawnItem {
    /// Whether these options are all of the right ones and no other.
    #[must_use]
    pub fn is_right(&self, choice: &Marks) -> bool {
        *choice.options() == self.key
    }

    /// Whether somebody can answer it: it asks for no more options than it shows.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let shown: BTreeSet<_> = self.shown.iter().collect();
        let wanted = usize::from(self.choose);
        shown.len() == self.shown.len() && (1..=shown.len()).contains(&wanted)
    }
}

/// The options that are marked: one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(BTreeSet<OptionId>);

impl Marks {
    /// The marks on these options; `None` if there are none.
    #[must_use]
    pub fn new(options: impl IntoIterator<Item = OptionId>) -> Option<Self> {
        let options: BTreeSet<_> = options.into_iter().collect();
        (!options.is_empty()).then_some(Self(options))
    }

    /// The marked options, in the author's order.
    #[must_use]
    pub fn options(&self) -> &BTreeSet<OptionId> {
        &self.0
    }
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The learner confirmed it.
    Confirmed(Marks),
    /// The set ended, and what was marked counts.
    Kept(Marks),
    /// The question's time was up, and what was marked counts.
    TimedOut(Option<Marks>),
}

impl Choice {
    /// The chosen options; `None` if the time was up before the learner chose any.
    #[must_use]
    pub fn marks(&self) -> Option<&Marks> {
        match self {
            Self::Confirmed(marks) | Self::Kept(marks) => Some(marks),
            Self::TimedOut(marks) => marks.as_ref(),
        }
    }
}

/// An answer, stamped when it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub choice: Choice,
    /// Whether exactly the right options were chosen. A screen asks `Attempt::feedback` instead,
    /// which keeps the verdict back until it may be shown.
    pub right: bool,
    /// Whether it is the learner's first attempt: the item was never answered before, and its key
    /// was not on the screen in this set.
    pub is_first: bool,
    /// Time on the question until the last mark was set, in whole milliseconds; until the end if
    /// none was.
    pub after: Duration,
}

/// How far a question is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Untouched,
    /// Marked and not confirmed; the last mark was set after this time on the question.
    Chosen(Marks, Duration),
    Confirmed {
        answer: Answer,
        /// Whether the end of its explanation was on the screen.
        is_explained: bool,
    },
}

/// A question of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub(super) drawn: DrawnItem,
    pub(super) state: State,
    pub(super) struck: BTreeSet<OptionId>,
    pub(super) is_flagged: bool,
    pub(super) certainty: Option<Certainty>,
    pub(super) spent: Duration,
    /// Whether the key was on the screen, whatever was taken back since.
    pub(super) key_was_seen: bool,
    /// Whether the course no longer has the item.
    pub(super) is_gone: bool,
    /// The item as it was edited after the answer; it replaces the drawn one if the answer is taken
    /// back.
    pub(super) edited: Option<Box<DrawnItem>>,
}

impl Slot {
    pub(super) fn new(drawn: DrawnItem) -> Self {
        Self {
            drawn,
            state: State::Untouched,
            struck: BTreeSet::new(),
            is_flagged: false,
            certainty: None,
            spent: Duration::ZERO,
            key_was_seen: false,
            is_gone: false,
            edited: None,
        }
    }

    /// The item.
    #[must_use]
    pub fn item(&self) -> &ItemId {
        &self.drawn.item
    }

    /// The version of the item that was, or is to be, answered.
    #[must_use]
    pub fn version(&self) -> Version {
        self.drawn.version
    }

    /// How many options the learner has to choose.
    #[must_use]
    pub fn choose(&self) -> u8 {
        self.drawn.choose
    }

    /// The options in the order shown.
    #[must_use]
    pub fn shown(&self) -> &[OptionId] {
        &self.drawn.shown
    }

    /// The options that are marked, confirmed or not.
    #[must_use]
    pub fn marks(&self) -> Option<&Marks> {
        match &self.state {
            State::Untouched => None,
            State::Chosen(marks, _) => Some(marks),
            State::Confirmed { answer, .. } => answer.choice.marks(),
        }
    }

    /// The answer, without its verdict.
    #[must_use]
    pub fn choice(&self) -> Option<&Choice> {
        self.answer().map(|answer| &answer.choice)
    }

    pub(super) fn answer(&self) -> Option<&Answer> {
        match &self.state {
            State::Confirmed { answer, .. } => Some(answer),
            State::Untouched | State::Chosen(..) => None,
        }
    }

    /// Whether it is answered: confirmed, kept at the end, or timed out.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answer().is_some()
    }

    /// Whether the end of its explanation was on the screen.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        matches!(self.state, State::Confirmed { is_explained: true, .. })
    }

    /// Whether it waits for an answer that can still be given.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_answered() && !self.is_gone
    }

    /// Whether it left the course before it was answered, so that the set skips it.
    #[must_use]
    pub fn is_skipped(&self) -> bool {
        !self.is_answered() && self.is_gone
    }

    /// The options that the learner has ruled out.
    #[must_use]
    pub fn struck(&self) -> &BTreeSet<OptionId> {
        &self.struck
    }

    /// Whether the learner wants to come back to it.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.is_flagged
    }

    /// How sure the learner is; `None` if not said.
    #[must_use]
    pub fn certainty(&self) -> Option<Certainty> {
        self.certainty
    }

    /// Time on the question, in whole milliseconds; without pauses, sleep and explanation.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.spent
    }

    /// Time left of the question's own clock.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.drawn.limit.map(|limit| limit.saturating_sub(self.spent))
    }
}
