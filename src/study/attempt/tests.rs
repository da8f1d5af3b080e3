//! The behaviours that a set owes to its learner. The numbers are those of the list of fifty that
//! users of such programs have asked for.

use std::time::Duration;

use super::Attempt;
use super::action::Action;
use super::draw::Draw;
use super::event::{Event, PauseCause};
use super::item::{Item, OptionId};
use super::mode::Mode;
use super::moment::Moment;
use super::phase::Phase;
use super::refusal::Refusal;
use super::sitting::{Face, Sitting};
use super::slot::{Choice, DrawnItem, Marks};
use super::timer::Timer;
use crate::study::id::{ItemId, Seed, Version};
use crate::study::progress::Score;

/// A question of the made-up course: with one right option of four (1), or two of five (1 and 3).
pub fn item(number: usize, choose: u8) -> Item {
    Item {
        id: format!("item-{number}").into(),
        version: Version(1),
        choose,
        options: 3 + choose,
        key: [1, 3].map(OptionId).into_iter().take(usize::from(choose)).collect(),
        words: 100,
    }
}

/// A draw of questions that want this many options each.
pub fn draw(mode: Mode, timer: Timer, choose: &[u8]) -> Draw {
    let items = choose.iter().enumerate().map(|(number, choose)| (item(number, *choose), true));
    let items: Vec<_> = items.collect();
    Draw::new(mode, timer, Seed(7), &items, Duration::from_secs(120))
}

/// A learner at a set: what was stored, and a clock to turn.
pub struct Learner {
    pub draw: Draw,
    pub sitting: Sitting,
    pub now: Moment,
    pub stored: Vec<Event>,
}

impl Learner {
    /// Sits down to a set and begins it.
    pub fn at(draw: Draw) -> Self {
        let now = Moment { mono: Duration::from_secs(100), boot: Duration::from_secs(5_000) };
        let sitting = Sitting::new(Attempt::new(draw.clone()).unwrap(), now);
        let mut learner = Self { draw, sitting, now, stored: Vec::new() };
        learner.does(Action::Begin);
        learner
    }

    pub fn new(mode: Mode, choose: &[u8]) -> Self {
        Self::at(draw(mode, Timer::Normal, choose))
    }

    pub fn tries(&mut self, action: Action) -> Result<Vec<Event>, Refusal> {
        let decision = self.sitting.act(action, self.now);
        self.stored.extend(decision.iter().flatten().cloned());
        decision
    }

    #[track_caller]
    pub fn does(&mut self, action: Action) {
        self.tries(action).unwrap();
    }

    #[track_caller]
    pub fn is_refused(&mut self, action: Action, refusal: Refusal) {
        let before = self.attempt().clone();
        assert_eq!(self.tries(action), Err(refusal));
        assert_eq!(*self.attempt(), before, "nothing changes");
    }

    /// Marks an option after a second, and confirms after another.
    #[track_caller]
    pub fn answers(&mut self, option: u8) {
        self.waits(1_000);
        self.does(Action::Toggle(OptionId(option)));
        self.waits(1_000);
        self.does(Action::Confirm);
    }

    pub fn marks(&mut self, options: &[u8]) {
        for option in options {
            self.does(Action::Toggle(OptionId(*option)));
        }
    }

    /// Reads an explanation, whatever it says, and leaves it.
    #[track_caller]
    pub fn leaves(&mut self) {
        self.waits(300);
        self.does(Action::Acknowledge);
    }

    pub fn waits(&mut self, milliseconds: u64) {
        let time = Duration::from_millis(milliseconds);
        self.now = Moment { mono: self.now.mono + time, boot: self.now.boot + time };
    }

    pub fn sleeps(&mut self, seconds: u64) {
        self.now.boot += Duration::from_secs(seconds);
    }

    pub fn ticks(&mut self) -> Vec<Event> {
        let events = self.sitting.tick(self.now);
        self.stored.extend(events.iter().cloned());
        events
    }

    pub fn attempt(&self) -> &Attempt {
        self.sitting.attempt()
    }

    /// The attempt as the stored events say.
    pub fn fold(&self) -> Attempt {
        folded(&self.draw, &self.stored)
    }

    /// Is killed, and opens the set again with the course as `today` says, in another process.
    pub fn reopens(&mut self, today: impl Fn(&ItemId) -> Option<Item>) -> Vec<Event> {
        self.now = Moment { mono: Duration::from_secs(3), boot: Duration::from_secs(900_000) };
        let (sitting, events) = Sitting::reopen(self.fold(), today, self.now);
        self.sitting = sitting;
        self.stored.extend(events.iter().cloned());
        events
    }

    pub fn phase(&self) -> Phase {
        self.attempt().phase()
    }

    pub fn on(&self) -> Option<u16> {
        self.attempt().view().map(|view| view.slot().0)
    }

    pub fn left(&self) -> u128 {
        self.attempt().left().unwrap().as_millis()
    }
}

/// The attempt that a draw and events make.
pub fn folded(draw: &Draw, events: &[Event]) -> Attempt {
    let mut attempt = Attempt::new(draw.clone()).unwrap();
    for event in events {
        attempt.apply(event);
    }
    attempt
}

/// The course as it was at the draw.
pub fn unchanged(draw: &Draw) -> impl Fn(&ItemId) -> Option<Item> + use<> {
    let choose: Vec<u8> = draw.items.iter().map(|drawn| drawn.choose).collect();
    move |id| {
        let mut items = choose.iter().enumerate().map(|(number, choose)| item(number, *choose));
        items.find(|item| item.id == *id)
    }
}

pub fn marks(options: &[u8]) -> Marks {
    Marks::new(options.iter().copied().map(OptionId)).unwrap()
}

pub const fn score(right: u32, of: u32) -> Score {
    Score { right, of }
}

/// Behaviour 1: time left is kept at an instant; how often the clock is looked at changes nothing.
#[test]
fn the_clock_does_not_count_ticks() {
    let mut often = Learner::new(Mode::Traps, &[1]);
    let mut once = Learner::new(Mode::Traps, &[1]);
    for _ in 0..3_000 {
        often.waits(7);
        often.ticks();
    }
    once.waits(21_000);
    assert_eq!(often.sitting.face(often.now), Face::Left(Duration::from_secs(39)));
    assert_eq!(once.sitting.face(once.now), Face::Left(Duration::from_secs(39)));
    once.ticks();
    assert_eq!(once.left(), 39_000);
}

/// Behaviour 2: for the exam sleep counts, for a timed question it is a pause; both are recorded.
#[test]
fn sleep_means_what_the_mode_says() {
    let mut exam = Learner::new(Mode::Exam, &[1, 1]);
    exam.waits(10_000);
    exam.sleeps(60);
    exam.ticks();
    assert_eq!((exam.left(), exam.attempt().slots()[0].spent().as_secs()), (170_000, 10));

    let mut traps = Learner::new(Mode::Traps, &[1, 1]);
    traps.waits(10_000);
    traps.sleeps(3_600);
    let events = traps.tries(Action::Toggle(OptionId(0))).unwrap();
    assert_eq!(events.last(), Some(&Event::Paused { cause: PauseCause::Sleep }));
    assert_eq!((traps.left(), traps.attempt().slots()[0].marks()), (50_000, None));
    traps.waits(300);
    traps.is_refused(Action::Toggle(OptionId(0)), Refusal::Paused);
    traps.does(Action::Resume);
    traps.answers(1);
    let interruptions = traps.attempt().figures().unwrap().interruptions;
    assert_eq!((interruptions.slept.as_secs(), interruptions.pauses), (3_600, 0));
}

/// Behaviour 2: sleep over the exam's last minute ends it.
#[test]
fn an_exam_that_sleeps_too_long_is_over() {
    let mut exam = Learner::new(Mode::Exam, &[1]);
    exam.does(Action::Toggle(OptionId(1)));
    exam.sleeps(121);
    exam.ticks();
    assert_eq!(exam.phase(), Phase::TimeUp);
}

/// Behaviours 4 and 5: at the end of the time a marked option counts, also one of two.
#[test]
fn what_was_marked_counts_when_time_is_up() {
    let mut traps = Learner::new(Mode::Traps, &[1, 2, 1]);
    traps.does(Action::Toggle(OptionId(1)));
    traps.waits(60_000);
    traps.ticks();
    assert_eq!(traps.attempt().slots()[0].choice(), Some(&Choice::TimedOut(Some(marks(&[1])))));
    traps.leaves();
    traps.does(Action::Toggle(OptionId(3)));
    traps.is_refused(Action::Confirm, Refusal::Incomplete { chosen: 1, wanted: 2 });
    traps.waits(60_000);
    traps.ticks();
    traps.leaves();
    traps.waits(60_000);
    traps.ticks();
    traps.leaves();
    let figures = traps.attempt().figures().unwrap();
    assert_eq!((figures.score, figures.wrong, figures.unanswered), (score(1, 3), 1, 1));
    assert_eq!(figures.unconfirmed, 2, "said so");

    let mut exam = Learner::new(Mode::Exam, &[2, 1]);
    exam.does(Action::Toggle(OptionId(3)));
    exam.does(Action::Next);
    exam.does(Action::Toggle(OptionId(1)));
    exam.waits(300_000);
    exam.ticks();
    exam.waits(300);
    exam.does(Action::GoOn);
    let figures = exam.attempt().figures().unwrap();
    assert_eq!((figures.score, figures.wrong, figures.unconfirmed), (score(1, 2), 1, 2));
}

/// Behaviour 10: a clock that was set back takes and gives no time, and the result says so.
#[test]
fn a_clock_set_back_is_recorded() {
    let mut traps = Learner::new(Mode::Traps, &[1]);
    traps.waits(50_000);
    traps.ticks();
    traps.now.mono = Duration::from_secs(20);
    let events = traps.ticks();
    assert!(matches!(events[..], [Event::SetBack { .. }]), "{events:?}");
    assert_eq!(traps.left(), 10_000);
    traps.answers(1);
    assert!(traps.attempt().figures().unwrap().interruptions.set_back);
    // Nor does a guard last until the clock is there again.
    traps.now.mono = Duration::ZERO;
    traps.does(Action::GoOn);
}

/// Behaviour 12: an answer that cannot be stored is not taken, and the clock stops.
#[test]
fn an_answer_that_cannot_be_kept_is_not_taken() {
    let mut traps = Learner::new(Mode::Traps, &[1]);
    traps.does(Action::Toggle(OptionId(1)));
    traps.waits(3_000);
    let events = traps.sitting.decide(Action::Confirm, traps.now).unwrap();
    traps.sitting.halt();
    traps.waits(100_000);
    assert!(traps.ticks().is_empty() && !traps.attempt().slots()[0].is_answered());
    assert_eq!(traps.sitting.face(traps.now), Face::Left(Duration::from_secs(60)));
    assert_eq!(events.len(), 2, "the time, and the answer");
    traps.does(Action::Confirm);
    assert!(traps.attempt().slots()[0].is_answered());
}

/// Practice shows the time spent, which ends nothing; the setting can hide every clock.
#[test]
fn the_clock_shows_what_mode_and_setting_say() {
    let face = |mode, timer| {
        let mut learner = Learner::at(draw(mode, timer, &[1, 1]));
        learner.waits(200_000);
        learner.sitting.face(learner.now)
    };
    let seconds = Duration::from_secs;
    assert_eq!(face(Mode::Practice, Timer::Normal), Face::Spent(seconds(200)));
    assert_eq!(face(Mode::Practice, Timer::Off), Face::Nothing);
    assert_eq!(face(Mode::Drill, Timer::Normal), Face::Nothing);
    assert_eq!(face(Mode::Traps, Timer::Normal), Face::Left(Duration::ZERO));
    assert_eq!(face(Mode::Exam, Timer::Normal), Face::Left(seconds(40)));
    assert_eq!(face(Mode::Exam, Timer::Longer), Face::Left(seconds(160)));
    assert_eq!(face(Mode::Exam, Timer::Double), Face::Left(seconds(280)));
    assert_eq!(face(Mode::Exam, Timer::Hidden), Face::Nothing);
    let mut hidden = Learner::at(draw(Mode::Exam, Timer::Hidden, &[1]));
    hidden.waits(120_000);
    hidden.ticks();
    assert_eq!(hidden.phase(), Phase::TimeUp, "hidden, not off");
}

/// The next change of the screen is the next whole second, also where the clock counts up.
#[test]
fn the_clock_asks_to_be_looked_at_each_second() {
    let mut traps = Learner::new(Mode::Traps, &[1]);
    let change = |learner: &Learner| learner.sitting.next_change(learner.now);
    assert_eq!(change(&traps), Some(Duration::from_secs(1)));
    traps.waits(600);
    assert_eq!(change(&traps), Some(Duration::from_millis(400)));
    traps.waits(59_400);
    assert_eq!(change(&traps), Some(Duration::ZERO));
    traps.ticks();
    assert_eq!(change(&traps), None, "an explanation takes no time");
    let mut practice = Learner::new(Mode::Practice, &[1]);
    practice.waits(600);
    assert_eq!(change(&practice), Some(Duration::from_millis(400)));
}

/// A draw that nobody could finish is refused.
#[test]
fn a_draw_that_cannot_be_finished_is_refused() {
    assert_eq!(Attempt::new(draw(Mode::Exam, Timer::Normal, &[])), Err(Refusal::NothingToAsk));
    let mut greedy = draw(Mode::Exam, Timer::Normal, &[1]);
    greedy.items[0].choose = 5;
    assert_eq!(Attempt::new(greedy), Err(Refusal::NothingToAsk));
    let item: DrawnItem = draw(Mode::Exam, Timer::Normal, &[2]).items.remove(0);
    assert!(item.is_sound());
    assert!(!DrawnItem { shown: vec![OptionId(1), OptionId(1)], ..item }.is_sound());
}
