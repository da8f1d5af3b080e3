//! Leaving a run: asked about once, and only where something would be lost.

use super::Pipeline;
use crate::sim::spec::Experiment;
use crate::tui::desk::{Go, Outcome};

impl Pipeline {
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
        if let Some(lab) = &self.lab {
            if lab.is_incident() && lab.is_changed() && !lab.is_solved() {
                return Some("It is not repaired, and your changes would be gone.");
            }
            if lab.is_waiting() {
                return Some("Your bet is kept; how it comes out is still to be seen.");
            }
        }
        let now = Experiment { seed: self.kept.seed, ..self.show.player.timeline().saved() };
        let is_own = self.lab.as_ref().is_none_or(|lab| !lab.is_incident());
        (is_own && now != self.kept)
            .then_some("What you did to this run would be gone; w saves it.")
    }

    /// The run was written down.
    pub fn saved(&mut self) {
        self.kept = self.show.player.timeline().saved();
    }
}
