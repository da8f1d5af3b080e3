//! Claim checks that hold, break and expire.

use crate::design::{Design, Experiment};
use crate::kernel::time::{Span, Time};
use crate::run::Run;

/// Payloads of 500 KB: a table, a queue and a worker, and what refers to them with a claim check.
const PARCELS: &str = r#"
[load]
orders = [{ weight = 1, detail = '{"id": "{order}", "who": {"name": "{customer}"}, "scan": "{bytes:500000}"}' }]
[services.till]
latency = "50ms"
[intakes.door]
store = "book"
[stores.book]
publishes_to = "queues.work"
CLAIM
[queues.work]
required = true
visibility_timeout = "30s"
message_retention_period = "4d"
dlq = "dead"
max_receive_count = 3
[queues.dead]
message_retention_period = "14d"
"#;
const CLAIM: &str = r#"
claim_check = "objects.parcels"
claim_check_keeps = ["$.id", "$.who.name"]
[objects.parcels]
"#;
const WORKER: &str =
    "[workers.hand]\nqueue = 'work'\ncalls = 'till'\ntasks = 4\nwait_time_seconds = '20s'\n";
const FUNCTION: &str =
    "[functions.hand]\nqueue = 'work'\ncalls = 'till'\nreport_batch_item_failures = true\n";

fn design(claim: &str, consumer: &str) -> Design {
    toml::from_str(&format!("{}{consumer}", PARCELS.replace("CLAIM", claim))).unwrap()
}

/// A run in which a hundred orders come within a hundred seconds, with faults such as
/// `outage queues.work 10s 60s`: kind, part, begin, length.
fn run(design: &Design, length: &str, faults: &[&str]) -> Run {
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| {
            let [kind, part, at, span] = fault.split(' ').collect::<Vec<_>>()[..] else { panic!() };
            format!("{{ kind = '{kind}', part = '{part}', at = '{at}', for = '{span}' }}")
        })
        .collect();
    let text = format!(
        "run = '{length}'\nload = {{ orders = 100, rate = 1.0 }}\nfaults = [{}]",
        faults.join(", ")
    );
    let experiment: Experiment = toml::from_str(&text).unwrap();
    let mut run = Run::experiment(&experiment, design, &[]).unwrap_or_else(|m| panic!("{m:#?}"));
    run.advance_to(Time::ZERO + experiment.run.0);
    assert_eq!(run.check_invariants().or_else(|| run.recount()), None);
    run
}

fn value(run: &Run, path: &str) -> u64 {
    run.value(path).unwrap() as u64
}

/// REF-02: what is sent is what is kept and the reference, and a consumer of either kind gets the payload.
#[test]
fn a_consumer_gets_the_payload_that_its_message_refers_to() {
    for consumer in [WORKER, FUNCTION] {
        let run = run(&design(CLAIM, consumer), "5m", &[]);
        assert_eq!(value(&run, "ledger.orders_completed"), 100, "{consumer}");
        let [puts, gets, missing, stored, bytes] =
            ["puts", "gets", "missing", "stored", "stored_bytes"]
                .map(|measure| value(&run, &format!("objects.parcels.{measure}")));
        assert_eq!((puts, missing, stored), (100, 0, 100));
        // A standard queue delivers one now and then a second time.
        assert!((100..105).contains(&gets), "{gets}");
        assert!((50_000_000..50_010_000).contains(&bytes), "{bytes}");
    }
}

/// COST-03, COST-10, REF-03: eight chunks for each send and receive, against a put, a get and one of each.
#[test]
fn the_bill_has_chunks_or_puts_and_gets() {
    let whole = run(&design("", WORKER), "5m", &[]);
    let claim = run(&design(CLAIM, WORKER), "5m", &[]);
    let requests = |run: &Run| value(run, "bill.sqs_requests");
    assert_eq!((value(&whole, "bill.s3_puts"), value(&whole, "bill.s3_gets")), (0, 0));
    assert_eq!(value(&claim, "bill.s3_puts"), 100);
    assert!(value(&claim, "bill.s3_gets") >= 100);
    let saved = requests(&whole) - requests(&claim);
    // Seven chunks less at the send and seven at the receive.
    assert!((1_380..1_450).contains(&saved), "{saved}");
    // 489 KB an order, two writes of two units each for every KB, against one.
    let writes = |run: &Run| value(run, "bill.dynamodb_writes");
    assert_eq!((writes(&whole), writes(&claim)), (100 * 4 * 489, 100 * 4));
    assert!(value(&claim, "bill.s3_kb_minutes") > 100 * 489);
}

/// EB-05, SNS-03: what no hop takes is refused, and its reference passes.
#[test]
fn a_reference_passes_where_the_payload_is_refused() {
    let topic =
        "[topics.news]\n[subscriptions.box]\ntopic = 'news'\nprotocol = 'sqs'\nqueue = 'work'\n";
    let through = |claim| {
        let mut design = design(claim, &format!("{WORKER}{topic}"));
        design.stores.get_mut("book").unwrap().publishes_to = Some("topics.news".parse().unwrap());
        design
    };
    let told = through("").mistakes(&[]);
    assert!(told[0].sentence.contains("Message too long"), "{told:?}");
    assert!(told[0].sentence.contains("the limit is 262144: send a reference instead"), "{told:?}");
    let design = through(CLAIM);
    assert_eq!(design.mistakes(&[]), []);
    // In an envelope, too, a reference is one (SNS-16).
    let run = run(&design, "5m", &[]);
    assert_eq!(value(&run, "ledger.orders_completed"), 100);
    assert!(value(&run, "objects.parcels.gets") >= 100);
}

/// REF-02: a lifecycle shorter than the queue's retention: messages outlive what they refer to, and no
/// receive finds it.
#[test]
fn a_message_that_outlives_its_object_ends_in_the_dead_letter_queue() {
    let outage = ["stop workers.hand 0s 30h"];
    let expiring = |days: &str| design(&format!("{CLAIM}expires_after = '{days}'\n"), WORKER);
    let short = run(&expiring("1d"), "50h", &outage);
    // A day later, at the next midnight: not before hour 48.
    assert_eq!(value(&short, "objects.parcels.missing"), 0);
    let outage = ["stop workers.hand 0s 49h"];
    let short = run(&expiring("1d"), "50h", &outage);
    assert_eq!(value(&short, "objects.parcels.stored"), 0);
    assert_eq!(value(&short, "queues.dead.visible"), value(&short, "ledger.orders_dead_lettered"));
    assert_eq!(value(&short, "ledger.orders_dead_lettered"), 100);
    // Each receive is a get that finds nothing, and is paid for.
    let (gets, missing) =
        (value(&short, "objects.parcels.gets"), value(&short, "objects.parcels.missing"));
    assert_eq!((gets, value(&short, "bill.s3_gets")), (missing, missing));
    assert!((300..310).contains(&missing), "{missing}");
    let long = run(&expiring("4d"), "50h", &outage);
    assert_eq!(value(&long, "ledger.orders_completed"), 100);
}

/// A bucket that is down takes no payload, so nothing is stored or published; what it does not give comes back.
#[test]
fn a_bucket_that_is_down_refuses_orders_and_fails_consumers() {
    for consumer in [WORKER, FUNCTION] {
        let down = run(&design(CLAIM, consumer), "10m", &["outage objects.parcels 20s 30s"]);
        let rejected = value(&down, "ledger.orders_rejected");
        assert!((20..40).contains(&rejected), "{rejected}");
        assert_eq!(value(&down, "stores.book.stored"), 100 - rejected);
        assert_eq!(value(&down, "ledger.orders_completed"), 100 - rejected);
        assert!(value(&down, "objects.parcels.failures") >= rejected);
    }
    let stopped = "stop workers.hand 0s 110s";
    let down = run(&design(CLAIM, WORKER), "10m", &[stopped, "outage objects.parcels 110s 20s"]);
    assert_eq!(value(&down, "ledger.orders_completed"), 100);
    assert!(value(&down, "workers.hand.failed") > 50);
    assert_eq!(value(&down, "objects.parcels.missing"), 0, "it is there and cannot be had");
}

/// REF-02: a consumer needs `s3:GetObject` besides what its queue needs.
#[test]
fn a_role_without_get_object_gets_nothing() {
    let sqs =
        r#"role_policy = '{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}'"#;
    let run = run(&design(CLAIM, &format!("{WORKER}{sqs}")), "10m", &[]);
    assert_eq!(value(&run, "ledger.orders_dead_lettered"), 100);
    assert!(value(&run, "objects.parcels.failures") >= 300);
    assert_eq!((value(&run, "objects.parcels.gets"), value(&run, "bill.s3_gets")), (0, 0));
}

/// A rule may leave the reference out: then there is nothing to fetch, and no permission is needed.
#[test]
fn a_message_without_a_reference_is_worked_from_alone() {
    let through = |input: &str| {
        let bus = format!(
            "[buses.main]\n[rules.on]\nbus = 'main'\ntargets = ['queues.work']\n\
             event_pattern = '{{\"source\": [\"desk\"]}}'\n{input}\n"
        );
        let store = "publishes_to = 'buses.main'\nsource = 'desk'\ndetail_type = 'Made'";
        let text = PARCELS.replace("publishes_to = \"queues.work\"", store).replace("CLAIM", CLAIM);
        toml::from_str::<Design>(&format!("{text}{FUNCTION}{bus}")).unwrap()
    };
    let may = |design: &Design| {
        let policy = design.console_policy("functions.hand.role_policy").unwrap();
        policy.contains("s3:GetObject") && policy.contains("arn:aws:s3:::parcels/*")
    };
    let (whole, bare) = (through(""), through("input_path = '$.detail.id'"));
    assert!(may(&whole) && !may(&bare));
    for (design, gets) in [(&whole, true), (&bare, false)] {
        let run = run(design, "5m", &[]);
        assert_eq!(value(&run, "ledger.orders_completed"), 100);
        assert_eq!(value(&run, "objects.parcels.gets") >= 100, gets);
    }
}

/// What AWS refuses, in its words, and what would lead nowhere.
#[test]
fn what_a_bucket_and_a_claim_check_cannot_be_is_refused() {
    let told = |claim: &str| -> String {
        let mistakes = design(claim, WORKER).mistakes(&[]);
        let told: Vec<String> =
            mistakes.iter().map(|m| format!("{}: {}", m.path, m.sentence)).collect();
        told.join("\n")
    };
    assert_eq!(told(CLAIM), "");
    for (claim, words) in [
        ("claim_check = 'objects.none'", "\"objects.none\" is no bucket of this design"),
        ("claim_check_keeps = ['$.id']", "needs a claim_check"),
        (
            "claim_check = 'objects.parcels'\nclaim_check_keeps = ['id', '$.key']\n[objects.parcels]",
            "is no path of fields",
        ),
        (
            "claim_check = 'objects.parcels'\nclaim_check_keeps = ['$.key.x']\n[objects.parcels]",
            "would overwrite the reference",
        ),
        ("[objects.Parcels]", "InvalidBucketName"),
        ("[objects.ab]", "InvalidBucketName"),
        (
            "[objects.parcels]\nexpires_after = '36h'",
            "'Days' for Expiration action must be a positive integer",
        ),
        (
            "[objects.parcels]\nexpires_after = '0d'",
            "'Days' for Expiration action must be a positive integer",
        ),
    ] {
        assert!(told(claim).contains(words), "{claim}: {}", told(claim));
    }
    let mut mute = design(CLAIM, WORKER);
    mute.stores.get_mut("book").unwrap().publishes_to = None;
    let told: String = mute.mistakes(&[]).into_iter().map(|mistake| mistake.sentence).collect();
    assert!(told.contains("a claim check needs publishes_to"), "{told}");
}

/// Whether messages carry or refer cannot change under those that are sent.
#[test]
fn a_claim_check_stays_as_it_is_during_a_run_and_an_expiry_does_not() {
    let with = design(CLAIM, WORKER);
    let mut run = Run::new(&with, &[], 1).unwrap();
    run.advance_to(Time::ZERO + Span::from_secs(60));
    let mut without = with.clone();
    without.stores.get_mut("book").unwrap().claim_check = None;
    without.stores.get_mut("book").unwrap().claim_check_keeps.clear();
    let refused = run.retune(&without, &[]).unwrap_err();
    assert!(refused.contains("stay as they are during a run"), "{refused}");
    let changed = design(&format!("{CLAIM}expires_after = '2d'\n"), WORKER);
    assert_eq!(run.retune(&changed, &[]), Ok(()));
}
