//! What a mapping gathers into a batch, and what becomes of it.

use redrive::sim::pipeline::OccurrenceKind as Kind;

use super::{QUEUE_FIRST, play_large};

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
