//! What the plan promises, for many learners.

use chrono::NaiveDate;

use super::*;
use crate::study::evidence::Outcome;
use crate::study::shuffle::keyed;

fn day(number: u32) -> StudyDay {
    StudyDay(NaiveDate::from_ymd_opt(2026, 12, 1).unwrap()).plus(number)
}

/// A learner drawn from a seed: some concepts known, some sections unread.
fn outset(seed: u64) -> Outset {
    let draw = |what: &str, of: u64| keyed(seed, what, "") % of;
    let concepts: Vec<ConceptId> =
        (0..3 + draw("concepts", 25)).map(|number| format!("c{number}").as_str().into()).collect();
    let known = draw("known", concepts.len() as u64 + 1) as usize;
    let mut subjects = BTreeMap::new();
    for (number, concept) in concepts.iter().take(known).enumerate() {
        let draw = |what: &str, of: u64| keyed(seed, what, &number.to_string()) % of;
        let subject = Subject::Concept(concept.clone());
        let outcome = |step: u64| Outcome {
            correct: draw(&format!("right {step}"), 4) > 0,
            certainty: None,
            slow: false,
        };
        let mut is = Scheduled::first(&subject, outcome(0), day(0));
        for step in 1..=draw("reviews", 5) {
            let days = 1 + draw(&format!("days {step}"), 9) as u32;
            is = is.after(&subject, outcome(step), is.reviewed.plus(days));
        }
        subjects.insert(subject, is);
    }
    let unread = concepts.chunks(3).skip(known / 3).enumerate().map(|(number, concepts)| Unread {
        lesson: format!("l{number}").as_str().into(),
        minutes: 6.0 + keyed(seed, "minutes", &number.to_string()) as f64 % 9.0,
        concepts: concepts.to_vec(),
    });
    Outset { unread: unread.collect(), subjects, concepts }
}

#[test]
fn no_day_is_above_its_minutes_unless_nothing_shorter_fits() {
    for seed in 0..150 {
        let minutes = [0, 1, 5, 12, 25, 60][seed as usize % 6];
        let outset = outset(seed);
        let exam = day(30 + seed as u32 % 20);
        let (days, _) = best(&outset, day(20), exam, minutes).unwrap();
        assert_eq!(days.len(), exam.since(day(20)) as usize);
        for day in &days {
            let fits = day.minutes <= f64::from(minutes) || day.work.len() == 1;
            assert!(fits, "seed {seed}: {day:?}");
            assert!(minutes > 0 || day.work.is_empty());
            let mut work = day.work.clone();
            work.sort();
            work.dedup();
            assert_eq!(work.len(), day.work.len(), "seed {seed}: nothing is done twice a day");
        }
    }
}

#[test]
fn expected_recall_is_never_below_that_of_the_plain_schedule() {
    let mut better = 0;
    for seed in 0..150 {
        let outset = outset(seed);
        let exam = day(24 + seed as u32 % 25);
        let minutes = 3 + seed as u16 % 15;
        let (_, course) = best(&outset, day(20), exam, minutes).unwrap();
        let expected = course.expected(exam);
        let plain = days_of(&outset, (day(20), exam, exam.since(day(20))), minutes, Order::Due);
        let plain = plain.1.expected(exam);
        assert!(expected >= plain, "seed {seed}: {expected} {plain}");
        better += u32::from(expected > plain + 0.02);
    }
    assert!(better > 12, "only {better} plans are better than none");
}

#[test]
fn more_time_never_drops_more_sections() {
    for seed in 0..40 {
        let dropped = |minutes| {
            let (_, course) = best(&outset(seed), day(20), day(32), minutes).unwrap();
            course.dropped(day(32)).iter().filter(|work| matches!(work, Work::Read(_))).count()
        };
        assert!(dropped(10) >= dropped(120), "seed {seed}");
        assert_eq!(dropped(600), 0, "seed {seed}: two weeks of ten hours hold everything");
    }
}

#[test]
fn all_that_is_unread_is_planned_or_named_as_dropped() {
    for seed in 0..80 {
        let outset = outset(seed);
        let (days, course) = best(&outset, day(20), day(26), 8).unwrap();
        let dropped = course.dropped(day(26));
        let planned = days.iter().flat_map(|day| &day.work).chain(&dropped);
        let mut read: Vec<&LessonId> = planned
            .filter_map(|work| match work {
                Work::Read(lesson) => Some(lesson),
                Work::Review(_) => None,
            })
            .collect();
        read.sort();
        let mut unread: Vec<&LessonId> = outset.unread.iter().map(|at| &at.lesson).collect();
        unread.sort();
        assert_eq!(read, unread, "seed {seed}");
    }
}

#[test]
fn the_interval_holds_what_is_expected() {
    for seed in 0..12 {
        let plan = forecast(&outset(seed), day(20), day(30), 15).unwrap();
        let (least, most) = plan.interval;
        assert!(least <= most && most as usize <= plan.of, "{plan:?}");
        // Learners forget now and then, so the middle lies a little below what is expected if all goes well.
        assert!(f64::from(least) <= plan.expected + 0.5, "{plan:?}");
        assert!(f64::from(most) >= plan.expected * 0.8 - 1.0, "{plan:?}");
    }
}

#[test]
fn an_exam_that_is_not_ahead_has_no_plan() {
    assert_eq!(forecast(&outset(1), day(20), day(20), 25), None);
    assert_eq!(forecast(&outset(1), day(20), day(3), 25), None);
    let far = forecast(&outset(1), day(20), day(5_000), 25).unwrap();
    assert_eq!(far.days.len(), DAYS_MAX as usize);
}
