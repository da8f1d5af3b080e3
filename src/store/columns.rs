//! How a record stands in its row, and comes back from it. The stored forms are pinned by tests:
//! they must be read for ever.

use chrono::{DateTime, FixedOffset};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};
use serde_json::{Value as Json, json};

use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, Record, SessionStart, Standing};

/// The columns of `record` after `seq` and `event_id`, for reading a record back.
pub const READ: &str = "scenario, kind, at, session, item, version, seed, shown, choice, correct, certainty, \
     elapsed_ms, detail";

/// Everything a row has beside its number, scenario and time.
#[derive(Default)]
struct Columns {
    session: Option<String>,
    item: Option<String>,
    version: Option<i64>,
    seed: Option<i64>,
    shown: Option<String>,
    choice: Option<String>,
    correct: Option<bool>,
    certainty: Option<u8>,
    elapsed_ms: Option<u32>,
    detail: Option<Json>,
}

/// Writes the record and returns its `seq`; `None` when the event is there already. Must run inside a
/// transaction that holds the file.
pub fn insert(
    connection: &Connection,
    event: &str,
    record: &Record,
) -> rusqlite::Result<Option<i64>> {
    let seq: i64 = connection
        .prepare_cached("SELECT ifnull(max(seq), 0) + 1 FROM record")?
        .query_row([], |row| row.get(0))?;
    let columns = columns(&record.activity);
    let written = connection
        .prepare_cached(
            "INSERT INTO record (seq, event_id, scenario, kind, at, session, item, version, seed, \
             shown, choice, correct, certainty, elapsed_ms, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
             ON CONFLICT (event_id) DO NOTHING",
        )?
        .execute(params![
            seq,
            event,
            record.scenario,
            record.activity.kind(),
            record.at.to_rfc3339(),
            columns.session,
            columns.item,
            columns.version,
            columns.seed,
            columns.shown,
            columns.choice,
            columns.correct,
            columns.certainty,
            columns.elapsed_ms,
            columns.detail.unwrap_or_else(|| json!({})).to_string(),
        ])?;
    Ok((written > 0).then_some(seq))
}

fn columns(activity: &Activity) -> Columns {
    match activity {
        Activity::Position { lesson, place, reached } => Columns {
            item: Some(lesson.clone()),
            detail: Some(json!({
                "heading": place.heading,
                "ordinal": place.ordinal,
                "block": place.block,
                "hash": place.hash as i64,
                "word": place.word,
                "line": place.line,
                "reached": reached,
            })),
            ..Columns::default()
        },
        Activity::Prediction { lesson, item, version, choice, correct } => Columns {
            item: Some(item.clone()),
            version: Some(*version as i64),
            choice: Some(choice.to_string()),
            correct: Some(*correct),
            detail: Some(json!({ "lesson": lesson })),
            ..Columns::default()
        },
        Activity::SessionStarted(start) => Columns {
            session: Some(start.session.clone()),
            seed: Some(start.seed as i64),
            detail: Some(json!({
                "mode": start.mode,
                "items": start.items,
                "limit_ms": start.limit_ms,
            })),
            ..Columns::default()
        },
        Activity::Countdown(standing) => Columns {
            session: Some(standing.session.clone()),
            item: Some(standing.item.clone()),
            version: Some(standing.version as i64),
            choice: Some(numbers(&standing.chosen)),
            detail: Some(json!({ "question": standing.question, "left_ms": standing.left_ms })),
            ..Columns::default()
        },
        Activity::Answer(answer) => Columns {
            session: Some(answer.session.clone()),
            item: Some(answer.item.clone()),
            version: Some(answer.version as i64),
            seed: Some(answer.seed as i64),
            shown: Some(numbers(&answer.shown)),
            choice: Some(numbers(&answer.choice)),
            correct: Some(answer.correct),
            certainty: answer.certainty,
            elapsed_ms: Some(answer.elapsed_ms),
            detail: Some(json!({ "lesson": answer.lesson, "question": answer.question })),
        },
        Activity::SessionEnded { session } => {
            Columns { session: Some(session.clone()), ..Columns::default() }
        }
        Activity::Bet { item, version, seed, choice, correct } => Columns {
            item: Some(item.clone()),
            version: Some(*version as i64),
            seed: Some(*seed as i64),
            choice: Some(choice.to_string()),
            correct: Some(*correct),
            ..Columns::default()
        },
        Activity::Repair { incident, version, changes } => Columns {
            item: Some(incident.clone()),
            version: Some(*version as i64),
            detail: Some(json!({ "changes": changes })),
            ..Columns::default()
        },
    }
}

/// A record from a row whose columns, from `first` on, are [`READ`].
pub fn record(row: &Row<'_>, first: usize) -> rusqlite::Result<Record> {
    Ok(Record { scenario: row.get(first)?, at: at(row, first)?, activity: activity(row, first)? })
}

/// When it was done.
pub fn at(row: &Row<'_>, first: usize) -> rusqlite::Result<DateTime<FixedOffset>> {
    let text: String = row.get(first + 2)?;
    DateTime::parse_from_rfc3339(&text).map_err(|cause| {
        unreadable(first + 2, format!("the time {text} cannot be read: {cause}").into())
    })
}

/// What was done.
pub fn activity(row: &Row<'_>, first: usize) -> rusqlite::Result<Activity> {
    let text = |index: usize| row.get::<_, Option<String>>(first + index);
    let needed = |index: usize| row.get::<_, String>(first + index);
    let kind: String = needed(1)?;
    let detail: Json = serde_json::from_str(&needed(12)?).map_err(|cause| {
        unreadable(first + 12, format!("its detail is no JSON: {cause}").into())
    })?;
    // What is missing is 0; what is larger than its place is not cut to another number.
    let number = |key: &str| detail.get(key).and_then(Json::as_i64).unwrap_or(0);
    let short = |key: &str| u16::try_from(number(key)).unwrap_or(u16::MAX);
    let long = |key: &str| u32::try_from(number(key)).unwrap_or(u32::MAX);
    let word =
        |key: &str| detail.get(key).and_then(Json::as_str).map(str::to_owned).unwrap_or_default();
    let unsigned =
        |index: usize| Ok::<u64, rusqlite::Error>(row.get::<_, i64>(first + index)? as u64);
    Ok(match kind.as_str() {
        "position" => Activity::Position {
            lesson: needed(4)?,
            place: Anchor {
                heading: word("heading"),
                ordinal: short("ordinal"),
                block: long("block"),
                hash: number("hash") as u64,
                word: long("word"),
                line: i16::try_from(number("line")).unwrap_or(0),
            },
            reached: short("reached"),
        },
        "prediction" => Activity::Prediction {
            lesson: word("lesson"),
            item: needed(4)?,
            version: unsigned(5)?,
            choice: single(&needed(8)?),
            correct: row.get(first + 9)?,
        },
        "session-started" => Activity::SessionStarted(SessionStart {
            session: needed(3)?,
            mode: word("mode"),
            seed: unsigned(6)?,
            items: serde_json::from_value(detail["items"].clone()).unwrap_or_default(),
            limit_ms: long("limit_ms"),
        }),
        "countdown" => standing(row, first, short("question"), long("left_ms"))?,
        "answer" => Activity::Answer(Answer {
            session: needed(3)?,
            question: short("question"),
            item: needed(4)?,
            version: unsigned(5)?,
            lesson: word("lesson"),
            seed: unsigned(6)?,
            shown: parse_numbers(&text(7)?.unwrap_or_default()),
            choice: parse_numbers(&text(8)?.unwrap_or_default()),
            correct: row.get(first + 9)?,
            certainty: row.get(first + 10)?,
            elapsed_ms: row.get(first + 11)?,
        }),
        "session-ended" => Activity::SessionEnded { session: needed(3)? },
        "bet" => bet(row, first)?,
        "repair" => {
            let changes = u8::try_from(number("changes")).unwrap_or(u8::MAX);
            Activity::Repair { incident: needed(4)?, version: unsigned(5)?, changes }
        }
        other => {
            let cause = format!("a record of the unknown kind {other}");
            return Err(unreadable(first + 1, cause.into()));
        }
    })
}

fn standing(
    row: &Row<'_>,
    first: usize,
    question: u16,
    left_ms: u32,
) -> rusqlite::Result<Activity> {
    let text = |index: usize| row.get::<_, Option<String>>(first + index);
    Ok(Activity::Countdown(Standing {
        session: row.get(first + 3)?,
        question,
        left_ms,
        item: text(4)?.unwrap_or_default(),
        version: row.get::<_, Option<i64>>(first + 5)?.unwrap_or(0) as u64,
        chosen: parse_numbers(&text(8)?.unwrap_or_default()),
    }))
}

fn bet(row: &Row<'_>, first: usize) -> rusqlite::Result<Activity> {
    Ok(Activity::Bet {
        item: row.get(first + 4)?,
        version: row.get::<_, i64>(first + 5)? as u64,
        seed: row.get::<_, i64>(first + 6)? as u64,
        choice: single(&row.get::<_, String>(first + 8)?),
        correct: row.get(first + 9)?,
    })
}

/// The one number of a choice.
fn single(text: &str) -> u8 {
    parse_numbers(text).first().copied().unwrap_or(0)
}

pub(super) fn unreadable(
    column: usize,
    cause: Box<dyn std::error::Error + Send + Sync + 'static>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Value::Null.data_type(), cause)
}

/// `[2, 0, 1]` as `2,0,1`.
fn numbers(list: &[u8]) -> String {
    list.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

/// `2,0,1` as `[2, 0, 1]`; the empty string is no number.
pub(super) fn parse_numbers(text: &str) -> Vec<u8> {
    text.split(',').filter_map(|number| number.parse().ok()).collect()
}
