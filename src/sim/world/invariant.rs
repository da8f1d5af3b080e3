//! Invariants of a run: no message or order is lost unnoticed or invented. Quick sums are checked
//! after every step, and a full recount from time to time.

use super::World;
use super::order::{Door, standing};
use crate::kernel::time::Time;
use crate::ledger::Ledger;

/// Approximate bytes of a world that do not grow with its orders: settings and counters.
const SETTINGS: usize = 64 * 1024;

impl World {
    /// Returns a sentence about the first wrong sum.
    pub(crate) fn check_invariants(&self) -> Option<String> {
        let orders = self.ledger.unaccounted();
        if orders != 0 {
            return Some(format!(
                "{orders} accepted orders are unaccounted for: {:?}",
                self.ledger
            ));
        }
        self.broken_part()
    }

    /// Bytes used by the messages of all queues, and their number.
    pub(crate) fn message_bytes(&self) -> (usize, u64) {
        let queues = self.queues.iter().map(|queue| &queue.rules);
        let count = queues.clone().map(|q| q.visible() + q.in_flight() + q.delayed()).sum();
        let bytes: usize = queues.map(|queue| queue.bytes_beside(None)).sum();
        (bytes + self.messages.bytes_beside(None), count)
    }

    /// Approximate bytes used in addition to an earlier clone: scheduled entries, travels, and pages
    /// written since.
    pub(crate) fn bytes_beside(&self, before: Option<&Self>) -> usize {
        let functions = self.functions.numbered().map(|(id, function)| {
            let before = before.map(|before| &before.functions[id]);
            function.state.records.bytes_beside(before.map(|before| &before.state.records))
        });
        let buckets = self.objects.numbered().map(|(id, bucket)| {
            let before = before.map(|before| &before.objects[id].state);
            bucket.state.log.bytes_beside(before.map(|before| &before.log))
                + bucket.state.by_order.bytes_beside(before.map(|before| &before.by_order))
        });
        let stores = self.stores.numbered().map(|(id, store)| {
            let before = before.map(|before| &before.stores[id].state.items);
            store.state.items.bytes_beside(before)
        });
        let queues = self.queues.numbered().map(|(id, queue)| {
            let before = before.map(|before| &before.queues[id]);
            queue.rules.bytes_beside(before.map(|before| &before.rules))
                + queue.state.sequence.bytes_beside(before.map(|before| &before.state.sequence))
        });
        let archives = self
            .archives
            .numbered()
            .map(|(id, archive)| archive.bytes_beside(before.map(|before| &before.archives[id])));
        let paged =
            functions.chain(buckets).chain(stores).chain(queues).chain(archives).sum::<usize>()
                + self.orders.bytes_beside(before.map(|before| &before.orders))
                + self.messages.bytes_beside(before.map(|before| &before.messages))
                + self.threads.bytes_beside(before.map(|before| &before.threads))
                + self.executions.bytes_beside(before.map(|before| &before.executions));
        paged
            + self.agenda.len() * (size_of::<super::Scheduled>() + size_of::<(Time, u64)>())
            + self.travels.len() * size_of::<super::Travel>()
            + SETTINGS
    }

    /// Arrivals of the run's orders.
    pub(crate) fn arrivals(&self) -> crate::design::Arrivals {
        self.arrivals
    }

    /// Counts every message and every order; returns the first difference as a sentence.
    pub(crate) fn recount(&self) -> Option<String> {
        for queue in &self.queues {
            if let Some(wrong) = queue.rules.recount(&self.messages) {
                let path = self.path_of(queue.part);
                return Some(format!("{path}: {wrong}"));
            }
        }
        let mut stores = self.stores.iter();
        if let Some(store) = stores.find(|store| !store.state.items.is_counted()) {
            return Some(format!("{} has other items than it counts", self.path_of(store.part)));
        }
        self.recount_ledger().or_else(|| self.recount_messages())
    }

    /// Counts the orders by standing.
    fn recount_ledger(&self) -> Option<String> {
        let mut counted = Ledger::default();
        for order in self.orders.iter() {
            counted.offered += 1;
            match order.door {
                Door::Waiting => {}
                Door::Rejected => counted.rejected += 1,
                Door::Accepted => {
                    counted.accepted += 1;
                    counted.count(standing(order, self.required), true);
                }
            }
        }
        let of = |ledger: &Ledger| {
            [
                ledger.offered,
                ledger.rejected,
                ledger.accepted,
                ledger.completed,
                ledger.cancelled,
                ledger.in_progress,
                ledger.dead_lettered,
                ledger.lost,
            ]
        };
        (of(&counted) != of(&self.ledger))
            .then(|| format!("the ledger says {:?}, but a recount gives {counted:?}", self.ledger))
    }

    /// Counts the messages of each order.
    fn recount_messages(&self) -> Option<String> {
        let mut dead = vec![0_u16; self.orders.len()];
        let mut waiting = vec![0_u16; self.orders.len()];
        for queue in &self.queues {
            for message in queue.rules.all(&self.messages).filter(|message| message.required) {
                let counts = if queue.settings.is_dlq { &mut dead } else { &mut waiting };
                if let Some(count) = counts.get_mut(message.order as usize) {
                    *count += 1;
                }
            }
        }
        for (number, order) in self.orders.iter().enumerate() {
            let (dead, waiting) = (dead.get(number), waiting.get(number));
            if dead != Some(&order.dead) {
                return Some(format!(
                    "order {number} has {dead:?} messages in DLQs, not {}",
                    order.dead
                ));
            }
            if waiting.is_none_or(|waiting| *waiting > order.live) {
                return Some(format!(
                    "order {number} has {waiting:?} waiting messages, but counts {}",
                    order.live
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, world_of};

    fn waiting() -> World {
        let mut world = world_of(LINE);
        accept(&mut world);
        world.send(Id::new(0), 0, DETAIL);
        assert_eq!(world.check_invariants().or_else(|| world.recount()), None);
        world
    }

    #[test]
    fn an_order_in_no_column_is_noticed_at_once() {
        let mut world = waiting();
        world.ledger.in_progress -= 1;
        let found = world.check_invariants().unwrap();
        assert!(found.starts_with("1 accepted orders are unaccounted for"), "{found}");
    }

    #[test]
    fn an_order_in_the_wrong_column_is_found_by_a_count() {
        let mut world = waiting();
        world.ledger.in_progress -= 1;
        world.ledger.completed += 1;
        assert_eq!(world.check_invariants(), None);
        let found = world.recount().unwrap();
        assert!(found.starts_with("the ledger says"), "{found}");
    }

    #[test]
    fn an_order_that_miscounts_its_messages_is_found_by_a_count() {
        let mut world = waiting();
        world.orders.get_mut(0).unwrap().live = 0;
        let found = world.recount_messages().unwrap();
        assert_eq!(found, "order 0 has Some(1) waiting messages, but counts 0");
        world.orders.get_mut(0).unwrap().dead = 1;
        let found = world.recount_messages().unwrap();
        assert_eq!(found, "order 0 has Some(0) messages in DLQs, not 1");
    }

    #[test]
    fn what_is_under_way_takes_room_beside_an_earlier_clone() {
        let mut world = waiting();
        let before = world.clone();
        let calm = world.bytes_beside(Some(&before));
        world.hop(0, 0, 1, crate::kernel::time::Span::from_secs(1));
        assert_eq!(world.bytes_beside(Some(&before)) - calm, size_of::<crate::world::Travel>());
        assert_eq!(world.message_bytes().1, 1);
    }
}
