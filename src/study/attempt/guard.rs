//! Keys that come too early: a late key must not answer the next question, and the key that confirmed
//! must not also leave the explanation. What is refused is said, and the next press counts.

use std::time::Duration;

use super::action::Action;
use super::event::Event;
use super::moment::Moment;
use super::phase::View;
use super::slot::Choice;

/// How long keys that answer or continue are deaf after a step that came by itself.
pub const DEAF: Duration = Duration::from_millis(250);
/// How long after a confirmation its explanation stays.
pub const HOLD: Duration = Duration::from_millis(200);
/// How long an explanation must be on the screen to count as read.
pub const READ_LEAST: Duration = Duration::from_secs(2);

/// What the running program remembers of the latest steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guard {
    /// When something happened by itself.
    automatic: Option<Moment>,
    /// When the learner confirmed or opened the overview, or last tried to leave too early.
    held: Option<Moment>,
    /// When the explanation on the screen came there.
    explained: Option<Moment>,
}

impl Guard {
    /// The guard of a set that was just opened.
    pub fn opened(now: Moment) -> Self {
        Self { explained: Some(now), ..Self::default() }
    }

    /// Notes what has just happened.
    pub fn note(&mut self, events: &[Event], now: Moment) {
        let opens = |event: &Event| {
            matches!(event, Event::Answered { .. } | Event::Moved { .. } | Event::Resumed)
        };
        let confirms = |event: &Event| match event {
            Event::Answered { answer, .. } => matches!(answer.choice, Choice::Confirmed(_)),
            event => matches!(event, Event::Moved { to: View::Overview { .. } }),
        };
        let latest = |happened, before| if happened { Some(now) } else { before };
        self.automatic = latest(events.iter().any(Event::is_automatic), self.automatic);
        self.held = latest(events.iter().any(confirms), self.held);
        self.explained = latest(events.iter().any(opens), self.explained);
    }

    /// Whether the action's key was rather meant for what was on the screen before: something came by
    /// itself, or, where a key is `held` back, the learner has just confirmed.
    pub fn is_too_soon(&self, action: Action, is_held: bool, now: Moment) -> bool {
        (action.answers_or_continues() && is_within(self.automatic, now, DEAF))
            || (is_held && action.leaves() && is_within(self.held, now, HOLD))
    }

    /// Notes a key that came too soon: one that repeats by itself stays refused until its release.
    pub fn refused(&mut self, action: Action, now: Moment) {
        if action.leaves() && is_within(self.held, now, HOLD) {
            self.held = Some(now);
        }
    }

    /// Whether the explanation has been on the screen for long enough to be read.
    pub fn has_time_to_read(&self, now: Moment) -> bool {
        !is_within(self.explained, now, READ_LEAST)
    }
}

/// Whether less than `time` has passed; not if the clock was set back.
fn is_within(since: Option<Moment>, now: Moment, time: Duration) -> bool {
    let passed = since.and_then(|since| now.mono.checked_sub(since.mono));
    passed.is_some_and(|passed| passed < time)
}

#[cfg(test)]
mod tests;
