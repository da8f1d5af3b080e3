//! Amazon States Language at work: a definition, an input and what its tasks answer give a status,
//! an output or an error, and a history (SFN-20 to SFN-45). Time is a number: a wait of a day costs
//! nothing.
//!
//! JSONPath only; JSONata is refused in a sentence. What tasks answer comes from [`Tasks`].

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
    Call, Called, Callee, Course, DataId, FailureId, Handling, NodeId, Program, StateTest, Step,
    Tested, run, test_state,
};
pub use validate::{Mistake, unmodelled, validate};

/// What a JSONPath such as `$.detail.lines[0]` finds in a value.
pub fn find(path: &str, value: &Value) -> Result<Value, String> {
    path::Path::parse(path.strip_prefix('$').unwrap_or(path))?.find(value)
}

/// What tasks answer.
pub trait Tasks {
    /// The answer to one call of a state's task, of which there were `before` so far.
    fn call(&mut self, state: &str, before: usize, input: &Value) -> Answer;
}

/// What a task answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Output(Value),
    Error { error: String, cause: Option<String> },
}

/// Everything about an execution but its definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    pub input: Value,
    /// Microseconds since 1970.
    pub now: i64,
    pub seed: u64,
    /// Name of the state machine, and the role it runs with: they stand in the context object.
    pub machine: String,
    pub role: String,
    /// Whether its events are kept; they are counted in any case.
    pub history: bool,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub status: Status,
    pub output: Option<Value>,
    pub error: Option<String>,
    pub cause: Option<String>,
    pub history: Vec<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Succeeded,
    Failed,
    TimedOut,
}

impl Status {
    /// AWS's word.
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
    /// The state that was entered or left, if that is what happened.
    pub state: Option<String>,
    /// Its input or output, a task's input or result.
    pub data: Option<Value>,
    pub error: Option<String>,
}

#[cfg(test)]
mod tests;
