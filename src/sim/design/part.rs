//! What every kind of part says of itself, each in its own file. Nothing else in a design lists the
//! kinds but [`PartKind`](super::PartKind).

use super::answers::Answers;
use super::check::Checker;
use serde_json::Value;

use super::{ACCOUNT, Design, PartPath};
use crate::fault::FaultKind;

pub(crate) const MIB: usize = 1_048_576;
pub(crate) const QUARTER: usize = 262_144;

/// A part of a design.
pub(crate) trait Part {
    fn title(&self) -> Option<&str>;

    /// Where the design wants it drawn: column, lane.
    fn at(&self) -> Option<[u8; 2]> {
        None
    }

    /// Whether the picture has a place for it.
    fn is_drawn(&self) -> bool {
        true
    }

    /// Whether an order is not done before it has been through this part.
    fn required(&self) -> bool {
        false
    }

    /// The account that it is in.
    fn account<'a>(&'a self, _design: &'a Design) -> &'a str {
        ACCOUNT
    }

    /// Its ARN; `None` if it is not an AWS resource.
    fn arn(&self, id: &str, design: &Design) -> Option<String>;

    /// Reports everything that is wrong with its settings.
    fn check(&self, id: &str, checker: &mut Checker<'_>);

    /// Adds what AWS's commands answer about it.
    fn configuration(&self, id: &str, answers: &mut Answers<'_>);

    /// How it takes what others hand to it; `None` if it receives nothing.
    fn receives(&self) -> Option<Reception<'_>> {
        None
    }

    /// What it hands messages to, as a rule does to its targets.
    fn hands_to(&self) -> Vec<PartPath> {
        Vec::new()
    }

    /// The body of what it hands on of an order's detail; `None` if what it hands on was told before, or is
    /// not modelled.
    fn sends(&self, _detail: &Value, _design: &Design) -> Option<Value> {
        None
    }

    /// The body of what it hands to one of the parts in [`Part::hands_to`]; `id` is its own. The same for all
    /// where nothing else is said.
    fn sends_to(
        &self,
        _id: &str,
        _to: &PartPath,
        detail: &Value,
        design: &Design,
    ) -> Option<Value> {
        self.sends(detail, design)
    }

    /// The source and the detail type of the events that it puts on a bus.
    fn publication(&self) -> Option<(&str, &str)> {
        None
    }

    /// The same of one bus; the same for all where nothing else is said.
    fn publishes_to(&self, _bus: &PartPath) -> Option<(&str, &str)> {
        self.publication()
    }

    /// What its messages come from: a consumer's queue, a rule's bus, a subscription's topic.
    fn takes_from(&self) -> Option<PartPath> {
        None
    }

    /// The queues that take what it gives up.
    fn gives_up_to(&self) -> Vec<&String> {
        Vec::new()
    }

    /// Its policies by their fields.
    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        Vec::new()
    }

    /// The policy that AWS's console writes where the design leaves one out; `None` if it writes none.
    fn console_policy(&self, _field: &str, _id: &str, _design: &Design) -> Option<String> {
        None
    }

    /// Why it cannot have a fault that others of its kind can have, without a full stop; `None` if it can.
    fn fault_refusal(&self, _kind: FaultKind) -> Option<&'static str> {
        None
    }

    /// Where CloudWatch keeps its metrics; `None` if none of them is modelled.
    fn metrics(&self) -> Option<Metrics> {
        None
    }
}

/// How a part takes what others hand to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reception<'a> {
    /// What the sender must be allowed to do, such as `sqs:SendMessage`.
    pub action: &'static str,
    /// The part's own policy, which can let a sender in.
    pub policy: Option<&'a str>,
    /// The key that it encrypts with.
    pub key: Option<&'a str>,
    /// `None` if the size of a single message is not what counts.
    pub limit: Option<Limit>,
}

/// The size that a part takes, and its answer to anything larger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// In bytes.
    pub most: usize,
    pub refusal: &'static str,
}

/// Where CloudWatch keeps a kind of part's metrics. A dimension that ends in `Arn` holds the part's ARN,
/// any other its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metrics {
    pub namespace: &'static str,
    pub dimension: &'static str,
}
