//! An event bus.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, Reception, from_fields};
use super::policy::{NONE, document, root};
use super::{Design, PartKind, arn_in};
use crate::assumption::{Assumption, WHOLE_SECONDS};

/// An event bus, whose rules route its events (EB-01).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    pub title: Option<String>,
    /// Account that owns the bus; the design's own by default.
    pub account: Option<String>,
    /// Resource policy in JSON: who may put events on the bus (EB-55). The default is the console's template,
    /// which admits the bus's own account. With `none`, a role of the account needs an identity policy.
    pub policy: Option<String>,
    /// `PutEvents` requests a second that it takes. AWS counts them for all buses of an account; by default
    /// the quota of eu-west-1 (EB-04).
    pub put_events_quota: u32,
}

/// `PutEvents` requests a second of an account in eu-west-1 (EB-04).
const PUT_EVENTS: u32 = 10_000;

impl Default for Bus {
    fn default() -> Self {
        Self { title: None, account: None, policy: None, put_events_quota: PUT_EVENTS }
    }
}

impl Bus {
    /// Model assumptions about buses.
    pub(super) const ASSUMES: &[Assumption] = &[WHOLE_SECONDS];
}

impl Part for Bus {
    from_fields!(title, account);

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(arn_in(self.account(design), "events", &format!("event-bus/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("buses.{id}.{field}");
        checker.account(&path("account"), self.account.as_deref());
        checker.policy(&path("policy"), self.policy.as_deref(), true);
        checker.must(self.put_events_quota > 0, &path("put_events_quota"), || {
            "A bus takes at least 1 request a second.".into()
        });
        let design = checker.design;
        let before = design.buses_before(id);
        checker.must(!before.contains(&id), &path("policy"), || {
            "Rules lead from this bus back to it: an event would go round for ever, and EventBridge \
             charges for each turn."
                .into()
        });
        // What stands on an event is known of one publisher alone, and of each task of a workflow.
        let own = PartKind::Bus.path(id);
        let parts = design.parts();
        let publishers = parts.iter().filter(|(path, part)| {
            path.kind != PartKind::Workflow && part.hands_to().contains(&own)
        });
        let (rules, others): (Vec<_>, Vec<_>) =
            publishers.partition(|(path, _)| path.kind == PartKind::Rule);
        let mut from: Vec<&str> = rules.iter().map(|(path, _)| design.bus_of(&path.id)).collect();
        from.sort_unstable();
        from.dedup();
        let one = from.is_empty() || (from.len() == 1 && others.is_empty());
        checker.must(one, &path("policy"), || {
            "The model supports one publisher per bus: the rules of one other bus, or one other part."
                .into()
        });
    }

    /// Adds the policy twice: as a string, as AWS returns it, and as parsed JSON.
    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let mut bus = json!({ "Name": id, "Arn": self.arn(id, design) });
        if let Some(policy) = self.policy.as_deref().filter(|policy| *policy != NONE) {
            bus["Policy"] = json!(policy);
        }
        answers.add("aws events describe-event-bus", bus);
        answers.policy("its policy", self.policy.as_deref());
        if self.put_events_quota != PUT_EVENTS {
            answers.add(
                "aws service-quotas get-service-quota",
                json!({ "Quota": {
                    "ServiceCode": "events",
                    "QuotaName": "PutEvents throttle limit in transactions per second",
                    "Value": self.put_events_quota,
                    "Adjustable": true,
                } }),
            );
        }
        for (rule, spec) in design.rules.iter().filter(|(_, rule)| rule.bus == id) {
            spec.configuration(rule, answers);
        }
    }

    /// None: it answers with its rules, which have calls of their own; its other calls are not modelled.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }

    /// Has no limit per message: the limit is for a whole request (EB-05), and the store's checks apply it.
    fn receives(&self) -> Option<Reception<'_>> {
        let policy = self.policy.as_deref();
        Some(Reception { action: "events:PutEvents", policy, key: None, limit: None })
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("policy", &mut self.policy)]
    }

    /// Console's template, which admits the bus's own account and no other (EB-55).
    fn console_policy(&self, _: &str, id: &str, design: &Design) -> Option<String> {
        let account = root(self.account(design));
        let own = self.arn(id, design)?;
        Some(document(&[format!(
            r#"{{"Sid": "allow_account_to_put_events", "Effect": "Allow", "Principal": {{"AWS": "{account}"}}, "Action": "events:PutEvents", "Resource": "{own}"}}"#
        )]))
    }
}

impl Design {
    /// Bus of a rule; empty if there is no such rule.
    pub(super) fn bus_of(&self, rule: &str) -> &str {
        self.rules.get(rule).map_or("", |rule| rule.bus.as_str())
    }

    /// Buses whose rules send events to a bus, directly or through other buses; in a cycle, the bus itself is
    /// among them.
    pub(super) fn buses_before(&self, bus: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let feeds = |to: &str| {
            let to = PartKind::Bus.path(to);
            let rules = self.rules.values();
            rules.filter(move |rule| rule.targets.contains(&to)).map(|rule| rule.bus.as_str())
        };
        let mut open: Vec<&str> = feeds(bus).collect();
        while let Some(next) = open.pop() {
            if !found.contains(&next) {
                found.push(next);
                open.extend(feeds(next));
            }
        }
        found
    }
}
