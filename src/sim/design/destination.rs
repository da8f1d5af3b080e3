//! Destinations of a function: where the records of its asynchronous invocations go (LAM-34).

use std::collections::BTreeSet;

use serde::Deserializer;

use super::check::Checker;
use super::path::read_or;
use super::record::Condition;
use super::{Design, Function, PartKind, PartPath};

/// Reads a destination: the path of a part, or the bare name of a queue.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PartPath>, D::Error> {
    read_or(PartKind::Queue, from)
}

impl Function {
    /// Whether events come to it, so that its destinations serve: a queue's consumer is invoked
    /// synchronously, and its destinations stay idle (LAM-14).
    #[must_use]
    pub fn is_asynchronous(&self) -> bool {
        self.queue.is_none()
    }

    /// The destination of a record with this condition.
    pub(crate) fn destination(&self, condition: Condition) -> Option<&PartPath> {
        let destination = match condition {
            Condition::Success => &self.on_success,
            Condition::RetriesExhausted | Condition::EventAgeExceeded => &self.on_failure,
        };
        destination.as_ref().filter(|_| self.is_asynchronous())
    }

    /// The queue that keeps its records of failures, if that is where they go.
    #[must_use]
    pub fn failures_queue(&self) -> Option<&String> {
        self.on_failure.as_ref().filter(|to| to.kind == PartKind::Queue).map(|to| &to.id)
    }

    /// What AWS takes as a destination, and what the model knows of it.
    pub(super) fn check_destinations(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let own = PartKind::Function.path(id);
        let both = self.on_success.is_some() && self.on_success == self.on_failure;
        for (field, to) in [("on_success", &self.on_success), ("on_failure", &self.on_failure)] {
            let Some(to) = to else { continue };
            let path = format!("functions.{id}.{field}");
            let fits = matches!(
                to.kind,
                PartKind::Queue | PartKind::Topic | PartKind::Function | PartKind::Bus
            );
            checker.must(fits && design.contains(to), &path, || {
                format!(
                    "\"{to}\" is no queue, topic, function or bus of this design, such as \
                     \"queues.results\". A bucket, which AWS takes for failures, is not modelled."
                )
            });
            let is_fifo = design.queues.get(&to.id).is_some_and(|queue| queue.fifo_queue)
                && to.kind == PartKind::Queue
                || design.topics.get(&to.id).is_some_and(|topic| topic.fifo_topic)
                    && to.kind == PartKind::Topic;
            checker.must(!is_fifo, &path, || {
                format!(
                    "InvalidParameterValueException: The destination ARN {} is invalid. It must be a \
                     standard queue or topic (LAM-34).",
                    design.target_arn(to)
                )
            });
            let parts = design.parts();
            let publishers = parts.iter().filter(|(_, part)| part.hands_to().contains(to)).count();
            let is_alone = to.kind != PartKind::Bus || (publishers <= 1 && !both);
            checker.must(is_alone, &path, || {
                format!("The model knows one publisher of a bus, and {to} has others or two kinds.")
            });
        }
        let is_loop = design.reached_from(&own).contains(&own);
        checker.must(!is_loop, &format!("functions.{id}.on_success"), || {
            "Destinations lead from this function back to it. Lambda stops such a loop after about 16 \
             turns (LAM-43), which is not modelled."
                .into()
        });
    }
}

impl Design {
    /// Everything that may get something because of a part, however many parts are between: what it hands to,
    /// and what takes from there.
    pub(crate) fn reached_from(&self, path: &PartPath) -> BTreeSet<PartPath> {
        let parts = self.parts();
        let next = |of: &PartPath| {
            let own = parts.iter().filter(|(path, _)| path == of);
            let handed = own.flat_map(|(_, part)| part.hands_to());
            let taking = parts.iter().filter(|(_, part)| part.takes_from().as_ref() == Some(of));
            handed.chain(taking.map(|(path, _)| path.clone())).collect::<Vec<_>>()
        };
        let mut found = BTreeSet::new();
        let mut open = next(path);
        while let Some(path) = open.pop() {
            if !found.contains(&path) {
                open.extend(next(&path));
                found.insert(path);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(function: &str, rest: &str) -> Design {
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{\"id\": \"{{order}}\"}}' }}]\n\
             [services.press]\n[intakes.desk]\nrequired = true\nstore = 'book'\n\
             [stores.book]\npublishes_to = 'buses.main'\nsource = 'desk'\ndetail_type = 'T'\n\
             [buses.main]\n[rules.all]\nbus = 'main'\ntargets = ['functions.f']\n\
             event_pattern = '{{\"source\": [\"desk\"]}}'\ninput_path = '$.detail'\n\
             [functions.f]\ncalls = 'press'\n{function}\n{rest}"
        );
        toml::from_str(&text).unwrap()
    }

    /// What is wrong with it, by path.
    fn told(function: &str, rest: &str) -> Vec<String> {
        let mistakes = design(function, rest).mistakes(&[]);
        mistakes
            .into_iter()
            .map(|mistake| format!("{}: {}", mistake.path, mistake.sentence))
            .collect()
    }

    #[track_caller]
    fn refused(function: &str, rest: &str, words: &str) {
        let told = told(function, rest).join("\n");
        assert!(told.contains(words), "{function}: {told:?}");
    }

    /// LAM-34: a queue, a topic, a function, a bus; a bare name is a queue's.
    #[test]
    fn four_kinds_are_destinations() {
        let other = "[queues.q]\n[topics.t]\n[buses.b]\n[functions.g]\ncalls = 'press'\n";
        let also = "[rules.g]\nbus = 'main'\ntargets = ['functions.g']\n\
                    event_pattern = '{\"source\": [\"desk\"]}'\n";
        for to in ["queues.q", "q", "topics.t", "functions.g", "buses.b"] {
            let settings = format!("on_success = '{to}'");
            assert_eq!(told(&settings, &format!("{other}{also}")), [""; 0], "{to}");
        }
        refused("on_success = 'services.press'", "", "is no queue, topic, function or bus");
        refused("on_failure = 'nowhere'", "", "\"queues.nowhere\" is no queue");
    }

    /// LAM-34: FIFO is refused, in AWS's words.
    #[test]
    fn a_fifo_queue_or_topic_is_refused() {
        let arn = "InvalidParameterValueException: The destination ARN arn:aws:";
        let line = "[queues.l]\nfifo_queue = true\n[topics.l]\nfifo_topic = true\n";
        for (field, to, service) in [
            ("on_success", "queues.l", "sqs:eu-west-1:111122223333:l.fifo is invalid"),
            ("on_failure", "topics.l", "sns:eu-west-1:111122223333:l.fifo is invalid"),
        ] {
            refused(&format!("{field} = '{to}'"), line, &format!("{field}: {arn}{service}"));
        }
        refused(
            "dlq = 'l'",
            line,
            "functions.f.dlq: This dead-letter queue must be a standard queue",
        );
    }

    /// LAM-43: what Lambda would stop is refused.
    #[test]
    fn destinations_that_lead_back_are_refused() {
        refused("on_success = 'functions.f'", "", "lead from this function back to it");
        let topic =
            "[topics.t]\n[subscriptions.s]\ntopic = 't'\nprotocol = 'lambda'\nfunction = 'f'\n";
        refused("on_failure = 'topics.t'", topic, "lead from this function back to it");
        let both = "on_success = 'buses.b'\non_failure = 'buses.b'";
        refused(both, "[buses.b]", "one publisher of a bus");
        refused("on_success = 'buses.main'", "", "one publisher of a bus");
    }

    /// LAM-14: what a queue's consumer says of destinations leads nowhere.
    #[test]
    fn a_queues_consumer_sends_no_records() {
        let text = "[functions.f]\nqueue = 'q'\non_success = 'r'\non_failure = 'r'";
        let design: Design = toml::from_str(text).unwrap();
        let function = &design.functions["f"];
        assert_eq!(function.destination(Condition::Success), None);
        assert_eq!(function.destination(Condition::RetriesExhausted), None);
        assert_eq!(design.remarks().len(), 1);
        assert!(design.remarks()[0].sentence.contains("LAM-14"));
    }
}
