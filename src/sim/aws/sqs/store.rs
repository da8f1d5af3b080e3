//! One queue: its messages, what is lent, what was sent lately.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{ApiError, Micros, SECOND};
use crate::sim::aws::hex;

/// A second send with the same deduplication id is not kept (SQS-61).
const DEDUPLICATION: Micros = 300 * SECOND;
/// A purge at most so often (SQS-12).
const PURGE_EVERY: Micros = 60 * SECOND;
/// A message is out of sight for at most twelve hours after its receive (SQS-22).
const VISIBILITY_MAX: Micros = 43_200 * SECOND;

#[derive(Debug, Clone)]
pub struct Queue {
    pub attributes: BTreeMap<String, String>,
    pub is_fifo: bool,
    name: String,
    created: Micros,
    messages: Vec<Message>,
    /// Of a FIFO queue, in the order in which they are asked.
    groups: Vec<String>,
    /// By group (where that is the scope) and id: the message, and until when it counts.
    recent: BTreeMap<(String, String), (u64, u64, Micros)>,
    sequence: u64,
    purged: Option<Micros>,
}

#[derive(Debug, Clone)]
pub struct Message {
    id: u64,
    body: String,
    attributes: Value,
    group: Option<String>,
    deduplication: Option<String>,
    sequence: Option<u64>,
    sent: Micros,
    /// For how long since `sent` it is kept; the clock goes on through a DLQ (SQS-33).
    visible_at: Micros,
    received: u32,
    first_received: Option<Micros>,
    last_received: Micros,
    /// All receipts of it, the last one last.
    receipts: Vec<u64>,
    in_flight: bool,
}

/// What came of a send.
pub struct Sent {
    pub id: u64,
    pub sequence: Option<u64>,
    pub digest: String,
}

impl Queue {
    pub fn new(name: &str, created: Micros, given: BTreeMap<String, String>) -> Self {
        let is_fifo = super::is_fifo(name);
        let mut attributes: BTreeMap<String, String> = [
            ("DelaySeconds", "0"),
            ("MaximumMessageSize", "1048576"),
            ("MessageRetentionPeriod", "345600"),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("VisibilityTimeout", "30"),
            ("SqsManagedSseEnabled", "true"),
        ]
        .into_iter()
        .chain(if is_fifo {
            vec![
                ("ContentBasedDeduplication", "false"),
                ("DeduplicationScope", "queue"),
                ("FifoThroughputLimit", "perQueue"),
                ("FifoQueue", "true"),
            ]
        } else {
            Vec::new()
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        attributes.extend(given.into_iter().map(|(name, value)| {
            let is_word = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
            (name, if is_word { value.to_ascii_lowercase() } else { value })
        }));
        Self {
            attributes,
            is_fifo,
            name: name.to_owned(),
            created,
            messages: Vec::new(),
            groups: Vec::new(),
            recent: BTreeMap::new(),
            sequence: 0,
            purged: None,
        }
    }

    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub fn number(&self, attribute: &str) -> i64 {
        self.attributes.get(attribute).and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    fn redrive_policy(&self) -> Option<Value> {
        serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()
    }

    /// The name of its DLQ.
    pub fn dead_letter_queue(&self) -> Option<String> {
        let policy = self.redrive_policy()?;
        let arn = policy["deadLetterTargetArn"].as_str()?;
        Some(arn.rsplit(':').next().unwrap_or(arn).to_owned())
    }

    /// Receives after which a message is moved.
    fn receives_max(&self) -> Option<u32> {
        let policy = self.redrive_policy()?;
        let most = &policy["maxReceiveCount"];
        let most = most.as_u64().or_else(|| most.as_str()?.parse().ok())?;
        u32::try_from(most).ok()
    }

    /// Keeps a message that was checked; `number` is its id if it is new.
    pub fn send(&mut self, now: Micros, request: &Value, number: u64) -> Sent {
        let body = request["MessageBody"].as_str().unwrap_or_default().to_owned();
        let text = |field: &str| request[field].as_str().map(str::to_owned);
        let digest = hex(&Md5::digest(&body));
        let group = text("MessageGroupId");
        let mut deduplication = text("MessageDeduplicationId");
        if self.is_fifo {
            if deduplication.is_none() && self.has("ContentBasedDeduplication") {
                deduplication = Some(hex(&Sha256::digest(&body)));
            }
            let per_group = self
                .attributes
                .get("DeduplicationScope")
                .is_some_and(|scope| scope == "messageGroup");
            let scope = if per_group { group.clone().unwrap_or_default() } else { String::new() };
            let key = (scope, deduplication.clone().unwrap_or_default());
            self.sequence += 1;
            match self.recent.get(&key) {
                Some((id, sequence, until)) if *until > now => {
                    return Sent { id: *id, sequence: Some(*sequence), digest };
                }
                _ => self.recent.insert(key, (number, self.sequence, now + DEDUPLICATION)),
            };
        }
        let own = if self.is_fifo { None } else { request["DelaySeconds"].as_i64() };
        let delay = own.unwrap_or_else(|| self.number("DelaySeconds"));
        let sequence = self.is_fifo.then_some(self.sequence);
        self.meet(group.as_ref());
        self.messages.push(Message {
            id: number,
            body,
            attributes: request["MessageAttributes"].clone(),
            group,
            deduplication,
            sequence,
            sent: now,
            visible_at: now + delay * SECOND,
            received: 0,
            first_received: None,
            last_received: now,
            receipts: Vec::new(),
            in_flight: false,
        });
        Sent { id: number, sequence, digest }
    }

    /// Takes a message that another queue gave up.
    pub fn accept(&mut self, now: Micros, mut message: Message) {
        message.visible_at = now;
        message.in_flight = false;
        if self.is_fifo {
            // The clock of a FIFO queue's retention begins again (SQS-34).
            message.sent = now;
            // Its own id, so that the DLQ swallows no other with the same one (SQS-36).
            message.deduplication = Some(format!("m{}", message.id));
        }
        self.meet(message.group.as_ref());
        self.messages.push(message);
    }

    fn meet(&mut self, group: Option<&String>) {
        if let Some(group) = group.filter(|group| !self.groups.contains(group)) {
            self.groups.push(group.clone());
        }
    }

    /// What has come back or run out by now.
    fn settle(&mut self, now: Micros) {
        let retention = self.number("MessageRetentionPeriod") * SECOND;
        self.messages.retain(|message| message.sent + retention > now);
        for message in &mut self.messages {
            if message.in_flight && message.visible_at <= now {
                message.in_flight = false;
            }
        }
    }

    /// Lends at most `most` messages for `visibility`; also what was received too often and goes to
    /// the DLQ instead (SQS-26).
    ///
    /// A FIFO queue gives as many as it can of one group before it goes to the next (SQS-64), and of
    /// each group only what stands before the first message that is out of sight.
    pub fn receive(
        &mut self,
        now: Micros,
        most: usize,
        visibility: Micros,
        first_receipt: u64,
    ) -> (Vec<Message>, Vec<Message>) {
        self.settle(now);
        let receives_max = self.receives_max();
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        for id in self.candidates(now) {
            if received.len() == most {
                break;
            }
            let Some(index) = self.messages.iter().position(|message| message.id == id) else {
                continue;
            };
            if receives_max.is_some_and(|most| self.messages[index].received >= most) {
                dead.push(self.messages.remove(index));
                continue;
            }
            let message = &mut self.messages[index];
            message.received += 1;
            message.first_received.get_or_insert(now);
            message.last_received = now;
            message.receipts.push(first_receipt + received.len() as u64);
            message.visible_at = now + visibility;
            message.in_flight = visibility > 0;
            received.push(message.clone());
        }
        // Groups that gave something are asked last the next time.
        for group in received.iter().filter_map(|message: &Message| message.group.clone()) {
            self.groups.retain(|other| *other != group);
            self.groups.push(group);
        }
        (received, dead)
    }

    /// What can be lent, in the order in which it is.
    fn candidates(&self, now: Micros) -> Vec<u64> {
        let visible = |message: &&Message| message.visible_at <= now;
        if !self.is_fifo {
            return self.messages.iter().filter(visible).map(|message| message.id).collect();
        }
        let of = |group: &String| {
            let group = group.clone();
            let messages = self.messages.iter();
            messages.filter(move |message| message.group.as_ref() == Some(&group))
        };
        self.groups
            .iter()
            .flat_map(|group| of(group).take_while(visible).map(|message| message.id))
            .collect()
    }

    /// When something that is out of sight now will be seen.
    pub fn next_change(&self, now: Micros) -> Option<Micros> {
        self.messages.iter().map(|message| message.visible_at).filter(|at| *at > now).min()
    }

    fn find(&mut self, receipt: u64) -> Option<usize> {
        self.messages.iter().position(|message| message.receipts.contains(&receipt))
    }

    pub fn delete(&mut self, now: Micros, receipt: u64, handle: &Value) -> Result<(), ApiError> {
        self.settle(now);
        let Some(index) = self.find(receipt) else { return Ok(()) };
        let message = &self.messages[index];
        let is_last = message.receipts.last() == Some(&receipt);
        if self.is_fifo && !(is_last && message.in_flight) {
            return Err(ApiError::value(
                handle,
                "ReceiptHandle",
                "The receipt handle has expired.",
            ));
        }
        self.messages.remove(index);
        Ok(())
    }

    pub fn change_visibility(
        &mut self,
        now: Micros,
        receipt: u64,
        span: Micros,
        handle: &Value,
    ) -> Result<(), ApiError> {
        self.settle(now);
        // Also with a receipt of an earlier loan, and of a message that has come back (recorded).
        let lent = self.find(receipt);
        let Some(index) = lent else {
            return Err(ApiError::value(
                handle,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            ));
        };
        let message = &mut self.messages[index];
        if now + span > message.last_received + VISIBILITY_MAX {
            return Err(ApiError::value(
                &Value::from(span / SECOND),
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ));
        }
        message.visible_at = now + span;
        message.in_flight = span > 0;
        Ok(())
    }

    pub fn purge(&mut self, now: Micros) -> Result<(), ApiError> {
        if self.purged.is_some_and(|last| now < last + PURGE_EVERY) {
            return Err(ApiError::new(
                "AWS.SimpleQueueService.PurgeQueueInProgress",
                format!(
                    "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                    self.name
                ),
            ));
        }
        self.purged = Some(now);
        self.messages.clear();
        self.recent.clear();
        Ok(())
    }

    /// All attributes, as `GetQueueAttributes` has them.
    pub fn described(&mut self, now: Micros) -> Map<String, Value> {
        self.settle(now);
        let count = |wanted: &dyn Fn(&Message) -> bool| {
            self.messages.iter().filter(|message| wanted(message)).count().to_string()
        };
        let created = (self.created / SECOND).to_string();
        let mut all: Map<String, Value> =
            self.attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        for (name, value) in [
            ("ApproximateNumberOfMessages", count(&|message| message.visible_at <= now)),
            ("ApproximateNumberOfMessagesNotVisible", count(&|message| message.in_flight)),
            (
                "ApproximateNumberOfMessagesDelayed",
                count(&|message| message.visible_at > now && !message.in_flight),
            ),
            ("CreatedTimestamp", created.clone()),
            ("LastModifiedTimestamp", created),
            ("QueueArn", format!("arn:queue:{}", self.name)),
        ] {
            all.insert(name.to_owned(), Value::from(value));
        }
        all
    }
}

impl Message {
    /// The message as a receive gives it, with the attributes that were asked for.
    pub fn response(&self, request: &Value) -> Value {
        let names: Vec<&str> = ["AttributeNames", "MessageSystemAttributeNames"]
            .iter()
            .filter_map(|field| request[*field].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let milliseconds = |at: Micros| (at / 1_000).to_string();
        let mut system = Map::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value.filter(|_| names.contains(&"All") || names.contains(&name)) {
                system.insert(name.to_owned(), Value::from(value));
            }
        };
        add("ApproximateReceiveCount", Some(self.received.to_string()));
        add("SentTimestamp", Some(milliseconds(self.sent)));
        add("ApproximateFirstReceiveTimestamp", self.first_received.map(milliseconds));
        add("MessageGroupId", self.group.clone());
        add("MessageDeduplicationId", self.deduplication.clone());
        add("SequenceNumber", self.sequence.map(|sequence| format!("{sequence:020}")));
        let receipt = self.receipts.last().copied().unwrap_or_default();
        let mut response = json!({
            "MessageId": format!("m{}", self.id),
            "ReceiptHandle": format!("rh{receipt}"),
            "MD5OfBody": hex(&Md5::digest(&self.body)),
            "Body": self.body,
        });
        if !system.is_empty() {
            response["Attributes"] = Value::Object(system);
        }
        let wanted: Vec<&str> = request["MessageAttributeNames"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let asked = |name: &String| {
            wanted.iter().any(|wanted| {
                match wanted.strip_suffix(".*").or(wanted.strip_suffix('*')) {
                    Some(prefix) => name.starts_with(prefix),
                    None => *wanted == "All" || wanted == name,
                }
            })
        };
        let chosen: Map<String, Value> = self
            .attributes
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| asked(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !chosen.is_empty() {
            response["MessageAttributes"] = Value::Object(chosen);
        }
        response
    }
}
