//! Trails in small designs: what a run's calls leave in them, and what never does.

use serde_json::json;

use crate::design::{Design, Experiment};
use crate::kernel::time::{Span, Time};
use crate::run::Run;
use crate::snapshot::{PartView, TrailView};
use crate::timeline::{Intervention, Timeline};

/// A queue with its dead letters, a function and two trails; the first one logs no data events.
const DESIGN: &str = r#"
[load]
rate = 5.0
orders = [{ weight = 1, detail = '{"id": "{order}"}' }]
[services.till]
latency = "50ms"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "queues.work"
[queues.work]
required = true
visibility_timeout = "30s"
dlq = "dead"
max_receive_count = 1
[queues.dead]
[functions.hand]
queue = "work"
calls = "till"
timeout = "5s"
[trails.audit]
[trails.every]
data_events = true
"#;

/// A run of twenty minutes with a hundred orders and whatever else is said.
fn run_until(minutes: u64, more: &str) -> Run {
    let design: Design = toml::from_str(DESIGN).unwrap();
    let text = format!("run = '20m'\nload = {{ orders = 100, rate = 5.0 }}\n{more}");
    let experiment: Experiment = toml::from_str(&text).unwrap();
    let mut run = Run::experiment(&experiment, &design, &[]).unwrap_or_else(|m| panic!("{m:#?}"));
    run.advance_to(Time::ZERO + Span::from_secs(60 * minutes));
    assert_eq!(run.check_invariants().or_else(|| run.recount()), None);
    run
}

fn view(run: &Run, path: &str) -> TrailView {
    let part = run.topology().find(path).unwrap();
    let PartView::Trail(view) = &run.snapshot().parts[part.0 as usize] else { panic!() };
    view.clone()
}

/// The names of all calls of the account, by `role` and `EventName`.
fn calls(run: &Run) -> Vec<String> {
    let history = view(run, "trails.audit").history;
    let name = |e: crate::snapshot::EventView| {
        format!("{} {}", e.called.caller.role(), e.called.call.event_name)
    };
    history.into_iter().map(name).collect()
}

fn values<const N: usize>(run: &Run, paths: [&str; N]) -> [u64; N] {
    paths.map(|path| run.value(path).unwrap() as u64)
}

const CHANGE: &str = "then = [{ at = '1m', set = { 'queues.work.visibility_timeout' = '45s' } }]";

#[test]
fn messages_and_invocations_are_no_events_of_a_trail() {
    let run = run_until(20, "");
    assert_eq!(values(&run, ["ledger.orders_completed"]), [100]);
    assert_eq!(calls(&run), [""; 0]);
    let counted = ["trails.audit.events", "trails.audit.delivered", "trails.audit.data_events"];
    assert_eq!(values(&run, counted), [0, 0, 0]);
}

#[test]
fn data_events_are_counted_and_billed_where_a_trail_logs_them() {
    let run = run_until(20, "");
    let [events, data, billed] = values(
        &run,
        ["trails.every.events", "trails.every.data_events", "bill.cloudtrail_data_events"],
    );
    let [requests, invocations] = values(&run, ["bill.sqs_requests", "bill.lambda_requests"]);
    assert_eq!((events, data, billed), (0, requests + invocations, data));
    assert!(requests > 100 && invocations > 0, "{requests} {invocations}");
}

#[test]
fn a_setting_that_is_turned_is_a_call_and_its_record_comes_five_minutes_later() {
    for (minutes, delivered) in [(5, 0), (6, 1), (20, 1)] {
        let run = run_until(minutes, CHANGE);
        assert_eq!(calls(&run), ["operator SetQueueAttributes"]);
        let counted = values(&run, ["trails.audit.events", "trails.audit.delivered"]);
        assert_eq!(counted, [1, delivered], "after {minutes} minutes");
    }
    let run = run_until(20, CHANGE);
    let event = view(&run, "trails.audit").history[0].clone();
    assert_eq!(event.called.at, Time::ZERO + Span::from_secs(60));
    let record = event.called.call.record(event.called.at, event.called.caller, 1);
    assert_eq!(record["eventTime"], "2026-01-01T00:01:00Z");
    assert_eq!(record["eventSource"], "sqs.amazonaws.com");
    let wanted = json!({
        "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/work",
        "attributes": { "VisibilityTimeout": "45" },
    });
    assert_eq!(record["requestParameters"], wanted);
    // Two trails, of which one is free.
    assert_eq!(values(&run, ["bill.cloudtrail_copies"]), [1]);
}

#[test]
fn what_is_not_aws_is_no_call() {
    let run = run_until(2, "then = [{ at = '1m', set = { 'services.till.latency' = '90ms' } }]");
    assert_eq!(calls(&run), [""; 0]);
}

#[test]
fn faults_that_are_changes_are_calls_of_another_role_and_so_is_what_takes_them_back() {
    let fault = |kind: &str, part: &str| {
        run_until(
            3,
            &format!("faults = [{{ kind = '{kind}', part = '{part}', at = '1m', for = '1m' }}]"),
        )
    };
    let both = |name: &str| vec![format!("deployment {name}"); 2];
    assert_eq!(calls(&fault("deny", "queues.work")), both("SetQueueAttributes"));
    assert_eq!(calls(&fault("wrong-key", "queues.work")), both("SetQueueAttributes"));
    assert_eq!(calls(&fault("stop", "functions.hand")), both("UpdateEventSourceMapping"));
    let denied = calls(&fault("deny", "functions.hand"));
    assert_eq!(denied, ["deployment DeleteRolePolicy", "deployment PutRolePolicy"]);
    for (kind, part) in [("outage", "queues.work"), ("errors", "services.till")] {
        assert_eq!(calls(&fault(kind, part)), [""; 0], "{kind}");
    }
}

#[test]
fn a_redrive_that_starts_is_a_call() {
    let run = run_until(
        4,
        "faults = [{ kind = 'outage', part = 'services.till', at = '0s', for = '1m' }]\n\
         then = [{ at = '2m', redrive = 'queues.dead' }]",
    );
    assert_eq!(calls(&run), ["operator StartMessageMoveTask"]);
    let call = view(&run, "trails.audit").history[0].called.call.clone();
    assert_eq!(call.request_parameters["sourceArn"], "arn:aws:sqs:eu-west-1:111122223333:dead");
}

#[test]
fn a_trail_logs_by_the_selectors_it_had_and_the_history_has_all() {
    let off = "'trails.audit.data_events' = true, 'trails.audit.management_events' = false";
    let then = format!(
        "then = [{{ at = '10s', set = {{ {off} }} }},\n\
         {{ at = '1m', set = {{ 'queues.work.delay_seconds' = '3s' }} }}]"
    );
    let run = run_until(20, &then);
    assert_eq!(calls(&run), ["operator PutEventSelectors", "operator SetQueueAttributes"]);
    let [audit, every] = values(&run, ["trails.audit.events", "trails.every.events"]);
    assert_eq!((audit, every), (1, 2));
    // It counts from the instant at which it began.
    let [later, all] = values(&run, ["trails.audit.data_events", "trails.every.data_events"]);
    assert!(0 < later && later < all, "{later} {all}");
    assert_eq!(values(&run, ["bill.cloudtrail_data_events"]), [later + all]);
}

#[test]
fn rewinding_a_run_rewinds_its_trail() {
    let design: Design = toml::from_str(DESIGN).unwrap();
    let experiment: Experiment = toml::from_str("run = '20m'").unwrap();
    let mut timeline = Timeline::new(experiment, design, Vec::new()).unwrap();
    let at = |seconds: u64| Time::ZERO + Span::from_secs(seconds);
    timeline.seek(at(60), usize::MAX);
    let change = Intervention::Change("queues.work.visibility_timeout".to_owned(), json!("45s"));
    timeline.intervene(change).unwrap();
    timeline.seek(at(600), usize::MAX);
    assert_eq!(calls(timeline.present()).len(), 1);
    timeline.seek(at(30), usize::MAX);
    assert_eq!(calls(timeline.present()), [""; 0]);
    timeline.seek(at(90), usize::MAX);
    assert_eq!(calls(timeline.present()).len(), 1);
    timeline.undo();
    timeline.seek(at(600), usize::MAX);
    assert_eq!(calls(timeline.present()), [""; 0]);
}
