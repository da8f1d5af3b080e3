//! Builds a world from a checked design, before anything has happened in it. Names become numbers, and
//! patterns, policies, filters and choices are evaluated once for every kind of order.

mod access;
mod alarm;
mod archive;
mod bucket;
mod consumer;
mod delivery;
mod destination;
mod event;
mod flow;
mod log_group;
mod notice;
mod pipe;
mod template;
mod trail;
mod walk;
mod worker;

use super::id::Id;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::control_plane::ControlPlane;
use super::delivery::{Access, Denial};
use super::order::OrderKind;
use super::sensitive::Sensitive;
use super::template::MessageTemplate;
use super::topology::{self, Part, PartId, PartKind, Topology, WireKind};
use super::{
    Consumer, Scheduled, Target, World, account, alarm as of_alarm, intake, service, store,
};
use crate::aws::billing::{Bill, api_requests, write_units};
use crate::aws::dynamodb::attribute_values;
use crate::aws::queue::Messages;
use crate::design::{Arrivals, Design, Effects, Mistake, PartPath, spelled_out};
use crate::kernel::agenda::Agenda;
use crate::kernel::pages::Pages;
use crate::kernel::random::Chance;
use crate::kernel::time::{Span, Time};
use crate::ledger::Ledger;

/// Numbers of a kind's parts by name, in the order of the names.
type Numbers = BTreeMap<String, usize>;

struct Builder<'a> {
    design: &'a Design,
    topology: Topology,
    ids: BTreeMap<PartPath, PartId>,
    bits: u32,
    effects: Effects,
    /// Details of the kinds of order, with placeholders for an order's own numbers.
    details: Vec<Value>,
    shapes: Vec<MessageTemplate>,
    /// Parts that an order waits for.
    matters: BTreeSet<PartPath>,
    /// Refusals by policies, as far as they are known.
    denials: RefCell<Vec<Denial>>,
    /// The events that the tasks of workflows put on each bus.
    publications: BTreeMap<String, Vec<event::Publication>>,
}

impl World {
    /// Builds the world of a design, or returns the design's mistakes.
    pub(crate) fn new(
        design: &Design,
        documents: &[(String, String)],
        seed: u64,
        arrivals: Arrivals,
    ) -> Result<Self, Vec<Mistake>> {
        let mistakes = design.mistakes(documents);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let orders = design.load.orders.iter();
        let details = orders
            .map(|class| serde_json::from_str(&class.detail).unwrap_or(Value::Null))
            .collect();
        let written_out = design.written_out();
        let mut builder = Builder {
            design: &written_out,
            topology: Topology::default(),
            ids: BTreeMap::new(),
            bits: 0,
            effects: design.all_effects(),
            details,
            shapes: Vec::new(),
            matters: BTreeSet::new(),
            denials: RefCell::default(),
            publications: BTreeMap::new(),
        };
        builder.parts();
        builder.find_what_matters();
        builder.common_shapes();
        let programs = builder.programs(documents);
        builder.publications = builder.find_publications(&programs);
        let mut world = builder.world(programs, seed, arrivals);
        world.control_plane = ControlPlane::new(written_out, documents);
        world.audit();
        if arrivals.count > 0 {
            let first = world.arrival(0);
            world.agenda.enter(first, Scheduled::Arrive { order: 0 });
        }
        world.agenda.enter(Time::ZERO + of_alarm::MINUTE, Scheduled::Minute);
        Ok(world)
    }
}

fn numbers<T>(table: &BTreeMap<String, T>) -> Numbers {
    table.keys().enumerate().map(|(number, id)| (id.clone(), number)).collect()
}

/// Returns the id of a part whose name has been checked. An unknown name gives an id out of range, on which
/// indexing panics.
fn number<Spec, Part>(table: &BTreeMap<String, Spec>, id: &str) -> Id<Part> {
    Id::new(table.keys().position(|known| known == id).unwrap_or(table.len()))
}

impl Builder<'_> {
    /// Adds all parts of the picture to the topology, in the order of the tables.
    fn parts(&mut self) {
        self.part(&PartKind::Client.path("client"), Some("clients"), false);
        for (path, part) in self.design.parts() {
            if part.is_drawn() {
                self.part(&path, part.title(), part.required());
            }
        }
    }

    fn part(&mut self, path: &PartPath, title: Option<&str>, required: bool) {
        let account = self.design.account_of(path).to_owned();
        let part = self.topology.add(Part {
            account,
            key: topology::key(&path.to_string()),
            path: path.clone(),
            title: title.unwrap_or(&path.id).to_owned(),
            required,
        });
        self.ids.insert(path.clone(), part);
    }

    fn id(&self, kind: PartKind, id: &str) -> PartId {
        self.path(&kind.path(id))
    }

    fn path(&self, path: &PartPath) -> PartId {
        self.ids.get(path).copied().unwrap_or(PartId(0))
    }

    fn key(&self, part: PartId) -> u32 {
        self.topology.part(part).map_or(0, |part| part.key)
    }

    /// Assigns a bit to a required part; returns 0 for any other part.
    fn bit(&mut self, required: bool) -> u32 {
        if !required {
            return 0;
        }
        let bit = 1_u32.checked_shl(self.bits.count_ones()).unwrap_or(0);
        self.bits |= bit;
        bit
    }

    /// Returns the target at a path; `None` for a kind of part that receives nothing.
    fn target(&self, path: &PartPath) -> Option<Target> {
        let (design, id) = (self.design, &path.id);
        Some(match path.kind {
            PartKind::Bus => Target::Bus(number(&design.buses, id)),
            PartKind::Queue => Target::Queue(number(&design.queues, id)),
            PartKind::Topic => Target::Topic(number(&design.topics, id)),
            PartKind::Workflow => Target::Workflow(number(&design.workflows, id)),
            PartKind::Function => Target::Function(number(&design.functions, id)),
            PartKind::Client
            | PartKind::Intake
            | PartKind::Store
            | PartKind::Bucket
            | PartKind::Rule
            | PartKind::Worker
            | PartKind::Pipe
            | PartKind::Subscription
            | PartKind::LogGroup
            | PartKind::Service
            | PartKind::Alarm
            | PartKind::Key
            | PartKind::Trail
            | PartKind::Archive => return None,
        })
    }

    /// Finds the parts that an order waits for: the required ones, and those that lead to them.
    fn find_what_matters(&mut self) {
        let parts = self.design.parts();
        let mut known = usize::MAX;
        while known != self.matters.len() {
            known = self.matters.len();
            for (path, part) in &parts {
                let mut ahead = part.hands_to();
                ahead.push(path.clone());
                let leads_on = |ahead: &PartPath| ahead != path && self.matters.contains(ahead);
                let is_way = path.kind == PartKind::Workflow && ahead.iter().any(leads_on);
                if part.required() || is_way {
                    self.matters.insert(path.clone());
                }
                if ahead.iter().any(|ahead| self.matters.contains(ahead)) {
                    self.matters.extend(part.takes_from());
                    // What is invoked by events, and sends records on.
                    if path.kind == PartKind::Function {
                        self.matters.insert(path.clone());
                    }
                }
            }
        }
    }

    /// Returns the parts that poll a queue, in the order of the tables.
    fn consumers(&self, queue: &str) -> Vec<Consumer> {
        let queue = PartKind::Queue.path(queue);
        let parts = self.design.parts();
        let poll = parts.iter().filter(|(_, part)| part.takes_from().as_ref() == Some(&queue));
        poll.filter_map(|(path, _)| self.consumer(path)).collect()
    }

    fn consumer(&self, path: &PartPath) -> Option<Consumer> {
        let (design, id) = (self.design, &path.id);
        Some(match path.kind {
            PartKind::Function => Consumer::Function(number(&design.functions, id)),
            PartKind::Worker => Consumer::Worker(number(&design.workers, id)),
            PartKind::Pipe => Consumer::Pipe(number(&design.pipes, id)),
            PartKind::Client
            | PartKind::Intake
            | PartKind::Store
            | PartKind::Bucket
            | PartKind::Bus
            | PartKind::Rule
            | PartKind::Queue
            | PartKind::Topic
            | PartKind::Subscription
            | PartKind::Workflow
            | PartKind::LogGroup
            | PartKind::Service
            | PartKind::Alarm
            | PartKind::Key
            | PartKind::Trail
            | PartKind::Archive => return None,
        })
    }

    fn world(mut self, programs: flow::Programs, seed: u64, arrivals: Arrivals) -> World {
        let design = self.design;
        let (services, intake, stores) = (self.services(), self.intake(), self.stores());
        let objects = self.objects();
        let rules = self.rules();
        let buses = self.buses();
        let archives = self.archives();
        let pipes = self.pipes();
        let records = self.invocation_records();
        let subscriptions = self.subscriptions();
        let topics = self.topics();
        let queues = self.queues();
        // Their filters are evaluated for every message template, and all templates exist by now.
        let (functions, workers) = (self.functions(&records), self.workers());
        let workflows = self.workflows(programs);
        let sensitive = Sensitive::new(&design.load.sensitive, &self.details, &self.shapes);
        let logs = self.logs(&sensitive);
        let alarms = self.alarms();
        let trails = self.trails();
        let classes = order_kinds(design);
        World {
            now: Time::ZERO,
            chance: Chance::new(seed),
            agenda: Agenda::default(),
            broken: vec![0; self.topology.parts.len()],
            topology: Rc::new(self.topology),
            ledger: Ledger::default(),
            bill: Bill::default(),
            trace: super::Trace::default(),
            faults: Vec::new(),
            watched: true,
            travels: Vec::new(),
            sweep_at: super::TRAVELS_MIN,
            arrivals,
            weights: classes.iter().map(|class| class.weight).sum(),
            classes,
            effects: Rc::new(self.effects),
            customers: design.load.customers,
            sensitive,
            shapes: self.shapes.into(),
            orders: Pages::default(),
            messages: Messages::default(),
            required: self.bits,
            services: services.into(),
            intake,
            stores: stores.into(),
            objects: objects.into(),
            buses: buses.into(),
            rules: rules.into(),
            queues: queues.into(),
            functions: functions.into(),
            workers: workers.into(),
            pipes: pipes.into(),
            topics: topics.into(),
            subscriptions: subscriptions.into(),
            workflows: workflows.into(),
            logs: logs.into(),
            executions: Pages::default(),
            threads: Pages::default(),
            free_threads: Vec::new(),
            free_executions: Vec::new(),
            alarms: alarms.into(),
            notices: 0,
            accounts: account::Accounts::new(design),
            trails: trails.into(),
            archives: archives.into(),
            control_plane: ControlPlane::default(),
            keys: design.keys.len() as u64,
            denials: self.denials.into_inner().into(),
        }
    }

    fn services(&self) -> Vec<service::Service> {
        let service = |(id, spec): (&String, &crate::design::Service)| {
            let part = self.id(PartKind::Service, id);
            service::Service {
                part,
                key: self.key(part),
                settings: service::Settings {
                    latency: spec.latency.0,
                    capacity: spec.capacity,
                    side_effect: self.effects.of(spec.side_effect.as_deref()),
                    idempotency_keys: spec.idempotency_keys,
                },
                state: service::State::default(),
            }
        };
        self.design.services.iter().map(service).collect()
    }

    fn intake(&mut self) -> intake::Intake {
        let design = self.design;
        let none = crate::design::Intake::default();
        let (id, spec) = design
            .intakes
            .iter()
            .next()
            .map_or((String::new(), &none), |(id, spec)| (id.clone(), spec));
        let part = self.id(PartKind::Intake, &id);
        let client = self.id(PartKind::Client, "client");
        let from_client = self.topology.connect(client, part, WireKind::Send);
        let mut calls = Vec::new();
        for name in &spec.calls {
            let to = self.id(PartKind::Service, name);
            let wire = self.topology.connect(part, to, WireKind::Call);
            calls.push((number(&design.services, name), wire));
        }
        let store = spec.store.as_ref().map(|name| {
            let to = self.id(PartKind::Store, name);
            (number(&design.stores, name), self.topology.connect(part, to, WireKind::Send))
        });
        let may_store = spec.store.as_ref().map_or(Access::FULL, |store| {
            let (own, store) = (PartKind::Intake.path(&id), PartKind::Store.path(store));
            let role = access::Caller::role(design, &own, spec.role_policy.as_deref());
            let table = design.target_arn(&store);
            self.may_act_on(&store, table, &role, &["dynamodb:PutItem"])
        });
        intake::Intake {
            part,
            latency: spec.latency.0,
            timeout: spec.timeout.0,
            client_retries: spec.client_retries.min(100) as u8,
            idempotency_keys: spec.idempotency_keys,
            billed: self.api_requests(spec),
            required: self.bit(spec.required),
            from_client,
            calls,
            store,
            may_store,
        }
    }

    /// What a client's call is billed as, by kind of order. An API that stores orders stands behind API Gateway;
    /// one that calls services by itself is a server, which has no price here.
    fn api_requests(&self, intake: &crate::design::Intake) -> Vec<u64> {
        let length = |detail: &Value| spelled_out(&detail.to_string()).len();
        let details = self.details.iter().filter(|_| intake.store.is_some());
        details.map(|detail| api_requests(length(detail))).collect()
    }

    fn stores(&mut self) -> Vec<store::Store> {
        let mut stores = Vec::new();
        for (id, spec) in &self.design.stores {
            let part = self.id(PartKind::Store, id);
            let to = match &spec.publishes_to {
                Some(path) => self.sending(part, path),
                None => self.reader_of(id),
            };
            let shape = self.store_shape(spec);
            let own = PartKind::Store.path(id);
            let role = access::Caller::role(self.design, &own, spec.role_policy.as_deref());
            stores.push(store::Store {
                part,
                settings: store::Settings {
                    to,
                    access: spec
                        .publishes_to
                        .as_ref()
                        .map_or(Access::FULL, |to| self.may_hand_to(to, &role)),
                    outbox: spec.outbox,
                    claim: self.claim(part, spec),
                    shape,
                    units: self.write_units(spec),
                    items: self.items_of(&own, spec),
                },
                state: store::State::default(),
            });
        }
        stores
    }

    /// Finds the pipe that reads the stream of a store, and connects the two.
    fn reader_of(&mut self, store: &str) -> Option<(Target, u32)> {
        let pipes = &self.design.pipes;
        let (id, _) = pipes.iter().find(|(_, pipe)| pipe.stream() == Some(store))?;
        let (from, to) = (self.id(PartKind::Store, store), self.id(PartKind::Pipe, id));
        let wire = self.topology.connect(from, to, WireKind::Send);
        Some((Target::Pipe(number(pipes, id)), wire))
    }

    /// Returns the write units of an order, by kind of order. A transaction of two writes is billed as four
    /// (COST-10).
    fn write_units(&self, store: &crate::design::Store) -> Vec<u64> {
        let writes = if store.outbox && store.publishes_to.is_some() { 4 } else { 1 };
        let length = |detail| spelled_out(&store.carried(detail).to_string()).len();
        self.details.iter().map(|detail| writes * write_units(length(detail))).collect()
    }

    /// The item that an order of each kind is, if a workflow uses the store.
    fn items_of(&self, path: &PartPath, store: &crate::design::Store) -> Option<Vec<Value>> {
        let mut workflows = self.design.workflows.values();
        workflows.any(|workflow| workflow.uses.contains(path)).then(|| {
            let bodies = self.details.iter().map(|detail| store.carried(detail)).collect();
            let examples = MessageTemplate::new(bodies, Vec::new()).examples();
            examples.iter().map(attribute_values).collect()
        })
    }

    /// Returns the part that an alarm watches; `None` for a kind of part without a modelled metric.
    fn watched(&self, path: &PartPath) -> Option<of_alarm::Watched> {
        let (design, id) = (self.design, &path.id);
        Some(match path.kind {
            PartKind::Queue => of_alarm::Watched::Queue(number(&design.queues, id)),
            PartKind::Function => of_alarm::Watched::Function(number(&design.functions, id)),
            PartKind::Rule => of_alarm::Watched::Rule(number(&design.rules, id)),
            PartKind::Topic => of_alarm::Watched::Topic(number(&design.topics, id)),
            PartKind::Workflow => of_alarm::Watched::Workflow(number(&design.workflows, id)),
            PartKind::Client
            | PartKind::Intake
            | PartKind::Store
            | PartKind::Bucket
            | PartKind::Bus
            | PartKind::Worker
            | PartKind::Pipe
            | PartKind::Subscription
            | PartKind::LogGroup
            | PartKind::Service
            | PartKind::Alarm
            | PartKind::Key
            | PartKind::Trail
            | PartKind::Archive => return None,
        })
    }
}

/// Order kinds with their weights.
fn order_kinds(design: &Design) -> Vec<OrderKind> {
    let weights = design.load.orders.iter().map(|class| u64::from(class.weight));
    weights.map(|weight| OrderKind { weight }).collect()
}

/// Returns the span, but at least a microsecond, so that time moves on.
fn at_least_a_moment(span: Span) -> Span {
    span.max(Span(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{HAND, LINE, world_of};

    #[test]
    fn each_required_part_has_a_bit_of_its_own() {
        let world = world_of(&format!("{LINE}{HAND}required = true\n[queues.aside]\n"));
        assert_eq!(world.required, 0b11);
        let bits: Vec<u32> = world.queues.iter().map(|queue| queue.settings.required).collect();
        assert_eq!(bits, [0, 0b01]);
        assert_eq!(world.functions[Id::new(0)].settings.required, 0b10);
    }

    #[test]
    fn what_leads_to_a_required_part_matters_and_nothing_else_does() {
        let line = LINE.replace("required = true", "");
        let required = "required = true\n";
        for (hand, aside, matters) in [(required, "", [false, true]), ("", required, [true, false])]
        {
            let world = world_of(&format!("{line}{HAND}{hand}[queues.aside]\n{aside}"));
            let found: Vec<bool> =
                world.queues.iter().map(|queue| queue.settings.matters).collect();
            assert_eq!(found, matters);
        }
    }

    #[test]
    fn a_queue_knows_all_that_poll_it() {
        let worker = "[workers.hand]\nqueue = 'work'\ncalls = 'till'\n";
        let world = world_of(&format!("{LINE}{HAND}{worker}[queues.aside]\n"));
        let consumers = |place| &world.queues[Id::new(place)].settings.consumers;
        assert_eq!(*consumers(0), []);
        assert_eq!(*consumers(1), [Consumer::Function(Id::new(0)), Consumer::Worker(Id::new(0))]);
    }

    /// COST-10: an outbox makes a transaction of two writes.
    #[test]
    fn a_store_is_billed_for_what_an_order_writes() {
        for (settings, units) in [("", 4), ("\noutbox = false", 1)] {
            let store = format!("[stores.book]{settings}");
            let world = world_of(&LINE.replace("[stores.book]", &store));
            assert_eq!(world.stores[Id::new(0)].settings.units, [units]);
        }
    }

    #[test]
    fn a_name_that_is_not_there_leads_nowhere_and_a_span_is_never_nought() {
        let table = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let found = ["a", "b", "c"].map(|id| number::<i32, ()>(&table, id).index());
        assert_eq!(found, [0, 1, 2]);
        assert_eq!([0, 5].map(|span| at_least_a_moment(Span(span)).0), [1, 5]);
    }
}
