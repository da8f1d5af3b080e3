//! A running design: its parts, the orders in progress, and the agenda of what happens next.
//!
//! Each kind of part has its own file, which handles that kind's entries of the agenda. During a run, parts
//! are numbers and no JSON is read: patterns, policies, filters and choices are evaluated once for every kind
//! of order.

mod account;
mod alarm;
mod archive;
mod asynchronous;
mod bucket;
mod build;
mod bus;
mod callee;
mod composite;
mod control_plane;
mod delivery;
mod destination;
mod execution;
mod exposure;
mod function;
mod handler;
mod history;
mod id;
mod intake;
mod invariant;
mod log_group;
mod measure;
mod nested;
mod notice;
mod occurrence;
mod order;
mod outage;
mod part;
mod pipe;
mod queue;
mod quota;
mod refusal;
mod retune;
mod sensitive;
mod sequence;
mod service;
mod store;
mod synchronous;
mod table;
mod task;
mod template;
mod topic;
mod topology;
mod trail;
mod worker;
mod workflow;

pub use control_plane::Called;
pub use delivery::Denial;
pub use exposure::{Exposure, Place};
pub use measure::Gauge;
pub use occurrence::{Happened, Occurrence, OccurrenceKind, Standing, Tone, Trace};
pub use part::columns;
pub use queue::FailureAttributes;
pub use topology::{Part, PartId, PartKind, Topology, Wire, WireKind};

use super::aws::billing::Bill;
use super::aws::queue::Messages;
use super::design::{Arrivals, Effects};
use super::fault::Fault;
use super::kernel::agenda::Agenda;
use super::kernel::pages::Pages;
use super::kernel::random::{Chance, Purpose};
use super::kernel::time::{Span, Time};
use super::ledger::Ledger;
use id::{BusId, FunctionId, QueueId, ServiceId, StoreId, Table, TopicId, WorkerId, WorkflowId};
use order::Order;

/// Calls a macro with the table and the type of every kind of part, in report order. Add a new kind here.
macro_rules! every_kind {
    ($each:ident) => {
        $each!(services, $crate::world::service::Service);
        $each!(stores, $crate::world::store::Store);
        $each!(objects, $crate::world::bucket::Bucket);
        $each!(buses, $crate::world::bus::Bus);
        $each!(rules, $crate::world::bus::Rule);
        $each!(queues, $crate::world::queue::Queue);
        $each!(functions, $crate::world::function::Function);
        $each!(workers, $crate::world::worker::Worker);
        $each!(pipes, $crate::world::pipe::Pipe);
        $each!(topics, $crate::world::topic::Topic);
        $each!(subscriptions, $crate::world::topic::Subscription);
        $each!(workflows, $crate::world::workflow::Workflow);
        $each!(logs, $crate::world::log_group::LogGroup);
        $each!(alarms, $crate::world::alarm::Alarm);
        $each!(trails, $crate::world::trail::Trail);
        $each!(archives, $crate::world::archive::Archive);
    };
}
use every_kind;

/// An entry of the agenda.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scheduled {
    /// An order arrives at the intake.
    Arrive {
        order: u32,
    },
    Request(intake::Request),
    /// A request's call of a service ends.
    Answered {
        request: intake::Request,
        error: Option<service::CallError>,
    },
    /// The client stops waiting.
    GaveUp {
        order: u32,
        attempt: u8,
    },
    /// The outbox relay, or the writer itself, publishes an order.
    Publish {
        store: StoreId,
        order: u32,
        attempt: u32,
    },
    /// A published order arrives at the store's target.
    Published {
        store: StoreId,
        order: u32,
    },
    Deliver(bus::Delivery),
    Replay(archive::Step),
    /// A message of a queue becomes visible or expires.
    Change {
        queue: QueueId,
    },
    /// A redrive moves its next message.
    Move {
        queue: QueueId,
        task: u32,
    },
    /// A batching window ends.
    Window {
        function: FunctionId,
        batch: function::BatchId,
    },
    /// Pollers are added while there is a backlog.
    Scale {
        function: FunctionId,
    },
    Invoke {
        function: FunctionId,
        batch: function::BatchId,
    },
    RecordDone {
        function: FunctionId,
        batch: function::BatchId,
        outcome: handler::Outcome,
    },
    TimedOut {
        function: FunctionId,
        batch: function::BatchId,
    },
    /// A container of a worker takes its next step.
    Task {
        task: worker::TaskId,
        step: worker::Step,
    },
    Pipe(pipe::Execution),
    /// A function is invoked with an event from its internal queue (LAM-30).
    Asynchronous {
        function: FunctionId,
        event: function::Event,
    },
    Record(destination::Record),
    /// A service finishes a call whose caller has stopped waiting.
    LateEffect {
        service: ServiceId,
        order: u32,
        with_key: bool,
    },
    Enter {
        thread: workflow::ThreadId,
    },
    TaskDone {
        thread: workflow::ThreadId,
        error: Option<service::CallError>,
    },
    /// A task waits no longer for the execution that it started.
    TaskLate {
        thread: workflow::ThreadId,
    },
    ExecutionOver {
        execution: u32,
    },
    Notify(topic::Notification),
    Notified {
        notification: topic::Notification,
        failed: bool,
    },
    Notice {
        notice: notice::Notice,
        step: notice::Step,
    },
    Minute,
    FaultBegins {
        fault: u16,
    },
    FaultOver {
        fault: u16,
    },
}

/// Target of a rule, store, pipe, subscription or workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Bus(BusId),
    Queue(QueueId),
    Topic(TopicId),
    Workflow(WorkflowId),
    Function(FunctionId),
    /// A pipe that reads the store's stream.
    Pipe(pipe::PipeId),
}

impl Target {
    /// Whether it reads the store's stream instead of receiving messages that the store publishes.
    fn reads_stream(self) -> bool {
        matches!(self, Self::Pipe(_))
    }
}

/// A part that polls a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consumer {
    /// Through an event source mapping.
    Function(FunctionId),
    /// With its own requests.
    Worker(WorkerId),
    Pipe(pipe::PipeId),
}

/// The batch of a pipe that waits for the outcome of its call.
type Waiting = pipe::Execution;

/// A message or call on its way along a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Travel {
    /// Index into [`Topology::wires`].
    pub wire: u32,
    /// None for what an alarm publishes.
    pub order: Option<u32>,
    pub departed: Time,
    pub arrives: Time,
    /// Starts at 1; higher for a retry or a later receive.
    pub attempt: u32,
}

/// Number of recorded travels below which none are swept.
const TRAVELS_MIN: usize = 4_096;

/// State of a run at an instant.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) chance: Chance,
    pub(crate) agenda: Agenda<Scheduled>,
    pub(crate) topology: std::rc::Rc<Topology>,
    pub(crate) ledger: Ledger,
    pub(crate) bill: Bill,
    pub(crate) trace: Trace,
    faults: Vec<Fault>,
    /// Active faults of each part, one bit per kind of fault.
    broken: Vec<u16>,
    /// Whether travels are recorded, for an observer.
    pub(crate) watched: bool,
    travels: Vec<Travel>,
    sweep_at: usize,
    arrivals: Arrivals,
    classes: Vec<order::OrderKind>,
    effects: std::rc::Rc<Effects>,
    weights: u64,
    customers: u32,
    shapes: std::rc::Rc<[template::MessageTemplate]>,
    sensitive: sensitive::Sensitive,
    orders: Pages<Order>,
    messages: Messages,
    /// One bit per required part.
    required: u32,
    services: Table<service::Service>,
    intake: intake::Intake,
    stores: Table<store::Store>,
    objects: Table<bucket::Bucket>,
    buses: Table<bus::Bus>,
    rules: Table<bus::Rule>,
    queues: Table<queue::Queue>,
    functions: Table<function::Function>,
    workers: Table<worker::Worker>,
    pipes: Table<pipe::Pipe>,
    topics: Table<topic::Topic>,
    subscriptions: Table<topic::Subscription>,
    workflows: Table<workflow::Workflow>,
    logs: Table<log_group::LogGroup>,
    executions: Pages<workflow::Execution>,
    threads: Pages<workflow::Thread>,
    free_threads: Vec<u32>,
    free_executions: Vec<u32>,
    alarms: Table<alarm::Alarm>,
    /// Notices of alarms so far.
    notices: u32,
    accounts: account::Accounts,
    trails: Table<trail::Trail>,
    archives: Table<archive::Archive>,
    control_plane: control_plane::ControlPlane,
    /// Number of customer-managed keys, which are billed by the month.
    keys: u64,
    denials: std::rc::Rc<[Denial]>,
}

impl World {
    /// Refusals by the design's policies; they apply to every message, from the first on.
    pub(crate) fn denials(&self) -> &[Denial] {
        &self.denials
    }

    /// Performs an entry of the agenda.
    pub(crate) fn happen(&mut self, at: Time, entry: Scheduled) {
        self.now = at;
        match entry {
            Scheduled::Arrive { order } => self.arrive(order),
            Scheduled::Request(request) => self.request(request),
            Scheduled::Answered { request, error } => self.answered(request, error),
            Scheduled::GaveUp { order, attempt } => self.gave_up(order, attempt),
            Scheduled::Publish { store, order, attempt } => {
                self.publish(store, order, attempt);
            }
            Scheduled::Published { store, order } => self.published(store, order),
            Scheduled::Deliver(delivery) => self.deliver(delivery),
            Scheduled::Replay(step) => self.replay_next(step),
            Scheduled::Change { queue } => self.change_queue(queue),
            Scheduled::Move { queue, task } => self.move_next(queue, task),
            Scheduled::Window { function, batch } => self.window_over(function, batch),
            Scheduled::Scale { function } => self.scale(function),
            Scheduled::Invoke { function, batch } => self.invoke(function, batch),
            Scheduled::RecordDone { function, batch, outcome } => {
                self.record_done(function, batch, outcome);
            }
            Scheduled::TimedOut { function, batch } => self.timed_out(function, batch),
            Scheduled::Task { task, step } => self.step_task(task, step),
            Scheduled::Pipe(execution) => self.step_pipe(execution),
            Scheduled::Asynchronous { function, event } => {
                self.invoke_event(function, event);
            }
            Scheduled::Record(record) => self.record_arrives(record),
            Scheduled::LateEffect { service, order, with_key } => {
                self.end_call(service);
                self.take_effect(service, order, with_key);
            }
            Scheduled::Enter { thread } => self.enter(thread),
            Scheduled::TaskDone { thread, error } => self.task_done(thread, error),
            Scheduled::TaskLate { thread } => self.task_late(thread),
            Scheduled::ExecutionOver { execution } => self.execution_over(execution),
            Scheduled::Notify(notification) => self.notify(notification),
            Scheduled::Notified { notification, failed } => self.notified(notification, failed),
            Scheduled::Notice { notice, step } => self.step_notice(notice, step),
            Scheduled::Minute => {
                self.minute();
                self.keep_logs();
                self.keep_archives();
            }
            Scheduled::FaultBegins { fault } => self.fault_begins(usize::from(fault)),
            Scheduled::FaultOver { fault } => self.fault_over(usize::from(fault)),
        }
    }

    /// Records an occurrence.
    fn occur(&mut self, part: PartId, order: Option<u32>, happened: Happened) {
        self.trace.add(Occurrence { at: self.now, part, order, happened });
    }

    /// Sends a message or call along a wire and returns its arrival. AWS does not document how long a hop
    /// takes: the delay is a *model assumption* (MA-run-1), long enough to be seen.
    fn hop(&mut self, wire: u32, order: u32, attempt: u32, typical: Span) -> Time {
        self.depart(wire, Some(order), (order, attempt), typical)
    }

    /// The same for what may be of no order: chance is keyed by a number of its own.
    fn depart(
        &mut self,
        wire: u32,
        order: Option<u32>,
        (number, attempt): (u32, u32),
        typical: Span,
    ) -> Time {
        let key = self.topology.wires.get(wire as usize).map_or(0, |wire| wire.key);
        let span = self.chance.around(typical, (key, number, attempt), Purpose::Hop);
        let arrives = self.now + span;
        if self.watched {
            // Sweep again when there are twice as many as the last sweep left.
            if self.travels.len() >= self.sweep_at {
                self.sweep();
                self.sweep_at = (self.travels.len() * 2).max(TRAVELS_MIN);
            }
            self.travels.push(Travel { wire, order, departed: self.now, arrives, attempt });
        }
        arrives
    }

    /// Drops travels that have ended.
    pub(crate) fn sweep(&mut self) {
        let now = self.now;
        self.travels.retain(|travel| travel.arrives > now);
    }
}

#[cfg(test)]
mod tests;
