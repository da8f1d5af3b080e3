//! Calls to AWS's control plane that turn one design into another, as CloudTrail records them (CT-01, CT-02).
//!
//! Settings that AWS does not have, such as the latency of a service, need no call. Lambda's records may
//! append a date to the name of an action; the names here have none.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::answers::Answers;
use super::{ACCOUNT, Design, NONE, PartKind, PartPath, REGION, Replay, iam_arn};
use crate::fault::FaultKind;
use crate::kernel::time::Time;

/// Placeholder in a record for a value that CloudTrail withholds.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Region that records the calls of IAM, a global service.
const GLOBAL: &str = "us-east-1";
/// ECS cluster of all workers.
const CLUSTER: &str = "shop";

/// Role of the account that makes a call. The choice of role is a *model assumption* (MA-trail-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Operates the run: changes settings and starts redrives.
    Operator,
    /// Rolls out the changes that faults represent.
    Deployment,
}

impl Caller {
    /// Name of the role.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Deployment => "deployment",
        }
    }
}

/// A call to the control plane, without its time and caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCall {
    /// Part that the call concerns.
    pub part: PartPath,
    /// Service that receives the call, such as `sqs.amazonaws.com`.
    pub event_source: &'static str,
    /// Action, such as `SetQueueAttributes`.
    pub event_name: &'static str,
    /// Parameters in the spelling of AWS's records.
    pub request_parameters: Value,
}

/// Lists the calls that turn one design into another, part by part. Both designs have their policies written
/// out, and each comes with its workflow definitions by file name.
pub(crate) fn calls_between(
    (before, old): (&Design, &[(String, String)]),
    (after, new): (&Design, &[(String, String)]),
) -> Vec<ApiCall> {
    let mut calls = Vec::new();
    for (path, part) in after.parts() {
        let Some(was) = before.part(&path) else { continue };
        let (mut answers, mut earlier) = (Answers::new(after, new), Answers::new(before, old));
        part.configuration(&path.id, &mut answers);
        was.configuration(&path.id, &mut earlier);
        let of = |answers: Answers<'_>| -> BTreeMap<String, Value> {
            answers.into_all().into_iter().map(|said| (said.command, said.answer)).collect()
        };
        let (was, is) = (of(earlier), of(answers));
        let commands: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for command in commands {
            let answers = (was.get(command), is.get(command));
            if answers.0 != answers.1 {
                let null = Value::Null;
                let change = Change {
                    path: &path,
                    command,
                    was: answers.0.unwrap_or(&null),
                    is: answers.1.unwrap_or(&null),
                    design: after,
                };
                for call in change.calls() {
                    if !calls.contains(&call) {
                        calls.push(call);
                    }
                }
            }
        }
    }
    calls
}

/// Builds the call that starts a redrive of a DLQ's messages (SQS-40).
pub(crate) fn redrive_call(design: &Design, dlq: &PartPath) -> ApiCall {
    let parameters = json!({ "sourceArn": design.target_arn(dlq) });
    call(dlq, "sqs.amazonaws.com", "StartMessageMoveTask", parameters)
}

/// The call that starts a replay (EB-57).
pub(crate) fn replay_call(design: &Design, replay: &Replay, name: &str) -> Option<ApiCall> {
    let archive: PartPath = replay.archive.parse().ok()?;
    let bus = PartKind::Bus.path(&design.archives.get(&archive.id)?.bus);
    let mut destination = json!({ "arn": design.target_arn(&bus) });
    if !replay.rules.is_empty() {
        let rules: Vec<String> = replay.rules.iter().map(|rule| design.rule_arn(rule)).collect();
        destination["filterArns"] = json!(rules);
    }
    let parameters = json!({
        "replayName": name,
        "eventSourceArn": design.target_arn(&archive),
        "eventStartTime": event_time(Time::ZERO + replay.from.0),
        "eventEndTime": event_time(Time::ZERO + replay.to.0),
        "destination": destination,
    });
    Some(call(&archive, "events.amazonaws.com", "StartReplay", parameters))
}

/// Builds the call that a fault represents when it begins or ends; `None` if the fault changes no
/// configuration. Representing a fault by a call is a *model assumption* (MA-trail-4).
pub(crate) fn fault_call(
    design: &Design,
    kind: FaultKind,
    path: &PartPath,
    begins: bool,
) -> Option<ApiCall> {
    match kind {
        FaultKind::Deny => denial(design, path, begins),
        FaultKind::WrongKey => {
            let queue = design.queues.get(&path.id).filter(|_| path.kind == PartKind::Queue);
            let topic = design.topics.get(&path.id).filter(|_| path.kind == PartKind::Topic);
            let own = queue.and_then(|queue| queue.kms_master_key_id.as_deref());
            let own = own.or_else(|| topic?.kms_master_key_id.as_deref());
            let key = if begins { "alias/another-key" } else { own.unwrap_or_default() };
            Some(attribute(design, path, "KmsMasterKeyId", json!(key)))
        }
        FaultKind::Stop => stop(design, path, begins),
        FaultKind::Outage
        | FaultKind::Slow
        | FaultKind::Errors
        | FaultKind::Poison
        | FaultKind::Duplicate
        | FaultKind::Crash
        | FaultKind::Throttle => None,
    }
}

/// Removes the policy of a part or of its role, or restores it.
fn denial(design: &Design, path: &PartPath, begins: bool) -> Option<ApiCall> {
    let of_role = |policy: Option<&str>| {
        let policy = if begins { None } else { policy };
        role_policy(path, &policy.map_or(Value::Null, |policy| json!(policy)))
    };
    let id = path.id.as_str();
    match path.kind {
        PartKind::Queue | PartKind::Topic => {
            let queue = design.queues.get(id).filter(|_| path.kind == PartKind::Queue);
            let topic = design.topics.get(id).filter(|_| path.kind == PartKind::Topic);
            let own = queue.and_then(|queue| queue.policy.as_deref());
            let own = own.or_else(|| topic?.policy.as_deref()).filter(|policy| *policy != NONE);
            let policy = if begins { "" } else { own.unwrap_or_default() };
            Some(attribute(design, path, "Policy", json!(policy)))
        }
        PartKind::Function => {
            let function = design.functions.get(id)?;
            Some(match function.queue {
                Some(_) => of_role(function.role_policy.as_deref()),
                None => permission(path, !begins),
            })
        }
        PartKind::Worker => Some(of_role(design.workers.get(id)?.role_policy.as_deref())),
        // A workflow has no resource policy (SEC-14): the role that starts it loses its identity policy.
        PartKind::Workflow => Some(of_role(Some(HIDDEN))),
        PartKind::Client
        | PartKind::Intake
        | PartKind::Store
        | PartKind::Bus
        | PartKind::Rule
        | PartKind::Pipe
        | PartKind::Subscription
        | PartKind::Service
        | PartKind::Alarm
        | PartKind::Key
        | PartKind::Bucket
        | PartKind::LogGroup
        | PartKind::Trail
        | PartKind::Archive => None,
    }
}

/// Switches a consumer off, or on again.
fn stop(design: &Design, path: &PartPath, begins: bool) -> Option<ApiCall> {
    let id = path.id.as_str();
    if path.kind == PartKind::Worker {
        let tasks = if begins { 0 } else { design.workers.get(id)?.tasks };
        let parameters = json!({ "cluster": CLUSTER, "service": id, "desiredCount": tasks });
        return Some(call(path, "ecs.amazonaws.com", "UpdateService", parameters));
    }
    let function = design.functions.get(id).filter(|_| path.kind == PartKind::Function)?;
    let source = "lambda.amazonaws.com";
    Some(match (&function.queue, function.reserved_concurrent_executions) {
        (Some(_), _) => {
            let parameters = json!({ "functionName": id, "enabled": !begins });
            call(path, source, "UpdateEventSourceMapping", parameters)
        }
        (None, None) if !begins => {
            call(path, source, "DeleteFunctionConcurrency", json!({ "functionName": id }))
        }
        (None, reserved) => {
            let reserved = if begins { 0 } else { reserved.unwrap_or_default() };
            let parameters =
                json!({ "functionName": id, "reservedConcurrentExecutions": reserved });
            call(path, source, "PutFunctionConcurrency", parameters)
        }
    })
}

/// Builds a call that concerns a part.
fn call(
    part: &PartPath,
    event_source: &'static str,
    event_name: &'static str,
    request_parameters: Value,
) -> ApiCall {
    ApiCall { part: part.clone(), event_source, event_name, request_parameters }
}

/// Builds the call that sets an attribute of a queue, topic or subscription; only a queue accepts several in
/// one call.
fn attribute(design: &Design, path: &PartPath, name: &str, value: Value) -> ApiCall {
    let value = by_arn(design, name, value);
    let arn = design.target_arn(path);
    if path.kind == PartKind::Queue {
        let attributes = Map::from_iter([(name.to_owned(), value)]);
        return queue_attributes(&arn, path, &attributes);
    }
    let (field, event_name) = if path.kind == PartKind::Topic {
        ("topicArn", "SetTopicAttributes")
    } else {
        ("subscriptionArn", "SetSubscriptionAttributes")
    };
    let parameters = json!({ field: arn, "attributeName": name, "attributeValue": value });
    call(path, "sns.amazonaws.com", event_name, parameters)
}

/// Replaces the path of one of the design's keys with its ARN, the form that AWS expects.
fn by_arn(design: &Design, name: &str, value: Value) -> Value {
    let own = value.as_str().filter(|key| name == "KmsMasterKeyId" && key.starts_with("keys."));
    own.map(|key| json!(design.key_arn(key, ACCOUNT))).unwrap_or(value)
}

fn queue_attributes(arn: &str, path: &PartPath, attributes: &Map<String, Value>) -> ApiCall {
    let name = arn.rsplit(':').next().unwrap_or_default();
    let url = format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
    let parameters = json!({ "queueUrl": url, "attributes": attributes });
    call(path, "sqs.amazonaws.com", "SetQueueAttributes", parameters)
}

/// Builds the call that sets or deletes the policy of a part's role.
fn role_policy(path: &PartPath, policy: &Value) -> ApiCall {
    policy_of_role(path, &path.id, policy)
}

fn policy_of_role(path: &PartPath, role: &str, policy: &Value) -> ApiCall {
    let mut parameters = json!({ "roleName": role, "policyName": path.id });
    let is_policy = !policy.is_null() && policy != NONE;
    if is_policy {
        let text = policy.as_str().map_or_else(|| policy.to_string(), str::to_owned);
        parameters["policyDocument"] = json!(text);
    }
    let name = if is_policy { "PutRolePolicy" } else { "DeleteRolePolicy" };
    call(path, "iam.amazonaws.com", name, parameters)
}

/// Builds the call that grants or revokes a service's permission to invoke a function.
fn permission(path: &PartPath, is_added: bool) -> ApiCall {
    let mut parameters = json!({ "functionName": path.id, "statementId": "invoke" });
    if is_added {
        parameters["action"] = json!("lambda:InvokeFunction");
    }
    let name = if is_added { "AddPermission" } else { "RemovePermission" };
    call(path, "lambda.amazonaws.com", name, parameters)
}

/// Difference between two outputs of a command about a part.
struct Change<'a> {
    path: &'a PartPath,
    /// Command that reads the configuration.
    command: &'a str,
    was: &'a Value,
    is: &'a Value,
    design: &'a Design,
}

impl Change<'_> {
    fn calls(&self) -> Vec<ApiCall> {
        let id = self.path.id.as_str();
        let one = |source, name, parameters| vec![call(self.path, source, name, parameters)];
        match self.path.kind {
            PartKind::Queue => self.queue().into_iter().collect(),
            PartKind::Topic => self.topic(),
            PartKind::Subscription => self.subscription(),
            PartKind::Function => vec![self.function()],
            PartKind::Rule => self.rule().into_iter().collect(),
            PartKind::Pipe | PartKind::Worker if self.is_of_role() => {
                vec![role_policy(self.path, self.is)]
            }
            PartKind::Pipe => {
                let parameters = self.with(json!({ "name": id }));
                one("pipes.amazonaws.com", "UpdatePipe", parameters)
            }
            PartKind::Workflow => {
                let arn = self.design.target_arn(self.path);
                let parameters = json!({ "stateMachineArn": arn, "definition": HIDDEN });
                one("states.amazonaws.com", "UpdateStateMachine", parameters)
            }
            PartKind::Worker if self.command.contains("scal") => self.scaling(),
            PartKind::Worker => one("ecs.amazonaws.com", "UpdateService", self.service()),
            PartKind::Alarm if self.is["CompositeAlarms"].is_array() => {
                let alarm = spelled(&self.is["CompositeAlarms"][0]);
                one("monitoring.amazonaws.com", "PutCompositeAlarm", alarm)
            }
            PartKind::Alarm => {
                let alarm = spelled(&self.is["MetricAlarms"][0]);
                one("monitoring.amazonaws.com", "PutMetricAlarm", alarm)
            }
            PartKind::Key => {
                let parameters = json!({
                    "keyId": self.design.target_arn(self.path), "policyName": "default",
                    "policy": self.is.to_string(),
                });
                one("kms.amazonaws.com", "PutKeyPolicy", parameters)
            }
            PartKind::Trail => {
                let selectors = spelled(&self.is["AdvancedEventSelectors"]);
                let parameters = json!({ "trailName": id, "advancedEventSelectors": selectors });
                one("cloudtrail.amazonaws.com", "PutEventSelectors", parameters)
            }
            PartKind::Archive if self.is_of_role() => {
                vec![policy_of_role(self.path, Caller::Operator.role(), self.is)]
            }
            PartKind::Archive if self.command == "aws events describe-archive" => {
                let mut parameters =
                    json!({ "archiveName": id, "retentionDays": self.is["RetentionDays"] });
                if self.was["EventPattern"] != self.is["EventPattern"] {
                    parameters["eventPattern"] = self.is["EventPattern"].clone();
                }
                one("events.amazonaws.com", "UpdateArchive", parameters)
            }
            // A bus answers with its rules, which have calls of their own, and EventBridge itself changes the
            // rule that fills an archive; the rest is not AWS's, or is not shown as AWS has it.
            PartKind::Archive
            | PartKind::Bus
            | PartKind::Client
            | PartKind::Intake
            | PartKind::Store
            | PartKind::Bucket
            | PartKind::LogGroup
            | PartKind::Service => Vec::new(),
        }
    }

    fn is_of_role(&self) -> bool {
        self.command.starts_with("the policy of its")
    }

    /// Changed fields; removed ones are null.
    fn changed(&self, of: impl Fn(&Value) -> &Value) -> Map<String, Value> {
        let null = Map::new();
        let fields = |value| of(value).as_object();
        let was = fields(self.was).unwrap_or(&null);
        let is = fields(self.is).unwrap_or(&null);
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let changed = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
        changed.map(|name| (name.clone(), is.get(name).cloned().unwrap_or_default())).collect()
    }

    /// Adds every changed field to the parameters that name the part.
    fn with(&self, mut named: Value) -> Value {
        for (name, value) in self.changed(|all| all) {
            named[lower_first(&name)] = spelled(&value);
        }
        named
    }

    /// Changed attributes. A removed one is empty: SQS and SNS delete an attribute that is set to an empty
    /// string.
    fn attributes(&self) -> Map<String, Value> {
        let changed = self.changed(|all| &all["Attributes"]);
        let said = |name: &str, value: Value| match value {
            Value::Null => json!(""),
            value => by_arn(self.design, name, value),
        };
        changed.into_iter().map(|(name, value)| (name.clone(), said(&name, value))).collect()
    }

    /// Access policy as the value of an attribute; empty if there is none.
    fn policy(&self) -> Value {
        json!(if self.is == NONE { String::new() } else { self.is.to_string() })
    }

    fn queue(&self) -> Option<ApiCall> {
        let arn = self.design.target_arn(self.path);
        let attributes = match self.command {
            "aws sqs get-queue-attributes" => self.attributes(),
            "its access policy" => Map::from_iter([("Policy".to_owned(), self.policy())]),
            // The key's policy changes by a call of its own.
            _key => return None,
        };
        Some(queue_attributes(&arn, self.path, &attributes))
    }

    fn topic(&self) -> Vec<ApiCall> {
        let set = |name: &str, value| attribute(self.design, self.path, name, value);
        match self.command {
            "aws sns get-topic-attributes" => {
                let mut all = self.attributes();
                // AWS counts it; no call sets it.
                all.remove("SubscriptionsConfirmed");
                all.into_iter().map(|(name, value)| set(&name, value)).collect()
            }
            "its access policy" => vec![set("Policy", self.policy())],
            _key => Vec::new(),
        }
    }

    /// Calls that change a subscription. Its topic, protocol and endpoint are fixed: a new subscription
    /// replaces it if one of them changes.
    fn subscription(&self) -> Vec<ApiCall> {
        let source = "sns.amazonaws.com";
        let attributes = self.attributes();
        if ["TopicArn", "Protocol", "Endpoint"].iter().any(|name| attributes.contains_key(*name)) {
            let arn = &self.was["Attributes"]["SubscriptionArn"];
            let is = &self.is["Attributes"];
            let new = json!({
                "topicArn": is["TopicArn"], "protocol": is["Protocol"], "endpoint": is["Endpoint"],
            });
            return vec![
                call(self.path, source, "Unsubscribe", json!({ "subscriptionArn": arn })),
                call(self.path, source, "Subscribe", new),
            ];
        }
        let set = |(name, value): (String, Value)| attribute(self.design, self.path, &name, value);
        attributes.into_iter().map(set).collect()
    }

    fn function(&self) -> ApiCall {
        let source = "lambda.amazonaws.com";
        let named = || json!({ "functionName": self.path.id });
        let name = match self.command {
            "aws lambda get-function-configuration" => "UpdateFunctionConfiguration",
            "aws lambda get-function-concurrency" if self.is.is_null() => {
                return call(self.path, source, "DeleteFunctionConcurrency", named());
            }
            "aws lambda get-function-concurrency" => "PutFunctionConcurrency",
            "aws lambda get-event-source-mapping" => match (self.was, self.is) {
                (Value::Null, _) => "CreateEventSourceMapping",
                (_, Value::Null) => "DeleteEventSourceMapping",
                (_, _) => "UpdateEventSourceMapping",
            },
            "aws lambda get-function-event-invoke-config" => match self.is {
                Value::Null => "DeleteFunctionEventInvokeConfig",
                _config => "PutFunctionEventInvokeConfig",
            },
            "aws lambda get-policy" => {
                return permission(self.path, !self.is.is_null() && self.is != NONE);
            }
            _role => return role_policy(self.path, self.is),
        };
        call(self.path, source, name, self.with(named()))
    }

    fn rule(&self) -> Option<ApiCall> {
        let source = "events.amazonaws.com";
        let rule = self.design.rules.get(&self.path.id)?;
        Some(match self.command {
            "aws events describe-rule" => call(self.path, source, "PutRule", spelled(self.is)),
            "aws events list-targets-by-rule" => {
                let parameters = json!({
                    "rule": self.path.id, "eventBusName": rule.bus,
                    "targets": spelled(&self.is["Targets"]),
                });
                call(self.path, source, "PutTargets", parameters)
            }
            _role => role_policy(self.path, self.is),
        })
    }

    /// A worker's scalable target or its policy. To deregister a target deletes its policies.
    fn scaling(&self) -> Vec<ApiCall> {
        let source = "autoscaling.amazonaws.com";
        let one = |name, parameters| vec![call(self.path, source, name, parameters)];
        let is_target = self.command.contains("scalable-targets");
        match (is_target, self.command.contains("scaling-policy"), self.is.is_null()) {
            (true, _, true) => {
                let target = &self.was["ScalableTargets"][0];
                let fields = ["ServiceNamespace", "ResourceId", "ScalableDimension"];
                let target = fields.map(|field| (field.to_owned(), target[field].clone()));
                one("DeregisterScalableTarget", spelled(&Value::Object(Map::from_iter(target))))
            }
            (true, _, false) => {
                one("RegisterScalableTarget", spelled(&self.is["ScalableTargets"][0]))
            }
            (false, true, false) => one("PutScalingPolicy", spelled(self.is)),
            (false, true, true) | (false, false, _) => Vec::new(),
        }
    }

    /// Parameters that change the number of tasks or deploy a new revision of them: a task's code decides how
    /// it reads its queue.
    fn service(&self) -> Value {
        let id = &self.path.id;
        match self.command {
            "aws ecs describe-services" => json!({
                "cluster": CLUSTER, "service": id,
                "desiredCount": self.is["services"][0]["desiredCount"],
            }),
            _code => json!({ "cluster": CLUSTER, "service": id, "taskDefinition": id }),
        }
    }
}

/// Spells the fields of a request as records do: `batchSize`.
fn spelled(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (lower_first(name), spelled(value)));
            fields.collect::<Map<_, _>>().into()
        }
        Value::Array(values) => values.iter().map(spelled).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl ApiCall {
    /// CloudTrail's record of the call. Runs begin on 1 January 2026, and the caller's address comes from a
    /// block reserved for documentation: *model assumptions* (MA-run-3, MA-trail-5).
    #[must_use]
    pub fn record(&self, at: Time, caller: Caller, number: usize) -> Value {
        let role = caller.role();
        let region = if self.event_source.starts_with("iam.") { GLOBAL } else { REGION };
        json!({
            "eventVersion": "1.09",
            "userIdentity": {
                "type": "AssumedRole",
                "arn": iam_arn(ACCOUNT, &format!("assumed-role/{role}/session")).replace(":iam:", ":sts:"),
                "accountId": ACCOUNT,
                "sessionContext": { "sessionIssuer": {
                    "type": "Role", "arn": iam_arn(ACCOUNT, &format!("role/{role}")),
                    "accountId": ACCOUNT, "userName": role,
                } },
            },
            "eventTime": event_time(at),
            "eventSource": self.event_source,
            "eventName": self.event_name,
            "awsRegion": region,
            "sourceIPAddress": "192.0.2.10",
            "userAgent": "aws-cli/2",
            "requestParameters": self.request_parameters,
            "responseElements": null,
            "requestID": format!("00000000-0000-4000-9e90-{number:012}"),
            "eventID": format!("00000000-0000-4000-e0e0-{number:012}"),
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        })
    }
}

/// Start of every run in seconds of Unix time: the first instant of 2026.
const RUN_START: i64 = 1_767_225_600;

/// Formats an instant of a run as AWS writes it.
fn event_time(at: Time) -> String {
    let instant = DateTime::from_timestamp(RUN_START + (at.0 / 1_000_000) as i64, 0);
    instant.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
