//! Amazon States Language: from a definition, an input and the answers of its tasks to a status, an
//! output or an error, and a history (SFN-20 to SFN-45). Time is a number: waiting for a day costs
//! nothing.
//!
//! JSONPath only; JSONata is rejected with a sentence. Answers come from an implementation of
//! [`Tasks`].

mod choice;
mod data;
mod handling;
mod intrinsic;
mod path;
mod run;
mod validate;

use serde_json::Value;

pub use data::Variables;
pub use handling::Retry;
pub use run::{
    Call, Called, Callee, Course, DataId, EventEntry, FailureId, Handling, ItemAction, Nesting,
    NodeId, Program, StateTest, Step, TableCall, Tested, run, test_state,
};
pub use validate::{Mistake, unmodelled, validate};

/// Evaluates a JSONPath such as `$.detail.lines[0]` on a value.
pub fn find(path: &str, value: &Value) -> Result<Value, String> {
    path::Path::parse(path.strip_prefix('$').unwrap_or(path))?.find(value)
}

/// Source of the tasks' answers.
pub trait Tasks {
    /// Answers a call of a state's task; `before` is the number of its earlier calls.
    fn call(&mut self, state: &str, before: usize, input: &Value) -> Answer;
}

/// Answer of a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Output(Value),
    Error { error: String, cause: Option<String> },
}

/// Inputs of an execution, apart from its definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub input: Value,
    /// Microseconds since 1970.
    pub now: i64,
    pub seed: u64,
    /// Name of the state machine and of its execution role, for the context object.
    pub machine: String,
    pub role: String,
    /// Whether to keep the events; they are counted either way.
    pub history: bool,
}

/// Outcome of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub status: Status,
    pub output: Option<Value>,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub history: Vec<Event>,
}

/// How an execution ended. Failing and timing out are different events to EventBridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Succeeded,
    Failed,
    TimedOut,
}

impl Status {
    /// AWS's name of the status.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

/// One event of an execution's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: u64,
    /// Microseconds since 1970.
    pub at: i64,
    /// AWS's name, such as `PassStateEntered`.
    pub kind: String,
    /// The state entered or left, for an event about a state.
    pub state: Option<String>,
    /// The state's input or output, or the task's input or result.
    pub data: Option<Value>,
    pub error: Option<String>,
}

#[cfg(test)]
mod tests;
