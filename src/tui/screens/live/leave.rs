//! Leaving a bet for its run, where keys may have been typed ahead, and leaving a run, which asks once where
//! something would be lost.

use std::time::Duration;

use super::Live;
use super::purpose::Purpose;
use crate::sim::design::Experiment;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::keymap::Intent;

/// Time after the last bet in which keys that answer a bet count as typed ahead.
const AHEAD: Duration = Duration::from_millis(700);

/// Whether the intent answers a bet: in the run it would break things, compare, or lead away.
pub fn answers_a_bet(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::Break(_) | Intent::Labs | Intent::Compare | Intent::Faults | Intent::GoOn
    )
}

impl Live {
    /// How much longer keys count as typed ahead.
    pub(super) fn typed_ahead(&self, ctx: Ctx<'_>) -> Option<Duration> {
        let since = ctx.now.elapsed.saturating_sub(self.purpose.bets()?.begun()?);
        AHEAD.checked_sub(since).filter(|left| !left.is_zero())
    }

    /// Asks before leaving a run in which something would be lost; the next attempt leaves.
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

    /// A sentence about what would be lost.
    fn would_lose(&self) -> Option<&'static str> {
        if let Some(lost) = self.purpose.would_lose() {
            return Some(lost);
        }
        let now = Experiment { seed: self.kept.seed, ..self.view.playback.timeline().saved() };
        // Changes in an incident are its repair, not a run worth saving.
        let is_own = !matches!(self.purpose, Purpose::Incident(_));
        (is_own && now != self.kept)
            .then_some("Your changes to this run would be lost; w saves it.")
    }

    /// Notes that the run was saved.
    pub fn saved(&mut self) {
        self.kept = self.view.playback.timeline().saved();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{BET, LETTERS, lab, panel};

    #[test]
    fn an_untouched_run_is_left_at_once_and_a_changed_one_at_the_second_attempt() {
        let mut untouched = panel(LETTERS).at("20s");
        assert_eq!(untouched.pressed(Intent::Leave), Outcome::go(Go::Back));
        let mut changed = panel(LETTERS).at("20s").press(&[Intent::Break(0)]);
        let asked = changed.pressed(Intent::Labs);
        assert_eq!(asked.go, None);
        assert!(asked.notice.is_some_and(|notice| notice.ends_with("b again leaves.")));
        assert_eq!(changed.pressed(Intent::Labs).go, Some(Go::Labs));
    }

    #[test]
    fn another_key_withdraws_the_question() {
        let mut stage = panel(LETTERS).at("20s").press(&[Intent::Break(0), Intent::Leave]);
        stage.pressed(Intent::NextPart);
        assert_eq!(stage.pressed(Intent::Leave).go, None);
        assert_eq!(stage.pressed(Intent::Leave).go, Some(Go::Back));
    }

    #[test]
    fn keys_that_answer_a_bet_rest_for_a_moment_after_the_last_one() {
        let stage = lab(LETTERS, BET).press(&[Intent::Choose(0), Intent::GoOn]);
        assert_eq!(stage.live().typed_ahead(stage.ctx()), Some(AHEAD));
        assert!(!stage.does(Intent::Faults) && stage.does(Intent::Faster));
        let stage = stage.press(&[Intent::Faster]);
        assert_eq!(stage.live().typed_ahead(stage.ctx()), None);
        assert!(stage.does(Intent::Faults));
    }
}
