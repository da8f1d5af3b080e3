//! One workflow by itself: its states, its retries, and branches that end with each other.

use super::*;
use crate::fault::FaultKind;
use crate::world::id::Id;
use crate::world::template::DETAIL;
use crate::world::tests::{
    accept, break_part, bus_line, measure, moments, names, pass, world_with,
};

const TASK: &str = r#""Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "work" }"#;

/// A world with an execution of these states that has just been started, for order 0.
fn started(first: &str, states: &str, broken: bool) -> World {
    let definition = format!(r#"{{ "StartAt": "{first}", "States": {{ {states} }} }}"#);
    let rule = bus_line().replace("queues.work']", "workflows.flow']");
    let flow = "[workflows.flow]\ndefinition = 'flow.json'\ncalls = { work = 'till' }\n";
    let flow = if definition.contains("Task") {
        flow
    } else {
        "[workflows.flow]\ndefinition = 'flow.json'\n"
    };
    let documents = [("flow.json".to_owned(), definition)];
    let mut world = world_with(&format!("{rule}{flow}"), &documents);
    if broken {
        break_part(&mut world, FaultKind::Outage, "services.till", 3_600);
    }
    let order = accept(&mut world);
    world.start(Id::new(0), order, DETAIL);
    world
}

fn of(world: &World, name: &str) -> u64 {
    measure(world, &format!("workflows.flow.{name}"))
}

/// COST-07: every state that is entered is a transition.
#[test]
fn an_execution_goes_from_state_to_state_and_pays_for_each() {
    let states = r#""a": { "Type": "Pass", "Next": "b" }, "b": { "Type": "Pass", "Next": "c" }, "c": { "Type": "Succeed" }"#;
    let mut world = started("a", states, false);
    assert_eq!(world.workflows[Id::new(0)].state.inside, [1, 0, 0]);
    pass(&mut world, 1_000);
    assert_eq!(
        moments(&world, "state-entered").iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [0, 80, 160]
    );
    assert_eq!(measure(&world, "bill.state_transitions"), 3);
    assert_eq!((of(&world, "succeeded"), of(&world, "running")), (1, 0));
    assert_eq!(world.workflows[Id::new(0)].state.inside, [0, 0, 0]);
}

/// SFN-24, SFN-33: a retry waits, and is paid for as a transition.
#[test]
fn a_task_is_retried_as_often_as_its_retrier_says() {
    let retry = r#""Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 2 }]"#;
    let mut world = started("a", &format!(r#""a": {{ {TASK}, {retry}, "End": true }}"#), true);
    pass(&mut world, 30_000);
    assert_eq!((of(&world, "retries"), of(&world, "transitions"), of(&world, "failed")), (2, 3, 1));
    let failed: Vec<u64> = moments(&world, "call-failed").iter().map(|(at, _)| *at).collect();
    let waits: Vec<u64> = failed.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000).collect();
    assert_eq!(waits, [2, 4]);
    assert_eq!(world.workflows[Id::new(0)].state.retrying, [0]);
}

#[test]
fn an_error_that_is_caught_leads_on() {
    let catch = r#""Catch": [{ "ErrorEquals": ["ServiceUnavailable"], "Next": "b" }]"#;
    let states =
        format!(r#""a": {{ {TASK}, {catch}, "End": true }}, "b": {{ "Type": "Succeed" }}"#);
    let mut world = started("a", &states, true);
    pass(&mut world, 10_000);
    assert_eq!((of(&world, "caught"), of(&world, "succeeded"), of(&world, "failed")), (1, 1, 0));
    let all = names(&world);
    let caught = all.iter().position(|name| *name == "caught").unwrap();
    assert_eq!(all[caught - 1..=caught + 1], ["call-failed", "caught", "state-entered"]);
}

/// SFN-35: the first failure ends the other branches.
#[test]
fn a_branch_that_fails_ends_the_others() {
    let branches = r#"{ "StartAt": "b", "States": { "b": { "Type": "Fail", "Error": "e" } } },
        { "StartAt": "c", "States": { "c": { "Type": "Wait", "Seconds": 60, "End": true } } }"#;
    let states = format!(r#""a": {{ "Type": "Parallel", "Branches": [{branches}], "End": true }}"#);
    let mut world = started("a", &states, false);
    pass(&mut world, 1_000);
    assert_eq!((of(&world, "failed"), of(&world, "running")), (1, 0));
    assert_eq!(world.free_threads.len(), world.threads.len(), "no thread is left");
    assert_eq!(world.workflows[Id::new(0)].state.inside.iter().sum::<u64>(), 0);
    let count = world.trace.count();
    pass(&mut world, 120_000);
    assert_eq!(world.trace.count(), count, "and the one that waited is void");
}

#[test]
fn a_thread_is_void_once_it_has_ended() {
    let mut world = started("a", r#""a": { "Type": "Succeed" }"#, false);
    let id = ThreadId { place: 0, stamp: world.threads.get(0).unwrap().stamp };
    assert!(world.thread(id).is_some());
    pass(&mut world, 1_000);
    assert!(world.thread(id).is_none());
}
