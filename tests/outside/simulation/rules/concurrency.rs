//! LAM-41: the concurrency of an account is one pool for all its functions; reservations are taken
//! from it, and cap whoever has them. In each design another function has reserved so much that little
//! is left.

use super::{Played, RULE, play, play_flow, worker};

const WORK: &str = r#"
    [services.press]
    latency = "10000s"
    [queues.none]
    visibility_timeout = "900s"
"#;

/// A function that reserves so many and does nothing.
fn reserving(most: u32) -> String {
    format!(
        "{WORK}[functions.idle]\ncalls = \"press\"\nqueue = \"none\"\nreserved_concurrent_executions = {most}\n"
    )
}

/// Two queues, each with a function whose every message is an invocation of 900 s; `more` is a's.
fn two_queues(targets: &str, more: &str) -> String {
    let worker = |name: &str| {
        format!(
            "[queues.q{name}]\nrequired = true\nvisibility_timeout = \"900s\"\n\
             [functions.{name}]\nqueue = \"q{name}\"\ncalls = \"press\"\ntimeout = \"900s\"\nbatch_size = 1\n"
        )
    };
    format!("{RULE}targets = [{targets}]\n{}{more}{}", worker("a"), worker("b"))
}

const CROWD: &str = "run = \"3m\"\nload = { orders = 200, rate = 1000.0 }";

fn running(played: &Played, function: &str) -> u64 {
    played.value(&format!("functions.{function}.running"))
}

#[test]
fn functions_share_what_nobody_has_reserved() {
    let both = "\"queues.qa\", \"queues.qb\"";
    let played = play(&(two_queues(both, "") + &reserving(900)), CROWD);
    assert_eq!(running(&played, "a") + running(&played, "b"), 100);
    assert!(running(&played, "a") > 0 && running(&played, "b") > 0);
    assert!(played.value("functions.a.throttles") > 0);
}

#[test]
fn a_reservation_caps_its_function_and_lessens_the_pool() {
    let both = "\"queues.qa\", \"queues.qb\"";
    let parts = two_queues(both, "reserved_concurrent_executions = 60\n") + &reserving(800);
    let played = play(&parts, CROWD);
    assert_eq!((running(&played, "a"), running(&played, "b")), (60, 140));
}

/// Whoever invokes: the tasks of a workflow, a rule's events and a mapping's batches draw from the same.
#[test]
fn workflows_rules_and_mappings_draw_from_one_pool() {
    let flow = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:one"}}}"#;
    let workflow = "[workflows.w]\nrequired = true\ndefinition = \"flow.asl.json\"\ncalls = { one = \"press\" }\n";
    // Alone: a hundred tasks run, and the other hundred were refused (Lambda.TooManyRequestsException).
    let alone = format!("{RULE}targets = [\"workflows.w\"]\n{workflow}{}", reserving(900));
    let played = play_flow(&alone, flow, CROWD);
    let ended = (played.value("workflows.w.running"), played.value("workflows.w.failed"));
    assert_eq!(ended, (100, 100));
    assert_eq!(played.value("bill.lambda_requests"), 100, "a throttle is no request");
    // All three at once.
    let event = "[functions.e]\nrequired = true\ncalls = \"press\"\ntimeout = \"900s\"\n";
    let targets = "\"workflows.w\", \"functions.e\", \"queues.qa\", \"queues.qb\"";
    let parts = two_queues(targets, "") + workflow + event + &reserving(900);
    let played = play_flow(&parts, flow, CROWD);
    let functions = ["a", "b", "e"].map(|name| running(&played, name));
    let tasks = played.value("workflows.w.running");
    assert_eq!(functions.iter().sum::<u64>() + tasks, 100);
    assert!(functions[2] > 0 && tasks > 0, "{functions:?} {tasks}");
    assert!(played.value("functions.e.throttles") > 0);
}

/// A function that a workflow called goes on when its task has timed out (SFN-04), and takes its place
/// in the pool until it ends: 15 minutes, as long as a function may run.
#[test]
fn a_task_that_nobody_waits_for_holds_its_place() {
    let flow = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true, "TimeoutSeconds": 5,
        "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:one"}}}"#;
    let parts = format!(
        "{RULE}targets = [\"workflows.w\"]\n[workflows.w]\nrequired = true\ndefinition = \"flow.asl.json\"\n\
         calls = {{ one = \"press\" }}\n{}",
        reserving(900)
    );
    // Two hundred orders in a hundred seconds: the first hundred fill the pool, though each execution
    // ended after five seconds.
    let played = play_flow(&parts, flow, "run = \"3m\"\nload = { orders = 200, rate = 2.0 }");
    assert_eq!(played.value("workflows.w.failed"), 200);
    assert_eq!(played.value("services.press.calls"), 100);
}

/// LAM-06: a mapping invokes no more at once than its maximum concurrency, though pollers are added by
/// fives; LAM-04: without work it goes back to five.
#[test]
fn pollers_are_no_more_than_allowed_and_go_when_they_are_idle() {
    let burst = |run: &str| format!("run = \"{run}\"\nload = {{ orders = 100, rate = 1000.0 }}\n");
    let hold = "timeout = \"900s\"\nbatch_size = 1\nmaximum_concurrency = 7";
    let capped = play(&worker("visibility_timeout = \"900s\"", hold, "10000s"), &burst("30s"));
    let seven = ["running", "concurrency_limit"].map(|m| capped.value(&format!("functions.f.{m}")));
    assert_eq!(seven, [7, 7]);
    let quick = worker("visibility_timeout = \"60s\"", "timeout = \"9s\"\nbatch_size = 1", "3s");
    let limit = |run: &str| play(&quick, &burst(run)).value("functions.f.concurrency_limit");
    assert!(limit("4s") > 5);
    assert_eq!(limit("5m"), 5);
}

/// A service with a capacity refuses what comes while as many calls are under way: of two messages at
/// once one is refused.
#[test]
fn a_full_service_refuses() {
    let parts = worker(
        "visibility_timeout = \"60s\"",
        "timeout = \"9s\"\nbatch_size = 1",
        "5s\"\ncapacity = 1\ntitle = \"press",
    );
    let played = play(&parts, "run = \"30s\"\nload = { orders = 2, rate = 1000.0 }");
    assert_eq!(["calls", "failures"].map(|m| played.value(&format!("services.press.{m}"))), [2, 1]);
    assert_eq!(played.value("queues.q.deleted"), 1);
}
