//! What a design file may say: plain data, and the sentences about what is wrong with it.
//!
//! Knows no file format: `content` reads the text and turns a mistake's path into a line. Tables
//! are keyed by id; scalars are AWS's attribute names in `snake_case`; policies, patterns and
//! workflows are AWS's own JSON as text. A field that is not known is refused, and so is a known
//! one that asks for what is not modelled yet.

mod check;
mod duration;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use duration::Duration;

/// A whole design.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Design {
    pub title: String,
    pub load: Load,
    pub services: BTreeMap<String, Service>,
    pub intakes: BTreeMap<String, Intake>,
    pub stores: BTreeMap<String, Store>,
    pub buses: BTreeMap<String, Bus>,
    pub rules: BTreeMap<String, Rule>,
    pub queues: BTreeMap<String, Queue>,
    pub functions: BTreeMap<String, Function>,
    pub topics: BTreeMap<String, Topic>,
    pub subscriptions: BTreeMap<String, Subscription>,
    pub workflows: BTreeMap<String, Workflow>,
    pub alarms: BTreeMap<String, Alarm>,
}

/// Something wrong with a design: where (`queues.inventory.dlq`), and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub path: String,
    pub sentence: String,
}

/// The orders that come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Load {
    /// Orders a second.
    pub rate: f64,
    /// Kinds of order: the `detail` of their events, and how often each comes.
    pub orders: Vec<OrderClass>,
}

impl Default for Load {
    fn default() -> Self {
        Self { rate: 1.0, orders: Vec::new() }
    }
}

/// A kind of order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderClass {
    /// How often it comes, against the other kinds.
    pub weight: u32,
    /// JSON: the event's detail.
    pub detail: String,
}

/// What a successful call of a service does in the world; counted in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SideEffect {
    #[default]
    None,
    Charge,
    Email,
    Shipment,
    Reservation,
}

/// Something outside that handlers call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// A typical call's time.
    pub latency: Duration,
    /// Calls at the same time; more are refused. 0: no limit.
    pub capacity: u32,
    pub side_effect: SideEffect,
    /// Whether a second call with the same key has no second effect (IDM-07).
    pub idempotency_keys: bool,
}

/// Where clients hand orders in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub latency: Duration,
    pub store: String,
}

/// Where orders are kept. Order and outbox row are written in one transaction (IDM-10), so that
/// what is stored is published.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// The bus that the outbox publishes to.
    pub publishes_to: String,
    pub source: String,
    pub detail_type: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub title: Option<String>,
    pub bus: String,
    /// JSON.
    pub event_pattern: String,
    /// Paths such as `queues.inventory`; at most five (EB-03).
    pub targets: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// Whether an order is not done before its message is.
    pub required: bool,
    /// SQS-20.
    pub visibility_timeout: Duration,
    /// SQS-08.
    pub message_retention_period: Duration,
    /// SQS-52.
    pub delay_seconds: Duration,
    pub dlq: Option<String>,
    /// SQS-26.
    pub max_receive_count: Option<u32>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            required: false,
            visibility_timeout: Duration::from_secs(30),
            message_retention_period: Duration::from_secs(345_600),
            delay_seconds: Duration::from_secs(0),
            dlq: None,
            max_receive_count: None,
        }
    }
}

/// A function that consumes a queue through an event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Function {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub queue: String,
    /// The service that the handler calls for each record.
    pub calls: String,
    /// LAM-02.
    pub batch_size: u32,
    /// LAM-03.
    pub maximum_batching_window: Duration,
    /// LAM-40.
    pub timeout: Duration,
    /// LAM-20.
    pub report_batch_item_failures: bool,
    /// LAM-06; 0: not set.
    pub maximum_concurrency: u32,
    /// Whether the handler sees that an order's work is done and does not do it again.
    pub idempotent: bool,
}

impl Default for Function {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            queue: String::new(),
            calls: String::new(),
            batch_size: 10,
            maximum_batching_window: Duration::from_secs(0),
            timeout: Duration::from_secs(3),
            report_batch_item_failures: false,
            maximum_concurrency: 0,
            idempotent: false,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topic {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
}

/// How a subscription is delivered (SNS-02).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    #[default]
    Email,
    Sms,
    Https,
    /// Mobile push.
    Application,
    Sqs,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub topic: String,
    pub protocol: Protocol,
    /// The service that is called, for protocols that leave AWS.
    pub calls: Option<String>,
    /// The queue, for `sqs`.
    pub queue: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workflow {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub required: bool,
    /// File name under `workflows/`.
    pub definition: String,
    /// Which service each function that the definition names calls.
    pub calls: BTreeMap<String, String>,
    /// States that end an order on purpose.
    pub cancelled_in: Vec<String>,
    /// Whether its calls carry an idempotency key (IDM-07).
    pub idempotency_keys: bool,
}

/// An alarm on one metric of a queue (CW-01), one datapoint of one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    pub title: Option<String>,
    pub queue: String,
    pub metric: Metric,
    /// Messages, or seconds for the age.
    pub threshold: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    #[default]
    ApproximateNumberOfMessagesVisible,
    ApproximateAgeOfOldestMessage,
}
