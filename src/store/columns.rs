//! How a record stands in its row, and comes back from it. The stored forms are pinned by tests:
//! they must be read for ever.

use chrono::{DateTime, FixedOffset};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, named_params};
use serde_json::{Value as Json, json};

use crate::study::reading::Anchor;
use crate::study::record::{Activity, Answer, Record, SessionStart, Standing};

/// The columns that a record is read back from, by these names.
pub const READ: &str = "seq, scenario, kind, at, session, item, version, seed, shown, choice, correct, \
     certainty, elapsed_ms, detail";

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
            ":at": record.at.to_rfc3339(),
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

/// A record from a row that has the columns of [`READ`].
pub fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record { scenario: row.get("scenario")?, at: time(row, "at")?, activity: activity(row)? })
}

/// A time from its column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<DateTime<FixedOffset>> {
    parse_time(&row.get::<_, String>(column)?)
}

/// A time that may not have come yet.
pub(super) fn optional_time(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<DateTime<FixedOffset>>> {
    row.get::<_, Option<String>>(column)?.map(|text| parse_time(&text)).transpose()
}

fn parse_time(text: &str) -> rusqlite::Result<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text)
        .map_err(|cause| unreadable(format!("the time {text} cannot be read: {cause}")))
}

/// What was done. Only the columns that this kind fills are read.
pub fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let kind: String = row.get("kind")?;
    let detail = Detail::of(row)?;
    Ok(match kind.as_str() {
        "position" => position(row, &detail)?,
        "prediction" => Activity::Prediction {
            lesson: detail.word("lesson"),
            item: row.get("item")?,
            version: unsigned(row, "version")?,
            choice: single(row)?,
            correct: row.get("correct")?,
        },
        "session-started" => Activity::SessionStarted(SessionStart {
            session: row.get("session")?,
            mode: detail.word("mode"),
            seed: unsigned(row, "seed")?,
            items: detail.words("items"),
            limit_ms: detail.long("limit_ms"),
        }),
        "countdown" => standing(row, &detail)?,
        "answer" => answer(row, &detail)?,
        "session-ended" => Activity::SessionEnded { session: row.get("session")? },
        "bet" => Activity::Bet {
            item: row.get("item")?,
            version: unsigned(row, "version")?,
            seed: unsigned(row, "seed")?,
            choice: single(row)?,
            correct: row.get("correct")?,
        },
        "repair" => Activity::Repair {
            incident: row.get("item")?,
            version: unsigned(row, "version")?,
            changes: detail.byte("changes"),
        },
        other => return Err(unreadable(format!("a record of the unknown kind {other}"))),
    })
}

fn position(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    let place = Anchor {
        heading: detail.word("heading"),
        ordinal: detail.short("ordinal"),
        block: detail.long("block"),
        hash: detail.number("hash") as u64,
        word: detail.long("word"),
        line: i16::try_from(detail.number("line")).unwrap_or(0),
    };
    Ok(Activity::Position { lesson: row.get("item")?, place, reached: detail.short("reached") })
}

/// Item, version and choice are absent from countdowns that were stored before the choice was.
fn standing(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Countdown(Standing {
        session: row.get("session")?,
        question: detail.short("question"),
        left_ms: detail.long("left_ms"),
        item: row.get::<_, Option<String>>("item")?.unwrap_or_default(),
        version: row.get::<_, Option<i64>>("version")?.unwrap_or(0) as u64,
        chosen: options(row, "choice")?,
    }))
}

fn answer(row: &Row<'_>, detail: &Detail) -> rusqlite::Result<Activity> {
    Ok(Activity::Answer(Answer {
        session: row.get("session")?,
        question: detail.short("question"),
        item: row.get("item")?,
        version: unsigned(row, "version")?,
        lesson: detail.word("lesson"),
        seed: unsigned(row, "seed")?,
        shown: options(row, "shown")?,
        choice: options(row, "choice")?,
        correct: row.get("correct")?,
        certainty: row.get("certainty")?,
        elapsed_ms: row.get("elapsed_ms")?,
    }))
}

/// The JSON of a row: what only its kind has. What is missing there is 0 or empty; what is larger
/// than its place is not cut to another number.
struct Detail(Json);

impl Detail {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text: String = row.get("detail")?;
        let read = serde_json::from_str(&text).map(Self);
        read.map_err(|cause| unreadable(format!("its detail is no JSON: {cause}")))
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

    fn words(&self, key: &str) -> Vec<String> {
        serde_json::from_value(self.0[key].clone()).unwrap_or_default()
    }
}

/// A number of 64 bits without a sign, which SQLite keeps as one with a sign.
pub(super) fn unsigned(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)? as u64)
}

/// The one option of a choice.
fn single(row: &Row<'_>) -> rusqlite::Result<u8> {
    let text: String = row.get("choice")?;
    Ok(parse_numbers(&text).first().copied().unwrap_or(0))
}

/// A list of options, which may be absent.
fn options(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<u8>> {
    Ok(parse_numbers(&row.get::<_, Option<String>>(column)?.unwrap_or_default()))
}

/// The value of a column says nothing that this program understands.
pub(super) fn unreadable(cause: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Value::Null.data_type(), cause.into())
}

/// `[2, 0, 1]` as `2,0,1`.
fn numbers(list: &[u8]) -> String {
    list.iter().map(u8::to_string).collect::<Vec<_>>().join(",")
}

/// `2,0,1` as `[2, 0, 1]`; the empty string is no number.
fn parse_numbers(text: &str) -> Vec<u8> {
    text.split(',').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
