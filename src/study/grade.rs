//! Marking: all or nothing per question, and the marks of a set by concept and task.

use std::collections::{BTreeMap, BTreeSet};

use super::progress::Score;
use super::record::Answer;
use crate::content::course::{Question, QuestionEntry};

/// Whether exactly the right options were chosen. As in the exam, there are no part marks.
#[must_use]
pub fn is_right(question: &Question, choice: &BTreeSet<u8>) -> bool {
    question
        .options
        .iter()
        .enumerate()
        .all(|(index, option)| option.right == choice.contains(&(index as u8)))
}

/// Marks of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub all: Score,
    /// Marks by concept id.
    pub concepts: BTreeMap<String, Score>,
    /// Marks by exam task statement.
    pub tasks: BTreeMap<String, Score>,
}

/// Adds up answers by the concepts and task statements of their questions. An answer to a question
/// that the course no longer has counts only in the total.
#[must_use]
pub fn tally(answers: &[Answer], entries: &[QuestionEntry]) -> Tally {
    let mut tally = Tally::default();
    for answer in answers {
        tally.all.add(answer.correct);
        if let Some(entry) = entries.iter().find(|entry| entry.id == answer.item) {
            tally.tasks.entry(entry.task.clone()).or_default().add(answer.correct);
            for concept in &entry.concepts {
                tally.concepts.entry(concept.clone()).or_default().add(answer.correct);
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::Choice;

    fn question(right: &[bool]) -> Question {
        let options = right.iter().map(|right| Choice {
            text: vec![],
            right: *right,
            trap: None,
            why: vec![],
            right_when: None,
        });
        Question {
            id: "q".into(),
            version: 1,
            task: "2.1".into(),
            concepts: vec![],
            teaches: vec![],
            lesson: "l".into(),
            anchor: "a".into(),
            references: vec![],
            choose: 1,
            stem: vec![],
            options: options.collect(),
            scene: None,
        }
    }

    #[test]
    fn choosing_two_is_all_or_nothing() {
        let question = question(&[true, false, true, false, false]);
        assert!(is_right(&question, &BTreeSet::from([0, 2])));
        assert!(!is_right(&question, &BTreeSet::from([0])));
        assert!(!is_right(&question, &BTreeSet::from([0, 1, 2])));
        assert!(!is_right(&question, &BTreeSet::new()));
    }

    #[test]
    fn percentages_are_rounded_and_nothing_is_zero() {
        assert_eq!(Score { right: 2, of: 3 }.percent(), 67);
        assert_eq!(Score::default().percent(), 0);
    }
}
