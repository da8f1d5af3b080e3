//! The profile of misconceptions: what answers, predictions and bets say for and against each of them.

use std::collections::BTreeMap;

use super::evidence::Outcome;
use super::id::MisconceptionId;

/// What the evidence says about one misconception. Older evidence counts for less each time that new evidence comes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Belief {
    /// Weight of the evidence that the learner holds it.
    pub held: f64,
    /// Weight of the evidence that the learner does not.
    pub refused: f64,
    /// How often it was chosen.
    pub chosen: u32,
    /// How often it was held out and not chosen.
    pub avoided: u32,
}

/// Share of its weight that evidence keeps when newer evidence comes.
const KEEPS: f64 = 0.8;
/// A wrong option that was not chosen says less than one that was: there are others to choose.
const AVOIDED: f64 = 0.5;
/// Weight of the assumption that a learner about whom nothing is known holds no misconception.
const PRIOR: f64 = 1.0;
/// Strength from which a misconception is called weak.
pub const WEAK_FROM: f64 = 0.3;

impl Belief {
    /// The belief after it was chosen.
    #[must_use]
    pub fn chosen(self, outcome: Outcome) -> Self {
        let faded = self.faded();
        Self { held: faded.held + outcome.weight(), chosen: self.chosen + 1, ..faded }
    }

    /// The belief after it was held out and not chosen. When the answer was wrong all the same, that says nothing.
    #[must_use]
    pub fn avoided(self, outcome: Outcome) -> Self {
        if !outcome.correct {
            return self;
        }
        let faded = self.faded();
        let refused = faded.refused + AVOIDED * outcome.weight();
        Self { refused, avoided: self.avoided + 1, ..faded }
    }

    fn faded(self) -> Self {
        Self { held: self.held * KEEPS, refused: self.refused * KEEPS, ..self }
    }

    /// How strongly it is held, from 0 to below 1.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.held / (self.held + self.refused + PRIOR)
    }

    /// Whether it is held firmly enough to be prescribed something.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.strength() >= WEAK_FROM
    }
}

/// The misconceptions of which something is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    pub beliefs: BTreeMap<MisconceptionId, Belief>,
}

impl Profile {
    /// The misconceptions that are weak, the weakest first.
    #[must_use]
    pub fn weakest(&self) -> Vec<(&MisconceptionId, &Belief)> {
        let mut weak: Vec<_> = self.beliefs.iter().filter(|(_, belief)| belief.is_weak()).collect();
        weak.sort_by(|a, b| b.1.strength().total_cmp(&a.1.strength()));
        weak
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::evidence::Certainty;

    fn outcome(correct: bool, certainty: Option<Certainty>) -> Outcome {
        Outcome { correct, certainty, slow: false }
    }

    fn after(chosen: u32, avoided: u32) -> Belief {
        let wrong = (0..chosen).fold(Belief::default(), |b, _| b.chosen(outcome(false, None)));
        (0..avoided).fold(wrong, |b, _| b.avoided(outcome(true, None)))
    }

    #[test]
    fn what_was_chosen_is_weak_and_heals_by_right_answers() {
        assert!(!Belief::default().is_weak());
        let mut strength = after(1, 0).strength();
        assert!(after(1, 0).is_weak());
        for avoided in 1..6 {
            let healing = after(1, avoided).strength();
            assert!(healing < strength, "{avoided}");
            strength = healing;
        }
        assert!(!after(1, 3).is_weak());
        assert!(after(3, 3).strength() > after(1, 3).strength());
    }

    #[test]
    fn the_newest_evidence_weighs_most() {
        let fell_again = after(0, 4).chosen(outcome(false, None));
        let healed = after(1, 4);
        assert!(fell_again.strength() > healed.strength());
    }

    #[test]
    fn certainty_weighs_and_a_guess_heals_little() {
        let wrong = |certainty| Belief::default().chosen(outcome(false, certainty)).strength();
        assert!(wrong(Some(Certainty::Certain)) > wrong(None));
        assert!(wrong(None) > wrong(Some(Certainty::Guess)));
        let healed = |certainty| after(1, 0).avoided(outcome(true, certainty)).strength();
        assert!(healed(Some(Certainty::Guess)) > healed(None));
    }

    #[test]
    fn another_wrong_option_refutes_nothing() {
        let belief = after(2, 0);
        assert_eq!(belief.avoided(outcome(false, None)), belief);
    }

    #[test]
    fn the_weakest_come_first_and_the_healed_not_at_all() {
        let beliefs = [("once", after(1, 0)), ("often", after(3, 0)), ("healed", after(1, 5))];
        let beliefs = beliefs.map(|(id, belief)| (id.into(), belief));
        let profile = Profile { beliefs: beliefs.into() };
        let order: Vec<&str> = profile.weakest().iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(order, ["often", "once"]);
    }
}
