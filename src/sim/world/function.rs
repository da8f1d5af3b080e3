//! Functions that consume a queue through an event source mapping: pollers receive messages and gather
//! batches, which are invoked, throttled or dropped (LAM-01 to LAM-16).

use super::bucket::Fetch;
use super::delivery::Access;
use super::destination::{Destination, Forms};
use super::id::{FunctionId, IdOf, Numbered, QueueId, ServiceId};
use super::part::{Measure, Part};
use super::{Happened, PartId, PartKind, Scheduled, Waiting, World};
use crate::aws::event_source_mapping::PAYLOAD_MAX;
use crate::aws::queue::{Message, Received, Ticket};
use crate::aws::retry;
use crate::design::{self, BatchResponse};
use crate::fault::FaultKind;
use crate::kernel::pages::Pages;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{EventsView, FunctionView, PartView};

/// A function in a run.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a function in the design.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // independent of each other
pub(crate) struct Settings {
    /// Bit of a required part, or 0.
    pub required: u32,
    /// Queue that it consumes, and the wire from it.
    pub source: Option<(QueueId, u32)>,
    pub service: ServiceId,
    pub to_service: u32,
    /// Whether its role may receive, and use the queue's key (LAM-15).
    pub access: Access,
    /// Index of its account.
    pub account: usize,
    /// Access to the payloads that messages refer to.
    pub fetch: Option<Fetch>,
    pub batch_size: usize,
    pub window: Span,
    pub timeout: Span,
    pub memory: u64,
    pub reports_failures: bool,
    pub response: BatchResponse,
    /// Maximum number of concurrent batches: AWS's limit (LAM-04), or the mapping's maximum concurrency
    /// (LAM-06).
    pub concurrency_max: u32,
    /// Whether the mapping has no maximum concurrency.
    pub has_no_maximum: bool,
    /// Reserved concurrency (LAM-41).
    pub reserved: Option<u32>,
    /// By message template and kind of order: whether a filter accepts the message. Empty without filters.
    pub accepts: Vec<Vec<bool>>,
    pub keeps_record: bool,
    pub record_expiry: Span,
    pub sends_key: bool,
    pub retries_max: u32,
    pub age_max: Span,
    /// Whether an order waits for the function, or for what its records lead to.
    pub matters: bool,
    /// What it gives up, without a record.
    pub dlq: Option<(QueueId, Access)>,
    pub on_success: Option<Destination>,
    pub on_failure: Option<Destination>,
    pub forms: Forms,
}

/// State of a function during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Current limit on concurrent batches.
    pub limit: u32,
    /// Batches that pollers hold, including throttled ones.
    pub busy: u32,
    /// Running invocations.
    pub running: u32,
    pub scaling: bool,
    /// Batch that is being gathered.
    pub gathering: Option<BatchId>,
    pub batches: Vec<Batch>,
    pub free: Vec<u32>,
    /// By order: the handler's idempotency record (IDM-04), encoded by `handler`.
    pub records: Pages<u64>,
    pub invocations: u64,
    pub errors: u64,
    /// Errors that were timeouts of the function.
    pub timeouts: u64,
    pub throttles: u64,
    pub filtered: u64,
    /// Records that returned although they had not failed: another record of their batch had, and the batch
    /// failed with it (LAM-25).
    pub returned_with_others: u64,
    /// Events accepted for asynchronous invocation, events that wait, and events given up.
    pub events: u64,
    /// Those that came twice.
    pub events_copied: u64,
    pub events_waiting: u64,
    pub events_dropped: u64,
    pub events_sent_to_dlq: u64,
    /// Events that succeeded, and those that were given up, wherever they went.
    pub events_succeeded: u64,
    pub events_failed: u64,
    /// Records of successes and failures that a destination took, those it refused, and those on their way.
    pub successes_sent: u64,
    pub failures_sent: u64,
    pub destination_failures: u64,
    pub records_under_way: u64,
    /// Highest number of concurrent invocations since the last full minute.
    pub running_most: u32,
}

/// Place of a batch, with a stamp that changes whenever the place is reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchId {
    pub place: u32,
    pub stamp: u32,
}

/// The records of one invocation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    pub stamp: u32,
    pub is_open: bool,
    pub records: Vec<Record>,
    /// Bytes that they take up in the payload.
    pub bytes: usize,
    /// The record being worked on.
    pub next: usize,
    pub began: Time,
    /// End of the first message's visibility timeout.
    pub until: Time,
    /// Number of throttled attempts.
    pub tries: u32,
    /// Call in progress: its end, if it ever ends, and whether it succeeds.
    pub calling: Option<(Option<Time>, bool)>,
    /// The event of an asynchronous invocation.
    pub event: Option<Event>,
    /// Who waits for the outcome of a synchronous invocation, and whether the records stay in their order.
    pub waiting: Option<Waiting>,
    pub is_ordered: bool,
}

/// An event in a function's internal queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub order: u32,
    /// What it looks like: the payload of a record.
    pub shape: u16,
    /// Number of the attempt, starting at 1.
    pub attempt: u32,
    /// Number of throttled attempts.
    pub throttles: u32,
    pub since: Time,
}

impl Event {
    /// Number of the try to invoke the function: no two tries of an event have the same luck.
    pub fn turn(self) -> u32 {
        self.throttles + 1_000 * (self.attempt - 1)
    }
}

/// A record in a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub order: u32,
    /// Message and its receipt, unless it came as an event.
    pub message: Option<(Ticket, u32)>,
    /// Number of the attempt at it: the receive count of its message.
    pub attempt: u32,
    pub shape: u16,
    /// Whether it refers to its payload instead of carrying it.
    pub refers: bool,
    /// Whether the work failed, and whether the mapping is told so.
    pub failed: bool,
    pub reported: bool,
}

impl Record {
    /// Creates a record that no message of a queue stands behind, for an attempt at an order.
    pub fn new((order, attempt): (u32, u32), shape: u16, refers: bool) -> Self {
        Self { order, message: None, attempt, shape, refers, failed: false, reported: false }
    }
}

impl State {
    fn events_view(&self) -> EventsView {
        EventsView {
            received: self.events,
            copied: self.events_copied,
            waiting: self.events_waiting,
            succeeded: self.events_succeeded,
            failed: self.events_failed,
            successes_sent: self.successes_sent,
            failures_sent: self.failures_sent,
            refused: self.destination_failures,
        }
    }
}

impl Function {
    /// Applies a maximum concurrency that has changed from `was`. A mapping that the old maximum held back
    /// now has at least its first pollers.
    pub fn recap(&mut self, was: u32) {
        let most = self.settings.concurrency_max;
        let limit = self.state.limit;
        let limit = if limit == was { limit.max(POLLERS.min(most)) } else { limit };
        self.state.limit = limit.min(most);
    }

    /// Whether the filters of its mapping accept a message; without filters, all are accepted.
    fn takes(&self, shape: u16, class: usize) -> bool {
        let by_class = self.settings.accepts.get(usize::from(shape));
        self.settings.accepts.is_empty()
            || by_class.and_then(|c| c.get(class)).copied() == Some(true)
    }
}

/// Pollers that a mapping starts with, and that it adds each second: 300 a minute (LAM-04).
pub(super) const POLLERS: u32 = 5;
/// Maximum number of concurrent batches of a mapping (LAM-04).
pub(super) const CONCURRENCY_MAX: u32 = 1_250;
const POLL: Span = Span::from_millis(200);
/// Maximum number of messages of a receive.
const RECEIVE_MAX: usize = 10;

impl Numbered for Function {
    type Design = design::Function;
}

impl Part for Function {
    const KIND: PartKind = PartKind::Function;

    const COLUMNS: &[&str] =
        &["invocations", "errors", "timeouts", "throttles", "filtered_out", "events_dropped"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("running", |_, f| u64::from(f.state.running) as f64),
        ("batches", |_, f| u64::from(f.state.busy) as f64),
        ("concurrency_limit", |_, f| u64::from(f.state.limit) as f64),
        ("invocations", |_, f| f.state.invocations as f64),
        ("errors", |_, f| f.state.errors as f64),
        ("timeouts", |_, f| f.state.timeouts as f64),
        ("throttles", |_, f| f.state.throttles as f64),
        ("returned_with_others", |_, f| f.state.returned_with_others as f64),
        ("filtered_out", |_, f| f.state.filtered as f64),
        ("events_received", |_, f| f.state.events as f64),
        ("events_copied", |_, f| f.state.events_copied as f64),
        ("events_waiting", |_, f| f.state.events_waiting as f64),
        ("events_dropped", |_, f| f.state.events_dropped as f64),
        ("events_sent_to_dlq", |_, f| f.state.events_sent_to_dlq as f64),
        ("events_succeeded", |_, f| f.state.events_succeeded as f64),
        ("events_failed", |_, f| f.state.events_failed as f64),
        ("successes_sent", |_, f| f.state.successes_sent as f64),
        ("failures_sent", |_, f| f.state.failures_sent as f64),
        ("destination_delivery_failures", |_, f| f.state.destination_failures as f64),
        ("records_under_way", |_, f| f.state.records_under_way as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let most = world.executions_max(self);
        let view = FunctionView {
            running: self.state.running,
            // Only a mapping has pollers that are fewer.
            limit: self.settings.source.map_or(most, |_| self.state.limit.min(most)),
            invocations: self.state.invocations,
            errors: self.state.errors,
            throttles: self.state.throttles,
            stopped: world.is_broken(FaultKind::Stop, self.part),
            events: self.state.events_view(),
        };
        Some(PartView::Function(view))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let open = self.state.batches.iter().filter(|batch| batch.is_open).count();
        let State { busy, running, .. } = self.state;
        if open != busy as usize || running > busy {
            return Some(format!("{} holds {open} batches, not {busy}", self.path(world)));
        }
        let State { events, events_copied, .. } = self.state;
        let State { events_waiting, events_succeeded, events_failed, .. } = self.state;
        if events + events_copied != events_waiting + events_succeeded + events_failed {
            return Some(format!("{} has {events} events and other ends", self.path(world)));
        }
        (running > world.executions_max(self).max(1))
            .then(|| "more invocations run than the concurrency allows".to_owned())
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        let was = std::mem::replace(&mut self.settings, new.settings).concurrency_max;
        self.recap(was);
    }

    fn resume(world: &mut World, id: IdOf<Self>) {
        world.pull(id);
    }
}

impl World {
    /// Receives and invokes while there are messages and free pollers. A long poll returns as soon as there
    /// is a message (SIM-10); a batching window waits for more (LAM-03).
    pub(super) fn pull(&mut self, index: FunctionId) {
        loop {
            let function = &self.functions[index];
            let Some((queue, _)) = function.settings.source else { return };
            let part = function.part;
            let can_receive = function.settings.access == Access::FULL
                && !self.is_broken(FaultKind::Stop, part)
                && !self.is_broken(FaultKind::Deny, part);
            let source = &self.queues[queue];
            let none = source.rules.visible() == 0
                || (source.rules.is_fifo() && source.rules.groups_ready() == 0);
            // A queue that is down, or whose key nobody may use, returns nothing.
            let closed = !self.is_healthy(source.part)
                && (self.is_broken(FaultKind::Outage, source.part)
                    || self.is_broken(FaultKind::WrongKey, source.part));
            if none || closed || !can_receive {
                return;
            }
            let batch = match function.state.gathering {
                Some(batch) => batch,
                None if function.state.busy >= function.state.limit => {
                    self.scale_soon(index);
                    return;
                }
                None => self.open_batch(index),
            };
            if !self.gather(index, queue, batch) {
                return;
            }
        }
    }

    /// Receives once for a batch, and returns whether another receive may find more.
    fn gather(&mut self, index: FunctionId, queue: QueueId, id: BatchId) -> bool {
        let now = self.now;
        let source = &mut self.queues[queue];
        let timeout = source.rules.settings.visibility_timeout;
        let part = source.part;
        source.state.last_active = now;
        let received = self.receive_for(index, queue, id);
        let diverted = !received.diverted.is_empty();
        for message in received.diverted {
            self.dead_letter(queue, message);
        }
        let (got, was_cut) = (!received.messages.is_empty(), received.was_cut);
        for message in received.messages {
            let Some(known) = self.messages.get(message).copied() else { continue };
            self.occur(part, Some(known.order), Happened::Received { count: known.receive_count });
            let class = self.class(known.order);
            let refers = self.refers(known.shape, class);
            let function = &mut self.functions[index];
            if !function.takes(known.shape, class) {
                function.state.filtered += 1;
                self.count_requests(queue, 1);
                self.filter_out(queue, message);
                continue;
            }
            let message = Some((self.messages.ticket(message), known.receive_count));
            let record = Record::new((known.order, known.receive_count), known.shape, refers);
            let record = Record { message, ..record };
            if let Some(batch) = function.state.batches.get_mut(id.place as usize) {
                if batch.records.is_empty() {
                    batch.until = now + timeout;
                }
                batch.records.push(record);
            }
        }
        self.arm(queue);
        let function = &mut self.functions[index];
        let held =
            function.state.batches.get(id.place as usize).map_or(0, |batch| batch.records.len());
        if held == 0 {
            function.state.gathering = None;
            self.close_batch(index, id);
            return got || diverted;
        }
        let is_full = was_cut
            || held >= function.settings.batch_size
            || function.settings.window == Span::ZERO;
        if is_full {
            self.start_batch(index, id);
        } else if function.state.gathering.is_none() {
            function.state.gathering = Some(id);
            let at = now + function.settings.window;
            self.agenda.enter(at, Scheduled::Window { function: index, batch: id });
        }
        got || diverted || was_cut
    }

    /// Receives as many messages as the batch has room for, up to the payload limit of an invocation
    /// (LAM-02). That messages which do not fit are left in the queue is a *model assumption* (MA-function-2).
    fn receive_for(&mut self, index: FunctionId, queue: QueueId, id: BatchId) -> Received {
        let (function, source) = (&mut self.functions[index], &mut self.queues[queue]);
        let place = id.place as usize;
        let batch = function.state.batches.get(place);
        let (held, mut bytes) = batch.map_or((0, 0), |batch| (batch.records.len(), batch.bytes));
        let most = function.settings.batch_size.saturating_sub(held).min(RECEIVE_MAX);
        let (orders, shapes) = (&self.orders, &self.shapes);
        let mut has_room = |message: &Message| {
            let class = orders.get(message.order as usize).map_or(0, |o| usize::from(o.class));
            if !function.takes(message.shape, class) {
                return true;
            }
            let shape = shapes.get(usize::from(message.shape));
            let length = shape.and_then(|shape| shape.record_bytes.get(class));
            let with = bytes + length.copied().unwrap_or(0);
            let fits = bytes == 0 || with <= PAYLOAD_MAX;
            if fits {
                bytes = with;
            }
            fits
        };
        let wanted = (most, source.rules.settings.visibility_timeout);
        let received =
            source.rules.receive_while(self.now, wanted, &mut self.messages, &mut has_room);
        if let Some(batch) = function.state.batches.get_mut(place) {
            batch.bytes = bytes;
        }
        if !received.messages.is_empty() || !received.was_cut {
            self.count_receive(queue, &received.messages);
        }
        received
    }

    /// Opens an empty batch.
    pub(super) fn open_batch(&mut self, index: FunctionId) -> BatchId {
        let none = BatchId { place: u32::MAX, stamp: 0 };
        let function = &mut self.functions[index];
        function.state.busy += 1;
        let place = function.state.free.pop().unwrap_or_else(|| {
            function.state.batches.push(Batch::default());
            function.state.batches.len() as u32 - 1
        });
        let Some(batch) = function.state.batches.get_mut(place as usize) else { return none };
        batch.stamp = batch.stamp.wrapping_add(1);
        batch.is_open = true;
        batch.records.clear();
        batch.bytes = 0;
        (batch.next, batch.tries, batch.calling) = (0, 0, None);
        (batch.event, batch.waiting, batch.is_ordered) = (None, None, false);
        BatchId { place, stamp: batch.stamp }
    }

    /// Returns a batch that is still open; `None` if it was closed or its place reused.
    pub(super) fn batch(&mut self, index: FunctionId, id: BatchId) -> Option<&mut Batch> {
        let batch = self.functions[index].state.batches.get_mut(id.place as usize)?;
        (batch.stamp == id.stamp && batch.is_open).then_some(batch)
    }

    /// Closes a batch and frees its place.
    pub(super) fn close_batch(&mut self, index: FunctionId, id: BatchId) {
        let Some(batch) = self.batch(index, id) else { return };
        batch.is_open = false;
        let function = &mut self.functions[index];
        function.state.free.push(id.place);
        function.state.busy -= 1;
    }

    /// Ends a batching window: starts the batch and polls again.
    pub(super) fn window_over(&mut self, index: FunctionId, id: BatchId) {
        if self.functions[index].state.gathering == Some(id) {
            self.start_batch(index, id);
        }
        self.pull(index);
    }

    /// Sends a batch from its poller to the function.
    fn start_batch(&mut self, index: FunctionId, id: BatchId) {
        let function = &mut self.functions[index];
        if function.state.gathering == Some(id) {
            function.state.gathering = None;
        }
        let wire = function.settings.source.map_or(0, |(_, wire)| wire);
        let records = self.batch(index, id).map_or(0, |batch| batch.records.len());
        let mut starts = self.now;
        for place in 0..records {
            let record = self.batch(index, id).and_then(|batch| batch.records.get(place).copied());
            let Some(Record { order, message: Some((_, receipt)), .. }) = record else { continue };
            starts = starts.max(self.hop(wire, order, receipt, POLL));
        }
        self.agenda.enter(starts, Scheduled::Invoke { function: index, batch: id });
    }

    fn scale_soon(&mut self, index: FunctionId) {
        let next = self.now + Span::from_secs(1);
        let function = &mut self.functions[index];
        if !function.state.scaling && function.state.limit < function.settings.concurrency_max {
            function.state.scaling = true;
            self.agenda.enter(next, Scheduled::Scale { function: index });
        }
    }

    /// Adds pollers if all are busy, and polls again.
    pub(super) fn scale(&mut self, index: FunctionId) {
        let function = &mut self.functions[index];
        function.state.scaling = false;
        if function.state.busy >= function.state.limit {
            function.state.limit =
                (function.state.limit + POLLERS).min(function.settings.concurrency_max);
        }
        self.pull(index);
    }

    /// Invokes the function with a batch. Pollers ignore the reserved concurrency (LAM-07): a throttled batch
    /// is retried until its visibility timeout ends, and then dropped; its messages become visible in the
    /// queue again (LAM-11).
    pub(super) fn invoke(&mut self, index: FunctionId, id: BatchId) {
        let Some(batch) = self.batch(index, id) else { return };
        let (tries, until) = (batch.tries, batch.until);
        let first = batch.records.first().map_or(0, |record| record.order);
        if self.is_throttled(index, first, tries) {
            let part = self.function_part(index);
            self.functions[index].state.throttles += 1;
            self.occur(part, Some(first), Happened::Throttled { attempt: tries + 1 });
            let at = self.now + retry::throttle_wait(tries + 1);
            if let Some(batch) = self.batch(index, id) {
                batch.tries += 1;
            }
            if at < until {
                self.agenda.enter(at, Scheduled::Invoke { function: index, batch: id });
            } else {
                self.close_batch(index, id);
                self.pull(index);
            }
            return;
        }
        self.begin_invocation(index, id);
    }

    /// Begins an invocation that is not throttled.
    pub(super) fn begin_invocation(&mut self, index: FunctionId, id: BatchId) {
        let Some(batch) = self.batch(index, id) else { return };
        let count = batch.records.len() as u32;
        let event = batch.event.map(|event| event.order);
        self.invocation_began(index, id);
        let function = &self.functions[index];
        let (part, timeout) = (function.part, function.settings.timeout);
        self.occur(part, event, Happened::Invoked { records: count });
        let ends = self.now + timeout;
        self.agenda.enter(ends, Scheduled::TimedOut { function: index, batch: id });
        self.record(index, id);
    }

    /// Whether an attempt to invoke the function is throttled, by its concurrency or by a fault.
    pub(super) fn is_throttled(&self, index: FunctionId, order: u32, tries: u32) -> bool {
        let function = &self.functions[index];
        self.has_no_room(function)
            || self.fails_by_chance(FaultKind::Throttle, function.part, order, tries)
    }

    /// Number of a function's part.
    pub(super) fn function_part(&self, index: FunctionId) -> PartId {
        self.functions[index].part
    }

    /// Adapts a mapping's limit on batches after an invocation. Errors lower it, unless failures are reported
    /// one by one (LAM-10, LAM-23); by how much is a *model assumption* (SIM-04, MA-function-3). An idle
    /// mapping returns to five pollers (LAM-04).
    pub(super) fn adapt(&mut self, index: FunctionId, failed: bool) {
        let function = &mut self.functions[index];
        let Some((queue, _)) = function.settings.source else { return };
        let calm = POLLERS.min(function.settings.concurrency_max);
        if failed && !function.settings.reports_failures {
            function.state.limit = (function.state.limit * 3 / 4).max(2);
        } else if function.state.limit < calm {
            function.state.limit += 1;
        }
        let visible = self.queues[queue].rules.visible();
        if visible == 0 && function.state.busy == 0 && function.state.limit > calm {
            function.state.limit = calm;
        }
    }
}

#[cfg(test)]
mod tests;
