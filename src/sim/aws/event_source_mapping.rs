//! A Lambda event source mapping on an SQS queue (LAM-01 to LAM-16): its settings, its filters, and what an
//! invocation's result deletes.

mod poller;

use serde_json::Value;

use super::pattern::Pattern;
use super::sqs::Micros;

/// Maximum payload of a synchronous invocation in bytes; it ends a batch of any size (LAM-02,
/// LAM-37).
pub const PAYLOAD_MAX: usize = 6 * 1_024 * 1_024;
/// Bytes a record has beside its body: ids, receipt, attributes, names. The real number varies a
/// little, so a constant is a *model assumption* (MA-function-1).
const METADATA: usize = 800;

/// Bytes of a record in the payload: its body is a JSON string, so quotes are escaped.
#[must_use]
pub fn record_bytes(body: &str) -> usize {
    Value::from(body).to_string().len() + METADATA
}

/// Settings of a mapping.
#[derive(Debug, Clone)]
pub struct EventSourceMapping {
    /// The queue's URL.
    pub queue: String,
    pub batch_size: usize,
    /// How long a batch is gathered, in seconds (`MaximumBatchingWindowInSeconds`).
    pub batching_window: i64,
    /// Whether the response types include `ReportBatchItemFailures`.
    pub reports_failures: bool,
    /// A record that matches none of them is deleted without an invocation; an empty list accepts
    /// every record.
    pub filters: Vec<Filter>,
    pub maximum_concurrency: Option<usize>,
    /// The function's timeout in seconds.
    pub timeout: i64,
}

/// One pattern of `FilterCriteria`.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Pattern);

impl Filter {
    /// Parses a filter pattern; the error is a sentence about what AWS would reject.
    pub fn parse(text: &str) -> Result<Self, String> {
        Pattern::parse(text).map(Self)
    }

    /// Whether a record passes. A pattern on the body looks inside a body that is JSON, and
    /// compares plain text as a whole.
    #[must_use]
    pub fn accepts(&self, record: &Value) -> bool {
        let mut seen = record.clone();
        if let Some(parsed) =
            record["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok())
            && parsed.is_object()
        {
            seen["body"] = parsed;
        }
        self.0.matches(&seen)
    }
}

/// The code of a function.
pub trait Handler {
    /// Handles a batch and returns its duration in seconds and its result.
    fn invoke(&mut self, at: Micros, records: &[Value]) -> (i64, Handled);
}

/// Result of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Handled {
    Returned(Value),
    Raised,
}

/// A finished invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    pub at: Micros,
    pub ends: Micros,
    pub records: Vec<Value>,
    /// Records that were deleted.
    pub done: Vec<Value>,
}

impl EventSourceMapping {
    /// Whether the queue is FIFO, which its name says (SQS-60).
    fn is_fifo(&self) -> bool {
        self.queue.rsplit_once('.').is_some_and(|(_, suffix)| suffix == "fifo")
    }

    /// Records that count as done after an invocation (LAM-20 to LAM-22).
    fn done(&self, records: &[Value], handled: &Handled) -> Vec<Value> {
        let Handled::Returned(response) = handled else { return Vec::new() };
        if !self.reports_failures {
            return records.to_vec();
        }
        let failures = match response.get("batchItemFailures") {
            None | Some(Value::Null) => return records.to_vec(),
            Some(Value::Array(failures)) => failures,
            Some(_) => return Vec::new(),
        };
        let ids: Option<Vec<&str>> = failures
            .iter()
            .map(|failure| failure["itemIdentifier"].as_str().filter(|id| !id.is_empty()))
            .collect();
        // An unknown id or a misspelled field fails the whole batch.
        let Some(ids) = ids else { return Vec::new() };
        let known = |id: &&str| records.iter().any(|record| record["messageId"] == **id);
        if !ids.iter().all(known) {
            return Vec::new();
        }
        let failed =
            |record: &&Value| record["messageId"].as_str().is_some_and(|id| ids.contains(&id));
        records.iter().filter(|record| !failed(record)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::poller::SECOND;
    use super::*;
    use crate::aws::sqs::Sqs;

    /// A function that returns prepared results.
    struct Answers(Vec<Handled>);

    impl Handler for Answers {
        fn invoke(&mut self, _at: Micros, _records: &[Value]) -> (i64, Handled) {
            (1, if self.0.is_empty() { Handled::Returned(Value::Null) } else { self.0.remove(0) })
        }
    }

    fn mapping() -> EventSourceMapping {
        EventSourceMapping {
            queue: "queue:slips".to_owned(),
            batch_size: 10,
            batching_window: 0,
            reports_failures: true,
            filters: Vec::new(),
            maximum_concurrency: None,
            timeout: 5,
        }
    }

    fn with_slips(count: usize) -> Sqs {
        let mut sqs = Sqs::default();
        sqs.call(0, "CreateQueue", &json!({"QueueName": "slips"})).unwrap();
        for number in 0..count {
            let request =
                json!({"QueueUrl": "queue:slips", "MessageBody": format!("{{\"n\": {number}}}")});
            sqs.call(0, "SendMessage", &request).unwrap();
        }
        sqs
    }

    fn handled(answers: Vec<Handled>) -> Vec<Invocation> {
        mapping().run(&mut with_slips(3), &mut Answers(answers), 0, 100 * SECOND)
    }

    #[test]
    fn only_what_failed_comes_again() {
        let failed = json!({"batchItemFailures": [{"itemIdentifier": "m1"}]});
        let invocations = handled(vec![Handled::Returned(failed)]);
        let ids: Vec<Vec<&str>> = invocations
            .iter()
            .map(|one| one.records.iter().filter_map(|r| r["messageId"].as_str()).collect())
            .collect();
        assert_eq!(ids, [vec!["m0", "m1", "m2"], vec!["m1"]]);
        assert_eq!(invocations[1].at, 30 * SECOND, "after the visibility timeout");
    }

    #[test]
    fn an_id_that_nobody_knows_fails_the_whole_batch() {
        for wrong in ["m9", ""] {
            let failed = json!({"batchItemFailures": [{"itemIdentifier": wrong}]});
            let invocations = handled(vec![Handled::Returned(failed)]);
            assert_eq!(invocations[1].records.len(), 3, "{wrong:?}");
        }
        assert_eq!(handled(vec![Handled::Raised])[1].records.len(), 3);
        let none = json!({"batchItemFailures": []});
        assert_eq!(handled(vec![Handled::Returned(none)]).len(), 1, "an empty list is success");
    }

    #[test]
    fn what_no_filter_takes_is_deleted_unseen() {
        let filters = vec![Filter::parse(r#"{"body": {"n": [1]}}"#).unwrap()];
        let only = EventSourceMapping { filters, ..mapping() };
        let mut sqs = with_slips(3);
        let invocations = only.run(&mut sqs, &mut Answers(Vec::new()), 0, 100 * SECOND);
        assert_eq!(invocations.len(), 1);
        assert_eq!(invocations[0].records.len(), 1);
        let request = json!({"QueueUrl": "queue:slips", "AttributeNames": ["All"]});
        let left = sqs.call(100 * SECOND, "GetQueueAttributes", &request).unwrap();
        assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0");
    }

    /// LAM-02: six bodies of a million bytes fit into a payload of 6 MB, a seventh does not.
    #[test]
    fn a_batch_ends_where_the_payload_does() {
        for (name, fifo) in [("slips", false), ("slips.fifo", true)] {
            let mut sqs = Sqs::default();
            let mut create = json!({"QueueName": name});
            if fifo {
                create["Attributes"] = json!({"FifoQueue": "true"});
            }
            let url = sqs.call(0, "CreateQueue", &create).unwrap()["QueueUrl"].clone();
            for number in 0..10 {
                let mut send = json!({"QueueUrl": url, "MessageBody": format!("{number}{}", "x".repeat(999_999))});
                if fifo {
                    send["MessageGroupId"] = json!("all");
                    send["MessageDeduplicationId"] = json!(number.to_string());
                }
                sqs.call(0, "SendMessage", &send).unwrap();
            }
            let queue = url.as_str().unwrap().to_owned();
            let mapping = EventSourceMapping { queue, ..mapping() };
            let invocations = mapping.run(&mut sqs, &mut Answers(Vec::new()), 0, 20 * SECOND);
            let sizes: Vec<usize> = invocations.iter().map(|one| one.records.len()).collect();
            assert_eq!(sizes, [6, 4], "{name}");
            // In a FIFO group, the rest waits until the beginning is done.
            assert_eq!(invocations[1].at, if fifo { SECOND } else { 0 }, "{name}");
        }
    }

    #[test]
    fn a_window_gathers_and_a_timeout_fails() {
        let slow = EventSourceMapping { batching_window: 10, timeout: 0, ..mapping() };
        let invocations = slow.run(&mut with_slips(3), &mut Answers(Vec::new()), 0, 20 * SECOND);
        assert_eq!((invocations[0].at, invocations[0].done.len()), (10 * SECOND, 0));
    }
}
