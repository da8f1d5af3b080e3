//! What must hold at every instant of a run: nothing is lost unnoticed, nothing is invented. Quick
//! sums after every step, and a recount of everything now and then.

use super::World;
use super::order::{Door, standing};
use super::worker::{Task, TaskState};
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
        let parts = &self.topology;
        for queue in &self.queues {
            let missing = queue.rules.unaccounted();
            if missing != 0 {
                let path = parts.part(queue.part).map_or("", |part| part.path.as_str());
                return Some(format!("{missing} messages of {path} are unaccounted for"));
            }
        }
        for this in &self.subscriptions {
            let ended = this.state.delivered
                + this.state.sent_to_dlq
                + this.state.dropped
                + this.state.under_way;
            if this.state.accepted != ended || this.state.retrying > this.state.under_way {
                return Some(format!(
                    "a subscription has {} copies and {ended} ends",
                    this.state.accepted
                ));
            }
        }
        for rule in &self.rules {
            if rule.state.failed != rule.state.sent_to_dlq + rule.state.dropped {
                return Some(format!("rule {} has failures without an end", rule.id));
            }
        }
        for function in &self.functions {
            let open = function.state.batches.iter().filter(|batch| batch.is_open).count();
            if open != function.state.busy as usize || function.state.running > function.state.busy
            {
                let path = parts.part(function.part).map_or("", |part| part.path.as_str());
                return Some(format!("{path} holds {open} batches, not {}", function.state.busy));
            }
            if function.state.running > self.executions_max(function).max(1) {
                return Some("more invocations run than the concurrency allows".to_owned());
            }
        }
        for worker in &self.workers {
            let at_work =
                |task: &&Task| task.state == TaskState::Busy && task.next < task.held.len();
            let arriving = worker.state.attempts
                - worker.state.done
                - worker.state.failed
                - worker.state.crashes;
            let hands = worker.state.tasks.iter().filter(at_work).count() as u64;
            if arriving > hands {
                let path = parts.part(worker.part).map_or("", |part| part.path.as_str());
                return Some(format!(
                    "{path} has {arriving} tries without an end, and {hands} hands"
                ));
            }
        }
        for workflow in &self.workflows {
            let ended = workflow.state.succeeded + workflow.state.failed + workflow.state.timed_out;
            if workflow.state.started != ended + workflow.state.running {
                return Some(format!("{} executions have {ended} ends", workflow.state.started));
            }
        }
        None
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
        let queues = self.queues.numbered().map(|(id, queue)| {
            let before = before.map(|before| &before.queues[id]);
            queue.rules.bytes_beside(before.map(|before| &before.rules))
                + queue.state.sequence.bytes_beside(before.map(|before| &before.state.sequence))
        });
        let paged = functions.chain(queues).sum::<usize>()
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
                let path = self.topology.part(queue.part).map_or("", |part| part.path.as_str());
                return Some(format!("{path}: {wrong}"));
            }
        }
        let mut counted = Ledger::default();
        let mut dead = vec![0_u16; self.orders.len()];
        let mut waiting = vec![0_u16; self.orders.len()];
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
        if of(&counted) != of(&self.ledger) {
            return Some(format!("the ledger says {:?}, and a count {counted:?}", self.ledger));
        }
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
