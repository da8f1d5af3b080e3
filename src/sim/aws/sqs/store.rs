//! One queue of the API: the rules of `aws::queue`, plus bodies, attributes and receipts, which the
//! rules do not know.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{ApiError, Micros, SECOND};
use crate::aws::hex;
use crate::aws::queue::{
    self, Deduplication, Deletion, Kind, Message, MessageId, Messages, Settings,
};
use crate::kernel::time::{Span, Time};

/// `maxReceiveCount` of a redrive policy that omits it (SQS-25).
const RECEIVES_MAX: u32 = 10;
/// Minimum interval between two purges (SQS-12).
const PURGE_EVERY: Micros = 60 * SECOND;

/// State shared by an account's queues: a message keeps its body when it moves.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    pub messages: Messages,
    pub bodies: Vec<Body>,
    /// For every receipt, the body and the number of its receive.
    pub receipts: Vec<(u32, u32)>,
    /// All queues that ever existed; a message stores its source as an index.
    pub queues: Vec<String>,
    /// Numbers of message groups and deduplication ids.
    names: BTreeMap<String, u32>,
}

impl Shelf {
    /// The number of a queue, which survives deleting and recreating it.
    pub fn queue(&mut self, name: &str) -> u16 {
        let known = self.queues.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.queues.push(name.to_owned());
            self.queues.len() - 1
        });
        u16::try_from(number).unwrap_or(u16::MAX)
    }

    /// The name of the queue that dead-lettered a message, if one did.
    pub fn source(&self, message: &Message) -> Option<&String> {
        self.queues.get(usize::from(message.from?))
    }

    fn number(&mut self, name: &str) -> u32 {
        let next = self.names.len() as u32 + 1;
        *self.names.entry(name.to_owned()).or_insert(next)
    }
}

/// The part of a message that the rules ignore.
#[derive(Debug, Clone)]
pub struct Body {
    text: String,
    attributes: Value,
    group: Option<String>,
    deduplication: Option<String>,
    sequence: Option<u64>,
    first_received: Option<Micros>,
    last_receipt: Option<usize>,
}

/// A queue as its API shows it: attributes, bodies and receipts around the rules.
#[derive(Debug, Clone)]
pub struct Queue {
    pub attributes: BTreeMap<String, String>,
    pub is_fifo: bool,
    rules: queue::Queue,
    name: String,
    created: Micros,
    /// By the number of the body.
    here: BTreeMap<u32, MessageId>,
    recent: Deduplication<(u32, u64)>,
    sequence: u64,
    purged: Option<Micros>,
}

/// Result of a send.
pub struct Sent {
    pub body: u32,
    pub sequence: Option<u64>,
    pub digest: String,
}

/// Result of a receive: bodies, messages for the DLQ, and whether the in-flight limit is reached.
pub struct Lent {
    pub bodies: Vec<u32>,
    pub dead: Vec<MessageId>,
    pub over_limit: bool,
}

fn time(now: Micros) -> Time {
    Time(now.max(0) as u64)
}

fn span(micros: Micros) -> Span {
    Span(micros.max(0) as u64)
}

impl Queue {
    /// Creates a queue with AWS's default attributes, overridden by those given, which must have
    /// passed the check.
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
        let rules = queue::Queue::new(settings(&attributes, is_fifo));
        Self {
            attributes,
            is_fifo,
            rules,
            name: name.to_owned(),
            created,
            here: BTreeMap::new(),
            recent: Deduplication::default(),
            sequence: 0,
            purged: None,
        }
    }

    /// `SetQueueAttributes`, with attributes that have passed the check.
    pub fn set(&mut self, now: Micros, wanted: BTreeMap<String, String>, kept: &mut Shelf) {
        self.settle(now, kept);
        self.attributes.extend(wanted);
        self.rules.set(settings(&self.attributes, self.is_fifo), &mut kept.messages);
    }

    /// Whether an attribute is `true`; a missing one is not.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// An attribute as a number, in the attribute's own unit.
    pub fn number(&self, attribute: &str) -> i64 {
        number(&self.attributes, attribute)
    }

    /// The name of its DLQ.
    pub fn dead_letter_queue(&self) -> Option<String> {
        let policy = redrive_policy(&self.attributes)?;
        policy["deadLetterTargetArn"].as_str().map(name_of)
    }

    /// Whether its redrive allow policy allows a queue to use it as DLQ (SQS-32).
    pub fn lets(&self, source: &str) -> bool {
        let policy = self.attributes.get("RedriveAllowPolicy");
        let policy: Option<Value> = policy.and_then(|text| serde_json::from_str(text).ok());
        let Some(policy) = policy else { return true };
        let arns = policy["sourceQueueArns"].as_array().into_iter().flatten();
        match policy["redrivePermission"].as_str() {
            Some("denyAll") => false,
            Some("byQueue") => arns.filter_map(Value::as_str).any(|arn| name_of(arn) == source),
            _ => true,
        }
    }

    /// Stores a message that has passed the check.
    pub fn send(&mut self, now: Micros, request: &Value, kept: &mut Shelf) -> Sent {
        let text = |field: &str| request[field].as_str().map(str::to_owned);
        let body = text("MessageBody").unwrap_or_default();
        let digest = hex(&Md5::digest(&body));
        let group = text("MessageGroupId");
        let mut deduplication = text("MessageDeduplicationId");
        let number = kept.bodies.len() as u32;
        let group_number = group.as_ref().map_or(0, |group| kept.number(group));
        if self.is_fifo {
            if deduplication.is_none() && self.has("ContentBasedDeduplication") {
                deduplication = Some(hex(&Sha256::digest(&body)));
            }
            let per_group = self.rules.settings.kind == Kind::Fifo { per_group: true };
            let id = kept.number(deduplication.as_deref().unwrap_or_default());
            self.sequence += 1;
            let key = (group_number, u64::from(id));
            let this = (number, self.sequence);
            if let Some((body, sequence)) = self.recent.see(time(now), key, per_group, this) {
                // A duplicate within the interval gets the first one's id (SQS-61).
                return Sent { body, sequence: Some(sequence), digest };
            }
        }
        let own = if self.is_fifo { None } else { request["DelaySeconds"].as_i64() };
        let delay = own.unwrap_or_else(|| self.number("DelaySeconds"));
        let sequence = self.is_fifo.then_some(self.sequence);
        kept.bodies.push(Body {
            text: body,
            attributes: request["MessageAttributes"].clone(),
            group,
            deduplication,
            sequence,
            first_received: None,
            last_receipt: None,
        });
        let id = kept.messages.add(number, (0, false), group_number, time(now));
        self.rules.send(time(now), id, span(delay * SECOND), 0, &mut kept.messages);
        self.here.insert(number, id);
        Sent { body: number, sequence, digest }
    }

    /// Adds a message dead-lettered by the queue with number `from`.
    pub fn accept(&mut self, now: Micros, id: MessageId, from: u16, kept: &mut Shelf) {
        let Some(body) = kept.messages.get(id).map(|message| message.order) else { return };
        if let Some(kept) = kept.bodies.get_mut(body as usize).filter(|_| self.is_fifo) {
            // An id of its own, so that the DLQ does not drop another message with the same id
            // (SQS-36).
            kept.deduplication = Some(format!("m{body}"));
        }
        self.rules.move_in(time(now), id, from, &mut kept.messages);
        self.here.insert(body, id);
    }

    /// Applies everything that has come back or expired by now.
    fn settle(&mut self, now: Micros, kept: &mut Shelf) {
        while let Some(change) = self.rules.settle(time(now), &mut kept.messages) {
            if let queue::Change::Expired(id) = change {
                let body = kept.messages.get(id).map_or(0, |message| message.order);
                self.here.remove(&body);
                kept.messages.forget(id);
            }
        }
    }

    /// Receives at most `most` messages for `visibility`. With `diverts` false the DLQ does not
    /// exist, and messages received too often stay: a *model assumption* (MA-queue-4).
    pub fn receive(
        &mut self,
        now: Micros,
        (most, visibility): (usize, Micros),
        diverts: bool,
        kept: &mut Shelf,
    ) -> Lent {
        self.settle(now, kept);
        let receives_max = self.rules.settings.max_receive_count;
        self.rules.settings.max_receive_count = receives_max.filter(|_| diverts);
        let received = self.rules.receive(time(now), most, span(visibility), &mut kept.messages);
        self.rules.settings.max_receive_count = receives_max;
        let body = |id: &MessageId| kept.messages.get(*id).map_or(0, |message| message.order);
        let bodies: Vec<u32> = received.messages.iter().map(body).collect();
        for body in received.diverted.iter().map(body) {
            self.here.remove(&body);
        }
        for number in &bodies {
            let receipt = kept.receipts.len();
            let message = self.here.get(number).and_then(|id| kept.messages.get(*id));
            kept.receipts.push((*number, message.map_or(0, |message| message.receive_count)));
            if let Some(body) = kept.bodies.get_mut(*number as usize) {
                body.first_received.get_or_insert(now);
                body.last_receipt = Some(receipt);
            }
        }
        // Only a standard queue reports it (SQS-10, SQS-11).
        let over_limit = received.over_limit && !self.is_fifo;
        Lent { bodies, dead: received.diverted, over_limit }
    }

    /// When the next invisible message becomes visible.
    pub fn next_change(&mut self, kept: &Shelf) -> Option<Micros> {
        self.rules.next_change(&kept.messages).map(|at| at.0 as Micros)
    }

    /// The message of a receipt, current or not, and the number of its receive.
    fn find(&self, receipt: usize, kept: &Shelf) -> Option<(u32, MessageId, u32)> {
        let (body, receive) = *kept.receipts.get(receipt)?;
        self.here.get(&body).map(|id| (body, *id, receive))
    }

    /// `DeleteMessage`. An unknown receipt succeeds, since the message is gone; an expired one
    /// fails on a FIFO queue.
    pub fn delete(
        &mut self,
        now: Micros,
        receipt: usize,
        handle: &Value,
        kept: &mut Shelf,
    ) -> Result<(), ApiError> {
        self.settle(now, kept);
        let Some((body, id, receive)) = self.find(receipt, kept) else { return Ok(()) };
        match self.rules.delete(id, receive, &mut kept.messages) {
            Deletion::Ignored => Ok(()),
            Deletion::Expired => {
                Err(ApiError::value(handle, "ReceiptHandle", "The receipt handle has expired."))
            }
            Deletion::Deleted => {
                self.here.remove(&body);
                kept.messages.forget(id);
                Ok(())
            }
        }
    }

    /// `ChangeMessageVisibility`: hides the message for `wanted` from now on; zero returns it at
    /// once. The loan may not exceed twelve hours in total.
    pub fn change_visibility(
        &mut self,
        now: Micros,
        receipt: usize,
        wanted: Micros,
        handle: &Value,
        kept: &mut Shelf,
    ) -> Result<(), ApiError> {
        self.settle(now, kept);
        // This accepts the receipt of an earlier receive, and of a message that is visible again
        // (recorded).
        let Some((_, id, _)) = self.find(receipt, kept) else {
            return Err(ApiError::value(
                handle,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            ));
        };
        let received = kept.messages.get(id).map_or(Time::ZERO, |message| message.received);
        if time(now + wanted) > received + queue::VISIBILITY_MAX {
            return Err(ApiError::value(
                &Value::from(wanted / SECOND),
                "VisibilityTimeout",
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ));
        }
        self.rules.change_visibility(time(now), id, span(wanted), &mut kept.messages);
        Ok(())
    }

    /// `PurgeQueue`. Fails within 60 seconds of the previous purge (SQS-12).
    pub fn purge(&mut self, now: Micros, kept: &mut Shelf) -> Result<(), ApiError> {
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
        for id in self.rules.purge(&mut kept.messages) {
            kept.messages.forget(id);
        }
        self.here.clear();
        self.recent.clear();
        Ok(())
    }

    /// Starts a redrive.
    pub fn begin_redrive(&mut self) {
        self.rules.begin_redrive();
    }

    /// Removes the first visible message that `goes` sends to a queue; returns that queue's name
    /// and the request that sends it as a new message (SQS-42).
    pub fn redrive(
        &mut self,
        now: Micros,
        kept: &mut Shelf,
        goes: &dyn Fn(&Shelf, &Message) -> Option<String>,
    ) -> Option<(String, Value)> {
        self.settle(now, kept);
        let Shelf { messages, .. } = &mut *kept;
        let mut messages = std::mem::take(messages);
        let mut to = None;
        let id = self.rules.redrive(&mut messages, &mut |message| {
            to = goes(kept, message);
            to.is_some()
        });
        kept.messages = messages;
        let (id, to) = (id?, to?);
        let number = kept.messages.get(id)?.order;
        self.here.remove(&number);
        kept.messages.forget(id);
        let body = kept.bodies.get(number as usize)?;
        let mut request = json!({ "MessageBody": body.text });
        for (field, value) in [
            ("MessageGroupId", body.group.as_deref().map(Value::from)),
            ("MessageDeduplicationId", body.deduplication.as_deref().map(Value::from)),
            ("MessageAttributes", Some(body.attributes.clone()).filter(|a| !a.is_null())),
        ] {
            if let Some(value) = value {
                request[field] = value;
            }
        }
        Some((to, request))
    }

    /// Whether a receive could return a message now.
    pub fn has_visible(&self) -> bool {
        self.rules.visible() > 0
    }

    /// Whether it holds a visible message without a source queue.
    pub fn holds_strays(&self, kept: &Shelf) -> bool {
        self.rules.visible() > self.rules.returnable(&kept.messages)
    }

    /// Number of messages that can be received now.
    pub fn visible(&mut self, now: Micros, kept: &mut Shelf) -> u64 {
        self.settle(now, kept);
        self.rules.visible()
    }

    /// All attributes, as `GetQueueAttributes` returns them.
    pub fn described(&mut self, now: Micros, kept: &mut Shelf) -> Map<String, Value> {
        self.settle(now, kept);
        let created = (self.created / SECOND).to_string();
        let mut all: Map<String, Value> =
            self.attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        for (name, value) in [
            ("ApproximateNumberOfMessages", self.rules.visible().to_string()),
            ("ApproximateNumberOfMessagesNotVisible", self.rules.in_flight().to_string()),
            ("ApproximateNumberOfMessagesDelayed", self.rules.delayed().to_string()),
            ("CreatedTimestamp", created.clone()),
            ("LastModifiedTimestamp", created),
            ("QueueArn", format!("arn:queue:{}", self.name)),
        ] {
            all.insert(name.to_owned(), Value::from(value));
        }
        all
    }

    /// A message as a receive returns it, with the attributes the request asks for.
    pub fn response(&self, number: u32, request: &Value, kept: &Shelf) -> Value {
        let Some(body) = kept.bodies.get(number as usize) else { return Value::Null };
        let message = self.here.get(&number).and_then(|id| kept.messages.get(*id));
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
        add("ApproximateReceiveCount", message.map(|message| message.receive_count.to_string()));
        add("SentTimestamp", message.map(|message| milliseconds(message.enqueued.0 as Micros)));
        add("ApproximateFirstReceiveTimestamp", body.first_received.map(milliseconds));
        add("MessageGroupId", body.group.clone());
        add("MessageDeduplicationId", body.deduplication.clone());
        add(
            "DeadLetterQueueSourceArn",
            message.and_then(|m| kept.source(m)).map(|name| format!("arn:queue:{name}")),
        );
        add("SequenceNumber", body.sequence.map(|sequence| format!("{sequence:020}")));
        let receipt = body.last_receipt.unwrap_or_default();
        let mut response = json!({
            "MessageId": format!("m{number}"),
            "ReceiptHandle": format!("rh{receipt}"),
            "MD5OfBody": hex(&Md5::digest(&body.text)),
            "Body": body.text,
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
        let chosen: Map<String, Value> = body
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

/// The name of the queue in an ARN.
pub fn name_of(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or(arn).to_owned()
}

fn number(attributes: &BTreeMap<String, String>, name: &str) -> i64 {
    attributes.get(name).and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn redrive_policy(attributes: &BTreeMap<String, String>) -> Option<Value> {
    serde_json::from_str(attributes.get("RedrivePolicy")?).ok()
}

/// `maxReceiveCount`, as a number or in quotes; `None` if it is omitted.
pub fn receives_max(policy: &Value) -> Result<Option<u32>, String> {
    let most = &policy["maxReceiveCount"];
    if most.is_null() {
        return Ok(None);
    }
    let number = most.as_u64().or_else(|| most.as_str()?.parse().ok());
    let number = number.and_then(|number| u32::try_from(number).ok());
    number.filter(|number| (1..=1_000).contains(number)).map(Some).ok_or_else(|| {
        format!(
            "Invalid value for maxReceiveCount: {most}, valid values are from 1 to 1000 both \
             inclusive."
        )
    })
}

/// Converts attributes to the settings of the rules.
fn settings(attributes: &BTreeMap<String, String>, is_fifo: bool) -> Settings {
    let seconds = |name: &str| span(number(attributes, name) * SECOND);
    let receives_max = redrive_policy(attributes).map(|policy| {
        let most = receives_max(&policy).ok().flatten();
        most.unwrap_or(RECEIVES_MAX)
    });
    let per_group =
        attributes.get("DeduplicationScope").is_some_and(|scope| scope == "messageGroup");
    Settings {
        kind: if is_fifo { Kind::Fifo { per_group } } else { Kind::Standard },
        visibility_timeout: seconds("VisibilityTimeout"),
        retention: seconds("MessageRetentionPeriod"),
        delay: seconds("DelaySeconds"),
        max_receive_count: receives_max,
    }
}
