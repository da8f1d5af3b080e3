//! Rows that cannot be read: skipped and reported, so that one of them never hides the others.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rusqlite::{Error, Rows};

use super::Store;

/// Maximum number of characters to quote from a row.
const MOST: usize = 60;

/// Sentences about rows, without duplicates.
#[derive(Debug, Default)]
pub(super) struct Skipped(RefCell<BTreeSet<String>>);

impl Skipped {
    /// Reports a row whose content cannot be read, and passes on every other error.
    pub(super) fn skip<T>(
        &self,
        row: &str,
        read: rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(cause) if is_content(&cause) => {
                self.0.borrow_mut().insert(format!("{row} ({})", told(&cause)));
                Ok(None)
            }
            Err(cause) => Err(cause),
        }
    }
}

impl Store {
    /// Returns one sentence about the rows skipped since the last call; `None` if there were none.
    pub fn take_skipped(&self) -> Option<String> {
        let skipped = std::mem::take(&mut *self.skipped.0.borrow_mut());
        let first = skipped.first()?;
        let path = self.path.display();
        Some(match skipped.len() {
            1 => format!("One row of the study history {path} was skipped: {first}."),
            many => format!(
                "{many} rows of the study history {path} were skipped: {first}, and {} more.",
                many - 1
            ),
        })
    }

    /// Reports a row whose content cannot be read, and passes on every other error.
    pub(super) fn skip<T>(
        &self,
        row: &str,
        read: rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.skipped.skip(row, read)
    }

    /// Returns all readable rows, in order. A report names a row by its table's content and its
    /// key.
    pub(super) fn readable<T>(
        &self,
        (table, key): (&str, &str),
        mut rows: Rows<'_>,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let result = read(row);
            let name = || match row.get::<_, rusqlite::types::Value>(key) {
                Ok(rusqlite::types::Value::Text(text)) => {
                    format!("{table} {}", visible(&text, MOST))
                }
                Ok(rusqlite::types::Value::Integer(number)) => format!("{table} {number}"),
                _ => format!("{table} without a name"),
            };
            let named = if result.is_err() { name() } else { String::new() };
            all.extend(self.skip(&named, result)?);
        }
        Ok(all)
    }
}

/// Whether the error is about this row's content rather than the file.
fn is_content(cause: &Error) -> bool {
    matches!(
        cause,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
    )
}

fn told(cause: &Error) -> String {
    match cause {
        Error::FromSqlConversionFailure(_, _, cause) => visible(&cause.to_string(), MOST),
        Error::InvalidColumnType(_, column, kind) => {
            format!("{column} is {}", kind.to_string().to_lowercase())
        }
        Error::IntegralValueOutOfRange(_, number) => format!("{number} is out of range"),
        other => visible(&other.to_string(), MOST),
    }
}

/// Quotes file content, which may be anything, in a sentence: short and without control characters.
pub(super) fn visible(text: &str, most: usize) -> String {
    let shown = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut shown: String = shown.take(most).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}
