//! How many requests a second a FIFO queue and a bus take.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{Played, RULE, play};

/// A rule that sends to a FIFO queue, with its settings; the group is the reader.
fn line(group: &str, settings: &str) -> String {
    format!(
        "{RULE}targets = [\"queues.q\"]\nmessage_group_id = \"{group}\"\n[queues.q]\nrequired = true\n\
         fifo_queue = true\ncontent_based_deduplication = true\n{settings}\n"
    )
}

/// The most that happened in a second.
fn most_in_a_second(played: &Played, part: &str, kind: Kind) -> usize {
    let times = played.times(part, kind);
    let of = |at: &u64| times.iter().filter(|other| *other / 1_000 == at / 1_000).count();
    times.iter().map(of).max().unwrap_or(0)
}

const BUSY: &str = "run = \"120s\"\nload = { orders = 2000, rate = 400.0 }\n\
                    changes = { \"load.customers\" = 50 }";

/// SQS-66: 300 sends a second without high throughput, and EventBridge tries the rest again (EB-41).
#[test]
fn a_fifo_queue_takes_three_hundred_sends_a_second() {
    let played = play(&line("$.detail.to", ""), BUSY);
    assert!(played.value("queues.q.throttled") > 300);
    assert_eq!(played.value("queues.q.sent"), 2_000, "none is lost");
    // What is sent is taken at once.
    assert_eq!(most_in_a_second(&played, "queues.q", Kind::Sent), 300);
}

/// SQS-67: by message group, each of which has a quota of its own; one group for all is one partition.
#[test]
fn high_throughput_needs_both_settings_and_many_groups() {
    let high =
        "deduplication_scope = \"messageGroup\"\nfifo_throughput_limit = \"perMessageGroupId\"";
    let many = play(&line("$.detail.to", high), BUSY);
    assert_eq!((many.value("queues.q.throttled"), many.value("queues.q.sent")), (0, 2_000));
    let one = play(&line("all", high), BUSY);
    assert!(one.value("queues.q.throttled") > 300);
    assert_eq!(one.value("queues.q.sent"), 2_000);
}

/// EB-04: `PutEvents` over the quota is refused with `ThrottlingException`; the relay of an outbox tries again
/// until all is on the bus (IDM-10).
#[test]
fn a_bus_over_its_quota_refuses_and_an_outbox_keeps_what_it_refuses() {
    let parts = format!("{RULE}targets = [\"queues.q\"]\n[queues.q]\nrequired = true\n");
    let slow = "run = \"300s\"\nload = { orders = 100, rate = 10.0 }\n\
                changes = { \"buses.b.put_events_quota\" = 2 }";
    let played = play(&parts, slow);
    assert!(played.value("buses.b.throttled") > 10);
    assert_eq!(played.value("buses.b.published"), 100);
    assert_eq!(played.value("queues.q.sent"), 100);
    let calm = play(&parts, "run = \"300s\"\nload = { orders = 100, rate = 10.0 }");
    assert_eq!(calm.value("buses.b.throttled"), 0, "10,000 a second in eu-west-1");
}
