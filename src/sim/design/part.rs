//! The trait that every kind of part implements in its own file. Within a design, only
//! [`PartKind`](super::PartKind) lists the kinds.

use super::answers::Answers;
use super::api_call::{ApiCall, Breach, Change, Subject};
use super::check::Checker;
use serde_json::Value;

use super::{ACCOUNT, Design, PartPath};
use crate::fault::FaultKind;

/// Bytes in a mebibyte.
pub(crate) const MIB: usize = 1_048_576;
/// Bytes in a quarter of a mebibyte.
pub(crate) const QUARTER: usize = 262_144;

/// Answers with the field of the same name: for the kinds of part that have one.
macro_rules! from_fields {
    (@title) => {
        fn title(&self) -> Option<&str> {
            self.title.as_deref()
        }
    };
    (@required) => {
        fn required(&self) -> bool {
            self.required
        }
    };
    (@account) => {
        fn account<'a>(&'a self, _: &'a $crate::design::Design) -> &'a str {
            self.account.as_deref().unwrap_or($crate::design::ACCOUNT)
        }
    };
    ($($field:ident),+) => { $($crate::design::part::from_fields!(@$field);)+ };
}
pub(crate) use from_fields;

/// A part of a design.
pub(crate) trait Part {
    /// Title that the design gives it.
    fn title(&self) -> Option<&str>;

    /// Whether the picture shows it.
    fn is_drawn(&self) -> bool {
        true
    }

    /// Whether an order is completed only after it has passed through this part.
    fn required(&self) -> bool {
        false
    }

    /// Account that owns it.
    fn account<'a>(&'a self, _design: &'a Design) -> &'a str {
        ACCOUNT
    }

    /// ARN of the part; `None` if it is not an AWS resource.
    fn arn(&self, id: &str, design: &Design) -> Option<String>;

    /// Reports every mistake in its settings.
    fn check(&self, id: &str, checker: &mut Checker<'_>);

    /// Adds the output of the AWS commands that describe it.
    fn configuration(&self, id: &str, answers: &mut Answers<'_>);

    /// Calls to AWS's control plane that change the output of one of the commands of [`Part::configuration`];
    /// empty if no call does, because AWS does not have the setting or another part's calls change it. The
    /// part is the one after the change.
    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall>;

    /// Call that breaks its configuration when a fault begins, or restores it when the fault ends; `None` if
    /// the fault cannot happen to it.
    fn breach_call(&self, _breach: Breach, _begins: bool, _on: Subject<'_>) -> Option<ApiCall> {
        None
    }

    /// Conditions under which it accepts messages; `None` if it receives none.
    fn receives(&self) -> Option<Reception<'_>> {
        None
    }

    /// Parts that it sends messages to, such as the targets of a rule.
    fn hands_to(&self) -> Vec<PartPath> {
        Vec::new()
    }

    /// Whether it waits for the outcome of what it hands to one of those parts, instead of only for its
    /// acceptance.
    fn waits_for(&self, _to: &PartPath) -> bool {
        false
    }

    /// Body of the message that it sends for an order's detail; `None` if it relays the message of another
    /// part, or if its messages are not modelled.
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

    /// Source and detail type of the events that it puts on a bus.
    fn publication(&self) -> Option<(&str, &str)> {
        None
    }

    /// The same of one bus; the same for all where nothing else is said.
    fn publishes_to(&self, _bus: &PartPath) -> Option<(&str, &str)> {
        self.publication()
    }

    /// Part that its messages come from: a consumer's queue, a rule's bus, a subscription's topic.
    fn takes_from(&self) -> Option<PartPath> {
        None
    }

    /// The queues that take what it gives up.
    fn gives_up_to(&self) -> Vec<&String> {
        Vec::new()
    }

    /// Policies of the part, by field.
    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        Vec::new()
    }

    /// Policy that AWS's console writes where the design omits one; `None` if it writes none.
    fn console_policy(&self, _field: &str, _id: &str, _design: &Design) -> Option<String> {
        None
    }

    /// Why it cannot have a fault that others of its kind can have, without a full stop; `None` if it can.
    fn fault_refusal(&self, _kind: FaultKind, _id: &str, _design: &Design) -> Option<&'static str> {
        None
    }

    /// Namespace and dimension of its CloudWatch metrics; `None` if none is modelled.
    fn metrics(&self) -> Option<Metrics> {
        None
    }
}

/// Conditions under which a part accepts messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reception<'a> {
    /// Action that the sender must be allowed, such as `sqs:SendMessage`.
    pub action: &'static str,
    /// Resource policy of the part, which can admit a sender.
    pub policy: Option<&'a str>,
    /// Key that encrypts its messages.
    pub key: Option<&'a str>,
    /// Size limit of a message; `None` if no limit applies to a single message.
    pub limit: Option<Limit>,
}

/// Size limit of a part, and its error for larger messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Maximum size in bytes.
    pub most: usize,
    /// Error for a larger message.
    pub refusal: &'static str,
}

/// CloudWatch namespace and dimension of a kind of part. A dimension that ends in `Arn` holds the part's ARN,
/// any other its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metrics {
    pub namespace: &'static str,
    pub dimension: &'static str,
}
