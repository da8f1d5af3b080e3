//! A function that consumes a queue through an event source mapping: batches, failures, what is
//! deleted and what comes back (LAM-01 to LAM-25).

use std::collections::BTreeMap;

use super::{Entry, OccurrenceKind, PartId, World};
use crate::sim::aws::queue::MessageId;
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::{Span, Time};

#[derive(Debug, Clone)]
pub(super) struct Function {
    pub part: PartId,
    pub queue: usize,
    pub service: usize,
    pub from_queue: u32,
    pub to_service: u32,
    pub batch_size: usize,
    pub window: Span,
    pub timeout: Span,
    pub reports_failures: bool,
    /// The most invocations at once; LAM-04 without a maximum concurrency, LAM-06 with one.
    pub concurrency_max: u32,
    pub idempotent: bool,
    /// Invocations at once that are allowed just now.
    pub limit: u32,
    pub scaling: bool,
    pub window_until: Option<Time>,
    pub batches: BTreeMap<u32, Batch>,
    pub batches_begun: u32,
    pub invocations: u64,
    pub errors: u64,
}

/// The records of one invocation.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Message and receipt.
    pub records: Vec<(MessageId, u32)>,
    /// The record being worked on.
    pub next: usize,
    pub failed: Vec<MessageId>,
    /// Whether the call that is under way will succeed: it takes effect even if nobody waits.
    pub calling: Option<(Time, bool)>,
}

/// LAM-04: it starts with five, and 300 more a minute are five more a second.
pub(super) const POLLERS: u32 = 5;
/// LAM-04.
pub(super) const CONCURRENCY_MAX: u32 = 1_250;
const POLL: Span = Span::from_millis(200);
const CALL_HOP: Span = Span::from_millis(1);
/// What a handler takes to see that the work is done already, or that an order is poison.
const GLANCE: Span = Span::from_millis(60);

impl World {
    /// Receives and invokes while there are messages and room. A long poll returns as soon as one
    /// message is there (SIM-10); a batching window waits for more (LAM-03).
    pub(super) fn pull(&mut self, index: usize) {
        while let Some(function) = self.functions.get(index) {
            let (queue, part) = (function.queue, function.part);
            let busy = function.batches.len() as u32;
            let visible = self.queues.get(queue).map_or(0, |queue| queue.held.visible());
            if visible == 0 || self.is_broken(FaultKind::Stop, part) {
                return;
            }
            if busy >= function.limit {
                self.scale_soon(index);
                return;
            }
            if (visible as usize) < function.batch_size && function.window > Span::ZERO {
                let until = function.window_until.unwrap_or(self.now + function.window);
                if until > self.now {
                    if function.window_until.is_none() {
                        self.agenda.enter(until, Entry::Window { function: index });
                        if let Some(function) = self.functions.get_mut(index) {
                            function.window_until = Some(until);
                        }
                    }
                    return;
                }
            }
            self.invoke(index, queue);
        }
    }

    pub(super) fn window_over(&mut self, index: usize) {
        self.pull(index);
        if let Some(function) = self.functions.get_mut(index)
            && function.window_until.is_some_and(|until| until <= self.now)
        {
            function.window_until = None;
        }
    }

    fn scale_soon(&mut self, index: usize) {
        let next = self.now + Span::from_secs(1);
        if let Some(function) = self.functions.get_mut(index)
            && !function.scaling
            && function.limit < function.concurrency_max
        {
            function.scaling = true;
            self.agenda.enter(next, Entry::Scale { function: index });
        }
    }

    pub(super) fn scale(&mut self, index: usize) {
        if let Some(function) = self.functions.get_mut(index) {
            function.scaling = false;
            if function.batches.len() as u32 >= function.limit {
                function.limit = (function.limit + POLLERS).min(function.concurrency_max);
            }
        }
        self.pull(index);
    }

    fn invoke(&mut self, index: usize, queue: usize) {
        let Some(function) = self.functions.get_mut(index) else { return };
        let (most, part, wire) = (function.batch_size, function.part, function.from_queue);
        function.window_until = None;
        let Some(source) = self.queues.get_mut(queue) else { return };
        let queue_part = source.part;
        let timeout = source.held.settings.visibility_timeout;
        let received = source.held.receive(self.now, most, &mut self.messages);
        for id in received.diverted {
            self.dead_letter(queue, id);
        }
        if received.messages.is_empty() {
            return;
        }
        let mut records = Vec::with_capacity(received.messages.len());
        let mut starts = self.now;
        for id in received.messages {
            let Some(message) = self.messages.get(id.0 as usize) else { continue };
            let (order, receipt) = (message.order, message.receive_count);
            let back = Entry::HandBack { queue, id, receipt };
            self.agenda.enter(self.now + timeout, back);
            self.occur(queue_part, Some(order), OccurrenceKind::Received, receipt);
            starts = starts.max(self.hop(wire, order, receipt, POLL));
            records.push((id, receipt));
        }
        let count = records.len() as u32;
        let Some(function) = self.functions.get_mut(index) else { return };
        function.batches_begun += 1;
        function.invocations += 1;
        let number = function.batches_begun;
        let timeout = function.timeout;
        let batch = Batch { records, next: 0, failed: Vec::new(), calling: None };
        function.batches.insert(number, batch);
        self.agenda.enter(starts, Entry::Record { function: index, batch: number });
        let over = Entry::FunctionTimeout { function: index, batch: number };
        self.agenda.enter(starts + timeout, over);
        self.occur(part, None, OccurrenceKind::Invoked, count);
    }

    /// The handler takes the next record.
    pub(super) fn record(&mut self, index: usize, number: u32) {
        let Some(function) = self.functions.get(index) else { return };
        let Some(batch) = function.batches.get(&number) else { return };
        let Some((id, receipt)) = batch.records.get(batch.next).copied() else {
            self.finish(index, number, false);
            return;
        };
        let (service, idempotent, wire) =
            (function.service, function.idempotent, function.to_service);
        let order = self.messages.get(id.0 as usize).map_or(0, |message| message.order);
        let (poison, handled) = self.orders.get(order as usize).map_or((false, false), |order| {
            (order.poisons == Some(index as u16), order.handled & bit(index) != 0)
        });
        if poison || (idempotent && handled) {
            let entry =
                Entry::RecordDone { function: index, batch: number, failed: poison, called: false };
            self.agenda.enter(self.now + GLANCE, entry);
            return;
        }
        let call = self.begin_call(service, order, receipt.saturating_add(index as u32 * 1_000));
        self.hop(wire, order, receipt, call.takes.max(CALL_HOP));
        let ends = self.now + call.takes;
        let failed = call.error.is_some();
        let function = self.functions.get_mut(index);
        if let Some(batch) = function.and_then(|function| function.batches.get_mut(&number)) {
            batch.calling = Some((ends, !failed));
        }
        let entry = Entry::RecordDone { function: index, batch: number, failed, called: true };
        self.agenda.enter(ends, entry);
    }

    pub(super) fn record_done(&mut self, index: usize, number: u32, failed: bool, called: bool) {
        let Some(function) = self.functions.get_mut(index) else { return };
        let (service, idempotent) = (function.service, function.idempotent);
        let reports = function.reports_failures;
        // The invocation may have timed out: then the call was left to itself.
        let Some(batch) = function.batches.get_mut(&number) else { return };
        batch.calling = None;
        let Some((id, _)) = batch.records.get(batch.next).copied() else { return };
        batch.next += 1;
        if failed && reports {
            batch.failed.push(id);
        }
        let order = self.messages.get(id.0 as usize).map_or(0, |message| message.order);
        if called {
            self.end_call(service);
            if !failed {
                self.take_effect(service, order, idempotent);
            }
        }
        if !failed && let Some(order) = self.orders.get_mut(order as usize) {
            order.handled |= bit(index);
        }
        if failed && !reports {
            // The handler throws: the whole batch has failed, whatever was done for others (LAM-25).
            self.finish(index, number, true);
        } else {
            self.record(index, number);
        }
    }

    /// The function's own timeout: the invocation is over, the call that is under way is not.
    pub(super) fn function_timeout(&mut self, index: usize, number: u32) {
        let Some(function) = self.functions.get(index) else { return };
        let (service, with_key) = (function.service, function.idempotent);
        let Some(batch) = function.batches.get(&number) else { return };
        let order =
            batch.records.get(batch.next).and_then(|(id, _)| self.messages.get(id.0 as usize));
        if let (Some((ends, succeeds)), Some(order)) = (batch.calling, order.map(|m| m.order)) {
            if succeeds {
                self.agenda.enter(ends, Entry::LateEffect { service, order, with_key });
            } else {
                self.end_call(service);
            }
        }
        self.finish(index, number, true);
    }

    /// The invocation ends: what succeeded is deleted, the rest waits out what is left of its
    /// visibility timeout (SIM-05).
    fn finish(&mut self, index: usize, number: u32, threw: bool) {
        let Some(function) = self.functions.get_mut(index) else { return };
        let (part, queue) = (function.part, function.queue);
        let Some(batch) = function.batches.remove(&number) else { return };
        let failed = threw || self.is_broken(FaultKind::Crash, part);
        if failed {
            if let Some(function) = self.functions.get_mut(index) {
                function.errors += 1;
            }
            self.occur(part, None, OccurrenceKind::InvocationFailed, batch.records.len() as u32);
        } else {
            let kind = OccurrenceKind::InvocationSucceeded;
            self.occur(part, None, kind, batch.records.len() as u32);
            for (id, receipt) in &batch.records {
                if !batch.failed.contains(id) {
                    self.delete(queue, *id, *receipt);
                }
            }
        }
        self.shrink(index);
        self.pull(index);
    }

    fn delete(&mut self, index: usize, id: MessageId, receipt: u32) {
        let (Some(queue), Some(message)) =
            (self.queues.get_mut(index), self.messages.get_mut(id.0 as usize))
        else {
            return;
        };
        if !queue.held.delete(id, receipt, message) {
            return;
        }
        let (part, required, order) = (queue.part, queue.required, message.order);
        self.occur(part, Some(order), OccurrenceKind::Deleted, receipt);
        if required != 0 {
            self.change(order, |order| {
                order.live = order.live.saturating_sub(1);
                order.done |= required;
            });
        }
    }

    /// With nothing to do it goes back to five pollers (LAM-04).
    fn shrink(&mut self, index: usize) {
        let Some(function) = self.functions.get_mut(index) else { return };
        let visible = self.queues.get(function.queue).map_or(0, |queue| queue.held.visible());
        if visible == 0 && function.batches.is_empty() {
            function.limit = POLLERS.min(function.concurrency_max);
        }
    }
}

fn bit(index: usize) -> u16 {
    1 << index.min(15)
}
