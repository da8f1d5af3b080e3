//! `redrive run-workflow`: runs an Amazon States Language definition on a virtual clock; a Step
//! Functions Local mock configuration supplies the task results.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat};
use clap::Args;
use serde_json::{Value, json};

use super::{Failure, document, print, read};
use crate::sim::aws::workflow::{self, Answer, Event, Start, Tasks};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Definition file
    #[arg(long, value_name = "FILE")]
    definition: PathBuf,
    /// Input: JSON, or `file://` and a path
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// Mock configuration with the task results, in the format of Step Functions Local
    #[arg(long, value_name = "FILE", requires = "state_machine", requires = "test_case")]
    mock_config: Option<PathBuf>,
    /// State machine in the mock configuration
    #[arg(long, value_name = "NAME", requires = "mock_config")]
    state_machine: Option<String>,
    /// Test case of that state machine
    #[arg(long, value_name = "NAME", requires = "mock_config")]
    test_case: Option<String>,
    /// Seed for jitter, UUIDs and random numbers
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Also print the events
    #[arg(long)]
    history: bool,
}

pub(super) fn run(arguments: &Arguments, now: i64) -> Result<ExitCode, Failure> {
    let definition = parsed(&arguments.definition, "definition")?;
    refuse(&definition, &arguments.definition)?;
    let input = serde_json::from_str(&document(&arguments.input)?)
        .map_err(|cause| Failure::usage(format!("The input is not JSON: {cause}.")))?;
    let mut mocks = match &arguments.mock_config {
        Some(file) => Mocks::read(
            &parsed(file, "mock configuration")?,
            arguments.state_machine.as_deref().unwrap_or_default(),
            arguments.test_case.as_deref().unwrap_or_default(),
        )?,
        None => Mocks { responses: Value::Null, unanswered: None },
    };
    let start = Start {
        input,
        now,
        seed: arguments.seed,
        machine: arguments.state_machine.clone().unwrap_or_else(|| "state-machine".to_owned()),
        role: "arn:aws:iam::111111111111:role/redrive".to_owned(),
        history: arguments.history,
    };
    let end = workflow::run(&definition, &start, &mut mocks);
    if let Some((state, call)) = mocks.unanswered {
        return Err(Failure::usage(format!(
            "Call {call} to the task of {state} (or its ItemReader) has no mocked result: add one to \
             a --mock-config, with --state-machine and --test-case."
        )));
    }
    let mut result = json!({
        "status": end.status.word(),
        "output": end.output,
        "error": end.error,
        "cause": end.cause,
    });
    if arguments.history {
        result["history"] = end.history.iter().map(event).collect();
    }
    print::json(&format!("{result}\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn parsed(file: &Path, what: &str) -> Result<Value, Failure> {
    serde_json::from_str(&read(file, what)?).map_err(|cause| {
        Failure::usage(format!("The {what} {} is not JSON: {cause}.", file.display()))
    })
}

/// Rejects a definition with mistakes, and JSONata, which is not supported.
fn refuse(definition: &Value, file: &Path) -> Result<(), Failure> {
    let mistakes = workflow::validate(definition);
    if !mistakes.is_empty() {
        let lines: Vec<String> =
            mistakes.iter().map(|wrong| format!("{}: {}", wrong.place, wrong.sentence)).collect();
        return Err(Failure::usage(format!(
            "The definition {} is not valid:\n{}",
            file.display(),
            lines.join("\n")
        )));
    }
    let passed_over = workflow::unmodelled(definition);
    if !passed_over.is_empty() {
        let lines: Vec<String> = passed_over
            .iter()
            .map(|wrong| format!("{}: {}", wrong.place, wrong.sentence))
            .collect();
        return Err(Failure::usage(format!(
            "The definition {} is valid, but Redrive cannot run all of it:\n{}",
            file.display(),
            lines.join("\n")
        )));
    }
    if is_jsonata(definition) {
        return Err(Failure::usage(format!(
            "The definition {} is written in JSONata, which Redrive checks but does not run: write \
             it in JSONPath.",
            file.display()
        )));
    }
    Ok(())
}

fn is_jsonata(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.get("QueryLanguage").is_some_and(|language| language == "JSONata")
                || object.values().any(is_jsonata)
        }
        Value::Array(list) => list.iter().any(is_jsonata),
        _ => false,
    }
}

/// Mocked results by state: `{"0": {"Return": …}, "1-2": {"Throw": {"Error": …, "Cause": …}}}`.
struct Mocks {
    responses: Value,
    /// The first call without a mocked result.
    unanswered: Option<(String, usize)>,
}

impl Mocks {
    fn read(config: &Value, machine: &str, case: &str) -> Result<Self, Failure> {
        let cases = config.get("StateMachines").and_then(|machines| machines.get(machine));
        let cases = cases.and_then(|machine| machine.get("TestCases")).ok_or_else(|| {
            Failure::usage(format!("The mock configuration has no state machine {machine}."))
        })?;
        let states = cases.get(case).and_then(Value::as_object).ok_or_else(|| {
            Failure::usage(format!("The state machine {machine} has no test case {case}."))
        })?;
        let mut responses = serde_json::Map::new();
        for (state, name) in states {
            let name = name.as_str().unwrap_or_default();
            let response = config.get("MockedResponses").and_then(|all| all.get(name));
            let response = response.ok_or_else(|| {
                Failure::usage(format!("The mock configuration has no mocked response {name:?}."))
            })?;
            responses.insert(state.clone(), response.clone());
        }
        Ok(Self { responses: Value::Object(responses), unanswered: None })
    }

    /// Finds the result for a call; keys are `0` or a range such as `1-2`.
    fn answer(&self, state: &str, call: usize) -> Option<&Value> {
        let answers = self.responses.get(state)?.as_object()?;
        answers.iter().find_map(|(calls, answer)| {
            let (first, last) = calls.split_once('-').unwrap_or((calls, calls));
            let (first, last): (usize, usize) =
                (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first..=last).contains(&call).then_some(answer)
        })
    }
}

impl Tasks for Mocks {
    fn call(&mut self, state: &str, before: usize, _input: &Value) -> Answer {
        let text = |value: &Value, field: &str| {
            value.get(field).and_then(Value::as_str).map(str::to_owned)
        };
        if let Some(answer) = self.answer(state, before) {
            if let Some(thrown) = answer.get("Throw") {
                let error = text(thrown, "Error").unwrap_or_default();
                return Answer::Error { error, cause: text(thrown, "Cause") };
            }
            if let Some(output) = answer.get("Return") {
                return Answer::Output(output.clone());
            }
        }
        self.unanswered.get_or_insert((state.to_owned(), before));
        Answer::Error { error: "States.Runtime".to_owned(), cause: None }
    }
}

/// Formats an event as `GetExecutionHistory` does.
fn event(event: &Event) -> Value {
    let time = DateTime::from_timestamp_micros(event.at).unwrap_or_default();
    let mut object = json!({
        "id": event.id,
        "timestamp": time.to_rfc3339_opts(SecondsFormat::Millis, true),
        "type": event.kind,
    });
    let data = event.data.as_ref().map(Value::to_string);
    if let Some(name) = &event.state {
        let (field, what) = if event.kind.ends_with("Entered") {
            ("stateEnteredEventDetails", "input")
        } else {
            ("stateExitedEventDetails", "output")
        };
        object[field] = json!({ "name": name, what: data });
    } else if let Some(error) = &event.error {
        object["error"] = json!(error);
    } else if let Some(data) = data {
        object["data"] = json!(data);
    }
    object
}
