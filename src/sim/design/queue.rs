//! A queue.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{Answers, secs, text};
use super::api_call::{ApiCall, Breach, Change, Subject};
use super::check::{Checker, no};
use super::part::{Limit, MIB, Metrics, Part, Reception, from_fields};
use super::policy::{EVENTS, SNS, document, grant, root};
use super::{ACCOUNT, Design, Duration, PartKind, PartPath, REGION};
use crate::assumption::{Assumption, DEDUPLICATION, WHOLE_SECONDS, assume};
use crate::kernel::time::Span;

/// Calls a second of each action on a FIFO queue, or on a partition of one in high-throughput mode (SQS-66).
const SENDS_MAX: u32 = 300;
/// Calls a second of each action on a FIFO queue in high-throughput mode, in eu-west-1 (SQS-67).
const HIGH_THROUGHPUT: u32 = 70_000;

/// A queue, with the attributes of `CreateQueue`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    pub title: Option<String>,
    /// Account that owns the queue; the design's own by default.
    pub account: Option<String>,
    /// Whether an order is completed only after its message here has been processed.
    pub required: bool,
    /// Whether it is a FIFO queue (SQS-60).
    pub fifo_queue: bool,
    /// Whether the hash of a message's body is its deduplication id (SQS-61).
    pub content_based_deduplication: bool,
    /// Deduplication scope: `queue` or `messageGroup` (SQS-67).
    pub deduplication_scope: Option<String>,
    /// Time that a received message stays hidden from other consumers (SQS-20).
    pub visibility_timeout: Duration,
    /// Time after which a message expires (SQS-08).
    pub message_retention_period: Duration,
    /// Delay before a new message becomes visible (SQS-52).
    pub delay_seconds: Duration,
    /// Dead-letter queue of the redrive policy.
    pub dlq: Option<String>,
    /// Number of receives after which a message moves to the dead-letter queue (SQS-26).
    pub max_receive_count: Option<u32>,
    /// Redrive allow policy of a DLQ in JSON: which queues may use it (SQS-32).
    pub redrive_allow_policy: Option<String>,
    /// Resource policy in JSON: who may send. The default is the console's, which admits the rules and topics
    /// of the design that send here (EB-42). `none`: no policy.
    pub policy: Option<String>,
    /// KMS key: `alias/aws/sqs`, or one of the design's, such as `keys.orders`; SSE-SQS when omitted
    /// (SEC-07).
    pub kms_master_key_id: Option<String>,
    /// SQS-67: `perQueue`, or `perMessageGroupId` for high throughput.
    pub fifo_throughput_limit: Option<String>,
    /// Sends a second that a FIFO queue takes; in high-throughput mode, that each message group takes, and
    /// the queue itself the quota of the design's Region (SQS-66, SQS-67).
    pub send_message_quota: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            title: None,
            account: None,
            required: false,
            fifo_queue: false,
            content_based_deduplication: false,
            deduplication_scope: None,
            fifo_throughput_limit: None,
            send_message_quota: SENDS_MAX,
            visibility_timeout: Duration::from_secs(30),
            message_retention_period: Duration::from_secs(345_600),
            delay_seconds: Duration::from_secs(0),
            dlq: None,
            max_receive_count: None,
            redrive_allow_policy: None,
            policy: None,
            kms_master_key_id: None,
        }
    }
}

impl Queue {
    /// Model assumptions about queues.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-queue-1",
            "A standard queue copies 20 in a million messages and reorders 5,000.",
        ),
        assume("MA-queue-2", "A redrive without a rate of its own moves 500 messages a second."),
        assume("MA-queue-3", "A redrive that fails first moves every message that it can."),
        assume("MA-queue-4", "A queue whose DLQ is gone keeps messages received too often."),
        assume("MA-queue-5", "A new delay hides no message that is already visible."),
        assume(
            "MA-queue-6",
            "An id counts in every group only if the scope is, and was, the queue.",
        ),
        assume("MA-queue-7", "In high-throughput mode, each message group has its own partition."),
        assume("MA-queue-8", "The errors of wrong high-throughput settings are in our words."),
        assume("MA-queue-9", "Overtaking is followed for 65,536 customers, and for no more."),
        DEDUPLICATION,
        WHOLE_SECONDS,
    ];
}

impl Part for Queue {
    from_fields!(title, required, account);

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(design.queue_arn(id))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("queues.{id}.{field}");
        checker.account(&path("account"), self.account.as_deref());
        let visibility = self.visibility_timeout.0;
        checker.must(visibility <= Span::from_secs(43_200), &path("visibility_timeout"), || {
            "InvalidAttributeValue: the visibility timeout is at most 12 hours.".into()
        });
        let retention = self.message_retention_period.0.as_secs();
        let kept = (60..=1_209_600).contains(&retention);
        checker.must(kept, &path("message_retention_period"), || {
            "InvalidAttributeValue: messages are kept from 60 seconds to 14 days.".into()
        });
        checker.must(self.delay_seconds.0.as_secs() <= 900, &path("delay_seconds"), || {
            "InvalidAttributeValue: the delay is at most 15 minutes.".into()
        });
        let standard = !self.fifo_queue;
        let deduplicates = self.content_based_deduplication;
        checker.must(!(standard && deduplicates), &path("content_based_deduplication"), || {
            "InvalidAttributeName: only a FIFO queue deduplicates.".into()
        });
        if let Some(scope) = &self.deduplication_scope {
            let good = !standard && ["queue", "messageGroup"].contains(&scope.as_str());
            checker.must(good, &path("deduplication_scope"), || {
                "The scope is queue or messageGroup, and only of a FIFO queue.".into()
            });
        }
        self.check_throughput(id, checker);
        self.check_redrive_policy(id, checker);
        self.check_redrive_allow_policy(&path("redrive_allow_policy"), checker);
        checker.policy(&path("policy"), self.policy.as_deref(), true);
        let key = self.kms_master_key_id.as_ref();
        checker.key(&path("kms_master_key_id"), key, "alias/aws/sqs");
    }

    fn gives_up_to(&self) -> Vec<&String> {
        self.dlq.iter().collect()
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        answers.add("aws sqs get-queue-attributes", self.attributes(id, answers.design));
        answers.policy("its access policy", self.policy.as_deref());
        answers.key_policy(self.kms_master_key_id.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let attributes = match change.command {
            "aws sqs get-queue-attributes" => change.attributes(),
            "its access policy" => Map::from_iter([("Policy".to_owned(), change.policy())]),
            // The key's policy changes by a call of its own.
            _key => return Vec::new(),
        };
        vec![set_attributes(change.subject, &attributes)]
    }

    fn breach_call(&self, breach: Breach, begins: bool, on: Subject<'_>) -> Option<ApiCall> {
        let (policy, key) = (self.policy.as_deref(), self.kms_master_key_id.as_deref());
        let (name, value) = on.breached_attribute((breach, begins), policy, key)?;
        Some(set_attributes(on, &Map::from_iter([(name.to_owned(), value)])))
    }

    /// Accepts messages of up to 1 MiB (SQS-03).
    fn receives(&self) -> Option<Reception<'_>> {
        Some(Reception {
            action: "sqs:SendMessage",
            policy: self.policy.as_deref(),
            key: self.kms_master_key_id.as_deref(),
            limit: Some(Limit {
                most: MIB,
                refusal: "SendMessage: InvalidParameterValue: One or more parameters are invalid. \
                          Reason: Message must be shorter than 1048576 bytes",
            }),
        })
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("policy", &mut self.policy)]
    }

    /// Admits the owner, and the rules and topics of its account that send or dead-letter here (EB-42, EB-51,
    /// SNS-18). Resources of another account never change the policy of a queue.
    fn console_policy(&self, _: &str, id: &str, design: &Design) -> Option<String> {
        let path = PartKind::Queue.path(id);
        let own = design.queue_arn(id);
        let is_dlq = |dlq: &Option<String>| dlq.as_deref() == Some(id);
        let sends = |rule: &super::Rule| rule.sends_as_service(&path, design) || is_dlq(&rule.dlq);
        let account = self.account(design);
        let rules = design.rules.iter();
        let rules = rules.filter(|(_, rule)| sends(rule) && rule.account(design) == account);
        let rules = rules.map(|(id, _)| design.rule_arn(id)).collect();
        let from = design.subscriptions.values().filter(|subscription| {
            let sends = subscription.queue.as_deref() == Some(id) || is_dlq(&subscription.dlq);
            sends && subscription.account(design) == account
        });
        let topics = from.map(|s| design.topic_arn(&s.topic)).collect();
        let mut statements = vec![format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "SQS:*", "Resource": "{own}"}}"#,
            root(account)
        )];
        let send = |service, sources| grant(service, "sqs:SendMessage", &own, "ArnEquals", sources);
        statements.extend(send(EVENTS, rules));
        statements.extend(send(SNS, topics));
        Some(document(&statements))
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(Metrics { namespace: "AWS/SQS", dimension: "QueueName" })
    }
}

/// Builds the call that sets attributes of a queue.
fn set_attributes(subject: Subject<'_>, attributes: &Map<String, Value>) -> ApiCall {
    let arn = subject.arn();
    let name = arn.rsplit(':').next().unwrap_or_default();
    let url = format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
    let parameters = json!({ "queueUrl": url, "attributes": attributes });
    subject.call("sqs.amazonaws.com", "SetQueueAttributes", parameters)
}

/// Builds the call that starts a redrive of a DLQ's messages (SQS-40).
pub(crate) fn redrive_call(design: &Design, dlq: &PartPath) -> ApiCall {
    let subject = Subject { path: dlq, design };
    let parameters = json!({ "sourceArn": subject.arn() });
    subject.call("sqs.amazonaws.com", "StartMessageMoveTask", parameters)
}

impl Queue {
    /// Attributes as AWS returns them: all values are strings, and policies are strings of JSON (SQS-20,
    /// SQS-08, SQS-52, SQS-26).
    fn attributes(&self, id: &str, design: &Design) -> Value {
        let mut attributes = json!({
            "QueueArn": design.queue_arn(id),
            "VisibilityTimeout": secs(self.visibility_timeout).to_string(),
            "MessageRetentionPeriod": secs(self.message_retention_period).to_string(),
            "DelaySeconds": secs(self.delay_seconds).to_string(),
        });
        if let Some(dlq) = &self.dlq {
            let redrive = json!({
                "deadLetterTargetArn": design.queue_arn(dlq),
                "maxReceiveCount": self.max_receive_count,
            });
            attributes["RedrivePolicy"] = json!(redrive.to_string());
        }
        text(&mut attributes, "RedriveAllowPolicy", self.redrive_allow_policy.as_deref());
        match &self.kms_master_key_id {
            Some(key) => attributes["KmsMasterKeyId"] = json!(key),
            None => attributes["SqsManagedSseEnabled"] = json!("true"),
        }
        if self.fifo_queue {
            attributes["FifoQueue"] = json!("true");
            attributes["ContentBasedDeduplication"] =
                json!(self.content_based_deduplication.to_string());
            text(&mut attributes, "DeduplicationScope", self.deduplication_scope.as_deref());
            text(&mut attributes, "FifoThroughputLimit", self.fifo_throughput_limit.as_deref());
        }
        json!({ "Attributes": attributes })
    }

    /// Sends a second: of the queue, and of each message group in high-throughput mode. A standard queue has
    /// no quota (SQS-66, SQS-67).
    #[must_use]
    pub fn sends_max(&self) -> Option<(u32, Option<u32>)> {
        let each = self.send_message_quota;
        let is_high = self.fifo_throughput_limit.as_deref() == Some("perMessageGroupId");
        self.fifo_queue.then_some(if is_high {
            (HIGH_THROUGHPUT, Some(each))
        } else {
            (each, None)
        })
    }

    fn check_throughput(&self, id: &str, checker: &mut Checker<'_>) {
        let path = format!("queues.{id}.fifo_throughput_limit");
        if let Some(limit) = self.fifo_throughput_limit.as_deref() {
            checker.must(self.fifo_queue, &path, || {
                "InvalidAttributeName: only a FIFO queue has a throughput limit.".into()
            });
            checker.must(["perQueue", "perMessageGroupId"].contains(&limit), &path, || {
                "InvalidAttributeValue: the throughput limit is perQueue or perMessageGroupId."
                    .into()
            });
            let by_group = self.deduplication_scope.as_deref() == Some("messageGroup");
            checker.must(limit != "perMessageGroupId" || by_group, &path, || {
                "InvalidAttributeValue: The perMessageGroupId value is allowed only when the value for \
                 DeduplicationScope is messageGroup."
                    .into()
            });
        }
        let path = format!("queues.{id}.send_message_quota");
        checker.must(self.fifo_queue || self.send_message_quota == SENDS_MAX, &path, || {
            "A standard queue has no quota of requests.".into()
        });
        checker.must(self.send_message_quota > 0, &path, || {
            "A queue takes at least 1 request a second.".into()
        });
    }

    fn check_redrive_policy(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("queues.{id}.{field}");
        match (&self.dlq, self.max_receive_count) {
            (Some(dlq), Some(count)) => {
                let target = checker.design.queues.get(dlq).filter(|_| dlq != id);
                checker.must(target.is_some(), &path("dlq"), || no("other queue", dlq));
                checker.must((1..=1_000).contains(&count), &path("max_receive_count"), || {
                    "InvalidParameterValue: maxReceiveCount is from 1 to 1000.".into()
                });
                let Some(target) = target else { return };
                checker.must(target.fifo_queue == self.fifo_queue, &path("dlq"), || {
                    "InvalidParameterValue: the dead-letter queue of a FIFO queue must also be a \
                     FIFO queue, that of a standard queue a standard one."
                        .into()
                });
                let design = checker.design;
                let is_near = target.account(design) == self.account(design);
                checker.must(is_near, &path("dlq"), || {
                    "InvalidParameterValue: Value for parameter RedrivePolicy is invalid. Reason: Dead \
                     letter target owner should be same as the source."
                        .into()
                });
                let own = design.queue_arn(id);
                let allowed =
                    target.redrive_allow_policy.as_deref().is_none_or(|p| allows(p, &own));
                checker.must(allowed, &path("dlq"), || {
                    format!("InvalidParameterValue: the redrive allow policy of {dlq} does not let {id} use it.")
                });
            }
            (None, None) => {}
            (Some(_), None) => checker.must(false, &path("dlq"), || {
                "A redrive policy needs max_receive_count as well.".into()
            }),
            (None, Some(_)) => checker.must(false, &path("max_receive_count"), || {
                "maxReceiveCount means nothing without a dlq.".into()
            }),
        }
    }

    fn check_redrive_allow_policy(&self, path: &str, checker: &mut Checker<'_>) {
        let Some(text) = &self.redrive_allow_policy else { return };
        let policy = serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let permission = policy["redrivePermission"].as_str().unwrap_or_default();
        let sources = policy["sourceQueueArns"].as_array().map_or(0, Vec::len);
        let good = match permission {
            "allowAll" | "denyAll" => sources == 0,
            "byQueue" => (1..=10).contains(&sources),
            _ => false,
        };
        checker.must(good, path, || {
            "redrivePermission is allowAll, denyAll, or byQueue with one to ten sourceQueueArns."
                .into()
        });
    }
}

/// Whether a redrive allow policy lets a queue use the DLQ (SQS-32).
fn allows(policy: &str, source_arn: &str) -> bool {
    let policy = serde_json::from_str::<Value>(policy).unwrap_or(Value::Null);
    match policy["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => {
            let arns = policy["sourceQueueArns"].as_array();
            arns.into_iter().flatten().filter_map(Value::as_str).any(|arn| arn == source_arn)
        }
        _ => true,
    }
}
