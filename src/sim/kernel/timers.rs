//! Timers of one kind: most end later than those set before them and wait in a line; the few others
//! wait in a heap. A million of them cost as much as ten.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pages::Line;
use super::time::Time;

/// Timers ordered by the time they end, then by the order in which they were set.
#[derive(Debug, Clone)]
pub struct Timers<T> {
    line: Line<(Time, T)>,
    others: BinaryHeap<Reverse<(Time, u64, T)>>,
    set: u64,
}

impl<T> Default for Timers<T>
where
    T: Ord,
{
    fn default() -> Self {
        Self { line: Line::default(), others: BinaryHeap::new(), set: 0 }
    }
}

impl<T: Copy + Ord> Timers<T> {
    /// Starts a timer that ends at `at`. Cheapest when no earlier timer ends later.
    pub fn set(&mut self, at: Time, item: T) {
        if self.line.back().is_none_or(|(last, _)| *last <= at) {
            self.line.push_back((at, item));
        } else {
            self.set += 1;
            self.others.push(Reverse((at, self.set, item)));
        }
    }

    /// The next timer to end; `None` if there are none.
    #[must_use]
    pub fn first(&self) -> Option<(Time, T)> {
        let other = self.others.peek().map(|Reverse((at, _, item))| (*at, *item));
        match (self.line.front().copied(), other) {
            (Some(line), Some(other)) => Some(if line.0 <= other.0 { line } else { other }),
            (line, other) => line.or(other),
        }
    }

    /// Removes the next timer, due or not.
    pub fn take(&mut self) -> Option<(Time, T)> {
        let from_line = match (self.line.front(), self.others.peek()) {
            (Some((line, _)), Some(Reverse((other, ..)))) => line <= other,
            (line, _) => line.is_some(),
        };
        if from_line {
            self.line.pop_front()
        } else {
            self.others.pop().map(|Reverse((at, _, item))| (at, item))
        }
    }

    /// Removes void timers from the front.
    pub fn trim(&mut self, mut is_void: impl FnMut(Time, T) -> bool) {
        while let Some((at, item)) = self.first() {
            if !is_void(at, item) {
                break;
            }
            self.take();
        }
    }

    /// All timers: those in the line in order, then those in the heap in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Time, T)> + '_ {
        let others = self.others.iter().map(|Reverse((at, _, item))| (*at, *item));
        self.line.iter().copied().chain(others)
    }

    /// Whether every timer is in the line, so that they iterate in order.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        self.others.is_empty()
    }

    /// Number of timers, including void ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.line.len() + self.others.len()
    }

    /// Whether there are no timers, not even void ones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes used in addition to an earlier clone.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.line.bytes_beside(before.map(|before| &before.line))
            + self.others.len() * size_of::<(Time, u64, T)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_in_the_order_of_their_time() {
        let mut timers = Timers::default();
        for (at, item) in [(1, 'a'), (5, 'b'), (3, 'c'), (5, 'd'), (3, 'e'), (9, 'f')] {
            timers.set(Time(at), item);
        }
        assert_eq!(timers.first(), Some((Time(1), 'a')));
        let order: String = std::iter::from_fn(|| timers.take().map(|(_, item)| item)).collect();
        assert_eq!(order, "acebdf");
        assert!(timers.is_empty());
    }

    #[test]
    fn only_what_stands_in_front_is_trimmed() {
        let mut timers = Timers::default();
        for (at, item) in [(1, 1), (2, 2), (4, 3), (3, 2)] {
            timers.set(Time(at), item);
        }
        timers.trim(|_, item| item < 3);
        assert_eq!((timers.len(), timers.first()), (1, Some((Time(4), 3))));
    }
}
