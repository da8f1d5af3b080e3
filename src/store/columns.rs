//! Maps records to rows and back. Tests pin the stored forms, which must stay readable for ever.

mod draw;
mod event;

use std::fmt::Display;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, named_params};
use serde_json::{Value as Json, json};

use super::form::{Bits, Day, EventId, Items, Options, Time};
use crate::study::day::{Rollover, StudyDay};
use crate::study::evidence::{Certainty, Evidence, Subject};
use crate::study::id::{ItemId, LessonId, MisconceptionId, Seed, SessionId, Version};
use crate::study::mode::NamedMode;
use crate::study::plan::Plan;
use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, How, Kind, Record, Report, SessionStart, Standing};

/// Columns to read a record back from.
pub const READ: &str = "seq, scenario, kind, at, day, session, item, version, seed, shown, choice, correct, \
     certainty, elapsed_ms, detail";

/// Every column of a row except its number, scenario, time and order.
#[derive(Default)]
struct Columns {
    session: Option<SessionId>,
    item: Option<String>,
    version: Option<Version>,
    seed: Option<Seed>,
    shown: Option<Options>,
    choice: Option<Options>,
    correct: Option<bool>,
    certainty: Option<u8>,
    elapsed_ms: Option<u32>,
    detail: Option<Json>,
}

impl Columns {
    /// Only an item.
    fn of_item(item: &dyn Display) -> Self {
        Self { item: Some(item.to_string()), ..Self::default() }
    }

    /// Only a detail.
    fn of_detail(detail: Json) -> Self {
        Self { detail: Some(detail), ..Self::default() }
    }
}

/// Inserts the record and returns its `seq`, or `None` if the event exists already. Must run inside
/// a transaction that holds the file.
pub fn insert(
    connection: &Connection,
    event: &EventId,
    record: &Record,
) -> rusqlite::Result<Option<i64>> {
    // With MAX, SQLite takes the other column from the row with the maximum.
    let sql = "SELECT ifnull(max(seq), 0) AS seq, ifnull(moment, 0) AS moment FROM record";
    let (latest, moment): (i64, i64) = connection
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get("seq")?, row.get("moment")?)))?;
    let seq = latest + 1;
    let columns = columns(&record.activity);
    let written = connection
        .prepare_cached(
            "INSERT INTO record (seq, event_id, scenario, kind, at, day, moment, session, item, \
             version, seed, shown, choice, correct, certainty, elapsed_ms, detail) \
             VALUES (:seq, :event_id, :scenario, :kind, :at, :day, :moment, :session, :item, \
             :version, :seed, :shown, :choice, :correct, :certainty, :elapsed_ms, :detail) \
             ON CONFLICT (event_id) DO NOTHING",
        )?
        .execute(named_params! {
            ":seq": seq,
            ":event_id": event,
            ":scenario": record.scenario,
            ":kind": record.activity.kind(),
            ":at": Time(record.at),
            ":day": Day(record.day.0),
            ":moment": record.at.timestamp_micros().max(moment + 1),
            ":session": columns.session,
            ":item": columns.item,
            ":version": columns.version,
            ":seed": columns.seed,
            ":shown": columns.shown,
            ":choice": columns.choice,
            ":correct": columns.correct,
            ":certainty": columns.certainty,
            ":elapsed_ms": columns.elapsed_ms,
            ":detail": columns.detail.unwrap_or_else(|| json!({})).to_string(),
        })?;
    Ok((written > 0).then_some(seq))
}

fn columns(activity: &Activity) -> Columns {
    match activity {
        Activity::Position { lesson, place, reached } => position_columns(lesson, place, *reached),
        Activity::Prediction { lesson, item, version, choice, correct, evidence } => Columns {
            item: Some(item.to_string()),
            version: Some(*version),
            choice: Some(Options(vec![*choice])),
            correct: Some(*correct),
            detail: Some(with_evidence(json!({ "lesson": lesson.as_str() }), evidence.as_ref())),
            ..Columns::default()
        },
        Activity::SessionStarted(start) => Columns {
            session: Some(start.session.clone()),
            seed: Some(start.seed),
            detail: Some(start_detail(start)),
            ..Columns::default()
        },
        Activity::Countdown(standing) => Columns {
            session: Some(standing.session.clone()),
            item: Some(standing.item.to_string()),
            version: Some(standing.version),
            choice: Some(Options(standing.chosen.clone())),
            detail: Some(json!({ "question": standing.question, "left_ms": standing.left_ms })),
            ..Columns::default()
        },
        Activity::Answer(answer) => answer_columns(answer),
        Activity::SessionEnded { session } => {
            Columns { session: Some(session.clone()), ..Columns::default() }
        }
        Activity::Bet { item, version, seed, choice, correct, evidence } => Columns {
            item: Some(item.to_string()),
            version: Some(*version),
            seed: Some(*seed),
            choice: Some(Options(vec![*choice])),
            correct: Some(*correct),
            detail: Some(with_evidence(json!({}), evidence.as_ref())),
            ..Columns::default()
        },
        Activity::Repair { incident, version, changes } => {
            let detail = Columns::of_detail(json!({ "changes": changes }));
            Columns { item: Some(incident.to_string()), version: Some(*version), ..detail }
        }
        Activity::Step { session, step } => event::columns(session, step),
        Activity::Undone { session, question } => {
            let detail = Columns::of_detail(json!({ "question": question }));
            Columns { session: Some(session.clone()), ..detail }
        }
        Activity::Suspended { item, is_suspended } => {
            let detail = Columns::of_detail(json!({ "suspended": is_suspended }));
            Columns { item: Some(item.to_string()), ..detail }
        }
        Activity::Buried { item } => Columns::of_item(item),
        Activity::Redriven { subject } => Columns::of_item(subject),
        Activity::Planned(plan) => Columns::of_detail(plan_detail(plan)),
        Activity::Reported(report) => report_columns(report),
    }
}

fn start_detail(start: &SessionStart) -> Json {
    let detail = json!({
        "mode": start.mode.id(),
        "items": Items::json(&start.items),
        "limit_ms": start.limit_ms,
    });
    match &start.drawn {
        Some(drawn) => draw::with_draw(detail, drawn),
        None => detail,
    }
}

fn report_columns(report: &Report) -> Columns {
    Columns {
        item: Some(report.item.to_string()),
        version: Some(report.version),
        seed: Some(report.seed),
        choice: Some(Options(report.choice.clone())),
        detail: Some(json!({ "words": report.words })),
        ..Columns::default()
    }
}

fn plan_detail(plan: &Plan) -> Json {
    json!({
        "exam": plan.exam.map(|date| date.to_string()),
        "minutes": plan.minutes,
        "rollover": plan.rollover.hour(),
    })
}

/// A detail with what the record says of concepts and misconceptions.
fn with_evidence(mut detail: Json, evidence: Option<&Evidence>) -> Json {
    let Some(evidence) = evidence else { return detail };
    let names = |ids: &[MisconceptionId]| -> Json { ids.iter().map(ToString::to_string).collect() };
    detail["concepts"] = evidence.concepts.iter().map(ToString::to_string).collect();
    detail["held"] = names(&evidence.held);
    detail["refused"] = names(&evidence.refused);
    detail
}

fn position_columns(lesson: &LessonId, place: &Anchor, reached: u16) -> Columns {
    Columns {
        item: Some(lesson.to_string()),
        detail: Some(json!({
            "heading": place.heading,
            "ordinal": place.ordinal,
            "block": place.block,
            "hash": Bits(place.hash).stored(),
            "word": place.word,
            "line": place.line,
            "reached": reached,
        })),
        ..Columns::default()
    }
}

fn answer_columns(answer: &Answer) -> Columns {
    Columns {
        session: Some(answer.session.clone()),
        item: Some(answer.item.to_string()),
        version: Some(answer.version),
        seed: Some(answer.seed),
        shown: Some(Options(answer.shown.clone())),
        choice: Some(Options(answer.choice.clone())),
        correct: Some(answer.correct),
        certainty: answer.certainty.map(Certainty::number),
        elapsed_ms: Some(answer.elapsed_ms),
        detail: Some(with_evidence(answer_detail(answer), answer.evidence.as_ref())),
    }
}

fn answer_detail(answer: &Answer) -> Json {
    let mut detail = json!({ "lesson": answer.lesson.as_str(), "question": answer.question });
    if let Some(is_first) = answer.is_first {
        detail["first"] = json!(is_first);
    }
    if answer.slow {
        detail["slow"] = json!(true);
    }
    if let Some(how) = answer.how {
        detail["how"] = json!(how.name());
    }
    detail
}

/// Reads a record from a row with the [`READ`] columns. Returns `None` for a kind this program does
/// not know, since the meaning of its columns is unknown too.
pub fn record(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
    let Some(activity) = activity(row)? else { return Ok(None) };
    let at = row.get::<_, Time>("at")?.0;
    // Records from before study days were stamped: their days ended at four, as ours do at first.
    let day = row.get::<_, Option<Day>>("day")?.map(|day| StudyDay(day.0));
    let day = day.unwrap_or_else(|| StudyDay::of(at, Rollover::default()));
    Ok(Some(Record { scenario: row.get("scenario")?, at, day, activity }))
}

/// Reads the activity of a row; `None` as in [`record`]. Reads only the columns that the kind uses.
pub fn activity(row: &Row<'_>) -> rusqlite::Result<Option<Activity>> {
    let Some(kind) = Kind::from_name(&row.get::<_, String>("kind")?) else { return Ok(None) };
    let detail = Detail::of(row)?;
    let activity = match kind {
        Kind::Position => position(row, &detail)?,
        Kind::Prediction => prediction(row, &detail)?,
        Kind::SessionStarted => started(row, &detail)?,
        Kind::Countdown => standing(row, &detail)?,
        Kind::Answer => answer(row, &detail)?,
        Kind::SessionEnded => Activity::SessionEnded { session: row.get("session")? },
        Kind::Bet => bet(row, &detail)?,
        Kind::Repair => Activity::Repair {
            incident: row.get("item")?,
            version: row.get("version")?,
            changes: detail.byte("changes"),
        },
        Kind::Undone => {
            Activity::Undone { session: row.get("session")?, question: detail.short("question") }
        }
        Kind::Suspended => Activity::Suspended {
            item: row.get("item")?,
            is_suspended: detail.flag("suspended").unwrap_or(false),
        },
        Kind::Buried => Activity::Buried { item: row.get("item")? },
        Kind::Redriven => {
            // A subject of a kind that a newer program has.
            let Some(subject) = Subject::from_form(&row.get::<_, String>("item")?) else {
                return Ok(None);
            };
            Activity::Redriven { subject }
        }
        Kind::Planned => Activity::Planned(plan(&detail)),
        Kind::Reported => Activity::Reported(Report {
            item: row.get("item")?,
            version: row.get("version")?,
            seed: row.get("seed")?,
            choice: options(row, "choice")?,
            words: detail.word("words"),
        }),
        Kind::Begun
        | Kind::Passed
        | Kind::Slept
        | Kind::SetBack
        | Kind::Selected
        | Kind::Struck
        | Kind::Flagged
        | Kind::Rated
        | Kind::Moved
        | Kind::Explained
        | Kind::Paused
        | Kind::Resumed
        | Kind::TimeUp
        | Kind::Gone
        | Kind::Edited
        | Kind::Submitted
        | Kind::Reviewed
        | Kind::GivenUp => {
            let (choice, certainty) = (options(row, "choice")?, row.get("certainty")?);
            let Some(step) = event::step(kind, choice, certainty, &detail) else {
                return Ok(None);
            };
            Activity::Step { session: row.get("session")?, step }
        }
    };
    Ok(Some(activity))
}

fn prediction(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Prediction {
        lesson: detail.word("lesson").into(),
        item: row.get("item")?,
        version: row.get("version")?,
        choice: single(row)?,
        correct: row.get("correct")?,
        evidence: detail.evidence(),
    })
}

fn bet(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Bet {
        item: row.get("item")?,
        version: row.get("version")?,
        seed: row.get("seed")?,
        choice: single(row)?,
        correct: row.get("correct")?,
        evidence: detail.evidence(),
    })
}

fn started(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::SessionStarted(SessionStart {
        session: row.get("session")?,
        mode: NamedMode::from(detail.word("mode").as_str()),
        seed: row.get("seed")?,
        items: detail.items(),
        limit_ms: detail.long("limit_ms"),
        drawn: draw::draw(detail),
    }))
}

fn position(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    let place = Anchor {
        heading: detail.word("heading"),
        ordinal: detail.short("ordinal"),
        block: detail.long("block"),
        hash: Bits::of(detail.number("hash")).0,
        word: detail.long("word"),
        line: i16::try_from(detail.number("line")).unwrap_or(0),
    };
    Ok(Activity::Position { lesson: row.get("item")?, place, reached: detail.short("reached") })
}

/// Reads a countdown. Those stored before choices were stored lack item, version and choice.
fn standing(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Countdown(Standing {
        session: row.get("session")?,
        question: detail.short("question"),
        left_ms: detail.long("left_ms"),
        item: row.get::<_, Option<ItemId>>("item")?.unwrap_or_default(),
        version: row.get::<_, Option<Version>>("version")?.unwrap_or_default(),
        chosen: options(row, "choice")?,
    }))
}

fn answer(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Answer(Answer {
        session: row.get("session")?,
        question: detail.short("question"),
        item: row.get("item")?,
        version: row.get("version")?,
        lesson: detail.word("lesson").into(),
        seed: row.get("seed")?,
        shown: options(row, "shown")?,
        choice: options(row, "choice")?,
        correct: row.get("correct")?,
        certainty: row.get::<_, Option<u8>>("certainty")?.and_then(Certainty::from_number),
        elapsed_ms: row.get("elapsed_ms")?,
        is_first: detail.flag("first"),
        slow: detail.flag("slow").unwrap_or(false),
        how: How::ALL.into_iter().find(|how| how.name() == detail.word("how")),
        evidence: detail.evidence(),
    }))
}

fn plan(detail: &Detail) -> Plan {
    let exam = detail.word("exam").parse().ok();
    let minutes = detail.0.get("minutes").and_then(Json::as_u64);
    Plan {
        exam,
        minutes: minutes.and_then(|minutes| u16::try_from(minutes).ok()),
        rollover: Rollover::at(detail.byte("rollover")).unwrap_or_default(),
    }
}

/// The JSON column: the fields of one kind only. A missing field reads as 0 or empty; a number too
/// large for its type is never truncated.
struct Detail(Json);

impl Detail {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text: String = row.get("detail")?;
        serde_json::from_str(&text).map(Self).map_err(|cause| {
            let cause = format!("its detail is no JSON: {cause}");
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, cause.into())
        })
    }

    fn number(&self, key: &str) -> i64 {
        self.0.get(key).and_then(Json::as_i64).unwrap_or(0)
    }

    fn byte(&self, key: &str) -> u8 {
        u8::try_from(self.number(key)).unwrap_or(u8::MAX)
    }

    fn short(&self, key: &str) -> u16 {
        u16::try_from(self.number(key)).unwrap_or(u16::MAX)
    }

    fn long(&self, key: &str) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(u32::MAX)
    }

    fn word(&self, key: &str) -> String {
        self.0.get(key).and_then(Json::as_str).map(str::to_owned).unwrap_or_default()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(Json::as_bool)
    }

    /// What the record says of concepts and misconceptions; `None` if it is from before that was stamped.
    fn evidence(&self) -> Option<Evidence> {
        fn ids<T: for<'a> From<&'a str>>(list: &Json) -> Vec<T> {
            let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(Json::as_str).map(T::from).collect()
        }
        self.0.get("held")?;
        Some(Evidence {
            concepts: ids(&self.0["concepts"]),
            held: ids(&self.0["held"]),
            refused: ids(&self.0["refused"]),
        })
    }

    /// Question ids of a set, in the order asked.
    fn items(&self) -> Vec<ItemId> {
        Items::of(self.0["items"].clone()).unwrap_or_default().0
    }
}

/// Reads a choice of exactly one option.
fn single(row: &Row<'_>) -> rusqlite::Result<u8> {
    let chosen: Options = row.get("choice")?;
    Ok(chosen.0.first().copied().unwrap_or(0))
}

/// Reads an optional list of options.
fn options(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<u8>> {
    Ok(row.get::<_, Option<Options>>(column)?.unwrap_or_default().0)
}

#[cfg(test)]
mod tests;
