//! What each mode asks.

use chrono::NaiveDate;

use super::*;
use crate::content::course::Extent;
use crate::study::evidence::{Certainty, Outcome};

fn day(number: u32) -> StudyDay {
    StudyDay(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()).plus(number)
}

/// Sixty questions: ten concepts, four tasks, three lessons, each with a misconception of its concept.
struct Course {
    entries: Vec<QuestionEntry>,
    traps: Vec<ItemTraps>,
    items: BTreeMap<String, ItemProgress>,
    aside: BTreeMap<ItemId, Aside>,
}

impl Course {
    fn new() -> Self {
        let entry = |number: usize| QuestionEntry {
            id: format!("q{number}"),
            version: 1,
            task: format!("{}.1", [1, 2, 2, 3, 4, 2][number % 6]),
            concepts: vec![format!("c{}", number % 10)],
            teaches: vec![],
            lesson: format!("l{}", number % 3),
            anchor: "a".into(),
            choose: 1,
            extent: Extent::default(),
        };
        let traps = |number: usize| ItemTraps {
            id: format!("q{number}"),
            version: 1,
            options: vec![None, Some(format!("m{}", number % 10)), Some("common".into())],
        };
        Self {
            entries: (0..60).map(entry).collect(),
            traps: (0..60).map(traps).collect(),
            items: BTreeMap::new(),
            aside: BTreeMap::new(),
        }
    }

    fn answered(&mut self, numbers: std::ops::Range<usize>, right: bool) {
        for number in numbers {
            let item = ItemProgress { answered: 1, right, latest: number as i64 };
            self.items.insert(format!("q{number}"), item);
        }
    }

    fn bank(&self, seed: u64) -> Bank<'_> {
        Bank {
            entries: &self.entries,
            traps: &self.traps,
            items: &self.items,
            aside: &self.aside,
            today: day(20),
            seed: Seed(seed),
        }
    }
}

fn unique(set: &[ItemId]) -> usize {
    set.iter().collect::<BTreeSet<_>>().len()
}

#[test]
fn a_drill_is_nine_missed_to_four_unseen_to_two_known_and_the_others_fill_in() {
    let mut course = Course::new();
    course.answered(0..20, false);
    course.answered(20..40, true);
    let of = |course: &Course, set: &[ItemId]| {
        let kind = |id: &ItemId| course.items.get(id.as_str()).map(|item| item.right);
        [Some(false), None, Some(true)].map(|is| set.iter().filter(|id| kind(id) == is).count())
    };
    for seed in 0..20 {
        let set = course.bank(seed).drill(15);
        assert_eq!((of(&course, &set), unique(&set)), ([9, 4, 2], 15), "seed {seed}");
    }
    let none_missed = Course::new();
    assert_eq!(of(&none_missed, &none_missed.bank(1).drill(15)), [0, 15, 0]);
    course.answered(0..58, true);
    course.answered(58..60, false);
    assert_eq!(of(&course, &course.bank(1).drill(15)), [2, 0, 13]);
    assert_eq!(course.bank(1).drill(100).len(), 60);
}

#[test]
fn missed_only_asks_nothing_else() {
    let mut course = Course::new();
    course.answered(0..7, false);
    course.answered(7..20, true);
    let set = course.bank(3).missed(20);
    assert!(set.len() == 7 && set.iter().all(|id| !course.items[id.as_str()].right));
    assert!(Course::new().bank(3).missed(20).is_empty());
}

#[test]
fn an_exam_takes_as_many_of_each_task_whatever_is_known() {
    let mut course = Course::new();
    let plain = course.bank(5).exam(20);
    let mut tasks: BTreeMap<&str, usize> = BTreeMap::new();
    for id in &plain {
        let entry = course.entries.iter().find(|entry| *id == entry.id).unwrap();
        *tasks.entry(&entry.task).or_default() += 1;
    }
    assert_eq!(tasks.values().copied().collect::<Vec<_>>(), [5, 5, 5, 5]);
    course.answered(0..60, false);
    assert_eq!(course.bank(5).exam(20), plain, "it is never adapted");
    assert_eq!(unique(&course.bank(5).exam(100)), 60);
    assert_ne!(course.bank(6).exam(20), plain);
}

#[test]
fn practice_stays_on_its_topic_and_prefers_what_was_not_seen() {
    let mut course = Course::new();
    course.answered(0..30, true);
    for (topic, of) in [
        (Topic::Lesson("l1".into()), 20),
        (Topic::Concept("c4".into()), 6),
        (Topic::Task("1.1".into()), 10),
        (Topic::Misconception("m7".into()), 6),
    ] {
        let bank = course.bank(2);
        let all = bank.practice(&topic, 100);
        assert_eq!(all.len(), of, "{topic:?}");
        let few = bank.practice(&topic, of / 2);
        assert!(few.iter().all(|id| !course.items.contains_key(id.as_str())), "{topic:?}");
    }
    assert!(course.bank(2).practice(&Topic::Concept("none".into()), 5).is_empty());
}

fn scheduled(subject: &Subject, right: bool, on: u32) -> Scheduled {
    let certainty = Some(Certainty::Certain);
    Scheduled::first(subject, Outcome { correct: right, certainty, slow: false }, day(on))
}

#[test]
fn a_review_asks_a_sibling_for_each_due_subject() {
    let mut course = Course::new();
    course.answered(0..10, true);
    let mut subjects = BTreeMap::new();
    for number in 0..8 {
        let subject = Subject::Concept(format!("c{number}").as_str().into());
        subjects.insert(subject.clone(), scheduled(&subject, true, 10 + number));
    }
    let held = Subject::Misconception("m9".into());
    subjects.insert(held.clone(), scheduled(&held, false, 15));
    let set = course.bank(1).review(&subjects, None, 20);
    // What was learned on day 18 or later is not due on day 20 at first.
    let due = subjects.values().filter(|is| is.due(None).unwrap() <= day(20)).count();
    assert!(due >= 8, "{due}");
    assert_eq!((set.len(), unique(&set)), (due, due));
    let concepts: BTreeSet<&str> = set
        .iter()
        .map(|id| course.entries.iter().find(|entry| *id == entry.id).unwrap().concepts[0].as_str())
        .collect();
    assert_eq!(concepts.len(), due, "each of another concept");
    assert!(set.iter().all(|id| !course.items.contains_key(id.as_str())), "unseen ones first");
    assert_eq!(course.bank(1).review(&subjects, None, 3).len(), 3);
    assert!(course.bank(1).review(&BTreeMap::new(), None, 20).is_empty());
}

#[test]
fn a_question_on_two_due_subjects_serves_both() {
    let course = Course::new();
    let mut subjects = BTreeMap::new();
    for subject in [
        Subject::Concept("c3".into()),
        Subject::Misconception("m3".into()),
        Subject::Misconception("common".into()),
    ] {
        subjects.insert(subject.clone(), scheduled(&subject, false, 5));
    }
    assert_eq!(course.bank(1).review(&subjects, None, 20).len(), 1);
}

/// Behaviour 47: suspending outlasts burying, and only an exam asks what is buried.
#[test]
fn what_is_put_aside_is_not_asked() {
    let mut course = Course::new();
    course.aside.insert("q4".into(), Aside { is_suspended: false, buried: Some(day(20)) });
    course.aside.insert("q14".into(), Aside { is_suspended: true, buried: Some(day(20)) });
    course.aside.insert("q24".into(), Aside { is_suspended: false, buried: Some(day(19)) });
    let topic = Topic::Concept("c4".into());
    let has = |set: &[ItemId], id: &str| set.iter().any(|asked| asked == id);
    let set = course.bank(1).practice(&topic, 100);
    assert_eq!(["q4", "q14", "q24"].map(|id| has(&set, id)), [false, false, true]);
    let set = course.bank(1).exam(100);
    assert_eq!(["q4", "q14", "q24"].map(|id| has(&set, id)), [true, false, true]);
    course.aside.insert("q14".into(), Aside { is_suspended: true, buried: None });
    assert!(!has(&course.bank(1).drill(100), "q14"));
}
