//! A service outside the design that handlers call.

use serde::{Deserialize, Serialize};

use super::Duration;
use super::answers::Answers;
use super::check::Checker;
use super::part::{Part, from_fields};

/// Something outside that handlers call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub title: Option<String>,
    /// A typical call's time.
    pub latency: Duration,
    /// Calls at the same time; more are refused. 0: no limit.
    pub capacity: u32,
    /// What a successful call does in the world, by the id of an effect; counted in the ledger.
    pub side_effect: Option<String>,
    /// Whether a second call with the same key has no second effect (IDM-07).
    pub idempotency_keys: bool,
}

impl Part for Service {
    from_fields!(title);

    fn arn(&self, _: &str, _: &super::Design) -> Option<String> {
        None
    }

    fn check(&self, _: &str, _: &mut Checker<'_>) {}

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.ours(self);
    }
}
