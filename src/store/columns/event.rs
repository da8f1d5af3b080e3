//! The stored forms of what happens in a set.

use std::time::Duration;

use serde_json::json;

use super::draw::{drawn_item, drawn_item_of, stored};
use super::{Columns, Detail};
use crate::store::form::Options;
use crate::study::attempt::event::{Event, PauseCause};
use crate::study::attempt::item::OptionId;
use crate::study::attempt::phase::{Ending, View};
use crate::study::attempt::slot::{Marks, SlotNo};
use crate::study::evidence::Certainty;
use crate::study::id::SessionId;
use crate::study::record::{Kind, Step};

/// The columns of an event: the question in the detail, options as the choice.
pub(super) fn columns(session: &SessionId, step: &Step) -> Columns {
    let mut columns = Columns { session: Some(session.clone()), ..Columns::default() };
    let detail = match step.event() {
        Event::Passed { time } => json!({ "ms": stored(*time) }),
        Event::Slept { time, counted } => json!({ "ms": stored(*time), "counted": counted }),
        Event::SetBack { by } => json!({ "ms": stored(*by) }),
        Event::Selected { slot, marks } => {
            let marks = marks.iter().flat_map(Marks::options);
            columns.choice = Some(Options(marks.map(|option| option.0).collect()));
            json!({ "question": slot.0 })
        }
        Event::Struck { slot, option, on } => {
            columns.choice = Some(Options(vec![option.0]));
            json!({ "question": slot.0, "on": on })
        }
        Event::Flagged { slot, on } => json!({ "question": slot.0, "on": on }),
        Event::Rated { slot, certainty } => {
            columns.certainty = certainty.map(Certainty::number);
            json!({ "question": slot.0 })
        }
        Event::Moved { to } => match to {
            View::Question(slot) => json!({ "question": slot.0 }),
            View::Overview { from } => json!({ "question": from.0, "overview": true }),
        },
        Event::Explained { slot } | Event::Gone { slot } => json!({ "question": slot.0 }),
        Event::Paused { cause } => json!({ "cause": cause_name(*cause) }),
        Event::Edited { slot, item } => json!({ "question": slot.0, "drawn": drawn_item(item) }),
        Event::Submitted { ending } => json!({ "ending": ending_name(*ending) }),
        Event::Begun
        | Event::Resumed
        | Event::TimeUp
        | Event::Reviewed
        | Event::GivenUp
        | Event::Answered { .. }
        | Event::Undone { .. } => json!({}),
    };
    Columns { detail: Some(detail), ..columns }
}

/// The event of a kind; `None` if the kind is of none, or what it says cannot be understood.
pub(super) fn step(
    kind: Kind,
    choice: Vec<u8>,
    certainty: Option<u8>,
    detail: &Detail,
) -> Option<Step> {
    let slot = SlotNo(detail.short("question"));
    let time = || Duration::from_millis(u64::try_from(detail.number("ms")).unwrap_or(0));
    let on = || detail.flag("on").unwrap_or(true);
    let event = match kind {
        Kind::Begun => Event::Begun,
        Kind::Passed => Event::Passed { time: time() },
        Kind::Slept => {
            Event::Slept { time: time(), counted: detail.flag("counted").unwrap_or(false) }
        }
        Kind::SetBack => Event::SetBack { by: time() },
        Kind::Selected => {
            Event::Selected { slot, marks: Marks::new(choice.into_iter().map(OptionId)) }
        }
        Kind::Struck => Event::Struck { slot, option: OptionId(*choice.first()?), on: on() },
        Kind::Flagged => Event::Flagged { slot, on: on() },
        Kind::Rated => Event::Rated { slot, certainty: certainty.and_then(Certainty::from_number) },
        Kind::Moved if detail.flag("overview") == Some(true) => {
            Event::Moved { to: View::Overview { from: slot } }
        }
        Kind::Moved => Event::Moved { to: View::Question(slot) },
        Kind::Explained => Event::Explained { slot },
        Kind::Paused => Event::Paused { cause: cause_named(&detail.word("cause")) },
        Kind::Resumed => Event::Resumed,
        Kind::TimeUp => Event::TimeUp,
        Kind::Gone => Event::Gone { slot },
        Kind::Edited => Event::Edited { slot, item: drawn_item_of(detail.0.get("drawn")?)? },
        Kind::Submitted => Event::Submitted { ending: ending_named(&detail.word("ending")) },
        Kind::Reviewed => Event::Reviewed,
        Kind::GivenUp => Event::GivenUp,
        Kind::Position
        | Kind::Prediction
        | Kind::SessionStarted
        | Kind::Countdown
        | Kind::Answer
        | Kind::SessionEnded
        | Kind::Bet
        | Kind::Repair
        | Kind::Undone
        | Kind::Suspended
        | Kind::Buried
        | Kind::Redriven
        | Kind::Planned
        | Kind::Reported => return None,
    };
    Step::new(event)
}

const fn cause_name(cause: PauseCause) -> &'static str {
    match cause {
        PauseCause::Learner => "learner",
        PauseCause::Sleep => "sleep",
    }
}

fn cause_named(name: &str) -> PauseCause {
    if name == cause_name(PauseCause::Sleep) { PauseCause::Sleep } else { PauseCause::Learner }
}

const fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Learner => "learner",
        Ending::TimeUp => "time-up",
        Ending::NothingLeft => "nothing-left",
    }
}

fn ending_named(name: &str) -> Ending {
    let all = [Ending::Learner, Ending::TimeUp, Ending::NothingLeft];
    all.into_iter().find(|ending| ending_name(*ending) == name).unwrap_or(Ending::Learner)
}
