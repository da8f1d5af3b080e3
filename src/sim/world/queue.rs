//! Queues in a run: they apply the rules of `aws::queue` to orders, consumers and the agenda.

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

/// A queue in a run.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub part: PartId,
    pub key: u32,
    /// SQS's rules for the messages in it, with settings and counters of their own.
    pub rules: queue::Queue,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a queue in the design.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // independent of each other
pub(crate) struct Settings {
    /// Bit of a required part, or 0.
    pub required: u32,
    /// Whether an order waits for messages in it: the queue, or a part that it leads to, is required.
    pub matters: bool,
    /// Its DLQ and the wire to it.
    pub dlq: Option<(QueueId, u32)>,
    pub consumers: Vec<Consumer>,
    /// Queues whose DLQ it is.
    pub sources: Vec<QueueId>,
    /// Whether it is the DLQ of any part.
    pub is_dlq: bool,
    /// How a FIFO queue recognises a duplicate (SQS-61).
    pub deduplicates: By,
    /// Of a FIFO queue, the sends a second that it takes.
    pub quota: Option<Quota>,
    /// Whether its policy lets other accounts send to it.
    pub admits_strangers: bool,
    /// Whether a KMS key encrypts it.
    pub encrypted: bool,
}

/// State of a queue during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Index of the consumer that polls first next time.
    pub turn: usize,
    pub recent: Deduplication<()>,
    /// Time of the last fetch of a data key, which is reused for five minutes (COST-11).
    pub data_key: Option<Time>,
    /// Time of the scheduled check for changes that time alone causes.
    pub armed: Option<Time>,
    pub redrive: Redrive,
    /// Attributes that EventBridge added to the latest messages that it gave up (EB-43).
    pub failure_attributes: Vec<FailureAttributes>,
    /// Progress of each customer's orders, in a FIFO queue.
    pub sequence: Sequence,
    pub last_active: Time,
    /// Of a FIFO queue, its sends just now.
    pub rate: Rate,
}

/// How a FIFO queue or topic recognises a duplicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// An id that the sender gives. That a producer which says nothing of it gives the order's is a *model
    /// assumption* (MA-fifo-1).
    Id,
    /// By the hash of the body.
    Content,
}

impl By {
    /// Returns the method that the setting `content_based_deduplication` selects.
    pub fn of(content_based: bool) -> Self {
        if content_based { Self::Content } else { Self::Id }
    }
}

/// A redrive in progress (SQS-41).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Redrive {
    /// Number of the task; entries of an earlier task are void.
    pub task: u32,
    pub left: u64,
    pub between: Span,
}

/// Message attributes that EventBridge adds to a message that it has given up (EB-43).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureAttributes {
    pub order: u32,
    pub rule_arn: String,
    pub target_arn: String,
    pub error_code: &'static str,
    pub error_message: std::rc::Rc<str>,
    /// Empty if such a failure is never retried.
    pub exhausted_retry_condition: &'static str,
    pub retry_attempts: u32,
}

const TO_DLQ: Span = Span::from_millis(700);
/// Messages in a million that a standard queue copies, and messages in a million that others overtake
/// (SQS-01). Both rates are *model assumptions* (SIM-02, MA-queue-1).
const COPIES_PER_MILLION: u32 = 20;
const OVERTAKEN_PER_MILLION: u32 = 5_000;
const FAILURE_ATTRIBUTES_MAX: usize = 64;
const DATA_KEY: Span = Span::from_secs(300);
/// Messages per second of a redrive without a rate: a *model assumption* (MA-queue-2; SQS-41 gives the
/// ceiling).
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
            .then_some("The type of a queue cannot be changed: create another and restart the run.")
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
    /// Counts the required messages in the queue as dead-lettered once it is a DLQ, and as live once it is
    /// none.
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

/// Maximum number of messages in each list of a snapshot.
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
        // All messages are in flight, so none are waiting.
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
    /// Performs a permitted `SendMessage`.
    pub(super) fn send(&mut self, index: QueueId, order: u32, shape: u16) {
        let by = self.queues[index].settings.deduplicates;
        self.send_by(index, order, shape, by);
    }

    /// Returns the deduplication id of a message. One that its sender gives wins over the content (SQS-61).
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

    /// Like `send`, but recognises duplicates by `by`: a FIFO topic passes its own deduplication id on.
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
            // Delivery is at least once: the queue makes a copy of its own accord.
            self.put(index, order, (shape, matters), group, Happened::Copied);
        }
    }

    /// Bills requests to a queue, by its type (COST-03).
    pub(super) fn count_requests(&mut self, index: QueueId, requests: u64) {
        let fifo = self.queues[index].rules.is_fifo();
        self.bill.count(if fifo { Item::SqsFifoRequests } else { Item::SqsRequests }, requests);
    }

    /// Bills a receive by the chunks of all the messages that it returns; an empty one counts as one request
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
            // The sender generates the key, and the consumer decrypts it.
            self.bill.count(Item::KmsRequests, 2);
        }
    }

    /// Puts a message that another part has given up into a DLQ; returns `true`.
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

    /// Keeps the failure attributes of a dead-lettered message; drops the oldest if there are too many.
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

    /// Schedules a check of the queue for the next change that time alone causes.
    pub(super) fn arm(&mut self, index: QueueId) {
        let queue = &mut self.queues[index];
        // A setting that was just changed may have made a change overdue.
        let next = queue.rules.next_change(&self.messages).map(|at| at.max(self.now));
        if let Some(at) = next
            && queue.state.armed.is_none_or(|armed| at < armed)
        {
            queue.state.armed = Some(at);
            self.agenda.enter(at, Scheduled::Change { queue: index });
        }
    }

    /// Applies all changes that are due, and wakes the consumers.
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

    /// Removes a message, whose work was not done, from the counts of its order.
    fn end_message(&mut self, order: u32, required: bool, is_dead: bool) {
        if !required {
            return;
        }
        self.change(order, |order| {
            let count = if is_dead { &mut order.dead } else { &mut order.live };
            *count = count.saturating_sub(1);
        });
    }

    /// Lets the consumers poll again. They compete for the same messages, so they take turns in polling
    /// first.
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

    /// Moves a message that was received too often to the DLQ. It stays the same message (SQS-29). A queue
    /// without a DLQ has no limit, so none of its messages is moved.
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

    /// Deletes a message for a consumer and returns whether it was deleted. `done` holds the bits of the
    /// parts that are done with it, or is `None` if its work was not done all the same.
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
        // The receipt of an earlier receive deletes nothing; in a FIFO queue, neither does one whose
        // visibility timeout has ended (SQS-23).
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

    /// Deletes a message that no filter accepts (LAM-16).
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
