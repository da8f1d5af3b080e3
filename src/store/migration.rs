//! Brings a file to the current format with numbered, append-only SQL migrations. Each runs in one
//! transaction together with its number in `user_version`, the format of the file. A new kind of
//! record is a new format.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::unreadable::Skipped;
use super::{StoreError, explain, projection};
use crate::study::evidence::Catalog;
use crate::study::record::Kind;

/// One migration. It never changes once shipped: a test pins each.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Changes to the tables.
    pub sql: &'static str,
    /// The kinds of record that a file may hold from here on. An older program rejects such a file,
    /// so it never meets an unknown kind in a file it writes to.
    pub kinds: &'static [Kind],
    /// Whether to rebuild the projections afterwards. This saves the migration from repeating in
    /// SQL what `projection` does.
    pub rebuilds: bool,
}

/// All migrations; the first goes from version 0 to 1. A test compares this with `migrations/`.
pub const ALL: &[Migration] = &[
    Migration {
        sql: include_str!("../../migrations/0001-records.sql"),
        kinds: &[
            Kind::Position,
            Kind::Prediction,
            Kind::SessionStarted,
            Kind::Countdown,
            Kind::Answer,
            Kind::SessionEnded,
        ],
        rebuilds: false,
    },
    Migration {
        sql: include_str!("../../migrations/0002-bets.sql"),
        kinds: &[Kind::Bet, Kind::Repair],
        rebuilds: false,
    },
    Migration { sql: include_str!("../../migrations/0003-lines.sql"), kinds: &[], rebuilds: false },
    Migration { sql: include_str!("../../migrations/0004-known.sql"), kinds: &[], rebuilds: false },
    Migration {
        sql: include_str!("../../migrations/0005-memory.sql"),
        kinds: &[
            Kind::Undone,
            Kind::Suspended,
            Kind::Buried,
            Kind::Redriven,
            Kind::Planned,
            Kind::Reported,
            Kind::Begun,
            Kind::Passed,
            Kind::Slept,
            Kind::SetBack,
            Kind::Selected,
            Kind::Struck,
            Kind::Flagged,
            Kind::Rated,
            Kind::Moved,
            Kind::Explained,
            Kind::Paused,
            Kind::Resumed,
            Kind::TimeUp,
            Kind::Gone,
            Kind::Edited,
            Kind::Submitted,
            Kind::Reviewed,
            Kind::GivenUp,
        ],
        rebuilds: true,
    },
];

/// `PRAGMA application_id` of a Redrive history: 'RDRV'.
const APPLICATION_ID: i64 = 0x5244_5256;

/// Reads the file's format.
const USER_VERSION: &str = "SELECT user_version AS value FROM pragma_user_version";

/// Rejects a foreign or newer file, backs up an older one, and applies the missing migrations. Rows
/// that a rebuild could not read are added to `skipped`.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
    skipped: &Skipped,
    catalog: &dyn Catalog,
) -> Result<(), StoreError> {
    let known = migrations.len() as i64;
    let found = version(connection, path, known)?;
    if found == 0 {
        refuse_strangers(connection, path)?;
    }
    set_up(connection).map_err(|cause| explain(path, &cause))?;
    if found == known {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, path, found)?;
    }
    apply(connection, migrations, skipped, catalog).map_err(|cause| explain(path, &cause))
}

/// Accepts a read-only file if it needs no migration.
pub(super) fn accept(
    connection: &Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let known = migrations.len() as i64;
    let found = version(connection, path, known)?;
    if found == known {
        return Ok(());
    }
    Err(StoreError::Open {
        path: path.to_owned(),
        cause: format!(
            "it has the older format {found} and is read-only, so it cannot be brought to format \
             {known}: copy it to a place that can be written, and name that with --data-dir"
        ),
    })
}

/// The file's format, if this program may touch it.
fn version(connection: &Connection, path: &Path, known: i64) -> Result<i64, StoreError> {
    let found = read(connection, path, USER_VERSION)?;
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    if found < 0 {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            cause: format!("its format is {found}, which no Redrive writes"),
        });
    }
    if found != 0
        && read(connection, path, "SELECT application_id AS value FROM pragma_application_id")?
            != APPLICATION_ID
    {
        return Err(stranger(path));
    }
    Ok(found)
}

/// Runs a statement and returns the number in its `value` column.
fn read(connection: &Connection, path: &Path, sql: &str) -> Result<i64, StoreError> {
    connection.query_row(sql, [], |row| row.get("value")).map_err(|cause| explain(path, &cause))
}

/// Rejects a file without a version unless it is empty.
fn refuse_strangers(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if read(connection, path, "SELECT count(*) AS value FROM sqlite_schema")? > 0 {
        return Err(stranger(path));
    }
    Ok(())
}

fn stranger(path: &Path) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        cause: "it is an SQLite file of another program".to_owned(),
    }
}

/// Sets the connection's pragmas, which must run outside transactions.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Backs up the file beside itself, under a name that includes its format.
fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let backup = backup_path(path, version);
    if backup.exists() {
        // An earlier upgrade was interrupted after the backup. That copy is complete, or it would
        // not have its name, and it is the older one.
        return Ok(());
    }
    let unfinished = backup.with_extension("unfinished");
    let refuse = |cause: String| StoreError::Open {
        path: path.to_owned(),
        cause: format!("no backup could be made before upgrading it ({cause})"),
    };
    let _ = std::fs::remove_file(&unfinished);
    connection
        .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
        .map_err(|cause| refuse(cause.to_string()))?;
    std::fs::rename(&unfinished, &backup).map_err(|cause| refuse(cause.to_string()))
}

/// Path of the backup: `redrive.db` of format 1 becomes `redrive.db.v1.backup`.
pub(super) fn backup_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".v{version}.backup"));
    path.with_file_name(name)
}

/// Applies the missing migrations, and rebuilds the projections if one asks for it, all in one
/// transaction. Reads the version again inside it, because another instance may have upgraded the
/// file in the meantime.
fn apply(
    connection: &mut Connection,
    migrations: &[Migration],
    skipped: &Skipped,
    catalog: &dyn Catalog,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row(USER_VERSION, [], |row| row.get("value"))?;
    let missing = migrations.iter().enumerate().skip(found.max(0) as usize);
    let mut rebuilds = false;
    for (index, migration) in missing {
        transaction.execute_batch(migration.sql)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        rebuilds |= migration.rebuilds;
    }
    if rebuilds {
        // Once, at the end: the rebuild needs the tables as this program knows them.
        projection::rebuild(&transaction, skipped, catalog)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests;
