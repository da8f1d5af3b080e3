//! Limits on the size and the work of an execution.

use std::fmt::{self, Write};

use serde_json::Value;

use super::super::path::weight;
use super::{Failure, Machine, Visit, too_large};
use crate::kernel::depth::DEPTH_MAX;

/// Maximum input or output in bytes (SFN-09).
const DATA_MAX: usize = 262_144;
/// Maximum number of events in the history of a Standard execution (SFN-08).
const HISTORY_MAX: u64 = 25_000;
/// Maximum number of states entered by an execution and its child executions. The children of a
/// distributed Map have their own histories, so AWS's 25,000 events do not limit them. A *model
/// assumption* (MA-workflow-10).
const STATES_MAX: u64 = if cfg!(test) { 30_000 } else { 1_000_000 };
/// Maximum bytes passed between those states. A *model assumption* (MA-workflow-10).
pub(super) const MOVED_MAX: usize = 1_073_741_824;

impl Machine<'_> {
    /// Checks whether the execution may enter another state or make another attempt; the history
    /// counts both (SFN-08). Nothing catches this error.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        let end = |error: &str, cause: String| {
            Err(Failure { can_be_caught: false, ..Failure::new(error, cause) })
        };
        if self.is_past() {
            return end("States.Timeout", String::new());
        }
        let cause = if self.events >= HISTORY_MAX {
            format!("The history has reached its {HISTORY_MAX} events.")
        } else if self.states >= STATES_MAX {
            format!("Redrive runs at most {STATES_MAX} states of an execution and its children.")
        } else if self.moved >= MOVED_MAX {
            format!("Redrive passes at most {MOVED_MAX} bytes between the states of an execution.")
        } else {
            return Ok(());
        };
        self.is_over = true;
        end("States.Runtime", cause)
    }

    /// Whether the execution, with its children, has reached Redrive's own limits.
    pub(super) fn is_spent(&self) -> bool {
        self.states >= STATES_MAX || self.moved >= MOVED_MAX
    }

    /// Whether the execution's own timeout has passed, which nothing inside it catches (SFN-20).
    pub(super) fn is_past(&self) -> bool {
        self.deadline.is_some_and(|deadline| self.now > deadline)
    }

    /// Checks a state's output: at most 256 KiB (SFN-09), and no deeper nesting than documents may
    /// have.
    pub(super) fn bear(&mut self, visit: &Visit<'_>, output: &Value) -> Result<(), Failure> {
        if is_too_deep(output) {
            let why = format!("The output nests deeper than {DEPTH_MAX} levels.");
            return Err(visit.runtime("States.Runtime", &why));
        }
        let weight = weight(output);
        self.moved = self.moved.saturating_add(weight);
        if is_too_large(output, weight) {
            return Err(Failure { can_be_caught: false, ..too_large(visit.name) });
        }
        Ok(())
    }
}

/// A writer that fails once its capacity is used up.
struct Room(usize);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Whether a value as JSON exceeds AWS's limit; `weight` is its approximate size.
pub(super) fn is_too_large(value: &Value, weight: usize) -> bool {
    // An escaped character takes six bytes, a number up to about thirty.
    weight > DATA_MAX / 6 && write!(Room(DATA_MAX), "{value}").is_err()
}

/// Whether a value nests deeper than JSON can be parsed.
fn is_too_deep(value: &Value) -> bool {
    fn within(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(list) => left > 0 && list.iter().all(|value| within(value, left - 1)),
            Value::Object(object) => {
                left > 0 && object.values().all(|value| within(value, left - 1))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }
    !within(value, DEPTH_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_limit_counts_json_to_the_byte() {
        let is = |value: &Value| is_too_large(value, weight(value));
        assert!(!is(&json!("x".repeat(DATA_MAX - 2))));
        assert!(is(&json!("x".repeat(DATA_MAX - 1))));
        assert!(!is(&json!("\n".repeat(DATA_MAX / 2 - 1))));
        assert!(is(&json!("\n".repeat(DATA_MAX / 2))), "a line break is written with two");
        assert!(is(&json!("\u{1}".repeat(DATA_MAX / 6 + 1))), "and a control character with six");
        assert!(is(&json!(vec![1.234_567_890_123_4e-300; 20_000])));
    }

    #[test]
    fn so_deep_and_no_deeper() {
        let nest = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(!is_too_deep(&nest(DEPTH_MAX)));
        assert!(is_too_deep(&nest(DEPTH_MAX + 1)));
    }
}
