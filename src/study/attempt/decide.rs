//! Which events an action of the learner leads to, or why it is refused.

use super::action::Action;
use super::event::{Event, PauseCause};
use super::item::OptionId;
use super::phase::{Ending, Phase, View};
use super::refusal::Refusal;
use super::slot::{Choice, Marks, Slot, SlotNo};
use super::step::{Step, toggled};
use crate::study::evidence::Certainty;

/// The last event of a decision, if it is not out yet.
type Decision = Result<Option<Event>, Refusal>;

impl Step {
    /// Does what the action asks for.
    ///
    /// # Errors
    /// Says why it does nothing.
    pub fn act(&mut self, action: Action) -> Result<(), Refusal> {
        if let Some(last) = self.decide(action)? {
            self.emit(last);
        }
        Ok(())
    }

    fn decide(&mut self, action: Action) -> Decision {
        match self.attempt.phase() {
            Phase::Drawn => self.act_drawn(action),
            Phase::Running(view) => self.act_running(action, view),
            Phase::Paused(_) => match action {
                Action::Resume => Ok(Some(Event::Resumed)),
                Action::GiveUp => Ok(Some(Event::GivenUp)),
                _ => Err(Refusal::Paused),
            },
            Phase::TimeUp => match action {
                Action::GoOn | Action::Acknowledge | Action::Submit => {
                    self.submit(Ending::TimeUp);
                    Ok(None)
                }
                _ => Err(Refusal::TimeUp),
            },
            Phase::Submitted(ending) => match action {
                Action::Close => Ok(Some(Event::Reviewed)),
                // Without time, what was marked would count again at once.
                Action::Undo if ending == Ending::TimeUp => Err(Refusal::TimeUp),
                Action::Undo => self.undo(),
                _ => Err(Refusal::Over),
            },
            Phase::Reviewed(_) | Phase::GivenUp => Err(Refusal::Over),
        }
    }

    fn act_drawn(&mut self, action: Action) -> Decision {
        match action {
            Action::Begin => {
                self.emit(Event::Begun);
                self.leave_gone();
                Ok(None)
            }
            Action::GiveUp => Ok(Some(Event::GivenUp)),
            _ => Err(Refusal::NotBegun),
        }
    }

    fn act_running(&mut self, action: Action, view: View) -> Decision {
        match action {
            Action::Begin => Err(Refusal::HasBegun),
            Action::Toggle(option) => self.toggle(asked(view)?, option),
            Action::Strike(option) => self.strike(asked(view)?, option),
            Action::Flag => self.flag(asked(view)?),
            Action::Rate(certainty) => self.rate(asked(view)?, certainty),
            Action::Confirm => self.confirm(asked(view)?),
            Action::GoOn | Action::Acknowledge => self.go_on(view),
            Action::ReachEnd => {
                let slot = self.attempt.explaining().ok_or(Refusal::NotAnswered)?;
                if !self.slot(slot)?.is_explained() {
                    self.emit(Event::Explained { slot });
                }
                Ok(None)
            }
            Action::Next | Action::Previous | Action::GoTo(_) | Action::Overview => {
                if !self.attempt.moves_freely() {
                    return Err(Refusal::OneWay);
                }
                let to = self.target(action, view)?;
                self.move_to(to);
                Ok(None)
            }
            Action::Pause => Ok(Some(Event::Paused { cause: PauseCause::Learner })),
            Action::Resume => Err(Refusal::NotPaused),
            Action::Submit => match view {
                View::Overview { .. } => {
                    self.submit(Ending::Learner);
                    Ok(None)
                }
                View::Question(_) if !self.attempt.moves_freely() => Err(Refusal::OneWay),
                View::Question(_) => Err(Refusal::NotInOverview),
            },
            Action::GiveUp => Ok(Some(Event::GivenUp)),
            Action::Undo => self.undo(),
            Action::Close => Err(Refusal::NotOver),
        }
    }

    fn slot(&self, slot: SlotNo) -> Result<&Slot, Refusal> {
        self.attempt.slot(slot).ok_or(Refusal::NoFurther)
    }

    /// The slot, if what is answered there can be changed.
    fn changeable(&self, number: SlotNo) -> Result<&Slot, Refusal> {
        let slot = self.slot(number)?;
        match slot {
            slot if slot.is_gone => Err(Refusal::Gone),
            slot if slot.is_answered() && !self.attempt.is_changeable() => Err(Refusal::Answered),
            slot => Ok(slot),
        }
    }

    fn toggle(&mut self, number: SlotNo, option: OptionId) -> Decision {
        // The answer that stood is taken back, so that it counts nowhere while another is chosen.
        if self.changeable(number)?.is_answered() {
            self.emit(Event::Undone { slot: number });
        }
        let slot = self.changeable(number)?;
        if !slot.shown().contains(&option) {
            return Err(Refusal::NoSuchOption);
        }
        let options = toggled(slot, option).ok_or(Refusal::Full { wanted: slot.choose() })?;
        let was_struck = slot.struck().contains(&option) && options.contains(&option);
        if was_struck {
            self.emit(Event::Struck { slot: number, option, on: false });
        }
        Ok(Some(Event::Selected { slot: number, marks: Marks::new(options) }))
    }

    fn strike(&mut self, number: SlotNo, option: OptionId) -> Decision {
        let slot = self.changeable(number)?;
        if !slot.shown().contains(&option) {
            return Err(Refusal::NoSuchOption);
        }
        let is_chosen = slot.marks().is_some_and(|marks| marks.options().contains(&option));
        let on = !slot.struck().contains(&option);
        if on && is_chosen {
            return Err(Refusal::StrikesChosen);
        }
        Ok(Some(Event::Struck { slot: number, option, on }))
    }

    fn flag(&mut self, slot: SlotNo) -> Decision {
        let on = !self.slot(slot)?.is_flagged();
        Ok(Some(Event::Flagged { slot, on }))
    }

    /// An answer that stands is given again with its certainty, which is evidence.
    fn rate(&mut self, number: SlotNo, certainty: Option<Certainty>) -> Decision {
        let is_answered = self.changeable(number)?.is_answered();
        if is_answered {
            self.emit(Event::Undone { slot: number });
        }
        self.emit(Event::Rated { slot: number, certainty });
        if let Some(marks) = self.slot(number)?.marks().filter(|_| is_answered).cloned() {
            self.answer(number, Choice::Confirmed(marks));
        }
        Ok(None)
    }

    fn confirm(&mut self, number: SlotNo) -> Decision {
        let slot = self.changeable(number)?;
        let marks = slot.marks().ok_or(Refusal::NothingChosen)?.clone();
        let (chosen, wanted) = (marks.options().len() as u8, slot.choose());
        if chosen < wanted {
            return Err(Refusal::Incomplete { chosen, wanted });
        }
        // An answer that stands is not given a second time.
        if !slot.is_answered() {
            self.answer(number, Choice::Confirmed(marks));
        }
        if self.attempt.is_changeable() {
            let next = self.neighbour(number, 1);
            let to = next.map_or(View::Overview { from: number }, View::Question);
            self.move_to(to);
        }
        Ok(None)
    }

    fn go_on(&mut self, view: View) -> Decision {
        match (self.attempt.explaining(), view) {
            (Some(slot), _) => self.go_on_from(slot, Ending::Learner),
            (None, View::Overview { from }) => self.move_to(View::Question(from)),
            (None, View::Question(_)) => return Err(Refusal::NotAnswered),
        }
        Ok(None)
    }

    /// Where a movement leads.
    fn target(&self, action: Action, view: View) -> Result<View, Refusal> {
        let from = view.slot();
        let slot = match (action, view) {
            (Action::Overview, _) => return Ok(View::Overview { from }),
            (Action::GoTo(slot), _) => slot,
            (_, View::Overview { from }) => from,
            (Action::Previous, _) => self.neighbour(from, -1).ok_or(Refusal::NoFurther)?,
            _ => self.neighbour(from, 1).ok_or(Refusal::NoFurther)?,
        };
        if self.slot(slot)?.is_skipped() {
            return Err(Refusal::Gone);
        }
        Ok(View::Question(slot))
    }

    /// The next question in a direction that the course still has.
    fn neighbour(&self, slot: SlotNo, direction: i32) -> Option<SlotNo> {
        let slots = self.attempt.slots();
        let numbers = (1..slots.len() as i32).map(|step| slot.index() as i32 + step * direction);
        let mut numbers = numbers.filter_map(|number| u16::try_from(number).ok()).map(SlotNo);
        numbers.find(|slot| self.attempt.slot(*slot).is_some_and(|slot| !slot.is_skipped()))
    }

    /// Takes back the answer that was confirmed last.
    fn undo(&mut self) -> Decision {
        let shown = self.attempt.explaining().and_then(|slot| self.attempt.slot(slot)?.choice());
        if matches!(shown, Some(Choice::TimedOut(_))) {
            return Err(Refusal::NothingToUndo);
        }
        let slot = *self.attempt.confirmed.last().ok_or(Refusal::NothingToUndo)?;
        for kept in self.attempt.kept() {
            self.emit(Event::Undone { slot: kept });
        }
        self.emit(Event::Undone { slot });
        self.leave_gone();
        Ok(None)
    }
}

/// The question on the screen.
fn asked(view: View) -> Result<SlotNo, Refusal> {
    match view {
        View::Question(slot) => Ok(slot),
        View::Overview { .. } => Err(Refusal::InOverview),
    }
}

#[cfg(test)]
mod tests;
