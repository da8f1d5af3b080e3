//! What was sent to a FIFO queue in the last five minutes (SQS-61, SQS-62).

use std::collections::{BTreeMap, VecDeque};

use crate::sim::kernel::time::{Span, Time};

/// For so long a second send with the same id is accepted and not kept.
const INTERVAL: Span = Span::from_secs(300);

/// By the group where that is the scope, and the deduplication id.
pub type Key = (u32, u64);

/// The sends of the interval; `T` is what the first of them came to.
#[derive(Debug, Clone)]
pub struct Deduplication<T> {
    recent: BTreeMap<Key, (Time, T)>,
    line: VecDeque<(Time, Key)>,
}

impl<T> Default for Deduplication<T> {
    fn default() -> Self {
        Self { recent: BTreeMap::new(), line: VecDeque::new() }
    }
}

impl<T: Copy> Deduplication<T> {
    /// Notes a send: `None` if it is new, what the first one came to if it is a duplicate. An id is
    /// known for five minutes, also after its message was received and deleted.
    pub fn see(&mut self, now: Time, key: Key, what: T) -> Option<T> {
        while let Some((until, key)) = self.line.front().copied().filter(|(at, _)| *at <= now) {
            self.line.pop_front();
            if self.recent.get(&key).is_some_and(|(known, _)| *known == until) {
                self.recent.remove(&key);
            }
        }
        if let Some((_, first)) = self.recent.get(&key) {
            return Some(*first);
        }
        let until = now + INTERVAL;
        self.recent.insert(key, (until, what));
        self.line.push_back((until, key));
        None
    }

    pub fn clear(&mut self) {
        self.recent.clear();
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_for_five_minutes() {
        let mut sends = Deduplication::default();
        let at = |seconds| Time::ZERO + Span::from_secs(seconds);
        assert_eq!(sends.see(at(0), (0, 7), 'a'), None);
        assert_eq!(sends.see(at(299), (0, 7), 'b'), Some('a'));
        assert_eq!(sends.see(at(299), (1, 7), 'c'), None, "another group");
        assert_eq!(sends.see(at(300), (0, 7), 'd'), None, "five minutes from the first");
        assert_eq!(sends.see(at(599), (0, 7), 'e'), Some('d'));
    }
}
