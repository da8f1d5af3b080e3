//! What became of the orders, in the words of the course.
//!
//! *offered* = *rejected* + *accepted* (+ those still at the door); an accepted order is
//! *completed* when every required part is done or it was *cancelled* on purpose, else
//! *dead-lettered* if a required message of it is in a DLQ, else *in progress* if anything of it
//! is still on its way, else *lost*.

use crate::design::EFFECTS_MAX;

/// How an accepted order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InProgress,
    Completed,
    Cancelled,
    DeadLettered,
    Lost,
}

/// The counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    pub offered: u64,
    pub rejected: u64,
    pub accepted: u64,
    /// Those included that were cancelled.
    pub completed: u64,
    pub cancelled: u64,
    pub in_progress: u64,
    pub dead_lettered: u64,
    pub lost: u64,
    /// What services did, by the design's effects.
    pub effects: [Done; EFFECTS_MAX],
}

/// Counts of an effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub times: u64,
    /// Times for orders that it was done for before.
    pub again: u64,
    /// Times that were taken back.
    pub undone: u64,
    /// Orders that it was done for although their clients were told no.
    pub rejected: u64,
}

impl Done {
    /// Times that were not taken back.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.times.saturating_sub(self.undone)
    }
}

impl Ledger {
    /// An order of this standing more, or one less.
    pub(crate) fn count(&mut self, standing: Standing, more: bool) {
        let change = |count: &mut u64| {
            *count = if more { *count + 1 } else { count.saturating_sub(1) };
        };
        match standing {
            Standing::InProgress => change(&mut self.in_progress),
            Standing::Completed => change(&mut self.completed),
            Standing::Cancelled => {
                change(&mut self.completed);
                change(&mut self.cancelled);
            }
            Standing::DeadLettered => change(&mut self.dead_lettered),
            Standing::Lost => change(&mut self.lost),
        }
    }

    /// Accepted orders that are in no column, or in two: 0, or the model is wrong.
    #[must_use]
    pub fn unaccounted(&self) -> i64 {
        self.accepted as i64
            - (self.completed + self.in_progress + self.dead_lettered + self.lost) as i64
    }
}
