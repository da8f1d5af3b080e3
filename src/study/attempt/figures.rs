//! The result of a set, computed from its answers as they were stamped.

use std::time::Duration;

use super::feedback::Feedback;
use super::mode::{FeedbackAt, Mode};
use super::phase::{Ending, Phase};
use super::slot::{Answer, Choice, Slot};
use super::timer::Timer;
use super::{Attempt, Interruptions};
use crate::study::evidence::Certainty;
use crate::study::id::{ItemId, Version};
use crate::study::progress::Score;

/// The result of a set, so far or at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub mode: Mode,
    pub timer: Timer,
    /// All questions that were answered, and once the set is submitted all that were asked:
    /// unanswered ones count as wrong.
    pub score: Score,
    /// Answers that were wrong.
    pub wrong: u32,
    /// Questions without an answer: time was up, or the set was submitted without one.
    pub unanswered: u32,
    /// Answers that were first attempts.
    pub first: Score,
    /// Answers to items that the learner had answered before, or whose key had been on the screen.
    pub again: Score,
    /// Answers that were never confirmed, and count because time was up or the set ended.
    pub unconfirmed: u32,
    /// Questions that the course lost before they were answered; they count nowhere.
    pub skipped: Vec<ItemId>,
    pub interruptions: Interruptions,
    /// The questions that count, in the order drawn.
    pub slots: Vec<SlotFigures>,
}

/// The result of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotFigures {
    /// Index of the slot in the set.
    pub slot: u16,
    pub item: ItemId,
    /// The version that was answered.
    pub version: Version,
    pub feedback: Feedback,
    /// How sure the learner was; it never counts in a score.
    pub certainty: Option<Certainty>,
    /// Whether the answer was a first attempt.
    pub is_first: bool,
    /// Time until the choice, in whole milliseconds.
    pub after: Duration,
}

impl Attempt {
    /// The figures of the set. There are none where feedback comes at the end and the set is not
    /// over, and none of a set that was lost before any answer.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        if self.rules().feedback == FeedbackAt::End && !self.is_over() {
            return None;
        }
        let has_answers = self.slots.iter().any(Slot::marks_count);
        let is_meant = matches!(
            self.phase,
            Phase::Submitted(Ending::Learner) | Phase::Reviewed(Ending::Learner)
        );
        (has_answers || is_meant).then(|| self.count())
    }

    fn count(&self) -> Figures {
        let mut figures = Figures {
            mode: self.mode,
            timer: self.timer,
            score: Score::default(),
            wrong: 0,
            unanswered: 0,
            first: Score::default(),
            again: Score::default(),
            unconfirmed: 0,
            skipped: Vec::new(),
            interruptions: self.interruptions,
            slots: Vec::new(),
        };
        let counts_all = matches!(self.phase, Phase::Submitted(_) | Phase::Reviewed(_));
        for (number, slot) in self.slots.iter().enumerate() {
            if slot.is_skipped() {
                figures.skipped.push(slot.item().clone());
            } else if counts_all || slot.is_answered() {
                figures.add(number as u16, slot);
            }
        }
        figures
    }
}

impl Figures {
    fn add(&mut self, number: u16, slot: &Slot) {
        let answer = slot.answer();
        let right = answer.is_some_and(|answer| answer.right);
        self.score.add(right);
        match answer {
            Some(answer) if answer.choice.marks().is_some() => {
                self.wrong += u32::from(!right);
                self.unconfirmed += u32::from(!answer.is_confirmed());
                let attempts = if answer.is_first { &mut self.first } else { &mut self.again };
                attempts.add(right);
            }
            Some(_) | None => self.unanswered += 1,
        }
        self.slots.push(SlotFigures {
            slot: number,
            item: slot.item().clone(),
            version: slot.version(),
            feedback: Feedback::on(slot),
            certainty: slot.certainty(),
            is_first: answer.is_some_and(|answer| answer.is_first),
            after: answer.map_or(slot.spent(), |answer| answer.after),
        });
    }
}

impl Slot {
    /// Whether an answer with at least one option was given.
    fn marks_count(&self) -> bool {
        self.answer().is_some_and(|answer| answer.choice.marks().is_some())
    }
}

impl Answer {
    fn is_confirmed(&self) -> bool {
        matches!(self.choice, Choice::Confirmed(_))
    }
}

#[cfg(test)]
mod tests;
