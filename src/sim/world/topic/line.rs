//! Deliveries of a FIFO topic to a subscription, in order within each group (SNS-17): a message
//! overtakes none before it, and waits while an earlier one is retried. That it waits until the
//! earlier one is delivered or given up is a *model assumption* (MA-fifo-2).

use std::collections::{BTreeMap, VecDeque};

use super::Notification;
use crate::kernel::time::Time;

/// Copies on their way to a subscription, by group.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    groups: BTreeMap<u32, Line>,
}

#[derive(Debug, Clone, Default)]
struct Line {
    under_way: u32,
    /// Arrival of the last copy.
    last: Time,
    /// Whether the first copy waits for a retry, and the copies that arrived meanwhile.
    is_held: bool,
    waiting: VecDeque<Notification>,
}

impl Lines {
    /// Adds a copy and returns its arrival, which is never before that of the copy in front.
    pub fn depart(&mut self, group: u32, arrives: Time) -> Time {
        let line = self.groups.entry(group).or_default();
        line.under_way += 1;
        line.last = line.last.max(arrives);
        line.last
    }

    /// Whether an arrived copy must wait; if so, it is kept for [`Lines::next`].
    pub fn waits(&mut self, group: u32, notification: Notification) -> bool {
        let Some(line) = self.groups.get_mut(&group) else { return false };
        let waits = line.is_held && notification.attempt == 1;
        if waits {
            line.waiting.push_back(notification);
        }
        waits
    }

    /// Removes all lines and returns the waiting copies in order.
    pub fn dissolve(&mut self) -> Vec<Notification> {
        let lines = std::mem::take(&mut self.groups).into_values();
        lines.flat_map(|line| line.waiting).collect()
    }

    /// Holds the line while its first copy is retried.
    pub fn hold(&mut self, group: u32) {
        if let Some(line) = self.groups.get_mut(&group) {
            line.is_held = true;
        }
    }

    /// Removes the first copy, which was delivered or given up.
    pub fn leave(&mut self, group: u32) {
        let Some(line) = self.groups.get_mut(&group) else { return };
        line.is_held = false;
        line.under_way = line.under_way.saturating_sub(1);
        if line.under_way == 0 {
            self.groups.remove(&group);
        }
    }

    /// Takes the next waiting copy, unless the line is held.
    pub fn next(&mut self, group: u32) -> Option<Notification> {
        let line = self.groups.get_mut(&group).filter(|line| !line.is_held)?;
        line.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;

    fn copy(order: u32, attempt: u32) -> Notification {
        Notification { subscription: Id::new(0), shape: 0, order, attempt }
    }

    fn orders(copies: impl IntoIterator<Item = Notification>) -> Vec<u32> {
        copies.into_iter().map(|copy| copy.order).collect()
    }

    /// SNS-17.
    #[test]
    fn nothing_overtakes_on_the_way_within_its_group() {
        let mut lines = Lines::default();
        let departed = [(1, 50), (1, 20), (2, 10), (1, 60)];
        let arrives = departed.map(|(group, at)| lines.depart(group, Time(at)).0);
        assert_eq!(arrives, [50, 50, 10, 60]);
    }

    /// SNS-17.
    #[test]
    fn a_group_waits_in_order_while_its_first_copy_is_tried_again() {
        let mut lines = Lines::default();
        for group in [1, 1, 1, 2] {
            lines.depart(group, Time(0));
        }
        assert!(!lines.waits(1, copy(0, 1)));
        lines.hold(1);
        assert!(lines.waits(1, copy(1, 1)) && lines.waits(1, copy(2, 1)));
        assert!(!lines.waits(2, copy(3, 1)), "another group goes on");
        assert!(!lines.waits(1, copy(0, 2)), "the one that is tried again waits for nobody");
        assert_eq!(orders(lines.next(1)), [] as [u32; 0], "still held");
        lines.leave(1);
        let mut left = Vec::new();
        while let Some(next) = lines.next(1) {
            left.push(next.order);
            lines.leave(1);
        }
        assert_eq!(left, [1, 2]);
        assert_eq!(
            lines.groups.keys().copied().collect::<Vec<_>>(),
            [2],
            "an empty line is forgotten"
        );
    }

    #[test]
    fn what_is_dissolved_comes_out_in_its_order() {
        let mut lines = Lines::default();
        for (group, order) in [(2, 7), (1, 8), (2, 9)] {
            lines.depart(group, Time(0));
            lines.hold(group);
            assert!(lines.waits(group, copy(order, 1)));
        }
        assert_eq!(orders(lines.dissolve()), [8, 7, 9]);
        assert!(lines.groups.is_empty());
    }
}
