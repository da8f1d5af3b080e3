//! A part's configuration as AWS has it: what its own commands would answer, with AWS's names and
//! spelling. What is no part of AWS – services, clients – is given as the design has it, and said to be
//! the model's.

mod worker;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    ACCOUNT, Alarm, Design, Duration, Function, NONE, PartKind, PartPath, Queue, Rule,
    Subscription, Topic, Workflow, arn, iam_arn,
};

/// What is said of a part that AWS has no command for.
const OURS: &str = "as the design has it (not AWS's: a model assumption)";

/// What a command answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// `aws sqs get-queue-attributes`; or a word that it is none of AWS's.
    pub command: String,
    pub answer: Value,
}

impl Design {
    /// The configuration of a part by its path, as AWS's commands give it.
    #[must_use]
    pub fn configuration(&self, path: &str, documents: &[(String, String)]) -> Vec<Configuration> {
        self.written_out().configured(path, documents)
    }

    fn configured(&self, path: &str, documents: &[(String, String)]) -> Vec<Configuration> {
        let Ok(PartPath { kind, id }) = path.parse() else { return Vec::new() };
        let id = id.as_str();
        let mut all = Vec::new();
        let mut add = |command: &str, answer: Value| {
            all.push(Configuration { command: command.to_owned(), answer });
        };
        match kind {
            PartKind::Queue => {
                if let Some(queue) = self.queues.get(id) {
                    add("aws sqs get-queue-attributes", self.queue_attributes(id, queue));
                    policy("its access policy", queue.policy.as_deref(), &mut add);
                    self.key_policy(queue.kms_master_key_id.as_deref(), &mut add);
                }
            }
            PartKind::Function => {
                if let Some(function) = self.functions.get(id) {
                    self.function_configuration(id, function, &mut add);
                }
            }
            PartKind::Worker => {
                if let Some(worker) = self.workers.get(id) {
                    self.worker_configuration(id, worker, &mut add);
                }
            }
            PartKind::Bus => {
                for (rule, spec) in self.rules.iter().filter(|(_, rule)| rule.bus == id) {
                    self.rule_configuration(rule, spec, &mut add);
                }
            }
            PartKind::Topic => {
                if let Some(topic) = self.topics.get(id) {
                    add("aws sns get-topic-attributes", self.topic_attributes(id, topic));
                    policy("its access policy", topic.policy.as_deref(), &mut add);
                    self.key_policy(topic.kms_master_key_id.as_deref(), &mut add);
                }
            }
            PartKind::Subscription => {
                if let Some(spec) = self.subscriptions.get(id) {
                    let answer = json!({ "Attributes": self.subscription_attributes(id, spec) });
                    add("aws sns get-subscription-attributes", answer);
                }
            }
            PartKind::Workflow => {
                if let Some(workflow) = self.workflows.get(id) {
                    state_machine(id, workflow, documents, &mut add);
                }
            }
            PartKind::Alarm => {
                if let Some(alarm) = self.alarms.get(id) {
                    let answer = json!({ "MetricAlarms": [self.metric_alarm(id, alarm)] });
                    add("aws cloudwatch describe-alarms", answer);
                }
            }
            PartKind::Client => {
                let load = json!({ "rate": self.load.rate, "customers": self.load.customers });
                add(OURS, load);
            }
            PartKind::Rule => {
                if let Some(rule) = self.rules.get(id) {
                    self.rule_configuration(id, rule, &mut add);
                }
            }
            PartKind::Key => self.key_policy(Some(&PartKind::Key.path(id).to_string()), &mut add),
            PartKind::Intake | PartKind::Store | PartKind::Service => {
                add(OURS, self.settings_of(kind, id));
            }
        }
        all
    }

    /// The settings of a part as the design has them, those that are left out aside.
    fn settings_of(&self, kind: PartKind, id: &str) -> Value {
        let mut tree = serde_json::to_value(self).unwrap_or_default();
        let part = tree.get_mut(kind.table()).and_then(|of_kind| of_kind.get_mut(id));
        let mut part = part.map(Value::take).unwrap_or_default();
        if let Some(fields) = part.as_object_mut() {
            fields.retain(|name, value| !value.is_null() && name != "at");
        }
        part
    }

    /// SQS-20, SQS-08, SQS-52, SQS-26: all values are strings, and the policies are strings of JSON.
    fn queue_attributes(&self, id: &str, queue: &Queue) -> Value {
        let mut attributes = json!({
            "QueueArn": self.queue_arn(id),
            "VisibilityTimeout": secs(queue.visibility_timeout).to_string(),
            "MessageRetentionPeriod": secs(queue.message_retention_period).to_string(),
            "DelaySeconds": secs(queue.delay_seconds).to_string(),
        });
        if let Some(dlq) = &queue.dlq {
            let redrive = json!({
                "deadLetterTargetArn": self.queue_arn(dlq),
                "maxReceiveCount": queue.max_receive_count,
            });
            attributes["RedrivePolicy"] = json!(redrive.to_string());
        }
        text(&mut attributes, "RedriveAllowPolicy", queue.redrive_allow_policy.as_deref());
        match &queue.kms_master_key_id {
            Some(key) => attributes["KmsMasterKeyId"] = json!(key),
            None => attributes["SqsManagedSseEnabled"] = json!("true"),
        }
        if queue.fifo_queue {
            attributes["FifoQueue"] = json!("true");
            attributes["ContentBasedDeduplication"] =
                json!(queue.content_based_deduplication.to_string());
            text(&mut attributes, "DeduplicationScope", queue.deduplication_scope.as_deref());
        }
        json!({ "Attributes": attributes })
    }

    fn topic_attributes(&self, id: &str, topic: &Topic) -> Value {
        let confirmed = self.subscriptions.values().filter(|s| s.topic == id).count();
        let mut attributes = json!({
            "TopicArn": self.topic_arn(id),
            "Owner": ACCOUNT,
            "SubscriptionsConfirmed": confirmed.to_string(),
        });
        text(&mut attributes, "KmsMasterKeyId", topic.kms_master_key_id.as_deref());
        if topic.fifo_topic {
            attributes["FifoTopic"] = json!("true");
            attributes["ContentBasedDeduplication"] =
                json!(topic.content_based_deduplication.to_string());
        }
        json!({ "Attributes": attributes })
    }

    /// The policy of a key that can be seen: AWS's own keys have one that nobody edits (SEC-09).
    fn key_policy(&self, key: Option<&str>, add: &mut dyn FnMut(&str, Value)) {
        let own = key.and_then(|key| key.strip_prefix("keys."));
        if let Some(key) = own.and_then(|id| self.keys.get(id)) {
            policy("aws kms get-key-policy", key.policy.as_deref(), add);
        }
    }

    fn function_configuration(
        &self,
        id: &str,
        function: &Function,
        add: &mut dyn FnMut(&str, Value),
    ) {
        let own = self.target_arn(&PartKind::Function.path(id));
        add(
            "aws lambda get-function-configuration",
            json!({
                "FunctionName": id,
                "FunctionArn": own,
                "Timeout": secs(function.timeout),
                "MemorySize": function.memory_size,
            }),
        );
        if let Some(reserved) = function.reserved_concurrent_executions {
            let answer = json!({ "ReservedConcurrentExecutions": reserved });
            add("aws lambda get-function-concurrency", answer);
        }
        if let Some(queue) = &function.queue {
            let mut mapping = json!({
                "FunctionArn": own,
                "EventSourceArn": self.queue_arn(queue),
                "BatchSize": function.batch_size,
                "MaximumBatchingWindowInSeconds": secs(function.maximum_batching_window),
                "FunctionResponseTypes":
                    if function.report_batch_item_failures { json!(["ReportBatchItemFailures"]) }
                    else { json!([]) },
                "State": "Enabled",
            });
            if let Some(most) = function.maximum_concurrency {
                mapping["ScalingConfig"] = json!({ "MaximumConcurrency": most });
            }
            if !function.filters.is_empty() {
                let filters = function.filters.iter().map(|filter| json!({ "Pattern": filter }));
                mapping["FilterCriteria"] = json!({ "Filters": filters.collect::<Vec<_>>() });
            }
            add("aws lambda get-event-source-mapping", mapping);
        } else {
            let mut config = json!({
                "MaximumRetryAttempts": function.maximum_retry_attempts,
                "MaximumEventAgeInSeconds": secs(function.maximum_event_age),
            });
            if let Some(queue) = &function.on_failure {
                let arn = self.queue_arn(queue);
                config["DestinationConfig"] = json!({ "OnFailure": { "Destination": arn } });
            }
            add("aws lambda get-function-event-invoke-config", config);
            policy("aws lambda get-policy", function.policy.as_deref(), add);
        }
        if let Some(role) = function.role_policy.as_deref() {
            policy("the policy of its execution role", Some(role), add);
        }
    }

    fn rule_configuration(&self, id: &str, rule: &Rule, add: &mut dyn FnMut(&str, Value)) {
        add(
            "aws events describe-rule",
            json!({
                "Name": id,
                "EventBusName": rule.bus,
                "State": "ENABLED",
                "EventPattern": rule.event_pattern,
            }),
        );
        let targets = rule.targets.iter().enumerate().map(|(number, path)| {
            let mut target = json!({
                "Id": format!("target-{}", number + 1),
                "Arn": self.target_arn(path),
                "RetryPolicy": {
                    "MaximumRetryAttempts": rule.maximum_retry_attempts,
                    "MaximumEventAgeInSeconds": secs(rule.maximum_event_age),
                },
            });
            if let Some(dlq) = &rule.dlq {
                let arn = self.queue_arn(dlq);
                target["DeadLetterConfig"] = json!({ "Arn": arn });
            }
            if self.role_towards(rule, path).is_some() {
                target["RoleArn"] = json!(iam_arn(&format!("role/{id}")));
            }
            text(&mut target, "Input", rule.input.as_deref());
            text(&mut target, "InputPath", rule.input_path.as_deref());
            if let Some(template) = &rule.input_template {
                target["InputTransformer"] = json!({
                    "InputPathsMap": rule.input_paths_map,
                    "InputTemplate": template,
                });
            }
            if let Some(group) = &rule.message_group_id {
                target["SqsParameters"] = json!({ "MessageGroupId": group });
            }
            target
        });
        let targets: Vec<Value> = targets.collect();
        add("aws events list-targets-by-rule", json!({ "Targets": targets }));
        let acts_as = rule.targets.iter().find_map(|path| self.role_towards(rule, path));
        if acts_as.is_some() {
            policy("the policy of its role", acts_as.as_deref(), add);
        }
    }

    fn subscription_attributes(&self, id: &str, spec: &Subscription) -> Value {
        let topic = self.topic_arn(&spec.topic);
        let mut attributes = json!({
            "SubscriptionArn": format!("{topic}:{id}"),
            "TopicArn": topic,
            "Protocol": serde_json::to_value(spec.protocol).unwrap_or_default(),
            "RawMessageDelivery": spec.raw_message_delivery.to_string(),
        });
        let queue = spec.queue.as_ref().map(|queue| PartKind::Queue.path(queue));
        let function = spec.function.as_ref().map(|function| PartKind::Function.path(function));
        if let Some(path) = queue.or(function) {
            attributes["Endpoint"] = json!(self.target_arn(&path));
        }
        if let Some(policy) = &spec.filter_policy {
            attributes["FilterPolicy"] = json!(policy);
            attributes["FilterPolicyScope"] =
                serde_json::to_value(spec.filter_policy_scope).unwrap_or_default();
        }
        if let Some(dlq) = &spec.dlq {
            let redrive = json!({ "deadLetterTargetArn": self.queue_arn(dlq) });
            attributes["RedrivePolicy"] = json!(redrive.to_string());
        }
        let mut healthy = Map::new();
        if let Some(retries) = spec.num_retries {
            healthy.insert("numRetries".to_owned(), json!(retries));
        }
        if let Some(delay) = spec.delay_target {
            healthy.insert("minDelayTarget".to_owned(), json!(secs(delay)));
            healthy.insert("maxDelayTarget".to_owned(), json!(secs(delay)));
        }
        if !healthy.is_empty() {
            let policy = json!({ "healthyRetryPolicy": healthy });
            attributes["DeliveryPolicy"] = json!(policy.to_string());
        }
        attributes
    }

    fn metric_alarm(&self, id: &str, alarm: &Alarm) -> Value {
        let (namespace, dimension) = dimension_of(alarm.metric.kind());
        let part = alarm.part.as_ref();
        let name = match part {
            Some(part) if part.kind == PartKind::Workflow => self.target_arn(part),
            _ => part.map_or_else(String::new, |part| part.id.clone()),
        };
        let mut answer = json!({
            "AlarmName": id,
            "Namespace": namespace,
            "MetricName": serde_json::to_value(alarm.metric).unwrap_or_default(),
            "Dimensions": [{ "Name": dimension, "Value": name }],
            "Period": secs(alarm.period),
            "EvaluationPeriods": alarm.evaluation_periods,
            "Threshold": alarm.threshold,
            "ComparisonOperator": serde_json::to_value(alarm.comparison_operator).unwrap_or_default(),
            "TreatMissingData": serde_json::to_value(alarm.treat_missing_data).unwrap_or_default(),
        });
        if let Some(points) = alarm.datapoints_to_alarm {
            answer["DatapointsToAlarm"] = json!(points);
        }
        answer
    }
}

fn state_machine(
    id: &str,
    workflow: &Workflow,
    documents: &[(String, String)],
    add: &mut dyn FnMut(&str, Value),
) {
    add(
        "aws stepfunctions describe-state-machine",
        json!({
            "stateMachineArn": arn("states", &format!("stateMachine:{id}")),
            "name": id,
            "status": "ACTIVE",
            "type": serde_json::to_value(workflow.kind).unwrap_or_default(),
        }),
    );
    let found = documents.iter().find(|(name, _)| *name == workflow.definition);
    let definition = found.and_then(|(_, text)| serde_json::from_str(text).ok());
    if let Some(definition) = definition {
        add("its definition", definition);
    }
}

/// CloudWatch's namespace of a kind of part, and what tells its parts apart there.
fn dimension_of(kind: PartKind) -> (&'static str, &'static str) {
    match kind {
        PartKind::Queue => ("AWS/SQS", "QueueName"),
        PartKind::Function => ("AWS/Lambda", "FunctionName"),
        PartKind::Rule => ("AWS/Events", "RuleName"),
        PartKind::Topic => ("AWS/SNS", "TopicName"),
        PartKind::Workflow => ("AWS/States", "StateMachineArn"),
        PartKind::Bus => ("AWS/Events", "EventBusName"),
        PartKind::Store => ("AWS/DynamoDB", "TableName"),
        PartKind::Intake => ("AWS/ApiGateway", "ApiName"),
        PartKind::Worker => ("AWS/ECS", "ServiceName"),
        PartKind::Subscription => ("AWS/SNS", "SubscriptionArn"),
        PartKind::Key => ("AWS/KMS", "KeyId"),
        PartKind::Alarm => ("AWS/CloudWatch", "AlarmName"),
        PartKind::Client | PartKind::Service => ("Custom", "Name"),
    }
}

fn secs(duration: Duration) -> u64 {
    duration.0.as_secs()
}

/// A policy, read: AWS answers with a text of JSON in JSON, which nobody can read.
fn policy(what: &str, text: Option<&str>, add: &mut dyn FnMut(&str, Value)) {
    let said = text.filter(|text| *text != NONE);
    match said.map(serde_json::from_str) {
        Some(Ok(document)) => add(what, document),
        _ => add(what, json!(NONE)),
    }
}

/// An attribute that is text, where it is set.
fn text(attributes: &mut Value, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        attributes[name] = json!(value);
    }
}

/// Which of the lessons a design names is about a part: its own, or that of its kind.
#[must_use]
pub(super) fn lesson_of<'a>(lessons: &'a BTreeMap<String, String>, path: &str) -> Option<&'a str> {
    let kind = path.split('.').next().unwrap_or_default();
    lessons.get(path).or_else(|| lessons.get(kind)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(design: &str, path: &str, command: &str) -> Value {
        let design: Design = toml::from_str(design).unwrap();
        let all = design.configuration(path, &[]);
        let found = all.into_iter().find(|configuration| configuration.command.ends_with(command));
        found.unwrap().answer
    }

    #[test]
    fn a_queues_attributes_are_strings_and_its_redrive_policy_is_text() {
        let answer = answer(
            "[queues.work]\ndlq = 'dead'\nmax_receive_count = 3\nvisibility_timeout = '2m'\n[queues.dead]",
            "queues.work",
            "get-queue-attributes",
        );
        let attributes = &answer["Attributes"];
        assert_eq!(attributes["VisibilityTimeout"], "120");
        assert_eq!(attributes["MessageRetentionPeriod"], "345600");
        let redrive: Value =
            serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
        assert_eq!(redrive["maxReceiveCount"], 3);
        assert_eq!(redrive["deadLetterTargetArn"], "arn:aws:sqs:eu-west-1:111122223333:dead");
    }

    #[test]
    fn a_function_on_a_queue_has_a_mapping_and_another_has_retries() {
        let design = "[queues.work]\n[functions.a]\nqueue = 'work'\nmaximum_concurrency = 5\n\
                      report_batch_item_failures = true\n[functions.b]\n";
        let mapping = answer(design, "functions.a", "get-event-source-mapping");
        assert_eq!(mapping["ScalingConfig"]["MaximumConcurrency"], 5);
        assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures");
        let config = answer(design, "functions.b", "get-function-event-invoke-config");
        assert_eq!(config["MaximumRetryAttempts"], 2);
        assert_eq!(config["MaximumEventAgeInSeconds"], 21_600);
    }

    #[test]
    fn a_worker_shows_its_service_and_the_requests_of_its_loop() {
        let design = "[queues.work]\nvisibility_timeout = '30s'\n[workers.w]\nqueue = 'work'\ntasks = 3\n\
                      max_number_of_messages = 10\nwait_time_seconds = '20s'\nheartbeat = '10s'\n";
        let service = &answer(design, "workers.w", "describe-services")["services"][0];
        assert_eq!(
            (&service["desiredCount"], &service["launchType"]),
            (&json!(3), &json!("FARGATE"))
        );
        let receive = answer(design, "workers.w", "in its loop");
        assert_eq!(receive["QueueUrl"], "https://sqs.eu-west-1.amazonaws.com/111122223333/work");
        assert_eq!(
            (&receive["MaxNumberOfMessages"], &receive["WaitTimeSeconds"]),
            (&json!(10), &json!(20))
        );
        let extend = answer(design, "workers.w", "while it works");
        assert_eq!(extend["VisibilityTimeout"], 30);
    }

    #[test]
    fn a_bus_shows_its_rules_and_an_alarm_its_metric() {
        let design = "[buses.b]\n[queues.q]\n[rules.r]\nbus = 'b'\nevent_pattern = '{}'\n\
                      targets = ['queues.q']\n[alarms.a]\npart = 'queues.q'\n";
        let targets = answer(design, "buses.b", "list-targets-by-rule");
        assert_eq!(targets["Targets"][0]["RetryPolicy"]["MaximumRetryAttempts"], 185);
        let alarm = &answer(design, "alarms.a", "describe-alarms")["MetricAlarms"][0];
        assert_eq!((&alarm["Namespace"], &alarm["Period"]), (&json!("AWS/SQS"), &json!(60)));
        assert_eq!(alarm["Dimensions"][0]["Value"], "q");
    }
}
