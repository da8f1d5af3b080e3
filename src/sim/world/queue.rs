//! Queues in the pipeline: what their rules (`aws::queue`) mean for orders, consumers and time.

mod redrive;

use super::exposure::Place;
use super::id::{IdOf, Numbered, QueueId};
use super::part::{Measure, Part};
use super::quota::{Quota, Rate};
use super::sequence::Sequence;
use super::{Consumer, Happened, PartId, PartKind, Scheduled, World};
use crate::aws::billing::{Item, chunks};
use crate::aws::queue::{self, Change, Deduplication, Deletion, Kind, Location, MessageId, Ticket};
use crate::design;
use crate::fault::FaultKind;
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{Lent, PartView, QueueView, Waiting};

#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub part: PartId,
    pub key: u32,
    /// What SQS makes of the messages in it, with settings and counters of its own.
    pub rules: queue::Queue,
    pub settings: Settings,
    pub state: State,
}

/// What a design says of a queue.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each a question of its own
pub(crate) struct Settings {
    /// The bit of a required part, or 0.
    pub required: u32,
    /// Whether an order waits for messages here: the queue is required, or a function that consumes
    /// it is.
    pub matters: bool,
    /// Its DLQ and the wire to it.
    pub dlq: Option<(QueueId, u32)>,
    pub consumers: Vec<Consumer>,
    /// The queues whose DLQ it is.
    pub sources: Vec<QueueId>,
    /// Whether anything ends up here that was given up elsewhere.
    pub is_dlq: bool,
    /// Of a FIFO queue, what it knows a duplicate by where no id is given (SQS-61).
    pub deduplicates: By,
    /// Of a FIFO queue, the sends a second that it takes.
    pub quota: Option<Quota>,
    /// Whether its policy lets other accounts send to it.
    pub admits_strangers: bool,
    /// Whether a key of KMS encrypts it.
    pub encrypted: bool,
}

/// What became of a queue on the way.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Whose turn it is to poll.
    pub turn: usize,
    pub recent: Deduplication<()>,
    /// When a data key was fetched last: one does for five minutes (COST-11).
    pub data_key: Option<Time>,
    /// When it is asked next what time has changed.
    pub armed: Option<Time>,
    pub redrive: Redrive,
    /// What EventBridge wrote on the last messages it gave up (EB-43).
    pub failure_attributes: Vec<FailureAttributes>,
    /// Of a FIFO queue.
    pub sequence: Sequence,
    pub last_active: Time,
    /// Of a FIFO queue, its sends just now.
    pub rate: Rate,
}

/// What a FIFO queue or topic knows a duplicate by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// An id that the sender gives. That a producer which says nothing of it gives the order's is a *model
    /// assumption*.
    Id,
    /// The hash of the body.
    Content,
}

impl By {
    pub fn of(content_based: bool) -> Self {
        if content_based { Self::Content } else { Self::Id }
    }
}

/// A redrive under way (SQS-41).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Redrive {
    /// A number for each task: entries of an earlier one are void.
    pub task: u32,
    pub left: u64,
    pub between: Span,
}

/// What EventBridge writes on a message that it gave up, in its message attributes (EB-43).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureAttributes {
    pub order: u32,
    pub rule_arn: String,
    pub target_arn: String,
    pub error_code: &'static str,
    pub error_message: std::rc::Rc<str>,
    /// Empty where nothing was retried.
    pub exhausted_retry_condition: &'static str,
    pub retry_attempts: u32,
}

const TO_DLQ: Span = Span::from_millis(700);
/// Copies that a standard queue makes by itself, and messages that others overtake, of a million
/// (SQS-01). How rare they are is a *model assumption* (SIM-02).
const COPIES_PER_MILLION: u32 = 20;
const OVERTAKEN_PER_MILLION: u32 = 5_000;
const FAILURE_ATTRIBUTES_MAX: usize = 64;
const DATA_KEY: Span = Span::from_secs(300);
/// Messages a second of a redrive without a rate: a *model assumption* (SQS-41 names the ceiling).
const REDRIVE_RATE: u64 = 500;

impl Numbered for Queue {
    type Design = design::Queue;
}

impl Part for Queue {
    const KIND: PartKind = PartKind::Queue;

    const COLUMNS: &[&str] = &[
        "visible",
        "in_flight",
        "sent",
        "received",
        "deleted",
        "moved_out",
        "moved_in",
        "expired",
        "deduplicated",
    ];

    const MEASURES: &'static [Measure<Self>] = &[
        ("visible", |_, q| q.rules.visible() as f64),
        ("in_flight", |_, q| q.rules.in_flight() as f64),
        ("delayed", |_, q| q.rules.delayed() as f64),
        ("age_of_oldest", |w, q| q.rules.age_of_oldest(w.now, &w.messages).0 as f64 / 1e6),
        ("sent", |_, q| q.rules.counters.sent as f64),
        ("deduplicated", |_, q| q.rules.counters.deduplicated as f64),
        ("throttled", |_, q| q.state.rate.throttled as f64),
        ("copied", |_, q| q.rules.counters.copied as f64),
        ("received", |_, q| q.rules.counters.received as f64),
        ("empty_receives", |_, q| q.rules.counters.empty_receives as f64),
        ("deleted", |_, q| q.rules.counters.deleted as f64),
        ("moved_in", |_, q| q.rules.counters.moved_in as f64),
        ("moved_out", |_, q| q.rules.counters.moved_out as f64),
        ("expired", |_, q| q.rules.counters.expired as f64),
        ("redriven", |_, q| q.rules.counters.redriven as f64),
        ("overtaken", |_, q| q.state.sequence.overtaken as f64),
        ("admits_strangers", |_, q| f64::from(u8::from(q.settings.admits_strangers))),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        Some(PartView::Queue(world.queue_view(self)))
    }

    fn exposes(&self, world: &World) -> Option<(Place, u64)> {
        Some((Place::of_queue(self.settings.is_dlq), world.sensitive_in(&self.rules)))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let missing = self.rules.unaccounted();
        (missing != 0)
            .then(|| format!("{missing} messages of {} are unaccounted for", self.path(world)))
    }

    fn objection_to(&self, new: &Self) -> Option<&'static str> {
        (self.rules.is_fifo() != new.rules.is_fifo())
            .then_some("The type of a queue cannot be changed: create another one, and start anew.")
    }

    fn retune(&mut self, new: Self, world: &mut World) {
        self.rules.set(new.rules.settings, &mut world.messages);
        if self.settings.is_dlq != new.settings.is_dlq {
            self.count_anew(new.settings.is_dlq, world);
        }
        self.settings = new.settings;
        self.state.turn = 0;
    }

    fn resume(world: &mut World, id: IdOf<Self>) {
        world.arm(id);
    }
}

impl Queue {
    /// What an order waits for here is given up once the queue is a dead-letter queue, and no longer once
    /// it is none.
    fn count_anew(&self, is_dlq: bool, world: &mut World) {
        let required = self.rules.all(&world.messages).filter(|message| message.required);
        let orders: Vec<u32> = required.map(|message| message.order).collect();
        for order in orders {
            world.change(order, |order| {
                let (from, to) = if is_dlq {
                    (&mut order.live, &mut order.dead)
                } else {
                    (&mut order.dead, &mut order.live)
                };
                *from = from.saturating_sub(1);
                *to += 1;
            });
        }
    }
}

/// Messages that a snapshot names.
const NAMED_MAX: usize = 32;

impl World {
    fn queue_view(&self, queue: &Queue) -> QueueView {
        let rules = &queue.rules;
        let counters = rules.counters;
        let lent = rules.lent(&self.messages).take(NAMED_MAX).filter_map(|(back_at, id)| {
            let message = self.messages.get(id)?;
            Some(Lent { order: message.order, receive_count: message.receive_count, back_at })
        });
        QueueView {
            visible: rules.visible(),
            in_flight: rules.in_flight(),
            delayed: rules.delayed(),
            is_dlq: queue.settings.is_dlq,
            came: counters.sent + counters.copied + counters.moved_in,
            deleted: counters.deleted,
            moved_out: counters.moved_out,
            expired: counters.expired,
            redriven: counters.redriven,
            age_of_oldest: rules.age_of_oldest(self.now, &self.messages),
            visibility_timeout: rules.settings.visibility_timeout,
            max_receive_count: rules.settings.max_receive_count,
            lent: lent.collect(),
            waiting: self.waiting(rules),
            throttled: queue.state.rate.throttled,
            failure_attributes: queue.state.failure_attributes.clone(),
        }
    }

    fn waiting(&self, rules: &crate::aws::queue::Queue) -> Vec<Waiting> {
        // Nothing to look for where everything is lent.
        if rules.visible() + rules.delayed() == 0 {
            return Vec::new();
        }
        let waits = rules.all(&self.messages).filter(|m| !matches!(m.place, Location::InFlight(_)));
        waits
            .take(NAMED_MAX)
            .map(|message| Waiting {
                order: message.order,
                receive_count: message.receive_count,
                arrived: message.arrived,
                is_delayed: matches!(message.place, Location::Delayed(_)),
            })
            .collect()
    }
}

impl World {
    /// `SendMessage`, which was permitted.
    pub(super) fn send(&mut self, index: QueueId, order: u32, shape: u16) {
        let by = self.queues[index].settings.deduplicates;
        self.send_by(index, order, shape, by);
    }

    /// The id of a message, for deduplication. One that its sender gives wins over the content (SQS-61).
    pub(super) fn deduplication_id(&self, order: u32, shape: u16, by: By) -> u64 {
        let given = self.given_id(order, self.inside(shape), self.class(order));
        if let Some(id) = given {
            return id;
        }
        match by {
            By::Id => u64::from(order),
            By::Content => self.content_of(order, self.inside(shape), self.class(order)),
        }
    }

    /// The same with a deduplication id, which a FIFO topic passes on with its message.
    pub(super) fn send_by(&mut self, index: QueueId, order: u32, shape: u16, by: By) {
        let class = self.class(order);
        let sent = chunks(self.bytes_of(shape, class));
        let queue = &mut self.queues[index];
        queue.state.last_active = self.now;
        let fifo = queue.rules.is_fifo();
        self.count_requests(index, sent);
        self.use_key(index);
        let group = if fifo { self.group_of(order, shape, class) } else { 0 };
        let id = if fifo { self.deduplication_id(order, shape, by) } else { 0 };
        let queue = &mut self.queues[index];
        if let Kind::Fifo { per_group } = queue.rules.settings.kind
            && queue.state.recent.see(self.now, (group, id), per_group, ()).is_some()
        {
            queue.rules.counters.deduplicated += 1;
            let part = queue.part;
            self.occur(part, Some(order), Happened::Deduplicated);
            return;
        }
        let (part, key) = (queue.part, queue.key);
        let matters = queue.settings.matters;
        self.put(index, order, (shape, matters), group, Happened::Sent);
        let copied = self.is_broken(FaultKind::Duplicate, part)
            || self.chance.happens(
                COPIES_PER_MILLION,
                (key, order, u32::from(shape)),
                Purpose::Copy,
            );
        if copied && !fifo {
            // At least once: the service makes a copy by itself.
            self.put(index, order, (shape, matters), group, Happened::Copied);
        }
    }

    /// Requests to a queue are billed by its type (COST-03).
    pub(super) fn count_requests(&mut self, index: QueueId, requests: u64) {
        let fifo = self.queues[index].rules.is_fifo();
        self.bill.count(if fifo { Item::SqsFifoRequests } else { Item::SqsRequests }, requests);
    }

    /// A receive is billed for all that it gives, in chunks, and one that gives nothing as one
    /// (COST-03, COST-04).
    pub(super) fn count_receive(&mut self, index: QueueId, received: &[MessageId]) {
        let bytes = received
            .iter()
            .filter_map(|id| self.messages.get(*id))
            .map(|message| self.bytes_of(message.shape, self.class(message.order)));
        let requests = chunks(bytes.sum());
        self.count_requests(index, requests);
    }

    fn use_key(&mut self, index: QueueId) {
        let queue = &mut self.queues[index];
        if !queue.settings.encrypted {
            return;
        }
        if queue.state.data_key.is_none_or(|last| self.now.since(last) >= DATA_KEY) {
            queue.state.data_key = Some(self.now);
            // The sender generates it, the consumer decrypts it.
            self.bill.count(Item::KmsRequests, 2);
        }
    }

    /// Puts what was given up elsewhere into its DLQ; whether it is there.
    pub(super) fn send_dead(
        &mut self,
        index: QueueId,
        order: u32,
        shape: u16,
        matters: bool,
    ) -> bool {
        let class = self.class(order);
        let queue = &self.queues[index];
        let sent = chunks(self.bytes_of(shape, class));
        let group = if queue.rules.is_fifo() { self.group_of(order, shape, class) } else { 0 };
        self.count_requests(index, sent);
        self.use_key(index);
        self.put(index, order, (shape, matters), group, Happened::Sent);
        true
    }

    pub(super) fn keep_failure_attributes(&mut self, index: QueueId, kept: FailureAttributes) {
        let queue = &mut self.queues[index];
        if queue.state.failure_attributes.len() == FAILURE_ATTRIBUTES_MAX {
            queue.state.failure_attributes.remove(0);
        }
        queue.state.failure_attributes.push(kept);
    }

    fn put(
        &mut self,
        index: QueueId,
        order: u32,
        what: (u16, bool),
        group: u32,
        happened: Happened,
    ) {
        let now = self.now;
        let id = self.messages.add(order, what, group, now);
        let queue = &mut self.queues[index];
        let counters = &mut queue.rules.counters;
        *(if happened == Happened::Copied { &mut counters.copied } else { &mut counters.sent }) +=
            1;
        let overtaken = self.chance.happens(
            OVERTAKEN_PER_MILLION,
            (queue.key, order, happened.kind().code()),
            Purpose::Overtaken,
        );
        let by = if overtaken {
            1 + self.chance.below(8, (queue.key, order, 1), Purpose::Overtaken)
        } else {
            0
        };
        let delay = queue.rules.settings.delay;
        queue.rules.send(now, id, delay, by, &mut self.messages);
        let (part, is_dead) = (queue.part, queue.settings.is_dlq);
        self.occur(part, Some(order), happened);
        if what.1 {
            self.change(order, |order| {
                *(if is_dead { &mut order.dead } else { &mut order.live }) += 1;
            });
        }
        self.arm(index);
        self.wake(index);
    }

    /// Sees to it that the queue is asked when time changes something.
    pub(super) fn arm(&mut self, index: QueueId) {
        let queue = &mut self.queues[index];
        // A setting that was just changed may have made something due before.
        let next = queue.rules.next_change(&self.messages).map(|at| at.max(self.now));
        if let Some(at) = next
            && queue.state.armed.is_none_or(|armed| at < armed)
        {
            queue.state.armed = Some(at);
            self.agenda.enter(at, Scheduled::Change { queue: index });
        }
    }

    pub(super) fn change_queue(&mut self, index: QueueId) {
        let now = self.now;
        let queue = &mut self.queues[index];
        if queue.state.armed.is_some_and(|armed| armed > now) {
            return;
        }
        queue.state.armed = None;
        while let Some(change) = self.queues[index].rules.settle(now, &mut self.messages) {
            let queue = &self.queues[index];
            let (part, is_dlq) = (queue.part, queue.settings.is_dlq);
            match change {
                Change::Shown(_) => {}
                Change::HandedBack(id) => {
                    let message = self.messages.get(id);
                    let (order, count) = message.map_or((0, 0), |m| (m.order, m.receive_count));
                    self.occur(part, Some(order), Happened::HandedBack { count });
                }
                Change::Expired(id) => {
                    let message = self.messages.get(id);
                    let (order, required) = message.map_or((0, false), |m| (m.order, m.required));
                    self.messages.forget(id);
                    self.occur(part, Some(order), Happened::Expired);
                    self.end_message(order, required, is_dlq);
                }
            }
        }
        self.arm(index);
        self.wake(index);
    }

    /// A message is no more, and its work was not done.
    fn end_message(&mut self, order: u32, required: bool, is_dead: bool) {
        if !required {
            return;
        }
        self.change(order, |order| {
            let count = if is_dead { &mut order.dead } else { &mut order.live };
            *count = count.saturating_sub(1);
        });
    }

    /// Consumers look again, each in turn the first: they compete for the same messages.
    pub(super) fn wake(&mut self, index: QueueId) {
        let queue = &mut self.queues[index];
        let count = queue.settings.consumers.len();
        if count == 0 || queue.rules.visible() == 0 {
            return;
        }
        let first = queue.state.turn;
        queue.state.turn = (queue.state.turn + 1) % count;
        for place in 0..count {
            let consumer = self.queues[index].settings.consumers[(first + place) % count];
            self.wake_consumer(consumer);
        }
    }

    /// Moves a message that was received too often. It stays the same message (SQS-29); a queue
    /// without a DLQ has no limit and never comes here.
    pub(super) fn dead_letter(&mut self, index: QueueId, id: MessageId) {
        let now = self.now;
        let Some((dlq, wire)) = self.queues[index].settings.dlq else { return };
        let Some(message) = self.messages.get(id) else { return };
        let (order, count, required) = (message.order, message.receive_count, message.required);
        let position = message.position;
        let was_dead = self.queues[index].settings.is_dlq;
        let queue = &mut self.queues[dlq];
        queue.rules.move_in(now, id, index.number(), &mut self.messages);
        queue.state.last_active = now;
        let customer = self.customer_of(order);
        let source = &mut self.queues[index];
        if source.rules.is_fifo() {
            source.state.sequence.given_up(customer, position);
        }
        let part = self.queues[index].part;
        if required && !was_dead {
            self.die(order);
        }
        self.hop(wire, order, count, TO_DLQ);
        self.occur(part, Some(order), Happened::DeadLettered { tries: count });
        self.arm(dlq);
        self.wake(dlq);
    }

    /// Deletes a message for a consumer; `done` are the bits of what it was required for, or nothing if
    /// its work was not done all the same. Answers whether it is gone.
    pub(super) fn delete(
        &mut self,
        index: QueueId,
        ticket: Ticket,
        receipt: u32,
        done: Option<u32>,
    ) -> bool {
        let id = ticket.id;
        let queue = &mut self.queues[index];
        // It may have been moved to a DLQ meanwhile, or have expired.
        let Some(message) = self.messages.of(ticket).copied() else { return false };
        queue.state.last_active = self.now;
        // The receipt of an earlier receive deletes nothing, and of a FIFO queue none whose visibility
        // timeout is over (SQS-23).
        match queue.rules.delete(id, receipt, &mut self.messages) {
            Deletion::Deleted => {}
            Deletion::Ignored | Deletion::Expired => return false,
        }
        let (part, required, is_dlq) = (queue.part, queue.settings.required, queue.settings.is_dlq);
        self.messages.forget(id);
        let order = message.order;
        self.occur(part, Some(order), Happened::Deleted { receipt });
        if message.required {
            self.change(order, |order| {
                let count = if is_dlq { &mut order.dead } else { &mut order.live };
                *count = count.saturating_sub(1);
                order.done |= done.map_or(0, |done| required | done);
            });
        }
        self.arm(index);
        // A FIFO group may have been waiting for it.
        let customer = self.customer_of(order);
        let queue = &mut self.queues[index];
        if queue.rules.is_fifo() {
            queue.state.sequence.done(customer, message.position);
            self.wake(index);
        }
        true
    }

    /// Deletes what no filter takes: done with, and for nobody (LAM-16).
    pub(super) fn filter_out(&mut self, index: QueueId, id: MessageId) {
        let queue = &mut self.queues[index];
        let Some(message) = self.messages.get(id).copied() else { return };
        let receipt = message.receive_count;
        if queue.rules.delete(id, receipt, &mut self.messages) == Deletion::Deleted {
            let (part, is_dlq) = (queue.part, queue.settings.is_dlq);
            self.messages.forget(id);
            self.occur(part, Some(message.order), Happened::Filtered);
            self.end_message(message.order, message.required, is_dlq);
        }
    }
}

#[cfg(test)]
mod tests;
