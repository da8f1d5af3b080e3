//! The rules, lesson by lesson. What a rule asks is asked of every part of the kind, so that a part
//! that is added tomorrow must follow it too.

use redrive::sim::design::{Comparison, Duration, Metric, PartKind, WorkflowType};
use redrive::sim::kernel::time::Span;

use super::saga::{patience, steps, undone_in_reverse};
use super::{Advice, Reference};

mod parts;

use self::parts::{
    called_services, carries_only_safe_context, dead_letter_queues, is_watched, lapses, offenders,
    policies, polled, working_queues,
};

const FORTNIGHT: Span = Span::from_secs(14 * 86_400);
/// A call's longest time against its typical one: the model's table of latencies ends there.
const LONGEST: u64 = 3;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub const RULES: &[Advice] = &[
    Advice {
        lesson: "naive-design#one-queue-for-all",
        says: "Three consumers with *different* tasks on one queue steal from each other",
        offenders: |r| {
            offenders(&r.design.queues, |id, _| polled(r).filter(|p| p.queue == id).count() < 2)
        },
        breaks: |r| {
            r.design.functions.get_mut("loyalty-handler").unwrap().queue = Some("inventory".into());
        },
    },
    Advice {
        lesson: "what-breaks#silent-queue",
        says: "there is no dead-letter queue until you create one and point the source queue at it",
        offenders: |r| working_queues(r, |queue| queue.dlq.is_some()),
        breaks: |r| r.design.queues.get_mut("loyalty").unwrap().dlq = None,
    },
    Advice {
        lesson: "what-breaks#silent-queue",
        says: "its throttles, which are counted separately",
        offenders: |r| {
            let is_told = |id: &str| is_watched(r, &format!("functions.{id}"), Metric::Throttles);
            offenders(&r.design.functions, |id, _| is_told(id))
        },
        breaks: |r| drop(r.design.alarms.remove("analytics-throttles")),
    },
    Advice {
        lesson: "architecture#store-first",
        says: "It checks the order, writes it, and only then announces it",
        offenders: |r| {
            offenders(&r.design.intakes, |_, door| door.store.is_some() && door.calls.is_empty())
        },
        breaks: |r| {
            let door = r.design.intakes.get_mut("order-api").unwrap();
            door.calls = vec!["email".into()];
        },
    },
    Advice {
        lesson: "architecture#store-first",
        says: "an outbox row in the same transaction",
        offenders: |r| offenders(&r.design.stores, |_, s| s.publishes_to.is_none() || s.outbox),
        breaks: |r| r.design.stores.get_mut("orders").unwrap().outbox = false,
    },
    Advice {
        lesson: "architecture#orchestrate",
        says: "A workflow with one task in it is a single call with a bigger bill",
        offenders: |r| if steps(r).len() > 1 { vec![] } else { vec!["one task".into()] },
        breaks: |r| {
            let states = r.flow["States"].as_object_mut().unwrap();
            states.retain(|name, state| state["Type"] != "Task" || name == "Reserve inventory");
        },
    },
    Advice {
        lesson: "architecture#notify",
        says: "Messages it cannot deliver go to a dead-letter queue on the *subscription*",
        offenders: |r| offenders(&r.design.subscriptions, |_, s| s.dlq.is_some()),
        breaks: |r| r.design.subscriptions.get_mut("partner").unwrap().dlq = None,
    },
    Advice {
        lesson: "architecture#alarms",
        says: "failed deliveries of the rules",
        offenders: |r| {
            let is_told =
                |id: &str| is_watched(r, &format!("rules.{id}"), Metric::FailedInvocations);
            offenders(&r.design.rules, |id, _| is_told(id))
        },
        breaks: |r| drop(r.design.alarms.remove("to-inventory-failed")),
    },
    Advice {
        lesson: "architecture#alarms",
        says: "the age of the oldest message in each queue",
        offenders: |r| {
            let dead = dead_letter_queues(r);
            let metric = Metric::ApproximateAgeOfOldestMessage;
            offenders(&r.design.queues, |id, _| {
                dead.iter().any(|other| other == id)
                    || is_watched(r, &format!("queues.{id}"), metric)
            })
        },
        breaks: |r| drop(r.design.alarms.remove("loyalty-age")),
    },
    Advice {
        lesson: "architecture#alarms",
        says: "anything at all in a dead-letter queue, by its visible messages",
        offenders: |r| {
            let ids = dead_letter_queues(r).into_iter();
            ids.filter(|id| {
                let part = PartKind::Queue.path(id);
                !r.design.alarms.values().any(|alarm| {
                    alarm.part == Some(part.clone())
                        && alarm.metric == Metric::ApproximateNumberOfMessagesVisible
                        && alarm.threshold == 1
                        && alarm.comparison_operator == Comparison::GreaterThanOrEqualToThreshold
                        && alarm.evaluation_periods == 1
                })
            })
            .collect()
        },
        breaks: |r| r.design.alarms.get_mut("events-dlq").unwrap().threshold = 2,
    },
    Advice {
        lesson: "architecture#alarms",
        says: "errors and throttles of the functions",
        offenders: |r| {
            offenders(&r.design.functions, |id, _| {
                let part = format!("functions.{id}");
                is_watched(r, &part, Metric::Errors) && is_watched(r, &part, Metric::Throttles)
            })
        },
        breaks: |r| drop(r.design.alarms.remove("loyalty-throttles")),
    },
    Advice {
        lesson: "architecture#alarms",
        says: "workflows that failed or timed out",
        offenders: |r| {
            offenders(&r.design.workflows, |id, _| {
                let part = format!("workflows.{id}");
                is_watched(r, &part, Metric::ExecutionsFailed)
                    && is_watched(r, &part, Metric::ExecutionsTimedOut)
            })
        },
        breaks: |r| drop(r.design.alarms.remove("fulfilment-timed-out")),
    },
    Advice {
        lesson: "data-flow#four-ways-out",
        says: "is dropped, unless the *target* has a dead-letter queue",
        offenders: |r| offenders(&r.design.rules, |_, rule| rule.dlq.is_some()),
        breaks: |r| r.design.rules.get_mut("to-analytics").unwrap().dlq = None,
    },
    Advice {
        lesson: "data-flow#the-workflow",
        says: "`Catch` leads to the compensating steps, in reverse order",
        offenders: undone_in_reverse,
        breaks: |r| {
            r.flow["States"]["Request shipping"]["Catch"][0]["Next"] = "Release inventory".into();
        },
    },
    Advice {
        lesson: "resilience#retry-and-catch",
        says: "A busy provider will answer in a moment. A declined card will stay declined.",
        offenders: patience,
        breaks: |r| {
            let step = &mut r.flow["States"]["Authorise payment"];
            step["Retry"][0]["ErrorEquals"] = serde_json::json!(["States.ALL"]);
        },
    },
    Advice {
        lesson: "security#consumers",
        says: "Not `sqs:*`.",
        offenders: |r| {
            let roles = r.design.functions.iter().map(|(id, f)| (id, &f.role_policy));
            let roles =
                roles.chain(r.design.rules.iter().map(|(id, rule)| (id, &rule.role_policy)));
            let is_wide = |policy: &String| policy.contains(":*\"") || policy.contains("\"*\"");
            roles
                .filter(|(_, p)| p.as_ref().is_some_and(is_wide))
                .map(|(id, _)| id.clone())
                .collect()
        },
        breaks: |r| {
            let policy = r#"{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:111122223333:inventory"}}"#;
            let function = r.design.functions.get_mut("inventory-handler").unwrap();
            function.role_policy = Some(policy.into());
        },
    },
    Advice {
        lesson: "security#encryption",
        says: "the policy of an AWS-managed key cannot be edited",
        offenders: |r| {
            let queues = r.design.queues.iter().map(|(id, queue)| (id, &queue.kms_master_key_id));
            let topics = r.design.topics.iter().map(|(id, topic)| (id, &topic.kms_master_key_id));
            let managed = |key: &String| key.starts_with("alias/aws/");
            queues
                .chain(topics)
                .filter(|(_, key)| key.as_ref().is_some_and(managed))
                .map(|(id, _)| id.clone())
                .collect()
        },
        breaks: |r| {
            let queue = r.design.queues.get_mut("inventory").unwrap();
            queue.kms_master_key_id = Some("alias/aws/sqs".into());
        },
    },
    Advice {
        lesson: "security#payload",
        says: "events carry identifiers and harmless context",
        offenders: carries_only_safe_context,
        breaks: |r| {
            r.design.load.orders[0].detail = r#"{"orderId": "1", "cardNumber": "4"}"#.into();
        },
    },
    Advice {
        lesson: "security#across-accounts",
        says: "A queue policy that allows a service without a condition allows it on behalf of *anybody*",
        offenders: |r| {
            let open = |policy: &str| {
                !["aws:SourceArn", "aws:SourceAccount"].iter().any(|key| policy.contains(key))
            };
            policies(r).filter(|(_, policy)| open(policy)).map(|(id, _)| id).collect()
        },
        breaks: |r| {
            let policy = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*"}}"#;
            r.design.queues.get_mut("inventory").unwrap().policy = Some(policy.into());
        },
    },
    Advice {
        lesson: "resilience#idempotent-handlers",
        says: "So a handler keeps a record under a **business key**",
        offenders: |r| offenders(&r.design.functions, |_, f| f.idempotency_record),
        breaks: |r| {
            r.design.functions.get_mut("loyalty-handler").unwrap().idempotency_record = false;
        },
    },
    Advice {
        lesson: "resilience#idempotent-handlers",
        says: "give the payment provider the same key",
        offenders: |r| {
            let mut silent = offenders(&r.design.functions, |_, f| f.idempotency_keys);
            silent.extend(offenders(&r.design.workflows, |_, w| w.idempotency_keys));
            let asked = called_services(r);
            silent.extend(offenders(&r.design.services, |id, service| {
                service.idempotency_keys || !asked.contains(&id.to_owned())
            }));
            silent
        },
        breaks: |r| r.design.services.get_mut("shipping").unwrap().idempotency_keys = false,
    },
    Advice {
        // IDM-06: a message may come back from its dead-letter queue after all its time there.
        lesson: "traps#no-idempotency",
        says: "if you keep it that long",
        offenders: |r| {
            lapses(polled(r), |p| {
                let dlq = p.source.dlq.as_ref().and_then(|id| r.design.queues.get(id));
                let there = dlq.map_or(0, |dlq| dlq.message_retention_period.0.0);
                p.function.idempotency_expiry.0.0 > p.source.message_retention_period.0.0 + there
            })
        },
        breaks: |r| {
            let handler = r.design.functions.get_mut("inventory-handler").unwrap();
            handler.idempotency_expiry = seconds(86_400);
        },
    },
    Advice {
        // LAM-12
        lesson: "resilience#visibility-timeout",
        says: "AWS advises at least six times that",
        offenders: |r| {
            lapses(polled(r), |p| {
                let (work, window) = (p.function.timeout.0, p.function.maximum_batching_window.0);
                p.source.visibility_timeout.0.0 >= 6 * work.0 + window.0
            })
        },
        breaks: |r| {
            r.design.queues.get_mut("analytics").unwrap().visibility_timeout = seconds(67);
        },
    },
    Advice {
        // LAM-13
        lesson: "resilience#dead-letter-queues",
        says: "With Lambda, use at least five",
        offenders: |r| working_queues(r, |queue| queue.max_receive_count.is_some_and(|n| n >= 5)),
        breaks: |r| r.design.queues.get_mut("inventory").unwrap().max_receive_count = Some(4),
    },
    Advice {
        // SQS-33
        lesson: "resilience#dead-letter-queues",
        says: "Give the dead-letter queue a longer retention",
        offenders: |r| {
            working_queues(r, |queue| {
                let dlq = queue.dlq.as_ref().and_then(|id| r.design.queues.get(id));
                dlq.is_some_and(|dlq| dlq.message_retention_period > queue.message_retention_period)
            })
        },
        breaks: |r| {
            let dlq = r.design.queues.get_mut("loyalty-dlq").unwrap();
            dlq.message_retention_period = seconds(345_600);
        },
    },
    Advice {
        lesson: "traps#unwatched-dlq",
        says: "up to the 14 days that SQS allows",
        offenders: |r| {
            let mut ids = dead_letter_queues(r);
            ids.retain(|id| {
                r.design.queues.get(id).is_none_or(|q| q.message_retention_period.0 < FORTNIGHT)
            });
            ids
        },
        breaks: |r| {
            let dlq = r.design.queues.get_mut("events-dlq").unwrap();
            dlq.message_retention_period = seconds(345_600);
        },
    },
    Advice {
        // LAM-14
        lesson: "resilience#dead-letter-queues",
        says: "A dead-letter queue on the *function* serves asynchronous invocations, not a queue that Lambda polls",
        offenders: |r| {
            lapses(polled(r), |p| p.function.on_failure.is_none() && p.function.dlq.is_none())
        },
        breaks: |r| {
            let handler = r.design.functions.get_mut("inventory-handler").unwrap();
            handler.dlq = Some("inventory-dlq".into());
        },
    },
    Advice {
        lesson: "exam-variants#keeps-failing",
        says: "code of a function invoked asynchronously | the function: destination or dead-letter queue",
        offenders: |r| {
            offenders(&r.design.functions, |_, f| {
                f.queue.is_some() || f.on_failure.is_some() || f.dlq.is_some()
            })
        },
        breaks: |r| r.design.functions.get_mut("inventory-handler").unwrap().queue = None,
    },
    Advice {
        lesson: "resilience#partial-batches",
        says: "Switch on `ReportBatchItemFailures`",
        offenders: |r| lapses(polled(r), |p| p.function.report_batch_item_failures),
        breaks: |r| {
            let handler = r.design.functions.get_mut("analytics-handler").unwrap();
            handler.report_batch_item_failures = false;
        },
    },
    Advice {
        lesson: "performance#concurrency-limits",
        says: "**Maximum concurrency** on the event source mapping, from 2 to 1,000, limits the polling itself",
        offenders: |r| {
            lapses(polled(r), |p| {
                p.function.maximum_concurrency.is_some()
                    && p.function.reserved_concurrent_executions.is_none()
            })
        },
        breaks: |r| {
            let handler = r.design.functions.get_mut("inventory-handler").unwrap();
            handler.maximum_concurrency = None;
        },
    },
    Advice {
        lesson: "performance#standard-or-express",
        says: "Fulfilment, with its waits and auditors, is Standard",
        offenders: |r| offenders(&r.design.workflows, |_, w| w.kind == WorkflowType::Standard),
        breaks: |r| {
            r.design.workflows.get_mut("fulfilment").unwrap().kind = WorkflowType::Express;
        },
    },
    Advice {
        // COST-01, COST-03
        lesson: "cost#the-bill",
        says: "payload over 64 KB: each 64 KB chunk counts",
        offenders: |r| {
            let orders = r.design.load.orders.iter();
            let large = orders.filter(|order| order.detail.len() > 60 * 1024);
            large.map(|order| order.detail.chars().take(40).collect()).collect()
        },
        breaks: |r| r.design.load.orders[0].detail = "x".repeat(64 * 1024),
    },
    Advice {
        lesson: "cost#batching",
        says: "Keep the longest batch well inside the function's timeout",
        offenders: |r| {
            lapses(polled(r), |p| {
                let call = r.design.services.get(&p.function.calls);
                let call = call.map_or(0, |service| service.latency.0.0);
                u64::from(p.function.batch_size) * call * LONGEST <= p.function.timeout.0.0
            })
        },
        breaks: |r| r.design.functions.get_mut("inventory-handler").unwrap().batch_size = 10,
    },
    Advice {
        lesson: "exam-variants#outage-isolation",
        says: "each fragile consumer has its own queue behind its own rule",
        offenders: |r| {
            offenders(&r.design.rules, |_, rule| {
                let [target] = rule.targets.as_slice() else { return false };
                let same = r.design.rules.values().filter(|rule| rule.targets.contains(target));
                same.count() == 1 && target.kind != PartKind::Function
            })
        },
        breaks: |r| {
            let rule = r.design.rules.get_mut("to-analytics").unwrap();
            rule.targets = vec![PartKind::Function.path("analytics-handler")];
        },
    },
    Advice {
        lesson: "traps#sns-as-work-queue",
        says: "Put the jobs in an SQS queue and let the pool poll it",
        offenders: |r| {
            offenders(&r.design.subscriptions, |_, subscription| {
                let called = subscription.calls.as_ref().and_then(|id| r.design.services.get(id));
                called.is_none_or(|service| !parts::works(&r.design, service))
            })
        },
        breaks: |r| {
            r.design.subscriptions.get_mut("push").unwrap().calls = Some("payment".into());
        },
    },
];
