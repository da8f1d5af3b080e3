//! What happened to the orders.
//!
//! *offered* = *rejected* + *accepted* (+ those still at the intake). An accepted order is
//! *completed* when every required part is done or it was *cancelled* on purpose; otherwise
//! *dead-lettered* if a required message of it is in a DLQ, *in progress* if anything of it is
//! still on its way, and else *lost*.

/// Standing of an accepted order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InProgress,
    Completed,
    Cancelled,
    DeadLettered,
    Lost,
}

/// Numbers of orders and of side effects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ledger {
    pub offered: u64,
    pub rejected: u64,
    pub accepted: u64,
    /// Included in `completed`.
    pub completed: u64,
    pub cancelled: u64,
    pub in_progress: u64,
    pub dead_lettered: u64,
    pub lost: u64,
    pub charges: u64,
    /// Charges of orders that had already been charged.
    pub duplicate_charges: u64,
    /// Charges that were returned.
    pub refunds: u64,
    /// Orders that were charged although their clients received an error.
    pub charged_and_rejected: u64,
    pub emails: u64,
    pub shipments: u64,
    /// Shipments that were recalled.
    pub recalls: u64,
    pub reservations: u64,
    /// Reservations that were released.
    pub releases: u64,
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
