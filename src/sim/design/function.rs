//! A function, and the event source mapping that polls a queue for it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Answers, secs};
use super::api_call::{ApiCall, Breach, Change, Subject};
use super::check::{Checker, no};
use super::destination;
use super::part::{Limit, MIB, Metrics, Part, Reception, from_fields};
use super::policy::{EVENTS, NONE, SNS, document, grant, may};
use super::record::Condition;
use super::{ACCOUNT_CONCURRENCY, Design, Duration, PartKind, PartPath, Queue, arn_in};
use crate::assumption::{Assumption, LOOKS, WILDCARDS, assume};
use crate::aws::pattern::Pattern;
use crate::fault::FaultKind;
use crate::kernel::time::Span;

/// Concurrency that AWS keeps available for functions without a reservation (LAM-41).
const UNRESERVED_MIN: u32 = 100;

/// Response of a handler to a batch in which a record failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchResponse {
    /// Lists the failed records if `report_batch_item_failures` is on, and throws otherwise.
    #[default]
    Failures,
    /// Swallows the failures: an empty response means success (LAM-21).
    Nothing,
    /// Returns an invalid list of failures, with a wrong field name or an unknown id (LAM-22).
    Malformed,
}

/// A function that consumes a queue through an event source mapping, that rules, pipes and topics invoke
/// asynchronously, or that a pipe invokes synchronously.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
// AWS has as many boolean attributes.
#[allow(clippy::struct_excessive_bools)]
pub struct Function {
    pub title: Option<String>,
    /// Account that owns the function; the design's own by default.
    pub account: Option<String>,
    /// Whether an order is completed only after this function has processed it.
    pub required: bool,
    /// Queue that the function consumes; without one, others invoke it.
    pub queue: Option<String>,
    /// Service that the handler calls for each record.
    pub calls: String,
    /// Timeout of an invocation (LAM-40).
    pub timeout: Duration,
    /// Memory in MB.
    pub memory_size: u32,
    /// Reserved concurrency (LAM-41); the account's unreserved concurrency when omitted.
    pub reserved_concurrent_executions: Option<u32>,
    /// Maximum number of records in a batch (LAM-02).
    pub batch_size: u32,
    /// Time that a batch waits for more records (LAM-03).
    pub maximum_batching_window: Duration,
    /// Whether the handler reports failed records one by one (LAM-20), also to a pipe that invokes it with a
    /// batch (EB-63).
    pub report_batch_item_failures: bool,
    pub batch_response: BatchResponse,
    /// Maximum concurrency of the event source mapping (LAM-06); up to 1,250 when omitted (LAM-04).
    pub maximum_concurrency: Option<u32>,
    /// Filter patterns in JSON, `{"body": …}`; a record needs to match only one (LAM-16).
    pub filters: Vec<String>,
    /// Whether the handler records the orders it has processed, as IDM-04 describes.
    pub idempotency_record: bool,
    /// Lifetime of an idempotency record.
    pub idempotency_expiry: Duration,
    /// Whether the handler sends an idempotency key of the order to the service (IDM-07).
    pub idempotency_keys: bool,
    /// Maximum number of retries of an asynchronous invocation (LAM-31).
    pub maximum_retry_attempts: u32,
    /// Maximum age of an event in an asynchronous invocation (LAM-32).
    pub maximum_event_age: Duration,
    /// Where the record of an asynchronous invocation goes that succeeded, and of one that was given up: a
    /// standard queue or topic, a function, a bus (LAM-34). A bare name is a queue's.
    #[serde(deserialize_with = "destination::read")]
    pub on_success: Option<PartPath>,
    #[serde(deserialize_with = "destination::read")]
    pub on_failure: Option<PartPath>,
    /// A standard queue for events that were given up, which gets the event and nothing of the response
    /// (LAM-34).
    pub dlq: Option<String>,
    /// Identity policy of the execution role (LAM-15); a sufficient one by default.
    pub role_policy: Option<String>,
    /// Resource policy in JSON: who may invoke the function. The default admits the rules and topics of the
    /// design that do (EB-51); the consumer of a queue needs none.
    pub policy: Option<String>,
}

impl Default for Function {
    fn default() -> Self {
        Self {
            title: None,
            account: None,
            required: false,
            queue: None,
            calls: String::new(),
            timeout: Duration::from_secs(3),
            memory_size: 128,
            reserved_concurrent_executions: None,
            batch_size: 10,
            maximum_batching_window: Duration::from_secs(0),
            report_batch_item_failures: false,
            batch_response: BatchResponse::Failures,
            maximum_concurrency: None,
            filters: Vec::new(),
            idempotency_record: false,
            idempotency_expiry: Duration::from_secs(3_600),
            idempotency_keys: false,
            maximum_retry_attempts: 2,
            maximum_event_age: Duration::from_secs(21_600),
            on_success: None,
            on_failure: None,
            dlq: None,
            role_policy: None,
            policy: None,
        }
    }
}

impl Function {
    /// Model assumptions about functions.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-function-1", "A record has 800 bytes beside its body."),
        assume("MA-function-2", "Messages that do not fit into an invocation stay in the queue."),
        assume(
            "MA-function-3",
            "An error lowers the limit on batches by a quarter; a success adds one.",
        ),
        assume(
            "MA-function-4",
            "A throttled batch waits 1 s, then twice as long, up to five minutes.",
        ),
        assume("MA-function-5", "An event that comes twice comes again after five seconds."),
        assume(
            "MA-function-6",
            "Whoever invokes it asynchronously passes on a payload's reference.",
        ),
        assume(
            "MA-function-7",
            "A record reaches its destination in 100 ms; a refused one is lost.",
        ),
        assume(
            "MA-function-8",
            "A record tells of one invocation if it succeeded, else of all allowed.",
        ),
        assume("MA-function-9", "A handler answers nothing."),
        assume("MA-function-10", "A function that may not run at all exhausts its retries."),
        LOOKS,
        WILDCARDS,
    ];
}

impl Part for Function {
    from_fields!(title, required, account);

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(arn_in(self.account(design), "lambda", &format!("function:{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("functions.{id}.{field}");
        checker.account(&path("account"), self.account.as_deref());
        let known = design.services.contains_key(&self.calls);
        checker.must(known, &path("calls"), || no("service", &self.calls));
        let timeout = self.timeout.0;
        let good = timeout > Span::ZERO && timeout <= Span::from_secs(900);
        checker.must(good, &path("timeout"), || {
            "ValidationException: a function runs at most 900 seconds.".into()
        });
        checker.must((128..=10_240).contains(&self.memory_size), &path("memory_size"), || {
            "ValidationException: the memory is from 128 to 10240 MB.".into()
        });
        checker.must(self.maximum_retry_attempts <= 2, &path("maximum_retry_attempts"), || {
            "ValidationException: an asynchronous invocation is retried at most twice.".into()
        });
        let age = self.maximum_event_age.0.as_secs();
        checker.must((60..=21_600).contains(&age), &path("maximum_event_age"), || {
            "ValidationException: the maximum event age is from 60 seconds to 6 hours.".into()
        });
        self.check_reservation(id, checker);
        self.check_destinations(id, checker);
        checker.dlq(&path("dlq"), self.dlq.as_ref(), false);
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
        checker.policy(&path("policy"), self.policy.as_deref(), true);
        if let Some(name) = &self.queue {
            match design.queues.get(name) {
                None => checker.must(false, &path("queue"), || no("queue", name)),
                Some(queue) => self.check_mapping(id, queue, checker),
            }
            return;
        }
        let own_path = PartKind::Function.path(id);
        let parts = design.parts();
        let invoked = parts.iter().any(|(_, part)| part.hands_to().contains(&own_path));
        checker.must(invoked, &path("queue"), || {
            "Nothing invokes this function: name its queue, or make it the target of a rule, a \
             subscription or a destination."
                .into()
        });
    }

    fn takes_from(&self) -> Option<PartPath> {
        self.queue.as_ref().map(|queue| PartKind::Queue.path(queue))
    }

    fn gives_up_to(&self) -> Vec<&String> {
        self.dlq.iter().chain(self.failures_queue()).collect()
    }

    fn hands_to(&self) -> Vec<PartPath> {
        let to = [Condition::Success, Condition::RetriesExhausted].map(|c| self.destination(c));
        let mut to: Vec<PartPath> = to.into_iter().flatten().cloned().collect();
        to.dedup();
        to
    }

    fn sends_to(&self, id: &str, to: &PartPath, detail: &Value, design: &Design) -> Option<Value> {
        self.record_for(id, to, detail, design)
    }

    fn publishes_to(&self, bus: &PartPath) -> Option<(&str, &str)> {
        self.publication_for(bus)
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let own = arn_in(self.account(answers.design), "lambda", &format!("function:{id}"));
        let mut function = json!({
            "FunctionName": id,
            "FunctionArn": own,
            "Timeout": secs(self.timeout),
            "MemorySize": self.memory_size,
        });
        if let Some(dlq) = &self.dlq {
            let arn = answers.design.queue_arn(dlq);
            function["DeadLetterConfig"] = json!({ "TargetArn": arn });
        }
        answers.add("aws lambda get-function-configuration", function);
        if let Some(reserved) = self.reserved_concurrent_executions {
            let answer = json!({ "ReservedConcurrentExecutions": reserved });
            answers.add("aws lambda get-function-concurrency", answer);
        }
        match &self.queue {
            Some(queue) => self.mapping(&own, queue, answers),
            None => self.asynchronous(id, answers),
        }
        if let Some(role) = self.role_policy.as_deref() {
            answers.policy("the policy of its execution role", Some(role));
        }
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let subject = change.subject;
        let named = || json!({ "functionName": subject.id() });
        let name = match change.command {
            "aws lambda get-function-configuration" => "UpdateFunctionConfiguration",
            "aws lambda get-function-concurrency" if change.is.is_null() => {
                return vec![subject.call(LAMBDA, "DeleteFunctionConcurrency", named())];
            }
            "aws lambda get-function-concurrency" => "PutFunctionConcurrency",
            "aws lambda get-event-source-mapping" => match (change.was, change.is) {
                (Value::Null, _) => "CreateEventSourceMapping",
                (_, Value::Null) => "DeleteEventSourceMapping",
                (_, _) => "UpdateEventSourceMapping",
            },
            "aws lambda get-function-event-invoke-config" => match change.is {
                Value::Null => "DeleteFunctionEventInvokeConfig",
                _config => "PutFunctionEventInvokeConfig",
            },
            "aws lambda get-policy" => {
                return vec![permission(subject, !change.is.is_null() && change.is != NONE)];
            }
            _role => return vec![change.role_policy()],
        };
        vec![subject.call(LAMBDA, name, change.with(named()))]
    }

    fn breach_call(&self, breach: Breach, begins: bool, on: Subject<'_>) -> Option<ApiCall> {
        match (breach, &self.queue) {
            (Breach::Denied, Some(_)) => Some(on.role_denial(self.role_policy.as_deref(), begins)),
            (Breach::Denied, None) => Some(permission(on, !begins)),
            (Breach::Stopped, Some(_)) => {
                let parameters = json!({ "functionName": on.id(), "enabled": !begins });
                Some(on.call(LAMBDA, "UpdateEventSourceMapping", parameters))
            }
            (Breach::Stopped, None) => {
                let own = self.reserved_concurrent_executions;
                Some(reservation(on, if begins { Some(0) } else { own }))
            }
            (Breach::WrongKey, _) => None,
        }
    }

    /// Accepts payloads of up to 1 MiB (LAM-37).
    fn receives(&self) -> Option<Reception<'_>> {
        Some(Reception {
            action: "lambda:InvokeFunction",
            policy: self.policy.as_deref(),
            key: None,
            limit: Some(Limit { most: MIB, refusal: "Invoke: RequestEntityTooLargeException" }),
        })
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("policy", &mut self.policy), ("role_policy", &mut self.role_policy)]
    }

    fn console_policy(&self, field: &str, id: &str, design: &Design) -> Option<String> {
        if field == "policy" {
            self.invocation_policy(id, design)
        } else {
            self.execution_role(id, design)
        }
    }

    /// LAM-33.
    fn fault_refusal(&self, kind: FaultKind, id: &str, design: &Design) -> Option<&'static str> {
        if kind != FaultKind::Duplicate {
            None
        } else if !self.is_asynchronous() {
            Some(
                "its mapping invokes it synchronously, and only an event in a function's own queue comes twice \
                 (LAM-33): let its source queue deliver duplicates",
            )
        } else if !design.is_invoked_asynchronously(&PartKind::Function.path(id)) {
            Some(
                "whoever invokes it waits for the outcome, and only an event in a function's own queue comes \
                 twice (LAM-33)",
            )
        } else {
            None
        }
    }

    fn metrics(&self) -> Option<Metrics> {
        Some(Metrics { namespace: "AWS/Lambda", dimension: "FunctionName" })
    }
}

/// Service that records the calls of functions.
const LAMBDA: &str = "lambda.amazonaws.com";

/// Builds the call that grants or revokes a service's permission to invoke a function.
fn permission(subject: Subject<'_>, is_added: bool) -> ApiCall {
    let mut parameters = json!({ "functionName": subject.id(), "statementId": "invoke" });
    if is_added {
        parameters["action"] = json!("lambda:InvokeFunction");
    }
    let name = if is_added { "AddPermission" } else { "RemovePermission" };
    subject.call(LAMBDA, name, parameters)
}

/// Builds the call that reserves concurrency for a function, or that ends its reservation.
fn reservation(subject: Subject<'_>, reserved: Option<u32>) -> ApiCall {
    let mut parameters = json!({ "functionName": subject.id() });
    let Some(reserved) = reserved else {
        return subject.call(LAMBDA, "DeleteFunctionConcurrency", parameters);
    };
    parameters["reservedConcurrentExecutions"] = json!(reserved);
    subject.call(LAMBDA, "PutFunctionConcurrency", parameters)
}

impl Function {
    fn mapping(&self, own: &str, queue: &str, answers: &mut Answers<'_>) {
        let responses = if self.report_batch_item_failures {
            json!(["ReportBatchItemFailures"])
        } else {
            json!([])
        };
        let mut mapping = json!({
            "FunctionArn": own,
            "EventSourceArn": answers.design.queue_arn(queue),
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": secs(self.maximum_batching_window),
            "FunctionResponseTypes": responses,
            "State": "Enabled",
        });
        if let Some(most) = self.maximum_concurrency {
            mapping["ScalingConfig"] = json!({ "MaximumConcurrency": most });
        }
        if !self.filters.is_empty() {
            let filters = self.filters.iter().map(|filter| json!({ "Pattern": filter }));
            mapping["FilterCriteria"] = json!({ "Filters": filters.collect::<Vec<_>>() });
        }
        answers.add("aws lambda get-event-source-mapping", mapping);
    }

    fn asynchronous(&self, id: &str, answers: &mut Answers<'_>) {
        let mut config = json!({
            "MaximumRetryAttempts": self.maximum_retry_attempts,
            "MaximumEventAgeInSeconds": secs(self.maximum_event_age),
        });
        for (name, to) in [("OnSuccess", &self.on_success), ("OnFailure", &self.on_failure)] {
            let Some(to) = to else { continue };
            let arn = answers.design.target_arn(to);
            config["DestinationConfig"][name] = json!({ "Destination": arn });
        }
        answers.add("aws lambda get-function-event-invoke-config", config);
        self.add_records(id, answers);
        answers.policy("aws lambda get-policy", self.policy.as_deref());
    }

    /// Resource policy that lets rules and topics invoke the function; the consumer of a queue needs none,
    /// since Lambda polls (LAM-15).
    fn invocation_policy(&self, id: &str, design: &Design) -> Option<String> {
        if self.queue.is_some() {
            return None;
        }
        let path = PartKind::Function.path(id);
        let own = design.target_arn(&path);
        let account = self.account(design);
        let sends = |rule: &super::Rule| {
            rule.sends_as_service(&path, design) && rule.account(design) == account
        };
        let rules = design.rules.iter().filter(|(_, rule)| sends(rule));
        let rules = rules.map(|(id, _)| design.rule_arn(id)).collect();
        let from = design.subscriptions.values().filter(|subscription| {
            let invokes = subscription.function.as_deref() == Some(id);
            invokes && subscription.account(design) == account
        });
        let topics = from.map(|s| design.topic_arn(&s.topic)).collect();
        let invoke =
            |service, sources| grant(service, "lambda:InvokeFunction", &own, "ArnLike", sources);
        let statements: Vec<String> =
            invoke(EVENTS, rules).into_iter().chain(invoke(SNS, topics)).collect();
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// What its role needs: to consume its queue, to decrypt what is in it, and to send what it gives up and
    /// its records (LAM-15, LAM-34, SEC-04, SEC-11).
    fn execution_role(&self, id: &str, design: &Design) -> Option<String> {
        let mut statements = Vec::new();
        let consume = r#"["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]"#;
        let decrypt = r#"["kms:Decrypt"]"#;
        if let Some(name) = &self.queue {
            statements.push(may(consume, &design.queue_arn(name)));
            let key = design.queues.get(name).and_then(|queue| queue.kms_master_key_id.as_ref());
            let account = design.account_of(&PartKind::Queue.path(name));
            statements.extend(key.map(|key| may(decrypt, &design.key_arn(key, account))));
        }
        let dlq = self.dlq.as_ref().map(|dlq| PartKind::Queue.path(dlq));
        let mut sends: Vec<&PartPath> =
            dlq.iter().chain(&self.on_success).chain(&self.on_failure).collect();
        sends.dedup();
        for to in sends {
            statements.extend(design.sending_statements(to).unwrap_or_default());
        }
        statements.extend(design.may_fetch(&PartKind::Function.path(id)));
        (!statements.is_empty()).then(|| document(&statements))
    }

    /// Checks that the reservations of an account leave a hundred executions to all other functions (LAM-41).
    /// Reports only the first function that exceeds the limit.
    fn check_reservation(&self, id: &str, checker: &mut Checker<'_>) {
        let Some(reserved) = self.reserved_concurrent_executions else { return };
        let design = checker.design;
        let account = self.account(design);
        let functions = design.functions.iter();
        let sum = functions
            .filter(|(_, function)| function.account(design) == account)
            .take_while(|(other, _)| other.as_str() <= id)
            .filter_map(|(_, function)| function.reserved_concurrent_executions)
            .fold(0, u32::saturating_add);
        let most = ACCOUNT_CONCURRENCY - UNRESERVED_MIN;
        let is_first = sum.saturating_sub(reserved) <= most;
        let path = format!("functions.{id}.reserved_concurrent_executions");
        checker.must(sum <= most || !is_first, &path, || {
            format!(
                "InvalidParameterValueException: Specified ReservedConcurrentExecutions for \
                 function decreases account's UnreservedConcurrentExecution below its minimum \
                 value of [{UNRESERVED_MIN}]: the functions up to this one reserve {sum} of \
                 {ACCOUNT_CONCURRENCY}."
            )
        });
    }

    fn check_mapping(&self, id: &str, queue: &Queue, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("functions.{id}.{field}");
        let (timeout, visibility) = (self.timeout.0, queue.visibility_timeout.0);
        checker.must(timeout <= visibility, &path("timeout"), || {
            format!(
                "InvalidParameterValueException: Queue visibility timeout: {} seconds is less than \
                 Function timeout: {} seconds.",
                visibility.as_secs(),
                timeout.as_secs()
            )
        });
        let most = if queue.fifo_queue { 10 } else { 10_000 };
        checker.must((1..=most).contains(&self.batch_size), &path("batch_size"), || {
            format!("InvalidParameterValueException: the batch size is from 1 to {most} here.")
        });
        let window = self.maximum_batching_window.0;
        let windowed = self.batch_size <= 10 || window >= Span::from_secs(1) || queue.fifo_queue;
        checker.must(windowed, &path("batch_size"), || {
            "InvalidParameterValueException: a batch of more than 10 needs a batching window of at \
             least 1 second."
                .into()
        });
        let windowless = !queue.fifo_queue || window == Span::ZERO;
        let window_path = path("maximum_batching_window");
        checker.must(window <= Span::from_secs(300), &window_path, || {
            "The batching window is at most 300 seconds.".into()
        });
        checker.must(windowless, &window_path, || {
            "InvalidParameterValueException: a FIFO queue has no batching window.".into()
        });
        let concurrency = self.maximum_concurrency;
        let good = concurrency.is_none_or(|most| (2..=1_000).contains(&most));
        checker.must(good, &path("maximum_concurrency"), || {
            "InvalidParameterValueException: the maximum concurrency of an event source mapping is \
             from 2 to 1000."
                .into()
        });
        if let (Some(reserved), Some(most)) = (self.reserved_concurrent_executions, concurrency) {
            checker.must(most <= reserved, &path("maximum_concurrency"), || {
                format!(
                    "InvalidParameterValueException: the maximum concurrency of {most} is more than \
                     the function's reserved concurrency of {reserved}."
                )
            });
        }
        check_filters(&path("filters"), &self.filters, checker);
    }
}

/// Checks filters on a queue's records (LAM-16).
fn check_filters(path: &str, filters: &[String], checker: &mut Checker<'_>) {
    checker.must(filters.len() <= 5, path, || "There are at most 5 filters.".into());
    for filter in filters {
        if let Err(sentence) = Pattern::parse(filter) {
            checker.must(false, path, || format!("InvalidParameterValueException: {sentence}"));
        }
        let body = serde_json::from_str::<serde_json::Value>(filter);
        let only = body
            .is_ok_and(|f| f.as_object().is_some_and(|keys| keys.keys().all(|key| key == "body")));
        checker
            .must(only, path, || "A filter for a queue looks at the body: {\"body\": {…}}.".into());
    }
}
