//! Checks of message sizes. A hop's limit is for the whole message, envelopes and templates included, so the
//! hop with the smallest limit decides (REF-01).

use serde_json::Value;

use super::Checker;
use crate::design::part::{Limit, Part};
use crate::design::{PartPath, spelled_out};

impl Checker<'_> {
    /// Checks every hop of every kind of order.
    pub fn sizes(&mut self) {
        let design = self.design;
        let details: Vec<Value> = design
            .load
            .orders
            .iter()
            .map(|class| serde_json::from_str(&class.detail).unwrap_or(Value::Null))
            .collect();
        for (path, part) in design.parts() {
            for to in part.hands_to() {
                let sent = details.iter();
                let sent = sent.filter_map(|detail| part.sends_to(&path.id, &to, detail, design));
                self.hop(&path, &to, &sent.collect::<Vec<_>>());
            }
        }
    }

    /// Checks one hop. A topic's limit is a quarter of that of queues and functions, so its envelope never
    /// decides: JSON inside a JSON string is at most twice as long.
    fn hop(&mut self, from: &PartPath, to: &PartPath, bodies: &[Value]) {
        let reception = self.design.part(to).and_then(Part::receives);
        let limit = reception.and_then(|reception| reception.limit);
        let Some(Limit { most, refusal }) = limit else { return };
        // The placeholder for an order's number is as long as a number of seven digits.
        let length = |body: &Value| spelled_out(&body.to_string()).len();
        let sent = bodies.iter().map(length).max().unwrap_or(0);
        self.must(sent <= most, "load.orders", || {
            let one = &self.design.load.noun.one;
            format!(
                "{refusal}. {from} sends {sent} bytes to {to}, including everything around the {one}'s \
                 data, and the limit is {most}: send a reference instead."
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::design::Design;

    const REST: &str = r#"
        [intakes.desk]
        store = "book"
        [buses.b]
        [queues.q]
        required = true
        [topics.t]
        [workflows.w]
        definition = "w.asl.json"
        [services.press]
        [functions.f]
        calls = "press"
        [subscriptions.s]
        topic = "t"
        protocol = "lambda"
        function = "f"
    "#;

    /// What is wrong with a design whose orders carry so much.
    fn told(bytes: usize, parts: &str) -> Vec<String> {
        let pad = "x".repeat(bytes);
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{\"id\":\"{{order}}\",\"pad\":\"{pad}\"}}' }}]\n{REST}{parts}"
        );
        let design: Design = toml::from_str(&text).unwrap();
        let flow = r#"{"StartAt": "W", "States": {"W": {"Type": "Pass", "End": true}}}"#;
        let mistakes = design.mistakes(&[("w.asl.json".to_owned(), flow.to_owned())]);
        mistakes.into_iter().map(|mistake| mistake.sentence).collect()
    }

    /// An order may carry so much and no more; what is said of a byte more.
    #[track_caller]
    fn refusal(most: usize, parts: &str) -> String {
        assert_eq!(told(most, parts), [""; 0]);
        let told = told(most + 1, parts).join("\n");
        assert!(!told.is_empty(), "{most} bytes are not the most");
        told
    }

    fn rule(target: &str, input: &str) -> String {
        format!(
            "[stores.book]\npublishes_to = \"buses.b\"\nsource = \"desk\"\ndetail_type = \"Written\"\n\
             [rules.r]\nbus = \"b\"\nevent_pattern = '{{\"source\": [\"desk\"]}}'\n\
             targets = [\"{target}\"]\n{input}\n"
        )
    }

    /// Bytes of a detail around its padding: `{"id":"0000001","pad":""}`.
    const DETAIL: usize = 25;
    /// Bytes of an event around its detail (EB-09), counted by hand.
    const EVENT: usize = r#"{"account":"111122223333","detail":,"detail-type":"Written","id":"00000000-0000-4000-8000-000000000000","region":"eu-west-1","resources":[],"source":"desk","time":"2026-01-01T00:00:00Z","version":"0"}"#.len();

    /// EB-05, SQS-03, SNS-03, SFN-09, LAM-37: each hop takes so much, and the envelope counts.
    #[test]
    fn every_hop_takes_what_it_takes_with_the_envelope() {
        for (target, limit, words) in [
            ("queues.q", 1_048_576, "Message must be shorter than 1048576 bytes"),
            ("topics.t", 262_144, "Message too long"),
            ("workflows.w", 262_144, "InvalidExecutionInput"),
            ("functions.f", 1_048_576, "RequestEntityTooLargeException"),
        ] {
            let refusal = refusal(limit - EVENT - DETAIL, &rule(target, ""));
            assert!(refusal.contains(words), "{target}: {refusal}");
            let sends = format!("rules.r sends {} bytes to {target}", limit + 1);
            assert!(refusal.contains(&sends), "{refusal}");
        }
    }

    /// EB-34: what an `InputPath` leaves out does not count, and what a template adds does.
    #[test]
    fn what_a_rule_makes_of_the_event_is_what_counts() {
        let topic = |most: usize, input: &str| refusal(most, &rule("topics.t", input));
        topic(262_144 - DETAIL, "input_path = \"$.detail\"");
        // Two quotation marks.
        topic(262_144 - 2, "input_path = \"$.detail.pad\"");
        let template = "input_paths_map = { pad = \"$.detail.pad\" }\n\
                        input_template = '{\"a\":<pad>,\"b\":<pad>}'";
        topic((262_144 - r#"{"a":"","b":""}"#.len()) / 2, template);
        // What is left is the bus's own limit: fourteen bytes of time, source, type, detail (EB-05).
        let most = 1_048_576 - 14 - "desk".len() - "Written".len() - DETAIL;
        let told = topic(most, "input_path = \"$.detail.id\"");
        assert!(told.starts_with("PutEvents: ValidationException"), "{told}");
    }

    /// What a detail only stands for counts as if it stood there, at each hop.
    #[test]
    fn a_stand_in_counts_as_what_it_stands_for() {
        let design = |bytes: usize| {
            let parts = rule("topics.t", "");
            let text = format!(
                "[load]\norders = [{{ weight = 1, detail = '{{\"id\":\"{{order}}\",\"pad\":\"{{bytes:{bytes}}}\"}}' }}]\n{REST}{parts}"
            );
            toml::from_str::<Design>(&text).unwrap()
        };
        let flow = r#"{"StartAt": "W", "States": {"W": {"Type": "Pass", "End": true}}}"#;
        let documents = [("w.asl.json".to_owned(), flow.to_owned())];
        let most = 262_144 - EVENT - DETAIL;
        assert_eq!(design(most).mistakes(&documents), []);
        let told = design(most + 1).mistakes(&documents);
        assert!(told[0].sentence.contains("sends 262145 bytes to topics.t"), "{told:?}");
        let told = design(1_048_576).mistakes(&documents);
        assert!(told.iter().any(|told| told.sentence.starts_with("PutEvents")), "{told:?}");
    }

    /// SQS-03, SNS-03: a store that needs no bus sends the detail alone.
    #[test]
    fn a_store_sends_the_detail_alone() {
        let store = |to: &str| format!("[stores.book]\npublishes_to = \"{to}\"\n");
        refusal(262_144 - DETAIL, &store("topics.t"));
        refusal(1_048_576 - DETAIL, &store("queues.q"));
    }
}
