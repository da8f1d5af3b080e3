//! What a FIFO topic delivers to a subscription, in order within each group (SNS-17): nothing overtakes
//! on the way, and what stands behind a message that is tried again waits for it. That it waits until
//! the message is delivered or given up is a *model assumption*.

use std::collections::{BTreeMap, VecDeque};

use super::Notification;
use crate::kernel::time::Time;

/// By group, what is under way to a subscription.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    groups: BTreeMap<u32, Line>,
}

#[derive(Debug, Clone, Default)]
struct Line {
    under_way: u32,
    /// When the last one arrives.
    last: Time,
    /// Whether the first is between two tries, and what has come meanwhile.
    is_held: bool,
    waiting: VecDeque<Notification>,
}

impl Lines {
    /// A copy sets out, to arrive not before the one in front of it.
    pub fn depart(&mut self, group: u32, arrives: Time) -> Time {
        let line = self.groups.entry(group).or_default();
        line.under_way += 1;
        line.last = line.last.max(arrives);
        line.last
    }

    /// Whether a copy that has come must wait; it is kept until [`Lines::next`].
    pub fn waits(&mut self, group: u32, notification: Notification) -> bool {
        let Some(line) = self.groups.get_mut(&group) else { return false };
        let waits = line.is_held && notification.attempt == 1;
        if waits {
            line.waiting.push_back(notification);
        }
        waits
    }

    /// Everything that waits, in order; nothing is kept in line any more.
    pub fn dissolve(&mut self) -> Vec<Notification> {
        let lines = std::mem::take(&mut self.groups).into_values();
        lines.flat_map(|line| line.waiting).collect()
    }

    /// The first copy is tried again.
    pub fn hold(&mut self, group: u32) {
        if let Some(line) = self.groups.get_mut(&group) {
            line.is_held = true;
        }
    }

    /// The first copy was delivered or given up.
    pub fn leave(&mut self, group: u32) {
        let Some(line) = self.groups.get_mut(&group) else { return };
        line.is_held = false;
        line.under_way = line.under_way.saturating_sub(1);
        if line.under_way == 0 {
            self.groups.remove(&group);
        }
    }

    /// The next that has waited long enough.
    pub fn next(&mut self, group: u32) -> Option<Notification> {
        let line = self.groups.get_mut(&group).filter(|line| !line.is_held)?;
        line.waiting.pop_front()
    }
}
