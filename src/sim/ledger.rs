//! Counts of orders by their outcome, and of side effects.
//!
//! *offered* = *rejected* + *accepted* (+ those still at the intake). An accepted order is *completed* when
//! every required part is done or it was *cancelled* on purpose; otherwise it is *dead-lettered* if one of
//! its required messages is in a DLQ, *in progress* if any of its required work is still under way, and
//! *lost* if none is.

use crate::design::EFFECTS_MAX;

/// Standing of an accepted order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InProgress,
    Completed,
    Cancelled,
    DeadLettered,
    Lost,
}

/// Counts of orders and side effects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    pub offered: u64,
    pub rejected: u64,
    pub accepted: u64,
    pub completed: u64,
    /// Included in `completed`.
    pub cancelled: u64,
    pub in_progress: u64,
    pub dead_lettered: u64,
    pub lost: u64,
    /// Counts of the design's effects, in their order.
    pub effects: [Done; EFFECTS_MAX],
}

/// Counts of an effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub times: u64,
    /// Times for orders that already had it.
    pub again: u64,
    /// Times that were undone.
    pub undone: u64,
    /// Orders that have it although their clients received an error.
    pub rejected: u64,
}

impl Done {
    /// Times that were not undone.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.times.saturating_sub(self.undone)
    }
}

impl Ledger {
    /// Adds an order to the count of a standing, or removes it.
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

    /// Accepted orders counted in no column or in two. Anything but 0 is a bug in the model.
    #[must_use]
    pub fn unaccounted(&self) -> i64 {
        self.accepted as i64
            - (self.completed + self.in_progress + self.dead_lettered + self.lost) as i64
    }
}
