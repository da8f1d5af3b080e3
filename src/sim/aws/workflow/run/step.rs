//! States that do one thing: Fail, Choice, Wait and Task.

use serde_json::Value;

use super::super::choice;
use super::super::data::Variables;
use super::super::path::weight;
use super::{Failure, Machine, Next, SECOND, Visit, bare, is_too_large, too_large};
use crate::aws::workflow::Answer;

impl Machine<'_> {
    pub(super) fn fail(&self, visit: &Visit<'_>, variables: &Variables) -> Failure {
        let data = self.data(visit, visit.input, variables);
        let text = |field: &str| -> Result<Option<String>, Failure> {
            let path = format!("{field}Path");
            let Some(expression) = visit.state.get(&path).and_then(Value::as_str) else {
                return Ok(visit.state.get(field).and_then(Value::as_str).map(str::to_owned));
            };
            match data.dynamic(&path, expression) {
                Ok(Value::String(text)) => Ok(Some(text)),
                Ok(other) => Ok(Some(other.to_string())),
                Err(why) => Err(visit.runtime("States.Runtime", &why)),
            }
        };
        match (text("Error"), text("Cause")) {
            (Ok(error), Ok(cause)) => Failure { error, cause, can_be_caught: false },
            (Err(failure), _) | (_, Err(failure)) => failure,
        }
    }

    pub(super) fn choose(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        let rules = visit.state.get("Choices").and_then(Value::as_array);
        let mut chosen = None;
        for rule in rules.into_iter().flatten() {
            let holds = {
                let data = self.data(visit, input, variables);
                choice::holds(rule, &|path| data.find(path))
            };
            if holds.map_err(|why| visit.runtime("States.Runtime", &why))? {
                chosen = Some(rule);
                break;
            }
        }
        let (holder, next) = match (chosen, visit.state.get("Default")) {
            (Some(rule), _) => (rule, rule.get("Next")),
            (None, Some(default)) => (visit.state, Some(default)),
            (None, None) => {
                let why = "Failed to transition out of the state. The state does not point to a \
                           next state.";
                return Err(visit.runtime("States.NoChoiceMatched", why));
            }
        };
        self.assign(visit, holder, input, variables)?;
        let output = self
            .data(visit, input, variables)
            .through(visit.state, "OutputPath")
            .map_err(|why| visit.runtime("States.Runtime", &why))?
            .into_owned();
        let next = next.and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok((Next::State(next), output))
    }

    pub(super) fn wait(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<(), Failure> {
        let field = |name: &str| visit.state.get(name);
        let path = |name: &str| field(name).and_then(Value::as_str);
        let runtime = |why: String| visit.runtime("States.Runtime", &why);
        let found = |name: &str, path: &str| {
            self.data(visit, input, variables).find(path).map_err(|_| {
                runtime(format!("The {name} parameter does not reference an input value: {path}"))
            })
        };
        let until = if let Some(path) = path("SecondsPath") {
            let value = found("SecondsPath", path)?;
            let Some(seconds) = value.as_i64() else {
                return Err(runtime(format!(
                    "The SecondsPath parameter cannot be parsed as a long value: {path} == {}",
                    bare(&value)
                )));
            };
            if seconds < 0 {
                return Err(runtime(format!(
                    "The SecondsPath parameter references a negative value: {path} == {seconds}"
                )));
            }
            self.now.saturating_add(seconds.saturating_mul(SECOND))
        } else if let Some(path) = path("TimestampPath") {
            let value = found("TimestampPath", path)?;
            let Some(time) = choice::time(&value) else {
                return Err(runtime(format!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended \
                     offset date-time format string: {path} == {}",
                    bare(&value)
                )));
            };
            time.timestamp_micros()
        } else if let Some(time) = field("Timestamp").and_then(choice::time) {
            time.timestamp_micros()
        } else {
            let seconds = field("Seconds").and_then(Value::as_i64).unwrap_or(0);
            self.now.saturating_add(seconds.saturating_mul(SECOND))
        };
        self.now = self.now.max(until);
        Ok(())
    }

    /// Evaluates a Task's own fields before the call; a path may find nothing.
    pub(super) fn before_task(
        &self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Limits, Failure> {
        if let Some(credentials) = visit.state.get("Credentials") {
            let filled = self.data(visit, input, variables).fill(credentials);
            filled.map_err(|why| visit.runtime("States.Runtime", &why))?;
        }
        self.limits(visit, input, variables)
    }

    /// Evaluates `TimeoutSeconds` and `HeartbeatSeconds`, or their paths.
    fn limits(
        &self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Limits, Failure> {
        let limit = |field: &str| -> Result<Option<i64>, Failure> {
            let path_field = format!("{field}Path");
            let Some(path) = visit.state.get(&path_field).and_then(Value::as_str) else {
                return Ok(visit.state.get(field).and_then(Value::as_i64));
            };
            let runtime = |why: String| visit.runtime("States.Runtime", &why);
            let value = self.data(visit, input, variables).find(path);
            let value = value.map_err(|why| runtime(format!("Invalid path '{path}' : {why}")))?;
            let seconds = value.as_i64().filter(|seconds| *seconds > 0);
            seconds.map(Some).ok_or_else(|| {
                runtime(format!(
                    "The {path_field} parameter cannot be parsed as a positive number of seconds: \
                     {path} == {}",
                    bare(&value)
                ))
            })
        };
        Ok(Limits { timeout: limit("TimeoutSeconds")?, heartbeat: limit("HeartbeatSeconds")? })
    }

    /// Performs the call of a Task; `input` is the result of its `Parameters`.
    pub(super) fn task(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        limits: Limits,
    ) -> Result<Value, Failure> {
        let resource = visit.state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        let is_function = resource.starts_with("arn:aws:lambda:");
        let word = if is_function { "LambdaFunction" } else { "Task" };
        self.note_of(word, "Scheduled", None, Some(input), None);
        self.note_of(word, "Started", None, None, None);
        match self.ask(visit.name, input) {
            Answer::Output(output) if is_too_large(&output, weight(&output)) => {
                self.note_of(word, "Failed", None, None, Some("States.DataLimitExceeded"));
                Err(too_large(resource.rsplit(':').next().unwrap_or(resource)))
            }
            Answer::Output(output) => {
                // A request-response call ends with its answer; these two go on.
                if [".sync", ".sync:2", ".waitForTaskToken"]
                    .iter()
                    .any(|end| resource.ends_with(end))
                {
                    self.note("TaskSubmitted", None, None, None);
                }
                self.note_of(word, "Succeeded", None, Some(&output), None);
                Ok(output)
            }
            Answer::Error { error, cause } => {
                let late = match error.as_str() {
                    "States.Timeout" => Some(limits.timeout),
                    "States.HeartbeatTimeout" => Some(limits.heartbeat),
                    _ => None,
                };
                if let Some(seconds) = late {
                    let span = seconds.unwrap_or(0).saturating_mul(SECOND);
                    self.now = self.now.saturating_add(span);
                    self.note_of(word, "TimedOut", None, None, Some(&error));
                } else {
                    self.note_of(word, "Failed", None, None, Some(&error));
                }
                Err(Failure { error: Some(error), cause, can_be_caught: true })
            }
        }
    }
}

/// Maximum duration of a task, and maximum interval between heartbeats, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub timeout: Option<i64>,
    pub heartbeat: Option<i64>,
}
