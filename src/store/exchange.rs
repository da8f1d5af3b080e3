//! The history out and in: one JSON object a line for each record, as it is stored.
//!
//! An import is a union by event id. Records are ordered by their moments, which the machine that wrote them stamped, so
//! histories that are merged in any order come out the same, and one that is imported twice comes out as once.

use std::collections::BTreeMap;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, TransactionBehavior};
use serde_json::{Map, Value as Json, json};
use thiserror::Error;

use super::form::Day;
use super::projection;
use super::{OPEN_PATIENCE, PATIENCE, Store, StoreError, migration};
use crate::study::day::{Rollover, StudyDay};

/// First field of an export: what the file is, and its format.
const HEAD: &str = "redrive_history";

/// Columns of a record that an export has, all but its number here.
const COLUMNS: [&str; 16] = [
    "event_id",
    "scenario",
    "kind",
    "at",
    "day",
    "moment",
    "session",
    "item",
    "version",
    "seed",
    "shown",
    "choice",
    "correct",
    "certainty",
    "elapsed_ms",
    "detail",
];

/// Why a file cannot be imported. Nothing of it was.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error("line {line} is no record of a Redrive history: {cause}")]
    Line { line: usize, cause: String },
    #[error(
        "it was exported by a newer Redrive (format {found}, this program knows {known}): update \
         Redrive"
    )]
    Newer { found: i64, known: i64 },
    #[error("it is no export of a Redrive history: its first line does not say so")]
    Foreign,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an import brings, or would bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// New records by kind and study day.
    pub new: BTreeMap<(String, String), u32>,
    /// Records that are here already.
    pub known: u32,
}

impl Imported {
    /// Number of new records.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.new.values().sum()
    }
}

/// One record of an export, column by column.
#[derive(Debug)]
struct Line(Vec<Value>);

impl Store {
    /// Writes the head and then every record, one JSON object each, oldest first.
    pub fn export(&self, mut write: impl FnMut(String)) -> Result<(), StoreError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql = format!("SELECT {} FROM record ORDER BY seq", COLUMNS.join(", "));
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(Json::Object(object(row)?).to_string());
            }
            Ok(lines)
        };
        let lines = read().map_err(|cause| self.explain(&cause))?;
        write(json!({ HEAD: migration::ALL.len() }).to_string());
        lines.into_iter().for_each(write);
        Ok(())
    }

    /// Says what an import of this text would bring, and changes nothing.
    pub fn preview(&self, text: &str) -> Result<Imported, ImportError> {
        let lines = parse(text)?;
        let mut known = self.known_events().map_err(|cause| self.explain(&cause))?;
        let mut imported = Imported::default();
        for line in &lines {
            if known.insert(line.event().to_owned()) {
                *imported.new.entry((line.kind().to_owned(), line.day())).or_default() += 1;
            } else {
                imported.known += 1;
            }
        }
        Ok(imported)
    }

    /// Imports the records of this text that are not here, and rebuilds what is derived from them, in one
    /// transaction.
    pub fn import(&mut self, text: &str) -> Result<Imported, ImportError> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly { path: self.path.clone() }.into());
        }
        let imported = self.preview(text)?;
        let lines = parse(text)?;
        let merged = self.merge(&lines);
        let patient = self.connection.busy_timeout(PATIENCE);
        merged.and(patient).map_err(|cause| self.explain(&cause))?;
        Ok(imported)
    }

    fn known_events(&self) -> rusqlite::Result<std::collections::BTreeSet<String>> {
        let mut statement = self.connection.prepare("SELECT event_id FROM record")?;
        statement.query_map([], |row| row.get("event_id"))?.collect()
    }

    fn merge(&mut self, lines: &[Line]) -> rusqlite::Result<()> {
        self.connection.busy_timeout(OPEN_PATIENCE)?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = format!(
            "INSERT INTO record ({}) VALUES ({}) ON CONFLICT (event_id) DO NOTHING",
            COLUMNS.join(", "),
            COLUMNS.map(|column| format!(":{column}")).join(", ")
        );
        let mut insert = transaction.prepare(&sql)?;
        for line in lines {
            for (column, value) in COLUMNS.iter().zip(&line.0) {
                let index = insert.parameter_index(&format!(":{column}"))?.unwrap_or_default();
                insert.raw_bind_parameter(index, value)?;
            }
            insert.raw_execute()?;
        }
        drop(insert);
        order(&transaction)?;
        projection::rebuild(&transaction, &self.skipped, &*self.catalog)?;
        transaction.commit()
    }
}

/// Numbers all records by their moments.
fn order(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE ordered (seq INTEGER PRIMARY KEY, rank INTEGER NOT NULL) STRICT;
         INSERT INTO ordered (seq, rank)
             SELECT seq, row_number() OVER (ORDER BY moment, event_id) FROM record;
         UPDATE record SET seq = -(SELECT rank FROM ordered WHERE ordered.seq = record.seq);
         UPDATE record SET seq = -seq;
         DROP TABLE ordered;",
    )
}

/// A row as a JSON object without absent values; the detail is JSON already.
fn object(row: &Row<'_>) -> rusqlite::Result<Map<String, Json>> {
    let mut object = Map::new();
    for column in COLUMNS {
        let value = match row.get_ref(column)? {
            ValueRef::Null | ValueRef::Blob(_) => continue,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => {
                let text = String::from_utf8_lossy(text).into_owned();
                match column {
                    "detail" => serde_json::from_str(&text).unwrap_or(Json::String(text)),
                    _ => Json::String(text),
                }
            }
        };
        object.insert(column.to_owned(), value);
    }
    Ok(object)
}

/// Reads an export. Every line is checked before any is used.
fn parse(text: &str) -> Result<Vec<Line>, ImportError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let head = lines.next().and_then(|(_, line)| serde_json::from_str::<Json>(line).ok());
    let found = head.and_then(|head| head.get(HEAD).and_then(Json::as_i64));
    let found = found.ok_or(ImportError::Foreign)?;
    let known = migration::ALL.len() as i64;
    if found > known {
        return Err(ImportError::Newer { found, known });
    }
    lines
        .map(|(index, line)| {
            Line::parse(line).map_err(|cause| ImportError::Line { line: index + 1, cause })
        })
        .collect()
}

impl Line {
    fn parse(line: &str) -> Result<Self, String> {
        let json: Json = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
        let Json::Object(object) = json else { return Err("it is no JSON object".to_owned()) };
        if let Some(unknown) = object.keys().find(|key| !COLUMNS.contains(&key.as_str())) {
            return Err(format!("it has a field {unknown} that no record has"));
        }
        let values: Result<Vec<Value>, String> =
            COLUMNS.iter().map(|column| value(column, object.get(*column))).collect();
        Ok(Self(values?))
    }

    fn text(&self, column: &str) -> &str {
        let index = COLUMNS.iter().position(|known| *known == column);
        match index.and_then(|index| self.0.get(index)) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    fn event(&self) -> &str {
        self.text("event_id")
    }

    fn kind(&self) -> &str {
        self.text("kind")
    }

    /// Its study day; that of old records is the one of their time.
    fn day(&self) -> String {
        let stamped = self.text("day");
        if !stamped.is_empty() {
            return stamped.to_owned();
        }
        let at = chrono::DateTime::parse_from_rfc3339(self.text("at"));
        at.map_or_else(|_| String::new(), |at| StudyDay::of(at, Rollover::default()).0.to_string())
    }
}

/// The value of a column, of the type that the column has.
fn value(column: &str, json: Option<&Json>) -> Result<Value, String> {
    let is_required = matches!(column, "event_id" | "scenario" | "kind" | "at" | "moment");
    match (column, json) {
        ("detail", None) => Ok(Value::Text("{}".to_owned())),
        ("detail", Some(Json::Object(detail))) => {
            Ok(Value::Text(Json::Object(detail.clone()).to_string()))
        }
        (_, None | Some(Json::Null)) if is_required => Err(format!("it has no {column}")),
        (_, None | Some(Json::Null)) => Ok(Value::Null),
        (
            "moment" | "version" | "seed" | "correct" | "certainty" | "elapsed_ms",
            Some(Json::Number(number)),
        ) => {
            let number = number.as_i64().ok_or_else(|| format!("its {column} is out of range"))?;
            Ok(Value::Integer(number))
        }
        ("at", Some(Json::String(text))) => {
            let time = chrono::DateTime::parse_from_rfc3339(text);
            time.map_err(|_| format!("its time {text} cannot be read"))?;
            Ok(Value::Text(text.clone()))
        }
        ("day", Some(Json::String(text))) => {
            let day: Result<chrono::NaiveDate, _> = text.parse();
            let day = day.map_err(|_| format!("its day {text} cannot be read"))?;
            Ok(Value::Text(Day(day).0.to_string()))
        }
        (
            "event_id" | "scenario" | "kind" | "session" | "item" | "shown" | "choice",
            Some(Json::String(text)),
        ) => Ok(Value::Text(text.clone())),
        (_, Some(_)) => Err(format!("its {column} is of another type")),
    }
}

#[cfg(test)]
mod tests;
