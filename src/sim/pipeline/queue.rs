//! Queues in the pipeline: what their rules (`aws::queue`) mean for orders, consumers and time.

use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::aws::queue::{self, Message, MessageId, Place};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::{Span, Time};

#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub part: PartId,
    pub held: queue::Queue,
    /// The bit of a required part, or 0.
    pub required: u16,
    /// Its DLQ and the wire to it.
    pub dlq: Option<(usize, u32)>,
    pub consumers: Vec<usize>,
    /// The queues whose DLQ it is.
    pub sources: Vec<usize>,
    /// When an expiry is entered in the agenda.
    pub expiry: Option<Time>,
}

const TO_DLQ: Span = Span::from_millis(700);

impl World {
    /// `SendMessage`.
    pub(super) fn send(&mut self, queue: usize, order: u32) {
        self.arrived(Target::Queue(queue));
        self.put(queue, order, false);
        let part = self.queues.get(queue).map(|queue| queue.part);
        if let Some(part) = part
            && self.is_broken(FaultKind::Duplicate, part)
        {
            // At least once: the service makes a copy by itself (SQS-01).
            if self.queues.get(queue).is_some_and(|queue| queue.required != 0) {
                self.change(order, |order| order.live += 1);
            }
            self.put(queue, order, true);
        }
    }

    fn put(&mut self, index: usize, order: u32, copy: bool) {
        let now = self.now;
        let id = MessageId(self.messages.len() as u32);
        let mut message =
            Message { order, place: Place::Gone, receive_count: 0, enqueued: now, arrived: now };
        let Some(queue) = self.queues.get_mut(index) else { return };
        let counter =
            if copy { &mut queue.held.counters.copied } else { &mut queue.held.counters.sent };
        *counter += 1;
        let at = queue.held.enqueue(now, id, &mut message, true);
        let part = queue.part;
        self.messages.push(message);
        let kind = if copy { OccurrenceKind::Copied } else { OccurrenceKind::Sent };
        self.occur(part, Some(order), kind, 0);
        self.watch_expiry(index);
        if at > now {
            self.agenda.enter(at, Entry::Show { queue: index, id });
        } else {
            self.wake(index);
        }
    }

    pub(super) fn show(&mut self, index: usize, id: MessageId) {
        let (Some(queue), Some(message)) =
            (self.queues.get_mut(index), self.messages.get_mut(id.0 as usize))
        else {
            return;
        };
        if queue.held.show(id, message) {
            self.wake(index);
        }
    }

    /// Consumers look again.
    fn wake(&mut self, index: usize) {
        let consumers = self.queues.get(index).map(|queue| queue.consumers.clone());
        for function in consumers.unwrap_or_default() {
            self.pull(function);
        }
    }

    /// A visibility timeout is over.
    pub(super) fn hand_back(&mut self, index: usize, id: MessageId, receipt: u32) {
        let (Some(queue), Some(message)) =
            (self.queues.get_mut(index), self.messages.get_mut(id.0 as usize))
        else {
            return;
        };
        if queue.held.hand_back(id, receipt, message) {
            let (part, order) = (queue.part, message.order);
            self.occur(part, Some(order), OccurrenceKind::HandedBack, receipt);
            self.wake(index);
        }
    }

    /// Moves a message that was received too often. It stays the same message (SQS-29); a queue
    /// without a DLQ has no limit and never comes here.
    pub(super) fn dead_letter(&mut self, index: usize, id: MessageId) {
        let now = self.now;
        let Some((dlq, wire)) = self.queues.get(index).and_then(|queue| queue.dlq) else { return };
        let Some(message) = self.messages.get_mut(id.0 as usize) else { return };
        let (order, count) = (message.order, message.receive_count);
        if let Some(queue) = self.queues.get_mut(dlq) {
            queue.held.enqueue(now, id, message, false);
            queue.held.counters.moved_in += 1;
        }
        let (part, required) =
            self.queues.get(index).map_or((PartId(0), 0), |q| (q.part, q.required));
        if required != 0 {
            self.change(order, |order| {
                order.live = order.live.saturating_sub(1);
                order.dead += 1;
            });
        }
        self.hop(wire, order, count, TO_DLQ);
        self.occur(part, Some(order), OccurrenceKind::DeadLettered, count);
        self.watch_expiry(dlq);
        self.wake(dlq);
    }

    /// Enters the next expiry, unless it is entered already.
    fn watch_expiry(&mut self, index: usize) {
        let Some(queue) = self.queues.get_mut(index) else { return };
        let next = queue.held.next_expiry();
        if let Some(at) = next
            && queue.expiry.is_none_or(|entered| at < entered)
        {
            queue.expiry = Some(at);
            self.agenda.enter(at, Entry::Expire { queue: index });
        }
    }

    pub(super) fn expire(&mut self, index: usize) {
        let now = self.now;
        if let Some(queue) = self.queues.get_mut(index) {
            queue.expiry = None;
        }
        while let Some(queue) = self.queues.get_mut(index) {
            let Some(id) = queue.held.expire(now, &mut self.messages) else { break };
            let part = queue.part;
            let is_dlq = !queue.sources.is_empty();
            let required = queue.required != 0 || self.is_required_dlq(index);
            let order = self.messages.get(id.0 as usize).map_or(0, |message| message.order);
            self.occur(part, Some(order), OccurrenceKind::Expired, 0);
            if required {
                self.change(order, |order| {
                    let count = if is_dlq { &mut order.dead } else { &mut order.live };
                    *count = count.saturating_sub(1);
                });
            }
        }
        self.watch_expiry(index);
    }

    fn is_required_dlq(&self, index: usize) -> bool {
        let sources = self.queues.get(index).map(|queue| &queue.sources);
        sources.into_iter().flatten().any(|s| self.queues.get(*s).is_some_and(|q| q.required != 0))
    }

    /// Moves what is in a DLQ back to its source, as new messages (SQS-40, SQS-42); answers how many.
    pub(crate) fn redrive(&mut self, part: PartId) -> Option<usize> {
        let index = self.queues.iter().position(|queue| queue.part == part)?;
        let source = self.queues.get(index)?.sources.first().copied()?;
        let ids = self.queues.get_mut(index)?.held.drain(&mut self.messages);
        let required = self.queues.get(source).is_some_and(|queue| queue.required != 0);
        for id in &ids {
            let order = self.messages.get(id.0 as usize).map_or(0, |message| message.order);
            self.occur(part, Some(order), OccurrenceKind::Redriven, 0);
            if required {
                self.change(order, |order| {
                    order.dead = order.dead.saturating_sub(1);
                    order.live += 1;
                });
            }
            self.put(source, order, false);
        }
        Some(ids.len())
    }
}
