//! When subjects are due, and when they are dead-lettered.

use chrono::NaiveDate;

use super::*;
use crate::study::evidence::Certainty;

const RIGHT: Outcome = Outcome { correct: true, certainty: None, slow: false };
const WRONG: Outcome = Outcome { correct: false, certainty: None, slow: false };
const GUESSED: Outcome = Outcome { correct: true, certainty: Some(Certainty::Guess), slow: false };

fn day(number: u32) -> StudyDay {
    StudyDay(NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()).plus(number)
}

fn sqs() -> Subject {
    Subject::Concept("sqs".into())
}

/// A subject with an outcome on each of these days, the first of them its first.
fn studied(outcomes: &[(u32, Outcome)]) -> Scheduled {
    let (first, rest) = outcomes.split_first().unwrap();
    let start = Scheduled::first(&sqs(), first.1, day(first.0));
    rest.iter().fold(start, |subject, (on, outcome)| subject.after(&sqs(), *outcome, day(*on)))
}

/// Behaviours 40 and 46.
#[test]
fn only_the_first_evidence_of_a_day_moves_the_memory() {
    let once = studied(&[(0, RIGHT)]);
    let often = studied(&[(0, RIGHT), (0, RIGHT), (0, RIGHT), (0, RIGHT)]);
    assert_eq!(once, often);
    let extra = studied(&[(0, RIGHT), (3, RIGHT), (3, RIGHT)]);
    assert_eq!(extra, studied(&[(0, RIGHT), (3, RIGHT)]));
}

/// Behaviours 41 and 42: also when the day began well, and whatever the parameters say.
#[test]
fn what_was_missed_comes_back_the_next_day() {
    for outcomes in [&[(0, WRONG)][..], &[(0, RIGHT), (9, WRONG)], &[(0, RIGHT), (0, WRONG)]] {
        let subject = studied(outcomes);
        assert_eq!(subject.due(None), Some(subject.reviewed.plus(1)), "{outcomes:?}");
    }
    let late = studied(&[(0, RIGHT), (0, WRONG)]);
    assert!((late.memory.stability - studied(&[(0, RIGHT)]).memory.stability).abs() < 1e-12);
}

/// Behaviour 48: a guess is asked again the next day, but it is no lapse.
#[test]
fn a_guess_comes_back_and_counts_as_no_lapse() {
    let guessed = studied(&[(0, RIGHT), (3, GUESSED)]);
    assert_eq!((guessed.due(None), guessed.lapses), (Some(day(4)), 0));
}

/// Behaviour 43.
#[test]
fn intervals_end_before_the_exam_and_last_a_day_at_least() {
    let subject = studied(&[(0, RIGHT), (2, RIGHT), (9, RIGHT), (30, RIGHT)]);
    let free = subject.due(None).unwrap();
    assert!(free > day(45), "{free:?}");
    assert_eq!(subject.due(Some(day(35))), Some(day(35)));
    assert_eq!(subject.due(Some(day(31))), Some(day(31)));
    assert_eq!(subject.due(Some(day(30))), Some(free), "an exam that is over limits nothing");
    assert_eq!(subject.due(Some(day(9))), Some(free));
    assert_eq!(studied(&[(5, WRONG)]).due(Some(day(6))), Some(day(6)));
}

/// Behaviour 43: many subjects and counts; a longer memory is never asked sooner than before.
#[test]
fn fuzz_depends_on_the_subject_and_the_count_alone() {
    let mut moved = 0;
    for number in 0..500 {
        let subject = Subject::Concept(number.to_string().as_str().into());
        let mut scheduled = Scheduled::first(&subject, RIGHT, day(0));
        // After eight reviews it lasts for years; at the bound of a century nothing grows.
        for _ in 0..8 {
            let due = scheduled.due(None).unwrap();
            let next = scheduled.after(&subject, RIGHT, due);
            assert_eq!(next, scheduled.after(&subject, RIGHT, due));
            assert!(next.interval >= scheduled.interval, "{scheduled:?} {next:?}");
            let raw = next.memory.interval(RETENTION);
            let off = (f64::from(next.interval) - raw).abs();
            assert!(off <= spread(raw) + 0.5 || next.interval == scheduled.interval, "{next:?}");
            moved += u32::from(off > 1.0);
            scheduled = next;
        }
    }
    assert!(moved > 500, "fuzz moved only {moved}");
}

#[test]
fn four_lapses_lead_to_the_dead_letter_queue_and_two_right_days_out_of_it() {
    let lapses =
        |count: u32| -> Vec<(u32, Outcome)> { (0..=count).map(|on| (on, WRONG)).collect() };
    assert_eq!(studied(&lapses(3)).delivery, Delivery::Scheduled);
    let dead = studied(&lapses(4));
    assert_eq!((dead.delivery, dead.due(None)), (Delivery::DeadLettered, None));
    // A right answer in passing does not take it out.
    assert_eq!(dead.after(&sqs(), RIGHT, day(6)).delivery, Delivery::DeadLettered);

    let again = dead.redriven();
    assert_eq!(again.due(None), Some(day(5)));
    let once = again.after(&sqs(), RIGHT, day(5));
    assert_eq!(once.delivery, Delivery::Redriven { right_days: 1 });
    let same_day = once.after(&sqs(), RIGHT, day(5));
    assert_eq!(same_day.delivery, once.delivery, "two right answers on one day are one right day");
    let guessed = once.after(&sqs(), GUESSED, day(6));
    assert_eq!(guessed.delivery, once.delivery, "a guess proves nothing");
    let cured = once.after(&sqs(), RIGHT, day(6));
    assert_eq!((cured.delivery, cured.lapses), (Delivery::Scheduled, 0));
    assert_eq!(once.after(&sqs(), WRONG, day(6)).delivery, Delivery::DeadLettered);
    assert_eq!(cured.redriven(), cured, "only what lies there is redriven");
}

/// Behaviour 10.
#[test]
fn evidence_from_before_the_latest_day_moves_nothing() {
    let subject = studied(&[(5, RIGHT)]);
    assert_eq!(subject.after(&sqs(), RIGHT, day(3)), subject);
    assert!((subject.recall(day(3)) - 1.0).abs() < 1e-12);
}
