//! A subscription to a topic.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{Answers, secs};
use super::api_call::{ApiCall, Change};
use super::check::{Checker, no};
use super::part::{Part, from_fields};
use super::{Design, Duration, PartKind, PartPath};
use crate::assumption::{Assumption, IN_LINE, INVALID, assume};
use crate::aws::filter::{FilterPolicy, FilterPolicyScope};

/// Delivery protocol of a subscription (SNS-02).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    #[default]
    Email,
    EmailJson,
    Sms,
    Http,
    Https,
    /// Mobile push.
    Application,
    Sqs,
    Lambda,
    Firehose,
}

/// Part of a message that a filter policy matches (SNS-07).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterScope {
    #[default]
    MessageAttributes,
    MessageBody,
}

/// A subscription: a protocol and an endpoint to which a topic delivers (SNS-02).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subscription {
    pub title: Option<String>,
    pub topic: String,
    pub protocol: Protocol,
    /// Service that the topic calls, for protocols that leave AWS.
    pub calls: Option<String>,
    /// Queue, for `sqs`.
    pub queue: Option<String>,
    /// Function, for `lambda`.
    pub function: Option<String>,
    /// Filter policy in JSON.
    pub filter_policy: Option<String>,
    pub filter_policy_scope: FilterScope,
    /// Whether the topic delivers messages without its envelope (SNS-16).
    pub raw_message_delivery: bool,
    /// Number of retries in the delivery policy, only for `http` and `https` (SNS-12).
    pub num_retries: Option<u32>,
    /// Delay between retries in the delivery policy, only for `http` and `https` (SNS-12).
    pub delay_target: Option<Duration>,
    /// Queue that takes undeliverable messages (SNS-14).
    pub dlq: Option<String>,
}

impl Default for Subscription {
    fn default() -> Self {
        Self {
            title: None,
            topic: String::new(),
            protocol: Protocol::Email,
            calls: None,
            queue: None,
            function: None,
            filter_policy: None,
            filter_policy_scope: FilterScope::MessageAttributes,
            raw_message_delivery: false,
            num_retries: None,
            delay_target: None,
            dlq: None,
        }
    }
}

impl Subscription {
    /// Model assumptions about subscriptions.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-subscription-1",
            "Between its documented ends, a back-off grows by a constant factor.",
        ),
        INVALID,
        IN_LINE,
    ];
}

impl Part for Subscription {
    from_fields!(title);

    /// Account of its topic.
    fn account<'a>(&'a self, design: &'a Design) -> &'a str {
        design.account_of(&PartKind::Topic.path(&self.topic))
    }

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(format!("{}:{id}", design.topic_arn(&self.topic)))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("subscriptions.{id}.{field}");
        let topic = checker.design.topics.get(&self.topic);
        checker.must(topic.is_some(), &path("topic"), || no("topic", &self.topic));
        let is_fifo = topic.is_some_and(|topic| topic.fifo_topic);
        checker.must(!is_fifo || self.protocol == Protocol::Sqs, &path("protocol"), || {
            "InvalidParameter: only queues can subscribe to a FIFO topic.".into()
        });
        self.check_endpoint(id, checker);
        if let Some(text) = &self.filter_policy {
            let read = serde_json::from_str::<Value>(text)
                .map_err(|cause| format!("the filter policy is not JSON: {cause}."))
                .and_then(|policy| {
                    FilterPolicy::from_json(&policy, self.filter_policy_scope.into())
                });
            if let Err(sentence) = read {
                checker.must(false, &path("filter_policy"), || {
                    format!("InvalidParameter: {sentence}")
                });
            }
        }
        self.check_delivery_policy(&path("num_retries"), checker);
        let raw = matches!(
            self.protocol,
            Protocol::Sqs | Protocol::Http | Protocol::Https | Protocol::Firehose
        );
        checker.must(raw || !self.raw_message_delivery, &path("raw_message_delivery"), || {
            "InvalidParameter: raw delivery is for SQS, HTTP, HTTPS and Firehose.".into()
        });
        checker.dlq(&path("dlq"), self.dlq.as_ref(), is_fifo);
        let design = checker.design;
        let is_near = self.dlq.as_ref().is_none_or(|dlq| {
            design.account_of(&PartKind::Queue.path(dlq)) == self.account(design)
        });
        checker.must(is_near, &path("dlq"), || {
            "InvalidParameter: Invalid parameter: RedrivePolicy: the dead-letter queue of a subscription is \
             in the account of its topic (SNS-14)."
                .into()
        });
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.endpoint().into_iter().collect()
    }

    fn takes_from(&self) -> Option<PartPath> {
        Some(PartKind::Topic.path(&self.topic))
    }

    fn gives_up_to(&self) -> Vec<&String> {
        self.dlq.iter().collect()
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let attributes = self.attributes(id, answers.design);
        answers.add("aws sns get-subscription-attributes", json!({ "Attributes": attributes }));
    }

    /// Its topic, protocol and endpoint are fixed: a new subscription replaces it if one of them changes.
    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let source = "sns.amazonaws.com";
        let subject = change.subject;
        let attributes = change.attributes();
        if ["TopicArn", "Protocol", "Endpoint"].iter().any(|name| attributes.contains_key(*name)) {
            let arn = &change.was["Attributes"]["SubscriptionArn"];
            let is = &change.is["Attributes"];
            let new = json!({
                "topicArn": is["TopicArn"], "protocol": is["Protocol"], "endpoint": is["Endpoint"],
            });
            return vec![
                subject.call(source, "Unsubscribe", json!({ "subscriptionArn": arn })),
                subject.call(source, "Subscribe", new),
            ];
        }
        let arn = subject.arn();
        let set = |(name, value): (String, Value)| {
            let parameters =
                json!({ "subscriptionArn": arn, "attributeName": name, "attributeValue": value });
            subject.call(source, "SetSubscriptionAttributes", parameters)
        };
        attributes.into_iter().map(set).collect()
    }
}

impl Subscription {
    /// Queue or function at its end; `None` for protocols that leave AWS.
    #[must_use]
    pub fn endpoint(&self) -> Option<PartPath> {
        let queue = self.queue.as_ref().map(|queue| PartKind::Queue.path(queue));
        let function = || self.function.as_ref().map(|id| PartKind::Function.path(id));
        queue.or_else(function)
    }

    fn attributes(&self, id: &str, design: &Design) -> Value {
        let topic = design.topic_arn(&self.topic);
        let mut attributes = json!({
            "SubscriptionArn": format!("{topic}:{id}"),
            "TopicArn": topic,
            "Protocol": serde_json::to_value(self.protocol).unwrap_or_default(),
            "RawMessageDelivery": self.raw_message_delivery.to_string(),
        });
        if let Some(path) = self.endpoint() {
            attributes["Endpoint"] = json!(design.target_arn(&path));
        }
        if let Some(policy) = &self.filter_policy {
            attributes["FilterPolicy"] = json!(policy);
            attributes["FilterPolicyScope"] =
                serde_json::to_value(self.filter_policy_scope).unwrap_or_default();
        }
        if let Some(dlq) = &self.dlq {
            let redrive = json!({ "deadLetterTargetArn": design.queue_arn(dlq) });
            attributes["RedrivePolicy"] = json!(redrive.to_string());
        }
        let mut healthy = Map::new();
        if let Some(retries) = self.num_retries {
            healthy.insert("numRetries".to_owned(), json!(retries));
        }
        if let Some(delay) = self.delay_target {
            healthy.insert("minDelayTarget".to_owned(), json!(secs(delay)));
            healthy.insert("maxDelayTarget".to_owned(), json!(secs(delay)));
        }
        if !healthy.is_empty() {
            let policy = json!({ "healthyRetryPolicy": healthy });
            attributes["DeliveryPolicy"] = json!(policy.to_string());
        }
        attributes
    }

    fn check_delivery_policy(&self, path: &str, checker: &mut Checker<'_>) {
        let is_http = matches!(self.protocol, Protocol::Http | Protocol::Https);
        let custom = self.num_retries.is_some() || self.delay_target.is_some();
        checker.must(is_http || !custom, path, || {
            "InvalidParameter: only HTTP and HTTPS have a delivery policy of their own.".into()
        });
        let retries = self.num_retries.unwrap_or(3);
        let delay = self.delay_target.map_or(20, secs);
        let good = retries <= 100 && u64::from(retries) * delay <= 3_600;
        checker.must(good, path, || "There are at most 100 retries, within 3600 seconds.".into());
    }

    fn check_endpoint(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("subscriptions.{id}.{field}");
        match (self.protocol, (&self.queue, &self.function, &self.calls)) {
            (Protocol::Sqs, (Some(queue), None, None)) => {
                let known = design.queues.contains_key(queue);
                checker.must(known, &path("queue"), || no("queue", queue));
                let fifo = design.queues.get(queue).is_some_and(|queue| queue.fifo_queue);
                let topic = design.topics.get(&self.topic);
                checker.must(!fifo || topic.is_some_and(|t| t.fifo_topic), &path("queue"), || {
                    "InvalidParameter: a FIFO queue can only subscribe to a FIFO topic.".into()
                });
            }
            (Protocol::Lambda, (None, Some(function), None)) => {
                let known = design.functions.get(function);
                let fits = known.is_some_and(|function| function.queue.is_none());
                checker.must(fits, &path("function"), || {
                    format!(
                        "There is no function {function:?} in this design that consumes no queue."
                    )
                });
            }
            (Protocol::Sqs | Protocol::Lambda, _) => checker.must(false, &path("protocol"), || {
                "A subscription of the protocol sqs names a queue, one of lambda a function, and \
                 neither names anything else."
                    .into()
            }),
            (_, (None, None, Some(service))) => {
                let known = design.services.contains_key(service);
                checker.must(known, &path("calls"), || no("service", service));
            }
            _ => checker.must(false, &path("calls"), || {
                "This protocol leaves AWS: name the service it calls, and no queue or function."
                    .into()
            }),
        }
    }
}

impl From<FilterScope> for FilterPolicyScope {
    fn from(scope: FilterScope) -> Self {
        match scope {
            FilterScope::MessageAttributes => Self::MessageAttributes,
            FilterScope::MessageBody => Self::MessageBody,
        }
    }
}
