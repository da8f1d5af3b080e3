//! Maps records to rows and back. Tests pin the stored forms, which must stay readable for ever.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, named_params};
use serde_json::{Value as Json, json};

use super::form::{Bits, EventId, Items, Options, Time};
use crate::study::id::{ItemId, LessonId, Seed, SessionId, Version};
use crate::study::mode::NamedMode;
use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, Kind, Record, SessionStart, Standing};

/// Columns to read a record back from.
pub const READ: &str = "seq, scenario, kind, at, session, item, version, seed, shown, choice, correct, \
     certainty, elapsed_ms, detail";

/// Every column of a row except its number, scenario and time.
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

/// Inserts the record and returns its `seq`, or `None` if the event exists already. Must run inside
/// a transaction that holds the file.
pub fn insert(
    connection: &Connection,
    event: &EventId,
    record: &Record,
) -> rusqlite::Result<Option<i64>> {
    let seq: i64 = connection
        .prepare_cached("SELECT ifnull(max(seq), 0) + 1 AS seq FROM record")?
        .query_row([], |row| row.get("seq"))?;
    let columns = columns(&record.activity);
    let written = connection
        .prepare_cached(
            "INSERT INTO record (seq, event_id, scenario, kind, at, session, item, version, seed, \
             shown, choice, correct, certainty, elapsed_ms, detail) \
             VALUES (:seq, :event_id, :scenario, :kind, :at, :session, :item, :version, :seed, \
             :shown, :choice, :correct, :certainty, :elapsed_ms, :detail) \
             ON CONFLICT (event_id) DO NOTHING",
        )?
        .execute(named_params! {
            ":seq": seq,
            ":event_id": event,
            ":scenario": record.scenario,
            ":kind": record.activity.kind(),
            ":at": Time(record.at),
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
        Activity::Prediction { lesson, item, version, choice, correct } => Columns {
            item: Some(item.to_string()),
            version: Some(*version),
            choice: Some(Options(vec![*choice])),
            correct: Some(*correct),
            detail: Some(json!({ "lesson": lesson.as_str() })),
            ..Columns::default()
        },
        Activity::SessionStarted(start) => Columns {
            session: Some(start.session.clone()),
            seed: Some(start.seed),
            detail: Some(json!({
                "mode": start.mode.id(),
                "items": Items::json(&start.items),
                "limit_ms": start.limit_ms,
            })),
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
        Activity::Bet { item, version, seed, choice, correct } => Columns {
            item: Some(item.to_string()),
            version: Some(*version),
            seed: Some(*seed),
            choice: Some(Options(vec![*choice])),
            correct: Some(*correct),
            ..Columns::default()
        },
        Activity::Repair { incident, version, changes } => Columns {
            item: Some(incident.to_string()),
            version: Some(*version),
            detail: Some(json!({ "changes": changes })),
            ..Columns::default()
        },
    }
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
        certainty: answer.certainty,
        elapsed_ms: Some(answer.elapsed_ms),
        detail: Some(json!({ "lesson": answer.lesson.as_str(), "question": answer.question })),
    }
}

/// Reads a record from a row with the [`READ`] columns. Returns `None` for a kind this program does
/// not know, since the meaning of its columns is unknown too.
pub fn record(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
    let Some(activity) = activity(row)? else { return Ok(None) };
    Ok(Some(Record { scenario: row.get("scenario")?, at: row.get::<_, Time>("at")?.0, activity }))
}

/// Reads the activity of a row; `None` as in [`record`]. Reads only the columns that the kind uses.
pub fn activity(row: &Row<'_>) -> rusqlite::Result<Option<Activity>> {
    let Some(kind) = Kind::from_name(&row.get::<_, String>("kind")?) else { return Ok(None) };
    let detail = Detail::of(row)?;
    let activity = match kind {
        Kind::Position => position(row, &detail)?,
        Kind::Prediction => Activity::Prediction {
            lesson: detail.word("lesson").into(),
            item: row.get("item")?,
            version: row.get("version")?,
            choice: single(row)?,
            correct: row.get("correct")?,
        },
        Kind::SessionStarted => Activity::SessionStarted(SessionStart {
            session: row.get("session")?,
            mode: NamedMode::from(detail.word("mode").as_str()),
            seed: row.get("seed")?,
            items: detail.items(),
            limit_ms: detail.long("limit_ms"),
        }),
        Kind::Countdown => standing(row, &detail)?,
        Kind::Answer => answer(row, &detail)?,
        Kind::SessionEnded => Activity::SessionEnded { session: row.get("session")? },
        Kind::Bet => Activity::Bet {
            item: row.get("item")?,
            version: row.get("version")?,
            seed: row.get("seed")?,
            choice: single(row)?,
            correct: row.get("correct")?,
        },
        Kind::Repair => Activity::Repair {
            incident: row.get("item")?,
            version: row.get("version")?,
            changes: detail.byte("changes"),
        },
    };
    Ok(Some(activity))
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
        certainty: row.get("certainty")?,
        elapsed_ms: row.get("elapsed_ms")?,
    }))
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
