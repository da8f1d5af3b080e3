//! A worker: containers that poll a queue themselves, unlike functions.

mod scaling;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answers::{Answers, secs};
use super::api_call::{ApiCall, Breach, Change, Subject};
use super::check::{Checker, no};
use super::part::{Part, from_fields};
use super::policy::{document, may};
use super::{Design, Duration, PartKind, PartPath, REGION, arn_in};
use crate::assumption::{Assumption, ROLE, assume};
use crate::kernel::time::Span;

/// ECS cluster of all workers.
const CLUSTER: &str = "shop";

/// Maximum number of containers of a service. ECS allows thousands; the lower limit of the *model* keeps the
/// picture readable.
const TASKS_MAX: u32 = 500;

/// An ECS service whose containers each run a loop: receive, work, delete. No AWS service stands between them
/// and the queue, so nothing ensures that the visibility timeout exceeds the work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    pub title: Option<String>,
    /// Account that owns the worker; the design's own by default.
    pub account: Option<String>,
    /// Whether an order is completed only after this worker has processed it.
    pub required: bool,
    /// Queue that the containers poll.
    pub queue: String,
    /// Service that it calls for each message, after its own work.
    pub calls: String,
    /// Typical duration of its own work on a message, before the call: a *model assumption* (MA-worker-1).
    pub work: Duration,
    /// Maximum time that it waits for the service to respond.
    pub timeout: Duration,
    /// Containers that a run begins with, each with one message in hand at a time (`desiredCount` of ECS).
    pub tasks: u32,
    /// Maximum number of messages per `ReceiveMessage` (SQS-05); a container processes them one after the
    /// other.
    pub max_number_of_messages: u32,
    /// Wait time of `ReceiveMessage` (SQS-50); 0 means short polling.
    pub wait_time_seconds: Duration,
    /// Interval at which it calls `ChangeMessageVisibility` while it works, each time for the queue's
    /// visibility timeout from then on (SQS-21); never when omitted.
    pub heartbeat: Option<Duration>,
    /// Whether it sends an idempotency key of the order to the service (IDM-07).
    pub idempotency_keys: bool,
    /// Identity policy of the task role (SEC-04); a sufficient one by default.
    pub role_policy: Option<String>,
    /// Of the scalable target: bounds of the number of tasks. Without a most nothing scales.
    pub min_tasks: u32,
    pub max_tasks: Option<u32>,
    /// The target of the scaling policy: visible messages for each task (T-36). Without it nothing
    /// scales.
    pub backlog_per_task: Option<u32>,
    /// For so long after a scale-out none follows.
    pub scale_out_cooldown: Duration,
    /// For so long after any scaling no task is taken away.
    pub scale_in_cooldown: Duration,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            title: None,
            account: None,
            required: false,
            queue: String::new(),
            calls: String::new(),
            work: Duration::from_secs(0),
            timeout: Duration::from_secs(60),
            tasks: 1,
            max_number_of_messages: 1,
            wait_time_seconds: Duration::from_secs(0),
            heartbeat: None,
            idempotency_keys: false,
            role_policy: None,
            min_tasks: 1,
            max_tasks: None,
            backlog_per_task: None,
            scale_out_cooldown: Duration::from_secs(300),
            scale_in_cooldown: Duration::from_secs(300),
        }
    }
}

impl Worker {
    /// Model assumptions about workers.
    pub(super) const ASSUMES: &[Assumption] = &[
        ROLE,
        assume("MA-worker-1", "How long its work takes is a setting of the design."),
        assume(
            "MA-worker-2",
            "Short polls are a second apart, and each finds every visible message.",
        ),
        assume("MA-worker-3", "A new container polls after 30 s."),
        assume(
            "MA-worker-4",
            "Target tracking looks once a minute, without the delay of its alarms.",
        ),
        assume(
            "MA-worker-5",
            "A stopped task first finishes what it holds, however long it takes.",
        ),
    ];
}

impl Part for Worker {
    from_fields!(title, required, account);

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(arn_in(self.account(design), "ecs", &format!("service/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("workers.{id}.{field}");
        checker.account(&path("account"), self.account.as_deref());
        let known = design.queues.contains_key(&self.queue);
        checker.must(known, &path("queue"), || no("queue", &self.queue));
        let known = design.services.contains_key(&self.calls);
        checker.must(known, &path("calls"), || no("service", &self.calls));
        checker.must((1..=TASKS_MAX).contains(&self.tasks), &path("tasks"), || {
            format!("A worker has 1 to {TASKS_MAX} tasks.")
        });
        self.check_scaling(&path, checker);
        let most = self.max_number_of_messages;
        checker.must((1..=10).contains(&most), &path("max_number_of_messages"), || {
            format!(
                "InvalidParameterValue: Value {most} for parameter MaxNumberOfMessages is invalid. \
                 Reason: Must be between 1 and 10, if provided."
            )
        });
        let wait = self.wait_time_seconds.0;
        let good = wait <= Span::from_secs(20) && wait.0.is_multiple_of(1_000_000);
        checker.must(good, &path("wait_time_seconds"), || {
            format!(
                "InvalidParameterValue: Value {} for parameter WaitTimeSeconds is invalid. Reason: \
                 Must be >= 0 and <= 20 (whole seconds), if provided.",
                wait.0 as f64 / 1e6
            )
        });
        let day = Span::from_secs(86_400);
        checker.must(self.work.0 <= day, &path("work"), || {
            "A message is invisible for 12 hours at most: work of more than a day is not modelled."
                .into()
        });
        let timeout = self.timeout.0;
        checker.must(timeout > Span::ZERO && timeout <= day, &path("timeout"), || {
            "A worker waits for its service for more than 0 seconds and at most a day.".into()
        });
        let beats = self.heartbeat.map(|heartbeat| heartbeat.0);
        let good = beats.is_none_or(|every| every >= Span::from_secs(1) && every <= day);
        checker.must(good, &path("heartbeat"), || {
            "A heartbeat comes at most once a second and at least once a day.".into()
        });
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
    }

    fn takes_from(&self) -> Option<PartPath> {
        Some(PartKind::Queue.path(&self.queue))
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let service = json!({
            "serviceName": id,
            "serviceArn": arn_in(self.account(design), "ecs", &format!("service/shop/{id}")),
            "status": "ACTIVE",
            "desiredCount": self.tasks,
            "launchType": "FARGATE",
        });
        answers.add("aws ecs describe-services", json!({ "services": [service] }));
        let queue_arn = design.queue_arn(&self.queue);
        let name = queue_arn.rsplit(':').next().unwrap_or_default();
        let account = design.account_of(&PartKind::Queue.path(&self.queue));
        let url = format!("https://sqs.{REGION}.amazonaws.com/{account}/{name}");
        answers.add(
            "aws sqs receive-message --cli-input-json, as each task calls it in its loop",
            json!({
                "QueueUrl": url,
                "MaxNumberOfMessages": self.max_number_of_messages,
                "WaitTimeSeconds": secs(self.wait_time_seconds),
                "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
            }),
        );
        if let (Some(every), Some(queue)) = (self.heartbeat, design.queues.get(&self.queue)) {
            let command = format!(
                "aws sqs change-message-visibility --cli-input-json, every {} while it works",
                every.0
            );
            answers.add(
                &command,
                json!({
                    "QueueUrl": url,
                    "ReceiptHandle": "<of the latest receive>",
                    "VisibilityTimeout": secs(queue.visibility_timeout),
                }),
            );
        }
        answers.add(
            "aws sqs delete-message --cli-input-json, when the work is done",
            json!({ "QueueUrl": url, "ReceiptHandle": "<of the latest receive>" }),
        );
        answers.add(
            "what it does with a message (not AWS's: a model assumption)",
            json!({
                "work": self.work,
                "calls": self.calls,
                "timeout": self.timeout,
                "idempotency_keys": self.idempotency_keys,
            }),
        );
        self.scaling_policy(id, answers);
        answers.policy("the policy of its task role", self.role_policy.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let subject = change.subject;
        let id = subject.id();
        if change.is_of_role() {
            return vec![change.role_policy()];
        }
        if change.command.contains("scal") {
            return scaling::call_for(change).into_iter().collect();
        }
        // A task's code decides how it reads its queue, so other code is a new revision of the tasks.
        let parameters = match change.command {
            "aws ecs describe-services" => json!({
                "cluster": CLUSTER, "service": id,
                "desiredCount": change.is["services"][0]["desiredCount"],
            }),
            _code => json!({ "cluster": CLUSTER, "service": id, "taskDefinition": id }),
        };
        vec![subject.call("ecs.amazonaws.com", "UpdateService", parameters)]
    }

    fn breach_call(&self, breach: Breach, begins: bool, on: Subject<'_>) -> Option<ApiCall> {
        match breach {
            Breach::Denied => Some(on.role_denial(self.role_policy.as_deref(), begins)),
            Breach::Stopped => {
                let tasks = if begins { 0 } else { self.tasks };
                let parameters =
                    json!({ "cluster": CLUSTER, "service": on.id(), "desiredCount": tasks });
                Some(on.call("ecs.amazonaws.com", "UpdateService", parameters))
            }
            Breach::WrongKey => None,
        }
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// Allows the calls in the loop of its tasks (SEC-04, SEC-11). No console creates this policy: the
    /// default is a *model assumption* (MA-role-1).
    fn console_policy(&self, _: &str, id: &str, design: &Design) -> Option<String> {
        let actions =
            r#"["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]"#;
        let mut statements = vec![may(actions, &design.queue_arn(&self.queue))];
        let key = design.queues.get(&self.queue).and_then(|queue| queue.kms_master_key_id.as_ref());
        let account = design.account_of(&PartKind::Queue.path(&self.queue));
        let decrypt = |key: &String| may(r#"["kms:Decrypt"]"#, &design.key_arn(key, account));
        statements.extend(key.map(decrypt));
        statements.extend(design.may_fetch(&PartKind::Worker.path(id)));
        Some(document(&statements))
    }
}
