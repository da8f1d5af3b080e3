//! Sets in the hands of somebody who presses any key at any time, whose computer sleeps, whose clocks
//! jump, whose course is edited, and whose program is killed between any two records.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Face, Sitting};
use crate::study::attempt::Attempt;
use crate::study::attempt::action::Action;
use crate::study::attempt::draw::Draw;
use crate::study::attempt::event::{Event, PauseCause};
use crate::study::attempt::feedback::Leave;
use crate::study::attempt::item::{Item, OptionId};
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::{Ending, Phase, View};
use crate::study::attempt::slot::{Answer, Choice, Marks, Slot, SlotNo};
use crate::study::attempt::tests::{Learner, folded, item, unchanged};
use crate::study::attempt::timer::Timer;
use crate::study::evidence::Certainty;
use crate::study::id::{ItemId, Seed, Version};
use crate::study::shuffle::keyed;

const SEEDS: u64 = 300;
const STEPS: u64 = 100;

/// Numbers that look random and are the same on each day.
pub(crate) struct Chance {
    pub seed: u64,
    pub count: u64,
}

impl Chance {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.count += 1;
        keyed(self.seed, "attempt", &self.count.to_string()) % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    pub fn draw(&mut self) -> Draw {
        let count = 1 + self.below(5) as usize;
        let items: Vec<_> = (0..count)
            .map(|number| (item(number, 1 + self.below(2) as u8), self.below(2) == 0))
            .collect();
        let timer = self.of(&Timer::ALL);
        Draw::new(self.of(&Mode::ALL), timer, Seed(self.seed), &items, Duration::from_secs(120))
    }

    pub fn action(&mut self) -> Action {
        let option = OptionId(self.below(6) as u8);
        let certainties = [None, Some(Certainty::Guess), Some(Certainty::Certain)];
        // What leads on comes more often, or no set would come to its end.
        match self.below(46) {
            0 => Action::Begin,
            1..11 => Action::Toggle(option),
            11..13 => Action::Strike(option),
            13 => Action::Flag,
            14..16 => Action::Rate(self.of(&certainties)),
            16..24 => Action::Confirm,
            24..27 => Action::GoOn,
            27..31 => Action::Acknowledge,
            31 => Action::ReachEnd,
            32..34 => Action::Next,
            34 => Action::Previous,
            35 => Action::GoTo(SlotNo(self.below(6) as u16)),
            36 => Action::Pause,
            37..39 => Action::Resume,
            39 => Action::Overview,
            40..42 => Action::Submit,
            42 if self.below(8) == 0 => Action::GiveUp,
            42..45 => Action::Undo,
            _ if self.below(4) == 0 => Action::Close,
            _ => Action::Resume,
        }
    }

    pub fn time(&mut self, learner: &mut Learner) {
        let waits = [0, 1, 40, 210, 260, 260, 900, 2_100, 2_100, 4_999, 7_000, 19_000, 61_000];
        learner.waits(self.of(&waits));
        if self.below(40) == 0 {
            let seconds = self.of(&[1, 2, 30, 86_400]);
            learner.sleeps(seconds);
        }
        if self.below(80) == 0 {
            let back = Duration::from_millis(self.of(&[10, 1_500, 3_600_000]));
            learner.now.mono = learner.now.mono.saturating_sub(back);
        }
        if self.below(80) == 0 {
            let back = Duration::from_millis(self.of(&[10, 1_500, 3_600_000]));
            learner.now.boot = learner.now.boot.saturating_sub(back);
        }
    }

    /// The course of another day: some items are gone, and some were edited.
    pub fn today(&mut self, draw: &Draw) -> impl Fn(&ItemId) -> Option<Item> + use<> {
        let of_draw = unchanged(draw);
        let (gone, edited) = (self.below(20), self.below(8));
        let version = Version(1 + self.below(3));
        move |id| {
            let item = of_draw(id)?;
            let number = keyed(0, "number", id.as_str()) % 10;
            let key = BTreeSet::from([OptionId(0), OptionId(2)]);
            match number {
                number if number == gone => None,
                number if number == edited => Some(Item { version, key, ..item }),
                _ => Some(item),
            }
        }
    }
}

/// Whatever happens, and wherever the program is killed, the set stays sound.
#[test]
fn a_set_survives_everything() {
    let mut seen = BTreeSet::new();
    for seed in 0..SEEDS {
        let mut chance = Chance { seed, count: 0 };
        let mut learner = Learner::at(chance.draw());
        for step in 0..STEPS {
            let before = learner.attempt().clone();
            let stored = learner.stored.len();
            chance.time(&mut learner);
            let is_refused = match chance.below(24) {
                0..3 => {
                    learner.ticks();
                    false
                }
                3 => {
                    let today = chance.today(&learner.draw);
                    learner.reopens(today);
                    false
                }
                _ => {
                    let action = chance.action();
                    learner.tries(action).is_err()
                }
            };
            let events = learner.stored[stored..].to_vec();
            assert!(!is_refused || *learner.attempt() == before, "a refusal changes nothing");
            holds(&learner, step);
            nothing_is_lost(&before, &learner, &events);
            undo_restores(&before, &learner, &events);
            killed_within(before, &learner, &events);
            seen.extend(events.iter().map(Event::name));
        }
        assert_eq!(learner.fold(), *learner.attempt(), "seed {seed}");
    }
    // Begun before the first step.
    assert_eq!(seen.len(), 19, "everything happened: {seen:?}");
}

/// What is true of a set at any time.
fn holds(learner: &Learner, step: u64) {
    let attempt = learner.attempt();
    if step.is_multiple_of(10) {
        assert_eq!(learner.fold(), *attempt);
    }
    for slot in attempt.slots() {
        assert!(slot.struck().iter().all(|option| slot.shown().contains(option)));
        let marks = slot.marks().into_iter().flat_map(Marks::options);
        assert!(marks.clone().all(|option| slot.shown().contains(option)));
        assert!(marks.clone().count() <= usize::from(slot.choose()));
        assert!(marks.clone().all(|option| !slot.struck().contains(option)));
    }
    within_limits(&learner.draw, attempt);
    if let Face::Left(left) = learner.sitting.face(learner.now) {
        assert!(attempt.limit().is_some_and(|limit| left <= limit));
    }
    let is_exam = attempt.mode() == Mode::Exam;
    if is_exam && !attempt.is_over() {
        assert_eq!((attempt.figures(), attempt.explaining()), (None, None));
        let count = attempt.slots().len() as u16;
        assert!((0..count).all(|slot| attempt.feedback(SlotNo(slot)).is_none()));
        assert_eq!(learner.sitting.may_go_on(learner.now), Leave::GoingOn);
    }
    if let Some(figures) = attempt.figures() {
        let answered = figures.first.of + figures.again.of;
        assert_eq!(figures.score.of, answered + figures.unanswered);
        assert_eq!(figures.score.right, figures.first.right + figures.again.right);
        assert_eq!(figures.wrong, answered - figures.score.right);
    }
}

/// No clock is beyond its limit.
fn within_limits(draw: &Draw, attempt: &Attempt) {
    assert!(draw.limit.is_none_or(|limit| attempt.used() <= limit));
    for slot in attempt.slots() {
        assert!(slot.drawn.limit.is_none_or(|limit| slot.spent() <= limit));
    }
}

/// An answer changes only where its event says so.
fn nothing_is_lost(before: &Attempt, learner: &Learner, events: &[Event]) {
    let reopens_set = events.iter().any(|event| matches!(event, Event::Undone { .. }));
    for (number, (was, is)) in before.slots().iter().zip(learner.attempt().slots()).enumerate() {
        let number = SlotNo(number as u16);
        let is_changed = events.iter().any(|event| match event {
            Event::Undone { slot }
            | Event::Selected { slot, .. }
            | Event::Answered { slot, .. } => *slot == number,
            _ => false,
        });
        let is_kept = matches!(was.choice(), Some(Choice::Kept(_)));
        if let Some(answer) = was.answer()
            && !is_changed
            && !(is_kept && reopens_set)
        {
            assert_eq!(is.answer(), Some(answer), "{events:?}");
        }
    }
}

/// After an answer, an undo restores what was before it, but for the time and for having seen the
/// key.
fn undo_restores(before: &Attempt, learner: &Learner, events: &[Event]) {
    let confirms = |event: &&Event| matches!(event, Event::Answered { answer, .. } if matches!(answer.choice, Choice::Confirmed(_)));
    let Some(answered) = events.iter().find(confirms) else { return };
    let mut expected = before.clone();
    for event in events.iter().take_while(|event| *event != answered) {
        expected.apply(event);
    }
    let Event::Answered { slot, .. } = answered else { return };
    if expected.slot(*slot).unwrap().edited.is_some() {
        // The course has another question there by now, which is asked then.
        return;
    }
    let mut sitting = learner.sitting.clone();
    sitting.act(Action::Undo, learner.now).unwrap();
    let undone = sitting.attempt();
    assert_eq!(undone.figures(), expected.figures());
    assert_eq!(undone.phase(), expected.phase());
    let unseen = |attempt: &Attempt| -> Vec<Slot> {
        let slots = attempt.slots().iter();
        slots.map(|slot| Slot { key_was_seen: false, edited: None, ..slot.clone() }).collect()
    };
    assert_eq!(unseen(undone), unseen(&expected));
}

/// Wherever in a step the program is killed, the set can be opened and finished.
fn killed_within(mut attempt: Attempt, learner: &Learner, events: &[Event]) {
    for event in events {
        attempt.apply(event);
        let today = unchanged(&learner.draw);
        let (sitting, _) = Sitting::reopen(attempt.clone(), today, learner.now);
        can_be_finished(sitting, learner);
    }
    assert_eq!(attempt, *learner.attempt());
    can_be_finished(learner.sitting.clone(), learner);
}

/// Finishes the set without giving it up.
fn can_be_finished(mut sitting: Sitting, learner: &Learner) {
    let mut now = learner.now;
    for _ in 0..60 {
        now.mono += Duration::from_secs(1);
        now.boot += Duration::from_secs(1);
        let attempt = sitting.attempt();
        let action = match attempt.phase() {
            Phase::Submitted(_) | Phase::Reviewed(_) | Phase::GivenUp => return,
            Phase::Drawn => Action::Begin,
            Phase::Paused(_) => Action::Resume,
            Phase::TimeUp => Action::GoOn,
            Phase::Running(View::Overview { .. }) => Action::Submit,
            Phase::Running(View::Question(_)) if attempt.explaining().is_some() => {
                Action::Acknowledge
            }
            Phase::Running(View::Question(number)) => {
                let slot = attempt.slot(number).unwrap();
                let chosen = slot.marks().map_or(0, |marks| marks.options().len());
                let is_free = |option: &&OptionId| {
                    !slot.marks().is_some_and(|marks| marks.options().contains(option))
                };
                match slot.shown().iter().find(is_free) {
                    _ if slot.is_answered() => Action::Overview,
                    Some(option) if chosen < usize::from(slot.choose()) => Action::Toggle(*option),
                    _ => Action::Confirm,
                }
            }
        };
        let done = sitting.act(action, now);
        assert!(done.is_ok(), "{action:?} {done:?} {:?}", sitting.attempt());
    }
    panic!("never finished: {:?}", sitting.attempt());
}

/// Whatever stands in the history, the fold takes it.
#[test]
fn the_fold_takes_events_in_any_order() {
    for seed in 0..300 {
        let mut chance = Chance { seed, count: 0 };
        let draw = chance.draw();
        let events: Vec<Event> = (0..60).map(|_| any_event(&mut chance, &draw)).collect();
        let attempt = folded(&draw, &events);
        within_limits(&draw, &attempt);
        let learner = Learner::at(draw);
        let (mut sitting, _) = Sitting::reopen(attempt, unchanged(&learner.draw), learner.now);
        for _ in 0..20 {
            let _ = sitting.act(chance.action(), learner.now);
        }
        let _ = (sitting.attempt().figures(), sitting.face(learner.now));
    }
}

/// An event that no program would store.
fn any_event(chance: &mut Chance, draw: &Draw) -> Event {
    let slot = SlotNo(chance.below(7) as u16);
    let option = OptionId(chance.below(9) as u8);
    let on = chance.below(2) == 0;
    let time = Duration::from_millis(chance.of(&[0, 1, 90_000, u64::MAX]));
    let marks = Marks::new([option]);
    let choice = Choice::TimedOut(marks.clone());
    let confirmed = marks.clone().map_or(choice.clone(), Choice::Confirmed);
    let choice = if on { choice } else { confirmed };
    let answer = Answer { choice, right: on, is_first: on, after: time };
    let ending = chance.of(&[Ending::Learner, Ending::TimeUp, Ending::NothingLeft]);
    let to = if on { View::Question(slot) } else { View::Overview { from: slot } };
    let item = draw.items[0].clone();
    let all = [
        Event::Begun,
        Event::Passed { time },
        Event::Slept { time, counted: on },
        Event::SetBack { by: time },
        Event::Selected { slot, marks: marks.filter(|_| on) },
        Event::Struck { slot, option, on },
        Event::Flagged { slot, on },
        Event::Rated { slot, certainty: None },
        Event::Answered { slot, answer },
        Event::Moved { to },
        Event::Explained { slot },
        Event::Paused { cause: PauseCause::Sleep },
        Event::Resumed,
        Event::TimeUp,
        Event::Gone { slot },
        Event::Edited { slot, item },
        Event::Undone { slot },
        Event::Submitted { ending },
        Event::Reviewed,
        Event::GivenUp,
    ];
    all[chance.below(all.len() as u64) as usize].clone()
}
