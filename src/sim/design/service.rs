//! A service outside the design that handlers call.

use serde::{Deserialize, Serialize};

use super::Duration;
use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, from_fields};
use crate::assumption::{Assumption, assume};

/// An external service that handlers call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub title: Option<String>,
    /// Typical duration of a call: a *model assumption* (MA-service-2).
    pub latency: Duration,
    /// Maximum number of concurrent calls; the service rejects more. 0: no limit.
    pub capacity: u32,
    /// Id of the effect of a successful call, which the ledger counts.
    pub side_effect: Option<String>,
    /// Whether the service ignores a second call with the same idempotency key (IDM-07).
    pub idempotency_keys: bool,
}

impl Service {
    /// Model assumptions about services.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-service-1",
            "A service that undid an effect refuses a late call with the same key.",
        ),
        assume("MA-service-2", "How long it takes to answer is a setting of the design."),
    ];
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

    /// None: its settings are not AWS's.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }
}
