//! Keys that come too early, and explanations that are not skipped. The numbers are those of `attempt/tests.rs`.

use std::time::Duration;

use crate::study::attempt::action::Action;
use crate::study::attempt::event::Event;
use crate::study::attempt::feedback::Leave;
use crate::study::attempt::item::OptionId;
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::{Ending, Phase};
use crate::study::attempt::refusal::Refusal;
use crate::study::attempt::slot::SlotNo;
use crate::study::attempt::tests::Learner;
use crate::study::evidence::Certainty;

/// Behaviours 6 and 8: a key meant for the question whose time was just up answers nothing and is
/// told so; one moment later it counts.
#[test]
fn keys_are_deaf_for_a_moment_after_time_is_up() {
    let mut traps = Learner::new(Mode::Traps, &[1, 1]);
    traps.waits(60_010);
    // The key is there before the clock was looked at: it comes too late, and the time is up.
    let events = traps.tries(Action::Toggle(OptionId(1))).unwrap();
    assert!(events.iter().any(Event::is_automatic));
    assert_eq!(
        events[0],
        Event::Passed { time: Duration::from_secs(60) },
        "no more than there was"
    );
    assert_eq!(traps.attempt().slots()[0].marks(), None);
    traps.waits(240);
    traps.is_refused(Action::Acknowledge, Refusal::TooSoon);
    traps.does(Action::Flag);
    traps.waits(10);
    traps.does(Action::Acknowledge);
    assert_eq!(traps.on(), Some(1));

    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.waits(120_000);
    exam.ticks();
    exam.is_refused(Action::GoOn, Refusal::TooSoon);
    exam.waits(250);
    exam.does(Action::GoOn);
}

/// Behaviours 7 and 8: the key that confirmed does not leave the explanation, nor does its repeat;
/// a press of its own does.
#[test]
fn the_key_that_confirmed_does_not_leave_the_explanation() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1]);
    drill.answers(1);
    for _ in 0..40 {
        drill.waits(30);
        drill.is_refused(Action::GoOn, Refusal::TooSoon);
    }
    drill.waits(200);
    drill.does(Action::GoOn);
    assert_eq!(drill.on(), Some(1));
    // The next answer may be as fast as it likes.
    drill.does(Action::Toggle(OptionId(1)));
    drill.does(Action::Confirm);
    assert_eq!(drill.attempt().explaining(), Some(SlotNo(1)));
}

/// Behaviour 9: an explanation of a mistake is not skipped by the plain key, and where the learner
/// was certain it takes another.
#[test]
fn the_explanation_of_a_mistake_is_read() {
    let mut drill = Learner::new(Mode::Drill, &[1, 1, 1]);
    drill.answers(0);
    drill.waits(10_000);
    drill.is_refused(Action::GoOn, Refusal::ReadFirst);
    drill.does(Action::ReachEnd);
    assert_eq!(drill.sitting.may_go_on(drill.now), Leave::GoingOn);
    drill.does(Action::GoOn);

    drill.answers(0);
    drill.does(Action::ReachEnd);
    drill.waits(1_900);
    drill.is_refused(Action::GoOn, Refusal::ReadFirst);
    drill.does(Action::Acknowledge);

    drill.does(Action::Rate(Some(Certainty::Certain)));
    drill.answers(0);
    drill.does(Action::ReachEnd);
    drill.waits(60_000);
    drill.is_refused(Action::GoOn, Refusal::ConfidentlyWrong);
    drill.does(Action::Acknowledge);
    assert_eq!(drill.phase(), Phase::Submitted(Ending::Learner));
}
