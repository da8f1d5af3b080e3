//! Queues, topics, subscriptions, alarms.

use serde_json::Value;

use super::{Checker, no};
use crate::aws::filter::{FilterPolicy, FilterPolicyScope};
use crate::design::{FilterScope, Protocol, Queue, Subscription, arn};
use crate::kernel::time::Span;

impl Checker<'_> {
    pub(super) fn queue(&mut self, id: &str, queue: &Queue) {
        let path = |field: &str| format!("queues.{id}.{field}");
        let visibility = queue.visibility_timeout.0;
        self.must(visibility <= Span::from_secs(43_200), &path("visibility_timeout"), || {
            "InvalidAttributeValue: the visibility timeout is at most 12 hours.".into()
        });
        let retention = queue.message_retention_period.0.as_secs();
        self.must((60..=1_209_600).contains(&retention), &path("message_retention_period"), || {
            "InvalidAttributeValue: messages are kept from 60 seconds to 14 days.".into()
        });
        self.must(queue.delay_seconds.0.as_secs() <= 900, &path("delay_seconds"), || {
            "InvalidAttributeValue: the delay is at most 15 minutes.".into()
        });
        let standard = !queue.fifo_queue;
        self.must(
            !(standard && queue.content_based_deduplication),
            &path("content_based_deduplication"),
            || "InvalidAttributeName: only a FIFO queue deduplicates.".into(),
        );
        if let Some(scope) = &queue.deduplication_scope {
            let good = !standard && ["queue", "messageGroup"].contains(&scope.as_str());
            self.must(good, &path("deduplication_scope"), || {
                "The scope is queue or messageGroup, and only of a FIFO queue.".into()
            });
        }
        self.redrive_policy(id, queue);
        self.policy(&path("policy"), queue.policy.as_deref(), true);
        self.key(&path("kms_master_key_id"), queue.kms_master_key_id.as_ref(), "alias/aws/sqs");
    }

    fn redrive_policy(&mut self, id: &str, queue: &Queue) {
        let path = |field: &str| format!("queues.{id}.{field}");
        match (&queue.dlq, queue.max_receive_count) {
            (Some(dlq), Some(count)) => {
                let target = self.design.queues.get(dlq).filter(|_| dlq != id);
                self.must(target.is_some(), &path("dlq"), || no("other queue", dlq));
                self.must((1..=1_000).contains(&count), &path("max_receive_count"), || {
                    "InvalidParameterValue: maxReceiveCount is from 1 to 1000.".into()
                });
                let Some(target) = target else { return };
                self.must(target.fifo_queue == queue.fifo_queue, &path("dlq"), || {
                    "InvalidParameterValue: the dead-letter queue of a FIFO queue must also be a \
                     FIFO queue, that of a standard queue a standard one."
                        .into()
                });
                let allowed = target.redrive_allow_policy.as_deref().is_none_or(|p| allows(p, id));
                self.must(allowed, &path("dlq"), || {
                    format!("InvalidParameterValue: the redrive allow policy of {dlq} does not let {id} use it.")
                });
            }
            (None, None) => {}
            (Some(_), None) => self.must(false, &path("dlq"), || {
                "A redrive policy needs max_receive_count as well.".into()
            }),
            (None, Some(_)) => self.must(false, &path("max_receive_count"), || {
                "maxReceiveCount means nothing without a dlq.".into()
            }),
        }
        if let Some(text) = &queue.redrive_allow_policy {
            let policy = serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
            let permission = policy["redrivePermission"].as_str().unwrap_or_default();
            let sources = policy["sourceQueueArns"].as_array().map_or(0, Vec::len);
            let good = match permission {
                "allowAll" | "denyAll" => sources == 0,
                "byQueue" => (1..=10).contains(&sources),
                _ => false,
            };
            self.must(good, &path("redrive_allow_policy"), || {
                "redrivePermission is allowAll, denyAll, or byQueue with one to ten sourceQueueArns."
                    .into()
            });
        }
    }

    pub(super) fn topics(&mut self) {
        for (id, topic) in &self.design.topics {
            let path = |field: &str| format!("topics.{id}.{field}");
            let deduplicates = topic.content_based_deduplication;
            self.must(
                topic.fifo_topic || !deduplicates,
                &path("content_based_deduplication"),
                || "InvalidParameter: only a FIFO topic deduplicates.".into(),
            );
            self.policy(&path("policy"), topic.policy.as_deref(), true);
            self.key(&path("kms_master_key_id"), topic.kms_master_key_id.as_ref(), "alias/aws/sns");
        }
    }

    pub(super) fn subscription(&mut self, id: &str, subscription: &Subscription) {
        let design = self.design;
        let path = |field: &str| format!("subscriptions.{id}.{field}");
        let topic = design.topics.get(&subscription.topic);
        self.must(topic.is_some(), &path("topic"), || no("topic", &subscription.topic));
        let is_fifo = topic.is_some_and(|topic| topic.fifo_topic);
        self.must(!is_fifo || subscription.protocol == Protocol::Sqs, &path("protocol"), || {
            "InvalidParameter: only queues can subscribe to a FIFO topic.".into()
        });
        self.endpoint(id, subscription);
        if let Some(text) = &subscription.filter_policy {
            let scope = match subscription.filter_policy_scope {
                FilterScope::MessageAttributes => FilterPolicyScope::MessageAttributes,
                FilterScope::MessageBody => FilterPolicyScope::MessageBody,
            };
            let read = serde_json::from_str::<Value>(text)
                .map_err(|cause| format!("the filter policy is not JSON: {cause}."))
                .and_then(|policy| FilterPolicy::from_json(&policy, scope));
            if let Err(sentence) = read {
                self.must(false, &path("filter_policy"), || {
                    format!("InvalidParameter: {sentence}")
                });
            }
        }
        let is_http = matches!(subscription.protocol, Protocol::Http | Protocol::Https);
        let custom = subscription.num_retries.is_some() || subscription.delay_target.is_some();
        self.must(is_http || !custom, &path("num_retries"), || {
            "InvalidParameter: only HTTP and HTTPS have a delivery policy of their own.".into()
        });
        let (retries, delay) = (
            subscription.num_retries.unwrap_or(3),
            subscription.delay_target.map_or(20, |delay| delay.0.as_secs()),
        );
        let good = retries <= 100 && u64::from(retries) * delay <= 3_600;
        self.must(good, &path("num_retries"), || {
            "There are at most 100 retries, within 3600 seconds.".into()
        });
        let raw = matches!(
            subscription.protocol,
            Protocol::Sqs | Protocol::Http | Protocol::Https | Protocol::Firehose
        );
        self.must(raw || !subscription.raw_message_delivery, &path("raw_message_delivery"), || {
            "InvalidParameter: raw delivery is for SQS, HTTP, HTTPS and Firehose.".into()
        });
        self.dlq(&path("dlq"), subscription.dlq.as_ref(), is_fifo);
    }

    fn endpoint(&mut self, id: &str, subscription: &Subscription) {
        let design = self.design;
        let path = |field: &str| format!("subscriptions.{id}.{field}");
        let given = (&subscription.queue, &subscription.function, &subscription.calls);
        match (subscription.protocol, given) {
            (Protocol::Sqs, (Some(queue), None, None)) => {
                let known = design.queues.contains_key(queue);
                self.must(known, &path("queue"), || no("queue", queue));
                let fifo = design.queues.get(queue).is_some_and(|queue| queue.fifo_queue);
                let topic = design.topics.get(&subscription.topic);
                self.must(!fifo || topic.is_some_and(|t| t.fifo_topic), &path("queue"), || {
                    "InvalidParameter: a FIFO queue can only subscribe to a FIFO topic.".into()
                });
            }
            (Protocol::Lambda, (None, Some(function), None)) => {
                let known = design.functions.get(function);
                let fits = known.is_some_and(|function| function.queue.is_none());
                self.must(fits, &path("function"), || {
                    format!(
                        "There is no function {function:?} in this design that consumes no queue."
                    )
                });
            }
            (Protocol::Sqs | Protocol::Lambda, _) => self.must(false, &path("protocol"), || {
                "A subscription of the protocol sqs names a queue, one of lambda a function, and \
                 neither names anything else."
                    .into()
            }),
            (_, (None, None, Some(service))) => {
                let known = design.services.contains_key(service);
                self.must(known, &path("calls"), || no("service", service));
            }
            _ => self.must(false, &path("calls"), || {
                "This protocol leaves AWS: name the service it calls, and no queue or function."
                    .into()
            }),
        }
    }

    pub(super) fn alarms(&mut self) {
        let design = self.design;
        for (id, alarm) in &design.alarms {
            let path = |field: &str| format!("alarms.{id}.{field}");
            let kind = alarm.metric.kind();
            let part = alarm.part.as_ref();
            let known = part.is_some_and(|part| part.kind == kind && design.contains(part));
            self.must(known, &path("part"), || {
                format!(
                    "\"{}\" is not among the {} of this design, which have {:?}.",
                    part.map(ToString::to_string).unwrap_or_default(),
                    kind.table(),
                    alarm.metric
                )
            });
            let period = alarm.period.0.as_secs();
            self.must(period >= 60 && period.is_multiple_of(60), &path("period"), || {
                "The period is a multiple of 60 seconds; shorter ones are not modelled.".into()
            });
            let periods = alarm.evaluation_periods;
            self.must((1..=100).contains(&periods), &path("evaluation_periods"), || {
                "An alarm evaluates 1 to 100 periods.".into()
            });
            let datapoints = alarm.datapoints_to_alarm.unwrap_or(periods);
            self.must((1..=periods).contains(&datapoints), &path("datapoints_to_alarm"), || {
                format!("Of {periods} datapoints 1 to {periods} can make the alarm.")
            });
        }
    }
}

/// Whether a redrive allow policy lets a queue use the DLQ (SQS-32).
fn allows(policy: &str, source: &str) -> bool {
    let policy = serde_json::from_str::<Value>(policy).unwrap_or(Value::Null);
    match policy["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => {
            let arns = policy["sourceQueueArns"].as_array();
            let own = [arn("sqs", source), arn("sqs", &format!("{source}.fifo"))];
            arns.into_iter().flatten().filter_map(Value::as_str).any(|a| own.iter().any(|o| o == a))
        }
        _ => true,
    }
}
