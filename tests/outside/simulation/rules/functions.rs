//! How a mapping and a function's own queue invoke, throttle and retry.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{RULE, fault, one_order, play, waits, worker};

/// LAM-04: five invocations at first, and five more every second while there is a backlog: 300 a
/// minute.
#[test]
fn pollers_are_added_five_a_second() {
    let parts =
        worker("visibility_timeout = \"900s\"", "timeout = \"900s\"\nbatch_size = 1", "10000s");
    let played = play(&parts, "run = \"8s\"\nload = { orders = 100, rate = 1000.0 }");
    let received = played.times("queues.q", Kind::Received);
    let steps: Vec<&[u64]> = received[5..].chunks(5).collect();
    assert!(steps.len() >= 5, "{received:?}");
    for (step, next) in steps.iter().zip(&steps[1..]) {
        assert!(step.iter().all(|at| *at == step[0]), "five at once: {received:?}");
        assert_eq!(next[0] - step[0], 1_000, "{received:?}");
    }
    assert!(steps[0][0] - received[0] >= 1_000);
}

/// LAM-11: a throttled batch is tried again after 1, 2, 4, 8 and 16 seconds; the next try would come
/// after the 60 s of its visibility timeout, so the poller drops it, and the message is received anew.
/// LAM-42, COST-06: throttles are neither invocations nor errors, and nobody pays for them.
#[test]
fn a_throttled_batch_is_tried_until_its_visibility_ends() {
    let parts = worker("visibility_timeout = \"60s\"", "timeout = \"60s\"\nbatch_size = 1", "10ms");
    let throttled = one_order("59s", &fault("throttle", "functions.f", "2m"));
    let played = play(&parts, &throttled);
    assert_eq!(waits(&played.times("functions.f", Kind::Throttled)), [1, 2, 4, 8, 16]);
    assert_eq!(played.value("functions.f.throttles"), 6);
    let none = ["functions.f.invocations", "functions.f.errors", "bill.lambda_requests"];
    assert_eq!(none.map(|path| played.value(path)), [0, 0, 0]);
    assert_eq!(played.value("functions.f.batches"), 0, "the poller holds it no longer");
    let longer = play(&parts, &one_order("70s", &fault("throttle", "functions.f", "2m")));
    assert_eq!(longer.numbers("queues.q", Kind::Received), [1, 2]);
    assert_eq!(waits(&longer.times("queues.q", Kind::Received)), [60]);
}

/// LAM-10: a mapping whose invocations fail invokes less at once, and more again when they succeed;
/// LAM-23: not where failures are reported one by one. By how much is the model's own (SIM-04).
#[test]
fn errors_make_a_mapping_slower_unless_they_are_reported() {
    let limit = |function: &str, run: &str| {
        let parts = worker("visibility_timeout = \"30s\"", function, "10ms");
        let played = play(&parts, &one_order(run, &fault("errors", "services.press", "45s")));
        played.value("functions.f.concurrency_limit")
    };
    let throws = "timeout = \"9s\"";
    // Invoked at about 1, 31 and 61 s: two failures, then a success.
    assert_eq!(["20s", "50s", "80s"].map(|run| limit(throws, run)), [3, 2, 3]);
    let reports = "timeout = \"9s\"\nreport_batch_item_failures = true";
    assert_eq!(["20s", "50s", "80s"].map(|run| limit(reports, run)), [5, 5, 5]);
    // Nor where the invocation times out (SIM-04).
    let parts = worker("visibility_timeout = \"30s\"", reports, "10ms");
    let played = play(&parts, &one_order("50s", &fault("stop", "services.press", "5m")));
    assert_eq!(played.value("functions.f.errors"), 2);
    assert_eq!(played.value("functions.f.concurrency_limit"), 5);
}

/// COST-06: an invocation that fails is paid for as long as it ran, by its memory: three seconds until
/// its timeout at 512 MB, or until its service refused.
#[test]
fn the_duration_of_a_failed_invocation_is_paid() {
    let parts = worker(
        "visibility_timeout = \"60s\"",
        "timeout = \"3s\"\nmemory_size = 512\nbatch_size = 1",
        "2s",
    );
    let late = play(&parts, &one_order("29s", &fault("stop", "services.press", "5m")));
    assert_eq!(late.value("bill.lambda_mb_ms"), 3_000 * 512);
    let failed = play(&parts, &one_order("29s", &fault("errors", "services.press", "5m")));
    assert_eq!(failed.value("functions.f.errors"), 1);
    let began = failed.times("functions.f", Kind::Invoked)[0];
    let ended = failed.times("functions.f", Kind::InvocationFailed)[0];
    let paid = failed.value("bill.lambda_mb_ms") / 512;
    // Whole milliseconds of both instants, so one more or less.
    assert!(ended - began > 1_000 && paid.abs_diff(ended - began) <= 1, "{began} {ended} {paid}");
}

fn event_driven(function: &str) -> String {
    format!(
        "{RULE}targets = [\"functions.f\"]\n[services.press]\nlatency = \"0s\"\n\
         [functions.f]\nrequired = true\ncalls = \"press\"\n{function}\n"
    )
}

/// LAM-31: an event whose handler fails is tried again after one minute and after two more; LAM-32:
/// not when it would be older by then than it may be.
#[test]
fn an_event_is_tried_again_after_one_minute_and_two() {
    let invoked = |function: &str| {
        let faults = fault("errors", "services.press", "20m");
        let played = play(&event_driven(function), &one_order("10m", &faults));
        let invoked = played.times("functions.f", Kind::Invoked);
        assert_eq!(played.value("functions.f.events_dropped"), 1, "{function}");
        assert_eq!(played.value("functions.f.errors"), invoked.len() as u64);
        assert_eq!(played.value("bill.lambda_requests"), invoked.len() as u64);
        waits(&invoked)
    };
    assert_eq!(invoked(""), [60, 120]);
    assert_eq!(invoked("maximum_retry_attempts = 1"), [60]);
    assert_eq!(invoked("maximum_retry_attempts = 0"), [0; 0]);
    // After the second failure it is 60 s old, and would be 180 s old at its third try.
    assert_eq!(invoked("maximum_event_age = \"185s\""), [60, 120]);
    assert_eq!(invoked("maximum_event_age = \"175s\""), [60]);
    assert_eq!(invoked("maximum_event_age = \"60s\""), [0; 0]);
}

/// LAM-32: a throttled event waits 1 s, twice as long each time and five minutes at the most, until it
/// is as old as it may be: tries at 0, 1, 3, 7, 15 and 31 s fit into a minute, one at 63 s does not.
#[test]
fn a_throttled_event_waits_longer_and_longer_until_it_is_too_old() {
    let throttled = |function: &str, run: &str| {
        let faults = fault("throttle", "functions.f", "2h");
        let played = play(&event_driven(function), &one_order(run, &faults));
        let dropped = played.value("functions.f.events_dropped");
        (waits(&played.times("functions.f", Kind::Throttled)), dropped)
    };
    let minute = throttled("maximum_event_age = \"60s\"", "5m");
    assert_eq!(minute, (vec![1, 2, 4, 8, 16], 1));
    let (all, dropped) = throttled("", "20m");
    assert_eq!(all, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(dropped, 0);
}

/// IDM-04: a handler that fails takes its record away, so that the retry a minute later does the work
/// though the record would have counted for five minutes more.
#[test]
fn an_error_leaves_no_record_behind() {
    let function = "timeout = \"300s\"\nidempotency_record = true";
    let parts = event_driven(function).replace("\"0s\"", "\"1s\"\nside_effect = \"charge\"");
    let played = play(&parts, &one_order("10m", &fault("errors", "services.press", "30s")));
    assert_eq!((played.value("ledger.charges"), played.value("functions.f.invocations")), (1, 2));
    assert_eq!(played.numbers("functions.f", Kind::InProgressElsewhere), [0; 0]);
}

/// IDM-04: a record in progress counts as long as the function may run. A crash at 1 s leaves one that
/// is void after 20 s, when the message is there again: the second try works, and charges again (IDM-07).
#[test]
fn a_record_in_progress_is_void_when_the_function_must_be_over() {
    let parts = worker(
        "visibility_timeout = \"20s\"",
        "timeout = \"20s\"\nbatch_size = 1\nidempotency_record = true",
        "2s\"\nside_effect = \"charge",
    );
    let played = play(&parts, &one_order("59s", &fault("crash", "functions.f", "20s")));
    assert_eq!(played.numbers("functions.f", Kind::InProgressElsewhere), [0; 0]);
    assert_eq!((played.value("functions.f.invocations"), played.value("ledger.charges")), (2, 2));
    assert_eq!(waits(&played.times("functions.f", Kind::Invoked)), [20]);
}

/// A function's timeout ends the invocation and not the call that is under way: the charge comes all
/// the same, and the message is there again.
#[test]
fn a_call_goes_on_when_its_function_has_timed_out() {
    let parts = worker(
        "visibility_timeout = \"60s\"",
        "timeout = \"3s\"\nbatch_size = 1",
        "10s\"\nside_effect = \"charge",
    );
    let played = play(&parts, &one_order("59s", ""));
    let errors = (played.value("functions.f.errors"), played.value("queues.q.deleted"));
    assert_eq!(errors, (1, 0));
    assert_eq!(played.value("ledger.charges"), 1);
}
