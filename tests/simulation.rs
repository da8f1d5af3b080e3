//! The simulator from outside: nothing is lost or invented, the same seed is the same run, and the
//! shipped design behaves as the course says.
#![allow(clippy::unwrap_used)]

use redrive::sim::fault::{Fault, FaultKind};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::pipeline::{OccurrenceKind, PartKind};
use redrive::sim::run::{Advance, Run};
use redrive::sim::snapshot::{PartView, QueueView, Snapshot};
use redrive::sim::spec::Design;

/// A made-up design with one of everything, small and quick to fail.
const MADE_UP: &str = r#"
[load]
rate = 4.0
orders = [{ weight = 3, detail = '{"n": 1}' }, { weight = 1, detail = '{"n": 2}' }]
[services.slow]
latency = "900ms"
capacity = 40
[services.till]
latency = "300ms"
side_effect = "charge"
[intakes.door]
latency = "20ms"
store = "book"
[stores.book]
publishes_to = "main"
source = "shop"
detail_type = "Made"
[buses.main]
[rules.all]
bus = "main"
event_pattern = '{"source": ["shop"]}'
targets = ["queues.work", "queues.side", "topics.news"]
[rules.some]
bus = "main"
event_pattern = '{"detail": {"n": [2]}}'
targets = ["queues.extra"]
[queues.work]
required = true
visibility_timeout = "6s"
dlq = "work-dlq"
max_receive_count = 3
[queues.work-dlq]
[queues.side]
visibility_timeout = "5s"
delay_seconds = "3s"
dlq = "side-dlq"
max_receive_count = 2
[queues.side-dlq]
message_retention_period = "60s"
[queues.extra]
message_retention_period = "60s"
[functions.worker]
queue = "work"
calls = "till"
batch_size = 4
timeout = "5s"
[functions.helper]
queue = "side"
calls = "slow"
batch_size = 3
maximum_batching_window = "2s"
timeout = "4s"
report_batch_item_failures = true
[topics.news]
[subscriptions.mail]
topic = "news"
protocol = "https"
calls = "slow"
"#;

const PARTS: [(FaultKind, &str); 8] = [
    (FaultKind::Outage, "services.slow"),
    (FaultKind::Outage, "services.till"),
    (FaultKind::Slow, "services.till"),
    (FaultKind::Errors, "services.till"),
    (FaultKind::Poison, "functions.worker"),
    (FaultKind::Duplicate, "queues.work"),
    (FaultKind::Crash, "functions.worker"),
    (FaultKind::Stop, "functions.helper"),
];

fn made_up(seed: u64) -> Run {
    Run::new(&toml::from_str(MADE_UP).unwrap(), &[], seed).unwrap()
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

fn run_to(run: &mut Run, seconds: u64) {
    while run.advance(at(seconds), 100_000) == Advance::Busy {}
}

fn inject(run: &mut Run, kind: FaultKind, part: &str, seconds: u64) {
    let fault =
        Fault { kind, part: part.to_owned(), at: run.now(), span: Span::from_secs(seconds) };
    run.inject(fault).unwrap();
}

fn shipped(change: impl FnOnce(&mut Design)) -> Run {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("content/event-driven-order-processing");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let mut design: Design = toml::from_str(&read("designs/event-driven.toml")).unwrap();
    change(&mut design);
    let workflow = ("fulfilment.asl.json".to_owned(), read("workflows/fulfilment.asl.json"));
    Run::new(&design, &[workflow], 7).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn queue(run: &Run, path: &str) -> QueueView {
    match run.snapshot().part(run.topology().find(path).unwrap()) {
        PartView::Queue(queue) => queue.clone(),
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn messages_are_conserved_over_many_seeds_and_faults() {
    for seed in 0..400_u64 {
        let mut run = made_up(seed);
        for (number, (kind, part)) in PARTS.iter().enumerate() {
            let turn = seed.wrapping_mul(0x9e37_79b9).wrapping_add(number as u64 * 7) % 90;
            if turn < 45 {
                let until = run.now().0 / 1_000_000 + turn / 3;
                run_to(&mut run, until);
                inject(&mut run, *kind, part, 5 + turn);
            }
            for _ in 0..40 {
                assert!(!run.step().is_empty());
                if let Some(leak) = run.snapshot().leak() {
                    panic!("seed {seed} at {}: {leak}", run.now());
                }
            }
        }
        if seed % 3 == 0 {
            let dlq = run.topology().find("queues.work-dlq").unwrap();
            run.redrive(dlq).unwrap();
        }
        let later = run.now().0 / 1_000_000 + 300;
        run_to(&mut run, later);
        assert_eq!(run.snapshot().leak(), None, "seed {seed} in the end");
    }
}

#[test]
fn no_message_is_handed_out_more_often_than_allowed() {
    for seed in 0..40 {
        let mut run = made_up(seed);
        run_to(&mut run, 5);
        inject(&mut run, FaultKind::Outage, "services.till", 200);
        let work = run.topology().find("queues.work").unwrap();
        let mut most = 0;
        while run.now() < at(150) {
            for occurrence in run.step() {
                if occurrence.part == work && occurrence.kind == OccurrenceKind::Received {
                    most = most.max(occurrence.number);
                }
            }
        }
        assert_eq!(most, 3, "seed {seed}: all three receives are used, and no fourth");
        assert!(queue(&run, "queues.work-dlq").visible > 0);
    }
}

#[test]
fn the_same_seed_is_the_same_run_however_it_is_driven() {
    let mut whole = made_up(11);
    run_to(&mut whole, 120);
    let mut pieces = made_up(11);
    for part in 1..=1200_u64 {
        while pieces.advance(Time(part * 100_000), 7) == Advance::Busy {}
        let _ = pieces.snapshot();
    }
    assert_eq!(whole.trace().hash(), pieces.trace().hash());
    let mut other = made_up(12);
    run_to(&mut other, 120);
    assert_ne!(whole.trace().hash(), other.trace().hash());
    let mut back = whole.clone();
    run_to(&mut whole, 200);
    run_to(&mut back, 200);
    assert_eq!(whole.trace().hash(), back.trace().hash(), "a clone goes the same way");
}

#[test]
fn the_trace_of_the_shipped_design_is_pinned() {
    let mut run = shipped(|_| {});
    run_to(&mut run, 600);
    assert_eq!((run.trace().count(), run.trace().hash()), (PINNED_COUNT, PINNED_HASH));
}

/// Change these only together with the behaviour of the model or the design.
const PINNED_COUNT: u64 = 19_897;
const PINNED_HASH: u64 = 5_955_926_665_128_686_265;

#[test]
fn a_changed_setting_leaves_arrivals_alone() {
    let accepted = |change: fn(&mut Design)| {
        let mut run = shipped(change);
        let mut times = Vec::new();
        while times.len() < 200 {
            let happened = run.step().into_iter();
            let accepted = happened.filter(|o| o.kind == OccurrenceKind::Accepted);
            times.extend(accepted.map(|o| (o.at, o.order)));
        }
        times
    };
    let changed: fn(&mut Design) = |design| {
        let queue = design.queues.get_mut("inventory").unwrap();
        queue.max_receive_count = Some(9);
        design.functions.get_mut("inventory-handler").unwrap().batch_size = 1;
    };
    assert_eq!(accepted(|_| {}), accepted(changed));
}

fn settled(run: &mut Run, seconds: u64) -> Snapshot {
    run_to(run, seconds);
    run.snapshot()
}

#[test]
fn calm_weather_completes_every_order_once() {
    let mut run = shipped(|_| {});
    let snapshot = settled(&mut run, 900);
    let ledger = snapshot.ledger;
    assert!(ledger.accepted > 1_300, "{ledger:?}");
    assert_eq!(
        (ledger.rejected, ledger.lost, ledger.dead_lettered, ledger.cancelled),
        (0, 0, 0, 0)
    );
    assert!(ledger.in_progress < 30, "{ledger:?}");
    assert_eq!(ledger.duplicate_charges, 0);
    assert_eq!(snapshot.leak(), None);
    assert_eq!(queue(&run, "queues.analytics-dlq").came, 0);
}

#[test]
fn a_shipping_outage_of_twenty_minutes_loses_no_order() {
    let mut run = shipped(|_| {});
    run_to(&mut run, 120);
    inject(&mut run, FaultKind::Outage, "services.shipping", 1_200);
    let during = settled(&mut run, 1_300).ledger;
    assert!(during.in_progress > 1_000, "orders wait: {during:?}");
    let after = settled(&mut run, 3_000).ledger;
    assert_eq!((after.rejected, after.lost, after.dead_lettered, after.cancelled), (0, 0, 0, 0));
    assert!(after.in_progress < 60, "caught up: {after:?}");
}

#[test]
fn a_payment_outage_is_retried_and_then_compensated() {
    let mut run = shipped(|_| {});
    run_to(&mut run, 60);
    inject(&mut run, FaultKind::Outage, "services.payment", 60);
    run_to(&mut run, 90);
    let workflow = run.topology().find("workflows.fulfilment").unwrap();
    let snapshot = run.snapshot();
    let PartView::Workflow(view) = snapshot.part(workflow) else { panic!() };
    assert!(view.states.iter().any(|state| state.retrying > 0), "{view:?}");
    assert!(view.next_retry.is_some());
    let short = settled(&mut run, 400).ledger;
    assert_eq!((short.cancelled, short.lost), (0, 0), "a minute is retried away: {short:?}");
    inject(&mut run, FaultKind::Outage, "services.payment", 600);
    let long = settled(&mut run, 1_800).ledger;
    assert!(long.cancelled > 100, "{long:?}");
    assert_eq!(long.lost, 0);
}

#[test]
fn a_poison_order_is_dead_lettered_after_three_receives_and_an_alarm_goes_off() {
    let mut run = shipped(|_| {});
    run_to(&mut run, 30);
    inject(&mut run, FaultKind::Poison, "functions.inventory-handler", 0);
    run_to(&mut run, 230);
    assert_eq!(queue(&run, "queues.inventory-dlq").visible, 1);
    let snapshot = run.snapshot();
    assert_eq!(snapshot.ledger.dead_lettered, 1);
    let alarm = run.topology().find("alarms.inventory-dlq").unwrap();
    assert!(matches!(snapshot.part(alarm), PartView::Alarm { since: Some(_) }));
    let dlq = run.topology().find("queues.inventory-dlq").unwrap();
    assert_eq!(run.redrive(dlq), Some(1));
    assert_eq!(run.snapshot().ledger.dead_lettered, 0, "it gets another try");
    run_to(&mut run, 460);
    assert_eq!(run.snapshot().ledger.dead_lettered, 1, "and it is poison still");
}

#[test]
fn without_partial_responses_one_bad_record_takes_its_batch_round_again() {
    let dead = |reports: bool| {
        let mut run = shipped(|design| {
            design.load.rate = 2.0;
            let handler = design.functions.get_mut("inventory-handler").unwrap();
            handler.report_batch_item_failures = reports;
            handler.maximum_concurrency = 2;
            handler.batch_size = 10;
        });
        run_to(&mut run, 30);
        inject(&mut run, FaultKind::Poison, "functions.inventory-handler", 0);
        run_to(&mut run, 31);
        let mut returned = 0;
        while run.now() < at(180) {
            let happened = run.step().into_iter();
            returned += happened.filter(|o| o.kind == OccurrenceKind::HandedBack).count();
        }
        returned
    };
    let (with, without) = (dead(true), dead(false));
    assert_eq!(with, 3, "only the bad record comes back, three times");
    assert!(without > with, "{without} came back");
}

#[test]
fn a_visibility_timeout_shorter_than_the_work_charges_twice_unless_the_handler_is_idempotent() {
    let charges = |idempotent: bool| {
        let mut design: Design = toml::from_str(MADE_UP).unwrap();
        design.services.get_mut("till").unwrap().latency.0 = Span::from_secs(4);
        design.services.get_mut("till").unwrap().idempotency_keys = true;
        let worker = design.functions.get_mut("worker").unwrap();
        worker.timeout.0 = Span::from_secs(6);
        worker.idempotent = idempotent;
        let mut run = Run::new(&design, &[], 3).unwrap();
        run_to(&mut run, 240);
        run.snapshot().ledger.duplicate_charges
    };
    assert!(charges(false) > 0);
    assert_eq!(charges(true), 0);
}

#[test]
fn every_part_of_the_shipped_design_is_wired() {
    let run = shipped(|_| {});
    let topology = run.topology();
    for (index, part) in topology.parts.iter().enumerate() {
        let wired = topology
            .wires
            .iter()
            .any(|wire| wire.from.0 as usize == index || wire.to.0 as usize == index);
        assert!(wired, "{} stands alone", part.path);
    }
    let queues = topology.parts.iter().filter(|part| part.kind == PartKind::Queue).count();
    assert_eq!(queues, 4);
}
