//! Receive counts, receipts, FIFO batches and deduplication.

use redrive::sim::kernel::time::Span;
use redrive::sim::world::OccurrenceKind as Kind;

use super::{Played, QUEUE_FIRST, RULE, fault, one_order, play, play_with, worker};

const POISON: &str = "{ at = \"0s\", kind = \"poison\", part = \"functions.f\" },";

/// SQS-29: the receive count goes on in the dead-letter queue. After two receives in the source the
/// message's first receive there is its third.
#[test]
fn the_receive_count_goes_on_in_a_dead_letter_queue() {
    let parts = worker(
        "visibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 2",
        "timeout = \"9s\"",
        "10ms",
    ) + "[queues.d]\n[functions.g]\nqueue = \"d\"\ncalls = \"press\"\ntimeout = \"9s\"\n";
    let played = play(&parts, &one_order("3m", POISON));
    assert_eq!(played.numbers("queues.q", Kind::Received), [1, 2]);
    assert_eq!(played.numbers("queues.d", Kind::Received), [3]);
}

/// SQS-42: a redriven message is new: it is received twice more, from one, before it moves again.
#[test]
fn a_redriven_message_is_counted_from_one() {
    let parts = worker(
        "visibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 2",
        "timeout = \"9s\"",
        "10ms",
    ) + "[queues.d]\n";
    let again = "then = [{ at = \"90s\", redrive = \"queues.d\" }]\n";
    let played = play(&parts, &(one_order("4m", POISON) + again));
    assert_eq!(played.numbers("queues.q", Kind::Received), [1, 2, 1, 2]);
    assert_eq!(played.value("queues.d.moved_in"), 2);
    assert_eq!(played.numbers("queues.q", Kind::DeadLettered), [2, 2]);
}

/// SQS-23: the receipt of an earlier receive deletes nothing. A window of 25 s and 14 s of work are more
/// than 30 s of visibility: the message is received again before the first invocation is over, and
/// then the second's receipt is the one that counts.
#[test]
fn a_stale_receipt_deletes_nothing() {
    let parts = worker(
        "visibility_timeout = \"30s\"",
        "timeout = \"30s\"\nmaximum_batching_window = \"25s\"",
        "14s",
    );
    let played = play(&parts, &one_order("3m", ""));
    let received = played.times("queues.q", Kind::Received);
    let done = played.times("functions.f", Kind::InvocationSucceeded);
    assert!(done.len() >= 2, "{done:?}");
    for (place, done) in done.iter().enumerate() {
        // Received again before this one was done: nothing is deleted.
        assert!(received.get(place + 1).is_some_and(|again| again < done), "{received:?} {done}");
    }
    assert_eq!(played.value("queues.q.deleted"), 0);
}

/// LAM-24: in a batch of a FIFO queue nothing is done after the first failure: what stands before it is
/// deleted, the failure and all after it come again.
#[test]
fn a_fifo_batch_stops_at_its_first_failure() {
    let parts = worker(
        "fifo_queue = true\nvisibility_timeout = \"30s\"",
        "timeout = \"9s\"\nbatch_size = 10\nreport_batch_item_failures = true",
        "10ms",
    )
    .replace("source = \"desk\"", "source = \"desk\"\nmessage_group_id = \"all\"");
    let played = play(
        &parts,
        "run = \"40s\"\nload = { orders = 5, rate = 5.0 }\nfaults = [\
         { at = \"0s\", kind = \"stop\", part = \"functions.f\", for = \"20s\" },\
         { at = \"500ms\", kind = \"poison\", part = \"functions.f\", orders = 1 }]",
    );
    let bad: Vec<u32> =
        played.seen("functions.f", Kind::Unprocessable).filter_map(|o| o.order).collect();
    let deleted: Vec<u32> =
        played.seen("queues.q", Kind::Deleted).filter_map(|o| o.order).collect();
    assert_eq!(bad.len(), 1);
    assert!((1..4).contains(&bad[0]), "one in the middle: {bad:?}");
    assert_eq!(deleted, (0..bad[0]).collect::<Vec<u32>>());
    assert_eq!(played.numbers("functions.f", Kind::Invoked), [5]);
    assert_eq!(played.value("services.press.calls"), u64::from(bad[0]), "nothing behind is tried");
}

/// SQS-67, SQS-61: with the scope messageGroup the same body is taken once for each group, with the
/// scope queue once in five minutes.
#[test]
fn deduplication_is_per_group_where_its_scope_says_so() {
    let sent = |scope: &str| {
        let parts = format!(
            "{RULE}targets = [\"queues.q\"]\ninput = '{{\"wake\": 1}}'\n\
             message_group_id = \"$.detail.to\"\n[queues.q]\nrequired = true\nfifo_queue = true\n\
             content_based_deduplication = true\n{scope}\n[services.press]\nlatency = \"10ms\"\n\
             [functions.f]\nqueue = \"q\"\ncalls = \"press\"\n"
        );
        let four = "run = \"60s\"\nload = { orders = 40, rate = 10.0 }\nchanges = { \"load.customers\" = 4 }";
        let played = play(&parts, four);
        (played.value("queues.q.sent"), played.value("queues.q.deduplicated"))
    };
    assert_eq!(sent("deduplication_scope = \"messageGroup\""), (4, 36));
    assert_eq!(sent(""), (1, 39));
}

/// COST-05, LAM-04: pollers that find nothing pay for three long polls a minute each: two pollers, or
/// five where a maximum concurrency is set.
#[test]
fn idle_pollers_are_paid() {
    let idle = |function: &str| {
        let parts = worker("", &format!("timeout = \"3s\"\n{function}"), "0s");
        let played = play(&parts, &one_order("601s", ""));
        assert_eq!(
            played.value("bill.sqs_requests"),
            3 + played.value("queues.q.empty_receives"),
            "a send, a receive, a delete, and the polls"
        );
        played.value("queues.q.empty_receives")
    };
    assert_eq!(idle(""), 10 * 2 * 3);
    assert_eq!(idle("maximum_concurrency = 10"), 10 * 5 * 3);
    // A redelivery adds a receive (COST-04): it failed at 1 s, and is received again at 31 s.
    let parts = worker("visibility_timeout = \"30s\"", "timeout = \"9s\"", "0s");
    let once = play(&parts, &one_order("59s", &fault("errors", "services.press", "20s")));
    assert_eq!(once.value("bill.sqs_requests"), 1 + 2 + 1);
}

/// SQS-41: a redrive at a rate moves so many a second: at two, one every half second.
#[test]
fn a_redrive_keeps_its_rate() {
    let parts = worker(
        "visibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 1",
        "timeout = \"9s\"",
        "10ms",
    ) + "[queues.d]\n";
    let poison = "run = \"2m\"\nload = { orders = 4, rate = 1.0 }\nfaults = [\
        { at = \"0s\", kind = \"poison\", part = \"functions.f\", for = \"30s\", orders = 4 }]";
    let mut played = play(&parts, poison);
    let dlq = played.run.topology().find("queues.d").unwrap();
    let count = played.run.redrive(dlq, Some(2));
    assert_eq!(count, Some(4));
    let until = played.run.now() + Span::from_secs(5);
    played.run.advance_to(until);
    played.log = played.run.take_occurrences();
    let moved = played.times("queues.d", Kind::Redriven);
    let between: Vec<u64> = moved.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(between, [500; 3]);
}

/// SQS-60: a FIFO queue makes no copies of its own.
#[test]
fn a_fifo_queue_makes_no_copies() {
    let copied = |queue: &str| {
        let parts = worker(queue, "timeout = \"9s\"", "10ms");
        let faults = fault("duplicate", "queues.q", "2m");
        play(
            &parts,
            &format!("run = \"1m\"\nload = {{ orders = 9, rate = 1.0 }}\nfaults = [{faults}]"),
        )
        .value("queues.q.copied")
    };
    assert_eq!((copied("fifo_queue = true"), copied("")), (0, 9));
}

/// Two queues that hear of every order and share the dead-letter queue `d`.
const SHARED: &str = "targets = [\"queues.qa\", \"queues.qb\"]\n\
    [queues.qa]\nrequired = true\nvisibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 1\n\
    [queues.qb]\nrequired = true\nvisibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 1\n\
    [queues.d]\n[services.a]\nlatency = \"10ms\"\n[services.b]\nlatency = \"10ms\"\n\
    [functions.fa]\nqueue = \"qa\"\ncalls = \"a\"\ntimeout = \"9s\"\nbatch_size = 1\n\
    [functions.fb]\nqueue = \"qb\"\ncalls = \"b\"\ntimeout = \"9s\"\nbatch_size = 1\n";

/// SQS-40, SQS-43: each message goes back to the queue that gave it up, and each move is paid as a
/// receive, a delete and a send.
#[test]
fn a_shared_dead_letter_queue_gives_back_to_each_queue_its_own() {
    for (broken, healthy) in [("a", "b"), ("b", "a")] {
        let played = play(
            &format!("{RULE}{SHARED}"),
            &format!(
                "run = \"3m\"\nload = {{ orders = 2, rate = 1.0 }}\n\
                 faults = [{{ at = \"0s\", kind = \"errors\", part = \"services.{broken}\", \
                 for = \"40s\", rate = 1.0 }}]\nthen = [{{ at = \"60s\", redrive = \"queues.d\" }}]"
            ),
        );
        let sent = |queue: &str| played.value(&format!("queues.q{queue}.sent"));
        assert_eq!((sent(broken), sent(healthy)), (4, 2));
        assert_eq!(played.value("queues.d.redriven"), 2);
        assert_eq!(played.value("ledger.orders_completed"), 2);
        assert_eq!(played.value("ledger.orders_lost"), 0);
    }
}

/// EB-44: what EventBridge gave up came from no queue, and a redrive leaves it where it is, also where
/// a queue's own dead letters lie beside it.
#[test]
fn a_redrive_leaves_what_no_queue_gave_up() {
    let parts = format!(
        "{RULE}targets = [\"queues.q\", \"queues.other\"]\ndlq = \"d\"\n\
         [queues.q]\nrequired = true\nvisibility_timeout = \"20s\"\ndlq = \"d\"\nmax_receive_count = 1\n\
         [queues.other]\n[queues.d]\n[services.press]\nlatency = \"10ms\"\n\
         [functions.f]\nqueue = \"q\"\ncalls = \"press\"\ntimeout = \"9s\"\n"
    );
    let experiment = |poison: u32| {
        format!(
            "run = \"3m\"\nload = {{ orders = 3, rate = 1.0 }}\nfaults = [\
             {{ at = \"0s\", kind = \"deny\", part = \"queues.other\", for = \"30s\" }},\
             {{ at = \"0s\", kind = \"poison\", part = \"functions.f\", orders = {poison} }}]\n\
             then = [{{ at = \"90s\", redrive = \"queues.d\" }}]"
        )
    };
    let only_letters = play(&parts, &experiment(0));
    assert_eq!(only_letters.value("queues.d.redriven"), 0);
    assert_eq!(only_letters.value("queues.d.visible"), 3);
    assert_eq!(only_letters.value("queues.q.sent"), 3);
    let dlq = only_letters.run.topology().find("queues.d").unwrap();
    assert_eq!(only_letters.run.redrivable(dlq), (0, 3));
    let mixed = play(&parts, &experiment(2));
    assert_eq!(mixed.value("queues.d.redriven"), 2);
    assert_eq!((mixed.value("queues.q.sent"), mixed.value("queues.other.sent")), (5, 0));
    // Back they come: they are poison.
    assert_eq!(mixed.value("queues.d.visible"), 5);
}

/// SQS-61: the hash is of the body alone. Two kinds of order whose bodies differ are no duplicates of
/// each other; the same body from two rules is one.
#[test]
fn a_duplicate_is_the_same_body_whoever_sends_it() {
    let queue = "[queues.q]\nrequired = true\nfifo_queue = true\ncontent_based_deduplication = true\n\
        [services.press]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"press\"\n";
    let two_kinds = format!("{QUEUE_FIRST}message_group_id = \"all\"\n{queue}");
    let detail = r#"{"to": "{customer}"}' }, { weight = 1, detail = '{"for": "{customer}"}"#;
    let one_customer =
        "run = \"60s\"\nload = { orders = 30, rate = 5.0 }\nchanges = { \"load.customers\" = 1 }";
    let played = play_with(&two_kinds, detail, "{}", one_customer);
    assert_eq!(played.value("queues.q.sent"), 2);
    assert_eq!(played.value("queues.q.deduplicated"), 28);
    let second = RULE.split_once("[rules.r]").unwrap().1;
    let target = "targets = [\"queues.q\"]\nmessage_group_id = \"all\"\n";
    let two_rules = format!("{RULE}{target}[rules.again]{second}{target}{queue}");
    let played = play(&two_rules, "run = \"60s\"\nload = { orders = 5, rate = 1.0 }");
    assert_eq!(played.value("queues.q.sent"), 5);
    assert_eq!(played.value("queues.q.deduplicated"), 5);
}

/// SQS-61: a queue that does not look at the content takes the same body twice, with two ids.
#[test]
fn an_id_of_its_own_makes_the_same_body_another_message() {
    let parts = worker("fifo_queue = true", "timeout = \"9s\"", "10ms")
        .replace("source = \"desk\"", "source = \"desk\"\nmessage_group_id = \"all\"");
    let played = play_with(&parts, "{}", "{}", "run = \"60s\"\nload = { orders = 5, rate = 1.0 }");
    assert_eq!((played.value("queues.q.sent"), played.value("queues.q.deduplicated")), (5, 0));
}

/// SQS-67: a scope that is changed while the queue is used holds for what was sent before: the group
/// that had the body does not take it again, the others do.
#[test]
fn a_scope_changed_on_the_way_remembers_what_was_sent() {
    let sent = |from: &str, to: &str| {
        let parts = format!(
            "{RULE}targets = [\"queues.q\"]\ninput = '{{\"wake\": 1}}'\n\
             message_group_id = \"$.detail.to\"\n[queues.q]\nrequired = true\nfifo_queue = true\n\
             content_based_deduplication = true\ndeduplication_scope = \"{from}\"\n\
             [services.press]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"press\"\n"
        );
        let changed = format!(
            "run = \"60s\"\nload = {{ orders = 80, rate = 2.0 }}\n\
             changes = {{ \"load.customers\" = 4 }}\n\
             then = [{{ at = \"20s\", set = {{ \"queues.q.deduplication_scope\" = \"{to}\" }} }}]"
        );
        play(&parts, &changed).value("queues.q.sent")
    };
    assert_eq!(sent("queue", "messageGroup"), 4, "one, and three other groups");
    assert_eq!(sent("messageGroup", "queue"), 4, "one of each group, and no more");
}

/// IDM-10: rows leave the outbox in the order of their commits, also when one is refused and tried
/// again: all behind it wait.
#[test]
fn the_outbox_keeps_its_order() {
    let parts = worker("fifo_queue = true", "timeout = \"9s\"", "10ms")
        .replace("source = \"desk\"", "source = \"desk\"\nmessage_group_id = \"all\"");
    let orders = |played: &Played, part: &str, kind| -> Vec<u32> {
        played.seen(part, kind).filter_map(|o| o.order).collect()
    };
    let down = fault("outage", "queues.q", "7s");
    let some =
        "{ at = \"0s\", kind = \"throttle\", part = \"queues.q\", for = \"60s\", rate = 0.2 },";
    for faults in ["", &down, some] {
        let played = play(
            &parts,
            &format!("run = \"5m\"\nload = {{ orders = 60, rate = 8.0 }}\nfaults = [{faults}]"),
        );
        let accepted = orders(&played, "intakes.desk", Kind::Accepted);
        assert_eq!(accepted.len(), 60);
        assert_eq!(orders(&played, "queues.q", Kind::Sent), accepted, "{faults}");
        assert_eq!(orders(&played, "queues.q", Kind::Received), accepted, "{faults}");
        assert_eq!(played.value("stores.book.outbox"), 0);
        assert_eq!(played.value("ledger.orders_completed"), 60, "{faults}");
        let tries = played.seen("stores.book", Kind::Retrying).count();
        assert_eq!(tries == 0, faults.is_empty(), "{tries} tries");
    }
}

/// The same without an outbox: each writer publishes by itself, and then they overtake each other.
#[test]
fn writers_without_an_outbox_keep_no_order() {
    let parts = worker("fifo_queue = true", "timeout = \"9s\"", "10ms").replace(
        "source = \"desk\"",
        "source = \"desk\"\noutbox = false\nmessage_group_id = \"all\"",
    );
    let played = play(&parts, "run = \"2m\"\nload = { orders = 60, rate = 8.0 }");
    let sent: Vec<u32> = played.seen("queues.q", Kind::Sent).filter_map(|o| o.order).collect();
    let accepted: Vec<u32> =
        played.seen("intakes.desk", Kind::Accepted).filter_map(|o| o.order).collect();
    assert!(sent.len() == 60 && sent != accepted, "{sent:?}");
}

/// SQS-53, SQS-08: a delay that is shortened on the way shows what waits in a FIFO queue, also what would
/// have been due before, and a retention that is shortened takes what is too old, both at that instant.
#[test]
fn a_changed_delay_or_retention_never_happens_in_the_past() {
    let parts = worker("fifo_queue = true\ndelay_seconds = \"10m\"", "timeout = \"9s\"", "10ms");
    let set = |what: &str| format!("then = [{{ at = \"2m\", set = {{ {what} }} }}]");
    let once = one_order("4m", "");
    let shown = play(&parts, &(once.clone() + &set("\"queues.q.delay_seconds\" = \"5s\"")));
    let received = shown.times("queues.q", Kind::Received);
    assert_eq!(received, [120_000], "at the change");
    let retention = set("\"queues.q.message_retention_period\" = \"60s\"");
    let gone = play(&parts, &(once + &retention));
    assert_eq!(gone.times("queues.q", Kind::Expired), [120_000]);
}

/// SQS-60: what is in one group stays in order. A customer's orders do in the customer's group, and not
/// where each order has a group of its own: those behind one that fails are done before it.
#[test]
fn a_group_keeps_in_order_what_is_in_it() {
    let overtaken = |group: &str| {
        let parts = format!(
            "{RULE}targets = [\"queues.q\"]\nmessage_group_id = \"{group}\"\n[queues.q]\nrequired = true\n\
             fifo_queue = true\ncontent_based_deduplication = true\nvisibility_timeout = \"30s\"\n\
             dlq = \"d\"\nmax_receive_count = 3\n[queues.d]\nfifo_queue = true\n\
             [services.press]\nlatency = \"10ms\"\n[functions.f]\nqueue = \"q\"\ncalls = \"press\"\n\
             timeout = \"9s\"\nreport_batch_item_failures = true\n"
        );
        let poison = POISON.replace(" },", ", orders = 1 },");
        let experiment = format!(
            "run = \"5m\"\nload = {{ orders = 40, rate = 1.0 }}\nfaults = [{poison}]\n\
             [changes]\n\"load.customers\" = 2\n"
        );
        let played = play(&parts, &experiment);
        assert_eq!(played.value("queues.d.moved_in"), 1);
        assert_eq!(played.value("queues.q.deleted"), 39);
        played.value("queues.q.overtaken")
    };
    assert_eq!(overtaken("$.detail.to"), 0);
    assert_eq!(overtaken("all"), 0);
    assert_eq!(overtaken("$.detail.letter"), 1, "the one that failed, by those behind it");
}
