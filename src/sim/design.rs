//! Schema of a design file: plain data, and the sentences that describe its mistakes.
//!
//! The schema is independent of the file format: `content` parses the text and maps the path of a mistake to
//! a line. Tables are keyed by id; fields have AWS's attribute names in `snake_case`; policies, patterns and
//! workflows are AWS's own JSON, as text. Unknown fields are rejected.

mod account;
mod alarm;
mod answers;
mod api_call;
mod archive;
mod arn;
mod bucket;
mod bus;
mod check;
mod destination;
mod duration;
mod effect;
mod experiment;
mod function;
mod intake;
mod key;
mod log_group;
mod message;
mod noun;
pub(crate) mod part;
mod parts;
mod path;
mod payload;
mod pipe;
mod policy;
mod queue;
pub(crate) mod record;
mod rule;
mod service;
mod store;
mod subscription;
mod topic;
mod trail;
mod worker;
mod workflow;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use alarm::action::{ACTIONS_MAX, notice};
pub(crate) use alarm::composite::alarm_named;
pub use alarm::{Alarm, Comparison, Metric};
pub use answers::Configuration;
pub use api_call::{ApiCall, Caller};
pub(crate) use api_call::{calls_between, fault_call};
pub(crate) use archive::replay_call;
pub use archive::{Archive, Replay};
pub use arn::{arn, arn_in, bucket_arn, iam_arn};
pub use bucket::Bucket;
pub(crate) use bucket::CLAIM_KEY;
pub use bus::Bus;
pub use duration::Duration;
pub use effect::{EFFECTS_MAX, Effect, EffectKind, Effects, SideEffect};
pub use experiment::{Arrivals, Experiment, FaultSpec, Later, LoadSpec};
pub use function::{BatchResponse, Function};
pub use intake::Intake;
pub use key::Key;
pub use log_group::{LogGroup, Logged, RETENTIONS};
pub use noun::Noun;
pub use path::{PartKind, PartPath, PathError};
pub(crate) use payload::spelled_out;
pub(crate) use pipe::START_SYNC;
pub use pipe::{InvocationType, Pipe};
pub use policy::NONE;
pub use queue::Queue;
pub(crate) use queue::redrive_call;
pub use rule::Rule;
pub use service::Service;
pub use store::Store;
pub use subscription::{FilterScope, Protocol, Subscription};
pub use topic::Topic;
pub use trail::Trail;
pub use worker::Worker;
pub(crate) use workflow::{HEARS, WATCHES, executions_arn, managed_rule_arn};
pub use workflow::{Workflow, WorkflowType};

/// Account of parts that name no other.
pub const ACCOUNT: &str = "111122223333";
/// Region of every design.
pub const REGION: &str = "eu-west-1";
/// Limit on the concurrent executions of all functions of an account in a Region (LAM-41).
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;
/// Organisation of a design's accounts; [`Design::organization`] can leave some of them out.
pub const ORGANIZATION: &str = "o-shop";

/// A design, as its file describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Design {
    pub title: String,
    /// Accounts in the organisation; if empty, all accounts of the design.
    pub organization: Vec<String>,
    pub load: Load,
    /// Side effects of calling services, by id; if empty, the usual effects of a shop.
    pub effects: BTreeMap<String, Effect>,
    pub services: BTreeMap<String, Service>,
    pub intakes: BTreeMap<String, Intake>,
    pub stores: BTreeMap<String, Store>,
    pub objects: BTreeMap<String, Bucket>,
    pub buses: BTreeMap<String, Bus>,
    pub rules: BTreeMap<String, Rule>,
    pub queues: BTreeMap<String, Queue>,
    pub functions: BTreeMap<String, Function>,
    pub workers: BTreeMap<String, Worker>,
    pub pipes: BTreeMap<String, Pipe>,
    pub topics: BTreeMap<String, Topic>,
    pub subscriptions: BTreeMap<String, Subscription>,
    pub workflows: BTreeMap<String, Workflow>,
    pub logs: BTreeMap<String, LogGroup>,
    pub alarms: BTreeMap<String, Alarm>,
    pub keys: BTreeMap<String, Key>,
    pub trails: BTreeMap<String, Trail>,
    pub archives: BTreeMap<String, Archive>,
    /// `lesson#anchor` about a part, by its path or kind; the picture of the part links to it.
    pub lessons: BTreeMap<String, String>,
}

impl Design {
    /// Lesson about a part: its own, or that of its kind.
    #[must_use]
    pub fn lesson_of(&self, path: &str) -> Option<&str> {
        let table = path.split('.').next().unwrap_or_default();
        self.lessons.get(path).or_else(|| self.lessons.get(table)).map(String::as_str)
    }
}

/// A mistake in a design or an experiment: its path (`queues.inventory.dlq`), and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub path: String,
    pub sentence: String,
}

/// Incoming orders; a design may call them something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Load {
    /// Orders per second.
    pub rate: f64,
    /// Number of customers; `{customer}` stands for the number of one of them.
    pub customers: u32,
    /// Kinds of order, each with the `detail` of its events and its frequency.
    pub orders: Vec<OrderClass>,
    /// The design's word for an order; it affects nothing but texts.
    pub noun: Noun,
    /// Paths of confidential strings in a detail, such as `$.name` (SEC-13). A run counts their copies in
    /// every place.
    pub sensitive: Vec<String>,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            rate: 1.0,
            customers: 100,
            orders: Vec::new(),
            noun: Noun::default(),
            sensitive: Vec::new(),
        }
    }
}

/// A kind of order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderClass {
    /// Frequency, relative to the other kinds.
    pub weight: u32,
    /// Detail of the event, as JSON. In its strings, `{order}` and `{customer}` stand for the number of the
    /// order and the number of its customer; the orders of a kind differ in nothing else. `{bytes:900000}`
    /// stands for that many bytes of filler, which count towards sizes without being written out in the
    /// design.
    pub detail: String,
}

/// Placeholder for an order's number in a detail.
pub const ORDER: &str = "{order}";
/// Placeholder for the number of an order's customer in a detail.
pub const CUSTOMER: &str = "{customer}";
