//! Conversations with SQS, and event source mappings.

use redrive::sim::aws::event_source_mapping::{
    EventSourceMapping, Filter, Handled, Handler, Invocation,
};
use redrive::sim::aws::sqs::Sqs;
use serde_json::{Value, json};

use super::{Verdict, alike, compare, parsed, text};

/// A conversation with SQS, replayed at its times. Bodies, receive counts, order inside a group,
/// error codes and approximate counts must agree.
pub fn trace(row: &Value) -> Verdict {
    let mut sqs = Sqs::default();
    let ops = row["ops"].as_array().unwrap();
    let micros = |op: &Value, field: &str| (op[field].as_f64().unwrap() * 1e6) as i64;
    // A receive that waited while others went on has its answer when it came back.
    let mut timed: Vec<(i64, usize)> = (0..ops.len())
        .map(|number| {
            let op = &ops[number];
            let end = micros(op, "t_end");
            let others = ops[number + 1..].iter().any(|other| micros(other, "t") < end);
            let waited = op["op"] == "ReceiveMessage" && others;
            (if waited { end } else { micros(op, "t") }, number)
        })
        .collect();
    timed.sort_unstable();
    for (now, number) in timed {
        let op = &ops[number];
        let action = op["op"].as_str().unwrap();
        let found = sqs.call(now, action, &op["params"]);
        let place = format!("{number} {action}");
        let expected = &op["response"];
        match (&found, op["error"]["code"].as_str()) {
            (Err(error), Some(code)) if error.code == code => {}
            (Ok(response), None) => answered(action, &op["params"], response, expected)
                .map_err(|why| format!("{place}: {why}"))?,
            (found, code) => return Err(format!("{place}: {found:?}, expected {code:?}")),
        }
    }
    Ok(())
}

fn answered(action: &str, params: &Value, found: &Value, expected: &Value) -> Verdict {
    let complain = || Err(format!("{found}, expected {expected}"));
    match action {
        "ReceiveMessage" => {
            let list = |response: &Value| -> Vec<(String, String, String)> {
                let messages = response["Messages"].as_array().cloned().unwrap_or_default();
                let mut list: Vec<_> = messages
                    .iter()
                    .map(|message| {
                        let attributes = &message["Attributes"];
                        let count = text(&attributes["ApproximateReceiveCount"]);
                        (text(&attributes["MessageGroupId"]), text(&message["Body"]), count)
                    })
                    .collect();
                if text(&params["QueueUrl"]).contains(".fifo") {
                    list.sort_by(|one, two| one.0.cmp(&two.0));
                } else {
                    list.sort();
                }
                list
            };
            if list(found) == list(expected) { Ok(()) } else { complain() }
        }
        "GetQueueAttributes" => {
            let wanted = expected["Attributes"].as_object().cloned().unwrap_or_default();
            let agree = wanted
                .iter()
                .filter(|(name, _)| !name.ends_with("Timestamp"))
                .all(|(name, value)| found["Attributes"][name] == *value);
            if agree { Ok(()) } else { complain() }
        }
        _ => {
            let ids = |response: &Value, field: &str| -> Vec<(String, String)> {
                let entries = response[field].as_array().cloned().unwrap_or_default();
                let mut ids: Vec<_> = entries
                    .iter()
                    .map(|entry| (text(&entry["Id"]), text(&entry["Code"])))
                    .collect();
                ids.sort();
                ids
            };
            let same = ids(found, "Successful") == ids(expected, "Successful")
                && ids(found, "Failed") == ids(expected, "Failed")
                && found.get("MD5OfMessageBody") == expected.get("MD5OfMessageBody");
            if same { Ok(()) } else { complain() }
        }
    }
}

/// The functions of the recorded scenarios.
struct Function<'a>(&'a Value);

impl Handler for Function<'_> {
    fn invoke(&mut self, _at: i64, records: &[Value]) -> (i64, Handled) {
        let behaviour = self.0["behaviour"].as_str().unwrap_or_default();
        let fails = |record: &Value| {
            let body = parsed(&record["body"]);
            let received = text(&record["attributes"]["ApproximateReceiveCount"]);
            let attempts = body["fail_attempts"].as_u64().unwrap_or(0);
            received.parse::<u64>().is_ok_and(|received| attempts >= received)
        };
        let handled = if behaviour.starts_with("raises on any batch") {
            Handled::Raised
        } else if behaviour.starts_with("throwing handler") {
            if records.iter().any(fails) { Handled::Raised } else { Handled::Returned(Value::Null) }
        } else if behaviour.starts_with("partial-batch handler") {
            let failed: Vec<Value> = records
                .iter()
                .filter(|record| fails(record))
                .map(|record| json!({"itemIdentifier": record["messageId"]}))
                .collect();
            Handled::Returned(json!({"batchItemFailures": failed}))
        } else {
            Handled::Returned(self.0["returns"].clone())
        };
        (self.0["sleep_s"].as_i64().unwrap_or(0), handled)
    }
}

pub fn mapping(row: &Value) -> Verdict {
    if row["kind"] == "filter" {
        let pattern =
            row["pattern_text"].as_str().map_or_else(|| row["pattern"].to_string(), str::to_owned);
        let found = match Filter::parse(&pattern) {
            Ok(filter) => filter.accepts(&row["record"]).to_string(),
            Err(_) => "invalid".to_owned(),
        };
        return compare(&found, row);
    }
    let setup = &row["setup"];
    let (mut sqs, queue) = queues(&setup["queue"], setup["messages"].as_array().unwrap());
    let esm = &setup["esm"];
    let mapping = EventSourceMapping {
        queue: queue.clone(),
        batch_size: esm["batch_size"].as_u64().unwrap_or(10) as usize,
        batching_window: esm["window"].as_i64().unwrap_or(0),
        reports_failures: esm["report_batch_item_failures"] == true,
        filters: Vec::new(),
        maximum_concurrency: esm["maximum_concurrency"].as_u64().map(|most| most as usize),
        timeout: setup["lambda"]["timeout"].as_i64().unwrap_or(60),
    };
    let end = 600_000_000;
    let invocations = mapping.run(&mut sqs, &mut Function(&setup["lambda"]), 0, end);
    let dead = dead_letters(&mut sqs, end);
    for (key, wanted) in row["expected"].as_object().unwrap() {
        let Some(found) = measure(key, wanted, &invocations, &dead) else { continue };
        if !alike(&found, wanted) {
            return Err(format!("{key} {found}, expected {wanted}"));
        }
    }
    Ok(())
}

/// What a scenario expects, as it was found; `None` for its prose.
fn measure(key: &str, wanted: &Value, invocations: &[Invocation], dead: &[Value]) -> Option<Value> {
    let received = |record: &Value| parsed(&record["attributes"]["ApproximateReceiveCount"]);
    let done = invocations.iter().flat_map(|one| &one.done).map(|record| parsed(&record["body"]));
    let batch = |one: &Invocation| -> Value {
        let record = |record: &Value| json!({ "body": parsed(&record["body"]), "receive_count": received(record) });
        one.records.iter().map(record).collect()
    };
    Some(match key {
        "invocations" => invocations.iter().map(batch).collect(),
        "invocation_count" => json!(invocations.len()),
        "receive_counts" => invocations.iter().map(|one| received(&one.records[0])).collect(),
        "processed" if wanted.is_number() => json!(done.count()),
        "processed" | "order" => done.collect(),
        "max_concurrent_invocations" => {
            let with = |one: &Invocation| {
                invocations.iter().filter(|two| two.at <= one.at && one.at < two.ends).count()
            };
            json!(invocations.iter().map(with).max())
        }
        "dlq" => json!(dead),
        "dlq_count" => json!(dead.len()),
        // It goes there instead of being received once more, not before.
        "dlq_empty_after_first" => json!(invocations.len() > 1),
        "no_third_invocation" => json!(invocations.len() < 3),
        "second_not_before_s" => {
            let second = invocations.get(1).map_or(0, |one| one.at / 1_000_000);
            let is_late = wanted.as_i64().is_some_and(|least| second >= least);
            if is_late { wanted.clone() } else { json!(second) }
        }
        _ => return None,
    })
}

/// The queue of a scenario with its messages, and its DLQ, called dead.
fn queues(queue: &Value, messages: &[Value]) -> (Sqs, String) {
    let mut sqs = Sqs::default();
    let fifo = queue["fifo"] == true;
    let suffix = if fifo { ".fifo" } else { "" };
    let mut attributes = json!({});
    if fifo {
        attributes["FifoQueue"] = json!("true");
        attributes["ContentBasedDeduplication"] = json!(queue["content_dedup"] == true);
    }
    let dead = json!({"QueueName": format!("dead{suffix}"), "Attributes": attributes.clone()});
    sqs.call(0, "CreateQueue", &dead).unwrap();
    if let Some(seconds) = queue["visibility_timeout"].as_i64() {
        attributes["VisibilityTimeout"] = json!(seconds);
    }
    if let Some(most) = queue["max_receive_count"].as_u64() {
        let arn = format!("arn:queue:dead{suffix}");
        let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": most});
        attributes["RedrivePolicy"] = json!(policy.to_string());
    }
    let name = format!("source{suffix}");
    sqs.call(0, "CreateQueue", &json!({"QueueName": name, "Attributes": attributes})).unwrap();
    let url = format!("queue:{name}");
    for message in messages {
        let body = message["body_text"]
            .as_str()
            .map_or_else(|| message["body"].to_string(), str::to_owned);
        let mut request = json!({"QueueUrl": url, "MessageBody": body});
        for (field, parameter) in [("group", "MessageGroupId"), ("dedup", "MessageDeduplicationId")]
        {
            if let Some(value) = message[field].as_str() {
                request[parameter] = json!(value);
            }
        }
        sqs.call(0, "SendMessage", &request).unwrap();
    }
    (sqs, url)
}

fn dead_letters(sqs: &mut Sqs, now: i64) -> Vec<Value> {
    let mut dead = Vec::new();
    for url in ["queue:dead", "queue:dead.fifo"] {
        let request = json!({"QueueUrl": url, "MaxNumberOfMessages": 10});
        while let Ok(response) = sqs.call(now, "ReceiveMessage", &request) {
            let Some(messages) = response["Messages"].as_array() else { break };
            dead.extend(messages.iter().map(|message| parsed(&message["Body"])));
        }
    }
    dead
}
