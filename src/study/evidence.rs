//! Evidence: what an answer, a prediction or a bet says about what the learner knows. It is stamped on the record,
//! so that a course which changes does not change what was known.

use std::fmt;

use super::id::{ConceptId, ItemId, MisconceptionId, ScenarioId, Version};
use super::memory::Grade;
use crate::content::course::{Prediction, Question};
use crate::content::lab::Bet;

/// What is remembered or forgotten, and so scheduled. Single questions are not: they only ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Concept(ConceptId),
    Misconception(MisconceptionId),
}

impl fmt::Display for Subject {
    /// `concept:sqs`, the form that is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concept(id) => write!(f, "concept:{id}"),
            Self::Misconception(id) => write!(f, "misconception:{id}"),
        }
    }
}

impl Subject {
    /// The subject of a stored form; `None` if a newer program wrote it.
    #[must_use]
    pub fn from_form(form: &str) -> Option<Self> {
        let (kind, id) = form.split_once(':')?;
        match kind {
            "concept" => Some(Self::Concept(id.into())),
            "misconception" => Some(Self::Misconception(id.into())),
            _ => None,
        }
    }
}

/// How certain the learner was of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    Guess,
    FairlySure,
    Certain,
}

impl Certainty {
    /// All of them, from 1 to 3.
    pub const ALL: [Self; 3] = [Self::Guess, Self::FairlySure, Self::Certain];

    /// The number on its key, from 1 to 3.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Guess => 1,
            Self::FairlySure => 2,
            Self::Certain => 3,
        }
    }

    /// The certainty of a number from 1 to 3.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|certainty| certainty.number() == number)
    }
}

/// Concepts that an item asks for, and the misconceptions that tempt in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Concepts that the answer shows to be known or not; none for what was asked before it was taught.
    pub concepts: Vec<ConceptId>,
    /// Misconceptions of the wrong options that were chosen.
    pub held: Vec<MisconceptionId>,
    /// Misconceptions of the wrong options that were not chosen.
    pub refused: Vec<MisconceptionId>,
}

/// How an item came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub correct: bool,
    pub certainty: Option<Certainty>,
    /// Whether it took more than one and a half times the learner's median.
    pub slow: bool,
}

impl Outcome {
    /// The grade for what was asked. A lucky guess is right for the score and forgotten for the schedule.
    #[must_use]
    pub fn grade(self) -> Grade {
        match (self.correct, self.certainty) {
            (false, _) | (true, Some(Certainty::Guess)) => Grade::Again,
            (true, Some(Certainty::FairlySure) | None) if self.slow => Grade::Hard,
            (true, Some(Certainty::FairlySure | Certainty::Certain) | None) => Grade::Good,
        }
    }

    /// How much the outcome weighs in the profile: what is said with certainty weighs most.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self.certainty {
            Some(Certainty::Guess) => 0.5,
            Some(Certainty::FairlySure) | None => 1.0,
            Some(Certainty::Certain) => 2.0,
        }
    }
}

/// Knows which concepts and misconceptions an item is about: the course. Records from before evidence was stamped
/// are read with its help.
pub trait Catalog: fmt::Debug {
    /// The evidence in the choice of these options of that version, by the author's numbers; `None` if the course
    /// has no such item.
    fn evidence(
        &self,
        scenario: &ScenarioId,
        item: &ItemId,
        version: Version,
        choice: &[u8],
    ) -> Option<Evidence>;
}

impl Evidence {
    /// The evidence in the choice of these options of a question.
    #[must_use]
    pub fn of_question(question: &Question, choice: &[u8]) -> Self {
        let traps = question.options.iter().map(|option| option.trap.as_deref());
        Self::of(&question.concepts, traps, choice)
    }

    /// The evidence in the choice of an option of a prediction.
    #[must_use]
    pub fn of_prediction(prediction: &Prediction, choice: u8) -> Self {
        let traps = prediction.options.iter().map(|option| option.trap.as_deref());
        Self::of(&[], traps, &[choice])
    }

    /// The evidence in the choice of an option of a bet.
    #[must_use]
    pub fn of_bet(bet: &Bet, choice: u8) -> Self {
        let traps = bet.option.iter().map(|option| option.trap.as_deref());
        Self::of(&[], traps, &[choice])
    }

    /// The evidence in a choice, from the concepts that are asked for and the misconception behind each option.
    pub(super) fn of<'a>(
        concepts: &[String],
        traps: impl Iterator<Item = Option<&'a str>>,
        choice: &[u8],
    ) -> Self {
        let concepts = concepts.iter().map(|id| id.as_str().into()).collect();
        let mut evidence = Self { concepts, ..Self::default() };
        for (index, trap) in traps.enumerate() {
            let Some(trap) = trap else { continue };
            let is_chosen = choice.iter().any(|option| usize::from(*option) == index);
            let list = if is_chosen { &mut evidence.held } else { &mut evidence.refused };
            list.push(trap.into());
        }
        evidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviour 48, and the grades as the design has them: nothing is ever easy.
    #[test]
    fn two_grades_are_enough_and_a_guess_is_no_knowledge() {
        use Certainty::{Certain, FairlySure, Guess};
        let grade = |correct, certainty, slow| Outcome { correct, certainty, slow }.grade();
        for slow in [false, true] {
            for certainty in [None, Some(Guess), Some(FairlySure), Some(Certain)] {
                assert_eq!(grade(false, certainty, slow), Grade::Again);
            }
            assert_eq!(grade(true, Some(Guess), slow), Grade::Again);
            assert_eq!(grade(true, Some(Certain), slow), Grade::Good);
            for certainty in [None, Some(FairlySure)] {
                let expected = if slow { Grade::Hard } else { Grade::Good };
                assert_eq!(grade(true, certainty, slow), expected);
            }
        }
    }

    #[test]
    fn subjects_are_read_as_they_are_stored() {
        for subject in [Subject::Concept("sqs".into()), Subject::Misconception("a:b".into())] {
            assert_eq!(Subject::from_form(&subject.to_string()), Some(subject));
        }
        assert_eq!(Subject::from_form("skill:sqs"), None);
        assert_eq!(Subject::from_form("sqs"), None);
    }

    /// Behaviour 27: there is no number for a certainty that was not told.
    #[test]
    fn certainty_is_one_of_three() {
        assert_eq!(Certainty::ALL.map(Certainty::number), [1, 2, 3]);
        assert_eq!([0, 4].map(Certainty::from_number), [None, None]);
        assert_eq!(Certainty::from_number(3), Some(Certainty::Certain));
    }
}
