//! Amazon SQS as its API behaves, on a virtual clock (SQS-01 to SQS-70): queues by name, parameters
//! checked and rejected with AWS's codes.
//!
//! Nothing here is random: a standard queue returns its messages in order and once, as the service
//! may. `aws::queue` implements the behaviour of a queue, for the pipeline too; this module adds
//! the requests, their checks, and the bodies.

mod check;
mod move_task;
mod store;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub use check::NO_DEDUPLICATION;
use move_task::MoveTask;
use store::{Queue, Sent, Shelf};

/// Microseconds.
pub type Micros = i64;
pub(super) const SECOND: Micros = 1_000_000;

/// An error of the API: AWS's code and sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// AWS's code, such as `InvalidParameterValue`.
    pub code: String,
    pub message: String,
}

impl ApiError {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    /// `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …`
    fn value(value: &Value, parameter: &str, reason: &str) -> Self {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::new(
            "InvalidParameterValue",
            format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"),
        )
    }

    fn missing(parameter: &str) -> Self {
        Self::new(
            "MissingParameter",
            format!("The request must contain the parameter {parameter}."),
        )
    }
}

/// The queues of one account.
#[derive(Debug, Clone, Default)]
pub struct Sqs {
    queues: BTreeMap<String, Queue>,
    kept: Shelf,
    moves: Vec<MoveTask>,
}

/// Maximum entries and bytes of a batch (SQS-04).
const ENTRIES_MAX: usize = 10;
const BATCH_BYTES_MAX: usize = 1_048_576;

impl Sqs {
    /// Answers a request. A receive with a wait time answers as it would at the end of the wait,
    /// during which nothing else happens.
    pub fn call(&mut self, now: Micros, action: &str, request: &Value) -> Result<Value, ApiError> {
        self.advance_moves(now);
        match action {
            "StartMessageMoveTask" => return self.start_move(now, request),
            "ListMessageMoveTasks" => return self.list_moves(request),
            "CancelMessageMoveTask" => return self.cancel_move(request),
            "CreateQueue" => return self.create(now, request),
            "ListQueues" => {
                let urls: Vec<String> = self.queues.keys().map(|name| url(name)).collect();
                return Ok(json!({ "QueueUrls": urls }));
            }
            "GetQueueUrl" => {
                let name = request["QueueName"].as_str().unwrap_or_default();
                let known = self.queues.contains_key(name);
                return known.then(|| json!({ "QueueUrl": url(name) })).ok_or_else(no_such_queue);
            }
            _ => {}
        }
        let name = request["QueueUrl"].as_str().unwrap_or_default();
        let name = name.strip_prefix("queue:").unwrap_or(name).to_owned();
        if !self.queues.contains_key(&name) {
            return Err(no_such_queue());
        }
        match action {
            "DeleteQueue" => {
                self.queues.remove(&name);
                Ok(json!({}))
            }
            "SendMessage" => self.send(now, &name, request),
            "SendMessageBatch" => {
                let to = is_fifo(&name).then_some(name.as_str());
                self.batch(request, to, |this, entry| this.send(now, &name, entry))
            }
            "ReceiveMessage" => self.receive(now, &name, request),
            "DeleteMessage" => self.delete(now, &name, request),
            "DeleteMessageBatch" => {
                self.batch(request, None, |this, entry| this.delete(now, &name, entry))
            }
            "ChangeMessageVisibility" => self.change_visibility(now, &name, request),
            "ChangeMessageVisibilityBatch" => {
                self.batch(request, None, |this, entry| this.change_visibility(now, &name, entry))
            }
            "PurgeQueue" => {
                let queue = self.queues.get_mut(&name).ok_or_else(no_such_queue)?;
                queue.purge(now, &mut self.kept).map(|()| json!({}))
            }
            "GetQueueAttributes" => self.attributes(now, &name, request),
            "SetQueueAttributes" => {
                let wanted = strings(&request["Attributes"]);
                check::attributes(&wanted, is_fifo(&name), true)?;
                let queue = self.queues.get_mut(&name).ok_or_else(no_such_queue)?;
                let mut all = queue.attributes.clone();
                all.extend(wanted.clone());
                check::throughput(&all)?;
                self.redrive_policies(&name, &wanted)?;
                let queue = self.queues.get_mut(&name).ok_or_else(no_such_queue)?;
                queue.set(now, wanted, &mut self.kept);
                Ok(json!({}))
            }
            _ => Err(ApiError::new(
                "InvalidAction",
                format!("The action {action} is not valid for this endpoint."),
            )),
        }
    }

    /// When the next invisible message of a queue becomes visible.
    #[must_use]
    pub fn next_change(&mut self, queue_url: &str) -> Option<Micros> {
        let name = queue_url.strip_prefix("queue:").unwrap_or(queue_url);
        self.queues.get_mut(name)?.next_change(&self.kept)
    }

    fn queue(&mut self, name: &str) -> Result<&mut Queue, ApiError> {
        self.queues.get_mut(name).ok_or_else(no_such_queue)
    }

    fn create(&mut self, now: Micros, request: &Value) -> Result<Value, ApiError> {
        let name = request["QueueName"].as_str().unwrap_or_default();
        let wanted = strings(&request["Attributes"]);
        check::name(name, &wanted)?;
        check::attributes(&wanted, is_fifo(name), false)?;
        check::throughput(&wanted)?;
        self.redrive_policies(name, &wanted)?;
        if let Some(queue) = self.queues.get(name) {
            let other = wanted.iter().find(|(attribute, value)| {
                !queue.attributes.get(*attribute).is_some_and(|own| own.eq_ignore_ascii_case(value))
            });
            if let Some((attribute, _)) = other {
                return Err(ApiError::new(
                    "QueueAlreadyExists",
                    format!(
                        "A queue already exists with the same name and a different value for \
                         attribute {attribute}"
                    ),
                ));
            }
            return Ok(json!({ "QueueUrl": url(name) }));
        }
        self.queues.insert(name.to_owned(), Queue::new(name, now, wanted));
        Ok(json!({ "QueueUrl": url(name) }))
    }

    /// Checks that each DLQ exists, has the queue's type, and allows the queue to use it (SQS-31,
    /// SQS-32).
    fn redrive_policies(
        &self,
        name: &str,
        wanted: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        if let Some(text) = wanted.get("RedriveAllowPolicy") {
            check::redrive_allow_policy(text)?;
        }
        let Some(text) = wanted.get("RedrivePolicy").filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        let target = check::redrive_policy(text)?;
        let refuse = |reason: &str| Err(ApiError::value(&json!(text), "RedrivePolicy", reason));
        let Some(dlq) = self.queues.get(&target) else {
            return refuse("Dead letter target does not exist.");
        };
        if dlq.is_fifo != is_fifo(name) {
            return refuse("Dead-letter queue must be same type of queue as the source.");
        }
        if !dlq.lets(name) {
            return refuse("The redrive allow policy of the dead-letter queue does not let it.");
        }
        Ok(())
    }

    fn send(&mut self, now: Micros, name: &str, request: &Value) -> Result<Value, ApiError> {
        let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
        check::message(request, queue)?;
        let Sent { body, sequence, digest } = queue.send(now, request, &mut self.kept);
        let mut response = json!({ "MD5OfMessageBody": digest, "MessageId": format!("m{body}") });
        if let Some(sequence) = sequence {
            response["SequenceNumber"] = Value::from(format!("{sequence:020}"));
        }
        Ok(response)
    }

    fn receive(&mut self, now: Micros, name: &str, request: &Value) -> Result<Value, ApiError> {
        check::receive(request)?;
        let most = request["MaxNumberOfMessages"].as_u64().unwrap_or(1) as usize;
        let queue = self.queue(name)?;
        let wait = request["WaitTimeSeconds"]
            .as_i64()
            .unwrap_or_else(|| queue.number("ReceiveMessageWaitTimeSeconds"));
        let visibility = request["VisibilityTimeout"]
            .as_i64()
            .unwrap_or_else(|| queue.number("VisibilityTimeout"));
        let mut at = now;
        loop {
            let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
            let target = queue.dead_letter_queue();
            let diverts = target.as_ref().is_some_and(|name| self.queues.contains_key(name));
            let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
            let wanted = (most, visibility * SECOND);
            let lent = queue.receive(at, wanted, diverts, &mut self.kept);
            let messages: Vec<Value> =
                lent.bodies.iter().map(|body| queue.response(*body, request, &self.kept)).collect();
            if let Some(target) = target.and_then(|name| self.queues.get_mut(&name)) {
                let from = self.kept.queue(name);
                for message in lent.dead {
                    target.accept(at, message, from, &mut self.kept);
                }
            }
            if !messages.is_empty() {
                return Ok(json!({ "Messages": messages }));
            }
            if lent.over_limit && wait == 0 {
                return Err(ApiError::new(
                    "OverLimit",
                    "The specified action violates a limit: too many messages are in flight.",
                ));
            }
            // Nothing now: try again at the next moment a message becomes visible, if the wait
            // lasts until then.
            let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
            match queue.next_change(&self.kept) {
                Some(next) if next <= now + wait * SECOND => at = next,
                _ => return Ok(json!({})),
            }
        }
    }

    fn delete(&mut self, now: Micros, name: &str, request: &Value) -> Result<Value, ApiError> {
        let handle = &request["ReceiptHandle"];
        let receipt = check::receipt(handle, self.kept.receipts.len())?;
        let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
        queue.delete(now, receipt, handle, &mut self.kept).map(|()| json!({}))
    }

    fn change_visibility(
        &mut self,
        now: Micros,
        name: &str,
        request: &Value,
    ) -> Result<Value, ApiError> {
        let handle = &request["ReceiptHandle"];
        let receipt = check::receipt(handle, self.kept.receipts.len())?;
        check::bounded(request, "VisibilityTimeout", 0, 43_200)?;
        let span = request["VisibilityTimeout"].as_i64().unwrap_or(0) * SECOND;
        let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
        queue.change_visibility(now, receipt, span, handle, &mut self.kept).map(|()| json!({}))
    }

    fn attributes(&mut self, now: Micros, name: &str, request: &Value) -> Result<Value, ApiError> {
        let queue = self.queues.get_mut(name).ok_or_else(no_such_queue)?;
        let all = queue.described(now, &mut self.kept);
        let wanted: Vec<&str> = request["AttributeNames"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(unknown) =
            wanted.iter().find(|name| **name != "All" && !check::is_attribute(name))
        {
            return Err(ApiError::new(
                "InvalidAttributeName",
                format!("Unknown Attribute {unknown}."),
            ));
        }
        let asked = |name: &String| wanted.contains(&"All") || wanted.contains(&name.as_str());
        let chosen: Map<String, Value> = all.into_iter().filter(|(name, _)| asked(name)).collect();
        Ok(if chosen.is_empty() { json!({}) } else { json!({ "Attributes": chosen }) })
    }

    /// Handles entries one by one: each succeeds or fails on its own.
    fn batch(
        &mut self,
        request: &Value,
        to_fifo: Option<&str>,
        mut each: impl FnMut(&mut Self, &Value) -> Result<Value, ApiError>,
    ) -> Result<Value, ApiError> {
        let none = Vec::new();
        let entries = request["Entries"].as_array().unwrap_or(&none);
        check::batch(entries, to_fifo.and_then(|name| self.queues.get(name)))?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            match each(self, entry) {
                Ok(mut response) => {
                    response["Id"] = entry["Id"].clone();
                    successful.push(response);
                }
                Err(error) => failed.push(json!({
                    "Id": entry["Id"],
                    "SenderFault": true,
                    "Code": error.code,
                    "Message": error.message,
                })),
            }
        }
        let mut response = json!({});
        for (field, list) in [("Successful", successful), ("Failed", failed)] {
            if !list.is_empty() {
                response[field] = Value::Array(list);
            }
        }
        Ok(response)
    }
}

/// Whether the name is that of a FIFO queue (SQS-60).
fn is_fifo(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| suffix == "fifo")
}

fn url(name: &str) -> String {
    format!("queue:{name}")
}

fn no_such_queue() -> ApiError {
    ApiError::new("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
}

/// Attributes as texts, whatever their JSON type.
fn strings(value: &Value) -> BTreeMap<String, String> {
    let object = value.as_object().into_iter().flatten();
    object
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        })
        .collect()
}

#[cfg(test)]
mod tests;
