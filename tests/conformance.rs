//! Verdicts that nobody of this project wrote, run against Redrive.
//!
//! `REDRIVE_CONFORMANCE` names the folder of cases; a relative one starts at the package root.
//! Unset: skipped, in words. All files are run before the test fails; one line for each file, then
//! the ids that fail. Rows whose answer is known to be another, with the reason, stand in `EXCUSED`;
//! they are counted as not passed and do not fail the test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use redrive::sim::aws::filter::{Attribute, FilterPolicy, FilterPolicyScope};
use redrive::sim::aws::pattern::Pattern;
use redrive::sim::aws::sqs::Sqs;
use redrive::sim::aws::workflow::{self, Answer, Start, StateTest, Tasks, Tested};
use serde_json::Value;
use serde_json::json;

/// `file: id`, and why it is not passed.
const EXCUSED: &[(&str, &str, &str)] = &[
    (
        "core.jsonl",
        "15 base/test_base.py::TestSnfBase::test_query_context_object_values#get_execution_history",
        "the recorded times were replaced by words that the README does not name",
    ),
    (
        "invalid_definitions.jsonl",
        "4 test_sfn_api_express.py::TestSfnApiExpress::test_illegal_callbacks[WAIT_FOR_TASK_TOKEN]#creation_error",
        "the row does not say that the machine is Express",
    ),
    (
        "invalid_definitions.jsonl",
        "5 test_sfn_api_express.py::TestSfnApiExpress::test_illegal_callbacks[SYNC]#creation_error",
        "the row does not say that the machine is Express",
    ),
    (
        "invalid_definitions.jsonl",
        "78 test_sfn_api_versioning.py::TestSnfApiVersioning::test_create_with_version_description_no_publish#validation_exception",
        "the mistake is in the call, not in the definition",
    ),
    (
        "asl_definitions.jsonl",
        "43 test/task-with-credentials.json",
        "AWS refuses Credentials without a RoleArn (recorded in invalid_definitions.jsonl)",
    ),
    (
        "asl_definitions.jsonl",
        "117 valid-task-credentials.json",
        "AWS refuses Credentials without a RoleArn (recorded in invalid_definitions.jsonl)",
    ),
    (
        "sqs_traces.jsonl",
        "33 TestSqsProvider::test_fifo_messages_in_order_after_timeout[sqs]",
        "one call is to a queue that the trace does not create",
    ),
    (
        "asl_definitions.jsonl",
        "118 valid-task-intrisic-function.json",
        "a CloudFormation template, which is filled in before AWS reads the definition",
    ),
];

/// What a row came to: nothing, or what was found instead.
type Verdict = Result<(), String>;

struct Suite {
    file: &'static str,
    judge: fn(&Value) -> Verdict,
}

const SUITES: &[Suite] = &[
    Suite { file: "event_patterns.jsonl", judge: event_pattern },
    Suite { file: "event_patterns_fuzz.jsonl", judge: event_pattern },
    Suite { file: "sns_filter_policies.jsonl", judge: filter_policy },
    Suite { file: "workflows/core.jsonl", judge: workflow },
    Suite { file: "workflows/choice_truth_table.jsonl", judge: workflow },
    Suite { file: "workflows/intrinsics.jsonl", judge: workflow },
    Suite { file: "workflows/task_lambda.jsonl", judge: workflow },
    Suite { file: "workflows/advanced.jsonl", judge: workflow },
    Suite { file: "workflows/test_state.jsonl", judge: one_state },
    Suite { file: "workflows/invalid_definitions.jsonl", judge: definition },
    Suite { file: "workflows/validate.jsonl", judge: definition },
    Suite { file: "asl_definitions.jsonl", judge: definition },
    Suite { file: "sqs_traces.jsonl", judge: trace },
];

fn folder() -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os("REDRIVE_CONFORMANCE")?);
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(named))
}

#[test]
fn other_implementations_agree() {
    let Some(folder) = folder() else {
        println!("skipped: REDRIVE_CONFORMANCE names no folder of cases");
        return;
    };
    let mut failed = 0;
    for suite in SUITES {
        let path = folder.join(suite.file);
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let mut passed = 0;
        let mut total = 0;
        let mut wrong = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            // A number that JSON cannot hold is left as the word that stands for it.
            let line = line
                .replace(": Infinity", ": \"Infinity\"")
                .replace(", Infinity", ", \"Infinity\"");
            let row: Value = serde_json::from_str(&line).unwrap();
            if !counts(&row, suite.file) {
                continue;
            }
            total += 1;
            match (suite.judge)(&row) {
                Ok(()) => passed += 1,
                Err(found) => wrong.push((id(&row, number), found)),
            }
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        println!("{name} {passed}/{total}");
        for (id, found) in wrong {
            let excuse = EXCUSED.iter().find(|(file, row, _)| *file == name && *row == id);
            if let Some((_, _, reason)) = excuse {
                println!("  {id}: excused: {reason}");
            } else {
                failed += 1;
                println!("  {id}: {found}");
            }
        }
    }
    assert!(failed == 0, "{failed} rows have another answer; they are listed above");
}

fn counts(row: &Value, file: &str) -> bool {
    let tagged = |tag: &str| {
        let tags = row["tags"].as_array();
        !matches!(row[tag], Value::Null | Value::Bool(false))
            || tags.is_some_and(|tags| tags.iter().any(|found| found == tag))
    };
    let jsonata = file.starts_with("workflows/") && row.to_string().contains("JSONata");
    !tagged("nondeterministic") && !tagged("disputed") && !jsonata
}

fn id(row: &Value, number: usize) -> String {
    let name = row["id"].as_str().or(row["name"].as_str()).unwrap_or_default();
    format!("{number} {name}").trim_end().to_owned()
}

/// A string's own characters; anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare(found: &str, row: &Value) -> Verdict {
    let expected = text(&row["expected"]);
    if found == expected { Ok(()) } else { Err(format!("{found}, expected {expected}")) }
}

fn event_pattern(row: &Value) -> Verdict {
    let pattern = match row["pattern_text"].as_str() {
        Some(text) => Pattern::parse(text),
        None => Pattern::from_json(&row["pattern"]),
    };
    let found = match pattern {
        Ok(pattern) => pattern.matches(&row["event"]).to_string(),
        Err(_) => "invalid".to_owned(),
    };
    compare(&found, row)
}

fn filter_policy(row: &Value) -> Verdict {
    let scope = match row["scope"].as_str() {
        Some("MessageBody") => FilterPolicyScope::MessageBody,
        _ => FilterPolicyScope::MessageAttributes,
    };
    let found = match FilterPolicy::from_json(&row["policy"], scope) {
        Err(_) => "invalid".to_owned(),
        Ok(_) if row["expected"] == "valid" => "valid".to_owned(),
        Ok(policy) => {
            let body = text(&row["message"]);
            let none = serde_json::Map::new();
            let attributes = row["attributes"].as_object().unwrap_or(&none);
            // Some rows write a number as a number; the API knows text only.
            let values: Vec<String> =
                attributes.values().map(|attribute| text(&attribute["StringValue"])).collect();
            let attributes: Vec<_> = attributes
                .iter()
                .zip(&values)
                .map(|((name, attribute), value)| Attribute {
                    name,
                    data_type: attribute["DataType"].as_str().unwrap_or_default(),
                    value,
                })
                .collect();
            policy.accepts(&body, &attributes).to_string()
        }
    };
    compare(&found, row)
}

/// What tasks answered when the row was recorded, in call order.
struct Recorded<'a>(&'a Value);

impl Tasks for Recorded<'_> {
    fn call(&mut self, state: &str, before: usize, input: &Value) -> Answer {
        let answers = self.0[state].as_array();
        let answer = answers.and_then(|answers| answers.get(before).or(answers.last()));
        match answer {
            Some(answer) if answer.get("error").is_some() => Answer::Error {
                error: text(&answer["error"]),
                cause: answer["cause"].as_str().map(str::to_owned).or_else(|| {
                    // A cause recorded as an object is JSON text on AWS.
                    answer["cause"].is_object().then(|| answer["cause"].to_string())
                }),
            },
            Some(answer) => Answer::Output(answer["output"].clone()),
            // Child executions were not recorded: their functions give back what they get.
            None => Answer::Output(input.clone()),
        }
    }
}

fn workflow(row: &Value) -> Verdict {
    let start = Start {
        input: row["input"].clone(),
        // 2026-11-24T00:00:00Z
        now: 1_795_478_400_000_000,
        seed: 7,
        machine: "machine".to_owned(),
        // The role of the recordings.
        role: "snf_role_arn".to_owned(),
    };
    let end = workflow::run(&row["definition"], &start, &mut Recorded(&row["mocks"]));
    let expected = &row["expected"];
    if end.status.word() != expected["status"] {
        return Err(format!(
            "{} {:?} {:?}, expected {}",
            end.status.word(),
            end.error,
            end.cause,
            expected["status"]
        ));
    }
    let output = end.output.unwrap_or(Value::Null);
    if !alike(&output, &expected["output"]) {
        return Err(format!("output {output}, expected {}", expected["output"]));
    }
    for (found, field) in [(end.error, "error"), (end.cause, "cause")] {
        let found = found.map_or(Value::Null, Value::from);
        if !alike(&found, &expected[field]) {
            return Err(format!("{field} {found}, expected {}", expected[field]));
        }
    }
    let concurrent =
        row["tags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == "concurrent"));
    match row["trace"].as_array() {
        Some(trace) if !concurrent => traced(&end.history, trace),
        _ => Ok(()),
    }
}

/// States entered and left, in order, with what went in and came out.
fn traced(history: &[workflow::Event], trace: &[Value]) -> Verdict {
    let visits: Vec<&workflow::Event> =
        history.iter().filter(|event| event.state.is_some()).collect();
    if visits.len() != trace.len() {
        return Err(format!("{} states entered or left, expected {}", visits.len(), trace.len()));
    }
    for (event, step) in visits.iter().zip(trace) {
        let (word, field) =
            if event.kind.ends_with("Entered") { ("enter", "input") } else { ("exit", "output") };
        let data = event.data.clone().unwrap_or(Value::Null);
        let same = step["ev"] == word
            && step["state"] == event.state.clone().unwrap_or_default()
            && alike(&data, &step[field]);
        if !same {
            return Err(format!("{word} {:?} {data}, expected {step}", event.state));
        }
    }
    Ok(())
}

/// By value: 1 = 1.0; a text with <…>, or the words timestamp, date and time, stands for anything;
/// an object in the place of a text is JSON text.
fn alike(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (_, Value::String(text))
            if (text.contains('<') && text.contains('>'))
                || ["timestamp", "date", "time"].contains(&text.as_str()) =>
        {
            true
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| alike(found, expected))
        }
        (Value::Object(found), Value::Object(expected)) => {
            found.len() == expected.len()
                && expected
                    .iter()
                    .all(|(name, value)| found.get(name).is_some_and(|found| alike(found, value)))
        }
        (Value::String(text), Value::Object(_)) => {
            serde_json::from_str(text).is_ok_and(|found: Value| alike(&found, expected))
        }
        _ => match (found.as_f64(), expected.as_f64()) {
            (Some(found), Some(expected)) => (found - expected).abs() < f64::EPSILON,
            _ => found == expected,
        },
    }
}

fn definition(row: &Value) -> Verdict {
    let parsed = match row["definition_text"].as_str().or(row["definition"].as_str()) {
        Some(text) => serde_json::from_str(text).ok(),
        None => Some(row["definition"].clone()),
    };
    let mistakes = match &parsed {
        Some(definition) => workflow::validate(definition)
            .into_iter()
            .map(|mistake| format!("{}: {}", mistake.place, mistake.sentence))
            .collect(),
        None => vec!["no JSON".to_owned()],
    };
    let expected = &row["expected"];
    let valid = expected == "valid" || expected["valid"] == true || expected["result"] == "OK";
    match (valid, mistakes.is_empty()) {
        (true, true) | (false, false) => Ok(()),
        (true, false) => Err(format!("found {mistakes:?}, expected nothing")),
        (false, true) => Err(format!("found nothing, expected {expected}")),
    }
}

/// A state of a machine, at any depth.
fn state_called<'a>(machine: &'a Value, name: &str) -> Option<&'a Value> {
    match machine {
        Value::Object(object) => object
            .get("States")
            .and_then(|states| states.get(name))
            .or_else(|| object.values().find_map(|inner| state_called(inner, name))),
        Value::Array(list) => list.iter().find_map(|inner| state_called(inner, name)),
        _ => None,
    }
}

/// JSON that may be written as text.
fn parsed(value: &Value) -> Value {
    value.as_str().map_or_else(
        || value.clone(),
        |text| serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
    )
}

fn one_state(row: &Value) -> Verdict {
    let (request, expected) = (&row["request"], &row["expected"]);
    let definition = parsed(&request["definition"]);
    let name = request["stateName"].as_str().unwrap_or("State");
    let state = state_called(&definition, name).unwrap_or(&definition);
    let mock = &request["mock"];
    let answer = if mock["errorOutput"].is_object() {
        Some(Answer::Error {
            error: text(&mock["errorOutput"]["error"]),
            cause: mock["errorOutput"]["cause"].as_str().map(str::to_owned),
        })
    } else if !mock["result"].is_null() {
        Some(Answer::Output(parsed(&mock["result"])))
    } else {
        // Not mocked: the function's answer was recorded with the reply.
        expected["inspectionData"].get("result").map(|result| Answer::Output(parsed(result)))
    };
    let input = if request["input"].is_null() { json!({}) } else { parsed(&request["input"]) };
    let retries = request["stateConfiguration"]["retrierRetryCount"].as_u64().unwrap_or(0);
    let context = request.get("context").map(parsed);
    let test = StateTest { state, name, input, context, answer, retries: retries as u32 };
    let found = match workflow::test_state(&test) {
        Tested::Succeeded { output, next } => {
            json!({"status": "SUCCEEDED", "output": output, "nextState": next})
        }
        Tested::Failed { error, cause } => {
            json!({"status": "FAILED", "error": error, "cause": cause})
        }
        Tested::Retriable { error, cause, retrier, seconds } => json!({
            "status": "RETRIABLE", "error": error, "cause": cause,
            "errorDetails": {"retryIndex": retrier, "retryBackoffIntervalSeconds": seconds},
        }),
        Tested::Caught { error, cause, catcher, output, next } => json!({
            "status": "CAUGHT_ERROR", "error": error, "cause": cause, "output": output,
            "nextState": next, "errorDetails": {"catchIndex": catcher},
        }),
    };
    for field in ["status", "output", "error", "cause", "nextState"] {
        if !alike(&found[field], &expected[field]) {
            return Err(format!("{field} {}, expected {}", found[field], expected[field]));
        }
    }
    let details = &expected["inspectionData"]["errorDetails"];
    if details.is_object() && !alike(&found["errorDetails"], details) {
        return Err(format!("details {}, expected {details}", found["errorDetails"]));
    }
    Ok(())
}

/// A conversation with SQS, replayed at its times. Bodies, receive counts, order inside a group,
/// error codes and approximate counts must agree.
fn trace(row: &Value) -> Verdict {
    let mut sqs = Sqs::default();
    let ops = row["ops"].as_array().unwrap();
    let micros = |op: &Value, field: &str| (op[field].as_f64().unwrap() * 1e6) as i64;
    // A receive that waited while others went on has its answer when it came back.
    let mut timed: Vec<(i64, usize)> = (0..ops.len())
        .map(|number| {
            let op = &ops[number];
            let end = micros(op, "t_end");
            let others = ops[number + 1..].iter().any(|other| micros(other, "t") < end);
            let waited = op["op"] == "ReceiveMessage" && others;
            (if waited { end } else { micros(op, "t") }, number)
        })
        .collect();
    timed.sort_unstable();
    for (now, number) in timed {
        let op = &ops[number];
        let action = op["op"].as_str().unwrap();
        let found = sqs.call(now, action, &op["params"]);
        let place = format!("{number} {action}");
        let expected = &op["response"];
        match (&found, op["error"]["code"].as_str()) {
            (Err(error), Some(code)) if error.code == code => {}
            (Ok(response), None) => answered(action, &op["params"], response, expected)
                .map_err(|why| format!("{place}: {why}"))?,
            (found, code) => return Err(format!("{place}: {found:?}, expected {code:?}")),
        }
    }
    Ok(())
}

fn answered(action: &str, params: &Value, found: &Value, expected: &Value) -> Verdict {
    let complain = || Err(format!("{found}, expected {expected}"));
    match action {
        "ReceiveMessage" => {
            let list = |response: &Value| -> Vec<(String, String, String)> {
                let messages = response["Messages"].as_array().cloned().unwrap_or_default();
                let mut list: Vec<_> = messages
                    .iter()
                    .map(|message| {
                        let attributes = &message["Attributes"];
                        let count = text(&attributes["ApproximateReceiveCount"]);
                        (text(&attributes["MessageGroupId"]), text(&message["Body"]), count)
                    })
                    .collect();
                if text(&params["QueueUrl"]).contains(".fifo") {
                    list.sort_by(|one, two| one.0.cmp(&two.0));
                } else {
                    list.sort();
                }
                list
            };
            if list(found) == list(expected) { Ok(()) } else { complain() }
        }
        "GetQueueAttributes" => {
            let wanted = expected["Attributes"].as_object().cloned().unwrap_or_default();
            let agree = wanted
                .iter()
                .filter(|(name, _)| !name.ends_with("Timestamp"))
                .all(|(name, value)| found["Attributes"][name] == *value);
            if agree { Ok(()) } else { complain() }
        }
        _ => {
            let ids = |response: &Value, field: &str| -> Vec<(String, String)> {
                let entries = response[field].as_array().cloned().unwrap_or_default();
                let mut ids: Vec<_> = entries
                    .iter()
                    .map(|entry| (text(&entry["Id"]), text(&entry["Code"])))
                    .collect();
                ids.sort();
                ids
            };
            let same = ids(found, "Successful") == ids(expected, "Successful")
                && ids(found, "Failed") == ids(expected, "Failed")
                && found.get("MD5OfMessageBody") == expected.get("MD5OfMessageBody");
            if same { Ok(()) } else { complain() }
        }
    }
}
