//! How quick the simulator is, on one core: `cargo bench --bench simulator`.
//!
//! A million orders through the event-driven design in occurrences a second, events from JSON text
//! against twenty rules, transitions of a workflow, what an occurrence costs beside a backlog, and
//! what a message takes in memory.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a stopwatch, for people who measure

use std::time::Instant;

use redrive::content::design;
use redrive::sim::aws::pattern::{Pattern, Rules, Scratch};
use redrive::sim::aws::workflow::{self, Answer, Start, Tasks};
use redrive::sim::design::{Design, Duration, Experiment, LoadSpec};
use redrive::sim::fault::{Fault, FaultKind};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::{Advance, Run};
use redrive::sim::timeline::Timeline;
use serde_json::{Value, json};

const ROUNDS: usize = 5;

fn main() {
    println!("{:<52} {:>14}", "", "a second");
    report("occurrences, event-driven design, 1 M orders", || orders(1_000_000));
    report("events from JSON text, 20 rules", events);
    apart();
    report("transitions, a chain of Pass", || transitions(&chain()));
    report("transitions, Choice and States.MathAdd", || transitions(&counting()));
    backlogs();
    bytes();
    timeline();
}

/// What an event costs whose arrays each have the fields of a pattern, but not in one element: with
/// twice the arrays it costs twice as much, not a thousand times.
fn apart() {
    let micros = |arrays: usize| {
        let join =
            |field: &dyn Fn(usize) -> String| (0..arrays).map(field).collect::<Vec<_>>().join(",");
        let pattern = join(&|n| format!(r#""f{n:02}":{{"a":[1],"b":[1]}}"#));
        let pattern = Pattern::parse(&format!("{{{pattern}}}")).expect("a pattern");
        let event = join(&|n| {
            let pair = if n + 1 == arrays { r#"{"a":1},{"b":1}"# } else { r#"{"a":1,"b":1}"# };
            format!(r#""f{n:02}":[{pair},{pair},{pair}]"#)
        });
        let event = format!("{{{event}}}");
        let mut scratch = Scratch::default();
        let start = Instant::now();
        for _ in 0..1_000 {
            assert!(!pattern.matches_text(&event, &mut scratch).expect("JSON"));
        }
        start.elapsed().as_nanos() as f64 / 1e6
    };
    let (few, many) = (micros(16), micros(32));
    println!("{:<52} {few:>11.1} µs", "an event with 16 arrays of 3");
    println!("{:<52} {:>11.1} ×", "and one with 32", many / few);
}

/// How long it takes to any instant of an hour with a hundred thousand orders, once it was simulated.
fn timeline() {
    let (experiment, design, documents) =
        subject(100_000, &[("functions.inventory-handler.maximum_concurrency", json!(100))]);
    let experiment = Experiment {
        run: Duration::from_secs(3_600),
        load: LoadSpec { rate: None, ..experiment.load },
        ..experiment
    };
    let mut timeline = Timeline::new(experiment, design, documents).expect("a run");
    let hour = Time::ZERO + Span::from_secs(3_600);
    while timeline.seek(hour, 1_000_000) == Advance::Busy {}
    let mut took: Vec<u128> = (0..200_u64)
        .map(|turn| {
            let second = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let to = Time::ZERO + Span::from_millis(second % 3_600_000);
            let start = Instant::now();
            while timeline.seek(to, usize::MAX) == Advance::Busy {}
            start.elapsed().as_micros()
        })
        .collect();
    took.sort_unstable();
    let at = |place: usize| took.get(place).copied().unwrap_or(0) as f64 / 1e3;
    println!("{:<52} {:>11.1} ms", "any instant of an hour, 100,000 orders: median", at(100));
    println!("{:<52} {:>11.1} ms", "and at worst", at(199));
    println!("{:<52} {:>11} MB", "marks of that hour", timeline.bytes() / 1_048_576);
}

/// The best of a few rounds: `work` answers how much it did.
fn report(what: &str, work: impl Fn() -> u64) {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let done = work();
            done as f64 / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max);
    println!("{what:<52} {best:>14.0}");
}

/// The shipped design with so many orders, fifty a second, and room to work for all of them.
fn full(orders: u32, changes: &[(&str, Value)]) -> (Run, Time) {
    let (experiment, design, documents) = subject(orders, changes);
    let mut run = Run::experiment(&experiment, &design, &documents).expect("a run");
    run.watch(false);
    (run, Time::ZERO + Span::from_secs(u64::from(orders) / 50 + 120))
}

/// That design, its workflows and an experiment with it.
fn subject(orders: u32, changes: &[(&str, Value)]) -> (Experiment, Design, Vec<(String, String)>) {
    let library = redrive::shipped::course().expect("the course");
    let scenario = library.index().scenarios.first().expect("a scenario").clone();
    let entry = scenario.designs.iter().find(|entry| entry.id == "event-driven").expect("it");
    let source = library.design(entry).expect("a design");
    let design = design::open(&source).expect("a good design");
    let mut experiment = Experiment::default();
    experiment.load.orders = Some(orders);
    experiment.load.rate = Some(50.0);
    for (path, value) in changes {
        experiment.changes.insert((*path).to_owned(), value.clone());
    }
    (experiment, design, source.workflows)
}

fn orders(count: u32) -> u64 {
    let room = [("functions.inventory-handler.maximum_concurrency", json!(100))];
    let (mut run, end) = full(count, &room);
    run.advance_to(end);
    assert_eq!(run.value("ledger.orders_completed"), Some(f64::from(count)), "all are done");
    run.trace().count()
}

/// What an occurrence costs while so many messages wait in the inventory queue: its consumers are
/// stopped until they do, and then work them off.
fn backlogs() {
    let mut costs = Vec::new();
    for waiting in [100_u32, 1_000, 10_000, 100_000, 1_000_000] {
        let mut best = f64::MAX;
        for _ in 0..3 {
            let room = [("functions.inventory-handler.maximum_concurrency", json!(100))];
            let (mut run, end) = full(waiting + 20_000, &room);
            let stop = Fault::new(
                FaultKind::Stop,
                redrive::sim::design::PartKind::Function.path("inventory-handler"),
                Time::ZERO,
                Span::from_secs(10_000_000),
            );
            run.inject(stop).expect("a fault");
            run.advance_to(Time::ZERO + Span::from_secs(u64::from(waiting) / 50));
            let before = run.trace().count();
            let start = Instant::now();
            run.advance_to(end);
            let done = run.trace().count() - before;
            best = f64::min(best, start.elapsed().as_secs_f64() * 1e9 / done as f64);
        }
        println!("{:<52} {best:>11.0} ns", format!("an occurrence beside a backlog of {waiting}"));
        costs.push(best);
    }
    let most = costs.iter().copied().fold(0.0, f64::max);
    let least = costs.iter().copied().fold(f64::MAX, f64::min);
    println!("{:<52} {:>13.2}×", "the dearest against the cheapest", most / least);
}

/// What a message takes in memory: a hundred thousand that wait, and as many in flight.
fn bytes() {
    let stopped = || {
        let slow = [
            ("services.warehouse.latency", json!("15m")),
            ("functions.inventory-handler.timeout", json!("15m")),
            ("functions.inventory-handler.batch_size", json!(10_000)),
            ("functions.inventory-handler.maximum_batching_window", json!("5m")),
            ("queues.inventory.visibility_timeout", json!("12h")),
        ];
        full(100_000, &slow).0
    };
    let mut waiting = stopped();
    let stop = Fault::new(
        FaultKind::Stop,
        redrive::sim::design::PartKind::Function.path("inventory-handler"),
        Time::ZERO,
        Span::from_secs(10_000_000),
    );
    waiting.inject(stop).expect("a fault");
    waiting.advance_to(Time::ZERO + Span::from_secs(2_100));
    let (bytes, count) = waiting.message_bytes();
    println!("{:<52} {:>14}", "bytes of a message that waits", bytes as u64 / count.max(1));
    let mut lent = stopped();
    lent.advance_to(Time::ZERO + Span::from_secs(900));
    let in_flight = lent.value("queues.inventory.in_flight").expect("a measure");
    let (bytes, count) = lent.message_bytes();
    println!(
        "{:<52} {:>14}",
        format!("bytes of a message, {:.0} % in flight", in_flight * 100.0 / count.max(1) as f64),
        bytes as u64 / count.max(1)
    );
}

fn events() -> u64 {
    let rules: Vec<Pattern> = (0..20)
        .map(|number| {
            let pattern = json!({
                "source": ["shop.orders"],
                "detail-type": ["OrderCreated", "OrderCancelled"],
                "detail": {"total": [{"numeric": [">", number * 10]}], "currency": [{"prefix": "E"}]},
            });
            Pattern::from_json(&pattern).expect("a pattern")
        })
        .collect();
    let events: Vec<String> = (0..200)
        .map(|number| {
            json!({
                "source": "shop.orders",
                "detail-type": "OrderCreated",
                "detail": {"orderId": number, "total": number, "currency": "EUR", "lines": [{"sku": "a"}, {"sku": "b"}]},
            })
            .to_string()
        })
        .collect();
    let mut matched = 0;
    let mut count = 0;
    let rules = Rules::new(&rules);
    let mut scratch = Scratch::default();
    for _ in 0..200 {
        for event in &events {
            let found = rules.matches_text(event, &mut scratch).expect("an event");
            matched += found.iter().filter(|matches| **matches).count();
            count += 1;
        }
    }
    assert!(matched > 0);
    count
}

fn chain() -> Value {
    let mut states = serde_json::Map::new();
    for number in 0..1_000 {
        let next = format!("S{}", number + 1);
        states.insert(format!("S{number}"), json!({"Type": "Pass", "Next": next}));
    }
    states.insert("S1000".to_owned(), json!({"Type": "Succeed"}));
    json!({"StartAt": "S0", "States": states})
}

fn counting() -> Value {
    json!({"StartAt": "Add", "States": {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
        "Enough": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 2000, "Next": "Add"}],
            "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }})
}

struct Nothing;

impl Tasks for Nothing {
    fn call(&mut self, _state: &str, _before: usize, _input: &Value) -> Answer {
        Answer::Output(Value::Null)
    }
}

fn transitions(definition: &Value) -> u64 {
    let start = Start {
        input: json!({"n": 0, "order": {"id": "o-1", "total": 42}}),
        now: 0,
        seed: 7,
        machine: "bench".to_owned(),
        role: "bench".to_owned(),
        history: true,
    };
    // How many there are is counted once, with the history that is not kept later.
    let counted = workflow::run(definition, &start, &mut Nothing).history;
    let entered = counted.iter().filter(|event| event.kind.ends_with("Entered")).count();
    let start = Start { history: false, ..start };
    for _ in 0..20 {
        workflow::run(definition, &start, &mut Nothing);
    }
    21 * entered as u64
}
