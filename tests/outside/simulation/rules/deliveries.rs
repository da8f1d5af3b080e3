//! A rule's deliveries, permissions and keys, and a client's tries.

use redrive::sim::snapshot::PartView;
use redrive::sim::world::{FailureAttributes, OccurrenceKind as Kind};

use super::{Played, QUEUE_FIRST, RULE, fault, one_order, play};

const REST: &str = "[queues.q]\nrequired = true\n[queues.e]\n[services.press]\nlatency = \"10ms\"\n\
    [functions.f]\nqueue = \"q\"\ncalls = \"press\"\n";

fn letter(played: &Played) -> FailureAttributes {
    let part = played.run.topology().find("queues.e").unwrap();
    let snapshot = played.run.snapshot();
    let PartView::Queue(view) = snapshot.part(part) else { panic!() };
    view.failure_attributes.first().unwrap().clone()
}

fn down(rule: &str) -> Played {
    let parts = format!("{RULE}targets = [\"queues.q\"]\ndlq = \"e\"\n{rule}\n{REST}");
    play(&parts, &one_order("30m", &fault("outage", "queues.q", "30m")))
}

/// EB-40: N retries are N tries after the first, and EB-43: the dead letter says how many and why no more.
#[test]
fn a_rule_retries_as_often_as_it_is_told() {
    for retries in [0, 1, 5] {
        let played = down(&format!("maximum_retry_attempts = {retries}"));
        assert_eq!(played.value("rules.r.retried"), u64::from(retries));
        let letter = letter(&played);
        assert_eq!(letter.retry_attempts, retries);
        assert_eq!(letter.exhausted_retry_condition, "MaximumRetryAttempts");
        assert_eq!(letter.error_code, "TIMEOUT");
    }
}

/// EB-40, EB-43: no try comes when the event is older than it may be. The wait before retry k is at most
/// 2^(k-1) seconds (SIM-06), so the last try is not earlier than that before the age.
#[test]
fn a_rule_retries_no_event_that_is_too_old() {
    let played = down("maximum_event_age = \"60s\"");
    let letter = letter(&played);
    assert_eq!(letter.exhausted_retry_condition, "MaximumEventAgeInSeconds");
    let published = played.times("buses.b", Kind::Published)[0];
    let last = played.times("buses.b", Kind::DeadLettered)[0] - published;
    assert!(last <= 60_000, "{last}");
    assert!(last + 1_000 * (1 << letter.retry_attempts) > 60_000, "{last} {letter:?}");
    assert!(letter.retry_attempts >= 5, "{letter:?}");
}

/// COST-01, EB-07: an event that no rule matches is paid for all the same, and is lost.
#[test]
fn unmatched_events_are_paid() {
    let parts =
        format!("{}targets = [\"queues.q\"]\n{REST}", RULE.replace("[\"desk\"]", "[\"other\"]"));
    let played = play(&parts, "run = \"5m\"\nload = { orders = 9, rate = 1.0 }");
    let counts = ["bill.eventbridge_events", "buses.b.unmatched", "ledger.orders_lost"];
    assert_eq!(counts.map(|path| played.value(path)), [9, 9, 9]);
}

/// A client that gets an error orders again, as often as it is told, and then its order is rejected.
#[test]
fn a_client_tries_again_as_often_as_it_is_told() {
    for retries in [0_u32, 1, 3] {
        let door = format!("store = \"book\"\ncalls = [\"bank\"]\nclient_retries = {retries}");
        let parts = QUEUE_FIRST.replace("store = \"book\"", &door)
            + "[services.bank]\nlatency = \"10ms\"\n"
            + REST;
        let played = play(&parts, &one_order("5m", &fault("outage", "services.bank", "5m")));
        assert_eq!(played.value("services.bank.calls"), u64::from(retries) + 1);
        assert_eq!(played.numbers("intakes.desk", Kind::Rejected), [retries + 1]);
        assert_eq!(played.value("ledger.orders_rejected"), 1);
        // Down for the first try only: the second is accepted, if there is one.
        let short = play(&parts, &one_order("5m", &fault("outage", "services.bank", "700ms")));
        assert_eq!(short.value("ledger.orders_accepted"), u64::from(retries > 0));
    }
}

fn key(actions: &str) -> String {
    format!(
        "[keys.k]\npolicy = '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": {{\"Service\": \
         \"events.amazonaws.com\"}}, \"Action\": {actions}, \"Resource\": \"*\"}}, {{\"Effect\": \"Allow\", \
         \"Principal\": {{\"AWS\": \"arn:aws:iam::111122223333:root\"}}, \"Action\": \"kms:*\", \
         \"Resource\": \"*\"}}]}}'\n"
    )
}

fn encrypted(actions: &str, role: &str) -> Played {
    let locked = REST.replace("required = true", "required = true\nkms_master_key_id = \"keys.k\"");
    let parts = format!("{RULE}targets = [\"queues.q\"]\n{locked}{role}\n{}", key(actions));
    play(&parts, &one_order("3m", ""))
}

/// SEC-11, EB-53: whoever sends to an encrypted queue needs kms:GenerateDataKey and kms:Decrypt, both.
#[test]
fn a_sender_needs_both_actions_of_a_key() {
    let sent = |actions: &str| encrypted(actions, "").value("queues.q.sent");
    assert_eq!(sent(r#"["kms:GenerateDataKey*", "kms:Decrypt"]"#), 1);
    assert_eq!(sent(r#""kms:Decrypt""#), 0);
    assert_eq!(sent(r#""kms:GenerateDataKey*""#), 0);
}

/// LAM-15, SEC-11: whoever receives from it needs kms:Decrypt.
#[test]
fn a_consumer_of_an_encrypted_queue_needs_to_decrypt() {
    let received = |more: &str| {
        let role = format!(
            "role_policy = '{{\"Statement\": [{{\"Effect\": \"Allow\", \"Action\": [\"sqs:ReceiveMessage\", \
             \"sqs:DeleteMessage\", \"sqs:GetQueueAttributes\"{more}], \"Resource\": \"*\"}}]}}'"
        );
        let played = encrypted(r#"["kms:GenerateDataKey*", "kms:Decrypt"]"#, &role);
        (played.value("queues.q.sent"), played.value("queues.q.received"))
    };
    assert_eq!(received(""), (1, 0));
    assert_eq!(received(", \"kms:Decrypt\""), (1, 1));
}

/// EB-40: the waits double, with jitter: half of each is certain, the other half by chance (SIM-06).
#[test]
fn a_rules_waits_double_with_jitter() {
    let played = down("maximum_retry_attempts = 8");
    let tries = played.times("buses.b", Kind::DeliveryFailed);
    assert_eq!(tries.len(), 8);
    let mut in_part = 0;
    for (place, pair) in tries.windows(2).enumerate() {
        let whole = 1_000 << place;
        let wait = pair[1] - pair[0];
        assert!((whole / 2..=whole).contains(&wait), "{place}: {wait} ms of {whole}");
        in_part += u32::from(wait < whole * 99 / 100);
    }
    assert!(in_part >= 5, "{tries:?}");
}

/// SNS-13: what a topic may not deliver is not tried again: it goes to the subscription's DLQ at once.
#[test]
fn a_subscription_that_is_denied_is_not_retried() {
    let parts = format!(
        "{RULE}targets = [\"topics.t\"]\n[topics.t]\n{REST}[subscriptions.s]\ntopic = \"t\"\n\
         protocol = \"sqs\"\nqueue = \"q\"\ndlq = \"e\"\n"
    );
    let played = play(&parts, &one_order("3m", &fault("deny", "queues.q", "2m")));
    assert_eq!(played.numbers("subscriptions.s", Kind::DeadLettered), [1]);
    assert_eq!(played.numbers("subscriptions.s", Kind::DeliveryFailed), [0; 0]);
    assert_eq!(played.value("queues.e.sent"), 1);
}

/// IDM-10: without an outbox the writer publishes three times (a model assumption) and loses the order.
#[test]
fn a_writer_without_an_outbox_gives_up() {
    let parts = format!("{RULE}targets = [\"queues.q\"]\n{REST}")
        .replace("[stores.book]", "[stores.book]\noutbox = false");
    let played = play(&parts, &one_order("3m", &fault("outage", "buses.b", "3m")));
    assert_eq!(played.numbers("stores.book", Kind::Retrying), [1, 2]);
    assert_eq!(played.numbers("stores.book", Kind::Dropped), [3]);
    assert_eq!(played.value("ledger.orders_lost"), 1);
}

/// EB-52, EB-46: a rule may send to a FIFO queue that does not look at the content, and has no
/// deduplication id to give: each delivery fails at once and for good, and goes to the rule's DLQ where
/// there is one (EB-42).
#[test]
fn a_rule_fails_at_a_fifo_queue_that_does_not_look_at_the_content() {
    let parts = |dlq: &str, queue: &str| {
        format!(
            "{RULE}targets = [\"queues.q\"]\nmessage_group_id = \"$.detail.to\"\n{dlq}\n{}",
            REST.replace(
                "required = true",
                &format!("required = true\nfifo_queue = true\n{queue}")
            )
        )
    };
    let three = "run = \"2m\"\nload = { orders = 3, rate = 1.0 }";
    let counts = |played: &Played| {
        let paths = ["failed_invocations", "invocations", "retried", "sent_to_dlq", "dropped"];
        paths.map(|path| played.value(&format!("rules.r.{path}")))
    };
    let lost = play(&parts("", ""), three);
    assert_eq!(counts(&lost), [3, 0, 0, 0, 3]);
    assert_eq!((lost.value("queues.q.sent"), lost.value("ledger.orders_lost")), (0, 3));
    let kept = play(&parts("dlq = \"e\"", ""), three);
    assert_eq!(counts(&kept), [3, 0, 0, 3, 0]);
    assert_eq!(kept.value("queues.e.visible"), 3);
    let letter = letter(&kept);
    assert_eq!((letter.error_code, letter.retry_attempts), ("SDK_CLIENT_ERROR", 0));
    assert_eq!(letter.exhausted_retry_condition, "");
    assert!(letter.error_message.contains("MessageDeduplicationId"), "{}", letter.error_message);
    let fits = play(&parts("", "content_based_deduplication = true"), three);
    assert_eq!(counts(&fits), [0, 3, 0, 0, 0]);
    // Turned on while it runs, it helps what comes then.
    let later =
        "then = [{ at = \"5s\", set = { \"queues.q.content_based_deduplication\" = true } }]";
    let six = format!("run = \"2m\"\nload = {{ orders = 10, rate = 1.0 }}\n{later}");
    let mended = play(&parts("", ""), &six);
    assert_eq!(counts(&mended)[0] + counts(&mended)[1], 10);
    assert!((1..9).contains(&counts(&mended)[0]), "{:?}", counts(&mended));
}

/// EB-52: the check lets it pass, and remarks on it.
#[test]
fn a_rule_that_can_only_fail_is_remarked_on() {
    let remarks = |content: bool| {
        let design = format!(
            "{RULE}targets = [\"queues.q\"]\nmessage_group_id = \"g\"\n[queues.q]\nfifo_queue = true\n\
             content_based_deduplication = {content}\n"
        );
        let design: redrive::sim::design::Design = toml::from_str(&design).unwrap();
        design.remarks().into_iter().map(|remark| remark.path).collect::<Vec<_>>()
    };
    assert_eq!(remarks(false), ["rules.r.targets"]);
    assert!(remarks(true).is_empty());
}
