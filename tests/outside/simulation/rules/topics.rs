//! FIFO topics: one name, order, deduplication.

use redrive::sim::design::arn;
use redrive::sim::world::OccurrenceKind as Kind;

use super::{Played, QUEUE_FIRST, fault, play};

/// Orders go to the FIFO topic `t`, and from there to the queue `q`.
fn fifo(topic: &str, store: &str, queue: &str) -> String {
    format!(
        "{}{store}\n[topics.t]\nfifo_topic = true\n{topic}\n[subscriptions.s]\ntopic = \"t\"\n\
         protocol = \"sqs\"\nqueue = \"q\"\n[queues.q]\nrequired = true\n{queue}\n\
         [services.press]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"press\"\n",
        QUEUE_FIRST.replace("queues.q", "topics.t")
    )
}

/// Messages that are the same for each of four customers.
fn four_customers(parts: &str, run: &str, orders: u32) -> Played {
    let experiment = format!(
        "run = \"{run}\"\nload = {{ orders = {orders}, rate = 1.0 }}\n\
         changes = {{ \"load.customers\" = 4 }}"
    );
    super::play_with(parts, r#"{"to": "{customer}"}"#, "{}", &experiment)
}

/// SNS-17: with content-based deduplication the same message is delivered once in five minutes, whether
/// the queue behind is FIFO or standard; without it the publisher's ids tell them apart.
#[test]
fn a_fifo_topic_delivers_the_same_content_once_in_five_minutes() {
    let content = "content_based_deduplication = true";
    for queue in ["", "fifo_queue = true", "fifo_queue = true\ncontent_based_deduplication = true"]
    {
        let played = four_customers(&fifo(content, "", queue), "2m", 60);
        let counts = ["topics.t.published", "topics.t.deduplicated", "queues.q.sent"];
        assert_eq!(counts.map(|path| played.value(path)), [60, 56, 4], "{queue}");
        assert_eq!(played.value("bill.sns_fifo_publishes"), 60, "a duplicate is a publish too");
        let by_id = four_customers(&fifo("", "", queue), "2m", 60);
        assert_eq!(counts.map(|path| by_id.value(path)), [60, 0, 60], "{queue}");
    }
    // An order a second for eight minutes: each customer's is taken again after five.
    let played = four_customers(&fifo(content, "", ""), "9m", 480);
    assert_eq!(played.value("queues.q.sent"), 8);
    // A standard topic tells nothing apart.
    let standard = fifo("", "", "").replace("fifo_topic = true", "");
    assert_eq!(four_customers(&standard, "2m", 60).value("topics.t.deduplicated"), 0);
}

/// SNS-17: what a FIFO topic delivers keeps the order of its groups.
#[test]
fn a_fifo_topic_keeps_the_order() {
    let parts = fifo("", "message_group_id = \"all\"", "fifo_queue = true");
    for faults in ["", &fault("outage", "queues.q", "5s"), &fault("outage", "topics.t", "5s")] {
        let played = play(
            &parts,
            &format!("run = \"3m\"\nload = {{ orders = 60, rate = 8.0 }}\nfaults = [{faults}]"),
        );
        let of = |part: &str, kind| -> Vec<u32> {
            played.seen(part, kind).filter_map(|o| o.order).collect()
        };
        let accepted = of("intakes.desk", Kind::Accepted);
        assert_eq!(of("topics.t", Kind::Published), accepted, "{faults}");
        assert_eq!(of("queues.q", Kind::Sent), accepted, "{faults}");
    }
}

/// SNS-17, SNS-18: the ARN of a FIFO topic ends with .fifo, also where a queue's policy names it.
#[test]
fn a_fifo_topic_has_one_arn() {
    let policy = |topic: &str| {
        format!(
            "policy = '{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \
             \"Principal\": {{\"Service\": \"sns.amazonaws.com\"}}, \"Action\": \"sqs:SendMessage\", \
             \"Resource\": \"*\", \"Condition\": {{\"ArnEquals\": {{\"aws:SourceArn\": \
             \"{topic}\"}}}}}}]}}'"
        )
    };
    let arn = arn("sns", "t.fifo");
    let sent = |arn: &str| {
        let queue = format!("fifo_queue = true\n{}", policy(arn));
        four_customers(&fifo("", "", &queue), "1m", 3).value("queues.q.sent")
    };
    assert_eq!((sent(&arn), sent(arn.trim_end_matches(".fifo"))), (3, 0));
}
