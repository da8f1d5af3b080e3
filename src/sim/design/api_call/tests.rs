//! The calls of each kind of part, in the words of its service.

use super::*;
use crate::design::{PartKind, redrive_call};

const DESIGN: &str = r#"
[load]
orders = [{ weight = 1, detail = '{}' }]
[services.till]
[intakes.desk]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "shop"
detail_type = "Made"
[buses.main]
[rules.all]
bus = "main"
event_pattern = '{"source": ["shop"]}'
targets = ["queues.work"]
[queues.work]
required = true
visibility_timeout = "60s"
dlq = "dead"
max_receive_count = 3
[queues.dead]
[queues.line]
[functions.hand]
queue = "work"
calls = "till"
timeout = "5s"
[functions.loose]
[workers.crew]
queue = "line"
calls = "till"
max_tasks = 5
backlog_per_task = 10
[topics.news]
[subscriptions.mail]
topic = "news"
queue = "line"
[pipes.on]
source = "queues.line"
target = "topics.news"
[alarms.late]
part = "queues.dead"
[keys.own]
[trails.audit]
"#;

/// The calls for a new value, each as `service EventName {parameters}`.
fn calls(path: &str, value: &Value) -> Vec<String> {
    let before: Design = toml::from_str(DESIGN).unwrap();
    let after = before.with(path, value).unwrap().written_out();
    let calls = calls_between((&before.written_out(), &[]), (&after, &[]));
    let said = |call: ApiCall| {
        let service = call.event_source.split('.').next().unwrap();
        format!("{service} {} {}", call.event_name, call.request_parameters)
    };
    calls.into_iter().map(said).collect()
}

#[track_caller]
fn call(path: &str, value: &Value) -> String {
    let calls = calls(path, value);
    assert_eq!(calls.len(), 1, "{calls:#?}");
    calls.concat()
}

#[test]
fn each_kind_of_part_has_its_call_in_the_words_of_its_service() {
    let url = "https://sqs.eu-west-1.amazonaws.com/111122223333/work";
    assert_eq!(
        call("queues.work.visibility_timeout", &json!("45s")),
        format!(
            r#"sqs SetQueueAttributes {{"queueUrl":"{url}","attributes":{{"VisibilityTimeout":"45"}}}}"#
        )
    );
    assert_eq!(
        call("functions.hand.timeout", &json!("7s")),
        r#"lambda UpdateFunctionConfiguration {"functionName":"hand","timeout":7}"#
    );
    assert_eq!(
        call("functions.hand.batch_size", &json!(7)),
        r#"lambda UpdateEventSourceMapping {"functionName":"hand","batchSize":7}"#
    );
    assert_eq!(
        call("functions.hand.reserved_concurrent_executions", &json!(5)),
        r#"lambda PutFunctionConcurrency {"functionName":"hand","reservedConcurrentExecutions":5}"#
    );
    assert_eq!(
        call("workers.crew.tasks", &json!(4)),
        r#"ecs UpdateService {"cluster":"shop","service":"crew","desiredCount":4}"#
    );
    assert_eq!(
        call("workers.crew.max_tasks", &json!(6)),
        r#"autoscaling RegisterScalableTarget {"serviceNamespace":"ecs","resourceId":"service/shop/crew","scalableDimension":"ecs:service:DesiredCount","minCapacity":1,"maxCapacity":6}"#
    );
    let of_backlog = calls("workers.crew.backlog_per_task", &json!("none"));
    let names: Vec<_> = of_backlog.iter().map(|call| call.split(" {").next().unwrap()).collect();
    assert_eq!(names, ["autoscaling DeregisterScalableTarget"]);
    let of_backlog = calls("workers.crew.backlog_per_task", &json!(20));
    let names: Vec<_> = of_backlog.iter().map(|call| call.split(" {").next().unwrap()).collect();
    assert_eq!(names, ["autoscaling PutScalingPolicy"]);
    let own = "arn:aws:kms:eu-west-1:111122223333:key/own";
    let of_topic = calls("topics.news.kms_master_key_id", &json!("keys.own"));
    // The pipe's role, as the console writes it, may use the key from now on.
    let names: Vec<_> = of_topic.iter().map(|call| call.split(" {").next().unwrap()).collect();
    assert_eq!(names, ["iam PutRolePolicy", "sns SetTopicAttributes"]);
    assert!(of_topic[1].contains(own), "{of_topic:#?}");
    for (path, value, name) in [
        ("functions.loose.maximum_retry_attempts", json!(1), "lambda PutFunctionEventInvokeConfig"),
        ("rules.all.event_pattern", json!(r#"{"source": ["a"]}"#), "events PutRule"),
        ("rules.all.maximum_retry_attempts", json!(1), "events PutTargets"),
        ("subscriptions.mail.raw_message_delivery", json!(true), "sns SetSubscriptionAttributes"),
        ("pipes.on.batch_size", json!(3), "pipes UpdatePipe"),
        ("alarms.late.threshold", json!(3), "monitoring PutMetricAlarm"),
        ("trails.audit.data_events", json!(true), "cloudtrail PutEventSelectors"),
        ("functions.hand.role_policy", json!("none"), "iam DeleteRolePolicy"),
        ("keys.own.policy", json!("none"), "kms PutKeyPolicy"),
    ] {
        assert_eq!(call(path, &value).split(" {").next(), Some(name), "{path}");
    }
}

#[test]
fn an_attribute_that_is_left_out_is_set_to_nothing() {
    let before: Design = toml::from_str(DESIGN).unwrap();
    let mut after = before.clone();
    let work = after.queues.get_mut("work").unwrap();
    (work.dlq, work.max_receive_count) = (None, None);
    let calls = calls_between((&before.written_out(), &[]), (&after.written_out(), &[]));
    assert_eq!(calls[0].request_parameters["attributes"]["RedrivePolicy"], "");
}

#[test]
fn another_target_changes_what_the_console_writes_of_policies_too() {
    let calls = calls("rules.all.targets", &json!(["queues.line"]));
    let of = |what: &str| calls.iter().filter(|call| call.starts_with(what)).count();
    assert_eq!((of("events PutTargets"), of("sqs SetQueueAttributes")), (1, 2), "{calls:#?}");
}

#[test]
fn what_is_not_awss_takes_no_call() {
    assert_eq!(calls("services.till.latency", &json!("9s")), [""; 0]);
    assert_eq!(calls("load.rate", &json!(9.0)), [""; 0]);
}

#[test]
fn a_record_is_one_of_a_management_event_by_a_role() {
    let design: Design = toml::from_str(DESIGN).unwrap();
    let call = redrive_call(&design, &PartKind::Queue.path("dead"));
    let at = Time(((24 + 3) * 3_600 + 62) * 1_000_000);
    let record = call.record(at, Caller::Operator, 7);
    assert_eq!(record["eventTime"], "2026-01-02T03:01:02Z");
    let in_february = Time(31 * 86_400 * 1_000_000);
    let record = call.record(in_february, Caller::Operator, 7);
    assert_eq!(record["eventTime"], "2026-02-01T00:00:00Z");
    assert_eq!(
        record["userIdentity"]["arn"],
        "arn:aws:sts::111122223333:assumed-role/operator/session"
    );
    assert_eq!(
        (&record["managementEvent"], &record["eventName"]),
        (&json!(true), &json!("StartMessageMoveTask"))
    );
    assert_eq!(record["awsRegion"], REGION);
    let denied = fault_call(&design, FaultKind::Deny, &PartKind::Worker.path("crew"), true);
    assert_eq!(denied.unwrap().record(at, Caller::Deployment, 8)["awsRegion"], GLOBAL);
}
