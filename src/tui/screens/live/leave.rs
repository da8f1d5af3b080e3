//! Leaving a bet for its run, where keys may have been typed ahead; leaving a run: asked about once,
//! and only where something would be lost.

use std::time::Duration;

use super::Live;
use super::purpose::Purpose;
use crate::sim::design::Experiment;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::keymap::Intent;

/// So long after the last bet keys that answer a bet are taken for typed ahead.
const AHEAD: Duration = Duration::from_millis(700);

/// Whether the key answers a bet: on the run it would break things, compare, or lead away.
pub fn answers_a_bet(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::Break(_) | Intent::Labs | Intent::Compare | Intent::Faults | Intent::GoOn
    )
}

impl Live {
    /// How much longer such keys are.
    pub(super) fn typed_ahead(&self, ctx: Ctx<'_>) -> Option<Duration> {
        let since = ctx.now.elapsed.saturating_sub(self.purpose.bets()?.begun()?);
        AHEAD.checked_sub(since).filter(|left| !left.is_zero())
    }

    /// Holds back what leads away from a run with something in it, until it is asked for again.
    pub(super) fn leaving(&mut self, mut outcome: Outcome, was_asked: bool) -> Outcome {
        let key = match outcome.go {
            Some(Go::Back) => "esc",
            Some(Go::Labs) => "b",
            _ => return outcome,
        };
        if let Some(lost) = self.would_lose().filter(|_| !was_asked) {
            self.is_leaving = true;
            outcome.go = None;
            outcome.notice = Some(format!("{lost} {key} again leaves."));
        }
        outcome
    }

    /// What would be lost, in a sentence.
    fn would_lose(&self) -> Option<&'static str> {
        if let Some(lost) = self.purpose.would_lose() {
            return Some(lost);
        }
        let now = Experiment { seed: self.kept.seed, ..self.view.playback.timeline().saved() };
        // What is changed in an incident is its repair, and no run of one's own.
        let is_own = !matches!(self.purpose, Purpose::Incident(_));
        (is_own && now != self.kept)
            .then_some("What you did to this run would be gone; w saves it.")
    }

    /// The run was written down.
    pub fn saved(&mut self) {
        self.kept = self.view.playback.timeline().saved();
    }
}
