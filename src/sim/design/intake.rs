//! The intake, which accepts orders from clients.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::{Checker, no};
use super::part::{Part, from_fields};
use super::policy::{document, may};
use super::{Design, Duration, PartKind, arn};
use crate::assumption::{Assumption, ROLE, assume};
use crate::kernel::time::Span;

/// An API that accepts orders from clients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    pub title: Option<String>,
    /// Whether acceptance is a required step of an order, as in a design that does all work before the
    /// response.
    pub required: bool,
    /// Typical time that the intake itself takes.
    pub latency: Duration,
    /// Services that the intake calls, one after the other, before it responds.
    pub calls: Vec<String>,
    /// Time after which the client stops waiting; an API has a limit of its own, too.
    pub timeout: Duration,
    /// Number of retries by a client after an error or a timeout.
    pub client_retries: u32,
    /// Whether the calls carry an idempotency key (IDM-07).
    pub idempotency_keys: bool,
    /// Store that keeps the accepted orders.
    pub store: Option<String>,
    /// Identity policy of the role that writes to the store (SEC-03); a sufficient one by default.
    pub role_policy: Option<String>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            title: None,
            required: false,
            latency: Duration::from_secs(0),
            calls: Vec::new(),
            timeout: Duration::from_secs(29),
            client_retries: 0,
            idempotency_keys: false,
            store: None,
            role_policy: None,
        }
    }
}

impl Intake {
    /// Model assumptions about intakes.
    pub(super) const ASSUMES: &[Assumption] =
        &[ROLE, assume("MA-intake-1", "A client waits one second before it retries.")];
}

impl Part for Intake {
    from_fields!(title, required);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("execute-api", id))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("intakes.{id}.{field}");
        if let Some(store) = &self.store {
            let known = design.stores.contains_key(store);
            checker.must(known, &path("store"), || no("store", store));
        }
        for service in &self.calls {
            let known = design.services.contains_key(service);
            checker.must(known, &path("calls"), || no("service", service));
        }
        let some = self.store.is_some() || !self.calls.is_empty();
        checker
            .must(some, &path("store"), || "An intake needs a store, or services to call.".into());
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
        let timeout = self.timeout.0;
        let good = timeout > Span::ZERO && timeout <= Span::from_secs(900);
        checker.must(good, &path("timeout"), || {
            "The timeout is above 0 and at most 15 minutes.".into()
        });
    }

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.ours(self);
        answers.policy("the policy of its role", self.role_policy.as_deref());
    }

    /// None: its settings are not AWS's.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// Allows the conditional write of an order and its outbox row (IDM-01, IDM-10). No console creates this
    /// policy: the default is a *model assumption* (MA-role-1).
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        let store = PartKind::Store.path(self.store.as_ref()?);
        Some(document(&[may(r#"["dynamodb:PutItem"]"#, &design.target_arn(&store))]))
    }
}
