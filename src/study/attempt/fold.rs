//! The fold: what each event makes of an attempt.
//!
//! It takes whatever was stored, also what no decision of this program would bring about: an event
//! that does not fit changes nothing.

use std::time::Duration;

use super::Attempt;
use super::event::{Event, PauseCause};
use super::item::OptionId;
use super::mode::FeedbackAt;
use super::phase::{Phase, View};
use super::slot::{Answer, Choice, DrawnItem, Marks, Slot, SlotNo, State};

impl Attempt {
    /// Applies an event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Begun
            | Event::Moved { .. }
            | Event::Paused { .. }
            | Event::Resumed
            | Event::TimeUp
            | Event::Submitted { .. }
            | Event::Reviewed
            | Event::GivenUp => self.apply_to_phase(event),
            Event::Passed { time } => self.pass(*time),
            Event::Slept { time, counted } => {
                self.interruptions.slept = self.interruptions.slept.saturating_add(*time);
                if *counted {
                    self.use_time(*time);
                }
            }
            Event::SetBack { .. } => self.interruptions.set_back = true,
            Event::Selected { slot, marks } => self.select(*slot, marks.as_ref()),
            Event::Answered { slot, answer } => self.answer(*slot, answer),
            Event::Edited { slot, item } => self.edit(*slot, item),
            Event::Undone { slot } => self.undo(*slot),
            Event::Struck { slot, option, on } => {
                self.change(*slot, |slot| slot.strike(*option, *on));
            }
            Event::Flagged { slot, on } => self.change(*slot, |slot| slot.is_flagged = *on),
            Event::Rated { slot, certainty } => {
                self.change(*slot, |slot| slot.certainty = *certainty);
            }
            Event::Explained { slot } => self.change(*slot, Slot::explain),
            Event::Gone { slot } => self.change(*slot, |slot| slot.is_gone = true),
        }
    }

    fn change(&mut self, slot: SlotNo, how: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.slots.get_mut(slot.index()) {
            how(slot);
        }
    }

    fn apply_to_phase(&mut self, event: &Event) {
        self.phase = match (event, self.phase) {
            (Event::Begun, Phase::Drawn) => Phase::Running(View::Question(SlotNo(0))),
            (Event::Moved { to }, Phase::Running(_)) if self.slot(to.slot()).is_some() => {
                Phase::Running(*to)
            }
            (Event::Moved { to }, Phase::Paused(_)) if self.slot(to.slot()).is_some() => {
                Phase::Paused(*to)
            }
            (Event::Paused { cause }, Phase::Running(view)) => {
                let by_learner = u16::from(*cause == PauseCause::Learner);
                let pauses = &mut self.interruptions.pauses;
                *pauses = pauses.saturating_add(by_learner);
                Phase::Paused(view)
            }
            (Event::Resumed, Phase::Paused(view)) => Phase::Running(view),
            (Event::TimeUp, Phase::Running(_) | Phase::Paused(_)) => Phase::TimeUp,
            (Event::Submitted { ending }, phase) if !self.is_over() => {
                if phase != Phase::Drawn {
                    self.slots.iter_mut().for_each(|slot| slot.key_was_seen = true);
                }
                Phase::Submitted(*ending)
            }
            (Event::Reviewed, Phase::Submitted(ending)) => Phase::Reviewed(ending),
            (Event::GivenUp, _) if !self.is_over() => Phase::GivenUp,
            (_, phase) => phase,
        };
    }

    /// Counts time for the question on the screen and for the set, up to their limits.
    fn pass(&mut self, time: Duration) {
        if let Phase::Running(View::Question(slot)) = self.phase
            && let Some(slot) = self.slots.get_mut(slot.index())
        {
            let spent = slot.spent.saturating_add(time);
            slot.spent = slot.drawn.limit.map_or(spent, |limit| spent.min(limit));
        }
        self.use_time(time);
    }

    fn use_time(&mut self, time: Duration) {
        let used = self.used.saturating_add(time);
        self.used = self.limit.map_or(used, |limit| used.min(limit));
    }

    fn select(&mut self, number: SlotNo, marks: Option<&Marks>) {
        let is_changeable = self.is_changeable();
        let Some(slot) = self.slots.get_mut(number.index()) else { return };
        if slot.is_answered() && !is_changeable {
            return;
        }
        let known = |marks: &Marks| {
            let shown = |option: &_| slot.drawn.shown.contains(option);
            Marks::new(marks.options().iter().copied().filter(shown))
        };
        slot.state = match marks.and_then(known) {
            Some(marks) => State::Chosen(marks, slot.spent),
            None => State::Untouched,
        };
        self.confirmed.retain(|confirmed| *confirmed != number);
    }

    fn answer(&mut self, number: SlotNo, answer: &Answer) {
        let feedback = self.rules().feedback;
        let Some(slot) = self.slots.get_mut(number.index()) else { return };
        slot.state = State::Confirmed { answer: answer.clone(), is_explained: false };
        slot.key_was_seen |= feedback == FeedbackAt::Once;
        self.confirmed.retain(|confirmed| *confirmed != number);
        if matches!(answer.choice, Choice::Confirmed(_)) {
            self.confirmed.push(number);
        }
    }

    fn edit(&mut self, number: SlotNo, item: &DrawnItem) {
        let Some(slot) = self.slots.get_mut(number.index()) else { return };
        if slot.is_answered() {
            slot.edited = Some(Box::new(item.clone()));
        } else {
            slot.ask_anew(item.clone());
        }
    }

    /// Restores what was before the answer of the slot, and with it before the end of the set.
    fn undo(&mut self, number: SlotNo) {
        if !matches!(self.phase, Phase::Running(_) | Phase::Submitted(_)) {
            return;
        }
        let Some(slot) = self.slots.get_mut(number.index()) else { return };
        slot.release();
        let State::Confirmed {
            answer: Answer { choice: Choice::Confirmed(marks), after, .. }, ..
        } = &slot.state
        else {
            return;
        };
        slot.state = State::Chosen(marks.clone(), *after);
        if let Some(item) = slot.edited.take() {
            slot.ask_anew(*item);
        }
        self.confirmed.retain(|confirmed| *confirmed != number);
        if matches!(self.phase, Phase::Submitted(_)) {
            self.slots.iter_mut().for_each(Slot::release);
        }
        self.phase = Phase::Running(View::Question(number));
    }
}

impl Slot {
    fn strike(&mut self, option: OptionId, on: bool) {
        if on && self.drawn.shown.contains(&option) {
            self.struck.insert(option);
        } else {
            self.struck.remove(&option);
        }
    }

    /// Takes the item as it is now, with nothing done to it but the flag.
    fn ask_anew(&mut self, item: DrawnItem) {
        let (is_flagged, key_was_seen) = (self.is_flagged, self.key_was_seen);
        *self = Self { is_flagged, key_was_seen, ..Self::new(item) };
    }

    fn explain(&mut self) {
        if let State::Confirmed { is_explained, .. } = &mut self.state {
            *is_explained = true;
        }
    }

    /// Makes an answer that only the end of the set gave an open choice again.
    fn release(&mut self) {
        if let State::Confirmed {
            answer: Answer { choice: Choice::Kept(marks), after, .. }, ..
        } = &self.state
        {
            self.state = State::Chosen(marks.clone(), *after);
        }
    }
}
