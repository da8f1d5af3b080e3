//! Which window has a set. Two windows may be open on one history, and a set that both of them ask
//! would be answered twice over: so whoever has a set on the screen holds a locked file beside the
//! database. The system lets go of it when the process ends, whichever way it ends; a laptop that
//! sleeps or a clock that is set says nothing about it.
//!
//! Where the file cannot be made or locked (a read-only directory, a file system without locks) the
//! set is held by whoever asks: one window alone must not be refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Store, file};
use crate::clock;
use crate::study::id::{ScenarioId, SessionId};
use crate::study::shuffle;

/// Another window that only looks whether a set is free has the lock for some microseconds: so often
/// and so long it is given time for that.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(1);

/// A set that this window has. Dropping it lets it go.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
    /// `None` where nothing could be locked.
    locked: Option<File>,
}

impl Lease {
    /// Takes what the file stands for; `None` when another window has it.
    fn take(path: PathBuf) -> Option<Self> {
        for _ in 0..LOOKS {
            let options = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            let Ok(file) = options else { return Some(Self { path, locked: None }) };
            match file.try_lock() {
                // Who lets go removes the file: then this lock is on one that nobody else will find.
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

    /// Whether the file under the name is still the one that is locked: somebody may have emptied the
    /// directory.
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

/// Whether a window has what the file stands for.
fn is_taken(path: &Path) -> bool {
    match OpenOptions::new().write(true).open(path) {
        // A file that a killed program left is there and not locked.
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

impl Store {
    /// Takes a set for this window, which lets go of the one it had; `false`: another window has it.
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

    /// Lets go of the set that this window has.
    pub fn release(&mut self) {
        self.lease = None;
    }

    /// Whether another window has a set.
    pub(super) fn is_elsewhere(&self, scenario: &ScenarioId, session: &SessionId) -> bool {
        let path = self.lease_path(scenario, session);
        let is_ours = self.lease.as_ref().is_some_and(|held| held.path == path);
        !is_ours && is_taken(&path)
    }

    /// After the directory was emptied: the lock is on a file that nobody finds any more.
    pub(super) fn hold_again(&mut self, held: Option<Lease>) {
        self.lease = match held {
            Some(held) if !held.stands() => Lease::take(held.path.clone()).or(Some(held)),
            other => other,
        };
    }

    /// What a history says of itself may be anything: no name of a file is made of it as it stands.
    fn lease_path(&self, scenario: &ScenarioId, session: &SessionId) -> PathBuf {
        let name = shuffle::keyed(0, scenario.as_str(), session.as_str());
        file::beside(&self.path, &format!("-set-{name:016x}"))
    }
}
