//! The file under the connection. SQLite keeps writing to a deleted file, and those records would
//! be lost. So before every write the path is checked: a deleted history is restored from the open
//! connection, and a replaced one is left alone.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;

use super::{Store, StoreError, migration};

/// Magic bytes of a SQLite file, and the length of its header.
const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER: u64 = 100;

/// Distinguishes a file from another of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// Identity of the file at `path`; `None` if there is none or the system cannot tell.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| Identity(found.dev(), found.ino()))
}

/// Identity of an open file.
#[cfg(unix)]
pub(super) fn identity_of(file: &std::fs::File) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|found| Identity(found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity_of(_: &std::fs::File) -> Option<Identity> {
    None
}

/// On other systems an open file cannot be deleted.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<Identity> {
    None
}

/// Whether the file exists, is readable and is not writable.
pub(super) fn is_sealed(path: &Path) -> bool {
    match std::fs::OpenOptions::new().write(true).open(path) {
        Ok(_) => false,
        Err(cause) => {
            matches!(cause.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
                && std::fs::File::open(path).is_ok()
        }
    }
}

/// Path of a companion file, such as `redrive.db-wal` beside `redrive.db`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// Path of the write-ahead log.
pub(super) fn log(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// Rejects a file whose first bytes are not those of a database. With a log beside the file, SQLite
/// would not check them and would write the log over somebody's letter.
pub(super) fn refuse_others(path: &Path) -> Result<(), StoreError> {
    use std::io::Read;
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    let Some(mut file) = is_file.then(|| std::fs::File::open(path).ok()).flatten() else {
        // Let SQLite report the error.
        return Ok(());
    };
    let mut head = Vec::new();
    let refuse = |cause: String| StoreError::Damaged { path: path.to_owned(), cause };
    file.by_ref().take(HEADER).read_to_end(&mut head).map_err(|cause| refuse(cause.to_string()))?;
    match head.len() as u64 {
        // Its creation was interrupted.
        0 => Ok(()),
        // With a log beside it, SQLite may have been killed while it wrote the last page, which the log has.
        HEADER if head.starts_with(MAGIC) && has_log(path) => Ok(()),
        HEADER if head.starts_with(MAGIC) => match last_page(&head, &file) {
            Some(cut) => Err(refuse(format!("of its last page only {cut} bytes are there"))),
            None => Ok(()),
        },
        HEADER => Err(refuse("file is not a database".to_owned())),
        length => Err(refuse(format!("of its first page only {length} bytes are there"))),
    }
}

/// Bytes of the last page, if it is not whole. SQLite would read it as if zeros followed.
fn last_page(head: &[u8], file: &std::fs::File) -> Option<u64> {
    let size = u64::from(u16::from_be_bytes([*head.get(16)?, *head.get(17)?]));
    // 65,536 does not fit in two bytes and is written as 1.
    let size = if size == 1 { 65_536 } else { size };
    let cut = file.metadata().ok()?.len().checked_rem(size)?;
    (cut > 0).then_some(cut)
}

/// Whether the write-ahead log may hold records that are not in the file yet.
pub(super) fn has_log(path: &Path) -> bool {
    std::fs::metadata(log(path)).is_ok_and(|log| log.len() > 0)
}

/// URI under which SQLite opens the file as immutable.
pub(super) fn address(path: &Path) -> String {
    use std::fmt::Write;
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte) {
            address.push(char::from(*byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address.push_str("?immutable=1");
    address
}

impl Store {
    /// Makes sure that writes reach the file at the history's path.
    pub(super) fn stand_on_the_file(&mut self) -> Result<(), StoreError> {
        if self.identity.is_none() || self.identity == identity(&self.path) {
            return Ok(());
        }
        let there = std::fs::symlink_metadata(&self.path);
        if there.is_err_and(|cause| cause.kind() == ErrorKind::NotFound) {
            return self.put_back();
        }
        // Another window may have restored it, or somebody restored the same history from a backup.
        let replaced = || StoreError::Replaced { path: self.path.clone() };
        // Our log still has its name, and SQLite would write it into the other file.
        if self.log.is_some() && self.log == identity(&log(&self.path)) {
            return Err(replaced());
        }
        let other = Self::open_file(&self.path, migration::ALL, self.catalog.clone())
            .map_err(|_| replaced())?;
        let database = |writer: &str| writer.split('-').next().map(str::to_owned);
        if database(&other.writer) != database(&self.writer) {
            return Err(replaced());
        }
        self.change_to(other);
        Ok(())
    }

    /// Writes the history, which now exists only in this connection, back to its path.
    fn put_back(&mut self) -> Result<(), StoreError> {
        let refuse = |path: &Path, cause: &dyn std::fmt::Display| StoreError::Access {
            path: path.to_owned(),
            cause: format!("it was removed while Redrive ran, and cannot be put back ({cause})"),
        };
        let path = self.path.clone();
        let unfinished = beside(&path, ".restored");
        let copied = || -> Result<(), String> {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(|cause| cause.to_string())?;
            }
            remove(&unfinished)?;
            self.connection
                .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
                .map_err(|cause| super::describe(&cause))?;
            // They belong to the deleted file and would be read into the new one.
            remove(&log(&path))?;
            remove(&beside(&path, "-shm"))?;
            std::fs::rename(&unfinished, &path).map_err(|cause| cause.to_string())
        };
        copied().map_err(|cause| refuse(&path, &cause))?;
        let restored = Self::open_file(&path, migration::ALL, self.catalog.clone())?;
        self.change_to(restored);
        Ok(())
    }

    /// Switches to another connection; events keep the ids issued here.
    fn change_to(&mut self, other: Self) {
        // The log of this name now belongs to the other file: closing must not touch it.
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        let named = self.named;
        let writer = std::mem::take(&mut self.writer);
        let lease = self.lease.take();
        *self = Self { writer, named, ..other };
        self.hold_again(lease);
    }
}

/// Deletes a file if it exists.
fn remove(path: &Path) -> Result<(), String> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause.to_string()),
        Err(_) | Ok(()) => Ok(()),
    }
}
