//! What a mapping gathers into a batch, and what becomes of it.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{QUEUE_FIRST, fault, one_order, play, play_large, waits, worker};

const FULL: &str = "run = \"3m\"\nload = { orders = 10, rate = 1000.0 }";

/// LAM-02: ten messages of 1,000,000 bytes wait for a batch of ten that is gathered for a minute. Six
/// fit into the 6 MB of a payload (6,291,456 bytes), a seventh does not: the batch ends at once, and
/// the four that remain are the next one, when its window is over.
#[test]
fn a_batch_ends_where_the_payload_does() {
    let worker = "[services.printer]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"printer\"\n\
        timeout = \"9s\"\nbatch_size = 10\nmaximum_batching_window = \"60s\"\n";
    for (kind, window) in [("", "60s"), ("fifo_queue = true\n", "0s")] {
        let parts = format!(
            "{}{worker}[queues.q]\nrequired = true\nvisibility_timeout = \"120s\"\n{kind}",
            QUEUE_FIRST.replace(
                "desk\"\n    detail",
                "desk\"\n    message_group_id = \"all\"\n    detail"
            )
        )
        .replace("window = \"60s\"", &format!("window = \"{window}\""));
        let stop =
            "\nfaults = [{ at = \"0s\", kind = \"stop\", part = \"functions.f\", for = \"20s\" }]";
        let played = play_large(&parts, 1_000_000, &format!("{FULL}{stop}"));
        assert_eq!(played.numbers("functions.f", Kind::Invoked), [6, 4], "{kind}");
        let receives = played.numbers("queues.q", Kind::Received);
        assert_eq!(receives, [1; 10], "{kind}: nothing is received twice");
        assert_eq!(played.value("queues.q.deleted"), 10);
    }
}

/// LAM-02, LAM-16: what a filter takes out of a batch takes no room in it.
#[test]
fn what_is_filtered_out_takes_no_room_in_a_batch() {
    let parts = format!(
        "{QUEUE_FIRST}[services.printer]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"printer\"\n\
         filters = ['{{\"body\": {{\"letter\": [\"another\"]}}}}']\n[queues.q]\nrequired = true\n"
    );
    let stop =
        "\nfaults = [{ at = \"0s\", kind = \"stop\", part = \"functions.f\", for = \"20s\" }]";
    let played = play_large(&parts, 1_000_000, &format!("{FULL}{stop}"));
    assert_eq!(played.value("functions.f.filtered_out"), 10);
    // Ten sends and one receive of sixteen chunks a message, all at once, and ten deletes.
    assert_eq!(played.value("functions.f.invocations"), 0);
    let receive = (10_u64 * 1_000_030).div_ceil(65_536);
    let idle = 2 * 3 * 3;
    assert_eq!(played.value("bill.sqs_requests"), 10 * 16 + receive + 10 + idle);
}

/// A receive gives ten at most, whatever a batch is (LAM-02): thirty that wait are received in three
/// requests, and deleted in three.
#[test]
fn a_large_batch_is_received_by_tens() {
    let parts = worker(
        "visibility_timeout = \"60s\"",
        "timeout = \"9s\"\nbatch_size = 100\nmaximum_batching_window = \"1s\"",
        "10ms",
    );
    let stop = fault("stop", "functions.f", "20s");
    let played = play(
        &parts,
        &format!("run = \"59s\"\nload = {{ orders = 30, rate = 1000.0 }}\nfaults = [{stop}]"),
    );
    assert_eq!(played.numbers("functions.f", Kind::Invoked), [30]);
    assert_eq!(played.value("bill.sqs_requests"), 30 + 3 + 3);
}

/// LAM-22, LAM-25: an answer that is no report fails the whole batch where reports are read, and means
/// nothing where they are not: the batch is deleted, and what failed in it is lost.
#[test]
fn a_malformed_report_fails_a_batch_only_where_reports_are_read() {
    let received = |reports: bool| {
        let function = format!(
            "timeout = \"9s\"\nbatch_response = \"malformed\"\nreport_batch_item_failures = {reports}"
        );
        let parts = worker("visibility_timeout = \"30s\"", &function, "10ms");
        let poison = "{ at = \"0s\", kind = \"poison\", part = \"functions.f\" },";
        let played = play(&parts, &one_order("50s", poison));
        (played.numbers("queues.q", Kind::Received), played.value("queues.q.deleted"))
    };
    assert_eq!(received(true), (vec![1, 2], 0));
    assert_eq!(received(false), (vec![1], 1));
}

/// IDM-04: a record that is complete counts until it expires. A batch of one good order and a bad one
/// comes again every 40 s: the good one's record of 60 s is known at 40 s and gone at 80 s.
#[test]
fn a_record_counts_until_it_expires() {
    let parts = worker(
        "visibility_timeout = \"40s\"",
        "timeout = \"9s\"\nidempotency_record = true\nidempotency_expiry = \"60s\"",
        "10ms\"\nside_effect = \"charge",
    );
    let stop = fault("stop", "functions.f", "10s");
    let played = play(
        &parts,
        &format!(
            "run = \"100s\"\nload = {{ orders = 2, rate = 1.0 }}\nfaults = [{stop}\
             {{ at = \"500ms\", kind = \"poison\", part = \"functions.f\", orders = 1 }}]"
        ),
    );
    assert_eq!(played.numbers("functions.f", Kind::Invoked), [2, 2, 2]);
    assert_eq!(waits(&played.times("services.press", Kind::TookEffect)), [80]);
    assert_eq!(played.numbers("functions.f", Kind::AlreadyDone).len(), 1);
}
