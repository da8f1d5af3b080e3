//! The interpreter: runs states in sequence, and branches side by side on the virtual clock.

mod bounds;
mod concurrent;
mod items;
mod program;
mod step;
mod test_state;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use self::bounds::is_too_large;
use super::data::{Context, Data, Variables, place};
use super::handling;
use super::{Answer, End, Event, Start, Status, Tasks};
use crate::kernel::random::{Chance, Purpose};

pub use program::{
    Call, Called, Callee, DataId, EventEntry, FailureId, Handling, ItemAction, Nesting,
    Next as Course, NodeId, Program, Step, TableCall,
};
pub use test_state::{StateTest, Tested, test_state};

const SECOND: i64 = 1_000_000;

/// Why a state failed.
#[derive(Debug, Clone, PartialEq)]
struct Failure {
    error: Option<String>,
    cause: Option<String>,
    /// Whether Retry or Catch may handle it. An error in the state's own fields ends the execution.
    can_be_caught: bool,
}

impl Failure {
    fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: Some(error.to_owned()), cause: Some(cause.into()), can_be_caught: true }
    }

    /// `{"Error": …, "Cause": …}`, as a catcher receives it.
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
            "StartTime": time.as_str(),
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
        keeps_history: start.history,
        history: Vec::new(),
        deadline: definition
            .get("TimeoutSeconds")
            .and_then(Value::as_i64)
            .map(|seconds| start.now.saturating_add(seconds.saturating_mul(SECOND))),
        stamped: (start.now, time),
        mocked: None,
        is_over: false,
        states: 0,
        moved: 0,
    };
    let context = Context::new(Rc::new(context));
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

/// RFC 3339 with milliseconds, as in the context object.
fn stamp(now: i64) -> String {
    let time = DateTime::from_timestamp_micros(now).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

struct Machine<'a> {
    tasks: &'a mut dyn Tasks,
    chance: Chance,
    calls: Cell<u32>,
    /// Number of calls of each state's task so far.
    called: BTreeMap<String, usize>,
    now: i64,
    events: u64,
    keeps_history: bool,
    history: Vec<Event>,
    deadline: Option<i64>,
    stamped: (i64, String),
    /// In a test of one state, the answer to whatever it calls.
    mocked: Option<Answer>,
    /// Whether the execution has ended in a way that nothing catches, such as a full history.
    is_over: bool,
    /// States entered so far, including those of child executions, and bytes passed between them.
    states: u64,
    moved: usize,
}

/// A state being executed.
struct Visit<'a> {
    name: &'a str,
    state: &'a Value,
    kind: &'a str,
    input: &'a Value,
    context: &'a mut Context,
    /// Id of its `…StateEntered` event.
    event: u64,
}

impl Visit<'_> {
    /// An error in the state's own fields, in AWS's words; it ends the execution.
    fn runtime(&self, error: &str, why: &str) -> Failure {
        let cause = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). {why}",
            self.name, self.event
        );
        let can_be_caught = error != "States.Runtime";
        Failure { error: Some(error.to_owned()), cause: Some(cause), can_be_caught }
    }
}

/// Transition out of a state.
enum Next {
    State(String),
    End,
}

/// Answers of an execution in which nothing is called, because every answer is given in advance.
struct Nobody;

impl Tasks for Nobody {
    fn call(&mut self, _state: &str, _before: usize, _input: &Value) -> Answer {
        Answer::Error { error: "States.Runtime".to_owned(), cause: None }
    }
}

impl<'t> Machine<'t> {
    /// Creates an interpreter for a single state, whose calls return `mocked`.
    fn alone(tasks: &'t mut dyn Tasks, mocked: Option<Answer>) -> Self {
        Self {
            tasks,
            chance: Chance::new(0),
            calls: Cell::new(0),
            called: BTreeMap::new(),
            now: 0,
            events: 0,
            keeps_history: false,
            history: Vec::new(),
            deadline: None,
            stamped: (0, stamp(0)),
            mocked,
            is_over: false,
            states: 0,
            moved: 0,
        }
    }

    /// Asks for the answer to one more call of a state's task or of a Map's reader.
    fn ask(&mut self, state: &str, input: &Value) -> Answer {
        let before = self.called.entry(state.to_owned()).or_default();
        let call = *before;
        *before += 1;
        self.tasks.call(state, call, input)
    }

    fn mock(&self) -> Result<Value, Failure> {
        match self.mocked.clone() {
            Some(Answer::Error { error, cause }) => {
                Err(Failure { error: Some(error), cause, can_be_caught: true })
            }
            Some(Answer::Output(output)) => Ok(output),
            None => Ok(Value::Null),
        }
    }

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
        self.note_of("", kind, state, data, error);
    }

    /// Records an event whose name has two parts, such as `Pass` and `StateEntered`.
    fn note_of(
        &mut self,
        kind: &str,
        what: &str,
        state: Option<&str>,
        data: Option<&Value>,
        error: Option<&str>,
    ) {
        self.events += 1;
        if !self.keeps_history {
            return;
        }
        self.history.push(Event {
            id: self.events,
            at: self.now,
            kind: format!("{kind}{what}"),
            state: state.map(str::to_owned),
            data: data.cloned(),
            error: error.map(str::to_owned),
        });
    }

    /// The time as in the context object, cached because it rarely changes.
    fn stamp(&mut self) -> Value {
        if self.stamped.0 != self.now {
            self.stamped = (self.now, stamp(self.now));
        }
        Value::from(self.stamped.1.as_str())
    }

    /// Runs a machine or a branch from `StartAt` to its end.
    fn states(
        &mut self,
        machine: &Value,
        input: Value,
        context: &Context,
        variables: &mut Variables,
    ) -> Result<Value, Failure> {
        let text = |value: &Value, field: &str| {
            value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut name = text(machine, "StartAt");
        let mut context = context.clone();
        let mut data = input;
        loop {
            let state = machine.get("States").and_then(|states| states.get(&name));
            let state = state.ok_or_else(|| {
                Failure::new("States.Runtime", format!("There is no state {name}."))
            })?;
            self.go_on()?;
            self.states += 1;
            let kind = text(state, "Type");
            let (next, output) = self.state(&name, state, &kind, &data, &mut context, variables)?;
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
        context: &mut Context,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        self.note_of(kind, "StateEntered", Some(name), Some(input), None);
        let mut own = Map::new();
        own.insert("EnteredTime".to_owned(), self.stamp());
        own.insert("Name".to_owned(), Value::from(name));
        if matches!(kind, "Task" | "Parallel" | "Map") {
            own.insert("RetryCount".to_owned(), Value::from(0));
        }
        context.set("State", Value::Object(own));
        let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        context.own.remove("Task");
        if resource.ends_with(".waitForTaskToken") {
            // AWS's tokens carry no meaning either.
            let token = self.chance.value(2, self.events as u32, 0, Purpose::Intrinsic);
            context.set("Task", json!({ "Token": format!("{token:016x}") }));
        }
        let visit = Visit { name, state, kind, input, context, event: self.events };
        let mut used: Vec<u32> = Vec::new();
        let mut retries = 0;
        let done = loop {
            let failure = match self.attempt(&visit, variables) {
                Ok(done) => break Ok(done),
                Err(failure) => failure,
            };
            match self.retry(state, &failure, &mut used) {
                Some(wait) => {
                    self.now = self.now.saturating_add(wait);
                    self.go_on()?;
                    retries += 1;
                    if let Some(own) = visit.context.own.get_mut("State") {
                        own["RetryCount"] = Value::from(retries);
                    }
                }
                None => break Err(failure),
            }
        };
        let (next, output) = match done {
            Ok(done) => done,
            Err(failure) => self.catch(&visit, failure, variables)?,
        };
        self.note_of(kind, "StateExited", Some(name), Some(&output), None);
        Ok((next, output))
    }

    /// Delay in microseconds before a failed state is retried; `None` if it is not.
    fn retry(&mut self, state: &Value, failure: &Failure, used: &mut Vec<u32>) -> Option<i64> {
        if !failure.can_be_caught || self.is_over || self.is_past() {
            return None;
        }
        let error = failure.error.as_deref().unwrap_or_default();
        let retry = handling::retry(state, error, used)?;
        if used.len() <= retry.retrier {
            used.resize(retry.retrier + 1, 0);
        }
        let spent = used.get_mut(retry.retrier)?;
        *spent += 1;
        let call = self.calls.get();
        self.calls.set(call + 1);
        Some(if retry.full_jitter {
            let most = retry.wait as u64 + 1;
            self.chance.below(most, (1, call, *spent), Purpose::Jitter) as i64
        } else {
            retry.wait
        })
    }

    fn catch(
        &mut self,
        visit: &Visit<'_>,
        failure: Failure,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        let error = failure.error.as_deref().unwrap_or_default();
        let can = failure.can_be_caught && !self.is_over && !self.is_past();
        let catcher = handling::catcher(visit.state, error).filter(|_| can);
        let Some(catcher) = catcher else { return Err(failure) };
        let output = failure.output();
        self.assign(visit, catcher, &output, variables)?;
        let output = place(catcher, visit.input, output)
            .map_err(|why| visit.runtime("States.ResultPathMatchFailure", &why))?;
        let next = catcher.get("Next").and_then(Value::as_str).unwrap_or_default();
        Ok((Next::State(next.to_owned()), output))
    }

    /// Roots of the paths in a state.
    fn data<'d>(
        &'d self,
        visit: &'d Visit<'_>,
        input: &'d Value,
        variables: &'d Variables,
    ) -> Data<'d> {
        Data {
            input,
            context: visit.context,
            variables,
            chance: self.chance,
            calls: &self.calls,
            filled: Cell::new(0),
        }
    }

    /// Applies `Assign` of a state, a rule or a catcher: evaluates all values before it sets any.
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
            .map_err(|why| visit.runtime("States.Runtime", &why))?;
        if let Value::Object(filled) = filled {
            variables.extend(filled.into_iter().map(|(name, value)| (name, Rc::new(value))));
        }
        Ok(())
    }

    /// The input after `InputPath`.
    fn input<'v>(
        &'v self,
        visit: &'v Visit<'_>,
        variables: &'v Variables,
    ) -> Result<Cow<'v, Value>, Failure> {
        self.data(visit, visit.input, variables)
            .through(visit.state, "InputPath")
            .map_err(|why| visit.runtime("States.Runtime", &why))
    }

    /// That input after `Parameters`.
    fn effective<'i>(
        &self,
        visit: &Visit<'_>,
        input: &'i Value,
        variables: &Variables,
    ) -> Result<Cow<'i, Value>, Failure> {
        match visit.state.get("Parameters").filter(|_| visit.kind != "Map") {
            Some(template) => self
                .data(visit, input, variables)
                .fill(template)
                .map(Cow::Owned)
                .map_err(|why| visit.runtime("States.Runtime", &why)),
            None => Ok(Cow::Borrowed(input)),
        }
    }

    /// Makes one attempt at a state.
    fn attempt(
        &mut self,
        visit: &Visit<'_>,
        variables: &mut Variables,
    ) -> Result<(Next, Value), Failure> {
        let runtime = |why: String| visit.runtime("States.Runtime", &why);
        let input = if visit.state.get("InputPath").is_some() {
            Cow::Owned(self.input(visit, variables)?.into_owned())
        } else {
            Cow::Borrowed(visit.input)
        };
        match visit.kind {
            "Fail" => return Err(self.fail(visit, variables)),
            "Choice" => return self.choose(visit, &input, variables),
            "Wait" => self.wait(visit, &input, variables)?,
            _ => {}
        }
        let effective = self.effective(visit, &input, variables)?;
        let result = match visit.kind {
            "Pass" => match visit.state.get("Result") {
                Some(result) => result.clone(),
                None => effective.into_owned(),
            },
            "Task" if self.mocked.is_none() => {
                let limits = self.before_task(visit, &input, variables)?;
                self.task(visit, &effective, limits)?
            }
            "Task" => {
                self.before_task(visit, &input, variables)?;
                self.mock()?
            }
            "Parallel" | "Map" if self.mocked.is_some() => self.mock()?,
            "Parallel" => self.parallel(visit, &effective, variables)?,
            "Map" => self.map(visit, &input, variables)?,
            // Succeed and Wait pass their input on.
            _ => input.into_owned(),
        };
        let result = match visit.state.get("ResultSelector") {
            Some(template) => {
                let filled = self.data(visit, &result, variables).fill(template);
                filled.map_err(runtime)?
            }
            None => result,
        };
        // OutputPath sees the variables as they were before Assign.
        let before = visit.state.get("Assign").map(|_| variables.clone());
        self.assign(visit, visit.state, &result, variables)?;
        let before = before.as_ref().unwrap_or(variables);
        let output = if matches!(visit.kind, "Wait" | "Succeed") {
            result
        } else {
            // ResultPath writes into the state's raw input, not into the result of InputPath.
            place(visit.state, visit.input, result)
                .map_err(|why| visit.runtime("States.ResultPathMatchFailure", &why))?
        };
        let output = if visit.state.get("OutputPath").is_some() {
            let data = self.data(visit, &output, before);
            data.through(visit.state, "OutputPath").map_err(runtime)?.into_owned()
        } else {
            output
        };
        self.bear(visit, &output)?;
        Ok((next(visit.state), output))
    }
}

/// A string without its quotation marks; anything else as JSON.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn next(state: &Value) -> Next {
    match state.get("Next").and_then(Value::as_str) {
        Some(next) => Next::State(next.to_owned()),
        None => Next::End,
    }
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
