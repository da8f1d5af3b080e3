//! Workflows, their definitions, and single states.

use redrive::sim::aws::workflow::{self, Answer, Start, StateTest, Tasks, Tested};
use serde_json::{Value, json};

use super::{Verdict, alike, parsed, text};

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

pub fn workflow(row: &Value) -> Verdict {
    let start = Start {
        input: row["input"].clone(),
        // 2026-11-24T00:00:00Z
        now: 1_795_478_400_000_000,
        seed: 7,
        machine: "machine".to_owned(),
        // The role of the recordings.
        role: "snf_role_arn".to_owned(),
        history: true,
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

pub fn definition(row: &Value) -> Verdict {
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

pub fn one_state(row: &Value) -> Verdict {
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
