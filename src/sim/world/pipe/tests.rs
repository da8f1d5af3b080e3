//! Pipes in small designs, by what their measures say.

use crate::design::{Design, Experiment};
use crate::kernel::time::{Span, Time};
use crate::run::Run;
use crate::world::OccurrenceKind;

/// A store whose stream leads over a pipe to a queue with a worker, and whatever else is said.
const STREAM: &str = r#"
[load]
rate = 20.0
orders = [
  { weight = 1, detail = '{"id": "{order}", "big": true}' },
  { weight = 1, detail = '{"id": "{order}", "big": false}' },
]
[services.till]
latency = "50ms"
[intakes.door]
store = "book"
[stores.book]
[queues.work]
required = true
visibility_timeout = "30s"
[workers.hand]
queue = "work"
calls = "till"
tasks = 20
[pipes.relay]
source = "stores.book"
target = "queues.work"
"#;

/// The same with a queue between the store and the pipe.
fn on_a_queue(pipe: &str) -> String {
    let source = "[queues.first]\nvisibility_timeout = '5s'\n";
    let design = STREAM.replace("[stores.book]", "[stores.book]\npublishes_to = 'queues.first'");
    format!("{}{pipe}\n{source}", design.replace("stores.book\"\ntarget", "queues.first\"\ntarget"))
}

/// A run of five minutes in which two hundred orders come, with faults such as
/// `outage queues.work 10s 60s`: kind, part, begin, length.
fn run(text: &str, faults: &[&str]) -> Run {
    let design: Design = toml::from_str(text).unwrap();
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| {
            let [kind, part, at, span] = fault.split(' ').collect::<Vec<_>>()[..] else { panic!() };
            format!("{{ kind = '{kind}', part = '{part}', at = '{at}', for = '{span}' }}")
        })
        .collect();
    let text = format!(
        "run = '10m'\nload = {{ orders = 200, rate = 20.0 }}\nfaults = [{}]",
        faults.join(", ")
    );
    let experiment: Experiment = toml::from_str(&text).unwrap();
    let mut run = Run::experiment(&experiment, &design, &[]).unwrap_or_else(|m| panic!("{m:#?}"));
    run.record();
    run.advance_to(Time::ZERO + Span::from_secs(600));
    assert_eq!(run.check_invariants().or_else(|| run.recount()), None);
    run
}

fn value(run: &Run, path: &str) -> u64 {
    run.value(path).unwrap() as u64
}

/// EB-65, IDM-10: what is stored is handed on, in the order of the commits, and nothing else is written.
#[test]
fn a_stream_hands_every_order_on_in_the_order_of_its_commits() {
    let mut run = run(STREAM, &[]);
    assert_eq!(value(&run, "ledger.orders_completed"), 200);
    assert_eq!(value(&run, "pipes.relay.delivered"), 200);
    assert_eq!(value(&run, "bill.dynamodb_writes"), 200, "no outbox row is written");
    let all = run.take_occurrences();
    let of = |kind: OccurrenceKind| -> Vec<u32> {
        all.iter().filter(|o| o.kind() == kind).filter_map(|o| o.order).collect()
    };
    assert_eq!(of(OccurrenceKind::Delivered), of(OccurrenceKind::Sent));
    let executions = value(&run, "bill.pipes_requests");
    assert!((1..200).contains(&executions), "{executions}: batches are billed, not records");
}

/// IDM-11: a stream waits for the batch that fails, for a day or as long as it is told.
#[test]
fn a_stream_waits_behind_what_fails_until_it_is_given_up() {
    let outage = ["outage queues.work 2s 60s"];
    let patient = run(STREAM, &outage);
    assert_eq!(value(&patient, "ledger.orders_completed"), 200);
    assert!(value(&patient, "pipes.relay.retries") > 4);
    let limited = format!("{STREAM}maximum_retry_attempts = 1\ndlq = 'dead'\n[queues.dead]\n");
    let limited = run(&limited, &outage);
    let given_up = value(&limited, "pipes.relay.sent_to_dlq");
    assert!(given_up > 5, "{given_up}");
    assert_eq!(value(&limited, "queues.dead.visible"), given_up);
    assert_eq!(value(&limited, "ledger.orders_dead_lettered"), given_up);
    let dropped = run(&format!("{STREAM}maximum_record_age = '10s'\n"), &outage);
    assert!(value(&dropped, "pipes.relay.dropped") > 5);
    assert_eq!(value(&dropped, "ledger.orders_lost"), value(&dropped, "pipes.relay.dropped"));
}

/// EB-63: a queue's messages come back after their visibility timeout; filtered ones are gone and cost
/// nothing more.
#[test]
fn a_queues_messages_come_back_and_those_that_are_filtered_out_are_gone() {
    let text = on_a_queue("filters = ['{\"body\": {\"big\": [true]}}']");
    let calm = run(&text, &[]);
    let (delivered, filtered) =
        (value(&calm, "pipes.relay.delivered"), value(&calm, "pipes.relay.filtered_out"));
    assert_eq!(delivered + filtered, 200);
    assert!(filtered > 50 && value(&calm, "queues.work.sent") == delivered);
    assert_eq!(value(&calm, "queues.first.visible"), 0);
    let down = run(&on_a_queue(""), &["outage queues.work 2s 30s"]);
    assert_eq!(value(&down, "ledger.orders_completed"), 200);
    assert!(value(&down, "pipes.relay.returned") > 5);
    let again = value(&down, "pipes.relay.taken");
    assert_eq!(again, 200 + value(&down, "pipes.relay.returned"));
}

/// EB-63: the queue's own redrive policy decides when to give a message up.
#[test]
fn the_queue_gives_up_what_the_pipe_cannot_hand_on() {
    let text = on_a_queue("").replace(
        "[queues.first]",
        "[queues.dead]\n[queues.first]\ndlq = 'dead'\nmax_receive_count = 2",
    );
    let run = run(&text, &["outage queues.work 2s 120s"]);
    let dead = value(&run, "queues.dead.visible");
    assert!(dead > 100 && dead == value(&run, "ledger.orders_dead_lettered"), "{dead}");
    assert_eq!(value(&run, "pipes.relay.sent_to_dlq"), 0);
}

/// EB-61: the batch waits for its enrichment, and fails with it.
#[test]
fn a_batch_waits_for_its_enrichment_and_fails_with_it() {
    let text = format!("{STREAM}enrichment = 'rates'\n[services.rates]\nlatency = '100ms'\n");
    let calm = run(&text, &[]);
    let calls = value(&calm, "services.rates.calls");
    assert!((1..200).contains(&calls), "{calls}: one call for a batch");
    assert_eq!(value(&calm, "ledger.orders_completed"), 200);
    let down = run(&text, &["outage services.rates 2s 40s"]);
    assert!(value(&down, "pipes.relay.retries") > 3);
    assert_eq!(value(&down, "ledger.orders_completed"), 200);
}

/// EB-63, SEC-14: a pipe acts with its role alone, at either end.
#[test]
fn a_role_that_lacks_either_end_hands_nothing_on() {
    let write = r#"role_policy = '{"Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}'"#;
    let read = r#"role_policy = '{"Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}'"#;
    let blind = run(&format!("{STREAM}{write}"), &[]);
    assert_eq!(value(&blind, "pipes.relay.delivered"), 0);
    assert_eq!(value(&blind, "pipes.relay.waiting"), 200);
    let mute = run(&format!("{STREAM}{read}"), &[]);
    assert_eq!((value(&mute, "pipes.relay.delivered"), value(&mute, "queues.work.sent")), (0, 0));
    assert!(value(&mute, "pipes.relay.retries") > 3);
}

/// A pipe keeps its source, as in AWS, because the messages that it holds are of that queue.
#[test]
fn a_pipe_keeps_its_source_during_a_run() {
    let text = format!("{}[queues.other]\n", on_a_queue(""));
    let mut run = run(&text, &[]);
    let other = text.replace("source = \"queues.first\"", "source = \"queues.other\"");
    let refused = run.retune(&toml::from_str(&other).unwrap(), &[]).unwrap_err();
    assert!(refused.starts_with("The source of a pipe cannot be changed"), "{refused}");
    let full =
        text.replace("source = \"queues.first\"", "source = \"queues.first\"\nbatch_size = 3");
    assert_eq!(run.retune(&toml::from_str(&full).unwrap(), &[]), Ok(()));
}

/// EB-63: a stream waits behind a batch whose function fails, and tries it again.
#[test]
fn a_stream_waits_for_a_function_and_behind_one_that_fails() {
    let target = "target = \"functions.hand\"";
    let text = STREAM.replace("target = \"queues.work\"", target).replace("required = true", "")
        + "[functions.hand]\nrequired = true\ncalls = 'till'\nreport_batch_item_failures = true\n";
    let mut calm = run(&text, &[]);
    assert_eq!(value(&calm, "ledger.orders_completed"), 200);
    assert_eq!(value(&calm, "functions.hand.invocations"), value(&calm, "bill.pipes_requests"));
    assert_eq!(value(&calm, "functions.hand.events_received"), 0);
    let mut down = run(&text, &["outage services.till 2s 40s"]);
    assert_eq!(value(&down, "ledger.orders_completed"), 200);
    assert!(value(&down, "pipes.relay.retries") > 3);
    let delivered = |run: &mut Run| -> Vec<u32> {
        let all = run.take_occurrences().into_iter();
        all.filter(|o| o.kind() == OccurrenceKind::Delivered).filter_map(|o| o.order).collect()
    };
    assert_eq!(delivered(&mut calm), delivered(&mut down), "in the order of the commits");
}

/// A window gathers what a receive does not give, and a record that goes to a bus is its event's detail.
#[test]
fn a_window_gathers_and_a_bus_makes_events_of_the_records() {
    let text = STREAM.replace("target = \"queues.work\"", "target = 'buses.main'")
        + "batch_size = 100\nmaximum_batching_window = '10s'\nevent_source = 'desk'\n\
           input_template = '{\"id\": <$.dynamodb.NewImage.id.S>, \"big\": <$.dynamodb.NewImage.big.BOOL>}'\n\
           [buses.main]\n[rules.big]\nbus = 'main'\ntargets = ['queues.work']\n\
           event_pattern = '{\"source\": [\"desk\"], \"detail\": {\"big\": [true]}}'\n";
    let run = run(&text, &[]);
    assert!(value(&run, "bill.pipes_requests") <= 6, "{}", value(&run, "bill.pipes_requests"));
    assert_eq!(value(&run, "buses.main.published"), 200);
    let matched = value(&run, "rules.big.matched");
    assert!(
        (50..150).contains(&matched) && value(&run, "queues.work.sent") == matched,
        "{matched}"
    );
}

/// SQS-66: ten records of a batch are one request, so a FIFO queue takes ten times as many.
#[test]
fn a_batch_is_one_request_of_a_queues_quota() {
    let fifo = |quota: u32| {
        let queue = format!("[queues.work]\nfifo_queue = true\nsend_message_quota = {quota}\n");
        let pipe = "message_group_id = '$.dynamodb.NewImage.id.S'\n\
                    message_deduplication_id = '$.dynamodb.NewImage.id.S'\n";
        STREAM.replace("[queues.work]\n", &queue) + pipe
    };
    for (quota, most) in [(300, 0), (1, 400)] {
        let run = run(&fifo(quota), &[]);
        let (sent, throttled) =
            (value(&run, "queues.work.sent"), value(&run, "queues.work.throttled"));
        assert_eq!(sent, 200, "at {quota} a second");
        assert!(throttled <= most && (throttled > 0) == (quota == 1), "{throttled} throttled");
    }
}
