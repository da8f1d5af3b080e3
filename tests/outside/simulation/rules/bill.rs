//! What is paid for, line by line.

use redrive::sim::world::OccurrenceKind as Kind;

use super::{QUEUE_FIRST, RULE, fault, play, play_flow, play_large};

const WORKER: &str = r#"
    [services.printer]
    latency = "10ms"
    [functions.f]
    queue = "q"
    calls = "printer"
    timeout = "9s"
"#;
const ONE: &str = "run = \"59s\"\nload = { orders = 1, rate = 1.0 }";

/// COST-03, COST-04: 150,000 bytes are three chunks of 64 KiB when they are sent and three when they
/// are received; the delete is one.
#[test]
fn a_receive_is_paid_by_the_chunk_as_a_send_is() {
    let parts = format!("{RULE}targets = [\"queues.q\"]\n{WORKER}[queues.q]\nrequired = true\n");
    let large = play_large(&parts, 150_000, ONE);
    assert_eq!(large.value("bill.eventbridge_events"), 3);
    assert_eq!(large.value("bill.sqs_requests"), 3 + 3 + 1);
    assert_eq!(play(&parts, ONE).value("bill.sqs_requests"), 3);
}

/// COST-03: a request is paid for what it carries all together. Ten messages of 30,000 bytes come in
/// one receive of 300,000 bytes, which are five chunks; each was sent alone, and all are deleted at
/// once.
#[test]
fn a_receive_of_ten_is_paid_for_the_bytes_of_all() {
    let parts = format!(
        "{QUEUE_FIRST}{WORKER}batch_size = 10\n[queues.q]\nrequired = true\nvisibility_timeout = \"60s\"\n"
    );
    let stopped = "run = \"59s\"\nload = { orders = 10, rate = 1000.0 }\n\
        faults = [{ at = \"0s\", kind = \"stop\", part = \"functions.f\", for = \"30s\" }]";
    let played = play_large(&parts, 30_000, stopped);
    assert_eq!(played.value("functions.f.invocations"), 1);
    assert_eq!(played.value("bill.sqs_requests"), 10 + 5 + 1);
}

/// Each try of a client is a request, whatever becomes of it. A server that calls services by itself is not
/// behind API Gateway, and has no price.
#[test]
fn every_call_of_the_intake_is_a_request_to_its_api() {
    let parts = format!("{RULE}targets = [\"queues.q\"]\n{WORKER}[queues.q]\nrequired = true\n");
    let requests = |parts: &str, more: &str| {
        play(parts, &format!("{ONE}\n{more}")).value("bill.api_gateway_requests")
    };
    assert_eq!(requests(&parts, ""), 1);
    let stubborn = parts.replacen("store = \"book\"", "store = \"book\"\nclient_retries = 3", 1);
    let down = format!("faults = [{}]", fault("outage", "stores.book", "50s"));
    assert_eq!(requests(&stubborn, &down), 4);
    let server = "[services.printer]\n[intakes.desk]\ncalls = [\"printer\"]\nrequired = true\n";
    assert_eq!(requests(server, ""), 0);
    let large = format!("{QUEUE_FIRST}{WORKER}[queues.q]\nrequired = true\n");
    assert_eq!(play_large(&large, 600_000, ONE).value("bill.api_gateway_requests"), 2);
}

/// COST-08: a publish is paid for in chunks of 64 KiB.
#[test]
fn a_publish_is_paid_by_the_chunk() {
    let parts = format!(
        "{RULE}targets = [\"topics.t\", \"queues.q\"]\n[queues.q]\nrequired = true\n{WORKER}\n\
         [topics.t]\n[services.phone]\nlatency = \"10ms\"\n\
         [subscriptions.s]\ntopic = \"t\"\nprotocol = \"sms\"\ncalls = \"phone\"\n"
    );
    let large = play_large(&parts, 150_000, ONE);
    assert_eq!(large.value("bill.sns_publishes"), 3);
    assert_eq!(large.value("bill.sns_sms_deliveries"), 1);
    assert_eq!(play(&parts, ONE).value("bill.sns_publishes"), 1);
}

/// COST-03: every request to a FIFO queue is a FIFO request: what a filter deletes, what is deleted
/// after work, and what a redrive moves (SQS-43: a receive, a send and a delete for each message).
#[test]
fn every_request_to_a_fifo_queue_is_a_fifo_request() {
    let fifo = format!("{QUEUE_FIRST}{WORKER}[queues.q]\nfifo_queue = true\nrequired = true\n");
    let filters = "filters = ['{\"body\": {\"letter\": [\"another\"]}}']\n";
    let filtered = fifo.replace("timeout = \"9s\"\n", &format!("timeout = \"9s\"\n{filters}"));
    for parts in [&fifo, &filtered] {
        let played = play(parts, ONE);
        let requests = (played.value("bill.sqs_fifo_requests"), played.value("bill.sqs_requests"));
        assert_eq!(requests, (3, 0), "{parts}");
    }
    let dead = format!(
        "{fifo}dlq = \"d\"\nmax_receive_count = 1\nvisibility_timeout = \"10s\"\n\
         [queues.d]\nfifo_queue = true\n"
    );
    let poison = "run = \"59s\"\nload = { orders = 1, rate = 1.0 }\n\
        faults = [{ at = \"0s\", kind = \"poison\", part = \"functions.f\" }]";
    let later = "\nthen = [{ at = \"40s\", redrive = \"queues.d\" }]";
    let before = play(&dead, poison);
    let after = play(&dead, &format!("{poison}{later}"));
    assert_eq!(after.numbers("queues.d", Kind::Redriven).len(), 1);
    let fifo = |played: &super::Played| played.value("bill.sqs_fifo_requests");
    // The redrive's three, the receive of the message that is back, and the one that moves it again.
    assert_eq!(fifo(&after) - fifo(&before), 3 + 2);
    assert_eq!(after.value("bill.sqs_requests"), 0);
}

/// IDM-01: the put that is refused because the work is done, or under way, consumes a write unit too.
/// Ten orders of four units each, ten times a record in progress and then one that is complete, and
/// every refusal of a copy.
#[test]
fn a_conditional_put_that_is_refused_is_paid() {
    let parts = format!(
        "{QUEUE_FIRST}{WORKER}batch_size = 1\nidempotency_record = true\nidempotency_expiry = \"1h\"\n\
         [queues.q]\nrequired = true\nvisibility_timeout = \"60s\"\n"
    );
    let twice = "run = \"5m\"\nload = { orders = 10, rate = 1.0 }\n\
        faults = [{ at = \"0s\", kind = \"duplicate\", part = \"queues.q\", for = \"5m\" }]";
    let played = play(&parts, twice);
    assert_eq!(played.value("queues.q.deleted"), 20);
    let refused = played.seen("functions.f", Kind::AlreadyDone).count()
        + played.seen("functions.f", Kind::InProgressElsewhere).count();
    assert!(refused >= 10, "{refused}");
    assert_eq!(played.value("bill.dynamodb_writes"), 10 * 4 + 10 * 2 + refused as u64);
}

/// COST-10: an order of 2,500 bytes is three write units of a KB; with its outbox row it is a
/// transaction, which takes twice as many of both.
#[test]
fn an_order_is_written_by_the_kilobyte() {
    let parts = format!("{QUEUE_FIRST}{WORKER}[queues.q]\nrequired = true\n");
    assert_eq!(play_large(&parts, 2_500, ONE).value("bill.dynamodb_writes"), 2 * (3 + 3));
    let alone = parts.replace("[stores.book]", "[stores.book]\noutbox = false");
    assert_eq!(play_large(&alone, 2_500, ONE).value("bill.dynamodb_writes"), 3);
}

/// COST-08: a publish to a FIFO topic has its own line.
#[test]
fn a_publish_to_a_fifo_topic_is_a_fifo_publish() {
    let parts = format!(
        "{}message_group_id = \"all\"\n{WORKER}[queues.q]\nfifo_queue = true\nrequired = true\n\
         content_based_deduplication = true\n[topics.t]\nfifo_topic = true\n\
         [subscriptions.s]\ntopic = \"t\"\nprotocol = \"sqs\"\nqueue = \"q\"\n",
        QUEUE_FIRST.replace("queues.q", "topics.t")
    );
    let played = play(&parts, ONE);
    let publishes = (played.value("bill.sns_fifo_publishes"), played.value("bill.sns_publishes"));
    assert_eq!(publishes, (1, 0));
}

/// COST-06, LAM-42: a task whose function is throttled ran nothing and pays nothing for it; the retry
/// is a transition all the same (SFN-33).
#[test]
fn a_throttled_task_is_no_invocation() {
    let flow = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:one",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 20, "MaxAttempts": 1}]}}}"#;
    let parts = format!(
        "{RULE}targets = [\"workflows.w\"]\n[services.printer]\nlatency = \"0s\"\n\
         [workflows.w]\nrequired = true\ndefinition = \"flow.asl.json\"\ncalls = {{ one = \"printer\" }}\n"
    );
    let fault = |kind: &str| {
        format!(
            "{ONE}\nfaults = [{{ at = \"0s\", kind = \"{kind}\", part = \"services.printer\", for = \"10s\", rate = 1.0 }}]"
        )
    };
    let paid = |kind: &str| {
        let played = play_flow(&parts, flow, &fault(kind));
        assert_eq!(played.value("workflows.w.succeeded"), 1, "{kind}");
        (played.value("bill.lambda_requests"), played.value("bill.state_transitions"))
    };
    assert_eq!(paid("throttle"), (1, 2));
    // A try that fails is paid for.
    assert_eq!(paid("errors"), (2, 2));
}

/// IDM-01: a client that orders again because the answer was lost writes nothing, and pays for the
/// condition that refused it: the transaction of four units is paid for twice.
#[test]
fn an_order_that_is_stored_already_is_paid_for_again() {
    let parts = format!(
        "{}{WORKER}[queues.q]\nrequired = true\n[services.bank]\nlatency = \"4s\"\n",
        QUEUE_FIRST.replace(
            "store = \"book\"",
            "store = \"book\"\ncalls = [\"bank\"]\ntimeout = \"3s\"\nclient_retries = 1"
        )
    );
    let played = play(&parts, ONE);
    assert_eq!(played.value("ledger.orders_accepted"), 1);
    assert_eq!(played.value("bill.dynamodb_writes"), 4 + 4);
}

/// COST-09, COST-11: an alarm and a key of one's own are paid for by the time: ten minutes of two alarms
/// and one key.
#[test]
fn alarms_and_keys_are_paid_by_the_minute() {
    let alarm = |id: &str| {
        format!(
            "[alarms.{id}]\npart = \"queues.q\"\nmetric = \"NumberOfMessagesSent\"\nthreshold = 1\n"
        )
    };
    let parts = format!(
        "{QUEUE_FIRST}{WORKER}[queues.q]\nrequired = true\n[keys.k]\n{}{}",
        alarm("a"),
        alarm("b")
    );
    let played = play(&parts, "run = \"601s\"\nload = { orders = 1, rate = 1.0 }");
    let minutes = ["bill.alarm_minutes", "bill.kms_key_minutes"].map(|path| played.value(path));
    assert_eq!(minutes, [20, 10]);
}
