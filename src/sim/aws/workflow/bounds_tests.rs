//! Every execution ends, and soon, whatever it consists of.

use super::*;

/// A Pass state that loops; a Choice that never leaves makes the end reachable.
fn round(pass: &Value) -> Value {
    let mut again = pass.clone();
    again["Type"] = json!("Pass");
    again["Next"] = json!("Out?");
    json!({"StartAt": "Again", "States": {
        "Again": again,
        "Out?": {"Type": "Choice", "Choices": [
            {"Variable": "$.never", "IsPresent": true, "Next": "Out"}], "Default": "Again"},
        "Out": {"Type": "Succeed"},
    }})
}

fn quiet(definition: &Value, input: Value, answers: Vec<Answer>) -> (End, u64) {
    let mistakes = validate(definition);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let start = Start { history: false, ..start(input) };
    let mut script = Counted(answers, 0);
    let end = run(definition, &start, &mut script);
    (end, script.1)
}

/// Answers from a list, repeating the last one, and counts the calls.
struct Counted(Vec<Answer>, u64);

impl Tasks for Counted {
    fn call(&mut self, _state: &str, before: usize, _input: &Value) -> Answer {
        self.1 += 1;
        let answer = self.0.get(before).or(self.0.last()).cloned();
        answer.unwrap_or(Answer::Output(json!("done")))
    }
}

#[track_caller]
fn fails(end: &End, error: &str, cause: &str) {
    assert_eq!((end.status, end.error.as_deref()), (Status::Failed, Some(error)), "{end:?}");
    assert!(end.cause.as_ref().is_some_and(|why| why.contains(cause)), "{:?}", end.cause);
}

#[test]
fn data_that_grows_without_end_is_too_large_or_too_deep() {
    let deeper = round(&json!({"ResultPath": "$.a"}));
    fails(&quiet(&deeper, json!({}), Vec::new()).0, "States.Runtime", "deeper than 128 levels");
    let longer = round(&json!({"Parameters": {"a.$": "States.Format('{}{}', $.a, $.a)"}}));
    let (end, _) = quiet(&longer, json!({"a": "xx"}), Vec::new());
    fails(&end, "States.DataLimitExceeded", "'Again'");
    let wider = round(&json!({"Parameters": {"a.$": "States.Array($.a, $.a, $.a)"}}));
    let (end, _) = quiet(&wider, json!({"a": "xx"}), Vec::new());
    fails(&end, "States.DataLimitExceeded", "'Again'");
    let fields: serde_json::Map<String, Value> =
        (0..2_000).map(|n| (format!("n{n}.$"), json!("$"))).collect();
    let copied = round(&json!({"Parameters": fields}));
    let (end, _) = quiet(&copied, json!("x".repeat(100_000)), Vec::new());
    fails(&end, "States.Runtime", "could not be found");
    let escaped = (0..10).fold("$".to_owned(), |inner, _| format!("States.JsonToString({inner})"));
    let escaped = round(&json!({"Parameters": {"a.$": escaped}}));
    let (end, _) = quiet(&escaped, json!("\"".repeat(100_000)), Vec::new());
    fails(&end, "States.Runtime", "more than a state can hold");
}

#[test]
fn every_state_hands_on_so_much_and_no_more() {
    let halves = json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}},
        {"StartAt": "Two", "States": {"Two": {"Type": "Pass", "End": true}}}]}}});
    let (end, _) = quiet(&halves, json!("x".repeat(131_068)), Vec::new());
    assert_eq!(end.status, Status::Succeeded);
    let (end, _) = quiet(&halves, json!("x".repeat(131_072)), Vec::new());
    fails(&end, "States.DataLimitExceeded", "'Both'");
}

#[test]
fn a_history_that_is_full_ends_the_execution_and_nothing_catches_it() {
    let definition = json!({"StartAt": "Around", "States": {
        "Around": {
            "Type": "Parallel",
            "Branches": [round(&json!({}))],
            "Retry": [{"ErrorEquals": ["States.Runtime"], "MaxAttempts": 99_999_999}],
            "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "Done"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    }});
    let (end, _) = quiet(&definition, json!({}), Vec::new());
    fails(&end, "States.Runtime", "25000 events");
}

#[test]
fn a_history_counts_retries() {
    // SFN-08: one event for the state, three for each attempt.
    let definition = json!({"StartAt": "Try", "States": {"Try": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:::lambda:invoke",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1,
                   "MaxAttempts": 99_999_999}]}}});
    let (end, calls) = quiet(&definition, json!({}), vec![error("Busy")]);
    fails(&end, "States.Runtime", "25000 events");
    assert_eq!(calls, 8_333);
    let mut late = definition.clone();
    late["TimeoutSeconds"] = json!(60);
    let (end, calls) = quiet(&late, json!({}), vec![error("Busy")]);
    assert_eq!((end.status, calls), (Status::TimedOut, 61));
}

#[test]
fn a_map_costs_what_its_items_are() {
    let map = |config: &Value| {
        json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": config, "StartAt": "Same", "States": {"Same": {"Type": "Pass", "End": true}}}}}})
    };
    let items: Value = (0..100_000).collect();
    let (end, _) = quiet(&map(&json!({})), items, Vec::new());
    fails(&end, "States.Runtime", "25000 events");
    let items: Value = (0..20_000).map(|n| n % 10).collect();
    let distributed = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let (end, _) = quiet(&map(&distributed), items.clone(), Vec::new());
    assert_eq!(end.output, Some(items));
}

#[test]
fn children_of_children_come_to_an_end() {
    let config = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let mut machine = json!({"StartAt": "S0", "States": {"S0": {"Type": "Pass", "End": true}}});
    for level in 1..8 {
        let name = format!("S{level}");
        machine["ProcessorConfig"] = config.clone();
        machine = json!({"StartAt": name, "States": {name: {"Type": "Map", "End": true,
            "ItemSelector": {"items": (0..100).collect::<Value>()}, "ItemsPath": "$.items",
            "ItemProcessor": machine}}});
    }
    let (end, _) = quiet(&machine, json!({"items": vec![0; 100]}), Vec::new());
    assert_eq!(end.status, Status::Failed);
}
