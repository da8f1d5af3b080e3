//! All that an observer may see of a run at an instant: plain data, no way back into the run.

use super::aws::alarm::State;
use super::fault::Fault;
use super::kernel::time::{Span, Time};
use super::ledger::Ledger;
use super::world::{FailureAttributes, PartId, Travel};

/// An instant of a run.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub now: Time,
    pub seed: u64,
    pub ledger: Ledger,
    /// In the order of the topology's parts.
    pub parts: Vec<PartView>,
    /// What is on its way, by the number of the wire.
    pub flows: Vec<Flow>,
    /// The same by name; where there are many on a wire, the first of them.
    pub travelling: Vec<Travel>,
    /// The faults that are active.
    pub faults: Vec<Fault>,
    /// Messages or orders that were lost or invented: `None`, or the model is wrong.
    pub broken_invariant: Option<String>,
}

/// What is on its way along a wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    pub count: u32,
    /// Of those, how many are tried again.
    pub again: u32,
}

/// What is to be seen of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartView {
    /// Nothing but its name.
    Plain,
    Store {
        stored: u64,
        /// Rows that are not published yet; `None` for a store that has no outbox.
        outbox: Option<u64>,
    },
    Bus {
        published: u64,
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
    Service(ServiceView),
    Alarm {
        /// When it went into ALARM, if it is.
        since: Option<Time>,
        /// Its changes of state, the last one last.
        history: Vec<(Time, State)>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueView {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    pub is_dlq: bool,
    /// Sent, copied and moved in.
    pub came: u64,
    pub deleted: u64,
    pub moved_out: u64,
    pub expired: u64,
    pub redriven: u64,
    pub age_of_oldest: Span,
    pub visibility_timeout: Span,
    pub max_receive_count: Option<u32>,
    /// Messages in flight, the first to come back in front; at most 32.
    pub lent: Vec<Lent>,
    /// The first messages that are visible or delayed, those that came first in front; at most 32.
    pub waiting: Vec<Waiting>,
    /// What stands on the last messages that rules gave up and sent here.
    pub failure_attributes: Vec<FailureAttributes>,
}

/// A message that waits to be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub order: u32,
    /// So often it was received before.
    pub receive_count: u32,
    pub arrived: Time,
    pub is_delayed: bool,
}

/// What a rule of a bus has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView {
    pub id: String,
    pub matched: u64,
    pub delivered: u64,
    pub retried: u64,
    /// Deliveries that were given up, dead-lettered or dropped.
    pub failed: u64,
}

/// A message in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lent {
    pub order: u32,
    pub receive_count: u32,
    pub back_at: Time,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionView {
    pub running: u32,
    pub limit: u32,
    pub invocations: u64,
    pub errors: u64,
    pub throttles: u64,
    pub stopped: bool,
}

/// What the containers of a worker do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerView {
    /// Of how many, how many have a message in hand, and how many died and are not back.
    pub tasks: u32,
    pub busy: u32,
    pub starting: u32,
    pub done: u64,
    pub failed: u64,
    /// Work that was done and could not be deleted, because the message was lent to another.
    pub late_deletes: u64,
    pub stopped: bool,
}

/// What is to be seen of a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipeView {
    /// Whether its source is a stream; otherwise it is a queue.
    pub reads_stream: bool,
    /// Batches that are under way or gathered.
    pub running: u32,
    /// Records of a stream that wait for their batch.
    pub waiting: u64,
    pub filtered: u64,
    pub delivered: u64,
    /// Executions that failed, wholly or in part.
    pub failures: u64,
    /// Records of a stream that were given up.
    pub gave_up: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    pub protocol: &'static str,
    /// Copies that the filter took, and those it did not.
    pub accepted: u64,
    pub filtered: u64,
    pub delivered: u64,
    pub retrying: u64,
    pub sent_to_dlq: u64,
    pub dropped: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowView {
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub caught: u64,
    /// In the definition's order, from its first state on.
    pub states: Vec<StateView>,
    /// When the next retry begins.
    pub next_retry: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateView {
    pub name: String,
    /// Whether the one before it leads to it, other than by an error.
    pub follows: bool,
    pub inside: u64,
    pub retrying: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    pub in_flight: u32,
    pub calls: u64,
    pub failures: u64,
    /// The fault it has, and until when.
    pub broken: Option<(&'static str, Time)>,
}

impl Snapshot {
    /// A part's view.
    #[must_use]
    pub fn part(&self, id: PartId) -> &PartView {
        self.parts.get(id.0 as usize).unwrap_or(&PartView::Plain)
    }
}
