//! What must hold at every instant of a run: nothing is lost unnoticed, nothing is invented. Quick
//! sums after every step, and a recount of everything now and then.

use super::World;
use super::order::{Door, standing};
use crate::kernel::time::Time;
use crate::ledger::Ledger;

/// What a world takes that does not grow with its orders: what its parts are set to, and counts.
const SETTINGS: usize = 64 * 1024;

impl World {
    /// The first sum that is wrong, in a sentence.
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

    /// Bytes that messages take in all queues, and how many there are.
    pub(crate) fn message_bytes(&self) -> (usize, u64) {
        let queues = self.queues.iter().map(|queue| &queue.rules);
        let count = queues.clone().map(|q| q.visible() + q.in_flight() + q.delayed()).sum();
        let bytes: usize = queues.map(|queue| queue.bytes_beside(None)).sum();
        (bytes + self.messages.bytes_beside(None), count)
    }

    /// About how many bytes it takes beside an earlier clone of it: what is under way, and what was
    /// written to since.
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
        let queues = self.queues.numbered().map(|(id, queue)| {
            let before = before.map(|before| &before.queues[id]);
            queue.rules.bytes_beside(before.map(|before| &before.rules))
                + queue.state.sequence.bytes_beside(before.map(|before| &before.state.sequence))
        });
        let paged = functions.chain(buckets).chain(queues).sum::<usize>()
            + self.orders.bytes_beside(before.map(|before| &before.orders))
            + self.messages.bytes_beside(before.map(|before| &before.messages))
            + self.threads.bytes_beside(before.map(|before| &before.threads))
            + self.executions.bytes_beside(before.map(|before| &before.executions));
        paged
            + self.agenda.len() * (size_of::<super::Scheduled>() + size_of::<(Time, u64)>())
            + self.travels.len() * size_of::<super::Travel>()
            + SETTINGS
    }

    pub(crate) fn arrivals(&self) -> crate::design::Arrivals {
        self.arrivals
    }

    /// Counts every message and every order; the first difference, in a sentence.
    pub(crate) fn recount(&self) -> Option<String> {
        for queue in &self.queues {
            if let Some(wrong) = queue.rules.recount(&self.messages) {
                let path = self.path_of(queue.part);
                return Some(format!("{path}: {wrong}"));
            }
        }
        self.recount_ledger().or_else(|| self.recount_messages())
    }

    /// Counts how the orders stand.
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
            .then(|| format!("the ledger says {:?}, and a count {counted:?}", self.ledger))
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
                    "order {number} has {waiting:?} messages waiting, of {} that live",
                    order.live
                ));
            }
        }
        None
    }
}
