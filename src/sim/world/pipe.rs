//! Pipes. A pipe takes batches from a queue or a stream, filters them, enriches each batch with one call, and
//! hands its records to the target (EB-60 to EB-63).
//!
//! A queue's message that cannot be delivered stays in flight and returns after its visibility timeout; the
//! queue's redrive policy decides when to give it up. A stream's batch is retried with growing delays, and
//! all records behind it wait.

mod call;
mod enrichment;
mod stream;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::delivery::Access;
use super::id::{Id, IdOf, Numbered, QueueId, ServiceId};
use super::part::{Measure, Part};
use super::service::CallError;
use super::{Happened, PartId, PartKind, Scheduled, Target, World};
use crate::aws::billing::{Item, chunks};
use crate::aws::queue::Ticket;
use crate::design;
use crate::fault::FaultKind;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{PartView, PipeView};

pub(crate) type PipeId = Id<design::Pipe>;

/// A pipe in a run.
#[derive(Debug, Clone)]
pub(crate) struct Pipe {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a pipe in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Queue that it polls; `None` if it reads a stream.
    pub queue: Option<QueueId>,
    /// Wire from its source.
    pub from_source: u32,
    /// Whether its role may read the source.
    pub reads: Access,
    pub batch_size: usize,
    pub window: Span,
    /// By message template and kind of order: whether a filter accepts the record. If empty, all records are
    /// accepted.
    pub accepts: Vec<Vec<bool>>,
    pub enrichment: Option<Enrichment>,
    pub target: Target,
    pub to_target: u32,
    /// Whether it waits for the outcome of the target.
    pub waits: bool,
    /// Whether an order waits for its records.
    pub matters: bool,
    /// Whether its role may send to the target.
    pub hands: Access,
    /// Message template of the target's message, by the record's template.
    pub forms: Vec<u16>,
    /// Whether it sends a deduplication id to a FIFO queue.
    pub gives_id: bool,
    /// Maximum number of retries of a stream's batch; `None`: until its records are too old.
    pub retries_max: Option<u32>,
    pub age_max: Span,
    pub dlq: Option<(QueueId, Access)>,
}

/// What enriches the batches of a pipe.
#[derive(Debug, Clone)]
pub(crate) enum Enrichment {
    Service {
        service: ServiceId,
        wire: u32,
    },
    /// A function or an Express workflow; `forms` are the message templates of what it gets, by the record's
    /// template.
    Part {
        target: Target,
        wire: u32,
        access: Access,
        forms: Vec<u16>,
    },
}

/// State of a pipe during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub batches: Vec<Batch>,
    pub free: Vec<u32>,
    /// The batch that waits for more records.
    pub gathering: Option<u32>,
    /// Open batches, including that one.
    pub open: u32,
    /// Records of a stream that are in no batch yet, in commit order.
    pub line: VecDeque<Entry>,
    pub taken: u64,
    pub filtered: u64,
    pub delivered: u64,
    /// Records that returned to their queue after a failure.
    pub returned: u64,
    /// Records of a stream that were given up.
    pub sent_to_dlq: u64,
    pub dropped: u64,
    /// Executions that failed, completely or partially.
    pub failures: u64,
    pub retries: u64,
    /// Records that the enrichment answered with nothing (EB-61).
    pub left_out: u64,
}

/// A record of a stream that waits for its batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub order: u32,
    pub since: Time,
}

/// The records of one execution.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// Number that changes whenever the place is reused.
    pub stamp: u32,
    pub records: Vec<Record>,
    /// Number of the current execution of a stream's batch, starting at 1.
    pub attempt: u32,
    /// Begin of the current execution.
    pub began: Time,
    /// When it waits no longer for the outcome of a call; `None` if it does not wait.
    pub late: Option<Time>,
}

/// A record in a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub order: u32,
    pub shape: u16,
    /// The message and its receipt, if it came from a queue.
    pub message: Option<(Ticket, u32)>,
    /// Instant at which it was written to a stream.
    pub since: Time,
}

impl Record {
    /// Number of the attempt at the record: the receive count of its message, or that of its batch.
    fn tries(&self, attempt: u32) -> u32 {
        self.message.map_or(attempt, |(_, receipt)| receipt)
    }
}

/// Next step of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its batching window ends.
    Close,
    /// It has arrived from the source: the pipe enriches it, or sends it on.
    Enrich,
    /// It has arrived at the function or workflow that enriches it.
    Ask,
    /// The service has answered.
    Enriched { service: ServiceId, error: Option<CallError> },
    /// It has arrived at the target.
    Deliver,
    /// It has waited for a call as long as an execution may take.
    Late,
}

/// A scheduled step of a batch; void once the batch's place has been reused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Execution {
    pub pipe: PipeId,
    pub place: u32,
    pub stamp: u32,
    pub step: Step,
}

/// Maximum number of concurrent executions of a pipe on a queue (EB-62). That a pipe reaches it at once is a
/// *model assumption* (MA-pipe-2).
const EXECUTIONS_MAX: u32 = 1_250;
/// Maximum number of messages of a receive (SQS-05).
const RECEIVE_MAX: usize = 10;
/// Records of one request to a target.
const BATCH_MAX: usize = 10;
/// Typical delays in the model: from the source to the pipe, and from there to the target.
const POLL: Span = Span::from_millis(60);
const HOP: Span = Span::from_millis(120);

impl Numbered for Pipe {
    type Design = design::Pipe;
}

impl Part for Pipe {
    const KIND: PartKind = PartKind::Pipe;

    const COLUMNS: &[&str] =
        &["taken", "filtered_out", "delivered", "failures", "retries", "sent_to_dlq", "dropped"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("taken", |_, p| p.state.taken as f64),
        ("filtered_out", |_, p| p.state.filtered as f64),
        ("delivered", |_, p| p.state.delivered as f64),
        ("failures", |_, p| p.state.failures as f64),
        ("returned", |_, p| p.state.returned as f64),
        ("retries", |_, p| p.state.retries as f64),
        ("waiting", |_, p| p.state.line.len() as f64),
        ("running", |_, p| f64::from(p.state.open)),
        ("sent_to_dlq", |_, p| p.state.sent_to_dlq as f64),
        ("dropped", |_, p| p.state.dropped as f64),
        ("left_out", |_, p| p.state.left_out as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        Some(PartView::Pipe(PipeView {
            reads_stream: self.settings.queue.is_none(),
            running: self.state.open,
            waiting: self.state.line.len() as u64,
            filtered: self.state.filtered,
            delivered: self.state.delivered,
            failures: self.state.failures,
            gave_up: self.state.sent_to_dlq + self.state.dropped,
            left_out: self.state.left_out,
        }))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let state = &self.state;
        let held: usize = state.batches.iter().map(|batch| batch.records.len()).sum();
        let ended = state.filtered + state.left_out + state.delivered + state.returned;
        let left = state.line.len() + held;
        let all = ended + state.sent_to_dlq + state.dropped + left as u64;
        (all != state.taken).then(|| {
            format!("{} took {} records, and {all} are known", self.path(world), state.taken)
        })
    }

    fn objection_to(&self, new: &Self) -> Option<&'static str> {
        (self.settings.queue != new.settings.queue).then_some(
            "The source of a pipe cannot be changed: create another and restart the run.",
        )
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }

    fn resume(world: &mut World, id: IdOf<Self>) {
        world.poll_pipe(id);
    }
}

impl Pipe {
    /// Whether a filter accepts a record.
    fn takes(&self, shape: u16, class: usize) -> bool {
        let by_class = self.settings.accepts.get(usize::from(shape));
        self.settings.accepts.is_empty()
            || by_class.and_then(|by_class| by_class.get(class)).copied() == Some(true)
    }

    /// Message template of the target's message for a record.
    fn form(&self, shape: u16) -> u16 {
        self.settings.forms.get(usize::from(shape)).copied().unwrap_or(shape)
    }

    fn batch_mut(&mut self, place: u32) -> Option<&mut Batch> {
        self.state.batches.get_mut(place as usize)
    }

    /// Opens a batch and returns its place.
    fn open(&mut self) -> u32 {
        self.state.open += 1;
        let place = self.state.free.pop().unwrap_or_else(|| {
            self.state.batches.push(Batch::default());
            self.state.batches.len() as u32 - 1
        });
        if let Some(batch) = self.batch_mut(place) {
            batch.stamp = batch.stamp.wrapping_add(1);
            batch.attempt = 1;
        }
        place
    }

    fn close(&mut self, place: u32) {
        let Some(batch) = self.batch_mut(place) else { return };
        batch.records.clear();
        batch.stamp = batch.stamp.wrapping_add(1);
        if self.state.gathering == Some(place) {
            self.state.gathering = None;
        }
        self.state.open -= 1;
        self.state.free.push(place);
    }
}

impl World {
    /// Takes records and starts executions while there are records and capacity.
    pub(super) fn poll_pipe(&mut self, index: PipeId) {
        let Some(queue) = self.pipes[index].settings.queue else {
            self.read_stream(index);
            return;
        };
        while self.pipe_can_receive(index, queue) {
            let pipe = &mut self.pipes[index];
            let place = match pipe.state.gathering {
                Some(place) => place,
                None if pipe.state.open >= EXECUTIONS_MAX => return,
                None => pipe.open(),
            };
            self.receive_for_pipe(index, queue, place);
            self.gather_or_start(index, place);
        }
    }

    fn pipe_can_receive(&self, index: PipeId, queue: QueueId) -> bool {
        let (pipe, source) = (&self.pipes[index], &self.queues[queue]);
        let is_closed = self.is_broken(FaultKind::Outage, source.part)
            || self.is_broken(FaultKind::WrongKey, source.part);
        let has_some = source.rules.visible() > 0
            && (!source.rules.is_fifo() || source.rules.groups_ready() > 0);
        has_some && !is_closed && pipe.settings.reads == Access::FULL
    }

    /// Receives once for a batch: deletes the messages that no filter accepts, and adds the others to the
    /// batch.
    fn receive_for_pipe(&mut self, index: PipeId, queue: QueueId, place: u32) {
        let now = self.now;
        let pipe = &mut self.pipes[index];
        let held = pipe.batch_mut(place).map_or(0, |batch| batch.records.len());
        let most = pipe.settings.batch_size.saturating_sub(held).clamp(1, RECEIVE_MAX);
        let source = &mut self.queues[queue];
        let (part, visibility) = (source.part, source.rules.settings.visibility_timeout);
        source.state.last_active = now;
        let received = source.rules.receive(now, most, visibility, &mut self.messages);
        self.count_receive(queue, &received.messages);
        for message in received.diverted {
            self.dead_letter(queue, message);
        }
        for id in received.messages {
            let Some(message) = self.messages.get(id).copied() else { continue };
            let (order, receipt) = (message.order, message.receive_count);
            self.occur(part, Some(order), Happened::Received { count: receipt });
            let class = self.class(order);
            let pipe = &mut self.pipes[index];
            pipe.state.taken += 1;
            if !pipe.takes(message.shape, class) {
                pipe.state.filtered += 1;
                self.count_requests(queue, 1);
                self.filter_out(queue, id);
                continue;
            }
            let message = (self.messages.ticket(id), receipt, message.shape);
            let (ticket, receipt, shape) = message;
            let record = Record { order, shape, message: Some((ticket, receipt)), since: now };
            if let Some(batch) = self.pipes[index].batch_mut(place) {
                batch.records.push(record);
            }
        }
        self.arm(queue);
    }

    /// Starts a batch that is full or has no batching window; lets any other batch wait until its window
    /// ends.
    fn gather_or_start(&mut self, index: PipeId, place: u32) {
        let now = self.now;
        let pipe = &mut self.pipes[index];
        let (size, window) = (pipe.settings.batch_size, pipe.settings.window);
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (held, stamp) = (batch.records.len(), batch.stamp);
        if held == 0 {
            pipe.close(place);
        } else if held >= size || window == Span::ZERO {
            self.start_execution(index, place);
        } else if pipe.state.gathering.is_none() {
            pipe.state.gathering = Some(place);
            let execution = Execution { pipe: index, place, stamp, step: Step::Close };
            self.agenda.enter(now + window, Scheduled::Pipe(execution));
        }
    }

    /// Sends a batch from the source to the pipe.
    fn start_execution(&mut self, index: PipeId, place: u32) {
        let pipe = &mut self.pipes[index];
        if pipe.state.gathering == Some(place) {
            pipe.state.gathering = None;
        }
        let wire = pipe.settings.from_source;
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (records, stamp) = (batch.records.clone(), batch.stamp);
        // Records that were filtered out are not billed (EB-63, COST-02).
        let bytes = records.iter().map(|r| self.bytes_of(r.shape, self.class(r.order))).sum();
        self.bill.count(Item::PipesRequests, chunks(bytes));
        let mut arrives = self.now;
        // The records of a stream are with the pipe already.
        for record in &records {
            let Some((_, receipt)) = record.message else { continue };
            arrives = arrives.max(self.hop(wire, record.order, receipt, POLL));
        }
        let execution = Execution { pipe: index, place, stamp, step: Step::Enrich };
        self.agenda.enter(arrives, Scheduled::Pipe(execution));
    }

    /// Performs a step of a batch, unless the step is void, and polls again.
    pub(super) fn step_pipe(&mut self, execution: Execution) {
        let Execution { pipe: index, place, stamp, step } = execution;
        let batch = self.pipes[index].batch_mut(place);
        if batch.is_none_or(|batch| batch.stamp != stamp) {
            return;
        }
        match step {
            Step::Close => {
                if self.pipes[index].state.gathering == Some(place) {
                    self.start_execution(index, place);
                }
            }
            Step::Enrich => self.enrich(execution),
            Step::Ask => self.call(execution),
            Step::Enriched { service, error } => self.enriched(execution, service, error),
            Step::Deliver if self.pipes[index].settings.waits => self.call(execution),
            Step::Deliver => self.deliver_batch(index, place),
            Step::Late => self.call_late(index, place),
        }
        self.poll_pipe(index);
    }

    fn enrich(&mut self, execution: Execution) {
        let Execution { pipe: index, place, .. } = execution;
        let now = self.now;
        let pipe = &mut self.pipes[index];
        if let Some(batch) = pipe.batch_mut(place) {
            batch.began = now;
        }
        match pipe.settings.enrichment {
            None => self.send_batch(execution),
            Some(Enrichment::Service { service, wire }) => {
                self.ask_service(execution, service, wire);
            }
            Some(Enrichment::Part { wire, .. }) => self.ask(execution, wire),
        }
    }

    /// Sends a batch to the target.
    fn send_batch(&mut self, execution: Execution) {
        let pipe = &mut self.pipes[execution.pipe];
        let wire = pipe.settings.to_target;
        let Some(batch) = pipe.batch_mut(execution.place) else { return };
        let (records, attempt) = (batch.records.clone(), batch.attempt);
        let mut arrives = self.now;
        for record in &records {
            arrives = arrives.max(self.hop(wire, record.order, record.tries(attempt), HOP));
        }
        let step = Step::Deliver;
        self.agenda.enter(arrives, Scheduled::Pipe(Execution { step, ..execution }));
    }

    /// Hands the records of a batch to the target one by one, in order. The first record that the target
    /// refuses stops the batch, so that an ordered source stays ordered (EB-62).
    fn deliver_batch(&mut self, index: PipeId, place: u32) {
        let pipe = &mut self.pipes[index];
        let (target, hands, part) = (pipe.settings.target, pipe.settings.hands, pipe.part);
        let gives_id = pipe.settings.gives_id;
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (records, attempt) = (std::mem::take(&mut batch.records), batch.attempt);
        let lacks_id = !gives_id && self.lacks_deduplication(target);
        let mut taken = 0;
        for record in &records {
            let order = record.order;
            let tries = record.tries(attempt);
            let shape = self.pipes[index].form(record.shape);
            // Ten records are one request (SQS-66, EB-05).
            let is_over =
                |world: &mut Self| taken % BATCH_MAX == 0 && !world.admits(target, order, shape);
            let refusal = self.refusal(target, hands, order, tries);
            if lacks_id || refusal.is_some() || is_over(self) {
                self.occur(part, Some(order), Happened::DeliveryFailed { attempt: tries });
                break;
            }
            taken += 1;
            self.pipes[index].state.delivered += 1;
            self.occur(part, Some(order), Happened::Delivered { attempt: tries });
            self.hand_over(target, order, shape);
            self.settle(index, *record, Some(0));
        }
        self.count_deletes(index, taken);
        self.end_delivery(index, place, records.get(taken..).unwrap_or_default().to_vec());
    }

    /// Deletes a record's message, or ends the record of a stream. `done` is as in [`World::delete`].
    fn settle(&mut self, index: PipeId, record: Record, done: Option<u32>) {
        let Settings { queue, matters, .. } = self.pipes[index].settings;
        match (record.message, queue) {
            (Some((ticket, receipt)), Some(queue)) => {
                self.delete(queue, ticket, receipt, done);
            }
            _ if matters => self.over(record.order, 0),
            _ => {}
        }
    }

    /// Bills the requests that delete so many messages of the source.
    fn count_deletes(&mut self, index: PipeId, messages: usize) {
        if let Some(queue) = self.pipes[index].settings.queue {
            self.count_requests(queue, (messages as u64).div_ceil(BATCH_MAX as u64));
        }
    }

    /// Ends an execution of which these records are left.
    fn end_delivery(&mut self, index: PipeId, place: u32, left: Vec<Record>) {
        let failed = !left.is_empty();
        if let Some(batch) = self.pipes[index].batch_mut(place) {
            batch.records = left;
        }
        if failed {
            self.execution_failed(index, place);
        } else {
            self.pipes[index].close(place);
        }
    }

    /// Returns the undelivered rest of a batch to its queue, or retries it if it came from a stream.
    fn execution_failed(&mut self, index: PipeId, place: u32) {
        let pipe = &mut self.pipes[index];
        pipe.state.failures += 1;
        let Some(batch) = pipe.batch_mut(place) else { return };
        let count = batch.records.len() as u64;
        if pipe.settings.queue.is_some() {
            pipe.state.returned += count;
            pipe.close(place);
        } else {
            self.try_batch_again(index, place);
        }
    }
}

/// Time limit of an execution (EB-62).
const EXECUTION_MAX: Span = Span::from_secs(300);
