//! A pipe of EventBridge Pipes: one source, a filter, an optional enrichment, one target (EB-60).

mod call;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answers::{Answers, secs, text};
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::message::uuid;
use super::part::{Part, from_fields};
use super::policy::{document, may};
use super::{Design, Duration, PartKind, PartPath, REGION, arn, iam_arn};
use crate::assumption::{Assumption, LOOKS, WILDCARDS, assume};
use crate::aws::dynamodb::attribute_values;
use crate::aws::input::Input;
use crate::aws::pattern::Pattern;
use crate::kernel::time::Span;

pub use self::call::InvocationType;
pub(crate) use self::call::START_SYNC;

/// A pipe. It polls its source, so no part sends to it, and one role serves its source and its target
/// (EB-63).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pipe {
    pub title: Option<String>,
    /// Source: a queue, or a store whose stream it reads; the other sources of EB-60 are not modelled.
    pub source: Option<PartPath>,
    /// Maximum number of records in a batch.
    pub batch_size: u32,
    /// Time that a batch waits for more records.
    pub maximum_batching_window: Duration,
    /// Filter patterns in JSON; a record of the source needs to match only one (EB-33).
    pub filters: Vec<String>,
    /// A service, a function or an Express workflow that the pipe calls synchronously with a batch before it
    /// sends the batch to the target (EB-61). A bare name is a service's. It drops a record that it answers
    /// with nothing, and returns the others unchanged: a *model assumption* (MA-pipe-1).
    #[serde(deserialize_with = "call::read")]
    pub enrichment: Option<PartPath>,
    /// Target: a bus, queue, topic, workflow or function.
    pub target: Option<PartPath>,
    /// Template of the target's input, with `<$.path>` for parts of the record; the whole record when
    /// omitted.
    pub input_template: Option<String>,
    /// For a bus: source of the events.
    pub event_source: Option<String>,
    /// For a bus: detail type of the events.
    pub detail_type: Option<String>,
    /// For a FIFO queue: message group, a constant or a path into the record.
    pub message_group_id: Option<String>,
    /// For a FIFO queue: deduplication id.
    pub message_deduplication_id: Option<String>,
    /// For a stream: maximum number of retries of a batch; when omitted, it retries until the records are too
    /// old.
    pub maximum_retry_attempts: Option<u32>,
    /// For a stream: maximum age of a record. The stream itself keeps records for a day (IDM-11).
    pub maximum_record_age: Option<Duration>,
    /// For a stream: standard queue that takes failed records. A source queue has its own redrive policy
    /// (EB-63).
    pub dlq: Option<String>,
    /// Identity policy of the role; a sufficient one by default.
    pub role_policy: Option<String>,
    /// For a function or a workflow: whether the pipe waits for the outcome. It does when omitted, and
    /// cannot in the case of a Standard workflow.
    pub invocation_type: Option<InvocationType>,
}

impl Default for Pipe {
    fn default() -> Self {
        Self {
            title: None,
            source: None,
            batch_size: 10,
            maximum_batching_window: Duration::from_secs(0),
            filters: Vec::new(),
            enrichment: None,
            target: None,
            input_template: None,
            event_source: None,
            detail_type: None,
            message_group_id: None,
            message_deduplication_id: None,
            maximum_retry_attempts: None,
            maximum_record_age: None,
            dlq: None,
            role_policy: None,
            invocation_type: None,
        }
    }
}

impl Pipe {
    /// Model assumptions about pipes.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-pipe-1", "Enrichment returns the records unchanged."),
        assume("MA-pipe-2", "A pipe on a queue reaches 1,250 executions at once."),
        assume(
            "MA-pipe-3",
            "A failed batch of a stream waits 1 s, then twice as long, up to 60 s.",
        ),
        assume("MA-pipe-4", "If enrichment fails for one record, none of its batch goes on."),
        assume("MA-pipe-5", "A function that enriches and swallows a failure drops the record."),
        LOOKS,
        WILDCARDS,
    ];
}

impl Part for Pipe {
    from_fields!(title);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("pipes", &format!("pipe/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("pipes.{id}.{field}");
        self.check_ends(id, checker);
        let most = if self.maximum_batching_window.0 == Span::ZERO { 10 } else { 10_000 };
        let good = (1..=most).contains(&self.batch_size);
        checker.must(good, &path("batch_size"), || {
            "ValidationException: a batch has 1 to 10 records, and up to 10000 with a batching window."
                .into()
        });
        let window = self.maximum_batching_window.0;
        checker.must(window <= Span::from_secs(300), &path("maximum_batching_window"), || {
            "ValidationException: the batching window is at most 300 seconds.".into()
        });
        self.check_filters(&path("filters"), checker);
        self.check_calls(id, checker);
        let length = self.input_template.as_ref().map_or(0, |text| text.chars().count());
        checker.must(length <= 8_192, &path("input_template"), || {
            "ValidationException: the input template has at most 8192 characters.".into()
        });
        let is_stream = self.stream().is_some();
        for (field, is_set) in [
            ("maximum_retry_attempts", self.maximum_retry_attempts.is_some()),
            ("maximum_record_age", self.maximum_record_age.is_some()),
            ("dlq", self.dlq.is_some()),
        ] {
            checker.must(is_stream || !is_set, &path(field), || {
                "ValidationException: only a stream has retries, a record age and a dead-letter queue \
                 in the pipe; a queue has its visibility timeout and its redrive policy (EB-63)."
                    .into()
            });
        }
        checker.dlq(&path("dlq"), self.dlq.as_ref(), false);
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.target.iter().chain(self.asks()).cloned().collect()
    }

    fn waits_for(&self, to: &PartPath) -> bool {
        self.target.as_ref() != Some(to) || self.waits_for_target()
    }

    fn takes_from(&self) -> Option<PartPath> {
        self.source.clone()
    }

    fn gives_up_to(&self) -> Vec<&String> {
        self.dlq.iter().collect()
    }

    fn sends(&self, detail: &Value, design: &Design) -> Option<Value> {
        Some(self.input().of(&self.record(&self.arriving(detail, design), design)))
    }

    fn sends_to(&self, _: &str, to: &PartPath, detail: &Value, design: &Design) -> Option<Value> {
        let record = self.record(&self.arriving(detail, design), design);
        Some(self.payload(to, &record))
    }

    fn publication(&self) -> Option<(&str, &str)> {
        let source = self.event_source.as_deref().unwrap_or("Pipe");
        Some((source, self.detail_type.as_deref().unwrap_or(self.event_type())))
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let target = self.target.as_ref();
        let mut pipe = json!({
            "Arn": self.arn(id, design),
            "Name": id,
            "DesiredState": "RUNNING",
            "CurrentState": "RUNNING",
            "Source": self.source_arn(design),
            "SourceParameters": self.source_parameters(design),
            "Target": target.map(|target| design.target_arn(target)),
            "TargetParameters": self.target_parameters(),
            "RoleArn": iam_arn(self.account(design), &format!("role/{id}")),
        });
        if let Some(part) = &self.enrichment {
            let of_service = || arn("lambda", &format!("function:{}", part.id));
            pipe["Enrichment"] = json!(design.part_arn(part).unwrap_or_else(of_service));
        }
        answers.add("aws pipes describe-pipe", pipe);
        answers.policy("the policy of its role", self.role_policy.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        if change.is_of_role() {
            return vec![change.role_policy()];
        }
        let parameters = change.with(json!({ "name": change.subject.id() }));
        vec![change.subject.call("pipes.amazonaws.com", "UpdatePipe", parameters)]
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    /// Allows the pipe to read its source, and to call its enrichment, its target and its dead-letter queue
    /// (EB-63, SEC-11).
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        let mut statements = Vec::new();
        if let Some(queue) = self.queue() {
            let actions =
                r#"["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]"#;
            statements.push(may(actions, &design.queue_arn(queue)));
            let key = design.queues.get(queue).and_then(|queue| queue.kms_master_key_id.as_ref());
            let account = design.account_of(&PartKind::Queue.path(queue));
            let decrypt = |key: &String| may(r#"["kms:Decrypt"]"#, &design.key_arn(key, account));
            statements.extend(key.map(decrypt));
        } else {
            let actions = r#"["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]"#;
            statements.push(may(actions, &self.source_arn(design)));
        }
        statements.extend(self.call_statements(design));
        let dlq = self.dlq.as_ref().map(|dlq| PartKind::Queue.path(dlq));
        let to_dlq = dlq.and_then(|dlq| design.sending_statements(&dlq));
        statements.extend(to_dlq.unwrap_or_default());
        Some(document(&statements))
    }
}

impl Design {
    /// Whether something reads the stream of a store.
    pub(super) fn has_stream_reader(&self, store: &str) -> bool {
        self.pipes.values().any(|pipe| pipe.stream() == Some(store))
    }
}

impl Pipe {
    /// Queue that it polls, if it polls one.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        self.source.as_ref().filter(|path| path.kind == PartKind::Queue).map(|path| &*path.id)
    }

    /// Store whose stream it reads, if it reads one.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        self.source.as_ref().filter(|path| path.kind == PartKind::Store).map(|path| &*path.id)
    }

    /// Transformation of a record into the target's input.
    #[must_use]
    pub fn input(&self) -> Input {
        let Some(template) = &self.input_template else { return Input::Whole };
        let mut paths = BTreeMap::new();
        let mut filled = String::new();
        let mut rest = template.as_str();
        while let Some((before, after)) = rest.split_once("<$") {
            let Some((path, after)) = after.split_once('>') else { break };
            let name = format!("p{}", paths.len());
            filled.extend([before, "<", &name, ">"]);
            paths.insert(name, format!("${path}"));
            rest = after;
        }
        filled.push_str(rest);
        Input::Transformer { paths, template: filled }
    }

    /// What a part gets of a record: the target the transformed record, and the enrichment the record itself.
    /// A pipe passes a batch to functions and workflows as a list, even if it holds one record.
    #[must_use]
    pub fn payload(&self, to: &PartPath, record: &Value) -> Value {
        let is_target = self.target.as_ref() == Some(to);
        let sent = if is_target { self.input().of(record) } else { record.clone() };
        let is_listed = matches!(to.kind, PartKind::Function | PartKind::Workflow);
        if is_listed { json!([sent]) } else { sent }
    }

    /// Record of the source as filters and templates see it, with the body as parsed JSON.
    #[must_use]
    pub fn record(&self, body: &Value, design: &Design) -> Value {
        let source = self.source_arn(design);
        if self.stream().is_some() {
            return json!({
                "eventID": uuid("57e4"),
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "awsRegion": REGION,
                "dynamodb": { "NewImage": attribute_values(body), "StreamViewType": "NEW_IMAGE" },
                "eventSourceARN": source,
            });
        }
        json!({
            "messageId": uuid("3e55"),
            "receiptHandle": "AQEB",
            "body": body,
            "attributes": { "ApproximateReceiveCount": "1" },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "awsRegion": REGION,
            "eventSourceARN": source,
        })
    }

    /// Body of the message that arrives at the source for an order, from the first part that sends there.
    fn arriving(&self, detail: &Value, design: &Design) -> Value {
        let Some(queue) = self.queue().map(|queue| PartKind::Queue.path(queue)) else {
            return detail.clone();
        };
        let parts = design.parts();
        // A chain of pipes may lead back to this one, so ask only other kinds of part.
        let others = parts.iter().filter(|(path, _)| path.kind != PartKind::Pipe);
        let mut senders = others.filter(|(_, part)| part.hands_to().contains(&queue));
        let sent = senders.find_map(|(path, part)| part.sends_to(&path.id, &queue, detail, design));
        sent.unwrap_or_else(|| detail.clone())
    }

    /// Default detail type of the events.
    fn event_type(&self) -> &'static str {
        if self.stream().is_some() { "Event from aws:dynamodb" } else { "Event from aws:sqs" }
    }

    /// ARN of the source. A stream's ARN extends that of its table and ends in the stream's creation time.
    #[must_use]
    pub fn source_arn(&self, design: &Design) -> String {
        let source = self.source.as_ref().map(|path| design.target_arn(path)).unwrap_or_default();
        match self.stream() {
            Some(_) => format!("{source}/stream/2026-01-01T00:00:00.000"),
            None => source,
        }
    }

    fn source_parameters(&self, design: &Design) -> Value {
        let mut parameters = json!({
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": secs(self.maximum_batching_window),
        });
        let mut all = Map::new();
        if self.stream().is_some() {
            parameters["StartingPosition"] = json!("LATEST");
            let retries = self.maximum_retry_attempts.map_or(-1, i64::from);
            parameters["MaximumRetryAttempts"] = json!(retries);
            let age = self.maximum_record_age.map_or(-1, |age| secs(age) as i64);
            parameters["MaximumRecordAgeInSeconds"] = json!(age);
            if let Some(dlq) = &self.dlq {
                parameters["DeadLetterConfig"] = json!({ "Arn": design.queue_arn(dlq) });
            }
            all.insert("DynamoDBStreamParameters".to_owned(), parameters);
        } else {
            all.insert("SqsQueueParameters".to_owned(), parameters);
        }
        if !self.filters.is_empty() {
            let filters: Vec<Value> =
                self.filters.iter().map(|filter| json!({ "Pattern": filter })).collect();
            all.insert("FilterCriteria".to_owned(), json!({ "Filters": filters }));
        }
        Value::Object(all)
    }

    fn target_parameters(&self) -> Value {
        let mut parameters = json!({});
        text(&mut parameters, "InputTemplate", self.input_template.as_deref());
        if let Some(invocation) = self.invocation() {
            let is_function = self.target.as_ref().is_some_and(|t| t.kind == PartKind::Function);
            let of = if is_function { "LambdaFunction" } else { "StepFunctionStateMachine" };
            parameters[format!("{of}Parameters")] = json!({ "InvocationType": invocation });
        }
        let mut bus = json!({});
        text(&mut bus, "Source", self.event_source.as_deref());
        text(&mut bus, "DetailType", self.detail_type.as_deref());
        let mut queue = json!({});
        text(&mut queue, "MessageGroupId", self.message_group_id.as_deref());
        text(&mut queue, "MessageDeduplicationId", self.message_deduplication_id.as_deref());
        for (name, fields) in
            [("EventBridgeEventBusParameters", bus), ("SqsQueueParameters", queue)]
        {
            if fields != json!({}) {
                parameters[name] = fields;
            }
        }
        parameters
    }

    fn check_ends(&self, id: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let path = |field: &str| format!("pipes.{id}.{field}");
        let source = self.source.as_ref();
        let known = source.is_some_and(|source| {
            matches!(source.kind, PartKind::Queue | PartKind::Store) && design.contains(source)
        });
        checker.must(known, &path("source"), || {
            "The source is a queue, or a store for its stream, such as \"queues.work\"; other sources \
             of Pipes are not modelled."
                .into()
        });
        if let Some(store) = self.stream() {
            let read = design.pipes.iter().find(|(_, pipe)| pipe.stream() == Some(store));
            checker.must(read.is_none_or(|(first, _)| first == id), &path("source"), || {
                "The model supports one reader per stream.".into()
            });
            let publishes = design.stores.get(store).is_some_and(|s| s.publishes_to.is_some());
            checker.must(!publishes, &path("source"), || {
                format!(
                    "stores.{store} publishes by itself, so its stream would deliver everything twice: \
                     leave publishes_to out."
                )
            });
        }
        let target = self.target.as_ref();
        let receives =
            target.and_then(|target| design.part(target)).is_some_and(|t| t.receives().is_some());
        checker.must(receives && self.target != self.source, &path("target"), || {
            "The target is another part of this design that receives messages, such as \"buses.main\"."
                .into()
        });
        let queue = target.filter(|target| target.kind == PartKind::Queue);
        let queue = queue.and_then(|target| design.queues.get(&target.id));
        let is_fifo = queue.is_some_and(|queue| queue.fifo_queue);
        checker.must(
            !is_fifo || self.message_group_id.is_some(),
            &path("message_group_id"),
            || "MissingParameter: the request must contain the parameter MessageGroupId.".into(),
        );
        let topic = target.filter(|target| target.kind == PartKind::Topic);
        let topic = topic.and_then(|target| design.topics.get(&target.id));
        checker.must(!topic.is_some_and(|topic| topic.fifo_topic), &path("target"), || {
            "A pipe gives a topic no MessageGroupId: let it send to a FIFO queue.".into()
        });
    }

    /// Checks the filters: the operators of rules, except `wildcard` and an `anything-but` of another
    /// operator (EB-33).
    fn check_filters(&self, path: &str, checker: &mut Checker<'_>) {
        checker.must(self.filters.len() <= 5, path, || "There are at most 5 filters.".into());
        for filter in &self.filters {
            if let Err(sentence) = Pattern::parse(filter) {
                checker.must(false, path, || format!("ValidationException: {sentence}"));
            }
            let pattern = serde_json::from_str::<Value>(filter).unwrap_or_default();
            checker.must(!is_only_for_rules(&pattern), path, || {
                "ValidationException: a pipe's filter has neither wildcard nor an anything-but of \
                 another operator (EB-33)."
                    .into()
            });
        }
    }
}

/// Whether a pattern uses an operator that rules have and pipes do not (EB-33).
fn is_only_for_rules(pattern: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            name == "wildcard"
                || (name == "anything-but" && value.is_object())
                || is_only_for_rules(value)
        }),
        Value::Array(values) => values.iter().any(is_only_for_rules),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(pipe: &str) -> Design {
        let text = format!(
            "[load]\norders = [{{ weight = 1, detail = '{{\"id\":\"{{order}}\",\"n\":2,\"all\":[true]}}' }}]\n\
             [services.rates]\n[intakes.desk]\nstore = 'book'\n[stores.book]\n[buses.b]\n[queues.work]\n\
             required = true\n[queues.line]\nfifo_queue = true\n[topics.news]\nfifo_topic = true\n\
             [pipes.p]\n{pipe}"
        );
        toml::from_str(&text).unwrap()
    }

    #[track_caller]
    fn refused(pipe: &str, field: &str, word: &str) {
        let mistakes = design(pipe).mistakes(&[]);
        let path = format!("pipes.p.{field}");
        let told = mistakes.iter().any(|m| m.path == path && m.sentence.contains(word));
        assert!(told, "{path} … {word}\n{mistakes:#?}");
    }

    const STREAM: &str = "source = 'stores.book'\n";

    #[test]
    fn a_good_pipe_is_taken_and_a_wrong_one_is_told_where() {
        let good = "source = 'stores.book'\ntarget = 'queues.work'\nenrichment = 'rates'\n";
        assert_eq!(design(good).mistakes(&[]), []);
        refused("target = 'queues.work'", "source", "other sources");
        refused("source = 'buses.b'\ntarget = 'queues.work'", "source", "not modelled");
        refused(STREAM, "target", "receives messages");
        refused("source = 'queues.work'\ntarget = 'queues.work'", "target", "another part");
        refused(&format!("{STREAM}target = 'queues.line'"), "message_group_id", "MessageGroupId");
        refused(&format!("{STREAM}target = 'topics.news'"), "target", "FIFO queue");
        refused(&format!("{STREAM}batch_size = 11"), "batch_size", "batching window");
        refused(&format!("{STREAM}enrichment = 'none'"), "enrichment", "no service");
        let wildcard = r#"filters = ['{"body": {"id": [{"wildcard": "a*"}]}}']"#;
        refused(&format!("{STREAM}{wildcard}"), "filters", "wildcard");
        let but = r#"filters = ['{"body": {"id": [{"anything-but": {"prefix": "a"}}]}}']"#;
        refused(&format!("{STREAM}{but}"), "filters", "anything-but");
        let queue = "source = 'queues.line'\ntarget = 'queues.work'\n";
        refused(&format!("{queue}maximum_retry_attempts = 3"), "maximum_retry_attempts", "EB-63");
    }

    #[test]
    fn a_template_takes_parts_of_the_sources_record() {
        let pipe = "source = 'stores.book'\ntarget = 'buses.b'\n\
             input_template = '{\"order\": <$.dynamodb.NewImage.id.S>, \"first\": <$.dynamodb.NewImage.all.L[0].BOOL>}'\n\
             event_source = 'desk'\ndetail_type = 'Written'";
        let event = design(pipe).event("b", &json!({ "id": "7", "n": 2, "all": [true] }));
        assert_eq!(event["detail"], json!({ "order": "7", "first": true }));
        assert_eq!((&event["source"], &event["detail-type"]), (&json!("desk"), &json!("Written")));
    }

    #[test]
    fn its_description_and_its_role_name_both_ends() {
        let design = design("source = 'stores.book'\ntarget = 'queues.work'\n");
        let all = design.configuration("pipes.p", &[]);
        let pipe = &all[0].answer;
        assert_eq!(pipe["Arn"], "arn:aws:pipes:eu-west-1:111122223333:pipe/p");
        let stream = pipe["Source"].as_str().unwrap();
        assert!(stream.starts_with("arn:aws:dynamodb:eu-west-1:111122223333:table/book/stream/"));
        let parameters = &pipe["SourceParameters"]["DynamoDBStreamParameters"];
        assert_eq!(parameters["MaximumRetryAttempts"], -1);
        let role = all[1].answer.to_string();
        assert!(role.contains(stream) && role.contains("sqs:SendMessage"), "{role}");
    }
}
