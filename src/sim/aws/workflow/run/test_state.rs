//! A single state, as in AWS's `TestState`: one attempt with its call mocked, and what its Retry
//! and Catch would do about an error.

use std::rc::Rc;

use serde_json::{Value, json};

use super::super::data::{Context, Variables};
use super::{Machine, Next, Nobody, Visit, stamp};
use crate::aws::workflow::Answer;
use crate::aws::workflow::handling::{errors, names};

/// A state to test.
#[derive(Debug, Clone)]
pub struct StateTest<'a> {
    pub state: &'a Value,
    pub name: &'a str,
    pub input: Value,
    /// The context object, if the state uses it.
    pub context: Option<Value>,
    /// Answer of a task, or results of a Map or Parallel.
    pub answer: Option<Answer>,
    /// Number of earlier uses of the retrier that matches the error.
    pub retries: u32,
}

/// Result of the test.
#[derive(Debug, Clone, PartialEq)]
pub enum Tested {
    Succeeded {
        output: Value,
        next: Option<String>,
    },
    Failed {
        error: Option<String>,
        cause: Option<String>,
    },
    Retriable {
        error: Option<String>,
        cause: Option<String>,
        retrier: usize,
        seconds: i64,
    },
    Caught {
        error: Option<String>,
        cause: Option<String>,
        catcher: usize,
        output: Value,
        next: String,
    },
}

/// Runs a state once.
#[must_use]
pub fn test_state(test: &StateTest<'_>) -> Tested {
    let mut nobody = Nobody;
    let mut machine = Machine::alone(&mut nobody, test.answer.clone());
    machine.events = 2;
    let given = test.context.clone().filter(Value::is_object);
    let mut context = Context::new(Rc::new(given.unwrap_or_else(|| json!({}))));
    if test.context.is_none() {
        context.set("State", json!({ "EnteredTime": stamp(0), "Name": test.name }));
    }
    let kind = test.state.get("Type").and_then(Value::as_str).unwrap_or_default();
    let visit = Visit {
        name: test.name,
        state: test.state,
        kind,
        input: &test.input,
        context: &mut context,
        event: 2,
    };
    let mut variables = Variables::new();
    let failure = match machine.attempt(&visit, &mut variables) {
        Ok((next, output)) => {
            let next = match next {
                Next::State(next) => Some(next),
                Next::End => None,
            };
            return Tested::Succeeded { output, next };
        }
        Err(failure) => failure,
    };
    let name = failure.error.clone().unwrap_or_default();
    let fits = |entry: &Value| failure.can_be_caught && names(&errors(entry), &name);
    let list =
        |field: &str| test.state.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
    let (error, cause) = (failure.error.clone(), failure.cause.clone());
    let retriers = list("Retry");
    if let Some(retrier) = retriers.iter().position(fits) {
        let mut used = vec![test.retries; retriers.len()];
        if let Some(wait) = machine.retry(test.state, &failure, &mut used) {
            return Tested::Retriable { error, cause, retrier, seconds: wait / super::SECOND };
        }
    }
    let catcher = list("Catch").iter().position(fits);
    match (catcher, machine.catch(&visit, failure, &mut variables)) {
        (Some(catcher), Ok((Next::State(next), output))) => {
            Tested::Caught { error, cause, catcher, output, next }
        }
        (_, Err(failure)) => Tested::Failed { error: failure.error, cause: failure.cause },
        _ => Tested::Failed { error, cause },
    }
}
