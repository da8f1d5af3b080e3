//! From a design that was checked to a world before anything happened. Names become numbers, and
//! patterns and choices are evaluated once for every kind of order.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::topology::{self, Part, PartId, PartKind, Topology, WireKind};
use super::{Entry, Target, World, alarm, bus, function, intake, queue, service, topic, workflow};
use crate::sim::aws::asl::{Definition, StateKind};
use crate::sim::aws::pattern::Pattern;
use crate::sim::aws::queue as sqs;
use crate::sim::kernel::agenda::Agenda;
use crate::sim::kernel::random::Chance;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::spec::{Design, Mistake, Protocol};

/// A kind of order.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub weight: u64,
}

/// Names of one kind to their numbers, in the order of the names.
type Numbers = BTreeMap<String, usize>;

struct Builder<'a> {
    design: &'a Design,
    topology: Topology,
    ids: BTreeMap<String, PartId>,
    bits: u16,
}

impl World {
    /// Builds it; the design's mistakes, if it has any.
    pub(crate) fn new(
        design: &Design,
        documents: &[(String, String)],
        seed: u64,
    ) -> Result<Self, Vec<Mistake>> {
        let mistakes = design.mistakes(documents);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut builder =
            Builder { design, topology: Topology::default(), ids: BTreeMap::new(), bits: 0 };
        builder.parts();
        let mut world = builder.world(documents, seed);
        let first = world.arrival(0);
        world.agenda.enter(first, Entry::Arrive { intake: 0, order: 0 });
        world.agenda.enter(Time::ZERO + alarm::PERIOD, Entry::Minute);
        Ok(world)
    }
}

fn numbers<T>(table: &BTreeMap<String, T>) -> Numbers {
    table.keys().enumerate().map(|(number, id)| (id.clone(), number)).collect()
}

impl Builder<'_> {
    /// Gives every part its number and its place in the picture.
    fn parts(&mut self) {
        let client = Some("clients".to_owned());
        self.part("clients", "client", PartKind::Client, client.as_ref(), None, false);
        let design = self.design;
        for (id, part) in &design.intakes {
            self.part("intakes", id, PartKind::Intake, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.stores {
            self.part("stores", id, PartKind::Store, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.buses {
            self.part("buses", id, PartKind::Bus, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.workflows {
            self.part(
                "workflows",
                id,
                PartKind::Workflow,
                part.title.as_ref(),
                part.at,
                part.required,
            );
        }
        for (id, part) in &design.queues {
            self.part("queues", id, PartKind::Queue, part.title.as_ref(), part.at, part.required);
        }
        for (id, part) in &design.functions {
            self.part("functions", id, PartKind::Function, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.topics {
            self.part("topics", id, PartKind::Topic, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.subscriptions {
            self.part(
                "subscriptions",
                id,
                PartKind::Subscription,
                part.title.as_ref(),
                part.at,
                false,
            );
        }
        for (id, part) in &design.services {
            self.part("services", id, PartKind::Service, part.title.as_ref(), part.at, false);
        }
        for (id, part) in &design.alarms {
            self.part("alarms", id, PartKind::Alarm, part.title.as_ref(), None, false);
        }
    }

    fn part(
        &mut self,
        table: &str,
        id: &str,
        kind: PartKind,
        title: Option<&String>,
        at: Option<[u8; 2]>,
        required: bool,
    ) {
        let path = format!("{table}.{id}");
        let part = Part {
            id: id.to_owned(),
            key: topology::key(&path),
            path: path.clone(),
            kind,
            title: title.cloned().unwrap_or_else(|| id.replace('-', " ")),
            at,
            required,
        };
        let number = self.topology.add(part);
        self.ids.insert(path, number);
    }

    fn id(&self, table: &str, id: &str) -> PartId {
        self.ids.get(&format!("{table}.{id}")).copied().unwrap_or(PartId(0))
    }

    fn key(&self, part: PartId) -> u32 {
        self.topology.part(part).map_or(0, |part| part.key)
    }

    /// The bit of a required part; 0 for the others.
    fn bit(&mut self, required: bool) -> u16 {
        if !required {
            return 0;
        }
        let bit = (self.bits + 1).checked_next_power_of_two().unwrap_or(1);
        self.bits |= bit;
        bit
    }

    fn world(mut self, documents: &[(String, String)], seed: u64) -> World {
        let design = self.design;
        let services = self.services();
        let stores = self.stores();
        let intakes = self.intakes();
        let queues = self.queues();
        let workflows = self.workflows(documents);
        let rules = self.rules();
        let buses = self.buses();
        let topics = self.topics();
        let subscriptions = self.subscriptions();
        let functions = self.functions();
        let alarms = self.alarms();
        let classes: Vec<Class> = design
            .load
            .orders
            .iter()
            .map(|class| Class { weight: u64::from(class.weight) })
            .collect();
        let mut queues = queues;
        for (number, function) in functions.iter().enumerate() {
            if let Some(queue) = queues.get_mut(function.queue) {
                queue.consumers.push(number);
            }
        }
        World {
            now: Time::ZERO,
            chance: Chance::new(seed),
            agenda: Agenda::default(),
            topology: Rc::new(self.topology),
            ledger: Ledger::default(),
            faults: Vec::new(),
            trace: super::Trace::default(),
            weights: classes.iter().map(|class| class.weight).sum(),
            classes,
            interval: Span((1_000_000.0 / design.load.rate) as u64),
            orders: Vec::new(),
            messages: Vec::new(),
            travels: Vec::new(),
            required: self.bits,
            next_poisons: None,
            services,
            intakes,
            stores,
            buses,
            rules,
            queues,
            functions,
            topics,
            subscriptions,
            workflows,
            executions: Vec::new(),
            alarms,
        }
    }

    fn services(&self) -> Vec<service::Service> {
        let service = |(id, spec): (&String, &crate::sim::spec::Service)| {
            let part = self.id("services", id);
            service::Service {
                part,
                key: self.key(part),
                latency: spec.latency.0,
                capacity: spec.capacity,
                side_effect: spec.side_effect,
                idempotency_keys: spec.idempotency_keys,
                in_flight: 0,
                calls: 0,
                failures: 0,
            }
        };
        self.design.services.iter().map(service).collect()
    }

    fn stores(&mut self) -> Vec<intake::Store> {
        let buses = numbers(&self.design.buses);
        let mut stores = Vec::new();
        for (id, spec) in &self.design.stores {
            let part = self.id("stores", id);
            let bus = self.id("buses", &spec.publishes_to);
            let to_bus = self.topology.connect(part, bus, WireKind::Send);
            let bus = number(&buses, &spec.publishes_to);
            stores.push(intake::Store { part, bus, to_bus, stored: 0, outbox: 0 });
        }
        stores
    }

    fn intakes(&mut self) -> Vec<intake::Intake> {
        let stores = numbers(&self.design.stores);
        let client = self.id("clients", "client");
        let mut intakes = Vec::new();
        for (id, spec) in &self.design.intakes {
            let part = self.id("intakes", id);
            let store = self.id("stores", &spec.store);
            intakes.push(intake::Intake {
                part,
                latency: spec.latency.0,
                store: number(&stores, &spec.store),
                from_client: self.topology.connect(client, part, WireKind::Send),
                to_store: self.topology.connect(part, store, WireKind::Send),
            });
        }
        intakes
    }

    fn queues(&mut self) -> Vec<queue::Queue> {
        let all = numbers(&self.design.queues);
        let mut queues = Vec::new();
        for (id, spec) in &self.design.queues {
            let part = self.id("queues", id);
            let dlq = spec.dlq.as_ref().map(|dlq| {
                let to = self.id("queues", dlq);
                (number(&all, dlq), self.topology.connect(part, to, WireKind::DeadLetter))
            });
            let sources = self
                .design
                .queues
                .iter()
                .filter(|(_, other)| other.dlq.as_ref() == Some(id))
                .map(|(source, _)| number(&all, source))
                .collect();
            queues.push(queue::Queue {
                part,
                held: sqs::Queue::new(sqs::Settings {
                    visibility_timeout: spec.visibility_timeout.0,
                    retention: spec.message_retention_period.0,
                    delay: spec.delay_seconds.0,
                    max_receive_count: spec.dlq.as_ref().and(spec.max_receive_count),
                }),
                required: self.bit(spec.required),
                dlq,
                consumers: Vec::new(),
                sources,
                expiry: None,
            });
        }
        queues
    }

    fn rules(&mut self) -> Vec<bus::Rule> {
        let design = self.design;
        let buses = numbers(&design.buses);
        let (queues, topics, workflows) =
            (numbers(&design.queues), numbers(&design.topics), numbers(&design.workflows));
        let mut rules = Vec::new();
        for (id, spec) in &design.rules {
            let bus = self.id("buses", &spec.bus);
            let pattern = Pattern::parse(&spec.event_pattern).ok();
            let events = self.events(&spec.bus);
            let matches =
                events.iter().map(|e| pattern.as_ref().is_some_and(|p| p.matches(e))).collect();
            let mut targets = Vec::new();
            for path in &spec.targets {
                let target = match path.split_once('.') {
                    Some(("queues", id)) => Target::Queue(number(&queues, id)),
                    Some(("topics", id)) => Target::Topic(number(&topics, id)),
                    Some(("workflows", id)) => Target::Workflow(number(&workflows, id)),
                    _ => continue,
                };
                let to = self.ids.get(path).copied().unwrap_or(PartId(0));
                targets.push((target, self.topology.connect(bus, to, WireKind::Send)));
            }
            let bus = number(&buses, &spec.bus);
            rules.push(bus::Rule { id: id.clone(), bus, matches, matched: 0, targets });
        }
        rules
    }

    /// The event of every kind of order, as the bus sees it (EB-09).
    fn events(&self, bus: &str) -> Vec<Value> {
        let store = self.design.stores.values().find(|store| store.publishes_to == bus);
        let source = store.map(|store| store.source.clone()).unwrap_or_default();
        let detail_type = store.map(|store| store.detail_type.clone()).unwrap_or_default();
        self.details()
            .into_iter()
            .map(|detail| {
                json!({ "version": "0", "source": source, "detail-type": detail_type,
                        "account": "111122223333", "region": "eu-west-1", "resources": [],
                        "detail": detail })
            })
            .collect()
    }

    fn details(&self) -> Vec<Value> {
        let orders = self.design.load.orders.iter();
        orders.map(|class| serde_json::from_str(&class.detail).unwrap_or(Value::Null)).collect()
    }

    fn buses(&self) -> Vec<bus::Bus> {
        let buses = numbers(&self.design.buses);
        let rules: Vec<usize> =
            self.design.rules.values().map(|rule| number(&buses, &rule.bus)).collect();
        let bus = |(index, id): (usize, &String)| bus::Bus {
            part: self.id("buses", id),
            rules: (0..rules.len()).filter(|rule| rules.get(*rule) == Some(&index)).collect(),
            published: 0,
            unmatched: 0,
            under_way: 0,
        };
        self.design.buses.keys().enumerate().map(bus).collect()
    }

    fn topics(&self) -> Vec<topic::Topic> {
        let topic = |id: &String| topic::Topic {
            part: self.id("topics", id),
            subscriptions: self
                .design
                .subscriptions
                .values()
                .enumerate()
                .filter(|(_, subscription)| subscription.topic == *id)
                .map(|(number, _)| number)
                .collect(),
            published: 0,
        };
        self.design.topics.keys().map(topic).collect()
    }

    fn subscriptions(&mut self) -> Vec<topic::Subscription> {
        let design = self.design;
        let (services, queues) = (numbers(&design.services), numbers(&design.queues));
        let mut subscriptions = Vec::new();
        for (id, spec) in &design.subscriptions {
            let part = self.id("subscriptions", id);
            let topic = self.id("topics", &spec.topic);
            let from_topic = self.topology.connect(topic, part, WireKind::Send);
            let calls = spec.calls.as_ref().map(|service| {
                let to = self.id("services", service);
                (number(&services, service), self.topology.connect(part, to, WireKind::Call))
            });
            let queue =
                spec.queue.as_ref().filter(|_| spec.protocol == Protocol::Sqs).map(|queue| {
                    let to = self.id("queues", queue);
                    (number(&queues, queue), self.topology.connect(part, to, WireKind::Send))
                });
            subscriptions.push(topic::Subscription {
                part,
                protocol: spec.protocol,
                from_topic,
                calls,
                queue,
                accepted: 0,
                delivered: 0,
                retrying: 0,
                dropped: 0,
            });
        }
        subscriptions
    }

    fn functions(&mut self) -> Vec<function::Function> {
        let design = self.design;
        let (services, queues) = (numbers(&design.services), numbers(&design.queues));
        let mut functions = Vec::new();
        for (id, spec) in &design.functions {
            let part = self.id("functions", id);
            let queue = self.id("queues", &spec.queue);
            let service = self.id("services", &spec.calls);
            let most = if spec.maximum_concurrency == 0 {
                function::CONCURRENCY_MAX
            } else {
                spec.maximum_concurrency
            };
            functions.push(function::Function {
                part,
                queue: number(&queues, &spec.queue),
                service: number(&services, &spec.calls),
                from_queue: self.topology.connect(queue, part, WireKind::Poll),
                to_service: self.topology.connect(part, service, WireKind::Call),
                batch_size: spec.batch_size as usize,
                window: spec.maximum_batching_window.0,
                timeout: spec.timeout.0,
                reports_failures: spec.report_batch_item_failures,
                concurrency_max: most,
                idempotent: spec.idempotent,
                limit: function::POLLERS.min(most),
                scaling: false,
                window_until: None,
                batches: BTreeMap::new(),
                batches_begun: 0,
                invocations: 0,
                errors: 0,
            });
        }
        functions
    }

    fn workflows(&mut self, documents: &[(String, String)]) -> Vec<workflow::Workflow> {
        let design = self.design;
        let services = numbers(&design.services);
        let inputs: Vec<Value> =
            self.details().into_iter().map(|detail| json!({ "detail": detail })).collect();
        let mut workflows = Vec::new();
        for (id, spec) in &design.workflows {
            let part = self.id("workflows", id);
            let text = documents.iter().find(|(name, _)| *name == spec.definition);
            let definition = text.and_then(|(_, text)| Definition::parse(text).ok());
            let Some(definition) = definition else { continue };
            let mut wires: BTreeMap<usize, u32> = BTreeMap::new();
            let mut calls = Vec::new();
            let mut choices = Vec::new();
            for state in &definition.states {
                let service = match &state.kind {
                    StateKind::Task(task) => spec.calls.get(&task.function),
                    _ => None,
                };
                calls.push(service.map(|name| {
                    let index = number(&services, name);
                    let to = self.id("services", name);
                    let connect = || self.topology.connect(part, to, WireKind::Call);
                    (index, *wires.entry(index).or_insert_with(connect))
                }));
                choices.push(match &state.kind {
                    StateKind::Choice(choice) => inputs.iter().map(|i| choice.next(i)).collect(),
                    _ => Vec::new(),
                });
            }
            let states = definition.states.len();
            let cancels =
                definition.states.iter().map(|s| spec.cancelled_in.contains(&s.name)).collect();
            workflows.push(workflow::Workflow {
                part,
                key: self.key(part),
                flow: definition.flow(),
                definition: Rc::new(definition),
                calls,
                choices,
                cancels,
                required: self.bit(spec.required),
                idempotency_keys: spec.idempotency_keys,
                running: 0,
                succeeded: 0,
                failed: 0,
                caught: 0,
                inside: vec![0; states],
                retrying: vec![0; states],
            });
        }
        workflows
    }

    fn alarms(&mut self) -> Vec<alarm::Alarm> {
        let queues = numbers(&self.design.queues);
        let mut alarms = Vec::new();
        for (id, spec) in &self.design.alarms {
            let part = self.id("alarms", id);
            let watched = self.id("queues", &spec.queue);
            self.topology.connect(part, watched, WireKind::Watch);
            alarms.push(alarm::Alarm {
                part,
                queue: number(&queues, &spec.queue),
                metric: spec.metric,
                threshold: spec.threshold,
                since: None,
            });
        }
        alarms
    }
}

/// The number of a name that was checked to exist.
fn number(numbers: &Numbers, id: &str) -> usize {
    numbers.get(id).copied().unwrap_or(0)
}
