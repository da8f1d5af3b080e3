//! A set in the hands of a running program: the attempt, and the clocks that drive it.

use std::time::Duration;

use super::Attempt;
use super::action::Action;
use super::event::Event;
use super::feedback::Leave;
use super::guard::Guard;
use super::item::Item;
use super::mode::Pace;
use super::moment::{Lapse, Moment};
use super::phase::{Phase, View};
use super::refusal::Refusal;
use super::slot::Slot;
use super::step::Step;
use super::timer::Timer;
use crate::study::id::ItemId;

/// Longest time that passes without an event that stores it.
const STORE_EVERY: Duration = Duration::from_secs(5);

/// An attempt while it is open. Every event that a method returns is to be stored, in order.
#[derive(Debug, Clone)]
pub struct Sitting {
    attempt: Attempt,
    /// The moment up to which time has been counted; `None` while no clock runs.
    since: Option<Moment>,
    guard: Guard,
}

/// What the clock on the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// No clock.
    Nothing,
    /// Time spent on the question; it limits nothing.
    Spent(Duration),
    /// Time left for the question or the set, as far as its mode says.
    Left(Duration),
}

impl Sitting {
    /// Opens a set that was just drawn.
    #[must_use]
    pub fn new(attempt: Attempt, now: Moment) -> Self {
        Self { attempt, since: Some(now), guard: Guard::opened(now) }
    }

    /// Opens a set again, which is the fold of what was stored. The time in between does not count.
    /// `today` finds an item in the course: what it does not find is skipped, and what was edited is
    /// asked as it is now. A set without time or without questions ends at once.
    #[must_use]
    pub fn reopen(
        attempt: Attempt,
        today: impl Fn(&ItemId) -> Option<Item>,
        now: Moment,
    ) -> (Self, Vec<Event>) {
        let mut step = Step::new(&attempt);
        step.reopen(today);
        let mut sitting = Self::new(attempt, now);
        sitting.commit(&step.events, now);
        (sitting, step.events)
    }

    /// The attempt, up to the last event.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Decides what an action leads to, and changes nothing: whoever cannot store the events has not
    /// taken the action. What falls due by itself comes first; if that changes the screen, the events
    /// are of that alone.
    ///
    /// # Errors
    /// Says why the action does nothing.
    pub fn decide(&self, action: Action, now: Moment) -> Result<Vec<Event>, Refusal> {
        let mut step = Step::new(&self.attempt);
        if step.settle(&Lapse::between(self.since, now)) {
            return Ok(step.events);
        }
        self.accepts(action, now)?;
        step.act(action)?;
        Ok(step.events)
    }

    /// Takes events that [`Self::decide`] returned for the same moment, once they are stored.
    pub fn commit(&mut self, events: &[Event], now: Moment) {
        self.since = Some(Lapse::between(self.since, now).until);
        self.guard.note(events, now);
        for event in events {
            self.attempt.apply(event);
        }
    }

    /// Decides and takes an action.
    ///
    /// # Errors
    /// Says why the action does nothing.
    pub fn act(&mut self, action: Action, now: Moment) -> Result<Vec<Event>, Refusal> {
        let decision = self.decide(action, now);
        match &decision {
            Ok(events) => self.commit(events, now),
            Err(Refusal::TooSoon) => self.guard.refused(action, now),
            Err(_) => {}
        }
        decision
    }

    /// Decides what is due without a key: nothing, or the time that passed and what it brought about.
    #[must_use]
    pub fn due(&self, now: Moment) -> Vec<Event> {
        let lapse = Lapse::between(self.since, now);
        let mut step = Step::new(&self.attempt);
        let is_due = step.settle(&lapse);
        let is_long = lapse.awake >= STORE_EVERY || !lapse.asleep.is_zero();
        if is_due || is_long || !lapse.set_back.is_zero() { step.events } else { Vec::new() }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment) -> Vec<Event> {
        let events = self.due(now);
        if !events.is_empty() || !self.attempt.is_timed() {
            self.commit(&events, now);
        }
        events
    }

    /// Stops all clocks after an event could not be stored. They go on with the next commit.
    pub fn halt(&mut self) {
        self.since = None;
    }

    /// Whether a key that means this action counts at this moment, by what has just happened.
    ///
    /// # Errors
    /// Says why it does not.
    pub fn accepts(&self, action: Action, now: Moment) -> Result<(), Refusal> {
        let attempt = &self.attempt;
        let is_held = attempt.explaining().is_some()
            || matches!(attempt.phase(), Phase::Running(View::Overview { .. }));
        if self.guard.is_too_soon(action, is_held, now) {
            return Err(Refusal::TooSoon);
        }
        match (action, self.may_go_on(now)) {
            (Action::GoOn, Leave::AfterReading) => Err(Refusal::ReadFirst),
            (Action::GoOn, Leave::ByAcknowledging) => Err(Refusal::ConfidentlyWrong),
            _ => Ok(()),
        }
    }

    /// What leaves the explanation on the screen.
    #[must_use]
    pub fn may_go_on(&self, now: Moment) -> Leave {
        self.attempt.leave(self.guard.has_time_to_read(now))
    }

    /// What the clock shows.
    #[must_use]
    pub fn face(&self, now: Moment) -> Face {
        let timer = self.attempt.timer();
        if matches!(timer, Timer::Hidden | Timer::Off) || self.attempt.is_over() {
            return Face::Nothing;
        }
        let awake = self.uncounted(now);
        if let Some(left) = self.attempt.left() {
            return Face::Left(left.saturating_sub(awake));
        }
        let slot = self.attempt.view().and_then(|view| self.attempt.slot(view.slot()));
        match (self.attempt.rules().pace, slot.map(Slot::spent)) {
            (Pace::Shown, Some(spent)) => Face::Spent(spent.saturating_add(awake)),
            _ => Face::Nothing,
        }
    }

    /// Time until [`Self::tick`] has something to do or a shown second changes; `None` while no time
    /// counts.
    #[must_use]
    pub fn next_change(&self, now: Moment) -> Option<Duration> {
        if !self.attempt.is_timed() {
            return None;
        }
        let awake = self.uncounted(now);
        let spent = self.attempt.view().and_then(|view| self.attempt.slot(view.slot()));
        let spent = spent.map_or(Duration::ZERO, Slot::spent).saturating_add(awake);
        let second = Duration::from_secs(1);
        let part = |time: Duration| Duration::from_nanos(u64::from(time.subsec_nanos()));
        Some(match self.attempt.left().map(|left| left.saturating_sub(awake)) {
            Some(left) if left.subsec_nanos() == 0 => left.min(second),
            Some(left) => part(left),
            None => second.saturating_sub(part(spent)),
        })
    }

    /// Time that counts and that no event has counted yet.
    fn uncounted(&self, now: Moment) -> Duration {
        let lapse = Lapse::between(self.since, now);
        if self.attempt.is_timed() { lapse.awake } else { Duration::ZERO }
    }
}

#[cfg(test)]
pub(crate) mod tests;
