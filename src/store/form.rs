//! The stored form of each value of the history. Files must stay readable for ever, so these forms
//! never change; a test pins every one.
//!
//! | value | column | form |
//! |---|---|---|
//! | scenario, lesson, item, lab and session id, event id | TEXT | unchanged |
//! | kind of record, mode of a set | TEXT | its stored name, even if it is unknown |
//! | version, seed, a block's hash | INTEGER | the same 64 bits, read as a signed number |
//! | time | TEXT | RFC 3339 with the learner's offset |
//! | day | TEXT | `2026-11-23` |
//! | the questions of a set | TEXT | JSON: `["q2","q7"]` |
//! | options | TEXT | the author's numbers with commas: `2,0,1`; empty: none |

use chrono::{DateTime, FixedOffset, NaiveDate};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use serde_json::Value as Json;

use crate::study::id::{
    ItemId, LabId, LessonId, MisconceptionId, ScenarioId, Seed, SessionId, Version,
};
use crate::study::mode::NamedMode;
use crate::study::record::Kind;
use crate::study::schedule::Delivery;

/// Identifies one event; unique across all files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventId(String);

impl From<String> for EventId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl EventId {
    /// The id as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Declares string ids.
macro_rules! text {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                String::column_result(value).map(Self::from)
            }
        }
    )*};
}

text!(ScenarioId, LessonId, ItemId, LabId, SessionId, MisconceptionId, EventId);

/// A 64-bit value. SQLite has only signed integers, so the upper half becomes negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bits(pub u64);

impl Bits {
    /// Converts to the stored signed integer.
    pub(super) fn stored(self) -> i64 {
        self.0 as i64
    }

    /// Converts from the stored signed integer.
    pub(super) fn of(stored: i64) -> Self {
        Self(stored as u64)
    }
}

impl ToSql for Bits {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.stored().into())
    }
}

impl FromSql for Bits {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self::of)
    }
}

impl ToSql for Kind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl ToSql for NamedMode {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.id().into())
    }
}

impl FromSql for NamedMode {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Self::from)
    }
}

/// Declares 64-bit integers.
macro_rules! bits {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(Bits(self.0).stored().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Bits::column_result(value).map(|bits| Self(bits.0))
            }
        }
    )*};
}

bits!(Version, Seed);

/// A wall time with the learner's offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub DateTime<FixedOffset>);

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_rfc3339().into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let time = DateTime::parse_from_rfc3339(text);
        time.map(Self).map_err(|cause| other(format!("the time {text} cannot be read: {cause}")))
    }
}

/// Whether a subject is asked: its name, and the right days since it was redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delivered(pub Delivery);

impl Delivered {
    /// The stored name.
    pub(super) fn name(self) -> &'static str {
        match self.0 {
            Delivery::Scheduled => "scheduled",
            Delivery::DeadLettered => "dead-lettered",
            Delivery::Redriven { .. } => "redriven",
        }
    }

    pub(super) fn right_days(self) -> u32 {
        match self.0 {
            Delivery::Redriven { right_days } => right_days,
            Delivery::Scheduled | Delivery::DeadLettered => 0,
        }
    }

    /// What is stored under that name. Under any other it is asked.
    pub(super) fn named(name: &str, right_days: u32) -> Delivery {
        match name {
            "dead-lettered" => Delivery::DeadLettered,
            "redriven" => Delivery::Redriven { right_days },
            _ => Delivery::Scheduled,
        }
    }
}

/// A day in the learner's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day(pub NaiveDate);

impl ToSql for Day {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl FromSql for Day {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let day = text.parse().map(Self);
        day.map_err(|cause| other(format!("the day {text} cannot be read: {cause}")))
    }
}

/// The author's numbers of some options, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options(pub Vec<u8>);

impl ToSql for Options {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let numbers: Vec<String> = self.0.iter().map(u8::to_string).collect();
        Ok(numbers.join(",").into())
    }
}

impl FromSql for Options {
    /// Skips anything that is not a number.
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Ok(Self(text.split(',').filter_map(|number| number.parse().ok()).collect()))
    }
}

/// The question ids of a set in the order asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Items(pub Vec<ItemId>);

impl Items {
    /// Encodes as JSON.
    pub(super) fn json(items: &[ItemId]) -> Json {
        items.iter().map(ItemId::as_str).collect()
    }

    /// Decodes from JSON.
    pub(super) fn of(json: Json) -> serde_json::Result<Self> {
        let items: Vec<String> = serde_json::from_value(json)?;
        Ok(Self(items.into_iter().map(ItemId::from).collect()))
    }
}

impl ToSql for Items {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(Self::json(&self.0).to_string().into())
    }
}

impl FromSql for Items {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let items = serde_json::from_str(value.as_str()?).and_then(Self::of);
        items.map_err(|cause| other(format!("its questions are no JSON: {cause}")))
    }
}

/// A value of the right type with content this program does not understand.
fn other(cause: String) -> FromSqlError {
    FromSqlError::Other(cause.into())
}

#[cfg(test)]
mod tests;
