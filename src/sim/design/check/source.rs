//! Where orders come from, and where a bus sends them.

use serde_json::Value;

use super::{Checker, no};
use crate::aws::pattern::Pattern;
use crate::aws::put_events::{Entry, Refused, put_events};
use crate::design::{CUSTOMER, ORDER, PartKind, PartPath, Rule};
use crate::kernel::time::Span;

/// Targets of a rule (EB-03).
const TARGETS_MAX: usize = 5;
/// Characters of a pattern (EB-03).
const PATTERN_MAX: usize = 2_048;

impl Checker<'_> {
    pub(super) fn load(&mut self) {
        let load = &self.design.load;
        let good = load.rate > 0.0 && load.rate <= 100_000.0;
        let many = &load.noun.many;
        self.must(good, "load.rate", || {
            format!("The rate is above 0 and at most 100000 {many} a second.")
        });
        let is_named = !load.noun.one.trim().is_empty() && !many.trim().is_empty();
        self.must(is_named, "load.noun", || {
            "A noun has two forms: one = \"letter\", many = \"letters\".".into()
        });
        self.must(load.customers > 0, "load.customers", || "There is at least 1 customer.".into());
        let some = load.orders.iter().any(|class| class.weight > 0);
        self.must(some, "load.orders", || "Nothing comes at all: give one kind a weight.".into());
        self.must(load.orders.len() < 256, "load.orders", || "At most 255 kinds come.".into());
        for class in &load.orders {
            let detail = serde_json::from_str::<Value>(&class.detail);
            let good = detail.is_ok_and(|detail| detail.is_object());
            self.must(good, "load.orders", || {
                format!("The detail {} is no JSON object.", class.detail)
            });
        }
    }

    pub(super) fn intakes(&mut self) {
        let design = self.design;
        let one = design.intakes.len() == 1;
        self.must(one, "intakes", || "A design has exactly one intake.".into());
        for (id, intake) in &design.intakes {
            let path = |field: &str| format!("intakes.{id}.{field}");
            if let Some(store) = &intake.store {
                let known = design.stores.contains_key(store);
                self.must(known, &path("store"), || no("store", store));
            }
            for service in &intake.calls {
                let known = design.services.contains_key(service);
                self.must(known, &path("calls"), || no("service", service));
            }
            let some = intake.store.is_some() || !intake.calls.is_empty();
            self.must(some, &path("store"), || {
                "An intake does something: it stores what comes, or calls services.".into()
            });
            let timeout = intake.timeout.0;
            self.must(
                timeout > Span::ZERO && timeout <= Span::from_secs(900),
                &path("timeout"),
                || "The timeout is above 0 and at most 15 minutes.".into(),
            );
        }
    }

    pub(super) fn stores(&mut self) {
        let design = self.design;
        for (id, store) in &design.stores {
            let path = |field: &str| format!("stores.{id}.{field}");
            let Some(to) = &store.publishes_to else { continue };
            let hears = matches!(to.kind, PartKind::Bus | PartKind::Queue | PartKind::Topic);
            self.must(hears && design.contains(to), &path("publishes_to"), || {
                format!(
                    "\"{to}\" is no bus, queue or topic of this design, such as \"buses.main\"."
                )
            });
            if to.kind == PartKind::Bus {
                let details = self.design.load.orders.iter().map(|class| class.detail.as_str());
                for detail in details.chain(["{}"]) {
                    let entry =
                        Entry { source: &store.source, detail_type: &store.detail_type, detail };
                    let refused = entry.check().err().filter(|r| r.code != "MalformedDetail");
                    if let Some(Refused { code, message }) = refused {
                        self.must(false, &path("source"), || {
                            format!("PutEvents: {code}: {message}")
                        });
                        break;
                    }
                    if let Err(Refused { code, message }) = put_events(&[entry]) {
                        self.must(false, "load.orders", || format!("PutEvents: {code}: {message}"));
                    }
                }
            }
        }
    }

    pub(super) fn rules(&mut self) {
        let design = self.design;
        for (id, rule) in &design.rules {
            let path = |field: &str| format!("rules.{id}.{field}");
            let known = design.buses.contains_key(&rule.bus);
            self.must(known, &path("bus"), || no("bus", &rule.bus));
            match Pattern::parse(&rule.event_pattern) {
                Err(sentence) => self.must(false, &path("event_pattern"), || {
                    format!("InvalidEventPatternException: {sentence}")
                }),
                Ok(pattern) => self.pattern(&path("event_pattern"), &pattern, rule),
            }
            let count = rule.targets.len();
            self.must((1..=TARGETS_MAX).contains(&count), &path("targets"), || {
                format!("A rule has one to {TARGETS_MAX} targets, this one {count}.")
            });
            for target in &rule.targets {
                self.target(&path("targets"), target, rule);
            }
            let age = rule.maximum_event_age.0.as_secs();
            self.must((60..=86_400).contains(&age), &path("maximum_event_age"), || {
                "The maximum event age is from 60 seconds to 24 hours.".into()
            });
            self.must(rule.maximum_retry_attempts <= 185, &path("maximum_retry_attempts"), || {
                "There are at most 185 retry attempts.".into()
            });
            self.dlq(&path("dlq"), rule.dlq.as_ref(), false);
            self.input(id, rule);
            self.policy(&path("role_policy"), rule.role_policy.as_deref(), false);
        }
    }

    /// Orders of a kind are alike but for their numbers, and a pattern that tells these apart would
    /// need every order looked at.
    fn pattern(&mut self, path: &str, pattern: &Pattern, rule: &Rule) {
        self.must(rule.event_pattern.len() <= PATTERN_MAX, path, || {
            format!("InvalidEventPatternException: a pattern has at most {PATTERN_MAX} characters.")
        });
        let store = self.design.stores.values().find(|store| {
            let to = store.publishes_to.as_ref();
            to.is_some_and(|to| to.kind == PartKind::Bus && to.id == rule.bus)
        });
        let Some(store) = store else { return };
        let event = |detail: &str, number: &str| {
            let detail = detail.replace(ORDER, number).replace(CUSTOMER, number);
            serde_json::json!({
                "source": store.source, "detail-type": store.detail_type,
                "detail": serde_json::from_str::<Value>(&detail).unwrap_or(Value::Null),
            })
        };
        let differs = self.design.load.orders.iter().any(|class| {
            pattern.matches(&event(&class.detail, "1"))
                != pattern.matches(&event(&class.detail, "2"))
        });
        self.must(!differs, path, || {
            format!(
                "This pattern tells {} of one kind apart by their numbers: make two kinds.",
                self.design.load.noun.many
            )
        });
    }

    fn target(&mut self, path: &str, target: &PartPath, rule: &Rule) {
        let design = self.design;
        let fits = target.kind.can_be_target();
        self.must(fits && design.contains(target), path, || {
            format!(
                "The target \"{target}\" is no queue, topic, workflow or function of this design."
            )
        });
        let queue = design.queues.get(&target.id).filter(|_| target.kind == PartKind::Queue);
        let is_fifo = queue.is_some_and(|queue| queue.fifo_queue);
        self.must(!is_fifo || rule.message_group_id.is_some(), path, || {
            format!("The request must contain the parameter MessageGroupId for {target}: set message_group_id.")
        });
        // SNS-17: the parameters of a target hold a group for a queue alone.
        let topic = design.topics.get(&target.id).filter(|_| target.kind == PartKind::Topic);
        self.must(!topic.is_some_and(|topic| topic.fifo_topic), path, || {
            format!(
                "{target} is a FIFO topic, and a rule's target has no MessageGroupId for a topic: \
                 let the rule send to a FIFO queue, or publish to the topic from the store."
            )
        });
    }

    /// EB-34: one way to shape the input.
    fn input(&mut self, id: &str, rule: &Rule) {
        let path = |field: &str| format!("rules.{id}.{field}");
        let transforms = rule.input_template.is_some() || !rule.input_paths_map.is_empty();
        let ways = [rule.input.is_some(), rule.input_path.is_some(), transforms];
        self.must(ways.iter().filter(|way| **way).count() <= 1, &path("input"), || {
            "ValidationException: only one of input, input_path and input_template can be set."
                .into()
        });
        self.must(!transforms || rule.input_template.is_some(), &path("input_paths_map"), || {
            "A map of paths needs an input_template that uses them.".into()
        });
        self.must(rule.input_paths_map.len() <= 100, &path("input_paths_map"), || {
            "A map has at most 100 paths.".into()
        });
        if let Some(input) = &rule.input {
            let good = serde_json::from_str::<Value>(input).is_ok();
            self.must(good && input.chars().count() <= 8_192, &path("input"), || {
                "The input is JSON of at most 8192 characters.".into()
            });
        }
        if let Some(template) = &rule.input_template {
            self.must(template.chars().count() <= 8_192, &path("input_template"), || {
                "The input template has at most 8192 characters.".into()
            });
        }
        let paths = rule.input_path.iter().chain(rule.input_paths_map.values());
        for text in paths {
            self.must(text.starts_with('$'), &path("input_path"), || {
                format!("{text:?} is no path: it begins with $.")
            });
        }
    }
}
