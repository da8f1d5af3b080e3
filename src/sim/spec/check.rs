//! What is wrong with a design: names that lead nowhere, values AWS refuses, combinations that
//! cannot work. All of it, not the first.

use super::{Design, Function, Mistake, Protocol, Queue};
use crate::sim::aws::asl::{Definition, StateKind};
use crate::sim::aws::pattern::Pattern;
use crate::sim::kernel::time::Span;

/// Targets of a rule (EB-03).
const TARGETS_MAX: usize = 5;

struct Checker<'a> {
    design: &'a Design,
    mistakes: Vec<Mistake>,
}

impl Design {
    /// Every mistake, given the workflow documents by file name.
    #[must_use]
    pub fn mistakes(&self, workflows: &[(String, String)]) -> Vec<Mistake> {
        let mut checker = Checker { design: self, mistakes: Vec::new() };
        checker.load();
        checker.intakes();
        checker.rules();
        for (id, queue) in &self.queues {
            checker.queue(id, queue);
        }
        for (id, function) in &self.functions {
            checker.function(id, function);
        }
        checker.subscriptions();
        checker.workflows(workflows);
        for (id, alarm) in &self.alarms {
            let known = self.queues.contains_key(&alarm.queue);
            checker.must(known, &format!("alarms.{id}.queue"), || no("queue", &alarm.queue));
        }
        checker.mistakes
    }
}

fn no(kind: &str, id: &str) -> String {
    format!("There is no {kind} {id:?} in this design.")
}

impl Checker<'_> {
    fn must(&mut self, holds: bool, path: &str, sentence: impl FnOnce() -> String) {
        if !holds {
            self.mistakes.push(Mistake { path: path.to_owned(), sentence: sentence() });
        }
    }

    fn load(&mut self) {
        let load = &self.design.load;
        let good = load.rate > 0.0 && load.rate <= 100_000.0;
        self.must(good, "load.rate", || {
            "The rate is above 0 and at most 100000 orders a second.".into()
        });
        let some = load.orders.iter().any(|class| class.weight > 0);
        self.must(some, "load.orders", || "There must be an order that comes at all.".into());
        self.must(load.orders.len() < 256, "load.orders", || "At most 255 kinds of order.".into());
        for class in &load.orders {
            let detail = serde_json::from_str::<serde_json::Value>(&class.detail);
            let good = detail.is_ok_and(|detail| detail.is_object());
            self.must(good, "load.orders", || {
                format!("The detail {} is no JSON object.", class.detail)
            });
        }
    }

    fn intakes(&mut self) {
        let design = self.design;
        let one = design.intakes.len() == 1;
        self.must(one, "intakes", || "A design has exactly one intake, so far.".into());
        for (id, intake) in &design.intakes {
            let known = design.stores.contains_key(&intake.store);
            self.must(known, &format!("intakes.{id}.store"), || no("store", &intake.store));
        }
        for (id, store) in &design.stores {
            let known = design.buses.contains_key(&store.publishes_to);
            self.must(known, &format!("stores.{id}.publishes_to"), || {
                no("bus", &store.publishes_to)
            });
        }
    }

    fn rules(&mut self) {
        let design = self.design;
        for (id, rule) in &design.rules {
            let path = |field: &str| format!("rules.{id}.{field}");
            let known = design.buses.contains_key(&rule.bus);
            self.must(known, &path("bus"), || no("bus", &rule.bus));
            if let Err(sentence) = Pattern::parse(&rule.event_pattern) {
                self.must(false, &path("event_pattern"), || sentence);
            }
            let count = rule.targets.len();
            self.must((1..=TARGETS_MAX).contains(&count), &path("targets"), || {
                format!("A rule has one to {TARGETS_MAX} targets, this one {count}.")
            });
            for target in &rule.targets {
                let known = match target.split_once('.') {
                    Some(("queues", id)) => design.queues.contains_key(id),
                    Some(("topics", id)) => design.topics.contains_key(id),
                    Some(("workflows", id)) => design.workflows.contains_key(id),
                    _ => false,
                };
                self.must(known, &path("targets"), || {
                    format!("The target {target:?} is no queue, topic or workflow of this design.")
                });
            }
        }
    }

    fn queue(&mut self, id: &str, queue: &Queue) {
        let path = |field: &str| format!("queues.{id}.{field}");
        let visibility = queue.visibility_timeout.0;
        self.must(visibility <= Span::from_secs(43_200), &path("visibility_timeout"), || {
            "The visibility timeout is at most 12 hours.".into()
        });
        let retention = queue.message_retention_period.0.as_secs();
        self.must((60..=1_209_600).contains(&retention), &path("message_retention_period"), || {
            "Messages are kept from 60 seconds to 14 days.".into()
        });
        self.must(queue.delay_seconds.0.as_secs() <= 900, &path("delay_seconds"), || {
            "The delay is at most 15 minutes.".into()
        });
        match (&queue.dlq, queue.max_receive_count) {
            (Some(dlq), Some(count)) => {
                let known = self.design.queues.contains_key(dlq) && dlq != id;
                self.must(known, &path("dlq"), || no("other queue", dlq));
                self.must((1..=1_000).contains(&count), &path("max_receive_count"), || {
                    "maxReceiveCount is from 1 to 1000.".into()
                });
            }
            (None, None) => {}
            (Some(_), None) => self.must(false, &path("dlq"), || {
                "A redrive policy needs max_receive_count as well.".into()
            }),
            (None, Some(_)) => self.must(false, &path("max_receive_count"), || {
                "maxReceiveCount means nothing without a dlq.".into()
            }),
        }
    }

    fn function(&mut self, id: &str, function: &Function) {
        let design = self.design;
        let path = |field: &str| format!("functions.{id}.{field}");
        let known = design.services.contains_key(&function.calls);
        self.must(known, &path("calls"), || no("service", &function.calls));
        self.must((1..=10_000).contains(&function.batch_size), &path("batch_size"), || {
            "The batch size is from 1 to 10000.".into()
        });
        let window = function.maximum_batching_window.0;
        let windowed = function.batch_size <= 10 || window >= Span::from_secs(1);
        self.must(windowed, &path("batch_size"), || {
            "A batch of more than 10 needs a batching window of at least 1 second.".into()
        });
        self.must(window <= Span::from_secs(300), &path("maximum_batching_window"), || {
            "The batching window is at most 300 seconds.".into()
        });
        let most = function.maximum_concurrency;
        self.must(most == 0 || (2..=1_000).contains(&most), &path("maximum_concurrency"), || {
            "The maximum concurrency of an event source mapping is from 2 to 1000.".into()
        });
        let timeout = function.timeout.0;
        self.must(timeout <= Span::from_secs(900), &path("timeout"), || {
            "A function runs at most 900 seconds.".into()
        });
        match design.queues.get(&function.queue) {
            None => self.must(false, &path("queue"), || no("queue", &function.queue)),
            Some(queue) => self.must(timeout <= queue.visibility_timeout.0, &path("timeout"), || {
                format!(
                    "InvalidParameterValueException: the function's timeout of {timeout} is longer \
                     than the queue's visibility timeout of {}.",
                    queue.visibility_timeout.0
                )
            }),
        }
    }

    fn subscriptions(&mut self) {
        let design = self.design;
        for (id, subscription) in &design.subscriptions {
            let path = |field: &str| format!("subscriptions.{id}.{field}");
            let known = design.topics.contains_key(&subscription.topic);
            self.must(known, &path("topic"), || no("topic", &subscription.topic));
            match (subscription.protocol, &subscription.queue, &subscription.calls) {
                (Protocol::Sqs, Some(queue), None) => {
                    let known = design.queues.contains_key(queue);
                    self.must(known, &path("queue"), || no("queue", queue));
                }
                (Protocol::Sqs, ..) => self.must(false, &path("queue"), || {
                    "A subscription of the protocol sqs names a queue and nothing to call.".into()
                }),
                (_, None, Some(service)) => {
                    let known = design.services.contains_key(service);
                    self.must(known, &path("calls"), || no("service", service));
                }
                _ => self.must(false, &path("calls"), || {
                    "This protocol leaves AWS: name the service it calls, and no queue.".into()
                }),
            }
        }
    }

    fn workflows(&mut self, documents: &[(String, String)]) {
        let design = self.design;
        for (id, workflow) in &design.workflows {
            let path = |field: &str| format!("workflows.{id}.{field}");
            let text = documents.iter().find(|(name, _)| *name == workflow.definition);
            let Some((_, text)) = text else {
                self.must(false, &path("definition"), || {
                    format!("There is no document workflows/{}.", workflow.definition)
                });
                continue;
            };
            let definition = match Definition::parse(text) {
                Ok(definition) => definition,
                Err(sentences) => {
                    for sentence in sentences {
                        self.must(false, &path("definition"), || sentence);
                    }
                    continue;
                }
            };
            for service in workflow.calls.values() {
                let known = design.services.contains_key(service);
                self.must(known, &path("calls"), || no("service", service));
            }
            for state in &definition.states {
                if let StateKind::Task(task) = &state.kind {
                    let known = workflow.calls.contains_key(&task.function);
                    self.must(known, &path("calls"), || {
                        format!(
                            "{} calls {:?}: say which service that is.",
                            state.name, task.function
                        )
                    });
                }
            }
            for name in &workflow.cancelled_in {
                let known = definition.states.iter().any(|state| state.name == *name);
                self.must(known, &path("cancelled_in"), || no("state", name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let design: Design = toml::from_str(text).unwrap();
        design.mistakes(&[]).into_iter().map(|m| format!("{}: {}", m.path, m.sentence)).collect()
    }

    #[test]
    fn all_mistakes_are_told_with_their_paths() {
        let told = told(
            r#"
            [load]
            rate = 0.0
            [intakes.api]
            store = "nowhere"
            [rules.all]
            bus = "main"
            event_pattern = '{"source": "shop"}'
            targets = ["queues.work", "lambda.x"]
            [queues.work]
            visibility_timeout = "5s"
            max_receive_count = 3
            [functions.worker]
            queue = "work"
            calls = "nobody"
            timeout = "6s"
            batch_size = 20
            maximum_concurrency = 1
            "#,
        );
        for path in [
            "load.rate",
            "load.orders",
            "intakes.api.store",
            "rules.all.bus",
            "rules.all.event_pattern",
            "rules.all.targets",
            "queues.work.max_receive_count",
            "functions.worker.calls",
            "functions.worker.timeout",
            "functions.worker.batch_size",
            "functions.worker.maximum_concurrency",
        ] {
            assert!(
                told.iter().any(|line| line.starts_with(&format!("{path}: "))),
                "{path}\n{told:#?}"
            );
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        let refused = toml::from_str::<Design>("[queues.a]\ncolour = \"red\"").unwrap_err();
        assert!(refused.to_string().contains("unknown field `colour`"), "{refused}");
        assert!(toml::from_str::<Design>("[queues.a]\nvisibility_timeout = \"5\"").is_err());
    }
}
