//! Chooses the questions of a set: missed ones first, then unseen ones, then those answered
//! correctly longest ago. Questions of the same lesson are kept apart where possible.

pub mod bank;

use std::collections::{BTreeMap, VecDeque};

use super::id::{ItemId, Seed};
use super::progress::ItemProgress;
use super::shuffle::keyed;
use crate::content::course::QuestionEntry;

/// Draws `count` question ids, or as many as there are; with a `lesson`, only its questions. The
/// same history and seed draw the same set.
#[must_use]
pub fn draw(
    entries: &[QuestionEntry],
    history: &BTreeMap<String, ItemProgress>,
    lesson: Option<&str>,
    count: usize,
    seed: Seed,
) -> Vec<ItemId> {
    let mut missed = Vec::new();
    let mut unseen = Vec::new();
    let mut known = Vec::new();
    for entry in entries.iter().filter(|entry| lesson.is_none_or(|id| entry.lesson == id)) {
        match history.get(&entry.id) {
            None => unseen.push(entry),
            Some(item) if !item.right => missed.push(entry),
            Some(item) => known.push((item.latest, entry)),
        }
    }
    missed.sort_by_key(|entry| keyed(seed.0, "draw", &entry.id));
    unseen.sort_by_key(|entry| keyed(seed.0, "draw", &entry.id));
    known.sort_by_key(|(latest, _)| *latest);

    // Missed questions come back, but never fill a whole set while unseen ones remain.
    let half = if unseen.is_empty() { count } else { count.div_ceil(2) };
    let mut drawn: Vec<&QuestionEntry> = missed.iter().take(half).copied().collect();
    drawn.extend(&unseen);
    drawn.extend(missed.iter().skip(half));
    drawn.extend(known.iter().map(|(_, entry)| *entry));
    drawn.truncate(count);
    drawn.sort_by_key(|entry| keyed(seed.0, "ask", &entry.id));
    spread(drawn).into_iter().map(|entry| entry.id.as_str().into()).collect()
}

/// Separates questions of the same lesson with other lessons' questions where possible.
fn spread(drawn: Vec<&QuestionEntry>) -> Vec<&QuestionEntry> {
    let mut waiting: VecDeque<&QuestionEntry> = drawn.into();
    let mut asked: Vec<&QuestionEntry> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let last = asked.last().map(|entry| entry.lesson.as_str());
        let other = waiting.iter().position(|entry| Some(entry.lesson.as_str()) != last);
        asked.extend(waiting.remove(other.unwrap_or(0)));
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::Extent;

    fn entries(lessons: &[(&str, usize)]) -> Vec<QuestionEntry> {
        let entry = |lesson: &str, number: usize| QuestionEntry {
            id: format!("{lesson}-{number}"),
            version: 1,
            task: "2.1".into(),
            concepts: vec![],
            teaches: vec![],
            lesson: lesson.into(),
            anchor: "a".into(),
            choose: 1,
            extent: Extent::default(),
        };
        lessons.iter().flat_map(|(id, n)| (0..*n).map(move |k| entry(id, k))).collect()
    }

    fn item(right: bool, latest: i64) -> ItemProgress {
        ItemProgress { answered: 1, right, latest }
    }

    #[test]
    fn missed_questions_come_back_and_new_ones_are_still_asked() {
        let entries = entries(&[("a", 12)]);
        let history = (0..8).map(|k| (format!("a-{k}"), item(false, k))).collect();
        for seed in 0..50 {
            let set = draw(&entries, &history, None, 6, Seed(seed));
            let missed = set.iter().filter(|id| history.contains_key(id.as_str())).count();
            assert_eq!((set.len(), missed), (6, 3), "seed {seed}");
        }
    }

    #[test]
    fn what_was_right_longest_ago_is_asked_again_first() {
        let entries = entries(&[("a", 4)]);
        let history = (0..4).map(|k| (format!("a-{k}"), item(true, 100 - k))).collect();
        let mut set = draw(&entries, &history, None, 2, Seed(1));
        set.sort();
        assert_eq!(set, ["a-2", "a-3"]);
    }

    #[test]
    fn a_set_asks_no_question_twice_and_keeps_lessons_apart() {
        let entries = entries(&[("a", 5), ("b", 5)]);
        for seed in 0..50 {
            let set = draw(&entries, &BTreeMap::new(), None, 10, Seed(seed));
            let mut unique = set.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), 10);
        }
        let set = draw(&entries[..6], &BTreeMap::new(), None, 6, Seed(3));
        assert!(set.iter().any(|id| id == "b-0"));
    }

    #[test]
    fn a_lesson_of_its_own_draws_only_its_questions() {
        let entries = entries(&[("a", 3), ("b", 3)]);
        let set = draw(&entries, &BTreeMap::new(), Some("b"), 2, Seed(9));
        assert!(set.len() == 2 && set.iter().all(|id| id.as_str().starts_with("b-")));
    }
}
