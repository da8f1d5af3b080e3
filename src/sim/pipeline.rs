//! A design at work: the parts, the orders that are on their way through them, and what happens
//! next.
//!
//! One file for each kind of part; each handles the entries of the agenda that are its own. Parts
//! are numbers while a run goes on, and no JSON is looked at: patterns and choices were evaluated
//! once for every kind of order when the run was made.

mod alarm;
mod build;
mod bus;
mod function;
mod intake;
mod occurrence;
mod queue;
mod service;
mod topic;
mod topology;
mod view;
mod workflow;

pub use occurrence::{Occurrence, OccurrenceKind, Trace};
pub use topology::{Part, PartId, PartKind, Topology, Wire, WireKind};

use super::aws::queue::{Message, MessageId};
use super::fault::{Fault, FaultKind};
use super::kernel::agenda::Agenda;
use super::kernel::random::{Chance, Purpose};
use super::kernel::time::{Span, Time};
use super::ledger::{Ledger, Standing};

/// What happens at an instant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry {
    /// An order comes to an intake.
    Arrive {
        intake: usize,
        order: u32,
    },
    /// The intake has stored it.
    Stored {
        intake: usize,
        order: u32,
    },
    /// The outbox relay publishes its event.
    Publish {
        store: usize,
        order: u32,
    },
    /// The bus has the event.
    Route {
        bus: usize,
        order: u32,
    },
    Deliver {
        target: Target,
        order: u32,
    },
    Show {
        queue: usize,
        id: MessageId,
    },
    HandBack {
        queue: usize,
        id: MessageId,
        receipt: u32,
    },
    Expire {
        queue: usize,
    },
    /// A batching window is over.
    Window {
        function: usize,
    },
    /// A poller is added while there is a backlog.
    Scale {
        function: usize,
    },
    Record {
        function: usize,
        batch: u32,
    },
    RecordDone {
        function: usize,
        batch: u32,
        failed: bool,
        called: bool,
    },
    FunctionTimeout {
        function: usize,
        batch: u32,
    },
    /// A service finishes a call that nobody waits for any more.
    LateEffect {
        service: usize,
        order: u32,
        with_key: bool,
    },
    Enter {
        execution: u32,
    },
    TaskDone {
        execution: u32,
        visit: u32,
        error: Option<service::CallError>,
    },
    Notify {
        subscription: usize,
        order: u32,
        attempt: u32,
    },
    Notified {
        subscription: usize,
        order: u32,
        attempt: u32,
        failed: bool,
    },
    Minute,
    FaultOver {
        fault: usize,
    },
}

/// Where a rule or a topic delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Queue(usize),
    Topic(usize),
    Workflow(usize),
}

/// An order on its way.
#[derive(Debug, Clone)]
struct Order {
    class: u8,
    accepted: bool,
    cancelled: bool,
    /// Required parts that are done, one bit each.
    done: u16,
    /// Functions that have done their work for it, one bit each.
    handled: u16,
    /// Required messages, executions and outbox rows of it that still exist.
    live: u16,
    /// Required messages of it in a DLQ.
    dead: u16,
    charges: u8,
    /// Which function can never process it.
    poisons: Option<u16>,
    standing: Standing,
}

/// Something seen moving along a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Travel {
    /// Index into [`Topology::wires`].
    pub wire: u32,
    pub order: u32,
    pub departed: Time,
    pub arrives: Time,
    /// From 1; more is a retry or a later receive.
    pub attempt: u32,
}

/// Everything a run is at an instant.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) chance: Chance,
    pub(crate) agenda: Agenda<Entry>,
    pub(crate) topology: std::rc::Rc<Topology>,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Vec<Fault>,
    pub(crate) trace: Trace,
    classes: Vec<build::Class>,
    weights: u64,
    /// Between two arrivals.
    interval: Span,
    orders: Vec<Order>,
    messages: Vec<Message>,
    travels: Vec<Travel>,
    /// A bit for each required part.
    required: u16,
    next_poisons: Option<u16>,
    services: Vec<service::Service>,
    intakes: Vec<intake::Intake>,
    stores: Vec<intake::Store>,
    buses: Vec<bus::Bus>,
    rules: Vec<bus::Rule>,
    queues: Vec<queue::Queue>,
    functions: Vec<function::Function>,
    topics: Vec<topic::Topic>,
    subscriptions: Vec<topic::Subscription>,
    workflows: Vec<workflow::Workflow>,
    executions: Vec<workflow::Execution>,
    alarms: Vec<alarm::Alarm>,
}

impl World {
    /// Does what one entry says.
    pub(crate) fn happen(&mut self, at: Time, entry: Entry) {
        self.now = at;
        match entry {
            Entry::Arrive { intake, order } => self.arrive(intake, order),
            Entry::Stored { intake, order } => self.stored(intake, order),
            Entry::Publish { store, order } => self.publish(store, order),
            Entry::Route { bus, order } => self.route(bus, order),
            Entry::Deliver { target, order } => self.deliver(target, order),
            Entry::Show { queue, id } => self.show(queue, id),
            Entry::HandBack { queue, id, receipt } => self.hand_back(queue, id, receipt),
            Entry::Expire { queue } => self.expire(queue),
            Entry::Window { function } => self.window_over(function),
            Entry::Scale { function } => self.scale(function),
            Entry::Record { function, batch } => self.record(function, batch),
            Entry::RecordDone { function, batch, failed, called } => {
                self.record_done(function, batch, failed, called);
            }
            Entry::FunctionTimeout { function, batch } => self.function_timeout(function, batch),
            Entry::LateEffect { service, order, with_key } => {
                self.end_call(service);
                self.take_effect(service, order, with_key);
            }
            Entry::Enter { execution } => self.enter(execution),
            Entry::TaskDone { execution, visit, error } => self.task_done(execution, visit, error),
            Entry::Notify { subscription, order, attempt } => {
                self.notify(subscription, order, attempt);
            }
            Entry::Notified { subscription, order, attempt, failed } => {
                self.notified(subscription, order, attempt, failed);
            }
            Entry::Minute => self.minute(),
            Entry::FaultOver { fault } => self.fault_over(fault),
        }
    }

    fn deliver(&mut self, target: Target, order: u32) {
        match target {
            Target::Queue(queue) => self.send(queue, order),
            Target::Topic(topic) => self.fan_out(topic, order),
            Target::Workflow(workflow) => self.start(workflow, order),
        }
    }

    /// Writes down what happened.
    fn occur(&mut self, part: PartId, order: Option<u32>, kind: OccurrenceKind, number: u32) {
        self.trace.add(Occurrence { at: self.now, part, order, kind, number });
    }

    /// Sends something along a wire; answers when it arrives. How long AWS takes for a hop is not
    /// documented: a *model assumption*, long enough to be seen.
    fn hop(&mut self, wire: u32, order: u32, attempt: u32, typical: Span) -> Time {
        let key = self.topology.wires.get(wire as usize).map_or(0, |wire| wire.key);
        let span = self.chance.around(typical, (key, order, attempt), Purpose::Hop);
        let arrives = self.now + span;
        if self.travels.len() >= 4_096 {
            let now = self.now;
            self.travels.retain(|travel| travel.arrives > now);
        }
        self.travels.push(Travel { wire, order, departed: self.now, arrives, attempt });
        arrives
    }

    /// Changes an order and keeps the ledger right.
    fn change(&mut self, order: u32, change: impl FnOnce(&mut Order)) {
        let required = self.required;
        let Some(order) = self.orders.get_mut(order as usize) else { return };
        change(order);
        if !order.accepted {
            return;
        }
        let standing = if order.cancelled {
            Standing::Cancelled
        } else if order.done == required {
            Standing::Completed
        } else if order.dead > 0 {
            Standing::DeadLettered
        } else if order.live > 0 {
            Standing::InProgress
        } else {
            Standing::Lost
        };
        if standing != order.standing {
            self.ledger.count(order.standing, false);
            self.ledger.count(standing, true);
            order.standing = standing;
        }
    }

    /// Whether a fault of a kind is active on a part just now.
    fn is_broken(&self, kind: FaultKind, part: PartId) -> bool {
        if self.faults.is_empty() {
            return false;
        }
        let path = self.topology.part(part).map_or("", |part| part.path.as_str());
        self.faults
            .iter()
            .any(|fault| fault.kind == kind && fault.is_active(self.now) && fault.part == path)
    }

    fn fault_over(&mut self, fault: usize) {
        let Some(fault) = self.faults.get(fault) else { return };
        let kind = fault.kind;
        if let Some(part) = self.topology.find(&fault.part) {
            self.occur(part, None, OccurrenceKind::Repaired, kind as u32);
        }
        for function in 0..self.functions.len() {
            self.pull(function);
        }
    }

    /// Breaks something from now on.
    pub(crate) fn break_now(&mut self, fault: Fault) -> Result<(), String> {
        let Some(part) = self.topology.find(&fault.part) else {
            return Err(format!("There is no part {} in this design.", fault.part));
        };
        let kind = self.topology.part(part).map(|part| part.kind);
        let fits = match fault.kind {
            FaultKind::Outage | FaultKind::Slow | FaultKind::Errors => Some(PartKind::Service),
            FaultKind::Poison | FaultKind::Crash | FaultKind::Stop => Some(PartKind::Function),
            FaultKind::Duplicate => Some(PartKind::Queue),
        };
        if kind != fits {
            return Err(format!("{} cannot have the fault {}.", fault.part, fault.kind.word()));
        }
        if fault.kind == FaultKind::Poison {
            let function = self.functions.iter().position(|function| function.part == part);
            self.next_poisons = function.map(|index| index as u16);
        } else {
            self.agenda.enter(fault.until(), Entry::FaultOver { fault: self.faults.len() });
        }
        self.occur(part, None, OccurrenceKind::Broken, fault.kind as u32);
        self.faults.push(fault);
        Ok(())
    }
}
