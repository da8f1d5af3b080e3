//! Retry and Catch (SFN-20 to SFN-32): which retrier handles an error and how long it waits, and
//! which catcher handles it.

use serde_json::Value;

/// A retry after a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Index among the state's retriers.
    pub retrier: usize,
    /// Delay in microseconds; with full jitter, anything up to it (SIM-09).
    pub wait: i64,
    pub full_jitter: bool,
}

/// The retry of a state after an error, given how often each retrier was used since the state was
/// entered. The first retrier that names the error decides; once it is used up, later ones are not
/// tried (SFN-24).
#[must_use]
pub fn retry(state: &Value, error: &str, used: &[u32]) -> Option<Retry> {
    let retriers = state.get("Retry").and_then(Value::as_array)?;
    let index = retriers.iter().position(|retrier| names(&errors(retrier), error))?;
    let retrier = retriers.get(index)?;
    let most = retrier.get("MaxAttempts").and_then(Value::as_u64).unwrap_or(3);
    let before = used.get(index).copied().unwrap_or(0);
    (u64::from(before) < most).then(|| Retry {
        retrier: index,
        wait: wait(retrier, before + 1),
        full_jitter: retrier.get("JitterStrategy").and_then(Value::as_str) == Some("FULL"),
    })
}

/// The first catcher of a state that names an error.
#[must_use]
pub fn catcher<'s>(state: &'s Value, error: &str) -> Option<&'s Value> {
    let catchers = state.get("Catch").and_then(Value::as_array);
    catchers.into_iter().flatten().find(|catcher| names(&errors(catcher), error))
}

/// Whether a list of names covers an error: by name, by `States.TaskFailed` (anything but a
/// timeout, SFN-28) or by `States.ALL` (SFN-27). AWS was recorded matching `States.ALL` to a task's
/// oversize result, so only `States.Runtime` escapes it.
#[must_use]
pub fn names(list: &[&str], error: &str) -> bool {
    list.iter().any(|name| match *name {
        "States.ALL" => error != "States.Runtime",
        "States.TaskFailed" => error != "States.Timeout",
        name => name == error,
    })
}

/// The names in the `ErrorEquals` of a retrier or catcher.
#[must_use]
pub fn errors(value: &Value) -> Vec<&str> {
    let list = value.get("ErrorEquals").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Delay before retry `attempt`, counted from 1, in microseconds (SFN-23). It only multiplies.
fn wait(retrier: &Value, attempt: u32) -> i64 {
    let number = |field: &str| retrier.get(field).and_then(Value::as_f64);
    // Round to whole microseconds first, so that every machine rounds alike.
    let micros = |field: &str| number(field).map(|seconds| (seconds * 1e6) as u64 as f64);
    let mut wait = micros("IntervalSeconds").unwrap_or(1e6);
    let rate = number("BackoffRate").unwrap_or(2.0);
    let most = micros("MaxDelaySeconds").unwrap_or(f64::MAX).min(u64::MAX as f64 / 4.0);
    for _ in 1..attempt {
        if wait >= most {
            break;
        }
        wait *= rate;
    }
    wait.min(most) as i64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Delays in seconds after a sequence of errors; -1 where there is no retry.
    fn waits(state: &Value, happened: &[&str]) -> Vec<i64> {
        let mut used = [0; 4];
        happened
            .iter()
            .map(|error| match retry(state, error, &used) {
                Some(retry) => {
                    used[retry.retrier] += 1;
                    retry.wait / 1_000_000
                }
                None => -1,
            })
            .collect()
    }

    #[test]
    fn the_worked_example_waits_one_two_five_and_then_is_caught() {
        let state = json!({
            "Retry": [
                { "ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2 },
                { "ErrorEquals": ["ErrorC"], "IntervalSeconds": 5 }
            ],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Z" }]
        });
        assert_eq!(waits(&state, &["ErrorA", "ErrorB", "ErrorC", "ErrorB"]), [1, 2, 5, -1]);
        assert_eq!(catcher(&state, "ErrorB").unwrap()["Next"], "Z");
    }

    #[test]
    fn defaults_are_three_retries_after_one_two_and_four_seconds() {
        let state = json!({ "Retry": [{ "ErrorEquals": ["States.ALL"] }] });
        assert_eq!(waits(&state, &["Any"; 4]), [1, 2, 4, -1]);
    }

    #[test]
    fn the_longest_wait_and_the_wildcards_are_kept() {
        let state = json!({ "Retry": [{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 3,
            "BackoffRate": 10, "MaxAttempts": 99_999_999, "MaxDelaySeconds": 20 }] });
        assert_eq!(waits(&state, &["Boom", "Boom", "Boom"]), [3, 20, 20]);
        assert_eq!(waits(&state, &["States.Timeout"]), [-1], "TaskFailed is no timeout");
        let late = retry(&state, "Boom", &[90_000_000]);
        assert_eq!(late.map(|retry| retry.wait), Some(20_000_000), "and quickly told");
        assert!(names(&["States.ALL"], "States.Timeout"));
        assert!(!names(&["States.ALL"], "States.Runtime"));
    }

    #[test]
    fn a_retrier_that_may_not_try_does_not() {
        let state = json!({ "Retry": [
            { "ErrorEquals": ["Final"], "MaxAttempts": 0 }, { "ErrorEquals": ["States.ALL"] }] });
        assert_eq!(waits(&state, &["Final", "Other"]), [-1, 1]);
    }
}
