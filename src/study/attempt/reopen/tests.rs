//! Leaving a set and opening it again. The numbers are those of `attempt/tests.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::study::attempt::Attempt;
use crate::study::attempt::action::Action;
use crate::study::attempt::draw::Draw;
use crate::study::attempt::event::{Event, PauseCause};
use crate::study::attempt::item::{Item, OptionId};
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::{Ending, Phase, View};
use crate::study::attempt::refusal::Refusal;
use crate::study::attempt::sitting::Face;
use crate::study::attempt::slot::SlotNo;
use crate::study::attempt::tests::{Learner, item, marks, score, unchanged};
use crate::study::attempt::timer::Timer;
use crate::study::evidence::Certainty;
use crate::study::id::{ItemId, Seed, Version};

/// Behaviour 3: a set whose time ran out is opened with its result, and nothing is left to press.
#[test]
fn reopened_without_time_it_ends_at_once() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.waits(240_000);
    exam.ticks();
    assert_eq!(exam.phase(), Phase::TimeUp);
    exam.reopens(unchanged(&exam.draw));
    assert_eq!(exam.phase(), Phase::Submitted(Ending::TimeUp));
    assert_eq!(exam.attempt().figures().unwrap().score, score(1, 2));

    // Killed between the last stored time and the end.
    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.does(Action::Toggle(OptionId(1)));
    exam.stored.push(Event::Passed { time: Duration::from_secs(120) });
    exam.reopens(unchanged(&exam.draw));
    assert_eq!(exam.phase(), Phase::Submitted(Ending::TimeUp));
    assert_eq!(exam.attempt().figures().unwrap().score, score(1, 1));
    exam.stored = vec![Event::Begun, Event::Passed { time: Duration::from_secs(120) }];
    exam.stored.push(Event::Paused { cause: PauseCause::Learner });
    exam.reopens(unchanged(&exam.draw));
    assert_eq!(exam.phase(), Phase::Submitted(Ending::TimeUp));

    let mut traps = Learner::new(Mode::Traps, &[1, 1]);
    traps.stored.push(Event::Passed { time: Duration::from_secs(60) });
    traps.reopens(unchanged(&traps.draw));
    assert_eq!(traps.attempt().explaining(), Some(SlotNo(0)));
}

/// Behaviours 11 and 14: every mark is an event of its own, and after a power cut the clock goes on
/// from the last of them, or from five seconds before at most.
#[test]
fn a_power_cut_costs_five_seconds_at_most() {
    let mut traps = Learner::new(Mode::Traps, &[2, 1]);
    traps.waits(2_000);
    traps.does(Action::Toggle(OptionId(4)));
    for _ in 0..99 {
        traps.waits(130);
        traps.ticks();
    }
    let shown = traps.sitting.face(traps.now);
    traps.reopens(unchanged(&traps.draw));
    assert_eq!(traps.attempt().slots()[0].marks(), Some(&marks(&[4])));
    let Face::Left(shown) = shown else { panic!("{shown:?}") };
    let gained = traps.attempt().left().unwrap().saturating_sub(shown);
    assert!(gained < Duration::from_secs(5), "{gained:?}");
    assert_eq!(traps.sitting.face(traps.now), Face::Left(shown + gained), "no time in between");
}

/// Behaviour 13: choices, strikes, flags and certainty are there again.
#[test]
fn a_resumed_set_shows_all_that_was_done() {
    let mut exam = Learner::new(Mode::Exam, &[2, 1]);
    exam.does(Action::Toggle(OptionId(4)));
    exam.does(Action::Strike(OptionId(0)));
    exam.does(Action::Strike(OptionId(2)));
    exam.does(Action::Strike(OptionId(2)));
    exam.does(Action::Flag);
    exam.does(Action::Rate(Some(Certainty::FairlySure)));
    exam.reopens(unchanged(&exam.draw));
    let slot = &exam.attempt().slots()[0];
    assert_eq!(slot.marks(), Some(&marks(&[4])));
    assert_eq!(slot.struck(), &BTreeSet::from([OptionId(0)]));
    assert_eq!((slot.is_flagged(), slot.certainty()), (true, Some(Certainty::FairlySure)));
    exam.does(Action::Rate(None));
    exam.does(Action::Flag);
    let slot = &exam.attempt().slots()[0];
    assert_eq!((slot.is_flagged(), slot.certainty()), (false, None));
}

/// Behaviour 16: a set goes on at the question that was left, and one way stays one way.
#[test]
fn resumed_where_it_was_left() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1, 1, 1]);
    exam.does(Action::GoTo(SlotNo(2)));
    exam.does(Action::Pause);
    exam.reopens(unchanged(&exam.draw));
    assert_eq!(exam.phase(), Phase::Paused(View::Question(SlotNo(2))));
    exam.does(Action::Resume);
    exam.does(Action::Previous);
    assert_eq!(exam.on(), Some(1));

    let mut traps = Learner::new(Mode::Traps, &[1, 1, 1]);
    traps.answers(1);
    traps.leaves();
    traps.reopens(unchanged(&traps.draw));
    assert_eq!(traps.on(), Some(1));
    let ways = [Action::Previous, Action::Next, Action::GoTo(SlotNo(0)), Action::Overview];
    for action in ways.into_iter().chain([Action::Submit]) {
        traps.is_refused(action, Refusal::OneWay);
    }
}

/// Behaviours 17 and 18: a resumed set keeps the order of its options; the same questions can be
/// taken again, also if all were right, in another order.
#[test]
fn a_new_set_shuffles_anew() {
    let mut drill = Learner::new(Mode::Drill, &[1, 2, 1]);
    let shown = |attempt: &Attempt| -> Vec<Vec<OptionId>> {
        attempt.slots().iter().map(|slot| slot.shown().to_vec()).collect()
    };
    let before = shown(drill.attempt());
    drill.reopens(unchanged(&drill.draw));
    assert_eq!(shown(drill.attempt()), before);
    for options in [&[1][..], &[1, 3], &[1]] {
        drill.marks(options);
        drill.does(Action::Confirm);
        drill.leaves();
    }
    assert_eq!(drill.attempt().figures().unwrap().score, score(3, 3));
    let items: Vec<_> =
        [1, 2, 1].into_iter().enumerate().map(|(n, c)| (item(n, c), false)).collect();
    let again = Draw::new(Mode::Drill, Timer::Normal, Seed(8), &items, Duration::ZERO);
    let again = Learner::at(again);
    assert_ne!(shown(again.attempt()), before);
}

/// Behaviour 20: a question that left the course is skipped and named, and the set goes on; one that
/// was answered keeps its answer.
#[test]
fn a_question_that_vanished_is_skipped_and_named() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1, 1]);
    drill.answers(1);
    drill.leaves();
    let today = unchanged(&drill.draw);
    drill.reopens(|id| today(id).filter(|item| item.id == "item-2"));
    assert_eq!(drill.on(), Some(2));
    drill.answers(1);
    drill.leaves();
    let figures = drill.attempt().figures().unwrap();
    assert_eq!((figures.score, figures.skipped), (score(2, 2), vec![ItemId::from("item-1")]));

    let mut exam = Learner::new(Mode::Exam, &[1, 1, 1]);
    exam.does(Action::Next);
    exam.reopens(|id| today(id).filter(|item| item.id != "item-1"));
    exam.is_refused(Action::GoTo(SlotNo(1)), Refusal::Gone);
    exam.does(Action::GoTo(SlotNo(0)));
    exam.does(Action::Next);
    assert_eq!(exam.on(), Some(2));
    exam.reopens(|_| None);
    assert_eq!(exam.phase(), Phase::Submitted(Ending::NothingLeft));
    assert_eq!(exam.attempt().figures(), None);

    // What was answered before can be looked at and submitted, but not changed.
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.reopens(|_| None);
    assert_eq!(exam.phase(), Phase::Running(View::Overview { from: SlotNo(0) }));
    exam.waits(300);
    exam.does(Action::GoOn);
    exam.is_refused(Action::Toggle(OptionId(0)), Refusal::Gone);
    exam.does(Action::Overview);
    exam.waits(300);
    exam.does(Action::Submit);
    assert_eq!(exam.attempt().figures().unwrap().score, score(1, 1));
}

/// Behaviour 20: an edited question is asked as it is now; one that was answered stays as it was.
#[test]
fn an_edited_question_is_asked_anew() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1]);
    drill.answers(1);
    drill.leaves();
    drill.does(Action::Toggle(OptionId(1)));
    let (version, key) = (Version(2), BTreeSet::from([OptionId(2)]));
    let today = unchanged(&drill.draw);
    let edited = |id: &ItemId| today(id).map(|i| Item { version, key: key.clone(), ..i });
    drill.reopens(edited);
    assert!(drill.reopens(edited).is_empty(), "told once");
    let slots = drill.attempt().slots();
    assert_eq!((slots[0].version(), slots[1].version()), (Version(1), Version(2)));
    assert_eq!((slots[1].marks(), drill.on()), (None, Some(1)));
    drill.answers(2);
    assert_eq!(drill.attempt().figures().unwrap().score, score(2, 2), "28: never judged again");
    drill.does(Action::Undo);
    drill.does(Action::Undo);
    assert_eq!(drill.attempt().slots()[0].version(), Version(2));

    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.answers(0);
    exam.reopens(edited);
    assert_eq!(exam.attempt().slots()[0].version(), Version(1));
    exam.does(Action::GoOn);
    exam.does(Action::Toggle(OptionId(1)));
    exam.reopens(edited);
    assert_eq!(exam.attempt().slots()[0].version(), Version(2), "it was open again");
}
