//! Sets from before draws were stored whole: the ids of the questions, the answers, and the clock.

use std::time::Duration;

use super::{answered, event};
use crate::study::attempt::Attempt;
use crate::study::attempt::draw::Draw;
use crate::study::attempt::event::Event;
use crate::study::attempt::item::{Item, OptionId};
use crate::study::attempt::mode::Mode;
use crate::study::attempt::phase::View;
use crate::study::attempt::slot::{Choice, DrawnItem, Marks, SlotNo};
use crate::study::attempt::timer::Timer;
use crate::study::id::ItemId;
use crate::study::record::{Activity, Answer, SessionStart, Standing};
use crate::study::shuffle;

/// The attempt of such a set: its answers, and the clock and the marks of the
/// question that was open; then whatever happened since it was opened again.
pub(super) fn attempt(
    mode: Mode,
    start: &SessionStart,
    records: &[Activity],
    today: &impl Fn(&ItemId) -> Option<Item>,
) -> Option<Attempt> {
    let given: Vec<&Answer> = records.iter().filter_map(given_by).collect();
    let drawn = |id: &ItemId| {
        let answer = given.iter().copied().find(|answer| answer.item == *id);
        item(start, id, answer, today(id))
    };
    let items = start.items.iter().map(drawn).collect();
    let draw = Draw { mode, timer: Timer::Normal, seed: start.seed, limit: None, items };
    let mut attempt = Attempt::new(draw).ok()?;
    attempt.apply(&Event::Begun);
    let mut standing = None;
    for record in records {
        if let Activity::Countdown(stood) = record {
            standing = Some(stood);
        } else if let Some(answer) = given_by(record) {
            let slot = start.items.iter().position(|item| *item == answer.item);
            let Some(slot) = slot.map(|index| SlotNo(index as u16)) else { continue };
            attempt.apply(&answered(slot, answer, choice_of(answer, start.limit_ms)));
            if let Some(next) = attempt.next_open(slot) {
                attempt.apply(&Event::Moved { to: View::Question(next) });
            }
            standing = None;
        } else if let Some(event) = event(record) {
            stand(&mut attempt, start, standing.take());
            attempt.apply(&event);
        }
    }
    stand(&mut attempt, start, standing);
    Some(attempt)
}

fn given_by(record: &Activity) -> Option<&Answer> {
    match record {
        Activity::Answer(answer) if answer.how.is_none() => Some(answer),
        _ => None,
    }
}

/// An item of an old set: as it was answered, or as it is today. Of one that the course no longer has
/// nothing is known, and the set skips it as soon as it is opened.
fn item(
    start: &SessionStart,
    id: &ItemId,
    answer: Option<&Answer>,
    today: Option<Item>,
) -> DrawnItem {
    let limit = (start.limit_ms > 0).then(|| Duration::from_millis(u64::from(start.limit_ms)));
    let options = |numbers: &[u8]| numbers.iter().copied().map(OptionId).collect::<Vec<_>>();
    let today = today.filter(|item| answer.is_none_or(|answer| answer.version == item.version));
    let mut drawn = DrawnItem {
        item: id.clone(),
        version: today.as_ref().map(|item| item.version).unwrap_or_default(),
        choose: today.as_ref().map_or(1, |item| item.choose),
        shown: vec![OptionId(0)],
        key: today.as_ref().map(|item| item.key.clone()).unwrap_or_default(),
        limit,
        is_first: false,
    };
    if let Some(item) = today {
        let order = shuffle::order(start.seed.0, id.as_str(), usize::from(item.options));
        drawn.shown = order.into_iter().map(OptionId).collect();
    } else if let Some(answer) = answer {
        drawn.version = answer.version;
        drawn.shown = options(&answer.shown);
        drawn.choose = (answer.choice.len() as u8).max(1);
        drawn.key =
            if answer.correct { options(&answer.choice).into_iter().collect() } else { drawn.key };
    }
    if !drawn.is_sound() {
        (drawn.choose, drawn.shown) = (1, vec![OptionId(0)]);
    }
    drawn
}

fn choice_of(answer: &Answer, limit_ms: u32) -> Choice {
    match Marks::new(answer.choice.iter().copied().map(OptionId)) {
        Some(marks) if answer.elapsed_ms < limit_ms => Choice::Confirmed(marks),
        marks => Choice::TimedOut(marks),
    }
}

/// Applies the last stored state of the open question of an old set.
fn stand(attempt: &mut Attempt, start: &SessionStart, standing: Option<&Standing>) {
    let Some(stood) = standing else { return };
    let Some(slot) = attempt.view().map(View::slot) else { return };
    let Some(asked) = attempt.slot(slot) else { return };
    // Those from before choices were stored name no item.
    if !stood.item.is_empty() && stood.item != *asked.item() {
        return;
    }
    let is_same = stood.item == *asked.item() && stood.version == asked.version();
    let most = usize::from(asked.choose());
    let known = stood.chosen.iter().map(|option| OptionId(*option));
    let known = known.filter(|option| is_same && asked.shown().contains(option)).take(most);
    let marks = Marks::new(known.collect::<Vec<_>>());
    let spent = start.limit_ms.saturating_sub(stood.left_ms);
    attempt.apply(&Event::Passed { time: Duration::from_millis(u64::from(spent)) });
    attempt.apply(&Event::Selected { slot, marks });
}
