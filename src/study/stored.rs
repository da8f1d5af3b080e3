//! A set as the history has it: events become records, and records the attempt again.

mod old;

use std::time::Duration;

use super::attempt::Attempt;
use super::attempt::draw::Draw;
use super::attempt::event::Event;
use super::attempt::item::{Item, OptionId};
use super::attempt::mode::Mode;
use super::attempt::slot::{self, Choice, Marks, SlotNo};
use super::evidence::Evidence;
use super::id::{ItemId, LessonId, SessionId};
use super::record::{Activity, Answer, Drawn, How, SessionStart, Step};

/// What the course and the history say of an answer at the time it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The lesson that teaches the question.
    pub lesson: LessonId,
    pub evidence: Option<Evidence>,
    /// Median time of the learner's latest answers, in milliseconds.
    pub median_ms: Option<u32>,
}

/// The record of a draw.
#[must_use]
pub fn start(session: SessionId, draw: &Draw) -> SessionStart {
    SessionStart {
        session,
        mode: draw.mode.id().into(),
        seed: draw.seed,
        items: draw.items.iter().map(|drawn| drawn.item.clone()).collect(),
        limit_ms: 0,
        drawn: Some(Drawn { timer: draw.timer, limit: draw.limit, items: draw.items.clone() }),
    }
}

/// The records of events that follow each other, one for each. `before` is the attempt before the
/// first; `stamp` is asked for an item and the author's numbers of the chosen options.
#[must_use]
pub fn records(
    session: &SessionId,
    before: &Attempt,
    events: &[Event],
    stamp: impl Fn(&ItemId, &[u8]) -> Stamp,
) -> Vec<Activity> {
    let mut attempt = before.clone();
    let mut records = Vec::with_capacity(events.len());
    for event in events {
        records.extend(record(session, &attempt, event, &stamp));
        attempt.apply(event);
    }
    records
}

fn record(
    session: &SessionId,
    attempt: &Attempt,
    event: &Event,
    stamp: impl Fn(&ItemId, &[u8]) -> Stamp,
) -> Option<Activity> {
    let session = session.clone();
    match event {
        Event::Undone { slot } => Some(Activity::Undone { session, question: slot.0 }),
        Event::Answered { slot, answer } => {
            let asked = attempt.slot(*slot)?;
            let marks = answer.choice.marks().into_iter().flat_map(Marks::options);
            let choice: Vec<u8> = marks.map(|option| option.0).collect();
            let Stamp { lesson, evidence, median_ms } = stamp(asked.item(), &choice);
            let elapsed_ms = u32::try_from(answer.after.as_millis()).unwrap_or(u32::MAX);
            Some(Activity::Answer(Answer {
                session,
                question: slot.0,
                item: asked.item().clone(),
                version: asked.version(),
                lesson,
                seed: attempt.seed(),
                shown: asked.shown().iter().map(|option| option.0).collect(),
                choice,
                correct: answer.right,
                certainty: asked.certainty(),
                elapsed_ms,
                is_first: Some(answer.is_first),
                slow: is_slow(elapsed_ms, median_ms),
                how: Some(How::of(&answer.choice)),
                evidence,
            }))
        }
        event => Step::new(event.clone()).map(|step| Activity::Step { session, step }),
    }
}

/// Whether an answer took more than one and a half times as long as usual.
fn is_slow(elapsed_ms: u32, median_ms: Option<u32>) -> bool {
    median_ms.is_some_and(|median| u64::from(elapsed_ms) * 2 > u64::from(median) * 3)
}

/// The attempt that the records of a set make, in the order stored; `None` if its mode is of a newer
/// program, or nothing of it can be asked. `today` finds an item in the course; only sets from before
/// draws were stored whole need it.
#[must_use]
pub fn attempt(
    start: &SessionStart,
    records: &[Activity],
    today: impl Fn(&ItemId) -> Option<Item>,
) -> Option<Attempt> {
    let mode = Mode::from_id(start.mode.id())?;
    let Some(drawn) = &start.drawn else { return old::attempt(mode, start, records, &today) };
    let Drawn { timer, limit, items } = drawn.clone();
    let draw = Draw { mode, timer, seed: start.seed, limit, items };
    let mut attempt = Attempt::new(draw).ok()?;
    records.iter().filter_map(event).for_each(|event| attempt.apply(&event));
    Some(attempt)
}

/// The event of a record; `None` if it is of no set, or of one from before events were stored.
fn event(record: &Activity) -> Option<Event> {
    match record {
        Activity::Step { step, .. } => Some(step.event().clone()),
        Activity::Undone { question, .. } => Some(Event::Undone { slot: SlotNo(*question) }),
        Activity::Answer(answer) => {
            let choice =
                answer.how?.choice(Marks::new(answer.choice.iter().copied().map(OptionId)))?;
            Some(answered(SlotNo(answer.question), answer, choice))
        }
        _ => None,
    }
}

fn answered(slot: SlotNo, answer: &Answer, choice: Choice) -> Event {
    let answer = slot::Answer {
        choice,
        right: answer.correct,
        is_first: answer.is_first.unwrap_or(false),
        after: Duration::from_millis(u64::from(answer.elapsed_ms)),
    };
    Event::Answered { slot, answer }
}
