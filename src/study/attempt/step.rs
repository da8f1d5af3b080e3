//! A decision in the making: events and the attempt that they lead to.

use std::collections::BTreeSet;

use super::Attempt;
use super::event::{Event, PauseCause};
use super::item::OptionId;
use super::mode::Pace;
use super::moment::Lapse;
use super::phase::{Ending, View};
use super::slot::{Answer, Choice, Marks, Slot, SlotNo, State};

/// The events of a step, and the attempt after them. Nothing else changes an attempt, so the fold of
/// the stored events is the attempt of the running program.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub attempt: Attempt,
    pub events: Vec<Event>,
}

impl Step {
    pub fn new(attempt: &Attempt) -> Self {
        Self { attempt: attempt.clone(), events: Vec::new() }
    }

    pub fn emit(&mut self, event: Event) {
        self.attempt.apply(&event);
        self.events.push(event);
    }

    /// Counts the time that passed, and does what falls due by itself. Returns whether something did,
    /// so that a key that comes with it was meant for what was on the screen before.
    pub fn settle(&mut self, lapse: &Lapse) -> bool {
        if !self.attempt.is_timed() {
            return false;
        }
        if !lapse.set_back.is_zero() {
            self.emit(Event::SetBack { by: lapse.set_back });
        }
        let left = self.attempt.left();
        let awake = left.map_or(lapse.awake, |left| lapse.awake.min(left));
        if !awake.is_zero() {
            self.emit(Event::Passed { time: awake });
        }
        let has_slept = !lapse.asleep.is_zero();
        let counted = self.attempt.rules().counts_sleep;
        if has_slept {
            self.emit(Event::Slept { time: lapse.asleep, counted });
        }
        if self.end_by_clock() {
            return true;
        }
        let pauses = has_slept && !counted && self.attempt.left().is_some();
        if pauses {
            self.emit(Event::Paused { cause: PauseCause::Sleep });
        }
        pauses
    }

    /// Ends the question or the set if its time is up.
    pub fn end_by_clock(&mut self) -> bool {
        let (true, Some(left)) = (self.attempt.is_timed(), self.attempt.left()) else {
            return false;
        };
        if !left.is_zero() {
            return false;
        }
        if let (Pace::PerQuestion, Some(View::Question(slot))) =
            (self.attempt.rules().pace, self.attempt.view())
        {
            let marks = self.attempt.slot(slot).and_then(Slot::marks).cloned();
            self.answer(slot, Choice::TimedOut(marks));
        } else {
            self.keep_choices();
            self.emit(Event::TimeUp);
        }
        true
    }

    /// Answers a slot, and stamps whether that is right and a first attempt.
    pub fn answer(&mut self, number: SlotNo, choice: Choice) {
        let Some(slot) = self.attempt.slot(number) else { return };
        let after = match &slot.state {
            State::Chosen(_, after) => *after,
            State::Untouched | State::Confirmed { .. } => slot.spent,
        };
        let right = choice.marks().is_some_and(|marks| slot.drawn.is_right(marks));
        let is_first = slot.drawn.is_first && !slot.key_was_seen;
        let answer = Answer { choice, right, is_first, after };
        self.emit(Event::Answered { slot: number, answer });
    }

    /// At the end of a set, what is marked counts.
    fn keep_choices(&mut self) {
        let slots = self.attempt.slots().iter().enumerate();
        let marked: Vec<(usize, Marks)> = slots
            .filter(|(_, slot)| slot.is_open())
            .filter_map(|(index, slot)| Some((index, slot.marks()?.clone())))
            .collect();
        for (index, marks) in marked {
            self.answer(SlotNo(index as u16), Choice::Kept(marks));
        }
    }

    /// Submits the set.
    pub fn submit(&mut self, ending: Ending) {
        self.keep_choices();
        self.emit(Event::Submitted { ending });
    }

    pub fn move_to(&mut self, to: View) {
        if self.attempt.view() != Some(to) {
            self.emit(Event::Moved { to });
        }
    }

    /// Goes to the next open question, or ends a set that has none.
    pub fn go_on_from(&mut self, slot: SlotNo, ending: Ending) {
        match self.attempt.next_open(slot) {
            Some(next) => self.move_to(View::Question(next)),
            None => self.submit(ending),
        }
    }

    /// Leaves a question that the course no longer has.
    pub fn leave_gone(&mut self) {
        let Some(view) = self.attempt.view() else { return };
        let slot = view.slot();
        if !self.attempt.slot(slot).is_some_and(Slot::is_skipped) {
            return;
        }
        let mut slots = self.attempt.slots().iter();
        let answered = slots.position(Slot::is_answered).filter(|_| self.attempt.is_changeable());
        match (self.attempt.next_open(slot), answered) {
            // What was answered can still be changed, so the learner submits it.
            (None, Some(answered)) => {
                self.move_to(View::Overview { from: SlotNo(answered as u16) });
            }
            (Some(_), _) | (None, None) => self.go_on_from(slot, Ending::NothingLeft),
        }
    }
}

/// The options that a toggle leaves marked; `None` if there is no room for another mark.
pub(super) fn toggled(slot: &Slot, option: OptionId) -> Option<BTreeSet<OptionId>> {
    let mut options = slot.marks().map_or_else(BTreeSet::new, |marks| marks.options().clone());
    if options.remove(&option) {
        return Some(options);
    }
    if slot.choose() == 1 {
        options.clear();
    }
    options.insert(option);
    (options.len() <= usize::from(slot.choose())).then_some(options)
}
