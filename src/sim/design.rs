//! What a design file may say: plain data, and the sentences about what is wrong with it.
//!
//! Knows no file format: `content` reads the text and turns a mistake's path into a line. Tables
//! are keyed by id; scalars are AWS's attribute names in `snake_case`; policies, patterns and
//! workflows are AWS's own JSON as text. A field that is not known is refused.

mod arn;
mod check;
mod configuration;
mod console;
mod duration;
mod effect;
mod experiment;
mod message;
mod noun;
mod part;
mod path;
mod worker;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use arn::{arn, iam_arn};
pub use configuration::Configuration;
pub use console::NONE;
pub use duration::Duration;
pub use effect::{EFFECTS_MAX, Effect, EffectKind, Effects, SideEffect};
pub use experiment::{Arrivals, Experiment, FaultSpec, Later, LoadSpec};
pub use noun::Noun;
pub use part::{
    Alarm, BatchResponse, Bus, Comparison, FilterScope, Function, Intake, Key, Metric, Protocol,
    Queue, Rule, Service, Store, Subscription, Topic, Workflow, WorkflowType,
};
pub use path::{PartKind, PartPath, PathError};
pub use worker::Worker;

/// The account, the Region and the organisation that every design is in, as its ARNs have them.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-west-1";
/// Concurrent executions of an account in a Region, over all its functions (LAM-41).
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;
pub const ORGANIZATION: &str = "o-shop";

/// A whole design.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Design {
    pub title: String,
    pub load: Load,
    /// What calls of services do in the world, by id; none: the usual effects of a shop.
    pub effects: BTreeMap<String, Effect>,
    pub services: BTreeMap<String, Service>,
    pub intakes: BTreeMap<String, Intake>,
    pub stores: BTreeMap<String, Store>,
    pub buses: BTreeMap<String, Bus>,
    pub rules: BTreeMap<String, Rule>,
    pub queues: BTreeMap<String, Queue>,
    pub functions: BTreeMap<String, Function>,
    pub workers: BTreeMap<String, Worker>,
    pub topics: BTreeMap<String, Topic>,
    pub subscriptions: BTreeMap<String, Subscription>,
    pub workflows: BTreeMap<String, Workflow>,
    pub alarms: BTreeMap<String, Alarm>,
    pub keys: BTreeMap<String, Key>,
    /// `lesson#anchor` about a part, by its path or its kind: what the picture of it leads to.
    pub lessons: BTreeMap<String, String>,
}

impl Design {
    /// What functions reserve of the account's concurrency, all together.
    #[must_use]
    pub fn reserved_concurrency(&self) -> u32 {
        let reserved = self.functions.values().filter_map(|f| f.reserved_concurrent_executions);
        reserved.fold(0, u32::saturating_add)
    }

    /// The lesson about a part: its own, or that of its kind.
    #[must_use]
    pub fn lesson_of(&self, path: &str) -> Option<&str> {
        configuration::lesson_of(&self.lessons, path)
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
}

impl Default for Load {
    fn default() -> Self {
        Self { rate: 1.0, customers: 100, orders: Vec::new(), noun: Noun::default() }
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
    pub detail: String,
}

/// What in a detail stands for an order's own numbers.
pub const ORDER: &str = "{order}";
pub const CUSTOMER: &str = "{customer}";
