//! What the learner may do to a question, and how it is taken back. The numbers are those of `attempt/tests.rs`.

use std::time::Duration;

use crate::study::attempt::action::Action;
use crate::study::attempt::draw::Draw;
use crate::study::attempt::event::Event;
use crate::study::attempt::item::OptionId;
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::{Phase, View};
use crate::study::attempt::refusal::Refusal;
use crate::study::attempt::slot::SlotNo;
use crate::study::attempt::tests::{Learner, item, marks, score};
use crate::study::attempt::timer::Timer;
use crate::study::evidence::Certainty;
use crate::study::id::Seed;

/// Behaviours 21 and 23: options go by the author's number wherever they are shown, and exactly the
/// right ones are right.
#[test]
fn only_the_very_set_is_right() {
    for (options, right) in [([1, 3], true), ([3, 1], true), ([1, 2], false), ([0, 4], false)] {
        for seed in [1, 2, 3] {
            let items = [(item(0, 2), true)];
            let draw = Draw::new(Mode::Drill, Timer::Off, Seed(seed), &items, Duration::ZERO);
            let mut drill = Learner::at(draw);
            drill.marks(&options);
            drill.does(Action::Confirm);
            assert_eq!(drill.attempt().feedback(SlotNo(0)).unwrap().right, right);
            drill.is_refused(Action::Toggle(OptionId(1)), Refusal::Answered);
        }
    }
    Learner::new(Mode::Drill, &[1]).is_refused(Action::Toggle(OptionId(9)), Refusal::NoSuchOption);
}

/// Behaviour 24: a third mark is refused and nothing is swapped; where one option is wanted, the mark
/// moves.
#[test]
fn a_mark_too_many_is_refused_in_words() {
    let mut drill = Learner::new(Mode::Drill, &[2, 1]);
    drill.is_refused(Action::Confirm, Refusal::NothingChosen);
    drill.does(Action::Toggle(OptionId(0)));
    drill.is_refused(Action::Confirm, Refusal::Incomplete { chosen: 1, wanted: 2 });
    drill.does(Action::Toggle(OptionId(2)));
    drill.is_refused(Action::Toggle(OptionId(4)), Refusal::Full { wanted: 2 });
    let said = Refusal::Full { wanted: 2 }.to_string();
    assert_eq!(said, "2 of 2 chosen: take one back first.");
    let said = Refusal::Incomplete { chosen: 1, wanted: 2 }.to_string();
    assert_eq!(said, "1 of 2 chosen: choose 1 more.");
    drill.does(Action::Toggle(OptionId(0)));
    drill.does(Action::Toggle(OptionId(4)));
    drill.does(Action::Confirm);
    assert_eq!(drill.attempt().slots()[0].marks(), Some(&marks(&[2, 4])));
    drill.leaves();
    drill.does(Action::Toggle(OptionId(0)));
    drill.does(Action::Toggle(OptionId(1)));
    assert_eq!(drill.attempt().slots()[1].marks(), Some(&marks(&[1])));
}

/// An option that was ruled out can be chosen, which lets it back in; a chosen one is not ruled out.
#[test]
fn an_option_is_not_both_chosen_and_struck() {
    let mut drill = Learner::new(Mode::Drill, &[1]);
    drill.does(Action::Strike(OptionId(0)));
    drill.does(Action::Toggle(OptionId(0)));
    assert!(drill.attempt().slots()[0].struck().is_empty());
    drill.is_refused(Action::Strike(OptionId(0)), Refusal::StrikesChosen);
    drill.does(Action::Toggle(OptionId(0)));
    assert_eq!(drill.attempt().slots()[0].marks(), None);
}

/// Behaviour 25: a wrong answer to a question with two right options says which of the two was right.
#[test]
fn feedback_names_which_of_two_was_right() {
    let mut drill = Learner::new(Mode::Drill, &[2]);
    drill.does(Action::Toggle(OptionId(3)));
    drill.does(Action::Toggle(OptionId(4)));
    assert_eq!(drill.attempt().feedback(SlotNo(0)), None, "33: nothing gives the key away");
    drill.does(Action::Confirm);
    let feedback = drill.attempt().feedback(SlotNo(0)).unwrap();
    let options = (feedback.hit, feedback.mistaken, feedback.missed);
    assert_eq!(options, (vec![OptionId(3)], vec![OptionId(4)], vec![OptionId(1)]));
    assert!(!feedback.right);
}

/// Behaviours 34 and 35: an undo takes back the answer confirmed last, and the figures are those from
/// before it.
#[test]
fn undo_takes_back_one_answer() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1]);
    drill.is_refused(Action::Undo, Refusal::NothingToUndo);
    drill.answers(1);
    drill.leaves();
    drill.does(Action::Toggle(OptionId(0)));
    let before = drill.attempt().clone();
    drill.does(Action::Confirm);
    drill.does(Action::Undo);
    assert_eq!(drill.attempt().figures(), before.figures());
    assert_eq!(
        (drill.phase(), drill.attempt().slots()[1].marks()),
        (before.phase(), Some(&marks(&[0])))
    );
    // Who has seen the key makes no first attempt any more.
    drill.answers(1);
    let figures = drill.attempt().figures().unwrap();
    assert_eq!((figures.first, figures.again), (score(1, 1), score(1, 1)));
}

/// Behaviours 27 and 34: an answer that is confirmed again stays the one answer, with its time.
#[test]
fn an_answer_confirmed_twice_is_one() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.does(Action::Previous);
    exam.waits(9_000);
    exam.does(Action::Confirm);
    assert_eq!(exam.on(), Some(1));
    exam.does(Action::Undo);
    exam.is_refused(Action::Undo, Refusal::NothingToUndo);
    exam.does(Action::Confirm);
    exam.does(Action::Overview);
    exam.waits(300);
    exam.does(Action::Submit);
    assert_eq!(exam.attempt().figures().unwrap().slots[0].after.as_secs(), 1);
}

/// An answer that the clock gave is not the learner's to take back.
#[test]
fn undo_does_not_give_time() {
    let mut traps = Learner::new(Mode::Traps, &[1, 1]);
    traps.answers(1);
    traps.leaves();
    traps.does(Action::Toggle(OptionId(0)));
    traps.waits(60_000);
    traps.ticks();
    traps.is_refused(Action::Undo, Refusal::NothingToUndo);
    traps.leaves();
    traps.does(Action::Undo);
    assert_eq!((traps.on(), traps.left()), (Some(0), 58_000));

    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.answers(1);
    exam.waits(120_000);
    exam.ticks();
    exam.is_refused(Action::Undo, Refusal::TimeUp);
    exam.waits(300);
    exam.does(Action::GoOn);
    exam.is_refused(Action::Undo, Refusal::TimeUp);
}

/// Behaviour 36: undo works on the result, which is gone then, with what only the end had counted.
#[test]
fn undo_works_on_the_result() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.does(Action::Toggle(OptionId(0)));
    exam.does(Action::Next);
    exam.does(Action::Toggle(OptionId(1)));
    let before = exam.attempt().slots()[0].clone();
    exam.does(Action::Confirm);
    exam.waits(300);
    exam.does(Action::Submit);
    assert_eq!(exam.attempt().figures().unwrap().score, score(1, 2));
    exam.does(Action::Undo);
    assert_eq!(
        (exam.phase(), exam.attempt().figures()),
        (Phase::Running(View::Question(SlotNo(1))), None)
    );
    assert_eq!(exam.attempt().slots()[0].choice(), before.choice());
    exam.does(Action::Overview);
    exam.waits(300);
    exam.does(Action::Submit);
    exam.does(Action::Close);
    exam.is_refused(Action::Undo, Refusal::Over);
}

/// Behaviour 50: options are chosen on the question alone, not on its explanation, in the overview or
/// during a pause.
#[test]
fn options_are_chosen_on_the_question_alone() {
    let choose = Action::Toggle(OptionId(0));
    let mut practice = Learner::new(Mode::Practice, &[1, 1]);
    practice.does(Action::Overview);
    practice.is_refused(choose, Refusal::InOverview);
    practice.waits(300);
    practice.does(Action::GoOn);
    practice.does(Action::Pause);
    practice.is_refused(choose, Refusal::Paused);
    practice.does(Action::Resume);
    practice.answers(1);
    practice.is_refused(choose, Refusal::Answered);
}

/// The history counts an answer until a record takes it back, so each that stands no longer has one.
#[test]
fn an_answer_that_is_changed_before_the_end_is_taken_back_first() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.does(Action::GoTo(SlotNo(0)));
    let changed = exam.tries(Action::Toggle(OptionId(2))).unwrap();
    let slot = SlotNo(0);
    let selected = Event::Selected { slot, marks: Some(marks(&[2])) };
    assert_eq!(changed, [Event::Undone { slot }, selected]);
    assert_eq!(exam.attempt().slots()[0].choice(), None);
}

/// Certainty is evidence of the answer that it belongs to.
#[test]
fn an_answer_that_is_rated_before_the_end_is_given_again() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.does(Action::GoTo(SlotNo(0)));
    let events = exam.tries(Action::Rate(Some(Certainty::Guess))).unwrap();
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["undone", "certainty", "answer"]);
    let slot = &exam.attempt().slots()[0];
    assert_eq!((slot.certainty(), slot.is_answered()), (Some(Certainty::Guess), true));
}

/// What only the end of a set counted is open again when the end is taken back.
#[test]
fn taking_back_the_end_takes_back_what_it_counted() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.answers(1);
    exam.marks(&[3]);
    exam.does(Action::Overview);
    exam.waits(300);
    exam.does(Action::Submit);
    let events = exam.tries(Action::Undo).unwrap();
    let undone = [1, 0].map(|slot| Event::Undone { slot: SlotNo(slot) });
    assert_eq!(events, undone);
    assert!(exam.attempt().slots().iter().all(|slot| slot.is_open() && slot.marks().is_some()));
}
