//! Calls to AWS's control plane that turn one design into another, as CloudTrail records them (CT-01, CT-02).
//!
//! Settings that AWS does not have, such as the latency of a service, need no call. Lambda's records may
//! append a date to the name of an action; the names here have none.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::answers::Answers;
use super::{ACCOUNT, Design, NONE, PartPath, REGION, iam_arn};
use crate::fault::FaultKind;
use crate::kernel::time::Time;

/// Placeholder in a record for a value that CloudTrail withholds.
pub(crate) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Region that records the calls of IAM, a global service.
const GLOBAL: &str = "us-east-1";

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
                    subject: Subject { path: &path, design: after },
                    command,
                    was: answers.0.unwrap_or(&null),
                    is: answers.1.unwrap_or(&null),
                };
                for call in part.calls_for(&change) {
                    if !calls.contains(&call) {
                        calls.push(call);
                    }
                }
            }
        }
    }
    calls
}

/// Builds the call that a fault represents when it begins or ends; `None` if the fault changes no
/// configuration. Representing a fault by a call is a *model assumption* (MA-trail-4).
pub(crate) fn fault_call(
    design: &Design,
    kind: FaultKind,
    path: &PartPath,
    begins: bool,
) -> Option<ApiCall> {
    let breach = match kind {
        FaultKind::Deny => Breach::Denied,
        FaultKind::WrongKey => Breach::WrongKey,
        FaultKind::Stop => Breach::Stopped,
        FaultKind::Outage
        | FaultKind::Slow
        | FaultKind::Errors
        | FaultKind::Poison
        | FaultKind::Duplicate
        | FaultKind::Crash
        | FaultKind::Throttle => return None,
    };
    design.part(path)?.breach_call(breach, begins, Subject { path, design })
}

/// Change of a part's configuration that a fault represents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    /// The policy that lets others use the part, or the part use others, is gone.
    Denied,
    /// Another key encrypts its messages.
    WrongKey,
    /// The consumer is switched off.
    Stopped,
}

impl Breach {
    /// Key that replaces a part's own.
    pub const OTHER_KEY: &'static str = "alias/another-key";
}

/// Part that a call concerns, in its design.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub path: &'a PartPath,
    pub design: &'a Design,
}

impl<'a> Subject<'a> {
    /// Id of the part.
    pub fn id(self) -> &'a str {
        &self.path.id
    }

    /// ARN of the part; empty if it is not an AWS resource.
    pub fn arn(self) -> String {
        self.design.target_arn(self.path)
    }

    /// Builds a call that concerns the part.
    pub fn call(
        self,
        event_source: &'static str,
        event_name: &'static str,
        request_parameters: Value,
    ) -> ApiCall {
        ApiCall { part: self.path.clone(), event_source, event_name, request_parameters }
    }

    /// Value of an attribute as AWS expects it: one of the design's keys is named by its ARN.
    pub fn attribute(self, name: &str, value: Value) -> Value {
        let own = value.as_str().filter(|key| name == "KmsMasterKeyId" && key.starts_with("keys."));
        own.map(|key| json!(self.design.key_arn(key, ACCOUNT))).unwrap_or(value)
    }

    /// Attribute of a queue or topic that a breach changes, and its value while the breach lasts or after it;
    /// `policy` and `key` are the part's own.
    pub fn breached_attribute(
        self,
        (breach, begins): (Breach, bool),
        policy: Option<&str>,
        key: Option<&str>,
    ) -> Option<(&'static str, Value)> {
        let (name, broken, own) = match breach {
            Breach::Denied => ("Policy", "", policy.filter(|policy| *policy != NONE)),
            Breach::WrongKey => ("KmsMasterKeyId", Breach::OTHER_KEY, key),
            Breach::Stopped => return None,
        };
        let value = if begins { broken } else { own.unwrap_or_default() };
        Some((name, self.attribute(name, json!(value))))
    }

    /// Builds the call that sets the policy of a role, or deletes it if there is none.
    pub fn role_policy(self, role: &str, policy: &Value) -> ApiCall {
        let mut parameters = json!({ "roleName": role, "policyName": self.id() });
        let is_policy = !policy.is_null() && policy != NONE;
        if is_policy {
            let text = policy.as_str().map_or_else(|| policy.to_string(), str::to_owned);
            parameters["policyDocument"] = json!(text);
        }
        let name = if is_policy { "PutRolePolicy" } else { "DeleteRolePolicy" };
        self.call("iam.amazonaws.com", name, parameters)
    }

    /// Builds the call that takes the policy from the part's role, or gives it back.
    pub fn role_denial(self, policy: Option<&str>, begins: bool) -> ApiCall {
        let policy = policy.filter(|_| !begins);
        self.role_policy(self.id(), &policy.map_or(Value::Null, |policy| json!(policy)))
    }
}

/// Difference between two outputs of a command about a part.
pub(crate) struct Change<'a> {
    /// The part, in the design after the change.
    pub subject: Subject<'a>,
    /// Command that reads the configuration.
    pub command: &'a str,
    /// Output before the change; null if the command returned nothing.
    pub was: &'a Value,
    /// Output after the change; null if the command returns nothing.
    pub is: &'a Value,
}

impl Change<'_> {
    /// Whether the policy of the part's role changed.
    pub fn is_of_role(&self) -> bool {
        self.command.starts_with("the policy of its")
    }

    /// Builds the call that gives the part's role its new policy.
    pub fn role_policy(&self) -> ApiCall {
        self.subject.role_policy(self.subject.id(), self.is)
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
    pub fn with(&self, mut named: Value) -> Value {
        for (name, value) in self.changed(|all| all) {
            named[lower_first(&name)] = spelled(&value);
        }
        named
    }

    /// Changed attributes. A removed one is empty: SQS and SNS delete an attribute that is set to an empty
    /// string.
    pub fn attributes(&self) -> Map<String, Value> {
        let changed = self.changed(|all| &all["Attributes"]);
        let said = |name: &str, value: Value| match value {
            Value::Null => json!(""),
            value => self.subject.attribute(name, value),
        };
        changed.into_iter().map(|(name, value)| (name.clone(), said(&name, value))).collect()
    }

    /// Access policy as the value of an attribute; empty if there is none.
    pub fn policy(&self) -> Value {
        json!(if self.is == NONE { String::new() } else { self.is.to_string() })
    }
}

/// Spells the fields of a request as records do: `batchSize`.
pub(crate) fn spelled(value: &Value) -> Value {
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
pub(crate) fn event_time(at: Time) -> String {
    let instant = DateTime::from_timestamp(RUN_START + (at.0 / 1_000_000) as i64, 0);
    instant.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
