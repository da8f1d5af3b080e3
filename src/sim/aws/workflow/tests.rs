//! Short workflows, one for each rule.

#[path = "bounds_tests.rs"]
mod bounds;
#[path = "field_tests.rs"]
mod fields;

use super::*;
use serde_json::json;

/// Answers from a list.
struct Script(Vec<Answer>);

impl Tasks for Script {
    fn call(&mut self, _state: &str, before: usize, _input: &Value) -> Answer {
        self.0.get(before).cloned().unwrap_or(Answer::Output(json!("done")))
    }
}

fn start(input: Value) -> Start {
    Start {
        input,
        now: 0,
        seed: 1,
        machine: "letters".to_owned(),
        role: "clerk".to_owned(),
        history: true,
    }
}

fn execute(definition: &Value, input: Value, answers: Vec<Answer>) -> End {
    run(definition, &start(input), &mut Script(answers))
}

fn error(name: &str) -> Answer {
    Answer::Error { error: name.to_owned(), cause: None }
}

#[test]
fn a_wait_of_a_day_moves_the_clock_only() {
    let definition = json!({"StartAt": "Sleep", "States": {
        "Sleep": {"Type": "Wait", "Seconds": 86_400, "End": true},
    }});
    let end = execute(&definition, json!({"a": 1}), Vec::new());
    assert_eq!((end.status, end.output), (Status::Succeeded, Some(json!({"a": 1}))));
    assert_eq!(end.history.last().map(|event| event.at), Some(86_400_000_000));
}

#[test]
fn retriers_count_apart_and_the_first_that_fits_decides() {
    let definition = json!({"StartAt": "Post", "States": {
        "Post": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Retry": [
                {"ErrorEquals": ["Wind", "Rain"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2},
                {"ErrorEquals": ["Snow"], "IntervalSeconds": 5},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Home"}],
            "End": true,
        },
        "Home": {"Type": "Pass", "End": true},
    }});
    let answers = ["Wind", "Rain", "Snow", "Rain"].map(error).to_vec();
    let end = execute(&definition, json!({"letter": 7}), answers);
    assert_eq!(end.output, Some(json!({"letter": 7, "why": {"Error": "Rain"}})));
    assert_eq!(end.history.last().map(|event| event.at), Some(8_000_000), "1 + 2 + 5 s");
}

#[test]
fn branches_run_side_by_side() {
    let wait = |seconds: u64| {
        json!({"StartAt": "W", "States": {
            "W": {"Type": "Wait", "Seconds": seconds, "End": true},
        }})
    };
    let definition = json!({"StartAt": "Both", "States": {
        "Both": {"Type": "Parallel", "Branches": [wait(3), wait(9)], "End": true},
    }});
    let end = execute(&definition, json!(1), Vec::new());
    assert_eq!(end.output, Some(json!([1, 1])));
    assert_eq!(end.history.last().map(|event| event.at), Some(9_000_000));
}

#[test]
fn a_map_keeps_to_its_concurrency() {
    let definition = json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "MaxConcurrency": 2, "End": true,
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "twice.$": "States.MathAdd($$.Map.Item.Value, $$.Map.Item.Value)"},
            "ItemProcessor": {"StartAt": "W", "States": {
                "W": {"Type": "Wait", "Seconds": 10, "OutputPath": "$.twice", "End": true},
            }},
        },
    }});
    let end = execute(&definition, json!([1, 2, 3]), Vec::new());
    assert_eq!(end.output, Some(json!([2, 4, 6])));
    assert_eq!(end.history.last().map(|event| event.at), Some(20_000_000));
}

#[test]
fn what_a_states_own_fields_do_wrong_cannot_be_caught() {
    let definition = json!({"StartAt": "Post", "States": {
        "Post": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"to.$": "$.nobody"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Post"}],
            "End": true,
        },
    }});
    let end = execute(&definition, json!({}), Vec::new());
    assert_eq!(end.status, Status::Failed);
    assert_eq!(end.error.as_deref(), Some("States.Runtime"));
    assert!(end.cause.is_some_and(|cause| cause.contains("'$.nobody'")));
}

#[test]
fn variables_are_seen_inside_and_kept_from_outside() {
    let definition = json!({"StartAt": "Set", "States": {
        "Set": {"Type": "Pass", "Assign": {"town": "Kiel"}, "Next": "Inner"},
        "Inner": {"Type": "Parallel", "Next": "Tell", "Branches": [{"StartAt": "P", "States": {
            "P": {"Type": "Pass", "Parameters": {"seen.$": "$town"}, "Assign": {"mine": 1}, "End": true},
        }}]},
        "Tell": {"Type": "Pass", "Parameters": {"town.$": "$town", "mine.$": "$mine"}, "End": true},
    }});
    let end = execute(&definition, json!({}), Vec::new());
    assert_eq!(end.status, Status::Failed, "the inner variable is gone");
}

#[test]
fn an_execution_has_a_time_of_its_own() {
    let definition = json!({"StartAt": "Sleep", "TimeoutSeconds": 5, "States": {
        "Sleep": {"Type": "Wait", "Seconds": 9, "End": true},
    }});
    assert_eq!(execute(&definition, json!({}), Vec::new()).status, Status::TimedOut);
}

#[test]
fn one_state_tells_what_its_retry_and_its_catch_would_do() {
    let state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Retry": [{"ErrorEquals": ["Rain"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2}],
        "Catch": [
            {"ErrorEquals": ["Snow"], "Next": "Dig"},
            {"ErrorEquals": ["States.ALL"], "Next": "Home", "ResultPath": "$.why"},
        ],
        "End": true,
    });
    let test = |name: &str, retries: u32| {
        let answer = Some(error(name));
        let input = json!({"letter": 7});
        test_state(&StateTest {
            state: &state,
            name: "Post",
            input,
            context: None,
            answer,
            retries,
        })
    };
    let (rain, cause) = (Some("Rain".to_owned()), None);
    assert_eq!(
        test("Rain", 1),
        Tested::Retriable { error: rain.clone(), cause: cause.clone(), retrier: 0, seconds: 6 }
    );
    let output = json!({"letter": 7, "why": {"Error": "Rain"}});
    let next = "Home".to_owned();
    assert_eq!(test("Rain", 2), Tested::Caught { error: rain, cause, catcher: 1, output, next });
    assert!(matches!(test("Snow", 0), Tested::Caught { catcher: 0, .. }));
}

#[test]
fn no_number_is_too_large() {
    let retry =
        json!({"ErrorEquals": ["Rain"], "IntervalSeconds": 99_999_999, "BackoffRate": 1e300});
    let definition = json!({"StartAt": "Post", "TimeoutSeconds": i64::MAX, "States": {
        "Post": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": [retry], "Next": "Sum"},
        "Sum": {"Type": "Pass", "End": true, "Parameters": {"list.$": "States.ArrayRange($.from, $.to, 1)"}},
    }});
    let numbers = Answer::Output(json!({"from": i64::MIN, "to": i64::MAX}));
    let end = execute(&definition, json!({}), vec![error("Rain"), error("Rain"), numbers]);
    assert_ne!(end.status, Status::Succeeded, "and nothing panics");
}
