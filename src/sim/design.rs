//! What a design file may say: plain data, and the sentences about what is wrong with it.
//!
//! Knows no file format: `content` reads the text and turns a mistake's path into a line. Tables
//! are keyed by id; scalars are AWS's attribute names in `snake_case`; policies, patterns and
//! workflows are AWS's own JSON as text. A field that is not known is refused.

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
pub(crate) use api_call::{calls_between, fault_call, redrive_call, replay_call};
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
pub use pipe::Pipe;
pub use policy::NONE;
pub use queue::Queue;
pub use rule::Rule;
pub use service::Service;
pub use store::Store;
pub use subscription::{FilterScope, Protocol, Subscription};
pub use topic::Topic;
pub use trail::Trail;
pub use worker::Worker;
pub(crate) use workflow::{HEARS, WATCHES, executions_arn, managed_rule_arn};
pub use workflow::{Workflow, WorkflowType};

/// The account of a design's parts that name no other.
pub const ACCOUNT: &str = "111122223333";
/// The Region of every design.
pub const REGION: &str = "eu-west-1";
/// Concurrent executions of an account in a Region, over all its functions (LAM-41).
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;
/// The organisation that the accounts of a design belong to, if [`Design::organization`] does not name others.
pub const ORGANIZATION: &str = "o-shop";

/// A whole design.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Design {
    pub title: String,
    /// The accounts that are in the organisation; all of the design when left out.
    pub organization: Vec<String>,
    pub load: Load,
    /// What calls of services do in the world, by id; none: the usual effects of a shop.
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
    /// `lesson#anchor` about a part, by its path or its kind: what the picture of it leads to.
    pub lessons: BTreeMap<String, String>,
}

impl Design {
    /// The lesson about a part: its own, or that of its kind.
    #[must_use]
    pub fn lesson_of(&self, path: &str) -> Option<&str> {
        let table = path.split('.').next().unwrap_or_default();
        self.lessons.get(path).or_else(|| self.lessons.get(table)).map(String::as_str)
    }
}

/// Something wrong with a design or an experiment: where (`queues.inventory.dlq`), and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub path: String,
    pub sentence: String,
}

/// The orders that come in; a design may call them otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Load {
    /// Orders a second.
    pub rate: f64,
    /// How many customers order: the numbers that `{customer}` stands for.
    pub customers: u32,
    /// Kinds of order: the `detail` of their events, and how often each comes.
    pub orders: Vec<OrderClass>,
    /// What an order is called: nothing but words depends on it.
    pub noun: Noun,
    /// Paths of confidential texts in a detail, such as `$.name` (SEC-13). A run counts the copies of them in
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
    /// How often it comes, against the other kinds.
    pub weight: u32,
    /// JSON: the event's detail. In its texts `{order}` and `{customer}` stand for the order's number
    /// and its customer's: what differs from order to order within a kind, and nothing else does.
    /// `{bytes:900000}` stands for so many bytes of text that nobody reads: sizes count them, and a
    /// design need not hold them.
    pub detail: String,
}

/// Stands for an order's number in a detail.
pub const ORDER: &str = "{order}";
/// Stands for the number of an order's customer in a detail.
pub const CUSTOMER: &str = "{customer}";
