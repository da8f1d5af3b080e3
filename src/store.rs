//! The study history on disk: one SQLite file of append-only records, and projections of them
//! that are kept up to date in the same transaction.
//!
//! Every append is durable when it returns: work (answers, predictions, sessions) reaches the disk
//! (`synchronous = FULL`), movements survive a killed process (`NORMAL`). A file that is newer than
//! this program, damaged, or not Redrive's is refused and left as it is.

pub mod columns;
pub mod history;
pub mod migration;
pub mod progress;
pub mod projection;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use thiserror::Error;

use crate::study::record::Record;

/// The file's name in the data directory.
pub const FILE_NAME: &str = "redrive.db";

/// How long another instance may hold the file before a write gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the history cannot be used. Each is a sentence that says what to do.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error(
        "The study history {path} was written by a newer Redrive (format {found}, this program \
         knows {known}). It was left as it is: update Redrive, or choose another directory with \
         --data-dir."
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "The study history {path} is damaged or is not a Redrive history ({cause}). It was left \
         as it is: move it away or restore a backup, then start again."
    )]
    Damaged { path: PathBuf, cause: String },
    #[error("The directory {path} for the study history cannot be made: {cause}.")]
    Directory { path: PathBuf, cause: String },
    #[error("The study history {path} cannot be opened: {cause}.")]
    Open { path: PathBuf, cause: String },
    #[error("Another program holds the study history {path}: {cause}. Close it and try again.")]
    Busy { path: PathBuf, cause: String },
    #[error("The study history {path} cannot be read or written: {cause}.")]
    Access { path: PathBuf, cause: String },
}

/// The history's file in a directory, from the root: to SQLite a name that begins with `file:` would
/// be an address, and lead elsewhere.
fn file_in(directory: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(directory.join(FILE_NAME)).map_err(|cause| StoreError::Directory {
        path: directory.to_owned(),
        cause: cause.to_string(),
    })
}

/// The open history.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the history in `directory`, making or upgrading it as needed.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(|cause| StoreError::Directory {
            path: directory.to_owned(),
            cause: cause.to_string(),
        })?;
        Self::open_file(&file_in(directory)?, migration::ALL)
    }

    /// Opens the history in `directory` if there is one: for verbs that only report.
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, StoreError> {
        let path = file_in(directory)?;
        // A directory that cannot be looked into may well hold a history.
        let is_there = path
            .try_exists()
            .map_err(|cause| StoreError::Open { path: path.clone(), cause: cause.to_string() })?;
        if is_there { Self::open_file(&path, migration::ALL).map(Some) } else { Ok(None) }
    }

    /// Opens one file with the given migrations.
    fn open_file(path: &Path, migrations: &[&str]) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|cause| StoreError::Open { path: path.to_owned(), cause: describe(&cause) })?;
        let mut store = Self { connection, path: path.to_owned() };
        let prepared = store
            .connection
            .busy_timeout(BUSY_TIMEOUT)
            .map_err(|cause| store.explain(&cause))
            .and_then(|()| migration::migrate(&mut store.connection, path, migrations));
        if let Err(refused) = prepared {
            // Leave even an unfinished write-ahead log as it was found.
            let _ =
                store.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            return Err(refused);
        }
        Ok(store)
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a record and brings the projections up to date; durable when it returns.
    pub fn append(&mut self, record: &Record) -> Result<(), StoreError> {
        let full = record.deed.is_work();
        let appended = self.append_with(record, full);
        appended.map_err(|cause| self.explain(&cause))
    }

    fn append_with(&mut self, record: &Record, full: bool) -> rusqlite::Result<()> {
        if full {
            self.connection.pragma_update(None, "synchronous", "FULL")?;
        }
        let written = (|| {
            let transaction =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let seq = columns::insert(&transaction, record)?;
            projection::apply(&transaction, seq, record)?;
            transaction.commit()
        })();
        if full {
            self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        }
        written
    }

    /// Empties the projections and makes them anew from the records.
    pub fn rebuild(&mut self) -> Result<(), StoreError> {
        let rebuilt = projection::rebuild(&mut self.connection);
        rebuilt.map_err(|cause| self.explain(&cause))
    }

    /// A SQLite error as a sentence about this file.
    fn explain(&self, cause: &rusqlite::Error) -> StoreError {
        explain(&self.path, cause)
    }
}

/// A SQLite error as a sentence about the file at `path`.
fn explain(path: &Path, cause: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let text = describe(cause);
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            StoreError::Damaged { path, cause: text }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Busy { path, cause: text }
        }
        _ => StoreError::Access { path, cause: text },
    }
}

/// SQLite's own words, without the library's prefix and error numbers.
fn describe(cause: &rusqlite::Error) -> String {
    match cause {
        rusqlite::Error::SqliteFailure(failure, None) => failure.to_string(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
