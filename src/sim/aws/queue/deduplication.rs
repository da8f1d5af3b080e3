//! Messages sent to a FIFO queue in the last five minutes (SQS-61, SQS-62).

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::time::{Span, Time};

/// Deduplication interval: a second send with the same id is accepted and dropped.
const INTERVAL: Span = Span::from_secs(300);

/// Message group and deduplication id.
pub type Key = (u32, u64);

/// Sends within the interval; `T` is the result of the first send of an id.
#[derive(Debug, Clone)]
pub struct Deduplication<T> {
    /// By id and group, so that either scope can be looked up.
    recent: BTreeMap<(u64, u32), Sent<T>>,
    line: VecDeque<(Time, (u64, u32))>,
}

#[derive(Debug, Clone, Copy)]
struct Sent<T> {
    until: Time,
    /// Whether the scope was the message group at the time of sending.
    per_group: bool,
    what: T,
}

impl<T> Default for Deduplication<T> {
    fn default() -> Self {
        Self { recent: BTreeMap::new(), line: VecDeque::new() }
    }
}

impl<T: Copy> Deduplication<T> {
    /// Records a send: returns `None` if it is new, and the result of the first send if it is a
    /// duplicate. An id is remembered for five minutes, even if its message has been received and
    /// deleted. Within its group it always counts; in other groups only if the scope is the queue
    /// now and was when it was sent (SQS-67). That an id sent with group scope never affects other
    /// groups is recorded from AWS; the rest of what a changed scope means is a *model assumption*
    /// (MA-queue-6).
    pub fn see(&mut self, now: Time, (group, id): Key, per_group: bool, what: T) -> Option<T> {
        while let Some((until, key)) = self.line.front().copied().filter(|(at, _)| *at <= now) {
            self.line.pop_front();
            if self.recent.get(&key).is_some_and(|known| known.until == until) {
                self.recent.remove(&key);
            }
        }
        let own = self.recent.get(&(id, group));
        let known = own.or_else(|| {
            let mut all = self.recent.range((id, 0)..=(id, u32::MAX)).map(|(_, sent)| sent);
            all.find(|sent| !per_group && !sent.per_group)
        });
        if let Some(first) = known {
            return Some(first.what);
        }
        let until = now + INTERVAL;
        self.recent.insert((id, group), Sent { until, per_group, what });
        self.line.push_back((until, (id, group)));
        None
    }

    /// Forgets every send.
    pub fn clear(&mut self) {
        self.recent.clear();
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn an_id_is_known_for_five_minutes() {
        let mut sends = Deduplication::default();
        assert_eq!(sends.see(at(0), (0, 7), true, 'a'), None);
        assert_eq!(sends.see(at(299), (0, 7), true, 'b'), Some('a'));
        assert_eq!(sends.see(at(299), (1, 7), true, 'c'), None, "another group");
        assert_eq!(sends.see(at(300), (0, 7), true, 'd'), None, "five minutes from the first");
        assert_eq!(sends.see(at(598), (0, 7), true, 'e'), Some('d'));
    }

    /// SQS-67: an id sent before the scope changed is remembered in its group, and in other groups
    /// if both scopes are the queue.
    #[test]
    fn a_scope_that_changes_holds_for_what_was_sent_before() {
        let mut sends = Deduplication::default();
        assert_eq!(sends.see(at(0), (1, 7), false, 'a'), None);
        assert_eq!(sends.see(at(1), (1, 7), true, 'b'), Some('a'), "its own group");
        assert_eq!(sends.see(at(1), (2, 7), true, 'c'), None, "another group");
        assert_eq!(sends.see(at(2), (3, 7), false, 'd'), Some('a'), "any group");
        assert_eq!(sends.see(at(300), (2, 7), false, 'e'), Some('c'), "its own group");
        assert_eq!(sends.see(at(300), (3, 7), false, 'f'), None, "sent with the group as scope");
        assert_eq!(sends.see(at(301), (2, 7), false, 'g'), Some('f'));
    }
}
