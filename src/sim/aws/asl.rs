//! Amazon States Language, as much of it as the first pipeline needs: Task, Choice, Pass, Wait,
//! Succeed and Fail, with Retry and Catch exactly (SFN-20 to SFN-32).
//!
//! Data flow is not modelled yet: a Choice looks at the execution's input, and a state's output is
//! not computed. What a definition asks for beyond that is refused in a sentence that names the
//! state.

mod choice;

use serde_json::{Map, Value};

pub use choice::Choice;

use crate::sim::kernel::time::Span;

/// A definition, its states by number.
#[derive(Debug, Clone)]
pub struct Definition {
    pub start: usize,
    pub states: Vec<State>,
}

#[derive(Debug, Clone)]
pub struct State {
    pub name: String,
    pub kind: StateKind,
}

#[derive(Debug, Clone)]
pub enum StateKind {
    Task(Task),
    Pass { next: Option<usize> },
    Wait { span: Span, next: Option<usize> },
    Choice(Choice),
    Succeed,
    Fail,
}

/// A state that calls something.
#[derive(Debug, Clone)]
pub struct Task {
    /// `Parameters.FunctionName`.
    pub function: String,
    pub timeout: Option<Span>,
    pub retriers: Vec<Retrier>,
    pub catchers: Vec<Catcher>,
    pub next: Option<usize>,
}

/// SFN-21.
#[derive(Debug, Clone)]
pub struct Retrier {
    pub errors: Vec<String>,
    pub interval: Span,
    pub attempts_max: u32,
    pub backoff_rate: f64,
    pub delay_max: Option<Span>,
    pub full_jitter: bool,
}

#[derive(Debug, Clone)]
pub struct Catcher {
    pub errors: Vec<String>,
    pub next: usize,
}

/// What an error in a Task leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Again after a wait; with full jitter, anything up to it (SIM-09).
    Retry {
        retrier: usize,
        wait: Span,
        full_jitter: bool,
    },
    Catch {
        next: usize,
    },
    Fail,
}

impl Task {
    /// What happens after an error, given how often each retrier was used since the state was
    /// entered. The first retrier that names the error decides; when it is used up, later ones are
    /// not tried (SFN-24).
    #[must_use]
    pub fn handle(&self, error: &str, used: &[u32]) -> Handling {
        let found = self.retriers.iter().position(|retrier| names(&retrier.errors, error));
        if let Some(index) = found
            && let Some(retrier) = self.retriers.get(index)
        {
            let before = used.get(index).copied().unwrap_or(0);
            if before < retrier.attempts_max {
                return Handling::Retry {
                    retrier: index,
                    wait: retrier.wait(before + 1),
                    full_jitter: retrier.full_jitter,
                };
            }
        }
        match self.catchers.iter().find(|catcher| names(&catcher.errors, error)) {
            Some(catcher) => Handling::Catch { next: catcher.next },
            None => Handling::Fail,
        }
    }
}

impl Retrier {
    /// The wait before retry `attempt`, from 1 (SFN-23). Multiplication only.
    #[must_use]
    pub fn wait(&self, attempt: u32) -> Span {
        let mut wait = self.interval.0 as f64;
        for _ in 1..attempt {
            wait *= self.backoff_rate;
        }
        let most = self.delay_max.map_or(f64::MAX, |most| most.0 as f64);
        Span(wait.min(most).min(u64::MAX as f64 / 2.0) as u64)
    }
}

/// Whether a list of names covers an error: by name, by `States.TaskFailed` (anything but a
/// timeout, SFN-28) or by `States.ALL` (SFN-27; recordings of AWS show it taking a task's oversize
/// result, so only `States.Runtime` escapes it).
pub(super) fn names(list: &[String], error: &str) -> bool {
    list.iter().any(|name| match name.as_str() {
        "States.ALL" => error != "States.Runtime",
        "States.TaskFailed" => error != "States.Timeout",
        name => name == error,
    })
}

/// The wait before retry `attempt`, from 1, of a retrier as it is written, in microseconds.
pub(super) fn retry_wait(retrier: &Value, attempt: u32) -> i64 {
    let number = |field: &str| retrier.get(field).and_then(Value::as_f64);
    let seconds = |field: &str| number(field).map(|seconds| Span((seconds * 1e6) as u64));
    let written = Retrier {
        errors: Vec::new(),
        interval: seconds("IntervalSeconds").unwrap_or(Span::from_secs(1)),
        attempts_max: 0,
        backoff_rate: number("BackoffRate").unwrap_or(2.0),
        delay_max: seconds("MaxDelaySeconds"),
        full_jitter: false,
    };
    written.wait(attempt).0 as i64
}

impl Definition {
    /// The states in the order they follow one another: the straight way first, then where errors
    /// and choices lead.
    #[must_use]
    pub fn flow(&self) -> Vec<usize> {
        let mut flow = Vec::new();
        let mut waiting = vec![self.start];
        while let Some(number) = waiting.pop() {
            if flow.contains(&number) {
                continue;
            }
            let Some(state) = self.states.get(number) else { continue };
            flow.push(number);
            match &state.kind {
                StateKind::Task(task) => {
                    waiting.splice(0..0, task.catchers.iter().map(|catcher| catcher.next));
                    waiting.extend(task.next);
                }
                StateKind::Pass { next } | StateKind::Wait { next, .. } => waiting.extend(*next),
                StateKind::Choice(choice) => waiting.extend(choice.leads_to()),
                StateKind::Succeed | StateKind::Fail => {}
            }
        }
        flow
    }

    /// Reads a definition; all that is wrong with it, each in a sentence.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let value: Value = serde_json::from_str(text)
            .map_err(|cause| vec![format!("The definition is not JSON: {cause}.")])?;
        let mut reader = Reader { names: Vec::new(), wrong: Vec::new() };
        let definition = reader.definition(&value);
        match definition {
            Some(definition) if reader.wrong.is_empty() => Ok(definition),
            _ => Err(reader.wrong),
        }
    }
}

struct Reader {
    names: Vec<String>,
    wrong: Vec<String>,
}

impl Reader {
    fn definition(&mut self, value: &Value) -> Option<Definition> {
        if value.get("QueryLanguage").and_then(Value::as_str) == Some("JSONata") {
            self.wrong.push("JSONata is outside what is modelled: use JSONPath.".to_owned());
        }
        let Some(states) = value.get("States").and_then(Value::as_object) else {
            self.wrong.push("A definition has States.".to_owned());
            return None;
        };
        self.names = states.keys().cloned().collect();
        let start = value.get("StartAt").and_then(Value::as_str).unwrap_or_default();
        let start = self.state(start, "StartAt");
        let states: Vec<Option<State>> = states
            .iter()
            .map(|(name, state)| {
                let kind = self.kind(name, state)?;
                Some(State { name: name.clone(), kind })
            })
            .collect();
        let states: Option<Vec<State>> = states.into_iter().collect();
        Some(Definition { start: start?, states: states? })
    }

    /// The number of a state by its name.
    fn state(&mut self, name: &str, whose: &str) -> Option<usize> {
        let found = self.names.iter().position(|known| known == name);
        if found.is_none() {
            self.wrong.push(format!("{whose} names the state {name:?}, which does not exist."));
        }
        found
    }

    fn kind(&mut self, name: &str, state: &Value) -> Option<StateKind> {
        let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
        let fields = state.as_object()?;
        self.known_fields(name, kind, fields);
        match kind {
            "Task" => self.task(name, state).map(StateKind::Task),
            "Pass" => Some(StateKind::Pass { next: self.next(name, state)? }),
            "Wait" => {
                let seconds = state.get("Seconds").and_then(Value::as_u64);
                let Some(seconds) = seconds else {
                    self.wrong.push(format!("{name}: only Wait with Seconds is modelled yet."));
                    return None;
                };
                Some(StateKind::Wait {
                    span: Span::from_secs(seconds),
                    next: self.next(name, state)?,
                })
            }
            "Choice" => self.choice(name, state).map(StateKind::Choice),
            "Succeed" => Some(StateKind::Succeed),
            "Fail" => Some(StateKind::Fail),
            "Parallel" | "Map" => {
                self.wrong.push(format!("{name}: the state type {kind} is not modelled yet."));
                None
            }
            other => {
                self.wrong.push(format!("{name}: there is no state type {other:?}."));
                None
            }
        }
    }

    /// Refuses what a state of this type does not have, or what is not modelled.
    fn known_fields(&mut self, name: &str, kind: &str, fields: &Map<String, Value>) {
        let known: &[&str] = match kind {
            "Task" => &[
                "Resource",
                "Parameters",
                "TimeoutSeconds",
                "Retry",
                "Catch",
                "Next",
                "End",
                "ResultPath",
                "ResultSelector",
                "InputPath",
                "OutputPath",
            ],
            "Pass" => {
                &["Next", "End", "Result", "ResultPath", "Parameters", "InputPath", "OutputPath"]
            }
            "Wait" => &["Seconds", "Next", "End"],
            "Choice" => &["Choices", "Default"],
            "Fail" => &["Error", "Cause"],
            "Succeed" => &[],
            _ => return,
        };
        for field in fields.keys().filter(|field| !["Type", "Comment"].contains(&field.as_str())) {
            if !known.contains(&field.as_str()) {
                self.wrong.push(format!(
                    "{name}: a {kind} state has no {field}, or it is not modelled yet."
                ));
            }
        }
    }

    /// `Next`, or `None` for `End`; nothing at all is wrong.
    #[allow(clippy::option_option)]
    fn next(&mut self, name: &str, state: &Value) -> Option<Option<usize>> {
        if let Some(next) = state.get("Next").and_then(Value::as_str) {
            return self.state(next, name).map(Some);
        }
        if state.get("End").and_then(Value::as_bool) == Some(true) {
            return Some(None);
        }
        self.wrong.push(format!("{name} has neither Next nor End."));
        None
    }

    fn task(&mut self, name: &str, state: &Value) -> Option<Task> {
        let resource = state.get("Resource").and_then(Value::as_str).unwrap_or_default();
        if resource != "arn:aws:states:::lambda:invoke" {
            self.wrong.push(format!(
                "{name}: only the Resource arn:aws:states:::lambda:invoke is modelled yet."
            ));
        }
        let function = state.pointer("/Parameters/FunctionName").and_then(Value::as_str);
        let Some(function) = function.map(str::to_owned) else {
            self.wrong.push(format!("{name} names no Parameters.FunctionName."));
            return None;
        };
        let seconds = state.get("TimeoutSeconds").and_then(Value::as_u64);
        let list =
            |field: &str| state.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        let retriers = list("Retry").iter().map(|value| self.retrier(name, value)).collect();
        let catchers = list("Catch").iter().filter_map(|value| self.catcher(name, value)).collect();
        self.all_is_last(name, &list("Retry"));
        self.all_is_last(name, &list("Catch"));
        Some(Task {
            function,
            timeout: seconds.map(Span::from_secs),
            retriers,
            catchers,
            next: self.next(name, state)?,
        })
    }

    /// SFN-26.
    fn all_is_last(&mut self, name: &str, list: &[Value]) {
        for (index, value) in list.iter().enumerate() {
            let errors = errors(value);
            if errors.iter().any(|error| error == "States.ALL")
                && (errors.len() > 1 || index + 1 < list.len())
            {
                self.wrong.push(format!("{name}: States.ALL stands alone and last."));
            }
        }
    }

    fn retrier(&mut self, name: &str, value: &Value) -> Retrier {
        let whole =
            |field: &str, default: u64| value.get(field).map_or(Some(default), Value::as_u64);
        let interval = whole("IntervalSeconds", 1).filter(|seconds| *seconds >= 1);
        let attempts = whole("MaxAttempts", 3);
        let rate = value.get("BackoffRate").map_or(Some(2.0), Value::as_f64).filter(|r| *r >= 1.0);
        let errors = errors(value);
        if errors.is_empty() || interval.is_none() || attempts.is_none() || rate.is_none() {
            self.wrong.push(format!(
                "{name}: a retrier needs ErrorEquals, IntervalSeconds ≥ 1, MaxAttempts ≥ 0 and \
                 BackoffRate ≥ 1."
            ));
        }
        Retrier {
            errors,
            interval: Span::from_secs(interval.unwrap_or(1)),
            attempts_max: attempts.unwrap_or(3).min(99_999_999) as u32,
            backoff_rate: rate.unwrap_or(2.0),
            delay_max: value.get("MaxDelaySeconds").and_then(Value::as_u64).map(Span::from_secs),
            full_jitter: value.get("JitterStrategy").and_then(Value::as_str) == Some("FULL"),
        }
    }

    fn catcher(&mut self, name: &str, value: &Value) -> Option<Catcher> {
        let errors = errors(value);
        if errors.is_empty() {
            self.wrong.push(format!("{name}: a catcher needs ErrorEquals."));
        }
        let next = value.get("Next").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Catcher { errors, next: self.state(&next, name)? })
    }

    fn choice(&mut self, name: &str, state: &Value) -> Option<Choice> {
        let names = self.names.clone();
        let position = |next: &str| names.iter().position(|known| known == next);
        Choice::parse(state, &position)
            .map_err(|sentence| self.wrong.push(format!("{name}: {sentence}")))
            .ok()
    }
}

/// The names in a retrier's or catcher's `ErrorEquals`.
pub(super) fn errors(value: &Value) -> Vec<String> {
    let list = value.get("ErrorEquals").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
