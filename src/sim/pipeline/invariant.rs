//! What must hold at every instant of a run: nothing is lost unnoticed, nothing is invented. Quick
//! sums after every step, and a recount of everything now and then.

use super::World;
use super::order::{Door, standing};
use crate::sim::ledger::Ledger;

impl World {
    /// The first sum that is wrong, in a sentence.
    pub(crate) fn leak(&self) -> Option<String> {
        let orders = self.ledger.unaccounted();
        if orders != 0 {
            return Some(format!(
                "{orders} accepted orders are unaccounted for: {:?}",
                self.ledger
            ));
        }
        let parts = &self.topology;
        for queue in &self.queues {
            let missing = queue.rules.unaccounted();
            if missing != 0 {
                let path = parts.part(queue.part).map_or("", |part| part.path.as_str());
                return Some(format!("{missing} messages of {path} are unaccounted for"));
            }
        }
        for this in &self.subscriptions {
            let ended = this.delivered + this.sent_to_dlq + this.dropped + this.under_way;
            if this.accepted != ended || this.retrying > this.under_way {
                return Some(format!(
                    "a subscription has {} copies and {ended} ends",
                    this.accepted
                ));
            }
        }
        for rule in &self.rules {
            if rule.failed != rule.sent_to_dlq + rule.dropped {
                return Some(format!("rule {} has failures without an end", rule.id));
            }
        }
        for function in &self.functions {
            let open = function.batches.iter().filter(|batch| batch.is_open).count();
            if open != function.busy as usize || function.running > function.busy {
                let path = parts.part(function.part).map_or("", |part| part.path.as_str());
                return Some(format!("{path} holds {open} batches, not {}", function.busy));
            }
            if function.running > function.executions_max.max(1) {
                return Some("more invocations run than the concurrency allows".to_owned());
            }
        }
        for workflow in &self.workflows {
            let ended = workflow.succeeded + workflow.failed + workflow.timed_out;
            if workflow.started != ended + workflow.running {
                return Some(format!("{} executions have {ended} ends", workflow.started));
            }
        }
        None
    }

    /// Bytes that messages take in all queues, and how many there are.
    pub(crate) fn message_bytes(&self) -> (usize, u64) {
        let queues = self.queues.iter().map(|queue| &queue.rules);
        let count = queues.clone().map(|q| q.visible() + q.in_flight() + q.delayed()).sum();
        let bytes: usize = queues.map(crate::sim::aws::queue::Queue::bytes).sum();
        (bytes + self.messages.bytes(), count)
    }

    /// About how many bytes a clone takes: what grows with the orders, and what is under way.
    pub(crate) fn bytes(&self) -> usize {
        let records: usize = self.functions.iter().map(|function| function.records.len()).sum();
        self.orders.len() * size_of::<super::Order>()
            + records * size_of::<u64>()
            + self.message_bytes().0
            + self.threads.len() * size_of::<super::workflow::Thread>()
            + self.executions.len() * size_of::<super::workflow::Execution>()
            + self.agenda.len() * (size_of::<super::Entry>() + 16)
            + 256 * 1024
    }

    pub(crate) fn arrivals(&self) -> crate::sim::spec::Arrivals {
        self.arrivals
    }

    /// Counts every message and every order; the first difference, in a sentence.
    pub(crate) fn recount(&self) -> Option<String> {
        for queue in &self.queues {
            if let Some(wrong) = queue.rules.recount(&self.messages) {
                let path = self.topology.part(queue.part).map_or("", |part| part.path.as_str());
                return Some(format!("{path}: {wrong}"));
            }
        }
        let mut counted = Ledger::default();
        let mut dead = vec![0_u16; self.orders.len()];
        let mut waiting = vec![0_u16; self.orders.len()];
        for order in &self.orders {
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
        if of(&counted) != of(&self.ledger) {
            return Some(format!("the ledger says {:?}, and a count {counted:?}", self.ledger));
        }
        for queue in &self.queues {
            for message in queue.rules.all(&self.messages).filter(|message| message.required) {
                let counts = if queue.is_dlq { &mut dead } else { &mut waiting };
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
