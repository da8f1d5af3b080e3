//! The result of a set. The numbers are those of `attempt/tests.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::study::attempt::action::Action;
use crate::study::attempt::draw::Draw;
use crate::study::attempt::item::OptionId;
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::{Ending, Phase};
use crate::study::attempt::refusal::Refusal;
use crate::study::attempt::slot::SlotNo;
use crate::study::attempt::tests::{Learner, item, score, unchanged};
use crate::study::attempt::timer::Timer;
use crate::study::evidence::Certainty;
use crate::study::id::Seed;

/// Behaviour 15: a set that was opened and lost before any answer costs nothing.
#[test]
fn a_set_without_an_answer_has_no_figures() {
    let mut traps = Learner::new(Mode::Traps, &[1, 1]);
    traps.does(Action::Toggle(OptionId(1)));
    assert_eq!(traps.attempt().figures(), None);
    traps.does(Action::GiveUp);
    assert_eq!(traps.attempt().figures(), None, "what was not confirmed is no answer");

    let mut left = Learner::new(Mode::Traps, &[1, 1]);
    left.waits(60_000);
    left.ticks();
    assert_eq!(left.attempt().figures(), None, "nobody was there");

    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.waits(120_000);
    exam.ticks();
    exam.reopens(unchanged(&exam.draw));
    assert_eq!((exam.phase(), exam.attempt().figures()), (Phase::Submitted(Ending::TimeUp), None));

    let mut empty = Learner::new(Mode::Exam, &[1]);
    empty.does(Action::Overview);
    empty.waits(200);
    empty.does(Action::Submit);
    assert_eq!(empty.attempt().figures().unwrap().score, score(0, 1), "it was meant");
}

/// Behaviour 19: retakes are told apart from first attempts.
#[test]
fn retakes_are_counted_apart() {
    let items = [(item(0, 1), true), (item(1, 1), false), (item(2, 1), true)];
    let draw = Draw::new(Mode::Drill, Timer::Normal, Seed(1), &items, Duration::ZERO);
    let mut drill = Learner::at(draw);
    for option in [1, 1, 0] {
        drill.answers(option);
        drill.leaves();
    }
    let figures = drill.attempt().figures().unwrap();
    assert_eq!((figures.first, figures.again), (score(1, 2), score(1, 1)));
}

/// Behaviour 26: an unanswered question counts as wrong, and is shown apart from wrong ones.
#[test]
fn unanswered_counts_as_wrong_and_is_apart() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1, 1, 1]);
    exam.answers(1);
    exam.answers(0);
    exam.does(Action::Toggle(OptionId(1)));
    exam.does(Action::Overview);
    exam.is_refused(Action::Submit, Refusal::TooSoon);
    exam.waits(200);
    exam.does(Action::Submit);
    let figures = exam.attempt().figures().unwrap();
    assert_eq!((figures.score, figures.wrong, figures.unanswered), (score(2, 4), 1, 1));
    assert_eq!(figures.slots[3].feedback.missed, [OptionId(1)]);
}

/// Behaviour 27: certainty is optional and in no score, and the time of an answer ends with its last
/// mark.
#[test]
fn certainty_takes_no_time_and_gives_no_marks() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1]);
    drill.waits(4_000);
    drill.does(Action::Toggle(OptionId(1)));
    drill.waits(9_000);
    drill.does(Action::Rate(Some(Certainty::Guess)));
    drill.waits(9_000);
    drill.does(Action::Confirm);
    drill.waits(300);
    drill.is_refused(Action::Rate(Some(Certainty::Certain)), Refusal::Answered);
    drill.does(Action::GoOn);
    drill.answers(1);
    let figures = drill.attempt().figures().unwrap();
    assert_eq!(figures.score, score(2, 2));
    assert_eq!(figures.slots[0].after, Duration::from_secs(4));
    assert_eq!(figures.slots[0].certainty, Some(Certainty::Guess));
    assert_eq!(figures.slots[1].certainty, None);
}

/// Behaviour 28: the verdict is stamped on the answer; the fold does not judge it.
#[test]
fn an_answer_is_judged_once() {
    let mut drill = Learner::new(Mode::Drill, &[1]);
    drill.answers(1);
    drill.draw.items[0].key = BTreeSet::from([OptionId(0)]);
    assert!(drill.fold().feedback(SlotNo(0)).unwrap().right);
}
