//! Sensitive fields of orders: which bodies contain them, computed once for each template and kind of
//! order, and how many such bodies each part keeps (SEC-13).

use std::rc::Rc;

use serde_json::Value;

use super::exposure::{Exposure, Place};
use super::part::Part;
use super::template::MessageTemplate;
use super::{World, every_kind};
use crate::aws::queue::Queue;
use crate::aws::workflow;

/// The design's sensitive fields that a body contains, one bit each.
pub(crate) type Fields = u32;

/// The sensitive fields of a design, and the bodies that contain them.
#[derive(Debug, Clone)]
pub(crate) struct Sensitive {
    /// By kind of order: the text of each field as JSON writes it; empty if orders of that kind lack the
    /// field.
    pub texts: Rc<[Vec<String>]>,
    /// By template and kind of order.
    bodies: Rc<[Vec<Fields>]>,
}

impl Sensitive {
    /// Reads the fields at these paths of the details and finds the templates that contain them.
    pub fn new(paths: &[String], details: &[Value], shapes: &[MessageTemplate]) -> Self {
        let texts: Vec<Vec<String>> = details
            .iter()
            .map(|detail| paths.iter().map(|p| text_at(p, detail)).collect())
            .collect();
        let held = |shape: &MessageTemplate| {
            let bodies = shape.bodies.iter().zip(&texts);
            bodies.map(|(body, texts)| found(texts, &body.to_string())).collect()
        };
        let bodies = shapes.iter().map(held).collect();
        Self { texts: texts.into(), bodies }
    }

    /// Whether the design has no sensitive field.
    pub fn is_empty(&self) -> bool {
        self.texts.iter().all(|texts| texts.iter().all(String::is_empty))
    }

    /// Returns the fields that the body of a message contains.
    pub fn of(&self, shape: u16, class: usize) -> Fields {
        let by_class = self.bodies.get(usize::from(shape));
        by_class.and_then(|fields| fields.get(class)).copied().unwrap_or(0)
    }
}

/// Reads the text at a path of a detail, as JSON writes it between its quotes.
fn text_at(path: &str, detail: &Value) -> String {
    match workflow::find(path, detail) {
        Ok(Value::String(text)) => {
            let written = Value::String(text).to_string();
            let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

/// Finds the texts that a body contains as whole words: a short number is not found inside a longer one.
pub(super) fn found(texts: &[String], body: &str) -> Fields {
    let stands = |text: &String| {
        !text.is_empty()
            && body.match_indices(text.as_str()).any(|(at, text)| {
                let before = body.get(..at).and_then(|rest| rest.chars().next_back());
                let after = body.get(at + text.len()..).and_then(|rest| rest.chars().next());
                ![before, after].iter().flatten().any(|c| c.is_alphanumeric())
            })
    };
    let fields = texts.iter().enumerate().filter(|(_, text)| stands(text));
    fields.fold(0, |fields, (place, _)| fields | 1 << place)
}

impl World {
    /// Whether the body of a message contains a sensitive field.
    pub(super) fn is_sensitive(&self, order: u32, shape: u16) -> bool {
        self.sensitive.of(shape, self.class(order)) != 0
    }

    /// Counts the messages in a queue that contain a sensitive field.
    pub(super) fn sensitive_in(&self, queue: &Queue) -> u64 {
        let here = queue.all(&self.messages);
        here.filter(|message| self.is_sensitive(message.order, message.shape)).count() as u64
    }

    /// Counts the bodies with a sensitive field in all places of a kind.
    pub(super) fn exposed(&self, place: Place) -> u64 {
        let all = self.exposures().into_iter();
        all.filter(|exposure| exposure.place == place).map(|exposure| exposure.count).sum()
    }

    /// Lists every part that keeps bodies, in the order of the tables; empty if no field is sensitive.
    pub(crate) fn exposures(&self) -> Vec<Exposure> {
        let mut exposures = Vec::new();
        if self.sensitive.is_empty() {
            return exposures;
        }
        macro_rules! ask {
            ($table:ident, $part:ty) => {
                for part in &self.$table {
                    if let (Some((place, count)), Some(part)) = (part.exposes(self), part.part()) {
                        exposures.push(Exposure { part, place, count });
                    }
                }
            };
        }
        every_kind!(ask);
        exposures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::kernel::time::{Span, Time};
    use crate::run::Run;

    const DESIGN: &str = r#"
[load]
rate = 10.0
sensitive = ["$.secret"]
orders = [
  { weight = 1, detail = '{"id": "{order}", "secret": "s-{order}"}' },
  { weight = 1, detail = '{"id": "{order}", "open": "s-{order}"}' },
]
[services.till]
latency = "50ms"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "queues.work"
[queues.work]
required = true
visibility_timeout = "40s"
dlq = "dead"
max_receive_count = 1
[queues.dead]
[functions.hand]
queue = "work"
calls = "till"
"#;

    fn run(design: &str, until: u64) -> Run {
        let design: Design = toml::from_str(design).unwrap();
        let mut run = Run::new(&design, &[], 4).unwrap_or_else(|m| panic!("{m:#?}"));
        run.advance_to(Time::ZERO + Span::from_secs(until));
        run
    }

    #[test]
    fn a_word_is_found_and_a_part_of_a_word_is_not() {
        let texts = ["12".to_owned(), String::new(), "a b".to_owned()];
        assert_eq!(found(&texts, r#"{"n": "123", "m": "a bc"}"#), 0);
        assert_eq!(found(&texts, r#"{"n": "12", "m": "{\"k\":\"a b\"}"}"#), 0b101);
    }

    /// Only one kind of order has the field; the other kind has the same text in a field that is not sensitive.
    #[test]
    fn stores_and_queues_count_the_bodies_that_hold_a_sensitive_field() {
        let stopped = DESIGN
            .replace("[functions.hand]", "[functions.hand]\nreserved_concurrent_executions = 0");
        let run = run(&stopped, 30);
        let value = |path: &str| run.value(path).unwrap();
        let (stored, here) = (value("sensitive.stores"), value("sensitive.queues"));
        assert!(stored > 80.0 && stored < value("stores.book.stored") - 80.0, "{stored}");
        assert!(here > 50.0 && here <= stored, "{here}");
        assert!(value("sensitive.dlqs") < 1.0);
    }

    #[test]
    fn what_is_given_up_keeps_its_sensitive_field() {
        let failing = DESIGN.replace("calls = \"till\"", "calls = \"till\"\ntimeout = \"1ms\"");
        let run = run(&failing, 120);
        let (dead, held) =
            (run.value("queues.dead.visible").unwrap(), run.value("sensitive.dlqs").unwrap());
        assert!(dead > 100.0 && held > dead / 4.0 && held < dead * 3.0 / 4.0, "{held} of {dead}");
    }

    #[test]
    fn a_design_without_sensitive_fields_measures_none() {
        let run = run(&DESIGN.replace("sensitive = [\"$.secret\"]", ""), 5);
        assert_eq!(run.value("sensitive.stores"), None);
        assert!(run.snapshot().exposures.is_empty());
    }

    #[test]
    fn a_sensitive_field_is_a_text_that_some_order_has() {
        for path in ["$.none", "secret", "$.id["] {
            let text = DESIGN.replace("$.secret", path);
            let design: Design = toml::from_str(&text).unwrap();
            let mistakes = design.mistakes(&[]);
            assert!(mistakes.iter().any(|m| m.path == "load.sensitive"), "{path}: {mistakes:?}");
        }
    }
}
