//! A log group of CloudWatch Logs: its source, its retention and its data protection policy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::{Design, PartKind, PartPath, arn};
use crate::assumption::{Assumption, assume};
use crate::aws::data_protection::Identifier;

/// Retentions that AWS accepts, in days.
pub const RETENTIONS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557,
    2_922, 3_288, 3_653,
];

/// Level of detail at which orders are logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Logged {
    /// A function logs Lambda's own lines, which its code cannot turn off; a workflow logs nothing (`OFF`).
    #[default]
    Nothing,
    /// A function logs a line with the order's number; a workflow logs every event without its data (`ALL`).
    Id,
    /// A function logs the whole record; a workflow logs every event with its data (`includeExecutionData`,
    /// SEC-15).
    Event,
}

/// A log group. One function or workflow writes to it; its role always allows that, which is a *model
/// assumption* (MA-log-group-7).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogGroup {
    pub title: Option<String>,
    /// Function or workflow that writes to the log group.
    pub source: Option<PartPath>,
    pub logs: Logged,
    /// Retention period; without one, events never expire (COST-09).
    pub retention_in_days: Option<u32>,
    /// Identifiers of the data that a policy masks in events ingested from now on (SEC-15). Empty: no policy.
    pub data_identifiers: Vec<Identifier>,
}

impl LogGroup {
    /// Model assumptions about log groups.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-log-group-1", "AWS's own lines are as long as typical ones."),
        assume("MA-log-group-2", "26 bytes of each event are billed with its text."),
        assume("MA-log-group-3", "A fifth of what is ingested is stored."),
        assume("MA-log-group-4", "Expired events are deleted at once."),
        assume("MA-log-group-5", "A handler logs all its records before it works on the first."),
        assume(
            "MA-log-group-6",
            "An event of a state carries its input, the last event no output.",
        ),
        assume("MA-log-group-7", "Whoever writes to the log group may always do so."),
        assume("MA-log-group-8", "Data identifiers judge by the form of a text, without keywords."),
    ];
}

impl Part for LogGroup {
    from_fields!(title);

    fn arn(&self, _: &str, _: &Design) -> Option<String> {
        Some(arn("logs", &format!("log-group:{}", self.name())))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("logs.{id}.{field}");
        let design = checker.design;
        let source = self.source.as_ref();
        let known = source.is_some_and(|source| {
            matches!(source.kind, PartKind::Function | PartKind::Workflow)
                && design.contains(source)
        });
        checker.must(known, &path("source"), || {
            format!(
                "\"{}\" is no function and no workflow of this design.",
                source.map(ToString::to_string).unwrap_or_default()
            )
        });
        let mut others = design.logs.iter().filter(|(other, _)| other.as_str() < id);
        let other = others.rfind(|(_, other)| known && other.source == self.source);
        checker.must(other.is_none(), &path("source"), || {
            let other = other.map(|(other, _)| other.as_str()).unwrap_or_default();
            format!(
                "A function or a workflow writes to one log group, and this one writes to {other}."
            )
        });
        let good = self.retention_in_days.is_none_or(|days| RETENTIONS.contains(&days));
        checker.must(good, &path("retention_in_days"), || {
            let days: Vec<String> = RETENTIONS.iter().map(u32::to_string).collect();
            format!(
                "PutRetentionPolicy: InvalidParameterException: a retention is one of {} days; left out, \
                 events never expire.",
                days.join(", ")
            )
        });
        let distinct: BTreeSet<&Identifier> = self.data_identifiers.iter().collect();
        let good = distinct.len() == self.data_identifiers.len();
        checker.must(good, &path("data_identifiers"), || {
            "PutDataProtectionPolicy: InvalidParameterException: the policy lists each data identifier \
             only once."
                .into()
        });
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let arn = self.arn(id, answers.design).unwrap_or_default();
        let mut group = json!({
            "logGroupName": self.name(),
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "logGroupClass": "STANDARD",
        });
        if let Some(days) = self.retention_in_days {
            group["retentionInDays"] = json!(days);
        }
        if !self.data_identifiers.is_empty() {
            group["dataProtectionStatus"] = json!("ACTIVATED");
        }
        answers.add("aws logs describe-log-groups", json!({ "logGroups": [group] }));
        let policy = if self.data_identifiers.is_empty() { json!({}) } else { self.policy() };
        answers.add("aws logs get-data-protection-policy", policy);
        let Some(source) = &self.source else { return };
        if source.kind == PartKind::Workflow {
            let level = if self.logs == Logged::Nothing { "OFF" } else { "ALL" };
            let to = json!({ "cloudWatchLogsLogGroup": { "logGroupArn": format!("{arn}:*") } });
            answers.add(
                "aws stepfunctions describe-state-machine",
                json!({ "loggingConfiguration": {
                    "level": level,
                    "includeExecutionData": self.logs == Logged::Event,
                    "destinations": [to],
                } }),
            );
        } else {
            let config = json!({ "LogFormat": "Text", "LogGroup": self.name() });
            answers.add(
                "aws lambda get-function-configuration",
                json!({ "FunctionName": source.id, "LoggingConfig": config }),
            );
            answers.ours(&json!({ "logs": self.logs }));
        }
    }

    /// None: the calls of CloudWatch Logs are not modelled.
    fn calls_for(&self, _: &Change<'_>) -> Vec<ApiCall> {
        Vec::new()
    }
}

impl LogGroup {
    /// Name of the log group in AWS.
    fn name(&self) -> String {
        match &self.source {
            Some(source) if source.kind == PartKind::Workflow => {
                format!("/aws/vendedlogs/states/{}-Logs", source.id)
            }
            Some(source) => format!("/aws/lambda/{}", source.id),
            None => String::new(),
        }
    }

    /// Writes its data protection policy, which must audit what it masks.
    fn policy(&self) -> Value {
        let identifiers: Vec<String> = self.data_identifiers.iter().map(|i| i.arn()).collect();
        json!({
            "Name": "data-protection-policy",
            "Version": "2021-06-01",
            "Statement": [
                { "Sid": "audit-policy", "DataIdentifier": identifiers,
                  "Operation": { "Audit": { "FindingsDestination": {} } } },
                { "Sid": "redact-policy", "DataIdentifier": identifiers,
                  "Operation": { "Deidentify": { "MaskConfig": {} } } },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: &str = "[functions.a]\n[functions.b]\n[logs.a]\nsource = 'functions.a'\n";

    /// Mistakes about log groups.
    fn wrong(text: &str) -> Vec<String> {
        let design: Design = toml::from_str(text).unwrap();
        let mistakes = design.mistakes(&[]).into_iter();
        let about = mistakes.filter(|mistake| mistake.path.starts_with("logs."));
        about.map(|mistake| format!("{}: {}", mistake.path, mistake.sentence)).collect()
    }

    #[test]
    fn a_retention_is_one_that_aws_takes() {
        for days in RETENTIONS {
            assert_eq!(wrong(&format!("{DESIGN}retention_in_days = {days}")), [""; 0]);
        }
        for days in [0, 2, 10, 364, 4_000] {
            let told = wrong(&format!("{DESIGN}retention_in_days = {days}"));
            assert!(told[0].contains("retention_in_days: PutRetentionPolicy: Invalid"), "{told:?}");
        }
    }

    #[test]
    fn a_source_is_a_function_or_a_workflow_with_one_log_group() {
        for source in ["functions.none", "queues.q"] {
            let told = wrong(&format!(
                "{}[queues.q]\n",
                DESIGN.replace("'functions.a'", &format!("'{source}'"))
            ));
            assert!(told[0].contains("is no function and no workflow"), "{told:?}");
        }
        let told = wrong(&format!("{DESIGN}[logs.b]\nsource = 'functions.a'"));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("logs.b.source") && told[0].ends_with("writes to a."),
            "{told:?}"
        );
        assert_eq!(wrong(&format!("{DESIGN}[logs.b]\nsource = 'functions.b'")), [""; 0]);
    }

    #[test]
    fn an_identifier_stands_in_the_policy_once() {
        let once = format!("{DESIGN}data_identifiers = ['EmailAddress']");
        assert_eq!(wrong(&once), [""; 0]);
        let twice = once.replace("['EmailAddress']", "['EmailAddress', 'EmailAddress']");
        assert!(wrong(&twice)[0].contains("PutDataProtectionPolicy"));
    }

    #[test]
    fn the_policy_masks_what_it_audits() {
        let text = format!("{DESIGN}retention_in_days = 7\ndata_identifiers = ['EmailAddress']");
        let design: Design = toml::from_str(&text).unwrap();
        let all = design.configuration("logs.a", &[]);
        let answer = |command: &str| {
            &all.iter().find(|answer| answer.command.ends_with(command)).unwrap().answer
        };
        let group = &answer("describe-log-groups")["logGroups"][0];
        assert_eq!(group["logGroupName"], "/aws/lambda/a");
        assert_eq!(group["retentionInDays"], 7);
        let statements = &answer("get-data-protection-policy")["Statement"];
        assert_eq!(statements[0]["DataIdentifier"], statements[1]["DataIdentifier"]);
        assert!(statements[1]["Operation"]["Deidentify"]["MaskConfig"].is_object());
    }
}
