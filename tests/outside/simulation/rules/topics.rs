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

/// An order a second for a minute, of four customers, through a FIFO topic to a FIFO queue.
fn minute(parts: &str, detail: &str) -> [u64; 3] {
    let experiment = "run = \"2m\"\nload = { orders = 60, rate = 1.0 }\n\
                      changes = { \"load.customers\" = 4 }";
    let played = super::play_with(parts, detail, "{}", experiment);
    ["topics.t.published", "topics.t.deduplicated", "queues.q.sent"].map(|path| played.value(path))
}

/// SNS-17, SQS-61: the id that the publisher gives decides, and wins over a hash of the content.
#[test]
fn a_publishers_id_wins_over_the_content() {
    let by = |field: &str| format!("message_deduplication_id = \"{field}\"");
    let content = "content_based_deduplication = true";
    let differs = r#"{"to": "{customer}", "id": "{order}"}"#;
    for topic in ["", content] {
        let line = |store: &str| fifo(topic, store, "fifo_queue = true");
        assert_eq!(minute(&line(&by("$.to")), differs), [60, 56, 4], "one id a customer: {topic}");
        assert_eq!(minute(&line(&by("$.id")), differs), [60, 0, 60], "one id an order: {topic}");
        assert_eq!(minute(&line(&by("all")), differs), [60, 59, 1], "one id for all: {topic}");
    }
    // The queue behind gets the topic's id, and does not look at the content itself.
    let queue = "fifo_queue = true\ncontent_based_deduplication = true";
    assert_eq!(
        minute(&fifo("", &by("$.id"), queue), r#"{"to": "{customer}", "id": "{order}"}"#)[2],
        60
    );
    // The same id again after five minutes is another message (SQS-62).
    let parts = fifo("", &by("all"), "fifo_queue = true");
    let played = four_customers(&parts, "12m", 660);
    assert_eq!(played.value("queues.q.sent"), 3);
}

/// SNS-17: the envelope that a subscription adds changes nothing about the id.
#[test]
fn an_envelope_keeps_the_publishers_id() {
    let detail = r#"{"to": "{customer}", "id": "{order}"}"#;
    let store = "message_deduplication_id = \"$.to\"";
    for raw in ["", "raw_message_delivery = true\n"] {
        let queue = "fifo_queue = true\ncontent_based_deduplication = true";
        let parts = fifo("", store, queue)
            .replace("queue = \"q\"\n[queues.q]", &format!("queue = \"q\"\n{raw}[queues.q]"));
        assert_eq!(minute(&parts, detail)[2], 4, "{raw}");
    }
}

/// EB-60, SQS-61: a pipe's id is what its path finds in the record.
#[test]
fn a_pipes_id_is_found_in_the_record() {
    let sent = |id: &str| {
        let stored = QUEUE_FIRST.replace("publishes_to = \"queues.q\"", "");
        let parts = format!(
            "{stored}[pipes.p]\nsource = \"stores.book\"\ntarget = \"queues.q\"\nmessage_group_id = \"all\"\n\
             message_deduplication_id = \"{id}\"\n[queues.q]\nrequired = true\nfifo_queue = true\n"
        );
        four_customers(&parts, "2m", 60).value("queues.q.sent")
    };
    assert_eq!((sent("$.dynamodb.NewImage.to.S"), sent("$.eventID")), (4, 60));
}

/// SQS-61, SNS-17: who is not FIFO takes no id, in AWS's words.
#[test]
fn a_standard_topic_refuses_an_id() {
    let told = |kind: &str| {
        let parts =
            fifo("", "message_deduplication_id = \"$.to\"", "").replace("fifo_topic = true", kind);
        let load = r#"[load]
            orders = [{ weight = 1, detail = '{"to": "{customer}"}' }]
        "#;
        let design: redrive::sim::design::Design =
            toml::from_str(&format!("{load}{parts}")).unwrap();
        design
            .mistakes(&[])
            .into_iter()
            .map(|m| format!("{}: {}", m.path, m.sentence))
            .collect::<Vec<_>>()
    };
    assert_eq!(told("fifo_topic = true"), [""; 0]);
    let refused = told("");
    assert!(
        refused.iter().any(|told| {
            told.starts_with("stores.")
                && told.contains("MessageDeduplicationId parameter that is not valid")
        }),
        "{refused:?}"
    );
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
