//! The policies that AWS's console writes when a part is made or wired there, where a design leaves them
//! out: seen, edited and obeyed like any other. A policy that says `none` is none, and lets nobody in.

use serde_json::Value;

use super::{ACCOUNT, Design, PartKind, PartPath, Rule, iam_arn};

/// What a policy says that is not there.
pub const NONE: &str = "none";

const EVENTS: &str = "events.amazonaws.com";
const SNS: &str = "sns.amazonaws.com";

impl Design {
    /// The design with every policy in it that it leaves out.
    #[must_use]
    pub fn written_out(&self) -> Self {
        let mut written = self.clone();
        macro_rules! fill {
            ($($table:ident . $field:ident),+) => {$(
                for (id, part) in &mut written.$table {
                    if part.$field.is_none() {
                        let path = [stringify!($table), id, stringify!($field)].join(".");
                        part.$field = self.console_policy(&path);
                    }
                }
            )+};
        }
        fill!(queues.policy, topics.policy, keys.policy, functions.policy);
        fill!(functions.role_policy, workers.role_policy, rules.role_policy);
        written
    }

    /// What the console writes for a policy by its path, such as `queues.inventory.policy`; nothing
    /// where it writes nothing, or where no policy stands.
    #[must_use]
    pub fn console_policy(&self, path: &str) -> Option<String> {
        let (part, field) = path.rsplit_once('.')?;
        let PartPath { kind, id } = part.parse().ok()?;
        let id = id.as_str();
        let (is_policy, is_role) = (field == "policy", field == "role_policy");
        match kind {
            PartKind::Queue if is_policy => {
                self.queues.contains_key(id).then(|| self.queue_policy(id))
            }
            PartKind::Topic if is_policy => {
                self.topics.contains_key(id).then(|| self.topic_policy(id))
            }
            PartKind::Key if is_policy => self.keys.contains_key(id).then(key_policy),
            PartKind::Function if is_policy => self.invocation_policy(id),
            PartKind::Function if is_role => self.execution_role(id),
            PartKind::Worker if is_role => self.task_role(id),
            PartKind::Rule if is_role => {
                let rule = self.rules.get(id)?;
                // Each target has a role of its own; one setting can speak for all only where all need it.
                let all = rule.targets.iter().all(|target| target.kind == PartKind::Workflow);
                if all { self.starting_role(rule) } else { None }
            }
            PartKind::Client
            | PartKind::Intake
            | PartKind::Store
            | PartKind::Bus
            | PartKind::Rule
            | PartKind::Queue
            | PartKind::Function
            | PartKind::Worker
            | PartKind::Topic
            | PartKind::Subscription
            | PartKind::Workflow
            | PartKind::Service
            | PartKind::Alarm
            | PartKind::Key => None,
        }
    }

    /// The role that a rule acts with towards a target: its own for all of them, or the one that the
    /// console makes where AWS asks for one (EB-50).
    #[must_use]
    pub fn role_towards(&self, rule: &Rule, target: &PartPath) -> Option<String> {
        match rule.role_policy.as_deref() {
            Some(NONE) => None,
            Some(policy) => Some(policy.to_owned()),
            None if target.kind == PartKind::Workflow => self.starting_role(rule),
            None => None,
        }
    }

    /// The owner, and the rules and topics that send or dead-letter there (EB-42, EB-51, SNS-18).
    fn queue_policy(&self, id: &str) -> String {
        let path = PartKind::Queue.path(id);
        let own = self.queue_arn(id);
        let is_dlq = |dlq: &Option<String>| dlq.as_deref() == Some(id);
        let rules = self.rules.iter().filter(|(_, rule)| {
            (rule.targets.contains(&path) && self.role_towards(rule, &path).is_none())
                || is_dlq(&rule.dlq)
        });
        let rules = rules.map(|(id, _)| self.rule_arn(id)).collect();
        let from = self.subscriptions.values().filter(|subscription| {
            subscription.queue.as_deref() == Some(id) || is_dlq(&subscription.dlq)
        });
        let topics = from.map(|s| self.topic_arn(&s.topic)).collect();
        let mut statements = vec![format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "SQS:*", "Resource": "{own}"}}"#,
            root()
        )];
        let send = |service, sources| grant(service, "sqs:SendMessage", &own, "ArnEquals", sources);
        statements.extend(send(EVENTS, rules));
        statements.extend(send(SNS, topics));
        document(&statements)
    }

    /// AWS's default statement, which lets the account's own roles publish and no service, and one for
    /// EventBridge, to which the console adds no condition (EB-51).
    fn topic_policy(&self, id: &str) -> String {
        let path = PartKind::Topic.path(id);
        let own = self.topic_arn(id);
        let mut statements = vec![format!(
            r#"{{"Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"], "Resource": "{own}", "Condition": {{"StringEquals": {{"AWS:SourceOwner": "{ACCOUNT}"}}}}}}"#
        )];
        let sends =
            |rule: &Rule| rule.targets.contains(&path) && self.role_towards(rule, &path).is_none();
        if self.rules.values().any(sends) {
            statements.push(format!(
                r#"{{"Effect": "Allow", "Principal": {{"Service": "{EVENTS}"}}, "Action": "sns:Publish", "Resource": "{own}"}}"#
            ));
        }
        document(&statements)
    }

    /// Who may invoke a function: a queue's consumer needs none of this, since Lambda polls (LAM-15).
    fn invocation_policy(&self, id: &str) -> Option<String> {
        self.functions.get(id).filter(|function| function.queue.is_none())?;
        let path = PartKind::Function.path(id);
        let own = self.target_arn(&path);
        let rules = self.rules.iter().filter(|(_, rule)| {
            rule.targets.contains(&path) && self.role_towards(rule, &path).is_none()
        });
        let rules = rules.map(|(id, _)| self.rule_arn(id)).collect();
        let from = self.subscriptions.values().filter(|s| s.function.as_deref() == Some(id));
        let topics = from.map(|s| self.topic_arn(&s.topic)).collect();
        let invoke =
            |service, sources| grant(service, "lambda:InvokeFunction", &own, "ArnLike", sources);
        let statements: Vec<String> =
            invoke(EVENTS, rules).into_iter().chain(invoke(SNS, topics)).collect();
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// What a function's role needs: to consume its queue, to decrypt what is in it, and to send what
    /// it gives up (LAM-15, SEC-04, SEC-11).
    fn execution_role(&self, id: &str) -> Option<String> {
        let function = self.functions.get(id)?;
        let mut statements = Vec::new();
        let mut may = |actions: &str, resource: &str| {
            statements.push(format!(
                r#"{{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"}}"#
            ));
        };
        let consume = r#""sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes""#;
        let decrypt = r#""kms:Decrypt""#;
        let encrypt = r#""kms:GenerateDataKey", "kms:Decrypt""#;
        let uses = [
            (function.queue.as_ref(), consume, decrypt),
            (function.on_failure.as_ref(), r#""sqs:SendMessage""#, encrypt),
        ];
        for (queue, actions, key_actions) in uses {
            let Some(name) = queue else { continue };
            may(actions, &self.queue_arn(name));
            let key = self.queues.get(name).and_then(|queue| queue.kms_master_key_id.as_ref());
            if let Some(key) = key {
                may(key_actions, &self.key_arn(key));
            }
        }
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// What the role of a worker's tasks needs for their loop (SEC-04, SEC-11). No console makes it: a
    /// fitting one is a *model assumption*.
    fn task_role(&self, id: &str) -> Option<String> {
        let worker = self.workers.get(id)?;
        let queue = self.queue_arn(&worker.queue);
        let mut statements = vec![format!(
            r#"{{"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], "Resource": "{queue}"}}"#
        )];
        let key = self.queues.get(&worker.queue).and_then(|queue| queue.kms_master_key_id.as_ref());
        if let Some(key) = key {
            statements.push(format!(
                r#"{{"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "{}"}}"#,
                self.key_arn(key)
            ));
        }
        Some(document(&statements))
    }

    /// A rule's role to start workflows (SEC-14).
    fn starting_role(&self, rule: &Rule) -> Option<String> {
        let workflows = rule.targets.iter().filter(|target| target.kind == PartKind::Workflow);
        let arns: Vec<String> = workflows.map(|path| self.target_arn(path)).collect();
        (!arns.is_empty()).then(|| {
            let resource = list(&arns);
            document(&[format!(
                r#"{{"Effect": "Allow", "Action": "states:StartExecution", "Resource": {resource}}}"#
            )])
        })
    }
}

/// The path of a policy, which `none` leaves without one instead of to the console.
#[must_use]
pub(super) fn is_policy(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or_default();
    matches!(field, "policy" | "role_policy")
}

/// Whether two policies are the same document.
#[must_use]
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

/// The account itself: a key's policy that names it leaves the rest to the policies of its roles, and
/// lets no service in (SEC-01, SEC-09).
fn key_policy() -> String {
    document(&[format!(
        r#"{{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "kms:*", "Resource": "*"}}"#,
        root()
    )])
}

fn root() -> String {
    iam_arn("root")
}

/// A statement that lets a service do something on behalf of these, if there are any (SEC-05).
fn grant(
    service: &str,
    action: &str,
    resource: &str,
    operator: &str,
    mut sources: Vec<String>,
) -> Option<String> {
    sources.dedup();
    (!sources.is_empty()).then(|| {
        let sources = list(&sources);
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "{action}", "Resource": "{resource}", "Condition": {{"{operator}": {{"aws:SourceArn": {sources}}}}}}}"#
        )
    })
}

/// One as a text, several as a list of them.
fn list(arns: &[String]) -> String {
    match arns {
        [one] => format!("\"{one}\""),
        all => format!("[\"{}\"]", all.join("\", \"")),
    }
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}
