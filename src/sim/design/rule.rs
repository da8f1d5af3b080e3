//! A rule of a bus, and the input that it builds from an event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Answers, secs, text};
use super::api_call::{ApiCall, Change, spelled};
use super::check::{Checker, no};
use super::part::{Metrics, Part, from_fields};
use super::policy::{NONE, document, list, may};
use super::{CUSTOMER, Design, Duration, ORDER, PartKind, PartPath, iam_arn};
use crate::assumption::{Assumption, INVALID, LOOKS, WILDCARDS, assume};
use crate::aws::input::Input;
use crate::aws::pattern::Pattern;

/// Maximum number of targets of a rule (EB-03).
const TARGETS_MAX: usize = 5;
/// Maximum length of a pattern (EB-03).
const PATTERN_MAX: usize = 2_048;

/// A rule. Its settings apply to all of its targets: targets with other settings need another rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    pub title: Option<String>,
    pub bus: String,
    /// Event pattern in JSON.
    pub event_pattern: String,
    /// Targets, at most five (EB-03).
    pub targets: Vec<PartPath>,
    /// Age of an event at which retries stop (EB-40).
    pub maximum_event_age: Duration,
    /// Maximum number of retries of a delivery (EB-40).
    pub maximum_retry_attempts: u32,
    /// Dead-letter queue, which is a standard queue (EB-42).
    pub dlq: Option<String>,
    /// Input of the targets instead of the whole event (EB-34): constant JSON.
    pub input: Option<String>,
    /// Input of the targets: the part of the event at a path.
    pub input_path: Option<String>,
    /// Variables of an input transformer: paths into the event, by name.
    pub input_paths_map: BTreeMap<String, String>,
    /// Template of an input transformer.
    pub input_template: Option<String>,
    /// For FIFO queues: message group, a constant or a path into the event (EB-52).
    pub message_group_id: Option<String>,
    /// Identity policy of the rule's role, which then alone decides (EB-50). When omitted, the resource
    /// policies of queues, topics and functions decide; for workflows, buses and parts in other accounts, the
    /// console creates a role.
    pub role_policy: Option<String>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            title: None,
            bus: String::new(),
            event_pattern: String::new(),
            targets: Vec::new(),
            maximum_event_age: Duration::from_secs(86_400),
            maximum_retry_attempts: 185,
            dlq: None,
            input: None,
            input_path: None,
            input_paths_map: BTreeMap::new(),
            input_template: None,
            message_group_id: None,
            role_policy: None,
        }
    }
}

impl Rule {
    /// Model assumptions about rules.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-rule-1",
            "A retry waits 1 s, then twice as long, up to 512 s, half of it jitter.",
        ),
        assume("MA-rule-2", "The console's role for targets may also use their keys."),
        INVALID,
        LOOKS,
        WILDCARDS,
    ];
}

impl Part for Rule {
    from_fields!(title);

    /// A rule is not drawn: its bus represents it.
    fn is_drawn(&self) -> bool {
        false
    }

    /// Account of its bus.
    fn account<'a>(&'a self, design: &'a Design) -> &'a str {
        design.account_of(&PartKind::Bus.path(&self.bus))
    }

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(design.rule_arn(id))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("rules.{id}.{field}");
        let known = checker.design.buses.contains_key(&self.bus);
        checker.must(known, &path("bus"), || no("bus", &self.bus));
        match Pattern::parse(&self.event_pattern) {
            Err(sentence) => checker.must(false, &path("event_pattern"), || {
                format!("InvalidEventPatternException: {sentence}")
            }),
            Ok(pattern) => self.check_pattern(&path("event_pattern"), &pattern, checker),
        }
        let count = self.targets.len();
        checker.must((1..=TARGETS_MAX).contains(&count), &path("targets"), || {
            format!("A rule has one to {TARGETS_MAX} targets, this one {count}.")
        });
        for target in &self.targets {
            self.check_target(&path("targets"), target, checker);
        }
        let age = self.maximum_event_age.0.as_secs();
        checker.must((60..=86_400).contains(&age), &path("maximum_event_age"), || {
            "The maximum event age is from 60 seconds to 24 hours.".into()
        });
        checker.must(self.maximum_retry_attempts <= 185, &path("maximum_retry_attempts"), || {
            "There are at most 185 retry attempts.".into()
        });
        checker.dlq(&path("dlq"), self.dlq.as_ref(), false);
        self.check_input(id, checker);
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.targets.clone()
    }

    fn sends(&self, detail: &Value, design: &Design) -> Option<Value> {
        Some(self.shaped_input().of(&design.event(&self.bus, detail)))
    }

    fn takes_from(&self) -> Option<PartPath> {
        Some(PartKind::Bus.path(&self.bus))
    }

    fn gives_up_to(&self) -> Vec<&String> {
        self.dlq.iter().collect()
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        answers.add(
            "aws events describe-rule",
            json!({
                "Name": id,
                "EventBusName": self.bus,
                "State": "ENABLED",
                "EventPattern": self.event_pattern,
            }),
        );
        let targets = self.targets.iter().enumerate();
        let targets: Vec<Value> =
            targets.map(|(number, path)| self.target(id, number, path, design)).collect();
        answers.add("aws events list-targets-by-rule", json!({ "Targets": targets }));
        let acts_as = self.targets.iter().find_map(|path| self.role_towards(path, design));
        if acts_as.is_some() {
            answers.policy("the policy of its role", acts_as.as_deref());
        }
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let source = "events.amazonaws.com";
        let subject = change.subject;
        vec![match change.command {
            "aws events describe-rule" => subject.call(source, "PutRule", spelled(change.is)),
            "aws events list-targets-by-rule" => {
                let parameters = json!({
                    "rule": subject.id(), "eventBusName": self.bus,
                    "targets": spelled(&change.is["Targets"]),
                });
                subject.call(source, "PutTargets", parameters)
            }
            _role => change.role_policy(),
        }]
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        // In AWS, each target has its own role; a single policy can cover them only if all of them need one.
        let all = self.targets.iter().all(|target| self.needs_role(target, design));
        if all { self.console_role(design) } else { None }
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(Metrics { namespace: "AWS/Events", dimension: "RuleName" })
    }
}

impl Rule {
    /// Input of its targets, if not the whole event (EB-34).
    #[must_use]
    pub fn shaped_input(&self) -> Input {
        if let Some(constant) = &self.input {
            Input::Constant(serde_json::from_str(constant).unwrap_or(Value::Null))
        } else if let Some(path) = &self.input_path {
            Input::Path(path.clone())
        } else if let Some(template) = &self.input_template {
            Input::Transformer { paths: self.input_paths_map.clone(), template: template.clone() }
        } else {
            Input::Whole
        }
    }

    /// Policy of the role that it uses for a target: its own, or the console's where AWS requires a role
    /// (EB-50); `None` if it uses no role.
    #[must_use]
    pub fn role_towards(&self, target: &PartPath, design: &Design) -> Option<String> {
        match self.role_policy.as_deref() {
            Some(NONE) => None,
            Some(policy) => Some(policy.to_owned()),
            None if self.needs_role(target, design) => self.console_role(design),
            None => None,
        }
    }

    /// Whether the console creates a role for a target: a workflow, a bus, or a part in another account
    /// (EB-50, EB-55, EB-56).
    fn needs_role(&self, target: &PartPath, design: &Design) -> bool {
        matches!(target.kind, PartKind::Workflow | PartKind::Bus) || self.crosses_to(target, design)
    }

    /// Whether a target is in an account other than the rule's.
    #[must_use]
    pub fn crosses_to(&self, target: &PartPath, design: &Design) -> bool {
        design.account_of(target) != self.account(design)
    }

    /// Policy of the role that the console creates for the targets that need one; `None` if none does. It
    /// also allows the use of the targets' keys, which the console leaves out: a *model assumption*
    /// (MA-rule-2).
    fn console_role(&self, design: &Design) -> Option<String> {
        let needing: Vec<&PartPath> =
            self.targets.iter().filter(|target| self.needs_role(target, design)).collect();
        let mut statements = Vec::new();
        for kind in [
            PartKind::Workflow,
            PartKind::Bus,
            PartKind::Queue,
            PartKind::Topic,
            PartKind::Function,
        ] {
            let targets: Vec<&PartPath> =
                needing.iter().copied().filter(|target| target.kind == kind).collect();
            let receptions = targets.iter().filter_map(|target| design.part(target)?.receives());
            let Some(reception) = receptions.clone().next() else { continue };
            let arns: Vec<String> = targets.iter().map(|path| design.target_arn(path)).collect();
            statements.push(format!(
                r#"{{"Effect": "Allow", "Action": "{}", "Resource": {}}}"#,
                reception.action,
                list(&arns)
            ));
            let encrypts = r#"["kms:GenerateDataKey", "kms:Decrypt"]"#;
            let keys = targets.iter().zip(receptions).filter_map(|(target, reception)| {
                let key = design.key_arn(reception.key?, design.account_of(target));
                Some(may(encrypts, &key))
            });
            statements.extend(keys);
        }
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// Whether it sends to a part as the service principal of EventBridge, which the part's resource policy
    /// must admit.
    #[must_use]
    pub fn sends_as_service(&self, target: &PartPath, design: &Design) -> bool {
        self.targets.contains(target) && self.role_towards(target, design).is_none()
    }

    fn target(&self, id: &str, number: usize, path: &PartPath, design: &Design) -> Value {
        let mut target = json!({
            "Id": format!("target-{}", number + 1),
            "Arn": design.target_arn(path),
            "RetryPolicy": {
                "MaximumRetryAttempts": self.maximum_retry_attempts,
                "MaximumEventAgeInSeconds": secs(self.maximum_event_age),
            },
        });
        if let Some(dlq) = &self.dlq {
            target["DeadLetterConfig"] = json!({ "Arn": design.queue_arn(dlq) });
        }
        if self.role_towards(path, design).is_some() {
            target["RoleArn"] = json!(iam_arn(self.account(design), &format!("role/{id}")));
        }
        text(&mut target, "Input", self.input.as_deref());
        text(&mut target, "InputPath", self.input_path.as_deref());
        if let Some(template) = &self.input_template {
            target["InputTransformer"] = json!({
                "InputPathsMap": self.input_paths_map,
                "InputTemplate": template,
            });
        }
        if let Some(group) = &self.message_group_id {
            target["SqsParameters"] = json!({ "MessageGroupId": group });
        }
        target
    }

    /// Checks a pattern. Orders of a kind differ only in their numbers, and the model matches each kind once,
    /// so a pattern must not depend on them.
    fn check_pattern(&self, path: &str, pattern: &Pattern, checker: &mut Checker<'_>) {
        let design = checker.design;
        checker.must(self.event_pattern.chars().count() <= PATTERN_MAX, path, || {
            format!("InvalidEventPatternException: a pattern has at most {PATTERN_MAX} characters.")
        });
        let event = |detail: &str, number: &str| {
            let detail = detail.replace(ORDER, number).replace(CUSTOMER, number);
            let detail = serde_json::from_str(&detail).unwrap_or(Value::Null);
            design.event(&self.bus, &detail)
        };
        let differs = design.load.orders.iter().any(|class| {
            pattern.matches(&event(&class.detail, "1"))
                != pattern.matches(&event(&class.detail, "2"))
        });
        checker.must(!differs, path, || {
            format!(
                "This pattern tells {} of one kind apart by their numbers: make two kinds.",
                design.load.noun.many
            )
        });
    }

    fn check_target(&self, path: &str, target: &PartPath, checker: &mut Checker<'_>) {
        let design = checker.design;
        let receives = design.part(target).is_some_and(|part| part.receives().is_some());
        checker.must(receives, path, || {
            format!(
                "The target \"{target}\" is no bus, queue, topic, workflow or function of this design."
            )
        });
        self.check_other_account(path, target, checker);
        let to_bus = target.kind == PartKind::Bus;
        let is_whole = self.shaped_input() == Input::Whole;
        checker.must(!to_bus || is_whole, path, || {
            format!("An event goes to {target} as it is: the input of a bus is not modelled.")
        });
        let queue = design.queues.get(&target.id).filter(|_| target.kind == PartKind::Queue);
        let is_fifo = queue.is_some_and(|queue| queue.fifo_queue);
        checker.must(!is_fifo || self.message_group_id.is_some(), path, || {
            format!("The request must contain the parameter MessageGroupId for {target}: set message_group_id.")
        });
        // A target's parameters have a message group only for a queue (SNS-17).
        let topic = design.topics.get(&target.id).filter(|_| target.kind == PartKind::Topic);
        checker.must(!topic.is_some_and(|topic| topic.fifo_topic), path, || {
            format!(
                "{target} is a FIFO topic, and a rule's target has no MessageGroupId for a topic: \
                 let the rule send to a FIFO queue, or publish to the topic from the store."
            )
        });
    }

    /// Checks a target in another account: only some kinds are possible, and they require a role (EB-56).
    fn check_other_account(&self, path: &str, target: &PartPath, checker: &mut Checker<'_>) {
        let design = checker.design;
        if !self.crosses_to(target, design) {
            return;
        }
        checker.must(target.kind != PartKind::Workflow, path, || {
            format!(
                "{target} is in another account: there, a rule can target buses, queues, topics and \
                 functions, but no workflows (EB-56)."
            )
        });
        let has_role = target.kind == PartKind::Bus || self.role_policy.as_deref() != Some(NONE);
        checker.must(has_role, path, || {
            format!(
                "ValidationException: RoleArn is required for target {}.",
                design.target_arn(target)
            )
        });
    }

    /// Checks the settings of the input: only one of them can be set (EB-34).
    fn check_input(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("rules.{id}.{field}");
        let transforms = self.input_template.is_some() || !self.input_paths_map.is_empty();
        let ways = [self.input.is_some(), self.input_path.is_some(), transforms];
        checker.must(ways.iter().filter(|way| **way).count() <= 1, &path("input"), || {
            "ValidationException: only one of input, input_path and input_template can be set."
                .into()
        });
        checker.must(
            !transforms || self.input_template.is_some(),
            &path("input_paths_map"),
            || "A map of paths needs an input_template that uses them.".into(),
        );
        checker.must(self.input_paths_map.len() <= 100, &path("input_paths_map"), || {
            "A map has at most 100 paths.".into()
        });
        if let Some(input) = &self.input {
            let good = serde_json::from_str::<Value>(input).is_ok();
            checker.must(good && input.chars().count() <= 8_192, &path("input"), || {
                "The input is JSON of at most 8192 characters.".into()
            });
        }
        if let Some(template) = &self.input_template {
            checker.must(template.chars().count() <= 8_192, &path("input_template"), || {
                "The input template has at most 8192 characters.".into()
            });
        }
        let paths = self.input_path.iter().chain(self.input_paths_map.values());
        for text in paths {
            checker.must(text.starts_with('$'), &path("input_path"), || {
                format!("{text:?} is not a path: a path begins with $.")
            });
        }
    }
}
