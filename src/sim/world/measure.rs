//! Measures: everything that can be counted of a run, each by its path – one list for `simulate`'s
//! JSON, for claims and for whoever asks.

use super::World;
use super::alarm::Alarm;
use super::bus::{Bus, Rule};
use super::function::Function;
use super::id::{Id, Table};
use super::queue::Queue;
use super::service::Service;
use super::store::Store;
use super::topic::{Subscription, Topic};
use super::worker::{TaskState, Worker};
use super::workflow::Workflow;
use crate::aws::alarm::State;

/// One measure of a run: its path, and how it is read.
#[derive(Debug, Clone)]
pub struct Gauge {
    pub path: String,
    read: Read,
}

/// How a measure is read: from the whole, or from one part by its index.
#[derive(Debug, Clone, Copy)]
enum Read {
    World(fn(&World) -> f64),
    Service(Id<Service>, fn(&Service) -> u64),
    Store(Id<Store>, fn(&Store) -> u64),
    Bus(Id<Bus>, fn(&Bus) -> u64),
    Rule(Id<Rule>, fn(&Rule) -> u64),
    Queue(Id<Queue>, fn(&World, &Queue) -> f64),
    Function(Id<Function>, fn(&Function) -> u64),
    Worker(Id<Worker>, fn(&Worker) -> u64),
    Topic(Id<Topic>, fn(&World, &Topic) -> u64),
    Subscription(Id<Subscription>, fn(&Subscription) -> u64),
    Workflow(Id<Workflow>, fn(&Workflow) -> u64),
    Alarm(Id<Alarm>, fn(&Alarm) -> u64),
    Bill(usize),
}

type Named<T> = [(&'static str, T)];

const LEDGER: &Named<fn(&World) -> f64> = &[
    ("orders_offered", |w| w.ledger.offered as f64),
    ("orders_accepted", |w| w.ledger.accepted as f64),
    ("orders_rejected", |w| w.ledger.rejected as f64),
    ("orders_completed", |w| w.ledger.completed as f64),
    ("orders_cancelled", |w| w.ledger.cancelled as f64),
    ("orders_in_progress", |w| w.ledger.in_progress as f64),
    ("orders_dead_lettered", |w| w.ledger.dead_lettered as f64),
    ("orders_lost", |w| w.ledger.lost as f64),
    ("charges", |w| w.ledger.charges as f64),
    ("duplicate_charges", |w| w.ledger.duplicate_charges as f64),
    ("refunds", |w| w.ledger.refunds as f64),
    ("net_charges", |w| w.ledger.charges.saturating_sub(w.ledger.refunds) as f64),
    ("orders_charged_and_rejected", |w| w.ledger.charged_and_rejected as f64),
    ("emails", |w| w.ledger.emails as f64),
    ("shipments", |w| w.ledger.shipments as f64),
    ("recalls", |w| w.ledger.recalls as f64),
    ("net_shipments", |w| w.ledger.shipments.saturating_sub(w.ledger.recalls) as f64),
    ("reservations", |w| w.ledger.reservations as f64),
    ("releases", |w| w.ledger.releases as f64),
    ("net_reservations", |w| w.ledger.reservations.saturating_sub(w.ledger.releases) as f64),
];

const SERVICE: &Named<fn(&Service) -> u64> = &[
    ("calls", |s| s.state.calls),
    ("failures", |s| s.state.failures),
    ("in_flight", |s| u64::from(s.state.in_flight)),
];

const STORE: &Named<fn(&Store) -> u64> =
    &[("stored", |s| s.state.stored), ("outbox", |s| s.state.rows)];

const BUS: &Named<fn(&Bus) -> u64> = &[
    ("published", |b| b.state.published),
    ("unmatched", |b| b.state.unmatched),
    ("under_way", |b| b.state.under_way),
];

const RULE: &Named<fn(&Rule) -> u64> = &[
    ("matched", |r| r.state.matched),
    ("invocations", |r| r.state.invocations),
    ("retried", |r| r.state.retried),
    ("failed_invocations", |r| r.state.failed),
    ("sent_to_dlq", |r| r.state.sent_to_dlq),
    ("dropped", |r| r.state.dropped),
    ("role_exceeds_targets", |r| u64::from(r.settings.role_exceeds_targets)),
];

const QUEUE: &Named<fn(&World, &Queue) -> f64> = &[
    ("visible", |_, q| q.rules.visible() as f64),
    ("in_flight", |_, q| q.rules.in_flight() as f64),
    ("delayed", |_, q| q.rules.delayed() as f64),
    ("age_of_oldest", |w, q| q.rules.age_of_oldest(w.now, &w.messages).0 as f64 / 1e6),
    ("sent", |_, q| q.rules.counters.sent as f64),
    ("deduplicated", |_, q| q.rules.counters.deduplicated as f64),
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

const FUNCTION: &Named<fn(&Function) -> u64> = &[
    ("running", |f| u64::from(f.state.running)),
    ("batches", |f| u64::from(f.state.busy)),
    ("concurrency_limit", |f| u64::from(f.state.limit)),
    ("invocations", |f| f.state.invocations),
    ("errors", |f| f.state.errors),
    ("timeouts", |f| f.state.timeouts),
    ("throttles", |f| f.state.throttles),
    ("returned_with_others", |f| f.state.returned_with_others),
    ("filtered_out", |f| f.state.filtered),
    ("events_received", |f| f.state.events),
    ("events_waiting", |f| f.state.events_waiting),
    ("events_dropped", |f| f.state.events_dropped),
    ("events_sent_to_dlq", |f| f.state.events_sent_to_dlq),
];

const WORKER: &Named<fn(&Worker) -> u64> = &[
    ("tasks", |w| w.settings.wanted as u64),
    ("busy", |w| w.in_state(TaskState::Busy) as u64),
    ("attempts", |w| w.state.attempts),
    ("done", |w| w.state.done),
    ("failed", |w| w.state.failed),
    ("crashes", |w| w.state.crashes),
    ("late_deletes", |w| w.state.late_deletes),
    ("heartbeats", |w| w.state.heartbeats),
];

/// Of a topic, and of all its subscriptions together.
const TOPIC: &Named<fn(&World, &Topic) -> u64> = &[
    ("published", |_, t| t.state.published),
    ("deduplicated", |_, t| t.state.deduplicated),
    ("delivered", |w, t| w.in_all(t, |s| s.state.delivered)),
    ("retrying", |w, t| w.in_all(t, |s| s.state.retrying)),
    ("filtered_out", |w, t| w.in_all(t, |s| s.state.filtered)),
    ("sent_to_dlq", |w, t| w.in_all(t, |s| s.state.sent_to_dlq)),
    ("dropped", |w, t| w.in_all(t, |s| s.state.dropped)),
];

const SUBSCRIPTION: &Named<fn(&Subscription) -> u64> = &[
    ("accepted", |s| s.state.accepted),
    ("filtered_out", |s| s.state.filtered),
    ("delivered", |s| s.state.delivered),
    ("retrying", |s| s.state.retrying),
    ("sent_to_dlq", |s| s.state.sent_to_dlq),
    ("dropped", |s| s.state.dropped),
];

const WORKFLOW: &Named<fn(&Workflow) -> u64> = &[
    ("started", |w| w.state.started),
    ("running", |w| w.state.running),
    ("succeeded", |w| w.state.succeeded),
    ("failed", |w| w.state.failed),
    ("timed_out", |w| w.state.timed_out),
    ("retries", |w| w.state.retries),
    ("caught", |w| w.state.caught),
    ("transitions", |w| w.state.transitions),
];

/// An alarm that is on is 1.
const ALARM: &Named<fn(&Alarm) -> u64> = &[
    ("on", |a| u64::from(a.state.judged == State::Alarm)),
    ("times_on", |a| a.state.times_on),
    ("value", |a| a.state.datapoint.unwrap_or(0)),
];

impl World {
    pub(super) fn in_all(&self, topic: &Topic, count: fn(&Subscription) -> u64) -> u64 {
        let all = topic.settings.subscriptions.iter().map(|id| &self.subscriptions[*id]);
        all.map(count).sum()
    }

    /// Every measure of this run.
    pub(crate) fn gauges(&self) -> Vec<Gauge> {
        let mut gauges = Vec::new();
        let mut add = |path: String, read: Read| gauges.push(Gauge { path, read });
        add("simulated_seconds".to_owned(), Read::World(|w| w.now.0 as f64 / 1e6));
        add("occurrences".to_owned(), Read::World(|w| w.trace.count() as f64));
        for (name, read) in LEDGER {
            add(format!("ledger.{name}"), Read::World(*read));
        }
        let path = |part| self.topology.part(part).map_or("", |part| part.path.as_str()).to_owned();
        macro_rules! parts {
            ($parts:expr, $table:expr, $kind:ident, $path:expr) => {
                for (id, part) in $parts.numbered() {
                    for (name, read) in $table {
                        add(format!("{}.{name}", $path(part)), Read::$kind(id, *read));
                    }
                }
            };
        }
        parts!(self.services, SERVICE, Service, |s: &Service| path(s.part));
        parts!(self.stores, STORE, Store, |s: &Store| path(s.part));
        parts!(self.buses, BUS, Bus, |b: &Bus| path(b.part));
        parts!(self.rules, RULE, Rule, |r: &Rule| format!("rules.{}", r.id));
        parts!(self.queues, QUEUE, Queue, |q: &Queue| path(q.part));
        parts!(self.functions, FUNCTION, Function, |f: &Function| path(f.part));
        parts!(self.workers, WORKER, Worker, |w: &Worker| path(w.part));
        parts!(self.topics, TOPIC, Topic, |t: &Topic| path(t.part));
        parts!(self.subscriptions, SUBSCRIPTION, Subscription, |s: &Subscription| path(s.part));
        parts!(self.workflows, WORKFLOW, Workflow, |w: &Workflow| path(w.part));
        parts!(self.alarms, ALARM, Alarm, |a: &Alarm| path(a.part));
        for (index, (name, ..)) in self.bill.lines().enumerate() {
            add(format!("bill.{name}"), Read::Bill(index));
        }
        add("bill.total_dollars".to_owned(), Read::World(|w| w.bill.total() as f64 / 1e6));
        add("bill.dollars_per_million_orders".to_owned(), Read::World(per_million_orders));
        gauges
    }

    /// What a measure is just now.
    pub(crate) fn measure(&self, gauge: &Gauge) -> f64 {
        fn of<T>(parts: &Table<T>, id: Id<T>, read: impl Fn(&T) -> u64) -> f64 {
            read(&parts[id]) as f64
        }
        match gauge.read {
            Read::World(read) => read(self),
            Read::Service(index, read) => of(&self.services, index, read),
            Read::Store(index, read) => of(&self.stores, index, read),
            Read::Bus(index, read) => of(&self.buses, index, read),
            Read::Rule(index, read) => of(&self.rules, index, read),
            Read::Queue(id, read) => read(self, &self.queues[id]),
            Read::Function(index, read) => of(&self.functions, index, read),
            Read::Worker(index, read) => of(&self.workers, index, read),
            Read::Topic(index, read) => of(&self.topics, index, |topic| read(self, topic)),
            Read::Subscription(index, read) => of(&self.subscriptions, index, read),
            Read::Workflow(index, read) => of(&self.workflows, index, read),
            Read::Alarm(index, read) => of(&self.alarms, index, read),
            Read::Bill(index) => self.bill.lines().nth(index).map_or(0.0, |(_, n, _)| n as f64),
        }
    }
}

fn per_million_orders(world: &World) -> f64 {
    match world.ledger.accepted {
        0 => 0.0,
        // Microdollars for an order are dollars for a million.
        accepted => world.bill.total() as f64 / accepted as f64,
    }
}
