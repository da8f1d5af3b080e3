//! The parts of a design, each with AWS's names and defaults.

// AWS's names, which say what they are of and share their ends.
#![allow(clippy::struct_field_names, clippy::enum_variant_names, clippy::struct_excessive_bools)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Duration, PartKind, PartPath};
use crate::aws::alarm::TreatMissingData;

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
    /// What a successful call does in the world, by the id of an effect; counted in the ledger.
    pub side_effect: Option<String>,
    /// Whether a second call with the same key has no second effect (IDM-07).
    pub idempotency_keys: bool,
}

/// Where clients hand orders in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// Whether an order is done when it is accepted: everything was done before the answer.
    pub required: bool,
    pub latency: Duration,
    /// Services that are called one after the other before the client is answered.
    pub calls: Vec<String>,
    /// The client waits no longer; an API has its own limit too.
    pub timeout: Duration,
    /// How often a client tries again after an error or a timeout.
    pub client_retries: u32,
    /// Whether the calls carry an idempotency key (IDM-07).
    pub idempotency_keys: bool,
    pub store: Option<String>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            required: false,
            latency: Duration::from_secs(0),
            calls: Vec::new(),
            timeout: Duration::from_secs(29),
            client_retries: 0,
            idempotency_keys: false,
            store: None,
        }
    }
}

/// Where orders are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// The bus, the queue or the topic that hears of every order: `buses.orders`.
    pub publishes_to: Option<PartPath>,
    /// Whether order and outbox row are one transaction, so that what is stored is published
    /// (IDM-10). Without it the intake writes first and publishes then, and may die in between.
    pub outbox: bool,
    pub source: String,
    pub detail_type: String,
    /// For a FIFO queue or topic: a constant, or a path into the order's detail; the order itself when
    /// left out.
    pub message_group_id: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            publishes_to: None,
            outbox: true,
            source: String::new(),
            detail_type: String::new(),
            message_group_id: None,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
}

/// A rule. What is said of its targets holds for all of them: where they differ, each has a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub title: Option<String>,
    pub bus: String,
    /// JSON.
    pub event_pattern: String,
    /// At most five (EB-03).
    pub targets: Vec<PartPath>,
    /// EB-40.
    pub maximum_event_age: Duration,
    pub maximum_retry_attempts: u32,
    /// A standard queue (EB-42).
    pub dlq: Option<String>,
    /// What the target gets instead of the whole event (EB-34): constant JSON, a path, or both
    /// halves of a transformer.
    pub input: Option<String>,
    pub input_path: Option<String>,
    pub input_paths_map: BTreeMap<String, String>,
    pub input_template: Option<String>,
    /// For FIFO queues: a constant, or a path into the event (EB-52).
    pub message_group_id: Option<String>,
    /// The identity policy of the role that the rule uses: given, it decides alone (EB-50). Left out,
    /// queues, topics and functions are reached by their own policies, and workflows by a role that the
    /// console makes.
    pub role_policy: Option<String>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            title: None,
            bus: String::new(),
            event_pattern: String::new(),
            targets: Vec::new(),
            maximum_event_age: Duration::from_secs(86_400),
            maximum_retry_attempts: 185,
            dlq: None,
            input: None,
            input_path: None,
            input_paths_map: BTreeMap::new(),
            input_template: None,
            message_group_id: None,
            role_policy: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// Whether an order is not done before its message is.
    pub required: bool,
    /// SQS-60.
    pub fifo_queue: bool,
    /// SQS-61.
    pub content_based_deduplication: bool,
    /// SQS-67: `queue` or `messageGroup`.
    pub deduplication_scope: Option<String>,
    /// SQS-20.
    pub visibility_timeout: Duration,
    /// SQS-08.
    pub message_retention_period: Duration,
    /// SQS-52.
    pub delay_seconds: Duration,
    pub dlq: Option<String>,
    /// SQS-26.
    pub max_receive_count: Option<u32>,
    /// SQS-32: JSON, on the DLQ.
    pub redrive_allow_policy: Option<String>,
    /// JSON: who may send. Left out, the console writes it: the rules and topics of the design that
    /// send here may (EB-42). `none`: there is none.
    pub policy: Option<String>,
    /// `alias/aws/sqs`, or a key of the design: `keys.orders`. When left out, SSE-SQS (SEC-07).
    pub kms_master_key_id: Option<String>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            required: false,
            fifo_queue: false,
            content_based_deduplication: false,
            deduplication_scope: None,
            visibility_timeout: Duration::from_secs(30),
            message_retention_period: Duration::from_secs(345_600),
            delay_seconds: Duration::from_secs(0),
            dlq: None,
            max_receive_count: None,
            redrive_allow_policy: None,
            policy: None,
            kms_master_key_id: None,
        }
    }
}

/// What a handler answers about a batch in which something failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchResponse {
    /// The failures one by one where they are asked for; otherwise it throws.
    #[default]
    Failures,
    /// Nothing: it swallows what went wrong, and an empty answer is success (LAM-21).
    Nothing,
    /// Something that is no list of failures: a wrong name, an unknown id (LAM-22).
    Malformed,
}

/// A function: the consumer of a queue through an event source mapping, or invoked asynchronously by
/// rules and topics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Function {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// Whether an order is not done before this function has done its work for it.
    pub required: bool,
    pub queue: Option<String>,
    /// The service that the handler calls for each record.
    pub calls: String,
    /// LAM-40.
    pub timeout: Duration,
    pub memory_size: u32,
    /// LAM-41; nothing: the account's.
    pub reserved_concurrent_executions: Option<u32>,
    /// LAM-02.
    pub batch_size: u32,
    /// LAM-03.
    pub maximum_batching_window: Duration,
    /// LAM-20.
    pub report_batch_item_failures: bool,
    pub batch_response: BatchResponse,
    /// LAM-06; nothing: up to 1,250 (LAM-04).
    pub maximum_concurrency: Option<u32>,
    /// LAM-16: JSON patterns on the record, `{"body": …}`; one that matches suffices.
    pub filters: Vec<String>,
    /// Whether the handler keeps a record of what it has done, as IDM-04 describes.
    pub idempotency_record: bool,
    /// For so long the record counts.
    pub idempotency_expiry: Duration,
    /// Whether the handler hands a key of the order to the service it calls (IDM-07).
    pub idempotency_keys: bool,
    /// Of asynchronous invocations (LAM-31, LAM-32).
    pub maximum_retry_attempts: u32,
    pub maximum_event_age: Duration,
    /// A standard queue for events that were given up (LAM-34).
    pub on_failure: Option<String>,
    /// The identity policy of its execution role (LAM-15); a fitting one when left out.
    pub role_policy: Option<String>,
    /// JSON: who may invoke it; left out, the rules and topics of the design that do (EB-51). A queue's
    /// consumer needs none.
    pub policy: Option<String>,
}

impl Default for Function {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            required: false,
            queue: None,
            calls: String::new(),
            timeout: Duration::from_secs(3),
            memory_size: 128,
            reserved_concurrent_executions: None,
            batch_size: 10,
            maximum_batching_window: Duration::from_secs(0),
            report_batch_item_failures: false,
            batch_response: BatchResponse::Failures,
            maximum_concurrency: None,
            filters: Vec::new(),
            idempotency_record: false,
            idempotency_expiry: Duration::from_secs(3_600),
            idempotency_keys: false,
            maximum_retry_attempts: 2,
            maximum_event_age: Duration::from_secs(21_600),
            on_failure: None,
            role_policy: None,
            policy: None,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topic {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// SNS-17.
    pub fifo_topic: bool,
    /// Whether the hash of a message is its deduplication id; else its publisher gives one.
    pub content_based_deduplication: bool,
    /// JSON: who may publish; left out, the account's roles and the design's rules. `none`: nobody else
    /// than a role that may.
    pub policy: Option<String>,
    /// `alias/aws/sns`, or `keys.…`.
    pub kms_master_key_id: Option<String>,
}

/// How a subscription is delivered (SNS-02).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    #[default]
    Email,
    EmailJson,
    Sms,
    Http,
    Https,
    /// Mobile push.
    Application,
    Sqs,
    Lambda,
    Firehose,
}

/// What a filter policy looks at (SNS-07).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterScope {
    #[default]
    MessageAttributes,
    MessageBody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub topic: String,
    pub protocol: Protocol,
    /// The service that is called, for protocols that leave AWS.
    pub calls: Option<String>,
    /// The queue, for `sqs`; the function, for `lambda`.
    pub queue: Option<String>,
    pub function: Option<String>,
    /// JSON.
    pub filter_policy: Option<String>,
    pub filter_policy_scope: FilterScope,
    /// SNS-16.
    pub raw_message_delivery: bool,
    /// Of the delivery policy, for `http` and `https` alone (SNS-12).
    pub num_retries: Option<u32>,
    pub delay_target: Option<Duration>,
    /// SNS-14.
    pub dlq: Option<String>,
}

impl Default for Subscription {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            topic: String::new(),
            protocol: Protocol::Email,
            calls: None,
            queue: None,
            function: None,
            filter_policy: None,
            filter_policy_scope: FilterScope::MessageAttributes,
            raw_message_delivery: false,
            num_retries: None,
            delay_target: None,
            dlq: None,
        }
    }
}

/// SFN-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowType {
    #[default]
    Standard,
    Express,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workflow {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    pub required: bool,
    #[serde(rename = "type")]
    pub kind: WorkflowType,
    /// File name under `workflows/`.
    pub definition: String,
    /// Which service each function that the definition names calls.
    pub calls: BTreeMap<String, String>,
    /// JSON: what each of those functions answers; `{}` when left out.
    pub results: BTreeMap<String, String>,
    /// States that end an order on purpose.
    pub cancelled_in: Vec<String>,
    /// Whether its calls carry an idempotency key (IDM-07).
    pub idempotency_keys: bool,
}

/// CloudWatch's metrics that an alarm can watch, each of the kind of part that has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    #[default]
    ApproximateNumberOfMessagesVisible,
    ApproximateNumberOfMessagesNotVisible,
    ApproximateAgeOfOldestMessage,
    NumberOfMessagesSent,
    NumberOfMessagesReceived,
    NumberOfMessagesDeleted,
    Invocations,
    Errors,
    Throttles,
    ConcurrentExecutions,
    AsyncEventsDropped,
    MatchedEvents,
    FailedInvocations,
    InvocationsSentToDlq,
    NumberOfNotificationsFailed,
    NumberOfNotificationsFilteredOut,
    NumberOfNotificationsRedrivenToDlq,
    ExecutionsStarted,
    ExecutionsSucceeded,
    ExecutionsFailed,
    ExecutionsTimedOut,
}

impl Metric {
    /// The kind of part that has this metric.
    #[must_use]
    pub fn kind(self) -> PartKind {
        use Metric as M;
        match self {
            M::ApproximateNumberOfMessagesVisible
            | M::ApproximateNumberOfMessagesNotVisible
            | M::ApproximateAgeOfOldestMessage
            | M::NumberOfMessagesSent
            | M::NumberOfMessagesReceived
            | M::NumberOfMessagesDeleted => PartKind::Queue,
            M::Invocations
            | M::Errors
            | M::Throttles
            | M::ConcurrentExecutions
            | M::AsyncEventsDropped => PartKind::Function,
            M::MatchedEvents | M::FailedInvocations | M::InvocationsSentToDlq => PartKind::Rule,
            M::NumberOfNotificationsFailed
            | M::NumberOfNotificationsFilteredOut
            | M::NumberOfNotificationsRedrivenToDlq => PartKind::Topic,
            M::ExecutionsStarted
            | M::ExecutionsSucceeded
            | M::ExecutionsFailed
            | M::ExecutionsTimedOut => PartKind::Workflow,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    #[default]
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// An alarm on one metric of one part (CW-01).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarm {
    pub title: Option<String>,
    /// What it watches.
    pub part: Option<PartPath>,
    pub metric: Metric,
    /// Messages, invocations and the like; seconds for an age.
    pub threshold: u64,
    pub comparison_operator: Comparison,
    pub period: Duration,
    pub evaluation_periods: u32,
    /// Nothing: all of them.
    pub datapoints_to_alarm: Option<u32>,
    pub treat_missing_data: TreatMissingData,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            title: None,
            part: None,
            metric: Metric::default(),
            threshold: 1,
            comparison_operator: Comparison::default(),
            period: Duration::from_secs(60),
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            treat_missing_data: TreatMissingData::Missing,
        }
    }
}

/// A KMS key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Key {
    pub title: Option<String>,
    /// JSON: the key policy; when left out, the account alone, and so no service (SEC-09).
    pub policy: Option<String>,
}
