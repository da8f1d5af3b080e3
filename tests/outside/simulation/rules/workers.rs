//! Workers: containers that receive, work and delete by themselves.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{Played, QUEUE_FIRST, fault, one_order, play, waits};

/// Orders wait in `q`, of which more is said, for the worker `w`, whose work of `work` ends with a
/// charge.
fn polled(queue: &str, work: &str, worker: &str) -> String {
    format!(
        "{QUEUE_FIRST}[queues.q]\nrequired = true\n{queue}\n[services.press]\nlatency = \"100ms\"\n\
         side_effect = \"charge\"\n[workers.w]\nqueue = \"q\"\ncalls = \"press\"\nwork = \"{work}\"\n\
         wait_time_seconds = \"20s\"\n{worker}\n"
    )
}

fn receives(played: &Played) -> Vec<u32> {
    played.numbers("queues.q", Kind::Received)
}

/// SQS-20, SQS-23, SQS-24: the queue knows the timer and not the work. Work of 40 s and more (a drawn
/// time is 0.6 of the typical one at the least) under a timeout of 30 s: a second task receives the
/// message at second 30, a third at second 60, each charges, and only the last receipt deletes.
#[test]
fn work_that_outlasts_the_visibility_timeout_is_begun_again_beside_itself() {
    let parts = polled("visibility_timeout = \"30s\"", "70s", "tasks = 3");
    let played = play(&parts, &one_order("70s", ""));
    assert_eq!(receives(&played)[..2], [1, 2]);
    assert!(waits(&played.times("queues.q", Kind::Received)).iter().all(|wait| *wait == 30));
    let played = play(&parts, &one_order("20m", ""));
    let done = played.value("workers.w.done");
    assert!(done > 1, "{done}");
    assert_eq!(played.value("workers.w.late_deletes"), done - 1);
    assert_eq!(played.value("ledger.charges"), done);
    assert_eq!(played.value("ledger.duplicate_charges"), done - 1);
    assert_eq!(played.value("queues.q.deleted"), 1);
    assert_eq!(played.value("ledger.orders_completed"), 1);
    // Nothing failed: that is what makes it hard to find.
    assert_eq!(played.value("workers.w.failed") + played.value("workers.w.crashes"), 0);
}

/// SQS-20: the cure. A drawn time is three typical ones at the most.
#[test]
fn a_visibility_timeout_above_the_longest_work_gives_each_message_once() {
    let parts = polled("visibility_timeout = \"30s\"", "9s", "tasks = 20");
    let played = play(&parts, "run = \"30m\"\nload = { orders = 400, rate = 1.0 }");
    assert_eq!(played.value("queues.q.received"), 400);
    assert_eq!(played.value("workers.w.late_deletes"), 0);
    assert_eq!(played.value("ledger.duplicate_charges"), 0);
}

/// SQS-21: a heartbeat sets the timeout anew from each call on, so the same work that outlasts 30 s
/// three times over keeps its message.
#[test]
fn a_heartbeat_keeps_a_message_as_long_as_the_work_takes() {
    let with = |heartbeat: &str| {
        let worker = format!("tasks = 3\nheartbeat = \"{heartbeat}\"");
        play(&polled("visibility_timeout = \"30s\"", "70s", &worker), &one_order("20m", ""))
    };
    let played = with("10s");
    assert_eq!(receives(&played), [1]);
    let began = played.times("queues.q", Kind::Received)[0];
    let extended = played.times("workers.w", Kind::Extended);
    assert_eq!(extended[0] - began, 10_000);
    assert!(waits(&extended).iter().all(|wait| *wait == 10), "{extended:?}");
    let ended = played.times("queues.q", Kind::Deleted)[0];
    assert_eq!(extended.len() as u64, (ended - began) / 10_000);
    assert_eq!(played.value("workers.w.heartbeats"), extended.len() as u64);
    assert_eq!(played.value("ledger.duplicate_charges"), 0);
    // One that comes after the timeout comes too late: the message is lent to another.
    assert!(receives(&with("31s")).len() > 1);
}

/// SQS-22: twelve hours from the receive are the end. With two hours at a time, asked for every hour,
/// the call after ten hours is the last that is granted, and work of more than fourteen hours loses
/// its message at twelve.
#[test]
fn no_heartbeat_keeps_a_message_for_more_than_twelve_hours() {
    let parts =
        polled("visibility_timeout = \"2h\"", "24h", "timeout = \"1h\"\nheartbeat = \"1h\"");
    let played = play(&parts, &one_order("13h", ""));
    let received = played.times("queues.q", Kind::Received)[0];
    let back = played.times("queues.q", Kind::HandedBack)[0];
    assert_eq!(back - received, 12 * 3_600_000);
    assert_eq!(played.seen("workers.w", Kind::Extended).count(), 10);
}

/// SQS-05, SQS-20: ten messages in one hand are done one after the other, and the last has waited for
/// nine. Work of 4 s, so 12 s at the most, is far below a timeout of 20 s, and yet too long.
#[test]
fn what_waits_in_the_hand_runs_out_of_time_too() {
    let taking = |most: u32, heartbeat: &str| {
        let worker = format!("max_number_of_messages = {most}\ntasks = 2\n{heartbeat}");
        let stop = fault("stop", "workers.w", "20s");
        play(
            &polled("visibility_timeout = \"20s\"", "4s", &worker),
            &format!("run = \"10m\"\nload = {{ orders = 10, rate = 1000.0 }}\nfaults = [{stop}]"),
        )
    };
    assert!(taking(10, "").value("workers.w.late_deletes") > 0);
    for (most, heartbeat) in [(1, ""), (10, "heartbeat = \"5s\"")] {
        let played = taking(most, heartbeat);
        assert_eq!(played.value("queues.q.received"), 10, "{most} {heartbeat}");
        assert_eq!(played.value("workers.w.late_deletes"), 0, "{most} {heartbeat}");
    }
}

/// SQS-50, SIM-10: a long poll returns as soon as a message is there; with short polls it waits for the
/// next one, within a second.
#[test]
fn a_long_poll_finds_a_message_at_once_and_a_short_one_when_it_asks() {
    let waited = |wait: &str| {
        let parts = polled("", "1s", "").replace("\"20s\"", &format!("\"{wait}\""));
        let played = play(&parts, &one_order("30s", ""));
        let sent = played.times("queues.q", Kind::Sent)[0];
        played.times("queues.q", Kind::Received)[0] - sent
    };
    assert_eq!(waited("20s"), 0);
    assert!((1..=1_000).contains(&waited("0s")), "{}", waited("0s"));
}

/// SQS-51, COST-04: an empty receive is paid for. Two tasks that are stopped for the first minute find
/// nothing for ten: three long polls a minute each, or sixty short ones.
#[test]
fn empty_receives_are_paid_for_and_long_polls_make_them_few() {
    let bill = |wait: &str| {
        let parts = polled("", "1s", "tasks = 2").replace("\"20s\"", &format!("\"{wait}\""));
        // The order comes when all is counted.
        let played = play(&parts, "run = \"10m\"\nload = { orders = 1, rate = 0.0001 }");
        let empty = played.value("queues.q.empty_receives");
        assert_eq!(played.value("queues.q.sent"), 0);
        assert_eq!(played.value("bill.sqs_requests"), empty);
        assert_eq!(played.value("bill.container_minutes"), 20);
        empty
    };
    assert_eq!(bill("20s"), 2 * 3 * 10);
    assert_eq!(bill("0s"), 2 * 60 * 10);
}

/// COST-03, COST-04: a message costs a send, a receive and a delete, a heartbeat adds one.
#[test]
fn receives_deletes_and_heartbeats_are_requests() {
    let parts = polled("visibility_timeout = \"30s\"", "70s", "heartbeat = \"20s\"");
    let played = play(&parts, &one_order("58s", ""));
    // At work since its first seconds: two heartbeats, and no poll besides the one that found it.
    assert_eq!(played.value("workers.w.heartbeats"), 2);
    assert_eq!(played.value("bill.sqs_requests"), 1 + 1 + 2);
    let parts = polled("", "1s", "");
    let played = play(&parts, &one_order("19s", ""));
    assert_eq!(played.value("bill.sqs_requests"), 3);
}

/// IDM-07: a task that dies after the charge deletes nothing. The message comes back after its timeout
/// and is charged again, once its successor is there.
#[test]
fn a_task_that_dies_before_its_delete_charges_twice() {
    let crash = fault("crash", "workers.w", "30s");
    let parts = polled("visibility_timeout = \"60s\"", "5s", "");
    let played = play(&parts, &one_order("5m", &crash));
    assert_eq!(receives(&played), [1, 2]);
    assert_eq!(waits(&played.times("queues.q", Kind::Received)), [60]);
    assert_eq!(played.value("workers.w.crashes"), 1);
    assert_eq!(played.value("ledger.duplicate_charges"), 1);
    let keyed = parts.replace("charge\"", "charge\"\nidempotency_keys = true")
        + "idempotency_keys = true\n";
    let played = play(&keyed, &one_order("5m", &crash));
    assert_eq!((played.value("ledger.charges"), receives(&played).len()), (1, 2));
}

/// SQS-24, SQS-26: what fails is left to its timeout, and is diverted after as many receives as may be.
#[test]
fn a_failure_leaves_its_message_to_the_queue() {
    let queue =
        "visibility_timeout = \"10s\"\ndlq = \"dead\"\nmax_receive_count = 3\n[queues.dead]";
    for broken in [
        fault("errors", "workers.w", "5m"),
        fault("outage", "services.press", "5m"),
        fault("stop", "services.press", "5m"),
        "{ at = \"0s\", kind = \"poison\", part = \"workers.w\" },".to_owned(),
    ] {
        let parts = polled(queue, "1s", "timeout = \"5s\"");
        let played = play(&parts, &one_order("2m", &broken));
        assert_eq!(receives(&played), [1, 2, 3], "{broken}");
        assert_eq!(waits(&played.times("queues.q", Kind::Received)), [10, 10], "{broken}");
        assert_eq!(played.value("workers.w.failed"), 3, "{broken}");
        assert_eq!(played.value("queues.dead.visible"), 1, "{broken}");
        assert_eq!(played.value("ledger.charges"), 0, "{broken}");
    }
}

/// A worker that is slow takes ten times as long, and so outlasts a timeout that was long enough.
#[test]
fn a_slow_worker_outlasts_a_timeout_that_was_long_enough() {
    let parts = polled("visibility_timeout = \"60s\"", "15s", "tasks = 4");
    assert_eq!(receives(&play(&parts, &one_order("10m", ""))), [1]);
    let slow = fault("slow", "workers.w", "5s");
    assert!(receives(&play(&parts, &one_order("10m", &slow))).len() > 1);
}

/// SEC-04, SQS-21: the task's role receives, deletes and extends by name. Without the first nothing
/// is done, without the second everything again and again, without the third a heartbeat is in vain.
#[test]
fn a_role_must_allow_each_of_the_calls_of_the_loop() {
    let with = |actions: &str| {
        let queue = "visibility_timeout = \"30s\"";
        let policy = format!(
            "tasks = 4\nheartbeat = \"10s\"\nrole_policy = '{{\"Version\": \"2012-10-17\", \"Statement\": [{{\
             \"Effect\": \"Allow\", \"Action\": [{actions}], \"Resource\": \"*\"}}]}}'"
        );
        play(&polled(queue, "70s", &policy), &one_order("20m", ""))
    };
    let [receive, delete, extend] = ["Receive", "Delete", "Change"].map(|verb| match verb {
        "Change" => "\"sqs:ChangeMessageVisibility\"".to_owned(),
        verb => format!("\"sqs:{verb}Message\""),
    });
    let all = with(&[receive.as_str(), &delete, &extend].join(", "));
    assert_eq!((receives(&all), all.value("queues.q.deleted")), (vec![1], 1));
    assert_eq!(receives(&with(&[delete.as_str(), &extend].join(", "))), [0_u32; 0]);
    let keeps = with(&[receive.as_str(), &extend].join(", "));
    assert_eq!(keeps.value("queues.q.deleted"), 0);
    assert!(keeps.value("ledger.duplicate_charges") > 0);
    let silent = with(&[receive.as_str(), &delete].join(", "));
    assert_eq!(silent.seen("workers.w", Kind::Extended).count(), 0);
    assert!(receives(&silent).len() > 1);
    let deny = fault("deny", "workers.w", "5m");
    let denied = play(&polled("", "1s", ""), &one_order("4m", &deny));
    assert_eq!((receives(&denied).len(), denied.value("queues.q.visible")), (0, 1));
}

/// SQS-64: of a FIFO queue a worker does nothing after a failure, so that nothing overtakes it: the
/// failure and all behind it come again, and again.
#[test]
fn a_worker_on_a_fifo_queue_stops_at_the_first_failure() {
    let queue =
        "fifo_queue = true\ncontent_based_deduplication = true\nvisibility_timeout = \"60s\"";
    let parts = polled(queue, "1s", "max_number_of_messages = 10").replace(
        "source = \"desk\"\n    detail",
        "source = \"desk\"\n    message_group_id = \"all\"\n    detail",
    );
    let stop = fault("stop", "workers.w", "20s");
    let poison = "{ at = \"0s\", kind = \"poison\", part = \"workers.w\", orders = 1 },";
    let played = play(
        &parts,
        &format!(
            "run = \"3m\"\nload = {{ orders = 10, rate = 1000.0 }}\nfaults = [{stop}{poison}]"
        ),
    );
    let done = played.value("ledger.charges");
    assert!(done < 9, "{done}");
    let left = 10 - done as usize;
    assert_eq!(receives(&played), [[1].repeat(10), [2].repeat(left), [3].repeat(left)].concat());
    assert_eq!(played.value("workers.w.attempts"), done + 3);
    assert_eq!(played.value("queues.q.deleted"), done);
}

/// Each task has one message in hand, and what is more waits; tasks that are added on the way poll,
/// and those that are taken away end after what they hold.
#[test]
fn as_many_work_at_once_as_there_are_tasks() {
    let parts = polled("visibility_timeout = \"5m\"", "20s", "tasks = 2");
    let load = "run = \"10m\"\nload = { orders = 200, rate = 1000.0 }";
    let busy_at = |later: &str| {
        let played = play(&parts, &format!("{load}\n{later}"));
        assert_eq!(played.run.recount(), None);
        (played.value("workers.w.busy"), played.value("workers.w.done"))
    };
    let (busy, done) = busy_at("");
    assert_eq!(busy, 2);
    let (busy, more) = busy_at("[[then]]\nat = \"1m\"\nset = { \"workers.w.tasks\" = 8 }");
    assert_eq!(busy, 8);
    assert!(more > 2 * done, "{more} and {done}");
    let (busy, fewer) = busy_at("[[then]]\nat = \"1m\"\nset = { \"workers.w.tasks\" = 1 }");
    assert_eq!(busy, 1);
    assert!(fewer < done, "{fewer} and {done}");
}
