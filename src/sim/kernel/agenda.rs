//! Everything due to happen, ordered by time and then by insertion.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::time::Time;

/// Entries ordered by time, then by insertion.
#[derive(Debug, Clone)]
pub struct Agenda<E> {
    heap: BinaryHeap<Reverse<Slot<E>>>,
    entered: u64,
}

#[derive(Debug, Clone)]
struct Slot<E> {
    at: Time,
    number: u64,
    entry: E,
}

impl<E> PartialEq for Slot<E> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl<E> Eq for Slot<E> {}

impl<E> PartialOrd for Slot<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Slot<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), entered: 0 }
    }
}

impl<E> Agenda<E> {
    /// Schedules an entry.
    pub fn enter(&mut self, at: Time, entry: E) {
        self.entered += 1;
        self.heap.push(Reverse(Slot { at, number: self.entered, entry }));
    }

    /// Time of the next entry; `None` if the agenda is empty.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse(slot)| slot.at)
    }

    /// Takes the next entry if it is due at `until` or earlier.
    pub fn take(&mut self, until: Time) -> Option<(Time, E)> {
        if self.next_at()? > until {
            return None;
        }
        self.heap.pop().map(|Reverse(slot)| (slot.at, slot.entry))
    }

    /// Number of entries, including those that will turn out to be void.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is scheduled, not even void entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_time_come_in_the_order_they_were_entered() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, "c"), (1, "a"), (5, "d"), (1, "b")] {
            agenda.enter(Time(at), name);
        }
        let order: Vec<&str> =
            std::iter::from_fn(|| agenda.take(Time(9)).map(|(_, name)| name)).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
    }

    #[test]
    fn nothing_is_taken_before_its_time() {
        let mut agenda = Agenda::default();
        agenda.enter(Time(5), ());
        assert!(agenda.take(Time(4)).is_none());
        assert!(agenda.take(Time(5)).is_some());
    }
}
