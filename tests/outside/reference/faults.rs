//! The saga under faults of every kind, at every step that may fail: an order ends paid, shipped and
//! reserved, or none of these, or an alarm tells that somebody must look (S4.4, SFN-04, SFN-43).

use redrive::sim::design::Experiment;
use redrive::sim::fault::FaultKind;
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::Run;

use super::{read, reference};

const HOUR: u64 = 3_600;
/// Services that the way there calls, and those of the way back.
const FORWARD: [&str; 3] = ["services.warehouse", "services.payment", "services.shipping"];
const BACK: [&str; 3] = ["services.recalls", "services.refunds", "services.releases"];

/// A fault in words: what it is, where, from which second on, for how long, how strong.
#[derive(Debug, Clone, Copy)]
struct Breaks(FaultKind, &'static str, u64, u64, u32);

impl Breaks {
    fn line(self) -> String {
        let Self(kind, part, at, span, strength) = self;
        let strength = match kind {
            FaultKind::Slow => format!(", factor = {strength}"),
            FaultKind::Errors | FaultKind::Throttle => {
                format!(", rate = {}", f64::from(strength) / 10.0)
            }
            _ => String::new(),
        };
        let kind = kind.word();
        format!(
            "{{ at = \"{at}s\", kind = \"{kind}\", part = \"{part}\", for = \"{span}s\"{strength} }}"
        )
    }
}

/// Thirty orders, until nothing of them goes on any more.
fn run_with(faults: &[Breaks], seed: u64, hours: u64) -> Run {
    let lines: Vec<String> = faults.iter().map(|breaks| breaks.line()).collect();
    let text = format!(
        "design = \"event-driven\"\nseed = {seed}\nrun = \"{hours}h\"\nload = {{ orders = 30, rate = 1.5 }}\n\
         faults = [{}]",
        lines.join(", ")
    );
    let experiment: Experiment = toml::from_str(&text).unwrap_or_else(|e| panic!("{text}\n{e}"));
    let documents = [("fulfilment.asl.json".to_owned(), read("workflows/fulfilment.asl.json"))];
    let mut run = Run::experiment(&experiment, &reference().design, &documents).unwrap();
    run.advance_to(Time::ZERO + Span::from_secs(hours * HOUR));
    run
}

/// Whoever is charged gets a parcel, and who gets none is not charged and holds no stock; all
/// executions are over. Where one failed, an alarm said so.
#[track_caller]
fn settles(faults: &[Breaks], seed: u64, hours: u64) -> (u64, u64) {
    let run = run_with(faults, seed, hours);
    let value = |path: &str| run.value(path).unwrap() as u64;
    let told = || format!("{faults:?}, seed {seed}\n{:#}", run.report()["ledger"]);
    assert_eq!(value("workflows.fulfilment.running"), 0, "{}", told());
    let failed = value("workflows.fulfilment.failed") + value("workflows.fulfilment.timed_out");
    if failed > 0 {
        assert!(value("alarms.fulfilment-failed.times_on") > 0, "{}", told());
    } else {
        let kept = value("ledger.orders_accepted") - value("ledger.orders_cancelled");
        assert_eq!(value("ledger.net_charges"), kept, "{}", told());
        assert_eq!(value("ledger.net_shipments"), kept, "{}", told());
        assert_eq!(value("ledger.net_reservations"), kept, "{}", told());
    }
    (value("ledger.orders_cancelled"), failed)
}

/// What a step may meet: refusal, an error each time or now and then, no answer at all, an answer that
/// comes after nobody waits for it any more (and so an effect that nobody knows of).
fn every_way(part: &'static str, at: u64, span: u64) -> Vec<Breaks> {
    vec![
        Breaks(FaultKind::Outage, part, at, span, 0),
        Breaks(FaultKind::Errors, part, at, span, 10),
        Breaks(FaultKind::Errors, part, at, span, 7),
        Breaks(FaultKind::Throttle, part, at, span, 10),
        Breaks(FaultKind::Stop, part, at, span, 0),
        Breaks(FaultKind::Slow, part, at, span, 40),
        Breaks(FaultKind::Slow, part, at, span, 13),
    ]
}

#[test]
fn whatever_befalls_a_step_nobody_pays_for_what_does_not_come() {
    for part in FORWARD {
        let mut cancelled = 0;
        for (seed, breaks) in (1..).zip(every_way(part, 10, 2 * HOUR)) {
            cancelled += settles(&[breaks], seed, 5).0;
        }
        assert!(cancelled > 60, "{part}: {cancelled}");
    }
}

#[test]
fn effects_that_nobody_waited_for_are_undone_though_the_error_is_another() {
    // Late at first, then away: the last error is not the timeout, and the effect is there.
    for part in FORWARD {
        let faults = [
            Breaks(FaultKind::Slow, part, 10, 40, 40),
            Breaks(FaultKind::Outage, part, 50, 2 * HOUR, 0),
        ];
        assert!(settles(&faults, 3, 5).0 > 10, "{part}");
    }
}

#[test]
fn a_way_back_that_is_broken_for_a_while_is_gone_in_the_end() {
    for (forward, back) in FORWARD.into_iter().rev().zip(BACK) {
        for (seed, breaks) in (1..).zip(every_way(back, 0, 3 * HOUR)) {
            let faults = [Breaks(FaultKind::Errors, forward, 10, 2 * HOUR, 10), breaks];
            let (cancelled, failed) = settles(&faults, seed, 9);
            assert!(cancelled > 10 && failed == 0, "{back}: {cancelled}, {failed}");
        }
    }
}

#[test]
fn a_way_back_that_stays_broken_rings() {
    for (forward, back) in FORWARD.into_iter().rev().zip(BACK) {
        let faults = [
            Breaks(FaultKind::Outage, forward, 10, 48 * HOUR, 0),
            Breaks(FaultKind::Outage, back, 10, 48 * HOUR, 0),
        ];
        let (cancelled, failed) = settles(&faults, 5, 24);
        assert!(failed > 10 && cancelled == 0, "{back}: {cancelled}, {failed}");
    }
}

// SFN-12: an event that comes twice starts two executions of one order.
#[test]
fn an_order_that_is_worked_on_twice_is_charged_and_shipped_once_or_not_at_all() {
    for part in FORWARD {
        for (seed, breaks) in (1..).zip(every_way(part, 10, 2 * HOUR)) {
            let twice = Breaks(FaultKind::Duplicate, "buses.orders", 0, 2 * HOUR, 0);
            settles(&[twice, breaks], seed, 5);
        }
    }
}
