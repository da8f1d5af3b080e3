//! A topic.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Answers, text};
use super::api_call::{ApiCall, Breach, Change, Subject};
use super::check::Checker;
use super::part::{Limit, Metrics, Part, QUARTER, Reception, from_fields};
use super::policy::{CLOUDWATCH, EVENTS, document, grant};
use super::{Design, PartKind};
use crate::assumption::{Assumption, DEDUPLICATION, IN_LINE};

/// A topic, with the attributes of `CreateTopic`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topic {
    pub title: Option<String>,
    /// Account that owns the topic; the design's own by default.
    pub account: Option<String>,
    /// Whether it is a FIFO topic (SNS-17).
    pub fifo_topic: bool,
    /// Whether the hash of a message is its deduplication id; otherwise its publisher supplies one.
    pub content_based_deduplication: bool,
    /// JSON: who may publish; left out, the account's roles and the design's rules and alarms. `none`: nobody else
    /// than a role that may.
    pub policy: Option<String>,
    /// KMS key: `alias/aws/sns`, or one of the design's, `keys.…`.
    pub kms_master_key_id: Option<String>,
}

impl Topic {
    /// Model assumptions about topics.
    pub(super) const ASSUMES: &[Assumption] = &[DEDUPLICATION, IN_LINE];
}

impl Part for Topic {
    from_fields!(title, account);

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(design.topic_arn(id))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("topics.{id}.{field}");
        checker.account(&path("account"), self.account.as_deref());
        let good = self.fifo_topic || !self.content_based_deduplication;
        checker.must(good, &path("content_based_deduplication"), || {
            "InvalidParameter: only a FIFO topic deduplicates.".into()
        });
        checker.policy(&path("policy"), self.policy.as_deref(), true);
        let key = self.kms_master_key_id.as_ref();
        checker.key(&path("kms_master_key_id"), key, "alias/aws/sns");
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        answers.add("aws sns get-topic-attributes", self.attributes(id, answers.design));
        answers.policy("its access policy", self.policy.as_deref());
        answers.key_policy(self.kms_master_key_id.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let set = |name: &str, value: &Value| set_attribute(change.subject, name, value);
        match change.command {
            "aws sns get-topic-attributes" => {
                let mut all = change.attributes();
                // AWS counts it; no call sets it.
                all.remove("SubscriptionsConfirmed");
                all.into_iter().map(|(name, value)| set(&name, &value)).collect()
            }
            "its access policy" => vec![set("Policy", &change.policy())],
            // The key's policy changes by a call of its own.
            _key => Vec::new(),
        }
    }

    fn breach_call(&self, breach: Breach, begins: bool, on: Subject<'_>) -> Option<ApiCall> {
        let (policy, key) = (self.policy.as_deref(), self.kms_master_key_id.as_deref());
        let (name, value) = on.breached_attribute((breach, begins), policy, key)?;
        Some(set_attribute(on, name, &value))
    }

    /// Accepts messages of up to 256 KiB (SNS-03).
    fn receives(&self) -> Option<Reception<'_>> {
        Some(Reception {
            action: "sns:Publish",
            policy: self.policy.as_deref(),
            key: self.kms_master_key_id.as_deref(),
            limit: Some(Limit {
                most: QUARTER,
                refusal: "Publish: InvalidParameter: Message too long",
            }),
        })
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("policy", &mut self.policy)]
    }

    /// AWS's default statement, which admits the account's own roles and no service, and a statement for
    /// EventBridge, to which the console adds no condition (EB-51).
    fn console_policy(&self, _: &str, id: &str, design: &Design) -> Option<String> {
        let account = self.account(design);
        let path = PartKind::Topic.path(id);
        let own = design.topic_arn(id);
        let mut statements = vec![format!(
            r#"{{"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"], "Resource": "{own}", "Condition": {{"StringEquals": {{"AWS:SourceOwner": "{account}"}}}}}}"#
        )];
        if design.rules.values().any(|rule| rule.sends_as_service(&path, design)) {
            statements.push(format!(
                r#"{{"Effect": "Allow", "Principal": {{"Service": "{EVENTS}"}}, "Action": "sns:Publish", "Resource": "{own}"}}"#
            ));
        }
        // Not the console's, but what AWS's guide writes for alarms: without it none may publish.
        let alarms = design.alarms.iter().filter(|(_, alarm)| alarm.hands_to().contains(&path));
        let alarms = alarms.filter_map(|(id, alarm)| alarm.arn(id, design)).collect();
        statements.extend(grant(CLOUDWATCH, "sns:Publish", &own, "ArnLike", alarms));
        Some(document(&statements))
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(Metrics { namespace: "AWS/SNS", dimension: "TopicName" })
    }
}

/// Builds the call that sets an attribute of a topic.
fn set_attribute(subject: Subject<'_>, name: &str, value: &Value) -> ApiCall {
    let parameters =
        json!({ "topicArn": subject.arn(), "attributeName": name, "attributeValue": value });
    subject.call("sns.amazonaws.com", "SetTopicAttributes", parameters)
}

impl Topic {
    fn attributes(&self, id: &str, design: &Design) -> Value {
        let confirmed = design.subscriptions.values().filter(|s| s.topic == id).count();
        let mut attributes = json!({
            "TopicArn": design.topic_arn(id),
            "Owner": self.account(design),
            "SubscriptionsConfirmed": confirmed.to_string(),
        });
        text(&mut attributes, "KmsMasterKeyId", self.kms_master_key_id.as_deref());
        if self.fifo_topic {
            attributes["FifoTopic"] = json!("true");
            attributes["ContentBasedDeduplication"] =
                json!(self.content_based_deduplication.to_string());
        }
        json!({ "Attributes": attributes })
    }
}
