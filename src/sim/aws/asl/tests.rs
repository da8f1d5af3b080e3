//! Retry and Catch as documented, and definitions that are refused.

use serde_json::json;

use super::*;

fn task(definition: &Value) -> Task {
    let definition = Definition::parse(&definition.to_string()).unwrap();
    let StateKind::Task(task) = &definition.states[definition.start].kind else {
        panic!("a task first")
    };
    task.clone()
}

fn with(retry: &Value, catch: &Value) -> Value {
    json!({
        "StartAt": "Work",
        "States": {
            "Work": {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": "work" },
                "Retry": retry, "Catch": catch, "End": true
            },
            "Undo": { "Type": "Succeed" }
        }
    })
}

#[test]
fn the_worked_example_waits_one_two_five_and_then_is_caught() {
    let retry = json!([
        { "ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2 },
        { "ErrorEquals": ["ErrorC"], "IntervalSeconds": 5 }
    ]);
    let task = task(&with(&retry, &json!([{ "ErrorEquals": ["States.ALL"], "Next": "Undo" }])));
    let mut used = [0, 0];
    let mut waits = Vec::new();
    for error in ["ErrorA", "ErrorB", "ErrorC"] {
        let Handling::Retry { retrier, wait, .. } = task.handle(error, &used) else {
            panic!("{error} is retried")
        };
        used[retrier] += 1;
        waits.push(wait.as_secs());
    }
    assert_eq!(waits, [1, 2, 5]);
    assert!(matches!(task.handle("ErrorB", &used), Handling::Catch { .. }));
}

#[test]
fn defaults_are_three_retries_after_one_two_and_four_seconds() {
    let task = task(&with(&json!([{ "ErrorEquals": ["States.ALL"] }]), &json!([])));
    let waits: Vec<u64> = (0..3)
        .map(|before| match task.handle("Any", &[before]) {
            Handling::Retry { wait, .. } => wait.as_secs(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(waits, [1, 2, 4]);
    assert_eq!(task.handle("Any", &[3]), Handling::Fail);
}

#[test]
fn the_longest_wait_and_the_wildcards_are_kept() {
    let retry = json!([{ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 3, "BackoffRate": 10,
                         "MaxAttempts": 9, "MaxDelaySeconds": 20 }]);
    let task = task(&with(&retry, &json!([])));
    let wait = |before| match task.handle("Boom", &[before]) {
        Handling::Retry { wait, .. } => wait.as_secs(),
        other => panic!("{other:?}"),
    };
    assert_eq!((wait(0), wait(1), wait(8)), (3, 20, 20));
    assert_eq!(task.handle("States.Timeout", &[0]), Handling::Fail, "TaskFailed is no timeout");
    assert!(names(&["States.ALL".to_owned()], "States.Timeout"));
    assert!(!names(&["States.ALL".to_owned()], "States.Runtime"));
}

#[test]
fn choices_look_at_the_input() {
    let definition = json!({
        "StartAt": "Which",
        "States": {
            "Which": { "Type": "Choice", "Default": "Small", "Choices": [
                { "And": [
                    { "Variable": "$.detail.total", "NumericGreaterThan": 100 },
                    { "Not": { "Variable": "$.detail.gift", "IsPresent": true } }
                ], "Next": "Large" }
            ]},
            "Large": { "Type": "Succeed" },
            "Small": { "Type": "Succeed" }
        }
    });
    let definition = Definition::parse(&definition.to_string()).unwrap();
    let StateKind::Choice(choice) = &definition.states[definition.start].kind else { panic!() };
    let goes = |detail: Value| {
        let next = choice.next(&json!({ "detail": detail })).unwrap();
        definition.states[next].name.clone()
    };
    assert_eq!(goes(json!({ "total": 101 })), "Large");
    assert_eq!(goes(json!({ "total": 100 })), "Small");
    assert_eq!(goes(json!({ "total": 101, "gift": null })), "Small");
}

#[test]
fn what_is_wrong_is_said_with_the_states_name() {
    let told =
        |definition: Value| Definition::parse(&definition.to_string()).unwrap_err().join("\n");
    let lost = told(with(&json!([]), &json!([{ "ErrorEquals": ["X"], "Next": "Nowhere" }])));
    assert!(lost.contains("Work names the state \"Nowhere\""), "{lost}");
    let all = told(with(
        &json!([{ "ErrorEquals": ["States.ALL"] }, { "ErrorEquals": ["X"] }]),
        &json!([]),
    ));
    assert!(all.contains("Work: States.ALL stands alone and last."), "{all}");
    let map = told(json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "End": true } } }));
    assert!(map.contains("M: the state type Map is not modelled yet."), "{map}");
    let open = told(json!({ "StartAt": "P", "States": { "P": { "Type": "Pass" } } }));
    assert!(open.contains("P has neither Next nor End."), "{open}");
    let odd = told(
        json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true, "Retry": [] } } }),
    );
    assert!(odd.contains("P: a Pass state has no Retry"), "{odd}");
}
