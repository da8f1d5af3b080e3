//! Which window owns a set. Two windows can open the same history, and if both asked the same set,
//! it would be answered twice. So the window that shows a set holds a locked file beside the
//! database. The operating system releases the lock when the process ends, however it ends; a
//! sleeping laptop or a changed clock does not affect it.
//!
//! If the file cannot be created or locked (a read-only directory, a file system without locks),
//! whoever asks gets the set: a single window must never be refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Store, file};
use crate::clock;
use crate::study::id::{ScenarioId, SessionId};
use crate::study::shuffle;

/// A window that only checks whether a set is free holds the lock for a few microseconds. Retry
/// this many times, this long apart, to let it finish.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(1);

/// This window's lock on a set, released on drop.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
    /// `None` if nothing could be locked.
    locked: Option<File>,
}

impl Lease {
    /// Takes the lease of a lock file; `None` if another window has it.
    fn take(path: PathBuf) -> Option<Self> {
        for _ in 0..LOOKS {
            let options = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            let Ok(file) = options else { return Some(Self { path, locked: None }) };
            match file.try_lock() {
                // The previous owner deletes the file on release: then this lock is on a file
                // nobody else will find.
                Ok(()) if file::identity_of(&file) == file::identity(&path) => {
                    return Some(Self { path, locked: Some(file) });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => clock::rest(LOOK),
                Err(TryLockError::Error(_)) => return Some(Self { path, locked: None }),
            }
        }
        None
    }

    /// Whether the locked file still has its name; somebody may have emptied the directory.
    fn stands(&self) -> bool {
        let Some(file) = &self.locked else { return true };
        file::identity_of(file) == file::identity(&self.path)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.locked.is_some() && self.stands() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether any window holds the lock file.
fn is_taken(path: &Path) -> bool {
    match OpenOptions::new().write(true).open(path) {
        // A killed program leaves the file behind, but not the lock.
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

impl Store {
    /// Takes a set for this window and releases the previous one; `false` if another window has it.
    pub fn hold(&mut self, scenario: &ScenarioId, session: &SessionId) -> bool {
        let path = self.lease_path(scenario, session);
        if self.lease.as_ref().is_some_and(|held| held.path == path && held.stands()) {
            return true;
        }
        match Lease::take(path) {
            Some(taken) => {
                self.lease = Some(taken);
                true
            }
            None => false,
        }
    }

    /// Releases this window's set.
    pub fn release(&mut self) {
        self.lease = None;
    }

    /// Whether another window has a set.
    pub(super) fn is_elsewhere(&self, scenario: &ScenarioId, session: &SessionId) -> bool {
        let path = self.lease_path(scenario, session);
        let is_ours = self.lease.as_ref().is_some_and(|held| held.path == path);
        !is_ours && is_taken(&path)
    }

    /// Takes the lock again after the directory was emptied, because nobody can find the old file
    /// any more.
    pub(super) fn hold_again(&mut self, held: Option<Lease>) {
        self.lease = match held {
            Some(held) if !held.stands() => Lease::take(held.path.clone()).or(Some(held)),
            other => other,
        };
    }

    /// Path of a set's lock file. Ids from the history are arbitrary text, so they never become a
    /// file name unchanged.
    fn lease_path(&self, scenario: &ScenarioId, session: &SessionId) -> PathBuf {
        let name = shuffle::keyed(0, scenario.as_str(), session.as_str());
        file::beside(&self.path, &format!("-set-{name:016x}"))
    }
}
