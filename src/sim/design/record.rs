//! Records of asynchronous invocations: what a function's destinations get (LAM-34).

use serde_json::{Value, json};

use super::answers::Answers;
use super::message::uuid;
use super::{CUSTOMER, Design, Function, ORDER, PartKind, PartPath};

/// The source of the events that Lambda makes of records, and their detail types.
const SOURCE: &str = "lambda";
const OF_SUCCESS: &str = "Lambda Function Invocation Result - Success";
const OF_FAILURE: &str = "Lambda Function Invocation Result - Failure";

/// How an asynchronous invocation ended, as a record says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Success,
    /// That a function which may not run at all gives up with these words is a *model assumption*
    /// (MA-function-10).
    RetriesExhausted,
    EventAgeExceeded,
}

impl Condition {
    pub const ALL: [Self; 3] = [Self::Success, Self::RetriesExhausted, Self::EventAgeExceeded];

    fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

/// A message with the numbers of the first order and customer in it.
fn of_first_order(message: &Value) -> Value {
    let text = message.to_string().replace(ORDER, "0000001").replace(CUSTOMER, "0000001");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

impl Function {
    /// The record of an invocation that one of its destinations gets; `None` where destinations lead back to
    /// the function.
    pub(super) fn record_for(
        &self,
        id: &str,
        to: &PartPath,
        detail: &Value,
        design: &Design,
    ) -> Option<Value> {
        let own = PartKind::Function.path(id);
        if design.reached_from(&own).contains(&own) {
            return None;
        }
        // A failure's record is the longer one.
        let fails = self.destination(Condition::RetriesExhausted) == Some(to);
        let condition = if fails { Condition::RetriesExhausted } else { Condition::Success };
        let payload = design.arriving(&own, detail);
        Some(design.invocation_record(id, condition, &payload))
    }

    /// Adds the records that its destinations get, of the first order of the first kind, and the event that its
    /// dead-letter queue gets.
    pub(super) fn add_records(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let own = PartKind::Function.path(id);
        let Some(class) = design.load.orders.first() else { return };
        let detail = serde_json::from_str(&class.detail).unwrap_or(Value::Null);
        let payload = design.arriving(&own, &detail);
        for (condition, name) in [
            (
                Condition::Success,
                "what its on-success destination gets (the text: a model assumption)",
            ),
            (
                Condition::RetriesExhausted,
                "what its on-failure destination gets (the text: a model assumption)",
            ),
        ] {
            if self.destination(condition).is_some() {
                let record = design.invocation_record(id, condition, &payload);
                answers.add(name, of_first_order(&record));
            }
        }
        if self.dlq.is_some() {
            answers
                .add("what its dead-letter queue gets: the event alone", of_first_order(&payload));
        }
    }

    /// The source and the detail type of the event that a bus gets of a record.
    pub(super) fn publication_for(&self, bus: &PartPath) -> Option<(&str, &str)> {
        if self.destination(Condition::Success) == Some(bus) {
            Some((SOURCE, OF_SUCCESS))
        } else {
            let is_failure = self.destination(Condition::RetriesExhausted) == Some(bus);
            is_failure.then_some((SOURCE, OF_FAILURE))
        }
    }
}

impl Design {
    /// The payload that a function is invoked with for an order: what the first part sends that hands to it.
    fn arriving(&self, to: &PartPath, detail: &Value) -> Value {
        let parts = self.parts();
        let mut senders = parts.iter().filter(|(_, part)| part.hands_to().contains(to));
        let sent = senders.find_map(|(path, part)| match self.subscriptions.get(&path.id) {
            Some(subscription) if path.kind == PartKind::Subscription => {
                Some(self.arriving(&PartKind::Topic.path(&subscription.topic), detail))
            }
            _ => part.sends_to(&path.id, to, detail, self),
        });
        sent.unwrap_or_else(|| detail.clone())
    }

    /// The record of an asynchronous invocation (LAM-34). It is one text for all tries: that a success took one
    /// invocation and a failure as many as are allowed, and that a handler answers nothing, are *model
    /// assumptions* (MA-function-8, MA-function-9).
    pub(crate) fn invocation_record(
        &self,
        function: &str,
        condition: Condition,
        payload: &Value,
    ) -> Value {
        let arn = self.target_arn(&PartKind::Function.path(function));
        let spec = self.functions.get(function);
        let most = spec.map_or(1, |function| function.maximum_retry_attempts + 1);
        let count = if condition == Condition::RetriesExhausted { most } else { 1 };
        let mut record = json!({
            "version": "1.0",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "requestContext": {
                "requestId": uuid("4e4e"),
                "functionArn": format!("{arn}:$LATEST"),
                "condition": condition.word(),
                "approximateInvokeCount": count,
            },
            "requestPayload": payload,
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST" },
            "responsePayload": null,
        });
        if condition != Condition::Success {
            record["responseContext"]["functionError"] = json!("Unhandled");
            record["responsePayload"] =
                json!({ "errorMessage": "The call failed.", "errorType": "Error" });
        }
        record
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

    /// LAM-34: the envelope carries what was asked and what was answered, a chain of functions one in the other.
    #[test]
    fn a_record_holds_the_request_and_the_response() {
        let chain = "[functions.g]\ncalls = 'press'\non_success = 'q'\n[queues.q]\n";
        let design = design("on_success = 'functions.g'\nmaximum_retry_attempts = 1", chain);
        let detail = json!({ "id": "7" });
        let sent = |id: &str, to: &str| {
            let to: PartPath = to.parse().unwrap();
            design.functions[id].record_for(id, &to, &detail, &design).unwrap()
        };
        let first = sent("f", "functions.g");
        assert_eq!(first["requestContext"]["condition"], "Success");
        assert_eq!(first["requestPayload"], detail, "what the rule's InputPath left");
        assert_eq!(
            first["responseContext"],
            json!({"statusCode": 200, "executedVersion": "$LATEST"})
        );
        assert_eq!(sent("g", "queues.q")["requestPayload"], first);
        let failed = design.invocation_record("f", Condition::RetriesExhausted, &detail);
        assert_eq!(failed["requestContext"]["approximateInvokeCount"], 2);
        assert_eq!(failed["responseContext"]["functionError"], "Unhandled");
        let old = design.invocation_record("f", Condition::EventAgeExceeded, &detail);
        assert_eq!(old["requestContext"]["condition"], "EventAgeExceeded");
    }

    /// LAM-34: the sheet shows what each gets, side by side.
    #[test]
    fn a_configuration_shows_the_records_and_what_a_dead_letter_queue_gets_instead() {
        let design = design("on_success = 'q'\non_failure = 'q'\ndlq = 'q'", "[queues.q]\n");
        let shown = design.configuration("functions.f", &[]);
        let answer = |words: &str| {
            let found = shown.iter().find(|shown| shown.command.contains(words));
            &found.unwrap_or_else(|| panic!("{words}: {shown:?}")).answer
        };
        let dlq = answer("dead-letter queue");
        assert_eq!(*dlq, json!({ "id": "0000001" }), "the event alone");
        for (words, condition) in [("on-success", "Success"), ("on-failure", "RetriesExhausted")] {
            let record = answer(words);
            assert_eq!(record["requestContext"]["condition"], condition);
            assert_eq!(record["requestPayload"], *dlq);
            assert_eq!(record["requestContext"]["requestId"].as_str().map(str::len), Some(36));
        }
        let config = answer("get-function-event-invoke-config");
        let arn = "arn:aws:sqs:eu-west-1:111122223333:q";
        assert_eq!(config["DestinationConfig"]["OnSuccess"]["Destination"], arn);
        assert_eq!(answer("get-function-configuration")["DeadLetterConfig"]["TargetArn"], arn);
    }

    /// LAM-34: a bus gets an event of Lambda's, with the record as its detail.
    #[test]
    fn a_bus_gets_the_record_as_the_detail_of_an_event() {
        let design = design(
            "on_success = 'buses.won'\non_failure = 'buses.lost'",
            "[buses.won]\n[buses.lost]",
        );
        let event = |bus: &str| design.event(bus, &json!({ "id": "7" }));
        assert_eq!(event("won")["source"], "lambda");
        assert_eq!(event("won")["detail-type"], "Lambda Function Invocation Result - Success");
        assert_eq!(event("won")["detail"]["requestPayload"]["id"], "7");
        assert_eq!(event("lost")["detail-type"], "Lambda Function Invocation Result - Failure");
        assert_eq!(event("lost")["detail"]["responseContext"]["functionError"], "Unhandled");
    }

    /// REF-01: the envelope counts where a topic takes a quarter of what a function takes.
    #[test]
    fn the_record_is_larger_than_the_event_and_a_topic_may_refuse_it() {
        let sized = |bytes: usize| {
            let mut design = design("on_success = 'topics.t'", "[topics.t]");
            design.load.orders[0].detail = format!("{{\"pad\": \"{}\"}}", "x".repeat(bytes));
            design.mistakes(&[]).iter().map(|m| m.sentence.clone()).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(sized(261_500), "");
        let told = sized(262_000);
        assert!(told.contains("functions.f sends") && told.contains("topics.t"), "{told}");
    }
}
