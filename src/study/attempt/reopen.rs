//! Opening a set again: what the course no longer has, what was edited, and what is over already.

use super::event::Event;
use super::item::Item;
use super::phase::{Ending, Phase};
use super::slot::{DrawnItem, SlotNo};
use super::step::Step;
use crate::study::id::ItemId;

impl Step {
    /// Compares the set with the course as it is today, and ends it if nothing is left to do.
    pub fn reopen(&mut self, today: impl Fn(&ItemId) -> Option<Item>) {
        if self.attempt.is_over() {
            return;
        }
        for index in 0..self.attempt.slots().len() {
            self.compare(SlotNo(index as u16), &today);
        }
        self.leave_gone();
        match self.attempt.phase() {
            // Whoever reads this has seen that time was up; there is nothing left to press.
            Phase::TimeUp => self.submit(Ending::TimeUp),
            Phase::Drawn if self.attempt.next_open(SlotNo(0)).is_none() => {
                self.submit(Ending::NothingLeft);
            }
            Phase::Running(_) => {
                if self.end_by_clock() && self.attempt.phase() == Phase::TimeUp {
                    self.submit(Ending::TimeUp);
                }
            }
            Phase::Paused(_) => self.end_paused(),
            Phase::Drawn | Phase::Submitted(_) | Phase::Reviewed(_) | Phase::GivenUp => {}
        }
    }

    /// A set that was paused as its time ran out has no time to resume with.
    fn end_paused(&mut self) {
        if self.attempt.left().is_some_and(|left| left.is_zero()) {
            self.emit(Event::Resumed);
            if self.end_by_clock() && self.attempt.phase() == Phase::TimeUp {
                self.submit(Ending::TimeUp);
            }
        }
    }

    fn compare(&mut self, number: SlotNo, today: &impl Fn(&ItemId) -> Option<Item>) {
        let Some(slot) = self.attempt.slot(number) else { return };
        let edited = slot.edited.as_deref().filter(|_| slot.is_answered());
        let known = edited.unwrap_or(&slot.drawn);
        match today(slot.item()) {
            None if !slot.is_gone => self.emit(Event::Gone { slot: number }),
            Some(item) if item.version != known.version => {
                let drawn = DrawnItem::new(
                    self.attempt.mode,
                    self.attempt.timer,
                    self.attempt.seed,
                    &item,
                    slot.drawn.is_first,
                );
                if drawn.is_sound() {
                    self.emit(Event::Edited { slot: number, item: drawn });
                }
            }
            None | Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
