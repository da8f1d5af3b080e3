//! Deliveries by any kind of part: how a message is handed over or given up, and whether an order waits for it.

use super::id::QueueId;
use super::{Consumer, Happened, PartId, Target, World};
use crate::aws::iam::{Side, Verdict};

/// Verdicts on a call, by policy and by key; known when the run is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Access {
    pub permitted: Verdict,
    pub key: Verdict,
}

/// A refusal by the design's policies; it applies to every message, from the first on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Part that is refused; for a rule, its bus.
    pub from: PartId,
    /// Part that it called.
    pub to: PartId,
    /// In AWS's words: who may not do what to which resource, and which side's policy is the reason.
    pub sentence: String,
}

impl Access {
    /// Access without any restriction.
    pub const FULL: Self = Self { permitted: Verdict::Allowed, key: Verdict::Allowed };

    /// Whether that side's policy refuses the call or the use of the key.
    pub fn is_refused_by(self, side: Side) -> bool {
        let refuses = [Verdict::Denied(side), Verdict::NotAllowed(side)];
        refuses.contains(&self.permitted) || refuses.contains(&self.key)
    }
}

impl World {
    /// Sends an undeliverable message to the DLQ, or drops it if no DLQ accepts it; returns whether it was
    /// sent. `matters` says whether an order waits for it.
    pub(super) fn give_up(
        &mut self,
        part: PartId,
        (order, attempt): (u32, u32),
        dlq: Option<(QueueId, Access)>,
        shape: u16,
        matters: bool,
    ) -> bool {
        let sent = dlq.is_some_and(|(queue, access)| {
            let refused = self.refusal(Target::Queue(queue), access, order, attempt);
            refused.is_none() && self.send_dead(queue, order, shape, matters)
        });
        let tries = attempt;
        let happened =
            if sent { Happened::DeadLettered { tries } } else { Happened::Dropped { tries } };
        self.occur(part, Some(order), happened);
        // If it is in the DLQ, it has been counted there.
        if matters {
            self.over(order, 0);
        }
        sent
    }

    /// Counts a request to a FIFO queue or a bus, and returns whether its quota of this second admits it (SQS-66,
    /// SQS-67, EB-04).
    pub(super) fn admits(&mut self, target: Target, order: u32, shape: u16) -> bool {
        let now = self.now;
        let (part, is_admitted, happened) = match target {
            Target::Queue(index) => {
                let Some(quota) = self.queues[index].settings.quota else { return true };
                let group = self.group_of(order, shape, self.class(order));
                let queue = &mut self.queues[index];
                let is_admitted = queue.state.rate.admits(now, quota, group);
                (queue.part, is_admitted, Happened::RequestThrottled)
            }
            Target::Bus(index) => {
                let bus = &mut self.buses[index];
                let is_admitted = bus.state.rate.admits(now, bus.settings.quota, 0);
                (bus.part, is_admitted, Happened::PutEventsThrottled)
            }
            Target::Topic(_) | Target::Workflow(_) | Target::Function(_) | Target::Pipe(_) => {
                return true;
            }
        };
        if !is_admitted {
            self.occur(part, Some(order), happened);
        }
        is_admitted
    }

    /// Hands a message to a target that accepts it.
    pub(super) fn hand_over(&mut self, target: Target, order: u32, shape: u16) {
        match target {
            Target::Bus(bus) => self.route(bus, order, false),
            Target::Queue(queue) => self.send(queue, order, shape),
            Target::Topic(topic) => self.fan_out(topic, order, shape),
            Target::Workflow(workflow) => self.start(workflow, order, shape),
            Target::Function(function) => self.accept_event(function, order, shape),
            Target::Pipe(pipe) => self.stream(pipe, order),
        }
    }

    /// Lets a consumer poll.
    pub(super) fn wake_consumer(&mut self, consumer: Consumer) {
        match consumer {
            Consumer::Function(function) => self.pull(function),
            Consumer::Worker(worker) => self.poll(worker),
            Consumer::Pipe(pipe) => self.poll_pipe(pipe),
        }
    }

    /// Number of a target's part.
    pub(super) fn target_part(&self, target: Target) -> PartId {
        match target {
            Target::Bus(id) => self.buses[id].part,
            Target::Queue(id) => self.queues[id].part,
            Target::Topic(id) => self.topics[id].part,
            Target::Workflow(id) => self.workflows[id].part,
            Target::Function(id) => self.functions[id].part,
            Target::Pipe(id) => self.pipes[id].part,
        }
    }

    /// Whether an order waits for messages to this target.
    pub(super) fn matters(&self, target: Target) -> bool {
        match target {
            Target::Bus(index) => self.buses[index].settings.matters,
            Target::Queue(index) => self.queues[index].settings.matters,
            Target::Topic(index) => self.topics[index].settings.matters,
            Target::Workflow(index) => self.workflows[index].settings.matters,
            Target::Function(index) => self.functions[index].settings.matters,
            Target::Pipe(index) => self.pipes[index].settings.matters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, break_part, names, number, world_of};

    #[test]
    fn what_is_given_up_is_in_the_dead_letter_queue_or_nowhere() {
        for (dlq, is_denied, happened) in [
            (true, false, vec!["sent", "dead-lettered"]),
            (true, true, vec!["broken", "dropped"]),
            (false, false, vec!["dropped"]),
        ] {
            let mut world =
                world_of(&format!("{LINE}dlq = 'dead'\nmax_receive_count = 1\n[queues.dead]\n"));
            if is_denied {
                break_part(&mut world, FaultKind::Deny, "queues.dead", 60);
            }
            let order = accept(&mut world);
            world.live(order);
            let part = number(&world, "queues.work");
            let dlq = dlq.then_some((Id::new(0), Access::FULL));
            let sent = world.give_up(part, (order, 1), dlq, DETAIL, true);
            assert_eq!((names(&world), sent), (happened, world.ledger.dead_lettered == 1));
            assert_eq!(world.ledger.lost, u64::from(!sent));
        }
    }
}
