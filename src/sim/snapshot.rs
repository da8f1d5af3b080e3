//! State of a run, as far as an observer may see it: plain data without access to the run itself.

use super::aws::alarm::State;
use super::fault::Fault;
use super::kernel::time::{Span, Time};
use super::ledger::Ledger;
use super::world::{Called, Exposure, FailureAttributes, PartId, Travel};

/// The state of a run at an instant.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub now: Time,
    pub seed: u64,
    pub ledger: Ledger,
    /// In the order of the topology's parts.
    pub parts: Vec<PartView>,
    /// Traffic on each wire, by the wire's number.
    pub flows: Vec<Flow>,
    /// The same traffic, one item each; on a busy wire only the first few.
    pub travelling: Vec<Travel>,
    /// The parts that keep bodies; empty if the design names no sensitive field.
    pub exposures: Vec<Exposure>,
    /// Active faults.
    pub faults: Vec<Fault>,
    /// Sentence about messages or orders that were lost or invented. Anything but `None` is a bug in the
    /// model.
    pub broken_invariant: Option<String>,
}

/// Traffic on a wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    pub count: u32,
    /// Retries among them.
    pub again: u32,
}

/// The visible state of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartView {
    /// A part without visible state.
    Plain,
    Store {
        stored: u64,
        /// Unpublished rows; `None` for a store without an outbox.
        outbox: Option<u64>,
        /// Items there are and writes whose condition did not hold; `None` where no workflow uses the store.
        items: Option<(u64, u64)>,
    },
    Bucket(BucketView),
    Bus {
        published: u64,
        /// Events that replays put on it again.
        replayed: u64,
        /// Requests that were over its quota.
        throttled: u64,
        unmatched: u64,
        under_way: u64,
        rules: Vec<RuleView>,
    },
    Queue(QueueView),
    Function(FunctionView),
    Worker(WorkerView),
    Pipe(PipeView),
    Topic {
        published: u64,
    },
    Subscription(SubscriptionView),
    Workflow(WorkflowView),
    LogGroup(LogView),
    Service(ServiceView),
    Alarm(AlarmView),
    Trail(TrailView),
    Archive(ArchiveView),
}

/// An alarm: its state, and what it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmView {
    /// When it went into ALARM; `None` in any other state.
    pub since: Option<Time>,
    /// Its changes of state, oldest first.
    pub history: Vec<(Time, State)>,
    /// What it published to its topics, and how often a topic refused it.
    pub notifications: u64,
    pub actions_failed: u64,
    /// Of a composite alarm, those that it is made of, with their states.
    pub below: Vec<(String, State)>,
}

/// A bucket: objects now, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketView {
    /// Number of objects, and their bytes.
    pub stored: u64,
    pub bytes: u64,
    /// Requests that it answered.
    pub puts: u64,
    pub gets: u64,
    /// Gets of objects that were gone.
    pub missing: u64,
    /// Requests that it did not answer, or that were not permitted.
    pub failures: u64,
    pub is_down: bool,
}

/// A queue: messages now, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    pub is_dlq: bool,
    /// Messages sent, copied and moved in.
    pub came: u64,
    pub deleted: u64,
    pub moved_out: u64,
    pub expired: u64,
    pub redriven: u64,
    pub age_of_oldest: Span,
    pub visibility_timeout: Span,
    pub max_receive_count: Option<u32>,
    /// Sends that were over its quota.
    pub throttled: u64,
    /// Messages in flight, those returning soonest first; at most 32.
    pub lent: Vec<Lent>,
    /// The first messages that are visible or delayed, in order of arrival; at most 32.
    pub waiting: Vec<Waiting>,
    /// Attributes of the latest messages that rules dead-lettered here.
    pub failure_attributes: Vec<FailureAttributes>,
}

/// A message waiting to be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub order: u32,
    /// Number of earlier receives.
    pub receive_count: u32,
    pub arrived: Time,
    pub is_delayed: bool,
}

/// Totals of a rule since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView {
    pub id: String,
    pub matched: u64,
    pub delivered: u64,
    pub retried: u64,
    /// Deliveries that were dead-lettered or dropped.
    pub failed: u64,
}

/// A message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lent {
    pub order: u32,
    pub receive_count: u32,
    pub back_at: Time,
}

/// A function: concurrent invocations against their limit, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionView {
    pub running: u32,
    pub limit: u32,
    pub invocations: u64,
    pub errors: u64,
    pub throttles: u64,
    pub stopped: bool,
    pub events: EventsView,
}

/// What became of the events of a function that is invoked asynchronously, and of its records; all nought for a
/// queue's consumer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventsView {
    pub received: u64,
    /// Those that came a second time (LAM-33).
    pub copied: u64,
    pub waiting: u64,
    pub succeeded: u64,
    pub failed: u64,
    /// Records of successes and of failures that a destination took, and those it refused (LAM-34).
    pub successes_sent: u64,
    pub failures_sent: u64,
    pub refused: u64,
}

/// A worker's containers: their number now, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerView {
    /// All tasks; of them, those handling a message, and those that crashed and are restarting.
    pub tasks: u32,
    pub busy: u32,
    pub starting: u32,
    /// Tasks that a scale-out added and that have not started yet; not among all.
    pub ordered: u32,
    pub done: u64,
    pub failed: u64,
    /// Work that succeeded but whose message could not be deleted, because another task had
    /// received it.
    pub late_deletes: u64,
    pub stopped: bool,
}

/// A pipe: work in progress, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipeView {
    /// Whether its source is a stream; otherwise it is a queue.
    pub reads_stream: bool,
    /// Batches being gathered or processed.
    pub running: u32,
    /// Records of a stream waiting for their batch.
    pub waiting: u64,
    pub filtered: u64,
    pub delivered: u64,
    /// Executions that failed, completely or partially.
    pub failures: u64,
    /// Records of a stream that were dropped or sent to the DLQ.
    pub gave_up: u64,
    /// Records that the enrichment answered with nothing.
    pub left_out: u64,
}

/// A trail: totals of its logged events, and the account's event history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailView {
    /// Management events that it logged.
    pub events: u64,
    /// Logged management events whose records have been delivered.
    pub delivered: u64,
    /// Data events that it logged; `None` if it logs none now.
    pub data_events: Option<u64>,
    /// All calls of the account, oldest first.
    pub history: Vec<EventView>,
}

/// An archive: what is in it now, and what became of all that the bus took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveView {
    /// Events in it, and their bytes.
    pub stored: u64,
    pub bytes: u64,
    /// Events that the bus took and that are not in it yet.
    pub under_way: u64,
    pub expired: u64,
    /// Events that its pattern left out, and events that were replayed.
    pub filtered: u64,
    pub skipped: u64,
    /// When the bus received the oldest event in it, and the latest.
    pub span: Option<(Time, Time)>,
    /// `None`: events never expire.
    pub retention: Option<Span>,
    /// All replays, oldest first.
    pub replays: Vec<ReplayView>,
}

/// A replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayView {
    pub name: String,
    pub from: Time,
    pub to: Time,
    /// The rules that it is for; none: all of the bus.
    pub rules: Vec<String>,
    /// Events put on the bus, of how many.
    pub sent: u64,
    pub planned: u64,
    /// When the bus had received the event that it put on the bus last.
    pub last: Option<Time>,
    /// When it was completed; `None` while it runs.
    pub completed: Option<Time>,
}

/// A call in the event history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    pub called: Called,
    /// When the trail delivers or delivered its record; `None` if the trail did not log the call.
    pub delivered_at: Option<Time>,
}

/// A subscription: totals since the run began, apart from `retrying`, which counts copies now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    pub protocol: &'static str,
    /// Copies that passed the filter policy, and copies that did not.
    pub accepted: u64,
    pub filtered: u64,
    pub delivered: u64,
    pub retrying: u64,
    pub sent_to_dlq: u64,
    pub dropped: u64,
}

/// A workflow: running executions, and totals since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowView {
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub caught: u64,
    /// In the order of the definition, starting from its first state.
    pub states: Vec<StateView>,
    /// Start of the next retry; `None` if none is waiting.
    pub next_retry: Option<Time>,
}

/// Contents of a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogView {
    /// Events ingested, and their size in bytes.
    pub events: u64,
    pub ingested: u64,
    /// Size of the stored events in bytes, compressed.
    pub stored: u64,
    pub expired: u64,
    /// Stored events that show a sensitive field, and those that have one masked.
    pub in_clear: u64,
    pub masked: u64,
    /// `None`: events never expire.
    pub retention: Option<Span>,
}

/// A state of a workflow and the executions in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateView {
    pub name: String,
    /// Whether the previous state in the list leads to it, other than by an error.
    pub follows: bool,
    pub inside: u64,
    pub retrying: u64,
}

/// A service that handlers call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    pub in_flight: u32,
    pub calls: u64,
    pub failures: u64,
    /// The active fault and its end.
    pub broken: Option<(&'static str, Time)>,
}

impl Snapshot {
    /// The view of a part.
    #[must_use]
    pub fn part(&self, id: PartId) -> &PartView {
        self.parts.get(id.0 as usize).unwrap_or(&PartView::Plain)
    }
}
