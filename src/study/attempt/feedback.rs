//! What a set tells about an answer, and when.

use super::Attempt;
use super::item::OptionId;
use super::mode::FeedbackAt;
use super::phase::Phase;
use super::slot::{Answer, Choice, Slot, SlotNo};
use crate::study::evidence::Certainty;

/// What leaves the explanation on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The plain key: the answer was right, or the explanation has been read.
    GoingOn,
    /// The plain key once the explanation has been read to its end; until then, the other one.
    AfterReading,
    /// Only the other key: the learner was certain, and wrong.
    ByAcknowledging,
}

/// The verdict on a question. Options are the author's numbers, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Whether exactly the right options were chosen.
    pub right: bool,
    /// Chosen, and right. On a question with two right options one may be here though the answer is
    /// wrong.
    pub hit: Vec<OptionId>,
    /// Chosen, and wrong.
    pub mistaken: Vec<OptionId>,
    /// Right, and not chosen.
    pub missed: Vec<OptionId>,
    /// How the answer came about; `None` if there is none.
    pub choice: Option<Choice>,
}

impl Attempt {
    /// The verdict on a question; `None` as long as it is kept back: until the question is answered,
    /// and where feedback comes at the end, until the set is submitted.
    #[must_use]
    pub fn feedback(&self, slot: SlotNo) -> Option<Feedback> {
        let slot = self.slot(slot).filter(|slot| !slot.is_skipped())?;
        let is_submitted = matches!(self.phase, Phase::Submitted(_) | Phase::Reviewed(_));
        let at_once = self.rules().feedback == FeedbackAt::Once || self.phase == Phase::GivenUp;
        (is_submitted || (at_once && slot.is_answered())).then(|| Feedback::on(slot))
    }

    /// What leaves the explanation that is on the screen, if any is.
    pub(super) fn leave(&self, has_time_to_read: bool) -> Leave {
        let slot = self.explaining().and_then(|slot| self.slot(slot));
        let Some((slot, answer)) = slot.and_then(|slot| Some((slot, slot.answer()?))) else {
            return Leave::GoingOn;
        };
        if answer.right {
            return Leave::GoingOn;
        }
        let is_certain = slot.certainty == Some(Certainty::Certain);
        if is_certain && answer.choice.marks().is_some() {
            return Leave::ByAcknowledging;
        }
        if slot.is_explained() && has_time_to_read { Leave::GoingOn } else { Leave::AfterReading }
    }
}

impl Feedback {
    /// The verdict on a slot.
    pub(super) fn on(slot: &Slot) -> Self {
        let key = &slot.drawn.key;
        let answer = slot.answer();
        let marks = answer.and_then(|answer| answer.choice.marks());
        let chosen = |option: &OptionId| marks.is_some_and(|m| m.options().contains(option));
        let (hit, missed) = key.iter().copied().partition(|option| chosen(option));
        let marked = marks.into_iter().flat_map(|marks| marks.options().iter().copied());
        Self {
            right: answer.is_some_and(|answer| answer.right),
            hit,
            mistaken: marked.filter(|option| !key.contains(option)).collect(),
            missed,
            choice: answer.map(|Answer { choice, .. }| choice.clone()),
        }
    }
}
