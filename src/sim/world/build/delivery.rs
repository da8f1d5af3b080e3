//! Builds buses, rules, topics, subscriptions and queues.

use crate::world::id::{Id, QueueId};
use serde_json::Value;

use super::access::Caller;
use super::{Builder, number, numbers};
use crate::aws::billing::chunks;
use crate::aws::filter::{Attribute, FilterPolicy};
use crate::aws::pattern::Pattern;
use crate::aws::put_events::Entry;
use crate::aws::queue::{self as rules, Kind};
use crate::aws::retry::Endpoint;
use crate::design::{Design, PartKind, PartPath, Protocol, Rule, Subscription, spelled_out};
use crate::kernel::time::Span;
use crate::world::bus::{self, RuleTarget};
use crate::world::delivery::Access;
use crate::world::queue::By;
use crate::world::quota::Quota;
use crate::world::template::MessageTemplate;
use crate::world::topology::{PartId, WireKind};
use crate::world::{Target, queue, topic, topology};

/// Default number of retries of an HTTP endpoint, and the default delay between them (SNS-12).
const HTTP_RETRIES: u32 = 3;
const HTTP_DELAY: Span = Span::from_secs(20);

impl Builder<'_> {
    /// Builds all rules.
    pub fn rules(&mut self) -> Vec<bus::Rule> {
        let design = self.design;
        let mut rules = Vec::new();
        for (id, spec) in &design.rules {
            let bus = self.id(PartKind::Bus, &spec.bus);
            let forms = self.event_forms(&spec.bus);
            let forms = forms.into_iter().map(|events| self.rule_form(spec, events)).collect();
            let mut targets = Vec::new();
            for path in &spec.targets {
                let Some(target) = self.target(path) else { continue };
                let (access, denial) = self.rule_access(id, spec, path);
                let to = self.path(path);
                let wire = self.topology.connect(bus, to, WireKind::Send);
                targets.push(RuleTarget {
                    target,
                    arn: design.target_arn(path),
                    wire,
                    access,
                    denial: denial.into(),
                    crosses: spec.crosses_to(path, design),
                });
            }
            let dlq = self.dead_letters(bus, spec.dlq.as_ref(), &Caller::rule_itself(design, id));
            rules.push(bus::Rule {
                id: id.clone(),
                key: topology::key(&PartKind::Rule.path(id).to_string()),
                settings: bus::RuleSettings {
                    arn: design.rule_arn(id),
                    bus: number(&design.buses, &spec.bus),
                    forms,
                    targets,
                    age_max: spec.maximum_event_age.0,
                    retries_max: spec.maximum_retry_attempts,
                    dlq,
                    role_exceeds_targets: self.role_exceeds_targets(id, spec),
                },
                state: bus::RuleState::default(),
            });
        }
        rules
    }

    /// Connects a part to its DLQ, and returns the DLQ and whether the part may send to it.
    pub fn dead_letters(
        &mut self,
        from: PartId,
        dlq: Option<&String>,
        caller: &Caller,
    ) -> Option<(QueueId, Access)> {
        let id = dlq?;
        let to = self.id(PartKind::Queue, id);
        if self.topology.wire(from, to).is_none() {
            self.topology.connect(from, to, WireKind::DeadLetter);
        }
        Some((number(&self.design.queues, id), self.may_hand_to(&PartKind::Queue.path(id), caller)))
    }

    /// Builds all buses.
    pub fn buses(&self) -> Vec<bus::Bus> {
        let buses = numbers(&self.design.buses);
        let of = |id: &String| {
            let rules = self.design.rules.values().enumerate();
            rules.filter(|(_, rule)| rule.bus == *id).map(|(number, _)| Id::new(number)).collect()
        };
        let bus = |id: &String| bus::Bus {
            part: self.id(PartKind::Bus, id),
            settings: bus::BusSettings {
                rules: of(id),
                archives: self.archives_of(id),
                chunks: self
                    .event_sizes(id)
                    .into_iter()
                    .map(|sizes| sizes.into_iter().map(chunks).collect())
                    .collect(),
                matters: self.matters.contains(&PartKind::Bus.path(id)),
                quota: Quota {
                    all: self.design.buses.get(id).map_or(u32::MAX, |bus| bus.put_events_quota),
                    each_group: None,
                },
            },
            state: bus::BusState::default(),
        };
        buses.keys().map(bus).collect()
    }

    /// What a rule makes of an event, which is given for each kind of order.
    fn rule_form(&mut self, spec: &Rule, events: Vec<Value>) -> bus::RuleForm {
        let (shape, shape_replayed) = self.rule_shapes(spec, &events);
        let pattern = Pattern::parse(&spec.event_pattern).ok();
        let matches = |event: &Value| pattern.as_ref().is_some_and(|p| p.matches(event));
        let events = MessageTemplate::new(events, Vec::new()).examples();
        let replayed = events.iter().map(Design::replayed);
        bus::RuleForm {
            matches_replayed: replayed.map(|event| matches(&event)).collect(),
            matches: events.iter().map(matches).collect(),
            shape,
            shape_replayed,
        }
    }

    /// How large the events of a bus are, by their form and kind of order (EB-05).
    pub fn event_sizes(&self, bus: &str) -> Vec<Vec<usize>> {
        let size = |event: &Value| {
            let text = |field: &str| event[field].as_str().unwrap_or_default();
            let detail = event["detail"].to_string();
            let detail = spelled_out(&detail);
            let (source, detail_type) = (text("source"), text("detail-type"));
            Entry { source, detail_type, detail: &detail }.size()
        };
        let forms = self.event_forms(bus);
        forms.iter().map(|events| events.iter().map(size).collect()).collect()
    }

    /// Builds all topics.
    pub fn topics(&self) -> Vec<topic::Topic> {
        let topic = |id: &String| topic::Topic {
            part: self.id(PartKind::Topic, id),
            settings: topic::TopicSettings {
                subscriptions: self
                    .design
                    .subscriptions
                    .values()
                    .enumerate()
                    .filter(|(_, subscription)| subscription.topic == *id)
                    .map(|(number, _)| Id::new(number))
                    .collect(),
                matters: self.matters.contains(&PartKind::Topic.path(id)),
                deduplicates: self.design.topics.get(id).filter(|topic| topic.fifo_topic).map(
                    |topic| {
                        if topic.content_based_deduplication { By::Content } else { By::Id }
                    },
                ),
            },
            state: topic::TopicState::default(),
        };
        self.design.topics.keys().map(topic).collect()
    }

    /// Builds all subscriptions.
    pub fn subscriptions(&mut self) -> Vec<topic::Subscription> {
        let design = self.design;
        let upstream = self.shapes.len();
        let mut subscriptions = Vec::new();
        for (id, spec) in &design.subscriptions {
            let part = self.id(PartKind::Subscription, id);
            let topic = self.id(PartKind::Topic, &spec.topic);
            let from_topic = self.topology.connect(topic, part, WireKind::Send);
            let calls = spec.calls.as_ref().map(|service| {
                let to = self.id(PartKind::Service, service);
                let wire = self.topology.connect(part, to, WireKind::Call);
                (number(&design.services, service), wire)
            });
            let path = spec.endpoint();
            let caller = Caller::topic(design, id, &spec.topic);
            let access = path.as_ref().map_or(Access::FULL, |path| self.may_hand_to(path, &caller));
            let to = path.and_then(|path| self.sending(part, &path));
            let dlq = self.dead_letters(part, spec.dlq.as_ref(), &caller);
            let forms = (0..upstream).map(|shape| Some(self.form(spec, shape as u16))).collect();
            subscriptions.push(topic::Subscription {
                part,
                settings: topic::SubscriptionSettings {
                    topic: number(&design.topics, &spec.topic),
                    protocol: spec.protocol,
                    from_topic,
                    endpoint: endpoint(spec),
                    calls,
                    to,
                    access,
                    forms,
                    dlq,
                },
                state: topic::SubscriptionState::default(),
            });
        }
        subscriptions
    }

    /// Returns the template of the messages that a subscription delivers, and whether its filter policy
    /// accepts them, by kind of order.
    fn form(&mut self, spec: &Subscription, shape: u16) -> (u16, Vec<bool>) {
        let bodies = self.shapes.get(usize::from(shape)).map(MessageTemplate::examples);
        let bodies = bodies.unwrap_or_default();
        let scope = spec.filter_policy_scope.into();
        let policy = spec
            .filter_policy
            .as_ref()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .and_then(|policy| FilterPolicy::from_json(&policy, scope).ok());
        // Messages from a rule or a store have no message attributes.
        let none: &[Attribute<'_>] = &[];
        let taken = bodies
            .iter()
            .map(|body| policy.as_ref().is_none_or(|p| p.accepts(&body.to_string(), none)))
            .collect();
        let is_raw = spec.raw_message_delivery || spec.protocol == Protocol::Lambda;
        let wrapped =
            if is_raw || spec.queue.is_none() { shape } else { self.envelope(&spec.topic, shape) };
        (wrapped, taken)
    }

    /// Builds all queues.
    pub fn queues(&mut self) -> Vec<queue::Queue> {
        let design = self.design;
        let mut queues = Vec::new();
        for (id, spec) in &design.queues {
            let part = self.id(PartKind::Queue, id);
            let dlq = spec.dlq.as_ref().map(|dlq| {
                let to = self.id(PartKind::Queue, dlq);
                (number(&design.queues, dlq), self.topology.connect(part, to, WireKind::DeadLetter))
            });
            let sources: Vec<QueueId> = design
                .queues
                .iter()
                .filter(|(_, other)| other.dlq.as_ref() == Some(id))
                .map(|(source, _)| number(&design.queues, source))
                .collect();
            let parts = design.parts();
            let is_dlq = parts.iter().any(|(_, part)| part.gives_up_to().contains(&id));
            let per_group = spec.deduplication_scope.as_deref() == Some("messageGroup");
            let settings = rules::Settings {
                kind: if spec.fifo_queue { Kind::Fifo { per_group } } else { Kind::Standard },
                visibility_timeout: spec.visibility_timeout.0,
                retention: spec.message_retention_period.0,
                delay: spec.delay_seconds.0,
                max_receive_count: spec.dlq.as_ref().and(spec.max_receive_count),
            };
            queues.push(queue::Queue {
                part,
                key: self.key(part),
                rules: rules::Queue::new(settings),
                settings: queue::Settings {
                    required: self.bit(spec.required),
                    matters: self.matters.contains(&PartKind::Queue.path(id)),
                    dlq,
                    consumers: self.consumers(id),
                    sources,
                    is_dlq,
                    deduplicates: By::of(spec.content_based_deduplication),
                    quota: spec.sends_max().map(|(all, each_group)| Quota { all, each_group }),
                    admits_strangers: self.admits_strangers(id),
                    encrypted: spec.kms_master_key_id.is_some(),
                },
                state: queue::State::default(),
            });
        }
        queues
    }

    /// Connects a part to a target, and returns the target and the wire.
    pub fn sending(&mut self, from: PartId, path: &PartPath) -> Option<(Target, u32)> {
        let target = self.target(path)?;
        let to = self.path(path);
        Some((target, self.topology.connect(from, to, WireKind::Send)))
    }
}

/// Returns the kind of a subscription's endpoint.
fn endpoint(spec: &Subscription) -> Endpoint {
    match spec.protocol {
        Protocol::Sqs | Protocol::Lambda | Protocol::Firehose => Endpoint::AwsManaged,
        Protocol::Email | Protocol::EmailJson | Protocol::Sms | Protocol::Application => {
            Endpoint::CustomerManaged
        }
        Protocol::Http | Protocol::Https => Endpoint::Http {
            retries: spec.num_retries.unwrap_or(HTTP_RETRIES),
            delay: spec.delay_target.map_or(HTTP_DELAY, |delay| delay.0),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{bus_line, world_of};

    /// SNS-10 to SNS-12.
    #[test]
    fn a_protocol_decides_who_is_at_the_end() {
        let http = Endpoint::Http { retries: 3, delay: Span::from_secs(20) };
        for (protocol, expected) in [
            (Protocol::Sqs, Endpoint::AwsManaged),
            (Protocol::Lambda, Endpoint::AwsManaged),
            (Protocol::Email, Endpoint::CustomerManaged),
            (Protocol::Sms, Endpoint::CustomerManaged),
            (Protocol::Https, http),
        ] {
            assert_eq!(endpoint(&Subscription { protocol, ..Subscription::default() }), expected);
        }
        let told = Subscription {
            protocol: Protocol::Http,
            num_retries: Some(7),
            ..Subscription::default()
        };
        assert_eq!(endpoint(&told), Endpoint::Http { retries: 7, delay: Span::from_secs(20) });
    }

    #[test]
    fn a_dead_letter_queue_knows_its_sources_and_a_rule_is_none() {
        let queues = "dlq = 'low'\nmax_receive_count = 3\n[queues.low]\n[queues.high]\n";
        let line = bus_line().replace("[buses.main]\n", &format!("{queues}[buses.main]\n"));
        let world = world_of(&format!("{line}dlq = 'high'\n"));
        let [high, low, work] = [0, 1, 2].map(Id::new);
        let of = |id: QueueId| {
            (&world.queues[id].settings.sources[..], world.queues[id].settings.is_dlq)
        };
        assert_eq!(of(high), (&[][..], true));
        assert_eq!(of(low), (&[work][..], true));
        assert_eq!(of(work), (&[][..], false));
        let most = |id: QueueId| world.queues[id].rules.settings.max_receive_count;
        assert_eq!((most(low), most(work)), (None, Some(3)));
    }

    #[test]
    fn two_rules_of_a_bus_share_the_wire_to_their_dead_letter_queue() {
        let other = "dlq = 'dead'\n[rules.other]\nbus = 'main'\ntargets = ['queues.work']\n\
                     event_pattern = '{\"source\": [\"none\"]}'\ndlq = 'dead'\n[queues.dead]\n";
        let world = world_of(&format!("{}{other}", bus_line()));
        let wires = world.topology.wires.iter();
        assert_eq!(wires.filter(|wire| wire.kind == WireKind::DeadLetter).count(), 1);
        let rules = world.rules.iter();
        let matches: Vec<&[bool]> = rules.map(|rule| &rule.settings.forms[0].matches[..]).collect();
        assert_eq!(matches, [[true], [false]]);
        assert_eq!(world.buses[Id::new(0)].settings.rules.len(), 2);
    }
}
