//! A store: the table that keeps orders, and the messages that it publishes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::policy::document;
use super::{CLAIM_KEY, Design, PartKind, PartPath, arn, spelled_out};
use crate::assumption::{Assumption, ROLE, assume};
use crate::aws::put_events::{Entry, Refused, put_events};
use crate::aws::workflow::find;

/// A table that keeps orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub title: Option<String>,
    /// Bus, queue or topic to which it publishes every order: `buses.orders`.
    pub publishes_to: Option<PartPath>,
    /// Whether one transaction writes an order and its outbox row, so that every stored order is published
    /// (IDM-10). Without it, the intake publishes after its write, and may crash in between.
    pub outbox: bool,
    /// For a bus: source of the events.
    pub source: String,
    /// For a bus: detail type of the events.
    pub detail_type: String,
    /// For a FIFO queue or topic: message group, a constant or a path into the order's detail; by default,
    /// every order is a group of its own.
    pub message_group_id: Option<String>,
    /// The same for its `MessageDeduplicationId`, which wins over a hash of the content (SQS-61, SNS-17); the order
    /// itself when left out and nothing looks at the content.
    pub message_deduplication_id: Option<String>,
    /// Identity policy of the role that publishes: the relay's, or the writer's own without an outbox. A
    /// sufficient one by default (SEC-03).
    pub role_policy: Option<String>,
    /// Bucket that takes the payload of each order, `objects.parcels`; the store then keeps and publishes
    /// only a reference (REF-02).
    pub claim_check: Option<PartPath>,
    /// Paths into the order's detail, `$.id`, of the fields that stay in the message beside the reference.
    pub claim_check_keeps: Vec<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            title: None,
            publishes_to: None,
            outbox: true,
            source: String::new(),
            detail_type: String::new(),
            message_group_id: None,
            message_deduplication_id: None,
            role_policy: None,
            claim_check: None,
            claim_check_keeps: Vec::new(),
        }
    }
}

impl Store {
    /// Model assumptions about stores.
    pub(super) const ASSUMES: &[Assumption] = &[
        ROLE,
        assume("MA-store-1", "A relay waits 1 s, then twice as long, up to a minute."),
        assume("MA-store-2", "A writer without an outbox tries three times, 200 ms apart."),
        assume("MA-store-3", "The number of an item is its key."),
        assume("MA-store-4", "Items of one kind differ in their numbers alone."),
    ];
}

impl Part for Store {
    from_fields!(title);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("dynamodb", &format!("table/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("stores.{id}.{field}");
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
        self.check_claims(id, checker);
        let Some(to) = &self.publishes_to else { return };
        let hears = matches!(to.kind, PartKind::Bus | PartKind::Queue | PartKind::Topic);
        checker.must(hears && checker.design.contains(to), &path("publishes_to"), || {
            format!("\"{to}\" is no bus, queue or topic of this design, such as \"buses.main\".")
        });
        self.check_deduplication(&path("message_deduplication_id"), to, checker);
        if to.kind == PartKind::Bus {
            self.check_entries(&path("source"), checker);
        }
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.publishes_to.iter().cloned().collect()
    }

    fn sends(&self, detail: &Value, _: &Design) -> Option<Value> {
        Some(self.carried(detail))
    }

    fn publication(&self) -> Option<(&str, &str)> {
        Some((&self.source, &self.detail_type))
    }

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.ours(self);
        answers.policy("the policy of the role that publishes", self.role_policy.as_deref());
    }

    /// None: its settings are not shown as AWS has them.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// Allows publishing (SEC-03, SEC-11). No console creates this policy: the default is a
    /// *model assumption* (MA-role-1).
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        let to = self.publishes_to.as_ref()?;
        Some(document(&design.sending_statements(to)?))
    }
}

impl Store {
    /// Form in which it keeps and publishes an order's detail: in full, or with a claim check as a reference
    /// beside the fields that stay in the message.
    #[must_use]
    pub fn carried(&self, detail: &Value) -> Value {
        let Some(bucket) = &self.claim_check else { return detail.clone() };
        let mut message = json!({});
        for path in &self.claim_check_keeps {
            let (Some(steps), Ok(kept)) = (steps(path), find(path, detail)) else { continue };
            let mut place = &mut message;
            for step in steps {
                if !place.is_object() {
                    *place = json!({});
                }
                place = &mut place[step];
            }
            *place = kept;
        }
        message["bucket"] = json!(bucket.id);
        message["key"] = json!(CLAIM_KEY);
        message
    }

    fn check_claims(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("stores.{id}.{field}");
        let keeps = path("claim_check_keeps");
        for kept in &self.claim_check_keeps {
            let is_own = steps(kept).is_none_or(|mut steps| {
                steps.next().is_some_and(|first| !["bucket", "key"].contains(&first))
            });
            checker.must(steps(kept).is_some(), &keeps, || {
                format!("{kept:?} is no path of fields such as \"$.id\".")
            });
            checker.must(is_own, &keeps, || {
                format!("{kept} would overwrite the reference: the fields bucket and key.")
            });
        }
        let Some(bucket) = &self.claim_check else {
            checker.must(self.claim_check_keeps.is_empty(), &keeps, || {
                "A list of fields to keep needs a claim_check, such as \"objects.parcels\".".into()
            });
            return;
        };
        let known = bucket.kind == PartKind::Bucket && checker.design.contains(bucket);
        checker.must(known, &path("claim_check"), || {
            format!("\"{bucket}\" is no bucket of this design, such as \"objects.parcels\".")
        });
        checker.must(self.publishes_to.is_some(), &path("claim_check"), || {
            "Only recipients of an order use its reference: a claim check needs publishes_to. A claim \
             check for the reader of a stream is not modelled."
                .into()
        });
    }

    /// Only FIFO queues and topics know a deduplication id (SQS-61, SNS-17).
    fn check_deduplication(&self, path: &str, to: &PartPath, checker: &mut Checker<'_>) {
        let Some(id) = &self.message_deduplication_id else { return };
        checker.must((1..=128).contains(&id.chars().count()), path, || {
            "InvalidParameterValue: a MessageDeduplicationId has 1 to 128 characters.".into()
        });
        let design = checker.design;
        let queue = design.queues.get(&to.id).filter(|_| to.kind == PartKind::Queue);
        let topic = design.topics.get(&to.id).filter(|_| to.kind == PartKind::Topic);
        let is_fifo = queue.is_some_and(|q| q.fifo_queue) || topic.is_some_and(|t| t.fifo_topic);
        checker.must(is_fifo, path, || {
            format!(
                "InvalidParameter: Invalid parameter: MessageDeduplicationId Reason: The request includes \
                 MessageDeduplicationId parameter that is not valid for this topic type. {to} is not FIFO."
            )
        });
    }

    /// Checks the entries that it puts on a bus (EB-05).
    fn check_entries(&self, path: &str, checker: &mut Checker<'_>) {
        let details = checker.design.load.orders.iter().map(|class| {
            match serde_json::from_str(&class.detail) {
                Ok(detail) if self.claim_check.is_some() => self.carried(&detail).to_string(),
                _ => class.detail.clone(),
            }
        });
        for detail in details.chain(["{}".to_owned()]) {
            let detail = &spelled_out(&detail);
            let entry = Entry { source: &self.source, detail_type: &self.detail_type, detail };
            let refused = entry.check().err().filter(|r| r.code != "MalformedDetail");
            if let Some(Refused { code, message }) = refused {
                checker.must(false, path, || format!("PutEvents: {code}: {message}"));
                break;
            }
            if let Err(Refused { code, message }) = put_events(&[entry]) {
                checker.must(false, "load.orders", || format!("PutEvents: {code}: {message}"));
            }
        }
    }
}

/// Splits a path such as `$.id` into its fields; `None` for anything else.
fn steps(path: &str) -> Option<impl Iterator<Item = &str>> {
    let is_name = |step: &str| {
        !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    let fields = path.strip_prefix("$.")?;
    fields.split('.').all(is_name).then(|| fields.split('.'))
}
