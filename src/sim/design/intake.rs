//! The intake: where clients hand orders in.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::check::{Checker, no};
use super::part::{Part, from_fields};
use super::policy::{document, may};
use super::{Design, Duration, PartKind, arn};
use crate::kernel::time::Span;

/// Where clients hand orders in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    pub title: Option<String>,
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
    /// The identity policy of the role that writes to the store; a fitting one when left out (SEC-03).
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
        checker.must(some, &path("store"), || {
            "An intake does something: it stores what comes, or calls services.".into()
        });
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

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// The conditional write of an order, and of the outbox row with it (IDM-01, IDM-10). No console makes
    /// it: a fitting one is a *model assumption*.
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        let store = PartKind::Store.path(self.store.as_ref()?);
        Some(document(&[may(r#"["dynamodb:PutItem"]"#, &design.target_arn(&store))]))
    }
}
