//! The interpreter: states one after another, branches side by side on the virtual clock.

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::choice;
use super::data::{Data, Variables, place};
use super::{Answer, End, Event, Start, Status, Tasks};
use crate::sim::aws::asl::{names, retry_wait};
use crate::sim::kernel::random::{Chance, Purpose};

/// The longest input or output (SFN-09), in bytes.
const DATA_MAX: usize = 262_144;
/// A Standard execution has no longer history (SFN-08).
const HISTORY_MAX: u64 = 25_000;
const SECOND: i64 = 1_000_000;

/// Why a state could not be finished.
#[derive(Debug, Clone, PartialEq)]
struct Failure {
    error: Option<String>,
    cause: Option<String>,
    /// A Retry or Catch may take it; what a state's own fields did wrong ends the execution.
    can_be_caught: bool,
}

impl Failure {
    fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: Some(error.to_owned()), cause: Some(cause.into()), can_be_caught: true }
    }

    /// `{"Error": …, "Cause": …}`, as a catcher gets it.
    fn output(&self) -> Value {
        let mut output = Map::new();
        if let Some(error) = &self.error {
            output.insert("Error".to_owned(), Value::from(error.as_str()));
        }
        if let Some(cause) = &self.cause {
            output.insert("Cause".to_owned(), Value::from(cause.as_str()));
        }
        Value::Object(output)
    }
}

/// Runs a definition, which must be valid, to its end.
pub fn run(definition: &Value, start: &Start, tasks: &mut dyn Tasks) -> End {
    let time = stamp(start.now);
    let execution = "arn:aws:states:us-east-1:111111111111:execution";
    let machine_arn =
        format!("arn:aws:states:us-east-1:111111111111:stateMachine:{}", start.machine);
    let context = json!({
        "Execution": {
            "Id": format!("{execution}:{}:run", start.machine),
            "Input": start.input,
            "Name": "run",
            "RoleArn": start.role,
            "StartTime": time,
            "RedriveCount": 0,
        },
        "StateMachine": { "Id": machine_arn, "Name": start.machine },
    });
    let mut machine = Machine {
        tasks,
        chance: Chance::new(start.seed),
        calls: Cell::new(0),
        called: BTreeMap::new(),
        now: start.now,
        events: 0,
        history: Vec::new(),
        deadline: definition
            .get("TimeoutSeconds")
            .and_then(Value::as_i64)
            .map(|seconds| start.now + seconds * SECOND),
    };
    machine.note("ExecutionStarted", None, Some(&start.input), None);
    let mut variables = Variables::new();
    let ended = machine.states(definition, start.input.clone(), &context, &mut variables);
    let timed_out = machine.deadline.is_some_and(|deadline| machine.now > deadline);
    match ended {
        _ if timed_out => {
            machine.now = machine.deadline.unwrap_or(machine.now);
            machine.note("ExecutionTimedOut", None, None, None);
            machine.end(Status::TimedOut, None, Some("States.Timeout".to_owned()), None)
        }
        Ok(output) => {
            machine.note("ExecutionSucceeded", None, Some(&output), None);
            machine.end(Status::Succeeded, Some(output), None, None)
        }
        Err(failure) => {
            let cause = failure.cause.filter(|cause| !cause.is_empty());
            machine.note("ExecutionFailed", None, None, failure.error.as_deref());
            machine.end(Status::Failed, None, failure.error, cause)
        }
    }
}

/// RFC 3339 in milliseconds, as the context object has it.
fn stamp(now: i64) -> String {
    let time = DateTime::from_timestamp_micros(now).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

struct Machine<'a> {
    tasks: &'a mut dyn Tasks,
    chance: Chance,
    calls: Cell<u32>,
    /// Calls of each state's task so far.
    called: BTreeMap<String, usize>,
    now: i64,
    events: u64,
    history: Vec<Event>,
    deadline: Option<i64>,
}

/// A state that is being executed.
struct Visit<'a> {
    name: &'a str,
    state: &'a Value,
    kind: &'a str,
    input: &'a Value,
    context: Value,
    /// Of its `…StateEntered`.
    event: u64,
}

/// What a state leads to.
enum Next {
    State(String),
    End,
}

impl Machine<'_> {
    fn end(
        self,
        status: Status,
        output: Option<Value>,
        error: Option<String>,
        cause: Option<String>,
    ) -> End {
        End { status, output, error, cause, history: self.history }
    }

    fn note(&mut self, kind: &str, state: Option<&str>, data: Option<&Value>, error: Option<&str>) {
        self.events += 1;
        self.history.push(Event {
            id: self.events,
            at: self.now,
            kind: kind.to_owned(),
            state: state.map(str::to_owned),
            data: data.cloned(),
            error: error.map(str::to_owned),
        });
    }

    /// Runs a machine, the whole one or a branch, from `StartAt` to its end.
    fn states(
        &mut self,
        machine: &Value,
        input: Value,
        context: &Value,
        variables: &mut Variables,
    ) -> Result<Value, Failure> {
        let text = |value: &Value, field: &str| {
            value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut name = text(machine, "StartAt");
        let mut data = input;
        loop {
            let state = machine.get("States").and_then(|states| states.get(&name));
            let state = state.ok_or_else(|| {
                Failure::new("States.Runtime", format!("There is no state {name}."))
            })?;
            if self.events >= HISTORY_MAX {
                let cause = format!("The history has reached its {HISTORY_MAX} events.");
                return Err(Failure::new("States.Runtime", cause));
            }
            if self.deadline.is_some_and(|deadline| self.now > deadline) {
                return Err(Failure::new("States.Timeout", ""));
            }
            let kind = text(state, "Type");
            let (next, output) = self.state(&name, state, &kind, &data, context, variables)?;
            match next {
                Next::State(next) => {
                    name = next;
                    data = output;
                }
                Next::End => return Ok(output),
            }
        }
    }

    fn state(
        &mut self,
        name: &str,
        state: &Value,
        kind: &str,
        input: &Value,
        context: &Value,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        self.note(&format!("{kind}StateEntered"), Some(name), Some(input), None);
        let mut context = context.clone();
        context["State"] = json!({ "EnteredTime": stamp(self.now), "Name": name });
        let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        if matches!(kind, "Task" | "Parallel" | "Map") {
            context["State"]["RetryCount"] = Value::from(0);
        }
        if resource.ends_with(".waitForTaskToken") {
            // AWS's tokens say nothing either.
            let token = self.chance.value(2, self.events as u32, 0, Purpose::Intrinsic);
            context["Task"] = json!({ "Token": format!("{token:016x}") });
        }
        let mut visit = Visit { name, state, kind, input, context, event: self.events };
        let mut used: Vec<u32> = Vec::new();
        let mut retries = 0;
        let done = loop {
            let failure = match self.attempt(&visit, variables) {
                Ok(done) => break Ok(done),
                Err(failure) => failure,
            };
            match self.retry(state, &failure, &mut used) {
                Some(wait) => {
                    self.now += wait;
                    retries += 1;
                    visit.context["State"]["RetryCount"] = Value::from(retries);
                }
                None => break Err(failure),
            }
        };
        let (next, output) = match done {
            Ok(done) => done,
            Err(failure) => self.catch(&visit, failure, variables)?,
        };
        self.note(&format!("{kind}StateExited"), Some(name), Some(&output), None);
        Ok((next, output))
    }

    /// How long to wait before a failed state is tried again, in microseconds; `None` for not.
    fn retry(&mut self, state: &Value, failure: &Failure, used: &mut Vec<u32>) -> Option<i64> {
        if !failure.can_be_caught {
            return None;
        }
        let error = failure.error.as_deref().unwrap_or_default();
        let retriers = state.get("Retry").and_then(Value::as_array)?;
        used.resize(retriers.len(), 0);
        let index = retriers.iter().position(|retrier| names(&errors(retrier), error))?;
        let retrier = retriers.get(index)?;
        let most = retrier.get("MaxAttempts").and_then(Value::as_u64).unwrap_or(3);
        let spent = used.get_mut(index)?;
        if u64::from(*spent) >= most {
            return None;
        }
        *spent += 1;
        let wait = retry_wait(retrier, *spent);
        let jitter = retrier.get("JitterStrategy").and_then(Value::as_str) == Some("FULL");
        let call = self.calls.get();
        self.calls.set(call + 1);
        Some(if jitter {
            self.chance.below(wait as u64 + 1, (1, call, *spent), Purpose::Jitter) as i64
        } else {
            wait
        })
    }

    fn catch(
        &mut self,
        visit: &Visit<'_>,
        failure: Failure,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        let error = failure.error.as_deref().unwrap_or_default();
        let catchers = visit.state.get("Catch").and_then(Value::as_array);
        let catcher = catchers
            .into_iter()
            .flatten()
            .find(|catcher| failure.can_be_caught && names(&errors(catcher), error));
        let Some(catcher) = catcher else { return Err(failure) };
        let output = failure.output();
        self.assign(visit, catcher, &output, variables)?;
        let output = place(catcher, visit.input, output)
            .map_err(|why| self.runtime(visit, "States.ResultPathMatchFailure", &why))?;
        let next = catcher.get("Next").and_then(Value::as_str).unwrap_or_default();
        Ok((Next::State(next.to_owned()), output))
    }

    /// What a state's own fields did wrong, in AWS's words; it ends the execution.
    fn runtime(&self, visit: &Visit<'_>, error: &str, why: &str) -> Failure {
        let cause = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). {why}",
            visit.name, visit.event
        );
        let can_be_caught = error != "States.Runtime";
        Failure { error: Some(error.to_owned()), cause: Some(cause), can_be_caught }
    }

    /// What paths in a state name.
    fn data<'d>(
        &'d self,
        visit: &'d Visit<'_>,
        input: &'d Value,
        variables: &'d Variables,
    ) -> Data<'d> {
        Data { input, context: &visit.context, variables, chance: self.chance, calls: &self.calls }
    }

    /// `Assign` of a state, a rule or a catcher: all of it is evaluated before any of it is set.
    fn assign(
        &self,
        visit: &Visit<'_>,
        holder: &Value,
        output: &Value,
        variables: &mut Variables,
    ) -> Result<(), Failure> {
        let Some(template) = holder.get("Assign") else { return Ok(()) };
        let filled = self
            .data(visit, output, variables)
            .fill(template)
            .map_err(|why| self.runtime(visit, "States.Runtime", &why))?;
        if let Value::Object(filled) = filled {
            variables.extend(filled);
        }
        Ok(())
    }

    /// One try of a state.
    fn attempt(
        &mut self,
        visit: &Visit<'_>,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        let runtime = |this: &Self, why: String| this.runtime(visit, "States.Runtime", &why);
        let input = self
            .data(visit, visit.input, variables)
            .through(visit.state, "InputPath")
            .map_err(|why| runtime(self, why))?;
        match visit.kind {
            "Fail" => return Err(self.fail(visit, variables)),
            "Choice" => return self.choose(visit, &input, variables),
            "Wait" => self.wait(visit, &input, variables)?,
            _ => {}
        }
        let effective = match visit.state.get("Parameters").filter(|_| visit.kind != "Map") {
            Some(template) => {
                let filled = self.data(visit, &input, variables).fill(template);
                filled.map_err(|why| runtime(self, why))?
            }
            None => input.clone(),
        };
        let result = match visit.kind {
            "Pass" => visit.state.get("Result").cloned().unwrap_or(effective),
            "Task" => self.task(visit, &effective)?,
            "Parallel" => self.parallel(visit, &effective, variables)?,
            "Map" => self.map(visit, &input, variables)?,
            // Succeed and Wait hand on what they got.
            _ => input.clone(),
        };
        let result = match visit.state.get("ResultSelector") {
            Some(template) => {
                let filled = self.data(visit, &result, variables).fill(template);
                filled.map_err(|why| runtime(self, why))?
            }
            None => result,
        };
        let before = variables.clone();
        self.assign(visit, visit.state, &result, variables)?;
        let output = if matches!(visit.kind, "Wait" | "Succeed") {
            result
        } else {
            // Into what the state was given, not what InputPath made of it.
            place(visit.state, visit.input, result)
                .map_err(|why| self.runtime(visit, "States.ResultPathMatchFailure", &why))?
        };
        let output = self
            .data(visit, &output, &before)
            .through(visit.state, "OutputPath")
            .map_err(|why| runtime(self, why))?;
        if visit.kind == "Pass" && output.to_string().len() > DATA_MAX {
            return Err(Failure { can_be_caught: false, ..too_large(visit.name) });
        }
        Ok((next(visit.state), output))
    }

    fn fail(&self, visit: &Visit<'_>, variables: &Variables) -> Failure {
        let data = self.data(visit, visit.input, variables);
        let text = |field: &str| -> Result<Option<String>, Failure> {
            let path = format!("{field}Path");
            let Some(expression) = visit.state.get(&path).and_then(Value::as_str) else {
                return Ok(visit.state.get(field).and_then(Value::as_str).map(str::to_owned));
            };
            match data.dynamic(&path, expression) {
                Ok(Value::String(text)) => Ok(Some(text)),
                Ok(other) => Ok(Some(other.to_string())),
                Err(why) => Err(self.runtime(visit, "States.Runtime", &why)),
            }
        };
        match (text("Error"), text("Cause")) {
            (Ok(error), Ok(cause)) => Failure { error, cause, can_be_caught: false },
            (Err(failure), _) | (_, Err(failure)) => failure,
        }
    }

    fn choose(
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
            if holds.map_err(|why| self.runtime(visit, "States.Runtime", &why))? {
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
                return Err(self.runtime(visit, "States.NoChoiceMatched", why));
            }
        };
        self.assign(visit, holder, input, variables)?;
        let output = self
            .data(visit, input, variables)
            .through(visit.state, "OutputPath")
            .map_err(|why| self.runtime(visit, "States.Runtime", &why))?;
        let next = next.and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok((Next::State(next), output))
    }

    fn wait(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<(), Failure> {
        let field = |name: &str| visit.state.get(name);
        let path = |name: &str| field(name).and_then(Value::as_str);
        let runtime = |why: String| self.runtime(visit, "States.Runtime", &why);
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

    fn task(&mut self, visit: &Visit<'_>, input: &Value) -> Result<Value, Failure> {
        let resource = visit.state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        let is_function = resource.starts_with("arn:aws:lambda:");
        let word = if is_function { "LambdaFunction" } else { "Task" };
        self.note(&format!("{word}Scheduled"), None, Some(input), None);
        self.note(&format!("{word}Started"), None, None, None);
        let before = self.called.entry(visit.name.to_owned()).or_default();
        let call = *before;
        *before += 1;
        match self.tasks.call(visit.name, call, input) {
            Answer::Output(output) if output.to_string().len() > DATA_MAX => {
                self.note(&format!("{word}Failed"), None, None, Some("States.DataLimitExceeded"));
                Err(too_large(resource.rsplit(':').next().unwrap_or(resource)))
            }
            Answer::Output(output) => {
                if resource.ends_with(".sync") || resource.ends_with(".waitForTaskToken") {
                    self.note("TaskSubmitted", None, None, None);
                }
                self.note(&format!("{word}Succeeded"), None, Some(&output), None);
                Ok(output)
            }
            Answer::Error { error, cause } => {
                if error == "States.Timeout" {
                    let seconds = visit.state.get("TimeoutSeconds").and_then(Value::as_i64);
                    self.now += seconds.unwrap_or(0) * SECOND;
                    self.note(&format!("{word}TimedOut"), None, None, Some(&error));
                } else {
                    self.note(&format!("{word}Failed"), None, None, Some(&error));
                }
                Err(Failure { error: Some(error), cause, can_be_caught: true })
            }
        }
    }

    fn parallel(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Value, Failure> {
        self.note("ParallelStateStarted", None, None, None);
        let began = self.now;
        let mut latest = began;
        let mut outputs = Vec::new();
        let mut failed: Option<(i64, Failure)> = None;
        for branch in visit.state.get("Branches").and_then(Value::as_array).into_iter().flatten() {
            self.now = began;
            let mut inner = variables.clone();
            match self.states(branch, input.clone(), &visit.context, &mut inner) {
                Ok(output) => outputs.push(output),
                // The branch that fails first ends the others.
                Err(failure) if failed.as_ref().is_none_or(|(at, _)| self.now < *at) => {
                    failed = Some((self.now, failure));
                }
                Err(_) => {}
            }
            latest = latest.max(self.now);
        }
        if let Some((at, failure)) = failed {
            self.now = at;
            self.note("ParallelStateFailed", None, None, failure.error.as_deref());
            return Err(Failure { can_be_caught: true, ..failure });
        }
        self.now = latest;
        self.note("ParallelStateSucceeded", None, None, None);
        Ok(Value::Array(outputs))
    }

    fn map(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<Value, Failure> {
        let state = visit.state;
        let (items, most, tolerated) = self.items(visit, input, variables)?;
        self.note("MapStateStarted", None, None, None);
        let processor = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
        let processor = processor.unwrap_or(&Value::Null);
        let selector = state.get("ItemSelector").or_else(|| state.get("Parameters"));
        let is_distributed = processor.pointer("/ProcessorConfig/Mode").and_then(Value::as_str)
            == Some("DISTRIBUTED");
        let began = self.now;
        // When each of the places to work in is free again.
        let places = if most == 0 { items.len() } else { most.min(items.len()) }.max(1);
        let mut free = vec![began; places];
        let mut outputs = Vec::new();
        let mut failures = 0;
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let place = (0..places).min_by_key(|place| free[*place]).unwrap_or(0);
            self.now = free[place];
            let mut context = visit.context.clone();
            context["Map"] = json!({ "Item": { "Index": index, "Value": item } });
            let inner_visit = Visit {
                name: visit.name,
                state,
                kind: visit.kind,
                input: visit.input,
                context,
                event: visit.event,
            };
            let start = match selector {
                Some(template) => {
                    let filled = self.data(&inner_visit, input, variables).fill(template);
                    filled.map_err(|why| self.runtime(visit, "States.Runtime", &why))?
                }
                None => item,
            };
            if !is_distributed {
                self.note("MapIterationStarted", None, None, None);
            }
            let mut inner = if is_distributed { Variables::new() } else { variables.clone() };
            let before = (self.events, self.history.len());
            let ended = self.states(processor, start, &inner_visit.context, &mut inner);
            free[place] = self.now;
            if is_distributed {
                // Child executions have histories of their own.
                self.events = before.0;
                self.history.truncate(before.1);
            }
            match ended {
                Ok(output) => {
                    outputs.push(output);
                    if !is_distributed {
                        self.note("MapIterationSucceeded", None, None, None);
                    }
                }
                Err(_) if is_distributed => {
                    failures += 1;
                    if !tolerated.allows(failures, count) {
                        return Err(self.intolerable());
                    }
                }
                Err(failure) => {
                    self.note("MapIterationFailed", None, None, failure.error.as_deref());
                    self.note("MapStateFailed", None, None, failure.error.as_deref());
                    return Err(Failure { can_be_caught: true, ..failure });
                }
            }
        }
        self.now = free.into_iter().max().unwrap_or(began);
        self.note("MapStateSucceeded", None, None, None);
        Ok(Value::Array(outputs))
    }

    /// A distributed Map that had more failures than it tolerates.
    fn intolerable(&mut self) -> Failure {
        let error = "States.ExceedToleratedFailureThreshold";
        self.note("MapStateFailed", None, None, Some(error));
        Failure::new(error, "The specified tolerated failure threshold was exceeded")
    }

    /// The items of a Map, how many are worked on at once (0: all), and the failures it bears.
    fn items(
        &mut self,
        visit: &Visit<'_>,
        input: &Value,
        variables: &Variables,
    ) -> Result<(Vec<Value>, usize, Tolerance), Failure> {
        let runtime = |why: &str| self.runtime(visit, "States.Runtime", why);
        let data = self.data(visit, input, variables);
        let path = visit.state.get("ItemsPath").and_then(Value::as_str).unwrap_or("$");
        let items =
            data.find(path).map_err(|why| runtime(&format!("Invalid path '{path}' : {why}")))?;
        let Value::Array(items) = items else {
            return Err(runtime(&format!("Reference path \"{path}\" must point to array.")));
        };
        let most = match visit.state.get("MaxConcurrencyPath").and_then(Value::as_str) {
            Some(path) => {
                let value = data
                    .find(path)
                    .map_err(|why| runtime(&format!("Invalid path '{path}' : {why}")))?;
                value.as_u64().ok_or_else(|| {
                    runtime(&format!(
                        "The MaxConcurrencyPath field refers to value \"{}\" which is not a valid \
                         integer: {path}",
                        bare(&value)
                    ))
                })?
            }
            None => visit.state.get("MaxConcurrency").and_then(Value::as_u64).unwrap_or(0),
        };
        let tolerance = Tolerance::read(visit.state, &data).map_err(|why| runtime(&why))?;
        Ok((items, usize::try_from(most).unwrap_or(usize::MAX), tolerance))
    }
}

/// How many failures a distributed Map bears.
struct Tolerance {
    count: Option<u64>,
    percentage: Option<f64>,
}

impl Tolerance {
    fn read(state: &Value, data: &Data<'_>) -> Result<Self, String> {
        let number = |field: &str, what: &str| -> Result<Option<f64>, String> {
            let path_field = format!("{field}Path");
            let Some(path) = state.get(&path_field).and_then(Value::as_str) else {
                return Ok(state.get(field).and_then(Value::as_f64));
            };
            let value = data.find(path).map_err(|why| format!("Invalid path '{path}' : {why}"))?;
            let number = match &value {
                Value::String(text) => text.parse().ok(),
                other => other.as_f64(),
            };
            number.map(Some).ok_or_else(|| {
                format!(
                    "The {path_field} field refers to value \"{}\" which is not a valid {what}: {path}",
                    bare(&value)
                )
            })
        };
        let count = number("ToleratedFailureCount", "integer")?;
        if count.is_some_and(|count| count < 0.0) {
            return Err("ToleratedFailureCount cannot be negative.".to_owned());
        }
        let percentage = number("ToleratedFailurePercentage", "float")?;
        if percentage.is_some_and(|percentage| !(0.0..=100.0).contains(&percentage)) {
            return Err("ToleratedFailurePercentage must be between 0 and 100.".to_owned());
        }
        Ok(Self { count: count.map(|count| count as u64), percentage })
    }

    fn allows(&self, failures: u64, of: usize) -> bool {
        let within_count = self.count.is_some_and(|count| failures <= count);
        let share = failures as f64 * 100.0 / of.max(1) as f64;
        within_count || self.percentage.is_some_and(|percentage| share <= percentage)
    }
}

/// A text without its quotation marks, anything else as JSON.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn next(state: &Value) -> Next {
    match state.get("Next").and_then(Value::as_str) {
        Some(next) => Next::State(next.to_owned()),
        None => Next::End,
    }
}

fn errors(value: &Value) -> Vec<String> {
    let list = value.get("ErrorEquals").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn too_large(who: &str) -> Failure {
    Failure::new(
        "States.DataLimitExceeded",
        format!(
            "The state/task '{who}' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        ),
    )
}
