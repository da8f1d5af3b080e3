//! Log groups in small designs, by what their measures say.

use crate::design::{Design, Experiment};
use crate::kernel::time::{Span, Time};
use crate::run::Run;

/// A function and a workflow that write to a log group each.
const DESIGN: &str = r#"
[load]
rate = 5.0
sensitive = ["$.secret"]
orders = [{ weight = 1, detail = '{"id": "{order}", "secret": "4111 1111 1111 1111"}' }]
[services.till]
latency = "50ms"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "shop"
detail_type = "Made"
[buses.main]
[rules.all]
bus = "main"
event_pattern = '{"source": ["shop"]}'
targets = ["queues.work", "workflows.steps"]
[queues.work]
required = true
[functions.hand]
queue = "work"
calls = "till"
batch_size = 1
[workflows.steps]
definition = "steps"
[logs.hand]
source = "functions.hand"
[logs.steps]
source = "workflows.steps"
"#;

/// Its second state gets nothing of what its first got.
const STEPS: &str = r#"{ "StartAt": "First", "States": {
    "First": { "Type": "Pass", "Result": {}, "Next": "Second" },
    "Second": { "Type": "Pass", "End": true } } }"#;

/// A run of a hundred orders with the settings of both log groups, and what is turned on the way.
fn run(settings: &str, run: &str) -> Run {
    let text = DESIGN.replace("\n[logs.steps]", &format!("\n{settings}\n[logs.steps]"));
    run_of(&format!("{text}{settings}\n"), run)
}

fn run_of(text: &str, run: &str) -> Run {
    let design: Design = toml::from_str(text).unwrap();
    let text = format!("run = '10m'\nload = {{ orders = 100, rate = 5.0 }}\n{run}");
    let experiment: Experiment = toml::from_str(&text).unwrap();
    let documents = [("steps".to_owned(), STEPS.to_owned())];
    let mut run =
        Run::experiment(&experiment, &design, &documents).unwrap_or_else(|m| panic!("{m:#?}"));
    run.advance_to(Time::ZERO + experiment.run.0);
    assert_eq!(run.check_invariants().or_else(|| run.recount()), None);
    run
}

fn value(run: &Run, path: &str) -> u64 {
    run.value(path).unwrap_or_else(|| panic!("{path}")) as u64
}

/// SEC-15: what code does not print is not in the log, except for Lambda's own lines.
#[test]
fn lambda_writes_three_lines_of_each_invocation_and_a_workflow_none() {
    let run = run("", "");
    let invocations = value(&run, "functions.hand.invocations");
    assert_eq!(value(&run, "logs.hand.log_events"), 3 * invocations);
    assert_eq!(value(&run, "logs.steps.log_events"), 0);
    assert_eq!(value(&run, "sensitive.logs"), 0);
}

#[test]
fn a_handler_that_logs_the_event_copies_what_is_sensitive_and_one_that_logs_an_id_does_not() {
    let (id, event) = (run("logs = 'id'", ""), run("logs = 'event'", ""));
    let events = 4 * value(&id, "functions.hand.invocations");
    assert_eq!(value(&id, "logs.hand.log_events"), events);
    assert_eq!(value(&event, "logs.hand.log_events"), events);
    let bytes = |run: &Run| value(run, "logs.hand.ingested_bytes");
    assert!(bytes(&event) > bytes(&id) + 100 * 100, "{} {}", bytes(&event), bytes(&id));
    assert_eq!(value(&id, "sensitive.logs"), 0);
    assert_eq!(value(&event, "logs.hand.in_clear"), 100);
}

/// SFN-07: a started and an ended execution, and two events of each of its two states. The data of the
/// second state hold nothing sensitive any more.
#[test]
fn a_workflow_writes_the_events_of_its_history_with_their_data() {
    let (id, event) = (run("logs = 'id'", ""), run("logs = 'event'", ""));
    assert_eq!(value(&id, "logs.steps.log_events"), 600);
    assert_eq!(value(&event, "logs.steps.log_events"), 600);
    assert_eq!(value(&id, "logs.steps.in_clear"), 0);
    assert_eq!(value(&event, "logs.steps.in_clear"), 300);
    // The history of a Standard execution has the input whatever is logged.
    assert_eq!(value(&id, "sensitive.histories"), 100);
}

/// SEC-15: a policy masks what its identifiers find, in events that come after it.
#[test]
fn a_policy_masks_what_it_finds_from_then_on() {
    let masks = "data_identifiers = ['CreditCardNumber']";
    let masked = run(&format!("logs = 'event'\n{masks}"), "");
    assert_eq!((value(&masked, "sensitive.logs"), value(&masked, "logs.hand.masked")), (0, 100));
    let scanned = value(&masked, "bill.log_bytes_scanned");
    assert_eq!(scanned, value(&masked, "bill.log_bytes_ingested"), "the policy looks at all of it");
    let other = run("logs = 'event'\ndata_identifiers = ['EmailAddress']", "");
    assert_eq!((value(&other, "logs.hand.in_clear"), value(&other, "logs.hand.masked")), (100, 0));
    let late =
        "then = [{ at = '10s', set = { 'logs.hand.data_identifiers' = ['CreditCardNumber'] } }]";
    let late = run("logs = 'event'", late);
    let (clear, hidden) = (value(&late, "logs.hand.in_clear"), value(&late, "logs.hand.masked"));
    assert!(
        (30..70).contains(&clear) && clear + hidden == 100,
        "{clear} in clear, {hidden} masked"
    );
}

/// A retry is an invocation, and copies the event once more.
#[test]
fn every_try_writes_again() {
    let text = DESIGN.replace("[logs.steps]", "logs = 'event'\n[logs.steps]");
    let text = text.replace("required = true", "required = true\nvisibility_timeout = '5s'");
    let fault = "faults = [{ kind = 'outage', part = 'services.till', at = '1s', for = '60s' }]";
    let run = run_of(&text, fault);
    assert!(value(&run, "logs.hand.in_clear") > 300, "{}", value(&run, "logs.hand.in_clear"));
}

/// COST-09: events never expire, unless a retention says so.
#[test]
fn events_expire_after_the_retention_and_are_stored_until_then() {
    let days = |settings: &str| {
        let text =
            DESIGN.replace("[logs.steps]", &format!("logs = 'event'\n{settings}\n[logs.steps]"));
        let text = text.replace("rate = 5.0", "rate = 0.0005");
        let design: Design = toml::from_str(&text).unwrap();
        let documents = [("steps".to_owned(), STEPS.to_owned())];
        let mut run = Run::new(&design, &documents, 1).unwrap();
        run.advance_to(Time::ZERO + Span::from_secs(3 * 86_400));
        assert_eq!(run.check_invariants(), None);
        run
    };
    let (kept, short) = (days(""), days("retention_in_days = 1"));
    assert_eq!(value(&kept, "logs.hand.expired_events"), 0);
    let (came, gone) =
        (value(&short, "logs.hand.log_events"), value(&short, "logs.hand.expired_events"));
    assert!(gone > came / 2 && gone < came * 3 / 4, "{gone} of {came}");
    assert!(value(&short, "sensitive.logs") < value(&kept, "sensitive.logs") / 2);
    let minutes = |run: &Run| value(run, "bill.log_kb_minutes");
    assert!(minutes(&short) < minutes(&kept), "{} {}", minutes(&short), minutes(&kept));
}
