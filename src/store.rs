//! The study history on disk: one SQLite file of append-only records, and projections of them
//! updated in the same transaction.
//!
//! Every append is durable when it returns: work (answers, predictions, sessions) reaches the disk
//! (`synchronous = FULL`), and movements survive a killed process (`NORMAL`). A file that is newer
//! than this program, damaged, or not Redrive's is rejected and left untouched.

pub mod columns;
pub mod exchange;
mod file;
pub mod form;
pub mod history;
mod learning;
mod lease;
pub mod migration;
mod open;
pub mod progress;
pub mod projection;
mod restore;
mod unreadable;
pub mod unwritten;

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use thiserror::Error;

use crate::study::evidence::{Catalog, Evidence};
use crate::study::id::{ItemId, ScenarioId, Version};
use crate::study::record::{Activity, Record};

use form::EventId;
use migration::Migration;
use projection::Rebuilt;

/// File name in the data directory.
pub const FILE_NAME: &str = "redrive.db";

/// How long to wait for another instance's lock while opening or rebuilding the file.
const OPEN_PATIENCE: Duration = Duration::from_secs(3);
/// How long the screen waits for that lock. `unwritten` retries whatever was not written by then.
const PATIENCE: Duration = Duration::from_millis(100);

/// Why the history cannot be used. Each variant prints as a sentence that says what to do.
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
    #[error(
        "The study history {path} is read-only and cannot be rebuilt: copy it to a place that can \
         be written, and name that with --data-dir."
    )]
    ReadOnly { path: PathBuf },
    #[error(
        "Where the study history {path} was there is another file now. It was left as it is: put \
         the history back, or leave and start again with what is there."
    )]
    Replaced { path: PathBuf },
}

/// Absolute path of the history in a directory. SQLite would take a name that begins with `file:`
/// for a URI and open something else.
fn file_in(directory: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(directory.join(FILE_NAME)).map_err(|cause| StoreError::Directory {
        path: directory.to_owned(),
        cause: cause.to_string(),
    })
}

/// No course: records from before evidence was stamped say nothing of concepts and misconceptions.
#[derive(Debug, Clone, Copy)]
struct NoCourse;

impl Catalog for NoCourse {
    fn evidence(&self, _: &ScenarioId, _: &ItemId, _: Version, _: &[u8]) -> Option<Evidence> {
        None
    }
}

/// An open history.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    /// Identity of the open file; another file may take over its name.
    identity: Option<file::Identity>,
    /// Identity of the open write-ahead log.
    log: Option<file::Identity>,
    /// Prefix of every event id made here: the database's id, and a token unique to this opening of
    /// it.
    writer: String,
    /// Number of event ids issued so far.
    named: u64,
    is_read_only: bool,
    /// This window's set.
    lease: Option<lease::Lease>,
    /// Sentences about the rows that could not be read.
    skipped: unreadable::Skipped,
    /// What the items of old records are about.
    catalog: Rc<dyn Catalog>,
    /// Whether changes of the projections leave how to take them back.
    is_watched: bool,
}

impl Store {
    /// Opens the history in `directory`, creating or upgrading it as needed, without a course.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_with(directory, Rc::new(NoCourse))
    }

    /// Opens the history in `directory`, creating or upgrading it as needed. The catalog says what the answers of
    /// old records are about.
    pub fn open_with(directory: &Path, catalog: Rc<dyn Catalog>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(|cause| StoreError::Directory {
            path: directory.to_owned(),
            cause: cause.to_string(),
        })?;
        Self::open_file(&file_in(directory)?, migration::ALL, catalog)
    }

    /// Opens the history in `directory` if there is one, for verbs that only report.
    pub fn open_existing(
        directory: &Path,
        catalog: Rc<dyn Catalog>,
    ) -> Result<Option<Self>, StoreError> {
        let path = file_in(directory)?;
        // An inaccessible directory may well hold a history.
        let is_there = path
            .try_exists()
            .map_err(|cause| StoreError::Open { path: path.clone(), cause: cause.to_string() })?;
        if is_there { Self::open_file(&path, migration::ALL, catalog).map(Some) } else { Ok(None) }
    }

    /// Opens one file with the given migrations.
    fn open_file(
        path: &Path,
        migrations: &[Migration],
        catalog: Rc<dyn Catalog>,
    ) -> Result<Self, StoreError> {
        file::refuse_others(path)?;
        if file::is_sealed(path) {
            return Self::open_sealed(path, migrations, catalog);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)
            .map_err(|cause| StoreError::Open { path: path.to_owned(), cause: describe(&cause) })?;
        let skipped = unreadable::Skipped::default();
        let prepared =
            connection.busy_timeout(OPEN_PATIENCE).map_err(|cause| explain(path, &cause)).and_then(
                |()| migration::migrate(&mut connection, path, migrations, &skipped, &*catalog),
            );
        if let Err(refused) = prepared {
            // Leave even an unfinished write-ahead log as it was.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            return Err(refused);
        }
        Ok(Self { skipped, ..Self::of(connection, path, catalog)? })
    }

    /// Opens a file where neither it nor its directory is writable: reads it as it is, without a
    /// lock.
    fn open_sealed(
        path: &Path,
        migrations: &[Migration],
        catalog: Rc<dyn Catalog>,
    ) -> Result<Self, StoreError> {
        if file::has_log(path) {
            return Err(StoreError::Open {
                path: path.to_owned(),
                cause:
                    "it is read-only, and its last records are still in the log beside it: copy \
                        both to a place that can be written, and name that with --data-dir"
                        .to_owned(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file::address(path), flags)
            .map_err(|cause| StoreError::Open { path: path.to_owned(), cause: describe(&cause) })?;
        migration::accept(&connection, path, migrations)?;
        Self::of(connection, path, catalog)
    }

    fn of(
        connection: Connection,
        path: &Path,
        catalog: Rc<dyn Catalog>,
    ) -> Result<Self, StoreError> {
        let sql = "SELECT id || '-' || lower(hex(randomblob(6))) AS writer FROM database";
        let read = || -> rusqlite::Result<(String, bool)> {
            connection.busy_timeout(PATIENCE)?;
            let writer = connection.query_row(sql, [], |row| row.get("writer"))?;
            Ok((writer, connection.is_readonly(rusqlite::MAIN_DB)?))
        };
        let (writer, is_read_only) = read().map_err(|cause| explain(path, &cause))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            identity: file::identity(path),
            log: file::identity(&file::log(path)),
            writer,
            named: 0,
            is_read_only,
            lease: None,
            skipped: unreadable::Skipped::default(),
            catalog,
            is_watched: false,
        })
    }

    /// Path of the database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is read-only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Issues an event id that is unique across all files.
    pub fn name_event(&mut self) -> EventId {
        self.named += 1;
        format!("{}-{}", self.writer, self.named).into()
    }

    /// Appends a record and updates the projections; durable when it returns.
    pub fn append(&mut self, record: &Record) -> Result<(), StoreError> {
        let event = self.name_event();
        self.append_as(&event, record, PATIENCE)
    }

    /// Appends a record under its event id. Appending the same event twice writes it once, so a
    /// caller that does not know whether a write succeeded can retry.
    pub fn append_as(
        &mut self,
        event: &EventId,
        record: &Record,
        patience: Duration,
    ) -> Result<(), StoreError> {
        self.stand_on_the_file()?;
        let appended = self.append_with(event, record, patience);
        let patient = self.connection.busy_timeout(PATIENCE);
        appended.and(patient).map_err(|cause| self.explain(&cause))
    }

    fn append_with(
        &mut self,
        event: &EventId,
        record: &Record,
        patience: Duration,
    ) -> rusqlite::Result<()> {
        self.connection.busy_timeout(patience)?;
        let synchronous = if record.activity.is_work() { "FULL" } else { "NORMAL" };
        self.connection.pragma_update(None, "synchronous", synchronous)?;
        // Movements leave nothing to take back, and are all that a reader writes.
        if !self.is_watched && !matches!(record.activity, Activity::Position { .. }) {
            restore::watch(&self.connection, &projection::TABLES.map(|table| table.name))?;
            self.is_watched = true;
        }
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(seq) = columns::insert(&transaction, event, record)? {
            projection::append(&transaction, seq, record, &*self.catalog)?;
        }
        transaction.commit()
    }

    /// Empties the projections and rebuilds them from the records, in one transaction.
    pub fn rebuild(&mut self) -> Result<Rebuilt, StoreError> {
        if self.is_read_only {
            return Err(StoreError::ReadOnly { path: self.path.clone() });
        }
        let rebuilt = self.rebuild_whole();
        let patient = self.connection.busy_timeout(PATIENCE);
        rebuilt.and_then(|made| patient.map(|()| made)).map_err(|cause| self.explain(&cause))
    }

    fn rebuild_whole(&mut self) -> rusqlite::Result<Rebuilt> {
        self.connection.busy_timeout(OPEN_PATIENCE)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let rebuilt = projection::rebuild(&transaction, &self.skipped, &*self.catalog)?;
        transaction.commit()?;
        Ok(rebuilt)
    }

    /// Turns a SQLite error into a sentence about this file.
    fn explain(&self, cause: &rusqlite::Error) -> StoreError {
        explain(&self.path, cause)
    }
}

/// Turns a SQLite error into a sentence about the file at `path`.
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

/// Returns SQLite's own message, without the library's prefix and error numbers. Only the first
/// line: the rest quotes whole statements.
fn describe(cause: &rusqlite::Error) -> String {
    let words = match cause {
        rusqlite::Error::SqliteFailure(failure, None) => failure.to_string(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    unreadable::visible(words.lines().next().unwrap_or_default(), 100)
}

#[cfg(test)]
mod tests;
