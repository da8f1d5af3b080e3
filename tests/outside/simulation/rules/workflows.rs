//! Executions: what is paid for, and what ends what.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{Played, RULE, fault, one_order, play_flow, waits};

fn flow(states: &str) -> String {
    format!("{{\"StartAt\": \"A\", \"States\": {{{states}}}}}")
}

fn run(workflow: &str, service: &str, states: &str, experiment: &str) -> Played {
    let parts = format!(
        "{RULE}targets = [\"workflows.w\"]\n[services.press]\n{service}\n[workflows.w]\nrequired = true\n\
         definition = \"flow.asl.json\"\n{workflow}\n"
    );
    play_flow(&parts, &flow(states), experiment)
}

const CALLS: &str = "calls = { one = \"press\" }";
const ONE: &str =
    r#""Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:one""#;

/// COST-07: an Express execution is paid for in steps of 100 ms at 64 MB.
#[test]
fn express_is_rounded_up_to_a_tenth_of_a_second() {
    let states = r#""A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": true}"#;
    let three = "run = \"60s\"\nload = { orders = 3, rate = 1.0 }";
    let played = run("type = \"EXPRESS\"", "", states, three);
    let began = played.times("workflows.w", Kind::ExecutionStarted);
    let ended = played.times("workflows.w", Kind::ExecutionSucceeded);
    assert_eq!((began.len(), ended.len()), (3, 3));
    // Two transitions of 80 ms are billed as 200 ms.
    assert!(
        began.iter().zip(&ended).all(|(began, ended)| ended - began == 160),
        "{began:?} {ended:?}"
    );
    assert_eq!(played.value("bill.express_mb_ms"), 3 * 200 * 64);
}

/// SFN-08: a Standard execution fails when its history has 25,000 events: a loop of two states, each of
/// which is an entry and an exit, after about 12,500 of them.
#[test]
fn a_history_ends_at_25_000_events() {
    let states = r#""A": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "B": {"Type": "Choice", "Choices":
        [{"Variable": "$.source", "StringEquals": "never", "Next": "Z"}], "Default": "A"},
        "Z": {"Type": "Succeed"}"#;
    let played = run("", "", states, &one_order("4h", ""));
    assert_eq!((played.value("workflows.w.failed"), played.value("workflows.w.running")), (1, 0));
    let entered = played.value("workflows.w.transitions");
    assert!((12_490..=12_510).contains(&entered), "{entered}");
}

/// SFN-35: a branch that fails ends its siblings: the task behind the other's wait never runs. The same
/// of the items of a Map.
#[test]
fn a_failure_ends_its_siblings() {
    let after = format!(
        r#""W": {{"Type": "Wait", "Seconds": 60, "Next": "X"}}, "X": {{{ONE}, "End": true}}"#
    );
    let rest = r#""Catch": [{"ErrorEquals": ["No"], "Next": "Z"}], "End": true}, "Z": {"Type": "Wait", "Seconds": 600, "End": true}"#;
    let parallel = format!(
        r#""A": {{"Type": "Parallel", "Branches": [{{"StartAt": "W", "States": {{{after}}}}},
        {{"StartAt": "Y", "States": {{"Y": {{"Type": "Fail", "Error": "No"}}}}}}], {rest}"#
    );
    let map = format!(
        r#""A": {{"Type": "Pass", "Result": [1, 2], "Next": "M"}}, "M": {{"Type": "Map", "ItemProcessor": {{"StartAt": "Y",
        "States": {{"Y": {{"Type": "Choice", "Choices": [{{"Variable": "$", "NumericEquals": 2, "Next": "F"}}], "Default": "W"}},
        "F": {{"Type": "Fail", "Error": "No"}}, {after}}}}}, {rest}"#
    );
    let charges = "latency = \"1s\"\nside_effect = \"charge\"";
    for states in [&parallel, &map] {
        let played = run(CALLS, charges, states, &one_order("9m", ""));
        assert_eq!(played.value("workflows.w.caught"), 1, "{states}");
        assert_eq!(played.value("ledger.charges"), 0, "{states}");
        // Where nothing fails the task runs, so the wait alone is not what keeps it.
        let calm = states.replace("\"Type\": \"Fail\", \"Error\": \"No\"", "\"Type\": \"Succeed\"");
        assert!(run(CALLS, charges, &calm, &one_order("9m", "")).value("ledger.charges") > 0);
    }
}

/// SFN-24: retry counters begin anew when a state is entered again: one retry after a second at every
/// visit, not at the first alone.
#[test]
fn retry_counters_begin_anew_at_every_visit() {
    let states = format!(
        r#""A": {{{ONE}, "Retry": [{{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}}],
        "Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "W"}}], "End": true}},
        "W": {{"Type": "Wait", "Seconds": 10, "Next": "A"}}"#
    );
    let errors = fault("errors", "services.press", "36s");
    let played = run(CALLS, "latency = \"0s\"", &states, &one_order("60s", &errors));
    let waits = waits(&played.times("services.press", Kind::CallFailed));
    assert_eq!(waits[..5], [1, 10, 1, 10, 1]);
}

/// SFN-22, SFN-23: four retries after 3, 6, 10 and 10 s with a greatest delay of 10 s; SFN-33: each is a
/// transition, and COST-06: each is an invocation.
#[test]
fn retries_wait_as_told_and_are_on_the_bill() {
    let states = format!(
        r#""A": {{{ONE}, "Retry": [{{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "BackoffRate": 2,
        "MaxAttempts": 4, "MaxDelaySeconds": 10}}], "Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "C"}}],
        "End": true}}, "C": {{"Type": "Pass", "End": true}}"#
    );
    let errors = fault("errors", "services.press", "20m");
    let played = run(CALLS, "latency = \"0s\"", &states, &one_order("20m", &errors));
    assert_eq!(waits(&played.times("services.press", Kind::CallFailed)), [3, 6, 10, 10]);
    assert_eq!(played.value("bill.state_transitions"), 2 + 4);
    assert_eq!(played.value("bill.lambda_requests"), 5);
}

/// SFN-23: with FULL jitter a retry waits anything from nothing to the whole, with none the whole.
#[test]
fn full_jitter_is_anything_up_to_the_whole_wait() {
    let spread = |jitter: &str| {
        let states = format!(
            r#""A": {{{ONE}, "Retry": [{{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "BackoffRate": 1,
            "MaxAttempts": 60, "JitterStrategy": "{jitter}"}}], "End": true}}"#
        );
        let errors = fault("errors", "services.press", "20m");
        let played = run(CALLS, "latency = \"0s\"", &states, &one_order("15m", &errors));
        let failed = played.times("services.press", Kind::CallFailed);
        let waits: Vec<u64> = failed.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(waits.len(), 60);
        (*waits.iter().min().unwrap(), *waits.iter().max().unwrap(), waits.iter().sum::<u64>() / 60)
    };
    assert_eq!(spread("NONE"), (10_000, 10_000, 10_000));
    let (least, most, mean) = spread("FULL");
    assert!(least < 2_000 && (8_000..=10_000).contains(&most), "{least} to {most} ms");
    assert!((3_500..6_500).contains(&mean), "{mean} ms");
}

/// SFN-30: of a timeout and a heartbeat the one that comes first ends the task, by its own name.
#[test]
fn the_first_of_timeout_and_heartbeat_ends_a_task() {
    let caught = |timeout: u32, heartbeat: u32, error: &str| {
        let states = format!(
            r#""A": {{{ONE}, "TimeoutSeconds": {timeout}, "HeartbeatSeconds": {heartbeat},
            "Catch": [{{"ErrorEquals": ["{error}"], "Next": "B"}}], "End": true}}, "B": {{"Type": "Pass", "End": true}}"#
        );
        let stopped = fault("stop", "services.press", "20m");
        let played = run(CALLS, "latency = \"1s\"", &states, &one_order("2m", &stopped));
        let began = played.times("workflows.w", Kind::ExecutionStarted)[0];
        let caught = played.times("workflows.w", Kind::Caught);
        caught.first().map(|at| (at - began) / 1_000)
    };
    assert_eq!(caught(20, 5, "States.HeartbeatTimeout"), Some(5));
    assert_eq!(caught(20, 15, "States.HeartbeatTimeout"), Some(15));
}

/// LAM-40: a function runs for 15 minutes at the most, and is paid for no more, whatever it calls.
#[test]
fn a_task_is_paid_for_fifteen_minutes_at_the_most() {
    let states = format!(r#""A": {{{ONE}, "End": true}}"#);
    let played = run(CALLS, "latency = \"10000s\"", &states, &one_order("10m", ""));
    assert_eq!(played.value("bill.lambda_mb_ms"), 900_000 * 128);
}

fn map(count: usize, more: &str, inside: &str) -> String {
    let items: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
    format!(
        r#""A": {{"Type": "Pass", "Result": [{}], "Next": "M"}}, "M": {{"Type": "Map", {more}, "End": true,
        "ItemProcessor": {{"ProcessorConfig": {{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}, {inside}}}}}"#,
        items.join(", ")
    )
}

/// SFN-35: no more items than `MaxConcurrency` at once: five that wait ten seconds, two at a time, take
/// thirty.
#[test]
fn a_map_has_no_more_items_at_once_than_it_may() {
    let wait = r#""StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10, "End": true}}"#;
    let took = |most: u32| {
        let states = map(5, &format!("\"MaxConcurrency\": {most}"), wait);
        let played = run("", "", &states, &one_order("5m", ""));
        let began = played.times("workflows.w", Kind::ExecutionStarted)[0];
        (played.times("workflows.w", Kind::ExecutionSucceeded)[0] - began) / 10_000
    };
    assert_eq!([1, 2, 3, 5].map(took), [5, 3, 2, 1]);
}

/// SFN-29: as many items may fail as are tolerated, and one more ends the Map.
#[test]
fn a_map_tolerates_as_many_failures_as_it_is_told() {
    let some_fail = r#""StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$",
        "NumericLessThanEquals": 2, "Next": "F"}], "Default": "P"}, "F": {"Type": "Fail", "Error": "No"},
        "P": {"Type": "Pass", "End": true}}"#;
    let ended = |tolerated: u32| {
        let states = map(4, &format!("\"ToleratedFailureCount\": {tolerated}"), some_fail);
        let played = run("", "", &states, &one_order("5m", ""));
        (played.value("workflows.w.succeeded"), played.value("workflows.w.failed"))
    };
    assert_eq!([0, 1, 2, 3].map(ended), [(0, 1), (0, 1), (1, 0), (1, 0)]);
}
